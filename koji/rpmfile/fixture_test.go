package rpmfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/hosttool"
)

// fixtures lists what testdata/make.sh makes, as its spec files describe it.
var fixtures = []struct {
	file      string
	nvr       string
	epoch     string
	arch      string
	source    bool
	sourceRPM string
	signer    string // name of the key in keys.txt
	tags      []Tag  // of its signatures, in order of precedence
}{
	{file: "plain.rpm", nvr: "plain-1.0-1", arch: "noarch", sourceRPM: "plain-1.0-1.src.rpm"},
	{file: "plain-xz.rpm", nvr: "plain-1.0-1", arch: "noarch", sourceRPM: "plain-1.0-1.src.rpm"},
	{file: "plain-bzip2.rpm", nvr: "plain-1.0-1", arch: "noarch", sourceRPM: "plain-1.0-1.src.rpm"},
	{file: "plain-src.rpm", nvr: "plain-1.0-1", arch: "src", source: true},
	{file: "closed-nosrc.rpm", nvr: "closed-2-3", epoch: "7", arch: "src", source: true},
	{file: "rich.rpm", nvr: "rich-2.5~rc1-3", epoch: "0", arch: "x86_64", sourceRPM: "rich-2.5~rc1-3.src.rpm"},
	{file: "plain-rsa.rpm", nvr: "plain-1.0-1", arch: "noarch", sourceRPM: "plain-1.0-1.src.rpm", signer: "rsa", tags: []Tag{SigTagRSA}},
	{file: "plain-rsa-v3.rpm", nvr: "plain-1.0-1", arch: "noarch", sourceRPM: "plain-1.0-1.src.rpm", signer: "rsa", tags: []Tag{SigTagPGP, SigTagRSA}},
	{file: "plain-dsa.rpm", nvr: "plain-1.0-1", arch: "noarch", sourceRPM: "plain-1.0-1.src.rpm", signer: "dsa", tags: []Tag{SigTagDSA}},
	{file: "plain-dsa-v3.rpm", nvr: "plain-1.0-1", arch: "noarch", sourceRPM: "plain-1.0-1.src.rpm", signer: "dsa", tags: []Tag{SigTagGPG, SigTagDSA}},
	{file: "plain-eddsa.rpm", nvr: "plain-1.0-1", arch: "noarch", sourceRPM: "plain-1.0-1.src.rpm", signer: "eddsa", tags: []Tag{SigTagDSA}},
	{file: "plain-eddsa-v3.rpm", nvr: "plain-1.0-1", arch: "noarch", sourceRPM: "plain-1.0-1.src.rpm", signer: "eddsa", tags: []Tag{SigTagGPG, SigTagDSA}},
}

// eachCorpus runs test over the kept fixtures, and over a set that rpmbuild and
// rpmsign make now.
func eachCorpus(t *testing.T, test func(t *testing.T, dir string)) {
	t.Run("kept", func(t *testing.T) { test(t, "testdata") })
	t.Run("built now", func(t *testing.T) {
		for _, tool := range []string{"rpmbuild", "rpmsign", "gpg"} {
			hosttool.Need(t, tool)
		}
		dir, err := built()
		require.NoError(t, err)
		test(t, dir)
	})
}

// built makes the fixtures, once for all tests. TestMain removes them.
var built = sync.OnceValues(func() (dir string, err error) {
	if dir, err = os.MkdirTemp("", "rpmfile"); err != nil {
		return "", err
	}
	builtDir = dir
	if out, err := exec.Command("sh", "testdata/make.sh", dir).CombinedOutput(); err != nil {
		return "", fmt.Errorf("make.sh: %w: %s", err, out)
	}
	return dir, nil
})

var builtDir string

func TestMain(m *testing.M) {
	code := m.Run()
	if builtDir != "" {
		_ = os.RemoveAll(builtDir)
	}
	os.Exit(code)
}

// keys returns the fingerprints of keys.txt by name.
func keys(t *testing.T, dir string) map[string]string {
	text, err := os.ReadFile(filepath.Join(dir, "keys.txt"))
	require.NoError(t, err)
	keys := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		name, fingerprint, ok := strings.Cut(strings.TrimSpace(line), " ")
		require.True(t, ok, "keys.txt: %q", line)
		keys[name] = fingerprint
	}
	return keys
}

func load(tb testing.TB, path ...string) []byte {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	require.NoError(tb, err)
	return data
}

func parse(tb testing.TB, data []byte) *File {
	tb.Helper()
	f, err := ReadAt(bytes.NewReader(data), int64(len(data)))
	require.NoError(tb, err)
	return f
}

// item is one entry of a header to be encoded.
type item struct {
	tag   Tag
	typ   Type
	count int
	data  []byte
}

func text(tag Tag, s string) item {
	return item{tag, TypeString, 1, append([]byte(s), 0)}
}

func texts(tag Tag, s ...string) item {
	return item{tag, TypeStringArray, len(s), []byte(strings.Join(s, "\x00") + "\x00")}
}

func binaryItem(tag Tag, b []byte) item { return item{tag, TypeBinary, len(b), b} }

func uint32s(tag Tag, n ...uint32) item {
	it := item{tag, TypeInt32, len(n), nil}
	for _, v := range n {
		it.data = binary.BigEndian.AppendUint32(it.data, v)
	}
	return it
}

// items decodes a header into what encodes it again, leaving out its region.
func items(h *Header) []item {
	var list []item
	for e := range h.Entries() {
		if e.Tag == TagHeaderSignatures || e.Tag == TagHeaderImmutable {
			continue
		}
		it := item{e.Tag, e.Type, e.Count, []byte(e.data)}
		if e.isText() {
			it.data = nil
			for s := range e.StringSeq() {
				it.data = append(append(it.data, s...), 0)
			}
		}
		list = append(list, it)
	}
	return list
}

// without returns the items of other tags.
func without(list []item, tags ...Tag) []item {
	var kept []item
	for _, it := range list {
		if !slices.Contains(tags, it.tag) {
			kept = append(kept, it)
		}
	}
	return kept
}

// encode lays out a header as rpm does, with a region marker of the given tag
// unless that is 0.
func encode(region Tag, list ...item) []byte {
	var index, data []byte
	entry := func(tag Tag, typ Type, offset, count int) []byte {
		var b []byte
		for _, v := range []int{int(tag), int(typ), offset, count} {
			b = binary.BigEndian.AppendUint32(b, uint32(v))
		}
		return b
	}
	for _, it := range list {
		for width := max(it.typ.width(), 1); len(data)%width != 0; {
			data = append(data, 0)
		}
		index = append(index, entry(it.tag, it.typ, len(data), it.count)...)
		data = append(data, it.data...)
	}
	n := len(list)
	if region != 0 {
		n++
		index = append(entry(region, TypeBinary, len(data), 16), index...)
		data = append(data, entry(region, TypeBinary, -16*n, 16)...)
	}
	intro := append(bytes.Clone(headerMagic), entry(Tag(n), Type(len(data)), 0, 0)[:8]...)
	return bytes.Join([][]byte{intro, index, data}, nil)
}

func pad(header []byte) []byte {
	return append(header, make([]byte, padded(int64(len(header)))-int64(len(header)))...)
}

// assemble makes an rpm of its parts; the lead is that of a fixture.
func assemble(tb testing.TB, signature, header, payload []byte) []byte {
	lead := load(tb, "testdata", "plain.rpm")[:LeadSize]
	return bytes.Join([][]byte{lead, pad(signature), header, payload}, nil)
}

func writeFile(tb testing.TB, path string, data []byte) {
	tb.Helper()
	require.NoError(tb, os.WriteFile(path, data, 0o600))
}
