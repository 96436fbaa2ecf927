package rpmmd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/corpus"
	"github.com/kojikit/kojikit/internal/hosttool"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

// opened opens the repository in a directory.
func opened(tb testing.TB, dir string) *rpmmd.Repository {
	tb.Helper()
	repo, err := rpmmd.Open(os.DirFS(dir), rpmmd.Limits{})
	require.NoError(tb, err)
	return repo
}

// The text is that of the specification: createrepo_c 0.17.3 does not make these
// files.
func TestFilelistsExt(t *testing.T) {
	p := somePackages(1)[0]
	p.Files = []rpmmd.File{{Dir: "/a/", Base: "f"}, {Dir: "/a/", Base: "d", Type: rpmmd.Directory}, {Dir: "/a/", Base: "g", Type: rpmmd.GhostFile}}
	p.FileDigests, p.DigestType = []string{"0a", "", "0b"}, "sha256"
	want := "<package pkgid=\"" + p.Checksum.Value + "\" name=\"pkg00000\" arch=\"noarch\">\n" +
		"  <version epoch=\"0\" ver=\"1\" rel=\"1\"/>\n" +
		"  <checksum type=\"sha256\"/>\n" +
		"  <file hash=\"0a\">/a/f</file>\n" +
		"  <file type=\"dir\">/a/d</file>\n" +
		"  <file type=\"ghost\" hash=\"0b\">/a/g</file>\n" +
		"</package>\n"
	require.Equal(t, want, string(p.AppendFilelistsExt(nil)))

	m, result := written(t, rpmmd.Options{FilelistsExt: true, SimpleNames: true}, p)
	require.Len(t, result.Repomd.Records, 4)
	require.Equal(t, "repodata/filelists-ext.xml.zst", result.Repomd.Records[3].Location.Href)
	require.Equal(t, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<filelists-ext xmlns=\"http://linux.duke.edu/metadata/filelists-ext\" packages=\"1\">\n"+
		want+"</filelists-ext>", m.open(t, "filelists-ext"))

	repo, err := rpmmd.Open(m.fs, rpmmd.Limits{})
	require.NoError(t, err)
	back, err := collect(repo.Packages(t.Context()))
	require.NoError(t, err)
	require.Equal(t, p, back[0])

	p.FileDigests, p.DigestType = nil, ""
	require.Contains(t, string(p.AppendFilelistsExt(nil)), "<checksum type=\"unknown\"/>\n  <file>/a/f</file>\n")
}

func TestDigestsAreThoseOfRPM(t *testing.T) {
	rpm := hosttool.Need(t, "rpm")
	dir := writeCorpus(t, corpus.Options{Packages: 20, Seed: 5, Sources: true})
	_, err := rpmmd.NewWriter(rpmmd.Options{FilelistsExt: true}).IndexDir(t.Context(), dir, rpmmd.ReadOptions{FileDigests: true})
	require.NoError(t, err)
	var compared int
	for p, err := range opened(t, dir).Packages(t.Context()) {
		require.NoError(t, err)
		out, err := exec.Command(rpm, "-qp", "--nosignature", "--qf", "[%{FILEDIGESTS}\n]", filepath.Join(dir, p.Location.Href)).Output()
		require.NoError(t, err)
		if len(p.Files) == 0 {
			continue
		}
		want := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
		got := p.FileDigests
		if got == nil { // none has one
			got = make([]string, len(p.Files))
		}
		require.Equal(t, want, got, p.Location.Href)
		require.Equal(t, "sha256", p.DigestType)
		compared += len(want)
	}
	require.Greater(t, compared, 20)
}
