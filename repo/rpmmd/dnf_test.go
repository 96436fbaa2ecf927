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

// repoquery asks dnf about a repository, with nothing of the host's
// configuration and all its files below a directory of the test.
func repoquery(t *testing.T, repo string, args ...string) []string {
	t.Helper()
	home := t.TempDir()
	config := filepath.Join(home, "dnf.conf")
	require.NoError(t, os.WriteFile(config, []byte("[main]\ngpgcheck=0\n"), 0o644))
	cmd := exec.Command(hosttool.Need(t, "dnf"), append([]string{
		"--quiet", "repoquery", "--config=" + config, "--repofrompath=test,file://" + repo, "--repo=test",
		"--releasever=1", "--forcearch=x86_64",
		"--setopt=reposdir=" + home, "--setopt=cachedir=" + home + "/cache", "--setopt=system_cachedir=" + home + "/cache",
		"--setopt=persistdir=" + home + "/state", "--setopt=logdir=" + home + "/log", "--setopt=module_platform_id=platform:test",
	}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+home)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

func TestDnfReadsEveryFrame_15(t *testing.T) {
	hosttool.Need(t, "dnf")
	dir := writeCorpus(t, corpus.Options{Packages: 700, Seed: 9, Sources: true})
	for name, options := range map[string]rpmmd.Options{
		"zstd": {}, "gzip": {Profile: rpmmd.CompatEL7}, "xz": {Compression: rpmmd.XZ}, "zck": {Profile: rpmmd.ZchunkProfile}, "none": {Compression: rpmmd.Uncompressed, SimpleNames: true},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := rpmmd.NewWriter(options).IndexDir(t.Context(), dir, rpmmd.ReadOptions{})
			require.NoError(t, err)
			repo, err := rpmmd.Open(os.DirFS(dir), rpmmd.Limits{})
			require.NoError(t, err)
			packages, err := collect(repo.Packages(t.Context()))
			require.NoError(t, err)
			require.Len(t, packages, 700)
			var want []string
			for _, p := range packages {
				want = append(want, p.NEVRA()+" "+p.Location.Href)
			}
			require.ElementsMatch(t, want, repoquery(t, dir, "--qf", "%{name}-%{epoch}:%{version}-%{release}.%{arch} %{location}"))

			if name != "zstd" {
				return
			}
			// Of the last package, dnf knows the files of filelists and the
			// changelog of other.
			last := packages[len(packages)-1]
			var files []string
			for _, f := range last.Files {
				files = append(files, f.Path())
			}
			require.ElementsMatch(t, files, repoquery(t, dir, "--list", last.NEVRA()))
			changes := strings.Join(repoquery(t, dir, "--changelogs", last.NEVRA()), "\n")
			require.Contains(t, changes, last.Changelogs[0].Author)
		})
	}
}
