package updateinfo_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/corpus"
	"github.com/kojikit/kojikit/internal/hosttool"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo/rpmmd"
	"github.com/kojikit/kojikit/repo/updateinfo"
)

func readAll(doc string, l updateinfo.Limits) (list []updateinfo.Advisory, err error) {
	for a, err := range updateinfo.Read(strings.NewReader(doc), l) {
		if err != nil {
			return list, err
		}
		list = append(list, *a)
	}
	return list, nil
}

// The document was written by createrepo_c 0.17.3.
func TestCreaterepoDocumentIsWrittenAsItWas(t *testing.T) {
	doc, err := os.ReadFile("testdata/createrepo.xml")
	require.NoError(t, err)
	list, err := readAll(string(doc), updateinfo.Limits{})
	require.NoError(t, err)
	require.Len(t, list, 2)
	a := list[0]
	require.Equal(t, "t & <x>", a.Title)
	require.Equal(t, updateinfo.Date(time.Date(2024, 1, 3, 4, 5, 6, 0, time.UTC)), a.Issued)
	require.Equal(t, &updateinfo.Module{Name: "m", Stream: "s", Version: "3", Context: "c", Arch: "x86_64"}, a.Collections[0].Module)
	require.Equal(t, updateinfo.Package{
		Name: "bash", Version: "1", Release: "2", Epoch: "0", Arch: "x86_64", Src: "bash-1-2.src.rpm", Filename: "bash-1-2.x86_64.rpm",
		Sums: []rpmmd.Checksum{{Type: rpmmd.SHA256, Value: "abc"}}, RebootSuggested: true, RestartSuggested: true, ReloginSuggested: true,
	}, a.Collections[0].Packages[0])
	require.Equal(t, string(doc), string(updateinfo.Append(nil, list)))
	for first, err := range updateinfo.Read(bytes.NewReader(doc), updateinfo.Limits{}) {
		require.NoError(t, err)
		require.Equal(t, "FEDORA-1", first.ID)
		break
	}
}

func TestHostileDocumentsAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		doc  string
		kind error
	}{
		"empty":           {"", koji.ErrInvalid},
		"other root":      {"<comps/>", koji.ErrInvalid},
		"truncated":       {"<updates><update>", koji.ErrInvalid},
		"declared entity": {`<!DOCTYPE updates [<!ENTITY a "b">]><updates/>`, koji.ErrInvalid},
		"long text":       {"<updates><update><id>" + strings.Repeat("a", 100_000) + "</id></update></updates>", koji.ErrLimit},
		"long advisory":   {"<updates><update>" + strings.Repeat("<references/>", 10_000) + "</update></updates>", koji.ErrLimit},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readAll(test.doc, updateinfo.Limits{Token: 50_000, Advisory: 100_000})
			require.ErrorIs(t, err, test.kind)
		})
	}
}

func sequence(list ...updateinfo.Advisory) iter.Seq2[*updateinfo.Advisory, error] {
	return func(yield func(*updateinfo.Advisory, error) bool) {
		for i := range list {
			if !yield(&list[i], nil) {
				return
			}
		}
	}
}

func advisory(id, updated, version string, packages ...string) updateinfo.Advisory {
	a := updateinfo.Advisory{ID: id, Issued: "2024-01-01 00:00:00", Updated: updated, Version: version}
	if len(packages) > 0 {
		a.Collections = []updateinfo.Collection{{Short: "c"}}
		for _, name := range packages {
			a.Collections[0].Packages = append(a.Collections[0].Packages, updateinfo.Package{Name: name, Version: "1", Release: "1", Arch: "noarch"})
		}
	}
	return a
}

func TestMerge(t *testing.T) {
	merged, err := updateinfo.Merge(
		sequence(advisory("b", "", "1", "one"), advisory("a", "2024-02-02 00:00:00", "1", "x")),
		sequence(advisory("c", "", "1"), advisory("b", "", "1", "two", "one"), advisory("a", "2024-02-01 00:00:00", "1", "older")),
		sequence(advisory("b", "", "2", "other version"), advisory("c", "2024-03-01 00:00:00", "1", "newer")),
	)
	require.NoError(t, err)
	require.Equal(t, []updateinfo.Advisory{
		advisory("b", "", "1", "one", "two"),
		advisory("a", "2024-02-02 00:00:00", "1", "x"),
		advisory("c", "2024-03-01 00:00:00", "1", "newer"),
	}, merged)

	one, two := advisory("a", "", "", "p"), advisory("a", "", "", "q")
	two.Collections[0].Module = &updateinfo.Module{Name: "m"}
	one.References = []updateinfo.Reference{{ID: "1"}}
	two.References = []updateinfo.Reference{{ID: "2"}, {ID: "1"}}
	merged, err = updateinfo.Merge(sequence(one), sequence(two))
	require.NoError(t, err)
	require.Len(t, merged[0].Collections, 2)
	require.Equal(t, []updateinfo.Reference{{ID: "1"}, {ID: "2"}}, merged[0].References)

	_, err = updateinfo.Merge(updateinfo.Read(strings.NewReader("<updates>"), updateinfo.Limits{}))
	require.ErrorIs(t, err, koji.ErrInvalid)
}

func TestCheck(t *testing.T) {
	a := advisory("a", "", "", "p")
	require.NoError(t, a.Check())
	a.Collections[0].Packages[0].Arch = ""
	require.ErrorIs(t, a.Check(), koji.ErrInvalid)
	require.ErrorIs(t, (&updateinfo.Advisory{}).Check(), koji.ErrInvalid)
}

// writeRepository makes a repository of a few packages and returns its directory
// and them.
func writeRepository(t *testing.T) (dir string, repo *rpmmd.Repository, packages []*rpmmd.Package) {
	t.Helper()
	dir = t.TempDir()
	require.NoError(t, corpus.Write(dir, corpus.Options{Packages: 30, Seed: 4}))
	_, err := rpmmd.NewWriter(rpmmd.Options{}).IndexDir(t.Context(), dir, rpmmd.ReadOptions{})
	require.NoError(t, err)
	repo, err = rpmmd.Open(os.DirFS(dir), rpmmd.Limits{})
	require.NoError(t, err)
	for p, err := range repo.Packages(t.Context()) {
		require.NoError(t, err)
		packages = append(packages, p)
	}
	return dir, repo, packages
}

func TestDnfFindsGeneratedAdvisories(t *testing.T) {
	dnf := hosttool.Need(t, "dnf")
	dir, repo, packages := writeRepository(t)
	p := packages[0]
	nvr := strings.TrimSuffix(p.SourceRPM, ".src.rpm")
	list, err := updateinfo.Generate([]updateinfo.Notice{
		{Advisory: updateinfo.Advisory{ID: "NOTHING-1", Type: "bugfix"}, Builds: []string{"none-1-1"}},
		{
			Advisory: updateinfo.Advisory{ID: "TEST-2024:1", Type: "security", Severity: "Important", Title: "a & b", Updated: updateinfo.Date(time.Unix(0, 0))},
			Builds:   []string{nvr, nvr}, Short: "T", Name: "Test",
		},
	}, repo.Packages(t.Context()))
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.NoError(t, list[0].Check())
	var want []string
	for _, other := range packages {
		if other.SourceRPM == p.SourceRPM {
			want = append(want, filepath.Base(other.Location.Href))
		}
	}
	var got []string
	for _, other := range list[0].Collections[0].Packages {
		got = append(got, other.Filename)
	}
	require.Equal(t, want, got)

	w := rpmmd.NewWriter(rpmmd.Options{})
	require.NoError(t, w.AddFile(updateinfo.RecordType, "updateinfo.xml", bytes.NewReader(updateinfo.Append(nil, list))))
	_, err = w.IndexDir(t.Context(), dir, rpmmd.ReadOptions{})
	require.NoError(t, err)

	home := t.TempDir()
	config := filepath.Join(home, "dnf.conf")
	require.NoError(t, os.WriteFile(config, []byte("[main]\ngpgcheck=0\n"), 0o600))
	cmd := exec.Command(dnf, "--quiet", "--config="+config, "--repofrompath=test,file://"+dir, "--repo=test",
		"--releasever=1", "--forcearch=x86_64", "--setopt=reposdir="+home, "--setopt=cachedir="+home+"/cache", "--setopt=system_cachedir="+home+"/cache",
		"--setopt=persistdir="+home+"/state", "--setopt=logdir="+home+"/log", "--setopt=module_platform_id=platform:test",
		"repoquery", "--advisory=TEST-2024:1", "--qf=%{name}-%{version}-%{release}.%{arch}.rpm")
	cmd.Env = append(os.Environ(), "HOME="+home, "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, want, strings.Fields(string(out)))
}

func FuzzRead(f *testing.F) {
	doc, err := os.ReadFile("testdata/createrepo.xml")
	require.NoError(f, err)
	f.Add(string(doc))
	f.Add("<updates/>")
	f.Add("<updates><update><pkglist><collection><package><sum/><reboot_suggested>False</reboot_suggested></package></collection></pkglist></update></updates>")
	f.Fuzz(func(t *testing.T, doc string) {
		list, err := readAll(doc, updateinfo.Limits{Token: 1 << 16, Advisory: 1 << 18})
		if err != nil {
			return
		}
		written := updateinfo.Append(nil, list)
		d := xml.NewDecoder(bytes.NewReader(written))
		for {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
		}
		again, err := readAll(string(written), updateinfo.Limits{})
		require.NoError(t, err)
		require.Equal(t, list, again)
	})
}

func ExampleAppend() {
	doc := updateinfo.Append(nil, []updateinfo.Advisory{{ID: "EXAMPLE-1", Type: "bugfix"}})
	for a, err := range updateinfo.Read(bytes.NewReader(doc), updateinfo.Limits{}) {
		fmt.Println(a.ID, a.Type, err)
	}
	// Output: EXAMPLE-1 bugfix <nil>
}

// benchAdvisories returns as many as a distribution has after some months.
func benchAdvisories() []updateinfo.Advisory {
	var list []updateinfo.Advisory
	for i := range 2000 {
		a := advisory(fmt.Sprint("BENCH-", i), "2024-01-01 00:00:00", "1")
		a.Description = strings.Repeat("Some words about it. ", 30)
		a.Collections = []updateinfo.Collection{{Short: "c"}}
		for p := range 12 {
			a.Collections[0].Packages = append(a.Collections[0].Packages, updateinfo.Package{
				Name: fmt.Sprint("package-", p), Version: "1.2.3", Release: "4", Epoch: "0", Arch: "x86_64", Src: "package-1.2.3-4.src.rpm", Filename: "package-1.2.3-4.x86_64.rpm",
			})
		}
		list = append(list, a)
	}
	return list
}

func BenchmarkRead(b *testing.B) {
	doc := updateinfo.Append(nil, benchAdvisories())
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range updateinfo.Read(bytes.NewReader(doc), updateinfo.Limits{}) {
			require.NoError(b, err)
		}
	}
}

func BenchmarkMerge(b *testing.B) {
	one, two := benchAdvisories(), benchAdvisories()
	b.ReportAllocs()
	for b.Loop() {
		_, err := updateinfo.Merge(sequence(one...), sequence(two...))
		require.NoError(b, err)
	}
}
