package rpmmd_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

// memory is a sink that keeps the files, and remembers in which order they came.
type memory struct {
	fs    fstest.MapFS
	names []string
}

func (m *memory) Put(_ context.Context, file *rpmmd.Output) error {
	content, err := io.ReadAll(file.Open())
	if err != nil {
		return err
	}
	if m.fs == nil {
		m.fs = fstest.MapFS{}
	}
	m.fs[rpmmd.Dirname+"/"+file.Name] = &fstest.MapFile{Data: content, ModTime: file.Time}
	m.names = append(m.names, file.Name)
	return nil
}

// open returns the decompressed content of a record.
func (m *memory) open(t *testing.T, typ string) string {
	t.Helper()
	repo, err := rpmmd.Open(m.fs, rpmmd.Limits{})
	require.NoError(t, err)
	record, ok := repo.Repomd.Record(typ)
	require.True(t, ok, typ)
	r, err := repo.OpenRecord(record)
	require.NoError(t, err)
	content, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	return string(content)
}

func (m *memory) repomd() string { return string(m.fs["repodata/repomd.xml"].Data) }

// somePackages returns n packages in the order of a repository.
func somePackages(n int) []*rpmmd.Package {
	list := make([]*rpmmd.Package, n)
	for i := range list {
		name := fmt.Sprintf("pkg%05d", i)
		sum := sha256.Sum256([]byte(name))
		list[i] = &rpmmd.Package{
			Name: name, Epoch: "0", Version: "1", Release: "1", Arch: "noarch",
			Checksum:   rpmmd.Checksum{Type: rpmmd.SHA256, Value: hex.EncodeToString(sum[:])},
			Location:   rpmmd.Location{Href: "Packages/p/" + name + "-1-1.noarch.rpm"},
			FileTime:   int64(1600000000 + i%7),
			Provides:   []rpmmd.Dependency{{Name: name, Sense: rpmmd.SenseEQ, Epoch: "0", Version: "1", Release: "1"}},
			Files:      []rpmmd.File{{Dir: "/usr/bin/", Base: name}, {Dir: "/usr/share/", Base: name}},
			Changelogs: []rpmmd.Changelog{{Time: int64(i), Author: "a", Text: hex.EncodeToString(sum[:])}},
		}
	}
	return list
}

// written writes packages in the given order.
func written(t *testing.T, o rpmmd.Options, packages ...*rpmmd.Package) (*memory, *rpmmd.Result) {
	t.Helper()
	w := rpmmd.NewWriter(o)
	for _, p := range packages {
		require.NoError(t, w.Add(p))
	}
	m := &memory{}
	result, err := w.Write(t.Context(), m)
	require.NoError(t, err)
	return m, result
}

func TestEmptyRepository_1(t *testing.T) {
	m, result := written(t, rpmmd.Options{})
	require.Zero(t, result.Packages)
	const prolog = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	require.Equal(t, prolog+`<metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="0">`+"\n</metadata>", m.open(t, "primary"))
	require.Equal(t, prolog+`<filelists xmlns="http://linux.duke.edu/metadata/filelists" packages="0">`+"\n</filelists>", m.open(t, "filelists"))
	require.Equal(t, prolog+`<otherdata xmlns="http://linux.duke.edu/metadata/other" packages="0">`+"\n</otherdata>", m.open(t, "other"))
	require.Contains(t, m.repomd(), "<revision>0</revision>")
}

func TestBadPackagesAreNotAdded_8(t *testing.T) {
	good, bad := somePackages(2)[0], somePackages(2)[1]
	bad.Summary = "bell\x07"
	w := rpmmd.NewWriter(rpmmd.Options{})
	require.NoError(t, w.Add(good))
	require.ErrorIs(t, w.Add(bad), koji.ErrInvalid)
	m := &memory{}
	result, err := w.Write(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, 1, result.Packages)
	require.Contains(t, m.open(t, "primary"), `packages="1"`)
}

func TestOrderIsByBaseNameThenDirectory_9(t *testing.T) {
	var packages []*rpmmd.Package
	for i, href := range []string{"a/z-1.rpm", "b/a-1.rpm", "a/a-1.rpm", "a-1.rpm", "a-2.rpm", "A-1.rpm", "a.b/x.rpm", "a/x.rpm"} {
		p := somePackages(8)[i]
		p.Location.Href = href
		packages = append(packages, p)
	}
	m, _ := written(t, rpmmd.Options{}, packages...)
	var hrefs []string
	for _, line := range lines([]byte(m.open(t, "primary")), "<location") {
		hrefs = append(hrefs, strings.TrimSuffix(strings.TrimPrefix(line, `<location href="`), `"/>`))
	}
	require.Equal(t, []string{"A-1.rpm", "a-1.rpm", "a/a-1.rpm", "b/a-1.rpm", "a-2.rpm", "a/x.rpm", "a.b/x.rpm", "a/z-1.rpm"}, hrefs)
}

func TestRepomdOrder_12(t *testing.T) {
	m := &rpmmd.Repomd{}
	for _, typ := range []string{
		"group", "other_zck", "prestodelta", "other", "filelists-ext", "primary_db", "filelists", "filelists_zck", "other_db", "primary", "primary_zck", "filelists_db", "Z",
	} {
		m.Records = append(m.Records, rpmmd.Record{Type: typ, DatabaseVersion: 10})
	}
	m.Sort()
	var types []string
	for _, r := range m.Records {
		types = append(types, r.Type)
	}
	require.Equal(t, []string{
		"primary", "filelists", "other", "primary_db", "filelists_db", "other_db", "primary_zck", "filelists_zck", "other_zck",
		"Z", "filelists-ext", "group", "prestodelta",
	}, types)
	require.Equal(t, 3, strings.Count(string(m.Append(nil)), "<database_version>10</database_version>"))
}

func TestRepomdText(t *testing.T) {
	m := &rpmmd.Repomd{
		Revision: "5", RepoID: rpmmd.TypedText{Type: "sha256", Text: "i"}, ContentHash: rpmmd.TypedText{Type: "md5", Text: "h"},
		ContentTags: []string{"c & d"}, RepoTags: []string{"r"}, DistroTags: []rpmmd.Distro{{CPEID: "cpe:/o:x:1", Name: "X"}, {Name: "Y"}},
		Records: []rpmmd.Record{
			{
				Type: "primary_zck", Location: rpmmd.Location{Href: "repodata/p", Base: "http://h/"},
				Checksum: rpmmd.Checksum{Type: "sha256", Value: "c"}, OpenChecksum: rpmmd.Checksum{Type: "sha256", Value: "o"}, HeaderChecksum: rpmmd.Checksum{Type: "sha256", Value: "h"},
				Timestamp: 1, Size: 2, OpenSize: 3, HeaderSize: 4,
			},
			{Type: "group", Location: rpmmd.Location{Href: "repodata/g"}, Checksum: rpmmd.Checksum{Type: "sha", Value: "c"}, Timestamp: 1, Size: 2},
		},
	}
	want := `<?xml version="1.0" encoding="UTF-8"?>
<repomd xmlns="http://linux.duke.edu/metadata/repo" xmlns:rpm="http://linux.duke.edu/metadata/rpm">
  <revision>5</revision>
  <repoid type="sha256">i</repoid>
  <contenthash type="md5">h</contenthash>
  <tags>
    <content>c &amp; d</content>
    <repo>r</repo>
    <distro cpeid="cpe:/o:x:1">X</distro>
    <distro>Y</distro>
  </tags>
  <data type="primary_zck">
    <checksum type="sha256">c</checksum>
    <open-checksum type="sha256">o</open-checksum>
    <header-checksum type="sha256">h</header-checksum>
    <location href="repodata/p" xml:base="http://h/"/>
    <timestamp>1</timestamp>
    <size>2</size>
    <open-size>3</open-size>
    <header-size>4</header-size>
  </data>
  <data type="group">
    <checksum type="sha">c</checksum>
    <location href="repodata/g"/>
    <timestamp>1</timestamp>
    <size>2</size>
  </data>
</repomd>
`
	require.Equal(t, want, string(m.Append(nil)))
	back, err := rpmmd.ReadRepomd(strings.NewReader(want), rpmmd.Limits{})
	require.NoError(t, err)
	require.Equal(t, m, back)
}

func TestTimestamps_13(t *testing.T) {
	asked := time.Unix(1234567890, 0)
	newest := somePackages(7)[6].FileTime
	for name, test := range map[string]struct {
		options   rpmmd.Options
		revision  string
		timestamp int64
		set       bool // whether files get the timestamp too
	}{
		"newest package":      {rpmmd.Options{}, fmt.Sprint(newest), newest, false},
		"numeric revision":    {rpmmd.Options{Revision: "42"}, "42", 42, true},
		"other revision":      {rpmmd.Options{Revision: "r1"}, "r1", newest, false},
		"time":                {rpmmd.Options{Timestamp: asked}, "1234567890", 1234567890, true},
		"revision and time":   {rpmmd.Options{Revision: "42", Timestamp: asked}, "42", 1234567890, true},
		"revision and simple": {rpmmd.Options{Revision: "42", SimpleNames: true}, "42", 42, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := rpmmd.NewWriter(test.options)
			for _, p := range somePackages(7) {
				require.NoError(t, w.Add(p))
			}
			require.NoError(t, w.AddFile("group", "comps.xml", strings.NewReader("<comps/>")))
			dir := t.TempDir()
			result, err := w.WriteDir(t.Context(), dir)
			require.NoError(t, err)
			require.Equal(t, test.revision, result.Repomd.Revision)
			require.Len(t, result.Repomd.Records, 4)
			for _, r := range result.Repomd.Records {
				require.Equal(t, test.timestamp, r.Timestamp)
				info, err := os.Stat(filepath.Join(dir, r.Location.Href))
				require.NoError(t, err)
				require.Equal(t, test.set, info.ModTime().Unix() == test.timestamp)
				require.Equal(t, info.Size(), r.Size)
			}
		})
	}
}

func TestOutputDoesNotDependOnWorkersOrOrder_14(t *testing.T) {
	packages := somePackages(1500)
	for _, c := range []rpmmd.Compression{rpmmd.Gzip, rpmmd.Zstd, rpmmd.Uncompressed} {
		first, _ := written(t, rpmmd.Options{Compression: c, Workers: 1}, packages...)
		backwards := slices.Clone(packages)
		slices.Reverse(backwards)
		for n := range 3 {
			again, _ := written(t, rpmmd.Options{Compression: c, Workers: n}, backwards...)
			require.Equal(t, first.fs, again.fs)
		}
		streamed := &memory{}
		_, err := rpmmd.NewWriter(rpmmd.Options{Compression: c}).WriteOrdered(t.Context(), streamed, len(packages), sequence(packages))
		require.NoError(t, err)
		require.Equal(t, first.fs, streamed.fs)
	}
}

// sequence yields packages without errors.
func sequence(packages []*rpmmd.Package) iter.Seq2[*rpmmd.Package, error] {
	return func(yield func(*rpmmd.Package, error) bool) {
		for _, p := range packages {
			if !yield(p, nil) {
				return
			}
		}
	}
}

func TestFramesMakeOneStream_15(t *testing.T) {
	packages := somePackages(3000)
	var want strings.Builder
	want.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<filelists xmlns="http://linux.duke.edu/metadata/filelists" packages="3000">` + "\n")
	for _, p := range packages {
		want.Write(p.AppendFilelists(nil))
	}
	want.WriteString("</filelists>")
	sum := sha256.Sum256([]byte(want.String()))

	for name, test := range map[string]struct {
		compression rpmmd.Compression
		suffix      string
		magic       string
		unpack      func(io.Reader) (io.Reader, error)
	}{
		"gzip": {rpmmd.Gzip, ".gz", "\x1f\x8b\x08", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
		"zstd": {rpmmd.Zstd, ".zst", "\x28\xb5\x2f\xfd", func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) }},
		"none": {rpmmd.Uncompressed, "", "<?xml", func(r io.Reader) (io.Reader, error) { return r, nil }},
	} {
		t.Run(name, func(t *testing.T) {
			m, result := written(t, rpmmd.Options{Compression: test.compression, SimpleNames: true}, packages...)
			content := m.fs["repodata/filelists.xml"+test.suffix].Data
			if test.suffix != "" {
				require.Greater(t, bytes.Count(content, []byte(test.magic)), 4, "several frames")
			}
			r, err := test.unpack(bytes.NewReader(content))
			require.NoError(t, err)
			got, err := io.ReadAll(r)
			require.NoError(t, err)
			require.Equal(t, want.String(), string(got))
			record, _ := result.Repomd.Record("filelists")
			if test.suffix == "" {
				require.Zero(t, record.OpenChecksum)
				require.Equal(t, hex.EncodeToString(sum[:]), record.Checksum.Value)
			} else {
				require.Equal(t, rpmmd.Checksum{Type: rpmmd.SHA256, Value: hex.EncodeToString(sum[:])}, record.OpenChecksum)
				require.Equal(t, int64(want.Len()), record.OpenSize)
			}
			require.Equal(t, int64(len(content)), record.Size)
		})
	}
}

func TestAChangeLeavesTheOtherFramesAlone(t *testing.T) {
	packages := somePackages(3000)
	before, _ := written(t, rpmmd.Options{SimpleNames: true}, packages...)
	packages[1500].Summary = "changed"
	after, _ := written(t, rpmmd.Options{SimpleNames: true}, packages...)
	a, b := before.fs["repodata/primary.xml.zst"].Data, after.fs["repodata/primary.xml.zst"].Data
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	tail := 0
	for tail < min(len(a), len(b))-same && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	require.Less(t, float64(len(a)-same-tail), 0.4*float64(len(a)))
}

func TestEqualFilesBothAppear_26(t *testing.T) {
	a, b := somePackages(1)[0], somePackages(1)[0]
	b.Location.Href = "other/name.rpm"
	var warnings []rpmmd.Warning
	m, result := written(t, rpmmd.Options{Warn: func(w rpmmd.Warning) { warnings = append(warnings, w) }}, a, b)
	require.Equal(t, 2, result.Packages)
	require.Contains(t, m.open(t, "primary"), a.Location.Href)
	require.Contains(t, m.open(t, "primary"), b.Location.Href)
	require.Equal(t, 2, strings.Count(m.open(t, "filelists"), "<package "))
	require.Equal(t, 2, strings.Count(m.open(t, "other"), "<package "))
	require.Len(t, warnings, 2)
	require.Equal(t, rpmmd.DuplicatePkgID, warnings[0].Kind)
	require.Equal(t, rpmmd.DuplicateNEVRA, warnings[1].Kind)
	require.ErrorIs(t, warnings[0], koji.ErrExists)
	require.ErrorContains(t, warnings[0], `"pkg00000-0:1-1.noarch" (Packages/p/pkg00000-1-1.noarch.rpm): same content as other/name.rpm`)
}

func TestFileNames(t *testing.T) {
	name := regexp.MustCompile(`^[0-9a-f]{64}-(primary|filelists|other)\.xml\.zst$`)
	m, result := written(t, rpmmd.Options{})
	require.Equal(t, "repomd.xml", m.names[3])
	for i, file := range m.names[:3] {
		require.Regexp(t, name, file)
		sum := sha256.Sum256(m.fs["repodata/"+file].Data)
		require.Equal(t, hex.EncodeToString(sum[:]), file[:64])
		require.Equal(t, "repodata/"+file, result.Repomd.Records[i].Location.Href)
	}
	m, _ = written(t, rpmmd.Options{SimpleNames: true, Profile: rpmmd.CompatEL7})
	require.Equal(t, []string{"primary.xml.gz", "filelists.xml.gz", "other.xml.gz", "repomd.xml"}, m.names)
}

func TestStreamedPackagesMustBeInOrder(t *testing.T) {
	packages := somePackages(3)
	packages[0], packages[1] = packages[1], packages[0]
	_, err := rpmmd.NewWriter(rpmmd.Options{}).WriteOrdered(t.Context(), &memory{}, 3, sequence(packages))
	require.ErrorIs(t, err, koji.ErrInvalid)
	require.ErrorContains(t, err, "comes after")

	w := rpmmd.NewWriter(rpmmd.Options{})
	require.NoError(t, w.Add(packages[0]))
	_, err = w.WriteOrdered(t.Context(), &memory{}, 0, sequence(nil))
	require.ErrorIs(t, err, koji.ErrState)
	_, err = w.Index(t.Context(), &memory{}, nil, rpmmd.ReadOptions{})
	require.ErrorIs(t, err, koji.ErrState)
}

func TestAWrongExpectationChangesNothing(t *testing.T) {
	packages := somePackages(700)
	for _, c := range []rpmmd.Compression{rpmmd.Gzip, rpmmd.Zstd, rpmmd.Uncompressed} {
		want, _ := written(t, rpmmd.Options{Compression: c}, packages...)
		for _, expected := range []int{0, 1, 699, 10000} {
			got := &memory{}
			_, err := rpmmd.NewWriter(rpmmd.Options{Compression: c}).WriteOrdered(t.Context(), got, expected, sequence(packages))
			require.NoError(t, err)
			require.Equal(t, want.fs, got.fs)
		}
	}
}

func TestPackagesThatCannotBeWrittenAreLeftOut(t *testing.T) {
	packages := somePackages(4)
	packages[1].Vendor = "\x00"
	failed := errors.New("no such file")
	seq := func(yield func(*rpmmd.Package, error) bool) {
		_ = yield(packages[0], nil) && yield(packages[1], nil) && yield(nil, rpmmd.Warning{Kind: rpmmd.Unreadable, Href: "x", Err: failed}) && yield(packages[3], nil)
	}
	var warnings []rpmmd.Warning
	var progress [][2]int
	options := rpmmd.Options{
		Warn:     func(w rpmmd.Warning) { warnings = append(warnings, w) },
		Progress: func(done, total int) { progress = append(progress, [2]int{done, total}) },
	}
	m := &memory{}
	result, err := rpmmd.NewWriter(options).WriteOrdered(t.Context(), m, 4, seq)
	require.NoError(t, err)
	require.Equal(t, 2, result.Packages)
	require.Equal(t, 2, result.LeftOut)
	require.Len(t, warnings, 2)
	require.Equal(t, rpmmd.ForbiddenCharacter, warnings[0].Kind)
	require.True(t, warnings[0].LeftOut())
	require.ErrorIs(t, warnings[1], failed)
	require.Equal(t, [][2]int{{1, 4}, {2, 4}, {3, 4}, {4, 4}}, progress)
	want, _ := written(t, rpmmd.Options{}, packages[0], packages[3])
	require.Equal(t, want.fs, m.fs)

	options.Strict = true
	m = &memory{}
	_, err = rpmmd.NewWriter(options).WriteOrdered(t.Context(), m, 4, seq)
	require.ErrorIs(t, err, koji.ErrInvalid)
	require.Empty(t, m.fs)
}

func TestOptionsThatCannotBeMet(t *testing.T) {
	for name, o := range map[string]rpmmd.Options{
		"checksum":    {Checksum: "crc"},
		"compression": {Compression: 17},
		"gzip level":  {Compression: rpmmd.Gzip, Level: 10},
		"gzip huff":   {Compression: rpmmd.Gzip, Level: -2},
		"zstd level":  {Compression: rpmmd.Zstd, Level: 23},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := rpmmd.NewWriter(o).Write(t.Context(), &memory{})
			require.ErrorIs(t, err, koji.ErrInvalid)
		})
	}
	for _, level := range []int{1, 9, 22} {
		m, _ := written(t, rpmmd.Options{Level: level, Compression: rpmmd.Zstd}, somePackages(5)...)
		require.Contains(t, m.open(t, "primary"), `packages="5"`)
	}
}

func TestChecksumTypesOfRecords(t *testing.T) {
	for _, typ := range []rpmmd.ChecksumType{rpmmd.MD5, rpmmd.SHA, rpmmd.SHA1, rpmmd.SHA224, rpmmd.SHA256, rpmmd.SHA384, rpmmd.SHA512} {
		m, result := written(t, rpmmd.Options{Checksum: typ}, somePackages(3)...)
		for _, r := range result.Repomd.Records {
			require.Equal(t, typ, r.Checksum.Type)
			require.Equal(t, typ, r.OpenChecksum.Type)
		}
		m.open(t, "primary") // verifies them
	}
}

func TestCancelledWritingFails(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	packages := somePackages(5000)
	stop := func(yield func(*rpmmd.Package, error) bool) {
		for i, p := range packages {
			if i == 3000 {
				cancel()
			}
			if !yield(p, nil) {
				return
			}
		}
	}
	m := &memory{}
	_, err := rpmmd.NewWriter(rpmmd.Options{}).WriteOrdered(ctx, m, len(packages), stop)
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, m.fs)
}

func TestAFailingSinkFailsTheWriting(t *testing.T) {
	full := errors.New("disk full")
	_, err := rpmmd.NewWriter(rpmmd.Options{}).Write(t.Context(), sinkFunc(func(f *rpmmd.Output) error {
		if strings.HasSuffix(f.Name, "-other.xml.zst") {
			return full
		}
		require.NotEqual(t, "repomd.xml", f.Name)
		return nil
	}))
	require.ErrorIs(t, err, full)
}

type sinkFunc func(*rpmmd.Output) error

func (f sinkFunc) Put(_ context.Context, file *rpmmd.Output) error { return f(file) }
