package rpmmd

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/corpus"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/koji/rpmfile"
)

// small are limits that a fuzzer can reach.
var small = Limits{Token: 1 << 16, Package: 1 << 18, Pending: 10, Document: 1 << 20, IndexFile: 1 << 16}

// addDocuments adds the documents of the awkward packages as seeds.
func addDocuments(f *testing.F, d document) {
	for i := range awkward {
		p := packageOf(awkward[i], awkward[(i+3)%len(awkward)], awkward[(i+7)%len(awkward)])
		f.Add(append(append(d.start(1), d.render(p, nil)...), d.closing...))
	}
	for _, s := range []string{
		"", "<", "</", "<a", "<metadata/>", "<metadata><package></metadata>", "<metadata a='>'><!-- --><package/></metadata>", "<!DOCTYPE x>", "<![CDATA[",
		"\ufeff<metadata><package><![CDATA[<x>]]>&#x41;</package></metadata>", "<?xml encoding='x'?>", "<?xml encoding=?>", "<metadata><package><size package='1.5'/></package></metadata>",
	} {
		f.Add([]byte(s))
	}
}

// fuzzDocument makes sure that what is accepted can be written and read again,
// and says the same.
func fuzzDocument(f *testing.F, kind int) {
	d := documents[kind]
	addDocuments(f, d)
	f.Fuzz(func(t *testing.T, doc []byte) {
		var body []byte
		n := 0
		for p, err := range readers[kind](bytes.NewReader(doc), small) {
			if err != nil {
				return
			}
			require.NoError(t, p.Check())
			body = d.render(p, body)
			n++
		}
		again := append(append(d.start(n), body...), d.closing...)
		var second []byte
		for p, err := range readers[kind](bytes.NewReader(again), Limits{}) {
			require.NoError(t, err)
			second = d.render(p, second)
		}
		require.Equal(t, string(body), string(second))
	})
}

func FuzzReadPrimary(f *testing.F)   { fuzzDocument(f, 0) }
func FuzzReadFilelists(f *testing.F) { fuzzDocument(f, 1) }
func FuzzReadOther(f *testing.F)     { fuzzDocument(f, 2) }
func FuzzReadExt(f *testing.F)       { fuzzDocument(f, 3) }

func FuzzReadRepomd(f *testing.F) {
	for i, s := range awkward {
		s2 := awkward[(i+4)%len(awkward)]
		c := Checksum{ChecksumType(s), s2}
		m := &Repomd{
			Revision: s, RepoID: TypedText{s, s2}, ContentHash: TypedText{s2, s}, ContentTags: []string{s}, RepoTags: []string{s2}, DistroTags: []Distro{{s, s2}},
			Records: []Record{{Type: s, Location: Location{s, s2}, Checksum: c, OpenChecksum: c, HeaderChecksum: c, Timestamp: -1, Size: 2, OpenSize: 3, HeaderSize: 4}, {Type: "x_db", DatabaseVersion: 10}},
		}
		f.Add(m.Append(nil))
	}
	f.Add([]byte("<repomd><data><timestamp>1.5</timestamp><size></size></data></repomd>"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		m, err := ReadRepomd(bytes.NewReader(doc), small)
		if err != nil {
			return
		}
		m.Sort()
		first := m.Append(nil)
		again, err := ReadRepomd(bytes.NewReader(first), Limits{})
		require.NoError(t, err, "%s", first)
		again.Sort()
		require.Equal(t, string(first), string(again.Append(nil)))
	})
}

var compressions = []Compression{Gzip, Zstd, XZ, Zchunk, Uncompressed}

// joined returns a file of the blocks.
func joined(tb testing.TB, e encoder, blocks ...[]byte) []byte {
	tb.Helper()
	var out Output
	var frames []frame
	for _, block := range blocks {
		before := len(out.head)
		packed, f := e.encode(out.head, block)
		require.Equal(tb, int64(len(packed)-before), f.size)
		out.head, frames = packed, append(frames, f)
	}
	require.NoError(tb, e.enclose(&out, frames))
	return append(out.head, out.tail...)
}

// FuzzOpenRecord reads compressed files of any content.
func FuzzOpenRecord(f *testing.F) {
	for _, c := range compressions {
		e, err := c.encoder(0, 1, nil)
		require.NoError(f, err)
		two := joined(f, e, []byte("hello"), bytes.Repeat([]byte("x"), 10000))
		f.Add(two, c.suffix(), int64(10005))
		f.Add(two, ".unknown", int64(0))
		f.Add(two[:len(two)/2], c.suffix(), int64(3))
		f.Add(append(two, "rest"...), c.suffix(), int64(1<<40))
	}
	f.Add([]byte("BZh91AY&SY"), ".bz2", int64(1))
	f.Fuzz(func(t *testing.T, content []byte, suffix string, size int64) {
		name := "repodata/x" + strings.ReplaceAll(suffix, "/", "")
		repo := &Repository{&Repomd{}, fstest.MapFS{name: {Data: content}}, small}
		r, err := repo.OpenRecord(Record{Location: Location{Href: name}, OpenSize: size})
		if err != nil {
			return
		}
		n, err := io.Copy(io.Discard, r)
		if err == nil && size > 0 {
			require.Equal(t, size, n)
		}
		require.LessOrEqual(t, n, max(small.Document, size))
		if err == nil {
			require.NoError(t, r.Close())
		}
	})
}

// FuzzFromHeader takes the metadata of any RPM that can be read at all.
func FuzzFromHeader(f *testing.F) {
	for r := range corpus.Generate(corpus.Options{Packages: 5, Seed: 1, Sources: true}) {
		r.Files, r.Changelog = r.Files[:min(len(r.Files), 5)], r.Changelog[:min(len(r.Changelog), 3)]
		f.Add(r.Bytes())
	}
	odd := corpus.RPM{
		Name: "odd\x07", Version: "\xe9", Release: "-", Arch: "", SourceRPM: "x", BuildTime: time.Unix(1, 0),
		Requires:  []corpus.Dep{{Name: "libc.so.6(", EVR: "::-", Flags: 0xffffffff}, {Name: "libc.so.6()"}, {Name: "/etc/x"}},
		Files:     []corpus.File{{Path: "x"}, {Path: "/"}, {Path: "/bin/"}},
		Changelog: []corpus.Change{{Time: 5}, {Time: 5}, {Time: 5}},
	}
	f.Add(odd.Bytes())
	f.Fuzz(func(t *testing.T, content []byte) {
		headers, err := rpmfile.Read(bytes.NewReader(content))
		if err != nil {
			return
		}
		p, err := FromHeader(headers, Facts{}, ReadOptions{ChangelogLimit: AllChangelogs, Warn: func(w Warning) { require.ErrorIs(t, w, koji.ErrInvalid) }})
		if err != nil {
			require.ErrorIs(t, err, koji.ErrInvalid)
			return
		}
		checkRoundTrip(t, p, false)
	})
}

// FuzzCompress makes sure that frames joined give their contents joined.
func FuzzCompress(f *testing.F) {
	f.Add([]byte("hello"), []byte(""), 6)
	f.Add([]byte(""), bytes.Repeat([]byte("x"), 100000), 1)
	f.Add([]byte("x"), bytes.Repeat([]byte("0123"), 50000), 0)
	f.Fuzz(func(t *testing.T, a, b []byte, level int) {
		for _, c := range compressions {
			e, err := c.encoder(level, 1, a)
			if err != nil {
				require.ErrorIs(t, err, koji.ErrInvalid)
				continue
			}
			r, err := decompress("x"+c.suffix(), bufio.NewReader(bytes.NewReader(joined(t, e, a, b))))
			if c == Uncompressed {
				continue
			}
			require.NoError(t, err)
			got, err := io.ReadAll(r)
			require.NoError(t, err)
			require.Equal(t, string(a)+string(b), string(got))
		}
	})
}
