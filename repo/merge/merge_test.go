package merge_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/hosttool"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo/merge"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

// pkg returns a package, from NAME-VERSION-RELEASE.ARCH with or without an epoch,
// that was built of a source package.
func pkg(t testing.TB, nevra, source string) *rpmmd.Package {
	nvra, err := koji.ParseNVRA(nevra)
	require.NoError(t, err)
	epoch := "0"
	if nvra.Epoch != "" {
		epoch = nvra.Epoch
	}
	sum := sha256.Sum256([]byte(nevra))
	if source != "" {
		source += ".src.rpm"
	}
	return &rpmmd.Package{
		Name: nvra.Name, Epoch: epoch, Version: nvra.Version, Release: nvra.Release, Arch: nvra.Arch, SourceRPM: source,
		Checksum: rpmmd.Checksum{Type: rpmmd.SHA256, Value: hex.EncodeToString(sum[:])},
		Location: rpmmd.Location{Href: "Packages/" + nvra.String() + ".rpm"},
		Summary:  "summary of " + nevra, License: "MIT", FileTime: 1, BuildTime: 2, Size: 3,
		Provides:   []rpmmd.Dependency{{Name: nvra.Name, Sense: rpmmd.SenseEQ, Epoch: epoch, Version: nvra.Version, Release: nvra.Release}},
		Files:      []rpmmd.File{{Dir: "/usr/bin/", Base: nvra.Name}, {Dir: "/usr/share/", Base: nevra}},
		Changelogs: []rpmmd.Changelog{{Time: 5, Author: "A", Text: nevra}},
	}
}

// simple returns a package built of a source of its own name.
func simple(t testing.TB, nevra string) *rpmmd.Package {
	p := pkg(t, nevra, "")
	p.SourceRPM = p.Name + "-" + p.Version + "-" + p.Release + ".src.rpm"
	return p
}

// publish writes a repository into a directory and returns it as a source.
func publish(t testing.TB, dir string, change func(*rpmmd.Writer), packages ...*rpmmd.Package) merge.Source {
	require.NoError(t, os.MkdirAll(dir, 0o755))
	w := rpmmd.NewWriter(rpmmd.Options{Profile: rpmmd.CompatEL7})
	for _, p := range packages {
		require.NoError(t, w.Add(p))
	}
	if change != nil {
		change(w)
	}
	_, err := w.WriteDir(t.Context(), dir)
	require.NoError(t, err)
	return open(t, dir)
}

func open(t testing.TB, dir string) merge.Source {
	repo, err := rpmmd.Open(os.DirFS(dir), rpmmd.Limits{})
	require.NoError(t, err)
	return merge.Source{Repository: repo, URL: "file://" + dir + "/"}
}

// merged merges and returns what there is then.
func merged(t testing.TB, sources []merge.Source, o merge.Options) *rpmmd.Repository {
	dir := t.TempDir()
	err := rpmmd.ReplaceDir(dir, func(sink rpmmd.Sink) error {
		_, err := merge.Write(t.Context(), sink, sources, o)
		return err
	})
	require.NoError(t, err)
	return open(t, dir).Repository
}

// content returns the decompressed content of a record, or "".
func content(t testing.TB, repo *rpmmd.Repository, typ string) string {
	record, ok := repo.Repomd.Record(typ)
	if !ok {
		return ""
	}
	f, err := repo.OpenRecord(record)
	require.NoError(t, err)
	defer f.Close()
	data, err := io.ReadAll(f)
	require.NoError(t, err)
	return string(data)
}

// list returns the packages of a repository, by their files and bases.
func list(t testing.TB, repo *rpmmd.Repository) (names []string) {
	for p, err := range repo.Packages(t.Context()) {
		require.NoError(t, err)
		name := filepath.Base(p.Location.Href)
		if p.Location.Base != "" {
			name += " of " + filepath.Base(p.Location.Base)
		}
		names = append(names, name)
	}
	return names
}

func TestModes_21(t *testing.T) {
	dir := t.TempDir()
	sources := []merge.Source{
		publish(t, dir+"/local", nil, simple(t, "dd-1-1.noarch")),
		publish(t, dir+"/ext1", nil, simple(t, "dd-2-1.noarch")),
		publish(t, dir+"/ext2", nil, simple(t, "dd-1-1.noarch"), simple(t, "dd-2-1.noarch"), simple(t, "big-1-1.noarch")),
	}
	blocked := []string{"big"}
	for mode, want := range map[merge.Mode][]string{
		merge.Koji:   {"dd-1-1.noarch.rpm"},
		merge.Simple: {"dd-1-1.noarch.rpm", "dd-1-1.noarch.rpm of ext2", "dd-2-1.noarch.rpm of ext1", "dd-2-1.noarch.rpm of ext2"},
		merge.Bare:   {"big-1-1.noarch.rpm of ext2", "dd-1-1.noarch.rpm", "dd-2-1.noarch.rpm of ext1"},
	} {
		repo := merged(t, sources, merge.Options{Mode: mode, Blocked: blocked})
		require.Equal(t, want, list(t, repo))
		require.Contains(t, content(t, repo, "primary"), fmt.Sprintf(`packages="%d"`, len(want)))
	}

	// Upstream writes no line for the second of two packages that are the same.
	url := func(name string) string { return "\tfile://" + dir + "/" + name + "/\n" }
	require.Equal(t, "dd-1-1.noarch"+url("local")+"dd-2-1.noarch"+url("ext1"),
		content(t, merged(t, sources, merge.Options{Mode: merge.Simple, Blocked: blocked}), merge.OriginType))
}

func TestNewestBuildAndArches_22(t *testing.T) {
	dir := t.TempDir()
	one := publish(t, dir+"/one", nil, simple(t, "dd-1-1.noarch"), simple(t, "dd-2-1.noarch"))
	require.Equal(t, []string{"dd-2-1.noarch.rpm"}, list(t, merged(t, []merge.Source{one}, merge.Options{})))

	arches := publish(t, dir+"/arches", nil, simple(t, "a-1-1.x86_64"), simple(t, "b-1-1.i686"), simple(t, "c-1-1.i386"),
		pkg(t, "d-1-1.src", ""), simple(t, "e-1-1.noarch"), simple(t, "f-1-1.aarch64"))
	require.Equal(t, []string{"a-1-1.x86_64.rpm", "b-1-1.i686.rpm", "c-1-1.i386.rpm", "e-1-1.noarch.rpm"},
		list(t, merged(t, []merge.Source{arches}, merge.Options{Arches: []string{"x86_64"}})))
	require.Equal(t, []string{"e-1-1.noarch.rpm"}, list(t, merged(t, []merge.Source{arches}, merge.Options{})))
	require.Equal(t, []string{"a-1-1.x86_64.rpm", "d-1-1.src.rpm", "e-1-1.noarch.rpm"},
		list(t, merged(t, []merge.Source{arches}, merge.Options{Mode: merge.Bare, Arches: []string{"x86_64", "src"}})))
	require.Len(t, list(t, merged(t, []merge.Source{arches}, merge.Options{Mode: merge.Bare})), 6)
	require.Len(t, list(t, merged(t, []merge.Source{arches}, merge.Options{Mode: merge.Bare, Arches: []string{"x86_64"}, ArchExpand: true})), 4)
}

func TestOriginsAndBases_23(t *testing.T) {
	dir := t.TempDir()
	elsewhere := simple(t, "c-1-1.noarch")
	elsewhere.Location.Base = "http://example.org/c"
	sources := []merge.Source{
		publish(t, dir+"/local", nil, simple(t, "a-1-1.noarch")),
		publish(t, dir+"/ext", nil, simple(t, "b-1-1.noarch"), elsewhere),
	}
	repo := merged(t, sources, merge.Options{})
	require.Equal(t, "a-1-1.noarch\tfile://"+dir+"/local/\nb-1-1.noarch\tfile://"+dir+"/ext/\nc-1-1.noarch\tfile://"+dir+"/ext/\n",
		content(t, repo, merge.OriginType))
	var bases []string
	for p, err := range repo.Packages(t.Context()) {
		require.NoError(t, err)
		bases = append(bases, p.Location.Base)
	}
	require.Equal(t, []string{"", "file://" + dir + "/ext", "http://example.org/c"}, bases)
}

func TestOtherMetadata(t *testing.T) {
	add := func(typ, name, text string) func(*rpmmd.Writer) {
		return func(w *rpmmd.Writer) { require.NoError(t, w.AddFile(typ, name, strings.NewReader(text))) }
	}
	both := func(changes ...func(*rpmmd.Writer)) func(*rpmmd.Writer) {
		return func(w *rpmmd.Writer) {
			for _, change := range changes {
				change(w)
			}
		}
	}
	dir := t.TempDir()
	sources := []merge.Source{
		publish(t, dir+"/plain", nil),
		publish(t, dir+"/one", both(add("group", "x.xml", "<comps>1</comps>"), add("modules", "modules.yaml", "document: a\n"),
			add("updateinfo", "updateinfo.xml", "<updates><update><id>1</id></update></updates>"))),
		publish(t, dir+"/two", both(add("group", "x.xml", "<comps>2</comps>"), add("modules", "modules.yaml", "document: b\n"),
			add("updateinfo", "updateinfo.xml", "<updates><update><id>2</id></update></updates>"))),
	}
	repo := merged(t, sources, merge.Options{})
	require.Equal(t, "<comps>1</comps>", content(t, repo, "group"))
	require.Equal(t, "---\ndocument: a\n...\n---\ndocument: b\n...\n", content(t, repo, "modules"))
	require.NotContains(t, content(t, repo, "updateinfo"), "<id>")
	require.Contains(t, content(t, repo, "updateinfo"), "<updates>")

	repo = merged(t, sources, merge.Options{Groups: []byte("<comps/>"), Updateinfo: merge.MergedUpdateinfo})
	require.Equal(t, "<comps/>", content(t, repo, "group"))
	require.Contains(t, content(t, repo, "updateinfo"), "<id>1</id>")
	require.Contains(t, content(t, repo, "updateinfo"), "<id>2</id>")

	repo = merged(t, sources[:1], merge.Options{Updateinfo: merge.NoUpdateinfo})
	for _, typ := range []string{"group", "modules", "updateinfo"} {
		_, ok := repo.Repomd.Record(typ)
		require.False(t, ok, typ)
	}

	bad := publish(t, dir+"/bad", add("modules", "modules.yaml", "- no"))
	_, err := merge.Write(t.Context(), nil, []merge.Source{bad}, merge.Options{})
	require.ErrorIs(t, err, koji.ErrInvalid)
	require.ErrorContains(t, err, dir+"/bad/: ")
}

// randomSource publishes packages of few names, versions and sources, so that they
// collide in every way.
func randomSource(t testing.TB, rng *rand.Rand, dir string) merge.Source {
	seen := map[string]bool{}
	var packages []*rpmmd.Package
	for range 25 {
		pick := func(from ...string) string { return from[rng.IntN(len(from))] }
		version := pick("1.0", "1.00", "2", "10", "2~rc1", "2^git")
		source := pick("src", "lib", "tool", "blocked") + "-" + pick("1", "2", "10") + "-1"
		nevra := pick("a", "b", "a-libs") + "-" + pick("", "", "1:", "2:")
		nevra = strings.TrimSuffix(nevra, "-") + "-" + version + "-" + pick("1", "2.fc40") + "." + pick("x86_64", "noarch", "i686", "src", "ppc64le")
		name, rest, _ := strings.Cut(nevra, ":-")
		if rest != "" { // the epoch stands before the name in the text that is parsed
			i := strings.LastIndexByte(name, '-')
			nevra = name[i+1:] + ":" + name[:i] + "-" + rest
		}
		p := pkg(t, nevra, source)
		p.Checksum.Value = fmt.Sprintf("%064x", rng.Uint64())
		if p.Arch == "src" {
			p.SourceRPM = ""
		}
		key := p.Name + p.Version + p.Release + p.Arch
		canonical := strings.ReplaceAll(key, "1.00", "1.0") // which of equal ones is first, upstream leaves to a hash table
		if seen[canonical] {
			continue
		}
		seen[canonical] = true
		packages = append(packages, p)
	}
	return publish(t, dir, nil, packages...)
}

func TestMergesAsMergerepoDoes(t *testing.T) {
	mergerepo := hosttool.Need(t, "mergerepo_c")
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 1))
		dir := t.TempDir()
		var sources []merge.Source
		args := []string{"--no-database"}
		for _, name := range []string{"local", "one", "two"} {
			source := randomSource(t, rng, filepath.Join(dir, name))
			sources = append(sources, source)
			args = append(args, "--repo="+source.URL)
		}
		blocked := filepath.Join(dir, "blocked")
		require.NoError(t, os.WriteFile(blocked, []byte("blocked\n"), 0o600))
		for name, test := range map[string]struct {
			args    []string
			options merge.Options
		}{
			"koji":        {[]string{"--koji", "--blocked=" + blocked, "--archlist=x86_64"}, merge.Options{Arches: []string{"x86_64"}}},
			"koji source": {[]string{"--koji", "--blocked=" + blocked, "--archlist=x86_64,src", "--arch-expand"}, merge.Options{Arches: []string{"x86_64", "src"}}},
			"koji noarch": {[]string{"--koji", "--blocked=" + blocked}, merge.Options{}},
			"bare":        {[]string{"--pkgorigins", "--all", "--archlist=x86_64"}, merge.Options{Mode: merge.Bare, Arches: []string{"x86_64"}}},
			"bare expand": {[]string{"--pkgorigins", "--all", "--archlist=x86_64", "--arch-expand"}, merge.Options{Mode: merge.Bare, Arches: []string{"x86_64"}, ArchExpand: true}},
			"simple":      {[]string{"--koji", "--simple", "--blocked=" + blocked, "--archlist=x86_64"}, merge.Options{Mode: merge.Simple, Arches: []string{"x86_64"}}},
		} {
			t.Run(fmt.Sprint(seed, name), func(t *testing.T) {
				out := t.TempDir()
				output, err := exec.Command(mergerepo, slices.Concat(args, test.args, []string{"--outputdir=" + out})...).CombinedOutput()
				require.NoError(t, err, "%s", output)
				theirs := open(t, out).Repository
				test.options.Blocked = []string{"blocked"}
				ours := merged(t, sources, test.options)
				for _, typ := range []string{"primary", "filelists", "other"} {
					want, got := content(t, theirs, typ), content(t, ours, typ)
					if name == "simple" { // upstream counts duplicates once, and leaves their order to a hash table
						want, got = sortedPackages(want), sortedPackages(got)
					}
					require.Equal(t, want, got)
				}
				want, got := strings.Split(content(t, theirs, "origin"), "\n"), strings.Split(content(t, ours, "origin"), "\n")
				if name == "simple" { // upstream has no line for a version that RPM takes for the same as another
					require.Subset(t, got, want)
				} else {
					require.ElementsMatch(t, want, got)
				}
			})
		}
	}
}

// sortedPackages returns the packages of a document without its root element.
func sortedPackages(doc string) string {
	_, doc, _ = strings.Cut(doc, "<package ")
	parts := strings.SplitAfter("<package "+doc, "</package>\n")
	slices.Sort(parts)
	return strings.Join(parts, "")
}

func TestAnyOrderIsMerged(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	var packages []*rpmmd.Package
	for i := range 300 {
		p := simple(t, fmt.Sprintf("p%03d-1-1.noarch", i))
		p.Location.Href = fmt.Sprintf("%d.rpm", rng.Uint64()) // the order of the source
		packages = append(packages, p)
	}
	dir := t.TempDir()
	sources := []merge.Source{publish(t, dir+"/a", nil, packages[:100]...), publish(t, dir+"/b", nil, packages[50:]...)}
	want := merged(t, sources, merge.Options{})
	require.Len(t, list(t, want), 300)
	got := merged(t, sources, merge.Options{Waiting: 3})
	for _, typ := range []string{"primary", "filelists", "other"} {
		require.Equal(t, content(t, want, typ), content(t, got, typ))
	}
}

func TestNamesThatForgeOriginsAreRefused(t *testing.T) {
	p := simple(t, "a-1-1.noarch")
	p.Release = "1.noarch\tfile:///mine/\nbash-5-1"
	source := publish(t, t.TempDir(), nil, p)
	_, err := merge.Write(t.Context(), nil, []merge.Source{source}, merge.Options{Mode: merge.Bare})
	require.ErrorIs(t, err, koji.ErrInvalid)
	require.ErrorContains(t, err, "white space")
}

func TestDamagedSourcesAreRefused(t *testing.T) {
	dir := t.TempDir()
	source := publish(t, dir+"/a", nil, simple(t, "a-1-1.noarch"))
	for _, typ := range []string{"primary", "filelists", "other"} {
		record, _ := source.Repository.Repomd.Record(typ)
		file := filepath.Join(dir, "a", record.Location.Href)
		whole, err := os.ReadFile(file)
		require.NoError(t, err)
		broken := bytes.Clone(whole)
		broken[len(broken)-5] ^= 1
		require.NoError(t, os.WriteFile(file, broken, 0o600))
		out := t.TempDir()
		err = rpmmd.ReplaceDir(out, func(sink rpmmd.Sink) error {
			_, err := merge.Write(t.Context(), sink, []merge.Source{source}, merge.Options{})
			return err
		})
		require.Error(t, err)
		require.NoDirExists(t, filepath.Join(out, "repodata"))
		require.NoError(t, os.WriteFile(file, whole, 0o600))
	}
}
