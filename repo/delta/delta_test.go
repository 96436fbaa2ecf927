package delta_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/corpus"
	"github.com/kojikit/kojikit/internal/hosttool"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo/delta"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

// createrepo is what createrepo_c 0.17.3 wrote about the delta in testdata.
const createrepo = `<?xml version="1.0" encoding="UTF-8"?>
<prestodelta>
  <newpackage name="p" epoch="2" version="2" release="1" arch="noarch">
    <delta oldepoch="2" oldversion="1" oldrelease="1">
      <filename>drpms/p-1-1_2-1.noarch.drpm</filename>
      <sequence>p-2:1-1-8d6d87fcbcda1f24e6f1d3d9f7bfb16230</sequence>
      <size>14876</size>
      <checksum type="sha256">305a9e7153dcc4dbb22612509c6c0f1f0b6b995a7475a433023fc7c5fe00679e</checksum>
    </delta>
  </newpackage>
</prestodelta>
`

func testDelta(tb testing.TB) []byte {
	tb.Helper()
	data, err := os.ReadFile("testdata/p-1-1_2-1.noarch.drpm")
	require.NoError(tb, err)
	return data
}

func TestListingSaysWhatCreaterepoSays(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "drpms"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "drpms", "p-1-1_2-1.noarch.drpm"), testDelta(t), 0o600))
	packages, err := delta.List(t.Context(), dir)
	require.NoError(t, err)
	doc := delta.Append(nil, packages)
	require.Equal(t, createrepo, string(doc))
	var back []delta.NewPackage
	for p, err := range delta.Read(bytes.NewReader(doc), delta.Limits{}) {
		require.NoError(t, err)
		back = append(back, *p)
	}
	require.Equal(t, packages, back)

	packages, err = delta.List(t.Context(), t.TempDir())
	require.NoError(t, err)
	require.Empty(t, packages)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "drpms", "bad.drpm"), []byte("bad"), 0o600))
	_, err = delta.List(t.Context(), dir)
	require.ErrorContains(t, err, "bad.drpm")
}

func TestHostileDocumentsAreRefused(t *testing.T) {
	for doc, kind := range map[string]error{
		"":              koji.ErrInvalid,
		"<comps/>":      koji.ErrInvalid,
		"<prestodelta>": koji.ErrInvalid,
		`<!DOCTYPE p [<!ENTITY a "b">]><prestodelta/>`:                                                     koji.ErrInvalid,
		"<prestodelta><newpackage><delta><size>big</size></delta></newpackage></prestodelta>":              koji.ErrInvalid,
		"<prestodelta><newpackage>" + strings.Repeat("<delta/>", 20_000) + "</newpackage></prestodelta>":   koji.ErrLimit,
		"<prestodelta><newpackage name='" + strings.Repeat("a", 100_000) + "'></newpackage></prestodelta>": koji.ErrLimit,
	} {
		var last error
		for _, err := range delta.Read(strings.NewReader(doc), delta.Limits{Token: 1000, Package: 100_000}) {
			last = err
		}
		require.ErrorIs(t, last, kind)
	}
}

func TestPairs(t *testing.T) {
	pkg := func(dir, name, evr, arch string, size int64) delta.Package {
		epoch, rest, ok := strings.Cut(evr, ":")
		if !ok {
			epoch, rest = "0", evr
		}
		version, release, _ := strings.Cut(rest, "-")
		return delta.Package{Path: dir + "/" + name + "-" + evr + "." + arch + ".rpm", Name: name, Epoch: epoch, Version: version, Release: release, Arch: arch, InstalledSize: size}
	}
	newer := []delta.Package{
		pkg("new", "a", "3-1", "x86_64", 10), pkg("new", "big", "2-1", "noarch", 100_000_000), pkg("new", "s", "2-1", "src", 1), pkg("new", "e", "1:1-1", "noarch", 0),
	}
	older := []delta.Package{
		pkg("one", "a", "1-1", "x86_64", 10), pkg("one", "a", "2-1", "x86_64", 10), pkg("one", "a", "3-1", "x86_64", 10), pkg("one", "a", "2-5", "noarch", 10),
		pkg("two", "a", "1-2", "x86_64", 10), pkg("two", "a", "4-1", "x86_64", 10), pkg("two", "big", "1-1", "noarch", 1), pkg("two", "s", "1-1", "src", 1), pkg("two", "e", "9-1", "noarch", 0),
	}
	paths := func(pairs []delta.Pair) (paths []string) {
		for _, p := range pairs {
			paths = append(paths, p.Old.Path+" "+p.New.Path)
		}
		return paths
	}
	require.Equal(t, []string{
		"one/a-2-1.x86_64.rpm new/a-3-1.x86_64.rpm", "two/a-1-2.x86_64.rpm new/a-3-1.x86_64.rpm", "two/e-9-1.noarch.rpm new/e-1:1-1.noarch.rpm",
	}, paths(delta.Pairs(newer, older, delta.PairOptions{})))
	require.Len(t, delta.Pairs(newer, older, delta.PairOptions{Deltas: 5, MaxSize: 1 << 40}), 5)

	name, err := (&delta.Pair{Old: older[0], New: newer[0]}).Filename()
	require.NoError(t, err)
	require.Equal(t, "a-1-1_3-1.x86_64.drpm", name)
	bad := newer[0]
	bad.Version = "../../x"
	_, err = (&delta.Pair{Old: older[0], New: bad}).Filename()
	require.ErrorIs(t, err, koji.ErrUnsafePath)
}

// writeVersions writes two versions of a package, the old one into a directory
// within a directory.
func writeVersions(t *testing.T) (older, newer string) {
	t.Helper()
	rpmbuild := hosttool.Need(t, "rpmbuild")
	dir := t.TempDir()
	older, newer = filepath.Join(dir, "old"), filepath.Join(dir, "new")
	const spec = `Name: p
Version: %{v}
Release: 1
Summary: s
License: MIT
BuildArch: noarch
%description
d
%install
mkdir -p %{buildroot}/usr/share/p
i=0; while [ $i -lt 300 ]; do echo "a line $i of %{v}" | sha256sum; echo "the same $i" | sha256sum; i=$((i+1)); done > %{buildroot}/usr/share/p/data
%files
/usr/share/p
`
	file := filepath.Join(dir, "p.spec")
	require.NoError(t, os.WriteFile(file, []byte(spec), 0o600))
	for v, to := range map[string]string{"1": filepath.Join(older, "deep", "down"), "2": newer} {
		out, err := exec.Command(rpmbuild, "-bb", "--define=_topdir "+dir, "--define=v "+v, "--define=_rpmdir "+to, "--define=_build_name_fmt %%{NAME}-%%{VERSION}.rpm", file).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	return older, newer
}

func TestDeltasMakeTheNewPackage_25(t *testing.T) {
	apply := hosttool.Need(t, "applydeltarpm")
	hosttool.Need(t, "makedeltarpm")
	older, newer := writeVersions(t)
	old, err := delta.Scan(t.Context(), []string{older}, delta.ScanOptions{})
	require.NoError(t, err)
	require.Len(t, old, 1)
	flat, err := delta.Scan(t.Context(), []string{older}, delta.ScanOptions{Flat: true})
	require.NoError(t, err)
	require.Empty(t, flat)
	fresh, err := delta.Scan(t.Context(), []string{newer}, delta.ScanOptions{})
	require.NoError(t, err)
	pairs := delta.Pairs(fresh, old, delta.PairOptions{})
	require.Len(t, pairs, 1)

	require.NoError(t, delta.Make(t.Context(), delta.Program{}, newer, pairs, delta.MakeOptions{}))
	require.NoError(t, delta.Make(t.Context(), failing{}, newer, pairs, delta.MakeOptions{}), "what is there is not made again")
	entries, err := os.ReadDir(filepath.Join(newer, delta.Dirname))
	require.NoError(t, err)
	require.Len(t, entries, 1)
	packages, err := delta.List(t.Context(), newer)
	require.NoError(t, err)
	d := packages[0].Deltas[0]
	require.Equal(t, "drpms/p-1-1_2-1.noarch.drpm", d.Filename)

	made := filepath.Join(t.TempDir(), "made.rpm")
	out, err := exec.Command(apply, "-r", old[0].Path, filepath.Join(newer, d.Filename), made).CombinedOutput()
	require.NoError(t, err, "%s", out)
	want, err := os.ReadFile(fresh[0].Path)
	require.NoError(t, err)
	got, err := os.ReadFile(made)
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got))
	_, err = exec.Command(apply, "-i", filepath.Join(newer, d.Filename)).CombinedOutput()
	require.NoError(t, err)

	w := rpmmd.NewWriter(rpmmd.Options{})
	require.NoError(t, w.AddFile(delta.RecordType, "prestodelta.xml", bytes.NewReader(delta.Append(nil, packages))))
	result, err := w.IndexDir(t.Context(), newer, rpmmd.ReadOptions{})
	require.NoError(t, err)
	require.Equal(t, 1, result.Packages)
}

// failing makes nothing.
type failing struct{}

func (failing) MakeDelta(context.Context, string, string, string) error { return errors.New("no") }

// copying takes any file for the delta.
type copying []byte

func (c copying) MakeDelta(_ context.Context, _, _, out string) error {
	return os.WriteFile(out, c, 0o600)
}

func TestBadDeltasAreNotKept(t *testing.T) {
	old := delta.Package{Path: "/nowhere/p-1-1.noarch.rpm", Name: "p", Epoch: "2", Version: "1", Release: "1", Arch: "noarch"}
	small := filepath.Join(t.TempDir(), "p-2-1.noarch.rpm")
	require.NoError(t, os.WriteFile(small, make([]byte, 100), 0o600))
	fresh := delta.Package{Path: small, Name: "p", Epoch: "2", Version: "2", Release: "1", Arch: "noarch"}
	other := fresh
	other.Version = "3"
	for name, test := range map[string]struct {
		maker delta.Maker
		new   delta.Package
		err   string
	}{
		"none made":       {failing{}, fresh, "no"},
		"no delta":        {copying("no rpm"), fresh, ""},
		"other package":   {copying(testDelta(t)), other, "for another package"},
		"not smaller":     {copying(testDelta(t)), fresh, ""},
		"missing program": {delta.Program{Path: "/nowhere/makedeltarpm"}, fresh, "makedeltarpm"},
	} {
		t.Run(name, func(t *testing.T) {
			repo := t.TempDir()
			pairs := []delta.Pair{{Old: old, New: test.new}}
			err := delta.Make(t.Context(), test.maker, repo, pairs, delta.MakeOptions{})
			if name == "not smaller" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, test.err)
				warned := 0
				require.NoError(t, delta.Make(t.Context(), test.maker, repo, pairs, delta.MakeOptions{Warn: func(delta.Pair, error) { warned++ }}))
				require.Equal(t, 1, warned)
			}
			entries, err := os.ReadDir(filepath.Join(repo, delta.Dirname))
			require.NoError(t, err)
			require.Empty(t, entries)
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, delta.Make(ctx, failing{}, t.TempDir(), []delta.Pair{{Old: old, New: fresh}}, delta.MakeOptions{}), context.Canceled)
}

func TestScanTellsOfBadFiles(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, corpus.Write(dir, corpus.Options{Packages: 5, Seed: 1}))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "bad.rpm"), []byte("bad"), 0o600))
	var bad []string
	packages, err := delta.Scan(t.Context(), []string{dir}, delta.ScanOptions{Warn: func(path string, _ error) { bad = append(bad, filepath.Base(path)) }})
	require.NoError(t, err)
	require.Len(t, packages, 5)
	require.Equal(t, []string{"bad.rpm"}, bad)
	_, err = delta.Scan(t.Context(), []string{filepath.Join(dir, "none")}, delta.ScanOptions{})
	require.ErrorIs(t, err, os.ErrNotExist)
}

func FuzzReadDRPM(f *testing.F) {
	whole := testDelta(f)
	f.Add(whole)
	f.Add(whole[:len(whole)/8])
	f.Add([]byte("\xed\xab\xee\xdb"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := delta.ReadDRPM(bytes.NewReader(data))
		if err == nil {
			require.Len(t, p.Deltas, 1)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add(createrepo)
	f.Add("<prestodelta/>")
	f.Add("<prestodelta><newpackage name='a'><delta><checksum/></delta></newpackage></prestodelta>")
	f.Fuzz(func(t *testing.T, doc string) {
		read := func(doc string, l delta.Limits) (list []delta.NewPackage, err error) {
			for p, err := range delta.Read(strings.NewReader(doc), l) {
				if err != nil {
					return nil, err
				}
				list = append(list, *p)
			}
			return list, nil
		}
		list, err := read(doc, delta.Limits{Token: 1 << 16, Package: 1 << 18})
		if err != nil {
			return
		}
		again, err := read(string(delta.Append(nil, list)), delta.Limits{})
		require.NoError(t, err)
		require.Equal(t, list, again)
	})
}

func ExamplePairs() {
	older := []delta.Package{{Path: "old/p-1-1.rpm", Name: "p", Version: "1", Release: "1", Arch: "noarch"}}
	newer := []delta.Package{{Path: "new/p-2-1.rpm", Name: "p", Version: "2", Release: "1", Arch: "noarch"}}
	for _, pair := range delta.Pairs(newer, older, delta.PairOptions{}) {
		name, err := pair.Filename()
		fmt.Println(name, err)
	}
	// Output: p-1-1_2-1.noarch.drpm <nil>
}

func BenchmarkPairs(b *testing.B) {
	var older, newer []delta.Package
	for i := range 60_000 {
		p := delta.Package{Path: fmt.Sprint("old/", i), Name: fmt.Sprint("p", i/10), Epoch: "0", Version: fmt.Sprint(i % 10), Release: "1", Arch: "noarch"}
		older = append(older, p)
		if i%10 == 9 {
			newer = append(newer, p)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		delta.Pairs(newer, older, delta.PairOptions{})
	}
}

func BenchmarkReadDRPM(b *testing.B) {
	data := testDelta(b)
	b.ReportAllocs()
	for b.Loop() {
		_, err := delta.ReadDRPM(bytes.NewReader(data))
		require.NoError(b, err)
	}
}
