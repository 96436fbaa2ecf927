package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/hosttool"
	"github.com/kojikit/kojikit/koji/rpmfile"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

// asCommand makes the test binary the program itself, so that the tests see its
// exit status and what it leaves behind.
const asCommand = "KOJIKIT_QUICKSTART_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// quickstart runs the program. TMPDIR is the test's own, to see what is left there.
func quickstart(t *testing.T, args ...string) (stdout, stderr string, exit int, tmp string) {
	t.Helper()
	tmp = t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asCommand+"=1", "TMPDIR="+tmp)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var failed *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &failed) {
		require.NoError(t, err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode(), tmp
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	r, err := rpmmd.Open(os.DirFS(dir), rpmmd.Limits{})
	require.NoError(t, err)
	var list []string
	for p, err := range r.Packages(t.Context()) {
		require.NoError(t, err)
		list = append(list, p.Name+"-"+p.Version+"-"+p.Release+"."+p.Arch)
	}
	return list
}

func TestWithoutArgumentsItMakesTheWholeJob(t *testing.T) {
	stdout, stderr, exit, tmp := quickstart(t)
	require.Zero(t, exit, stderr)
	require.Empty(t, stderr)
	for _, want := range []string{
		"21 builds with 64 rpms",
		"greet-1.3-1.d1             d1-updates  d1-updates comes before d1-base, which has greet-1.2-1.d1",
		"sorter-3.1-1.d1            d1-base     the only one",
		"package workbench is blocked in d1-compose",
	} {
		require.Contains(t, stdout, want)
	}
	made, err := filepath.Glob(filepath.Join(tmp, "*"))
	require.NoError(t, err)
	require.Len(t, made, 1, "only the topdir stays")

	latest := filepath.Join(made[0], "repos-dist", "d1-compose", "latest")
	x86 := names(t, filepath.Join(latest, "x86_64"))
	require.Contains(t, x86, "greet-1.3-1.d1.x86_64")
	require.Contains(t, x86, "sorter-3.1-1.d1.x86_64")
	require.NotContains(t, x86, "greet-1.2-1.d1.x86_64", "a newer one is in updates")
	require.NotContains(t, x86, "workbench-1-1.d1.noarch", "it is blocked")
	require.NotContains(t, x86, "outliner-0.1-1.d1.x86_64", "nobody signed it")
	require.Contains(t, names(t, filepath.Join(latest, "i386")), "greet-libs-1.3-1.d1.i686")

	// Of an rpm that both keys have signed, the copy of the first one is taken.
	f, err := rpmfile.ReadFile(filepath.Join(latest, "x86_64", "Packages", "s", "sorter-3.1-1.d1.x86_64.rpm"))
	require.NoError(t, err)
	key, err := f.Signature.Key()
	require.NoError(t, err)
	require.Equal(t, testdataKeys[0], key)
}

func TestTwoRunsWriteTheSameMetadata(t *testing.T) {
	for name, args := range map[string][]string{"testdata": nil, "own rpms": {"-rpms", filepath.Join("testdata", "rpms")}} {
		t.Run(name, func(t *testing.T) {
			var repomds []string
			for range 2 {
				out := filepath.Join(t.TempDir(), "top")
				_, stderr, exit, _ := quickstart(t, append([]string{"-out", out}, args...)...)
				require.Zero(t, exit, stderr)
				text, err := os.ReadFile(filepath.Join(out, "repos-dist", "d1-compose", "1", "x86_64", "repodata", "repomd.xml"))
				require.NoError(t, err)
				repomds = append(repomds, string(text))
			}
			require.Equal(t, repomds[0], repomds[1])
		})
	}
}

func TestKeysAreTakenInTheirOrder(t *testing.T) {
	out := filepath.Join(t.TempDir(), "top")
	_, stderr, exit, _ := quickstart(t, "-keys", testdataKeys[1]+","+testdataKeys[0], "-out", out, "-arch", "x86_64", "-skip-missing")
	require.Zero(t, exit, stderr)
	f, err := rpmfile.ReadFile(filepath.Join(out, "repos-dist", "d1-compose", "1", "x86_64", "Packages", "s", "sorter-3.1-1.d1.x86_64.rpm"))
	require.NoError(t, err)
	key, err := f.Signature.Key()
	require.NoError(t, err)
	require.Equal(t, testdataKeys[1], key)
}

func TestOwnRPMs(t *testing.T) {
	rpms := filepath.Join("testdata", "rpms")
	for name, test := range map[string]struct {
		args []string
		want []string // in the x86_64 repository
		not  []string
	}{
		"without keys signatures do not matter": {nil, []string{"outliner-0.1-1.d1.x86_64", "greet-1.3-1.d1.x86_64"}, []string{"greet-1.2-1.d1.x86_64"}},
		"what lacks a signature can be skipped": {
			[]string{"-keys", strings.Join(testdataKeys, ","), "-skip-missing"},
			[]string{"greet-1.3-1.d1.x86_64"}, []string{"outliner-0.1-1.d1.x86_64"},
		},
		"or taken": {
			[]string{"-keys", strings.Join(testdataKeys, ","), "-allow-missing"},
			[]string{"greet-1.3-1.d1.x86_64", "outliner-0.1-1.d1.x86_64"}, nil,
		},
		"the newest version is by epoch first": {[]string{"-arch", "x86_64"}, []string{"counter-1.0-1.d1.x86_64"}, []string{"counter-2.4-1.d1.x86_64"}},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "top")
			_, stderr, exit, tmp := quickstart(t, append([]string{"-rpms", rpms, "-out", out}, test.args...)...)
			require.Zero(t, exit, stderr)
			got := names(t, filepath.Join(out, "repos-dist", "d1-compose", "latest", "x86_64"))
			require.Subset(t, got, test.want)
			for _, n := range test.not {
				require.NotContains(t, got, n)
			}
			left, err := filepath.Glob(filepath.Join(tmp, "*"))
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

func TestBadInputEndsInOneLineAndLeavesNothing(t *testing.T) {
	rpm := filepath.Join("testdata", "rpms", "1-base", "greet-1.2-1.d1.x86_64.rpm")
	content, err := os.ReadFile(rpm)
	require.NoError(t, err)
	other, err := os.ReadFile(filepath.Join("testdata", "rpms", "3-update", "outliner-0.1-1.d1.x86_64.rpm"))
	require.NoError(t, err)
	write := func(t *testing.T, dir, name string, content []byte) {
		t.Helper()
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, content, 0o644))
	}
	for name, test := range map[string]struct {
		prepare func(t *testing.T, rpms, out string) []string // returns further arguments
		want    []string
	}{
		"not an rpm": {func(t *testing.T, rpms, _ string) []string {
			write(t, rpms, "notes-1-1.noarch.rpm", []byte("this is no rpm at all, but long enough to hold a lead if it were one; still, it is not"))
			return nil
		}, []string{"notes-1-1.noarch.rpm"}},
		"an empty file": {func(t *testing.T, rpms, _ string) []string {
			write(t, rpms, "empty-1-1.noarch.rpm", nil)
			return nil
		}, []string{"empty-1-1.noarch.rpm"}},
		"a truncated header": {func(t *testing.T, rpms, _ string) []string {
			write(t, rpms, "greet-1.2-1.d1.x86_64.rpm", content[:700])
			return nil
		}, []string{"greet-1.2-1.d1.x86_64.rpm"}},
		"a truncated payload": {func(t *testing.T, rpms, _ string) []string {
			write(t, rpms, "greet-1.2-1.d1.x86_64.rpm", content[:len(content)-1])
			return nil
		}, []string{"greet-1.2-1.d1.x86_64.rpm"}},
		"a changed payload": {func(t *testing.T, rpms, _ string) []string {
			changed := bytes.Clone(content)
			changed[len(changed)-1] ^= 1
			write(t, rpms, "greet-1.2-1.d1.x86_64.rpm", changed)
			return nil
		}, []string{"greet-1.2-1.d1.x86_64.rpm"}},
		"another name than its own": {func(t *testing.T, rpms, _ string) []string {
			write(t, rpms, "greeting-1.2-1.d1.x86_64.rpm", content)
			return nil
		}, []string{"greeting-1.2-1.d1.x86_64.rpm"}},
		"a duplicate": {func(t *testing.T, rpms, _ string) []string {
			write(t, rpms, "a/greet-1.2-1.d1.x86_64.rpm", content)
			write(t, rpms, "b/greet-1.2-1.d1.x86_64.rpm", content)
			return nil
		}, []string{"a/greet-1.2-1.d1.x86_64.rpm", "b/greet-1.2-1.d1.x86_64.rpm"}},
		"a missing signature": {func(t *testing.T, rpms, _ string) []string {
			write(t, rpms, "outliner-0.1-1.d1.x86_64.rpm", other)
			return []string{"-keys", testdataKeys[0]}
		}, []string{"outliner-0.1-1.d1.x86_64", testdataKeys[0]}},
		"no rpms": {func(t *testing.T, rpms, _ string) []string { return nil }, []string{"no rpm files"}},
		"an output that is a file": {func(t *testing.T, rpms, out string) []string {
			write(t, rpms, "greet-1.2-1.d1.x86_64.rpm", content)
			write(t, filepath.Dir(out), filepath.Base(out), []byte("keep me"))
			return nil
		}, []string{"top"}},
		"an output in a directory that is not there": {func(t *testing.T, rpms, out string) []string {
			write(t, rpms, "greet-1.2-1.d1.x86_64.rpm", content)
			return []string{"-out", filepath.Join(out, "deeper")}
		}, []string{"deeper"}},
		"an output that is not empty": {func(t *testing.T, rpms, out string) []string {
			write(t, rpms, "greet-1.2-1.d1.x86_64.rpm", content)
			write(t, out, "precious", []byte("keep me"))
			return nil
		}, []string{"not empty"}},
		"a bad key":             {func(*testing.T, string, string) []string { return []string{"-keys", "nokey"} }, []string{"nokey"}},
		"a bad architecture":    {func(*testing.T, string, string) []string { return []string{"-arch", "../x"} }, []string{"../x"}},
		"contradictory options": {func(*testing.T, string, string) []string { return []string{"-allow-missing", "-skip-missing"} }, []string{"exclude"}},
		"a stray argument":      {func(*testing.T, string, string) []string { return []string{"x"} }, []string{`"x"`}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			rpms, out := filepath.Join(dir, "rpms"), filepath.Join(dir, "top")
			require.NoError(t, os.Mkdir(rpms, 0o755))
			more := test.prepare(t, rpms, out)
			before := tree(t, out)
			_, stderr, exit, tmp := quickstart(t, append([]string{"-rpms", rpms, "-out", out}, more...)...)
			require.Equal(t, 1, exit)
			require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
			for _, want := range test.want {
				require.Contains(t, stderr, want)
			}
			require.Equal(t, before, tree(t, out), "nothing is left behind")
			require.Equal(t, []string{"."}, tree(t, tmp))
		})
	}
}

func TestAnEmptyOutputDirectoryIsEmptyAgainAfterAFailure(t *testing.T) {
	out := t.TempDir()
	rpms := t.TempDir()
	rpm, err := os.ReadFile(filepath.Join("testdata", "rpms", "3-update", "outliner-0.1-1.d1.x86_64.rpm"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(rpms, "outliner-0.1-1.d1.x86_64.rpm"), rpm, 0o644))
	_, stderr, exit, _ := quickstart(t, "-rpms", rpms, "-out", out, "-keys", testdataKeys[0])
	require.Equal(t, 1, exit)
	require.Contains(t, stderr, "outliner")
	require.Equal(t, []string{"."}, tree(t, out))
}

// tree lists everything at and below a path, which need not exist.
func tree(t *testing.T, root string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if err == nil {
			rel, _ := filepath.Rel(root, path)
			list = append(list, rel)
		}
		return err
	})
	if !os.IsNotExist(err) {
		require.NoError(t, err)
	}
	return list
}

func TestOfProcessesThatWantOneTopdirOneGetsIt(t *testing.T) {
	for name, prepare := range map[string]func(dir string) error{
		"an empty one": func(dir string) error { return os.Mkdir(dir, 0o755) },
		"a new one":    func(string) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			for range 50 {
				dir := filepath.Join(t.TempDir(), "top")
				require.NoError(t, prepare(dir))
				var got atomic.Int32
				var wg sync.WaitGroup
				for range 4 {
					wg.Go(func() {
						mine := dir
						if _, err := makeTopdir(&mine); err == nil {
							got.Add(1)
						}
					})
				}
				wg.Wait()
				require.EqualValues(t, 1, got.Load())
			}
		})
	}
}

func TestRPMsBehindALink(t *testing.T) {
	rpms, err := filepath.Abs(filepath.Join("testdata", "rpms"))
	require.NoError(t, err)
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	require.NoError(t, os.Symlink(rpms, link))
	_, stderr, exit, _ := quickstart(t, "-rpms", link, "-out", filepath.Join(dir, "top"), "-arch", "src")
	require.Zero(t, exit, stderr)
}

func TestReaderThatGoesAwayLeavesNothing(t *testing.T) {
	out := filepath.Join(t.TempDir(), "top")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-out", out)
	cmd.Env = append(os.Environ(), asCommand+"=1", "TMPDIR="+t.TempDir())
	r, w, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, r.Close())
	cmd.Stdout = w
	require.Error(t, cmd.Run())
	require.NoError(t, w.Close())
	require.Equal(t, 1, cmd.ProcessState.ExitCode())
	require.NoDirExists(t, out)
}

func TestMessagesDoNothingToTheTerminal(t *testing.T) {
	require.Equal(t, "a?[31m.rpm: bad; b", oneLine(errors.New("a\x1b[31m.rpm: bad\nb")))
}

func TestDNFFindsARepositoryUnderAnOddPath(t *testing.T) {
	hosttool.Need(t, "dnf")
	for _, name := range []string{"a b", "%41", "a,b", "$basearch", "#1", "what?", "it's"} {
		stdout, stderr, exit, _ := quickstart(t, "-out", filepath.Join(t.TempDir(), name))
		require.Zero(t, exit, stderr)
		require.Contains(t, stdout, "What dnf repoquery finds in it: 15 packages", name)
	}
}

func TestARepositoryStaysWithoutTheMeansToTryIt(t *testing.T) {
	hosttool.Need(t, "dnf")
	out := filepath.Join(t.TempDir(), "top")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-rpms", filepath.Join("testdata", "rpms"), "-out", out)
	cmd.Env = append(os.Environ(), asCommand+"=1", "TMPDIR="+filepath.Join(out, "nowhere"))
	stdout, err := cmd.Output()
	require.NoError(t, err)
	require.Contains(t, string(stdout), "dnf could not list it")
	require.DirExists(t, filepath.Join(out, "repos-dist"))
}

func TestHelp(t *testing.T) {
	_, stderr, exit, _ := quickstart(t, "-h")
	require.Zero(t, exit)
	require.Contains(t, stderr, "-rpms")
}

// dnf runs dnf with an installation root and keys of the test's own.
func dnf(t *testing.T, repo string, keys []string, args ...string) (string, error) {
	t.Helper()
	tool := hosttool.Need(t, "dnf")
	work := t.TempDir()
	conf := filepath.Join(work, "dnf.conf")
	text := "[main]\n[quickstart]\nname=quickstart\nbaseurl=file://" + repo + "\ngpgcheck=1\ngpgkey=" + strings.Join(keys, " ") + "\n"
	require.NoError(t, os.WriteFile(conf, []byte(text), 0o644))
	require.NoError(t, os.Mkdir(filepath.Join(work, "log"), 0o755))
	cmd := exec.CommandContext(t.Context(), tool, append([]string{
		"--assumeyes", "--noplugins", "--config=" + conf, "--installroot=" + filepath.Join(work, "root"),
		"--releasever=1", "--forcearch=x86_64", "--setopt=reposdir=" + work, "--setopt=cachedir=" + filepath.Join(work, "cache"),
		"--setopt=logdir=" + filepath.Join(work, "log"), "--setopt=persistdir=" + filepath.Join(work, "persist"),
	}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+work)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestDNFInstallsFromTheRepositoryWithSignaturesChecked(t *testing.T) {
	hosttool.Need(t, "dnf")
	out := filepath.Join(t.TempDir(), "top")
	_, stderr, exit, _ := quickstart(t, "-out", out)
	require.Zero(t, exit, stderr)
	repo := filepath.Join(out, "repos-dist", "d1-compose", "latest", "x86_64")
	var keys []string
	for _, k := range testdataKeys {
		keys = append(keys, "file://"+filepath.Join(out, "keys", k+".asc"))
	}

	// greet and what it requires are signed by both keys between them.
	dir := t.TempDir()
	text, err := dnf(t, repo, keys, "install", "--downloadonly", "--destdir="+dir, "greet")
	require.NoError(t, err, text)
	for _, want := range []string{"greet-1.3-1.d1.x86_64.rpm", "greet-libs-1.3-1.d1.x86_64.rpm", "libecho-2.1-1.d1.x86_64.rpm", "filesystem-3.0-1.d1.noarch.rpm"} {
		require.FileExists(t, filepath.Join(dir, want))
	}

	// With one key only, gpgcheck has to refuse: it is really on.
	text, err = dnf(t, repo, keys[:1], "install", "--downloadonly", "greet")
	require.Error(t, err, text)
	require.Contains(t, text, "GPG")

	text, err = dnf(t, repo, keys, "group", "list", "--hidden")
	require.NoError(t, err, text)
	require.Contains(t, strings.ToLower(text), "development")
}
