package files_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage/files"
)

// open returns a tree in a new directory.
func open(t testing.TB, opts files.Options) *files.Tree {
	t.Helper()
	tree, err := files.Open(t.TempDir(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, tree.Close()) })
	return tree
}

// listing returns every path below a directory, with what it holds, sorted.
func listing(t testing.TB, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		require.NoError(t, err)
		rel, err := filepath.Rel(dir, path)
		require.NoError(t, err)
		switch {
		case rel == ".":
		case e.IsDir():
			list = append(list, rel+"/")
		case e.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			require.NoError(t, err)
			list = append(list, rel+" -> "+target)
		default:
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			list = append(list, rel+" = "+string(data))
		}
		return nil
	})
	require.NoError(t, err)
	return list
}

// visible is listing without the staging area.
func visible(t testing.TB, dir string) []string {
	t.Helper()
	return slices.DeleteFunc(listing(t, dir), func(s string) bool { return strings.HasPrefix(s, ".staging") })
}

func TestWriteFileReplacesAtOnce(t *testing.T) {
	tree := open(t, files.Options{})
	require.NoError(t, tree.WriteFile("a/b/f", []byte("old")))
	old, err := tree.Open("a/b/f")
	require.NoError(t, err)
	defer old.Close()

	f, err := tree.Create("a/b/f")
	require.NoError(t, err)
	_, err = f.Write([]byte("new"))
	require.NoError(t, err)
	data, err := tree.ReadFile("a/b/f")
	require.NoError(t, err)
	require.Equal(t, "old", string(data), "not visible before Commit")
	require.NoError(t, f.Commit())
	require.NoError(t, f.Close())

	require.Equal(t, []string{"a/", "a/b/", "a/b/f = new"}, listing(t, tree.Dir()))
	buf := make([]byte, 3)
	_, err = old.Read(buf)
	require.NoError(t, err)
	require.Equal(t, "old", string(buf), "who has it open goes on reading the old one")
}

func TestClosedWithoutCommitLeavesNothing(t *testing.T) {
	tree := open(t, files.Options{})
	f, err := tree.Create("a/b/f")
	require.NoError(t, err)
	_, err = f.Write([]byte("half"))
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.NoError(t, f.Close())
	require.Empty(t, listing(t, tree.Dir()))
}

func TestNamesStayInside(t *testing.T) {
	ctx := context.Background()
	outside := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("x"), 0o600))
	tree := open(t, files.Options{})
	require.NoError(t, tree.WriteFile("dir/f", []byte("inside")))
	// Links that somebody else planted in the tree.
	for name, target := range map[string]string{
		"absolute": outside,
		"relative": "../" + filepath.Base(outside),
		"file":     filepath.Join(outside, "secret"),
		"dir/up":   "../..",
		"loop":     "loop",
	} {
		require.NoError(t, os.Symlink(target, filepath.Join(tree.Dir(), name)))
	}
	rel, err := filepath.Rel(tree.Dir(), outside)
	require.NoError(t, err)
	before := listing(t, outside)

	for _, name := range []string{
		"", "/", "/etc/passwd", "..", "../x", "a/../../x", "a\x00b", rel + "/secret",
		"absolute/secret", "relative/secret", "dir/up/x", "dir/up/" + filepath.Base(outside) + "/secret",
	} {
		ops := map[string]func() error{
			"Open":      func() error { _, err := tree.Open(name); return err },
			"ReadFile":  func() error { _, err := tree.ReadFile(name); return err },
			"ReadDir":   func() error { _, err := tree.ReadDir(name); return err },
			"Stat":      func() error { _, err := tree.Stat(name); return err },
			"Lstat":     func() error { _, err := tree.Lstat(name); return err },
			"Readlink":  func() error { _, err := tree.Readlink(name); return err },
			"MkdirAll":  func() error { return tree.MkdirAll(name) },
			"Create":    func() error { _, err := tree.Create(name); return err },
			"WriteFile": func() error { return tree.WriteFile(name, []byte("x")) },
			"Symlink":   func() error { return tree.Symlink("dir", name) },
			"Link from": func() error { return tree.Link(ctx, name, "new") },
			"Link to":   func() error { return tree.Link(ctx, "dir/f", name) },
			"Remove":    func() error { return tree.Remove(name) },
			"RemoveAll": func() error { return tree.RemoveAll(ctx, name) },
			"Prune":     func() error { return tree.Prune(name) },
			"Stage":     func() error { _, err := tree.Stage(name); return err },
			"Leftovers": func() error { _, err := tree.Leftovers(name); return err },
		}
		for op, do := range ops {
			require.ErrorIs(t, do(), koji.ErrUnsafePath, "%s %q", op, name)
		}
	}
	_, err = tree.Open("file")
	require.ErrorIs(t, err, koji.ErrUnsafePath)
	_, err = tree.Open("loop")
	require.Error(t, err)

	// To replace or remove a link does not follow it.
	require.NoError(t, tree.WriteFile("file", []byte("mine")))
	require.NoError(t, tree.RemoveAll(ctx, "absolute"))
	require.NoError(t, tree.RemoveAll(ctx, "dir"))
	require.Equal(t, before, listing(t, outside))
}

func TestSymlinkReplacesAtOnce(t *testing.T) {
	tree := open(t, files.Options{})
	require.NoError(t, tree.Symlink("1", "repos/f40/latest"))
	require.NoError(t, tree.Symlink("2", "repos/f40/latest"))
	require.Equal(t, []string{"repos/", "repos/f40/", "repos/f40/latest -> 2"}, listing(t, tree.Dir()))
	target, err := tree.Readlink("repos/f40/latest")
	require.NoError(t, err)
	require.Equal(t, "2", target)

	for _, target := range []string{"/etc", "../../..", "../../../x", "a/../../../../x"} {
		require.ErrorIs(t, tree.Symlink(target, "repos/f40/latest"), koji.ErrUnsafePath, target)
	}
	require.NoError(t, tree.Symlink("../../packages", "repos/f40/pkgs"))
	require.NoError(t, tree.MkdirAll("repos/f40/3"))
	require.ErrorIs(t, tree.Symlink("2", "repos/f40/3"), koji.ErrExists, "a directory is not replaced")
}

func TestReadersSeeWholeFilesOnly(t *testing.T) {
	tree := open(t, files.Options{})
	a, b := strings.Repeat("a", 100_000), strings.Repeat("b", 50_000)
	require.NoError(t, tree.WriteFile("f", []byte(a)))
	require.NoError(t, tree.Symlink("f", "latest"))
	done := make(chan struct{})
	var writers, readers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for i := range 25 {
				require.NoError(t, tree.WriteFile("f", []byte([]string{a, b}[i%2])))
				require.NoError(t, tree.Symlink("f", "latest"))
			}
		})
	}
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				data, err := tree.ReadFile("latest")
				require.NoError(t, err)
				require.True(t, string(data) == a || string(data) == b)
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	require.Len(t, listing(t, tree.Dir()), 2, "no temporary file remains")
}

func TestConcurrentWritersShareDirectories(t *testing.T) {
	tree := open(t, files.Options{})
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 50 {
				f, err := tree.Create("a/b/c/" + string(rune('0'+w)))
				require.NoError(t, err)
				if i == 49 && w == 0 {
					require.NoError(t, f.Commit())
				}
				require.NoError(t, f.Close())
			}
		})
	}
	wg.Wait()
	require.Equal(t, []string{"a/", "a/b/", "a/b/c/", "a/b/c/0 = "}, listing(t, tree.Dir()))
}

func TestLink(t *testing.T) {
	ctx := context.Background()
	tree := open(t, files.Options{})
	require.NoError(t, tree.WriteFile("packages/f", []byte("data")))
	require.NoError(t, tree.Symlink("f", "packages/link"))

	require.NoError(t, tree.Link(ctx, "packages/f", "repos/1/f"))
	requireSameFile(t, tree, true, "packages/f", "repos/1/f")
	require.ErrorIs(t, tree.Link(ctx, "packages/f", "repos/1/f"), koji.ErrExists)
	require.ErrorIs(t, tree.Link(ctx, "packages/nosuch", "repos/2/f"), koji.ErrNotFound)
	require.ErrorIs(t, tree.Link(ctx, "packages", "repos/2/f"), koji.ErrInvalid)
	_, err := tree.Stat("repos/2")
	require.ErrorIs(t, err, koji.ErrNotFound, "nothing remains of a failure")

	require.NoError(t, tree.Link(ctx, "packages/link", "repos/3/f"), "of a link to a file: the file")
	info, err := tree.Lstat("repos/3/f")
	require.NoError(t, err)
	require.True(t, info.Mode().IsRegular())
}

func TestLinkCopiesWhereLinksAreRefused(t *testing.T) {
	ctx := context.Background()
	tree := open(t, files.Options{Before: func(op, _ string) error {
		if op == "link" {
			return errors.New("too many links")
		}
		return nil
	}})
	require.NoError(t, tree.WriteFile("packages/f", []byte("data")))
	require.NoError(t, tree.Link(ctx, "packages/f", "repos/1/f"))
	requireSameFile(t, tree, false, "packages/f", "repos/1/f")
	require.ErrorIs(t, tree.Link(ctx, "packages/f", "repos/1/f"), koji.ErrExists)
	require.Equal(t, []string{"packages/", "packages/f = data", "repos/", "repos/1/", "repos/1/f = data"}, listing(t, tree.Dir()))

	canceled, cancel := context.WithCancel(ctx)
	cancel()
	require.ErrorIs(t, tree.Link(canceled, "packages/f", "repos/2/f"), context.Canceled)
	require.Len(t, listing(t, tree.Dir()), 5)
}

func requireSameFile(t *testing.T, tree *files.Tree, same bool, a, b string) {
	t.Helper()
	ia, err := tree.Stat(a)
	require.NoError(t, err)
	ib, err := tree.Stat(b)
	require.NoError(t, err)
	require.Equal(t, same, os.SameFile(ia, ib))
}

func TestRemoveAll(t *testing.T) {
	ctx := context.Background()
	tree := open(t, files.Options{})
	name := "d"
	for range 100 { // longer than PATH_MAX in all
		name += "/" + strings.Repeat("x", 50)
	}
	deep, err := os.OpenRoot(tree.Dir())
	require.NoError(t, err)
	defer deep.Close()
	require.NoError(t, deep.MkdirAll(name, 0o777))
	for i := range 3000 {
		require.NoError(t, os.WriteFile(filepath.Join(tree.Dir(), "d", strings.Repeat("f", 1+i%100)+string(rune('a'+i/100))), nil, 0o600))
	}
	require.NoError(t, tree.RemoveAll(ctx, "d"))
	require.NoError(t, tree.RemoveAll(ctx, "d"), "gone already")
	require.Empty(t, listing(t, tree.Dir()))
	require.ErrorIs(t, tree.RemoveAll(ctx, "."), koji.ErrInvalid)

	require.NoError(t, tree.WriteFile("d/f", nil))
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	require.ErrorIs(t, tree.RemoveAll(canceled, "d"), context.Canceled)

	// Several at a time do not disturb each other.
	for i := range 500 {
		require.NoError(t, os.WriteFile(filepath.Join(tree.Dir(), "d", "f"+strings.Repeat("x", i%200)+string(rune('a'+i/200))), nil, 0o600))
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { require.NoError(t, tree.RemoveAll(ctx, "d")) })
	}
	wg.Wait()
	require.Empty(t, listing(t, tree.Dir()))
}

func TestPruneStopsAtWhatIsInUse(t *testing.T) {
	tree := open(t, files.Options{})
	require.NoError(t, tree.MkdirAll("packages/n/1/1"))
	require.NoError(t, tree.WriteFile("packages/n/2/f", nil))
	require.NoError(t, tree.Prune("packages/n/1/1"))
	require.Equal(t, []string{"packages/", "packages/n/", "packages/n/2/", "packages/n/2/f = "}, listing(t, tree.Dir()))
	require.NoError(t, tree.Prune("packages/n/2/f"), "a file is no empty directory")
	require.NoError(t, tree.Remove("packages/n/2/f"))
	require.NoError(t, tree.Prune("packages/n/2/gone"))
	require.Equal(t, []string{"packages/"}, listing(t, tree.Dir()))
}

func TestErrorsNameThePathInTheTree(t *testing.T) {
	tree := open(t, files.Options{})
	require.NoError(t, tree.WriteFile("a/file", nil))

	_, err := tree.Open("a/nosuch")
	require.ErrorIs(t, err, koji.ErrNotFound)
	require.ErrorIs(t, err, fs.ErrNotExist)
	var pathError *fs.PathError
	require.ErrorAs(t, err, &pathError)
	require.Equal(t, "a/nosuch", pathError.Path)
	require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err))

	// A file in the place of a directory cannot be written to, by anybody.
	err = tree.WriteFile("a/file/x", nil)
	require.ErrorAs(t, err, &pathError)
	require.Equal(t, "a/file", pathError.Path[:len("a/file")])
	require.NotContains(t, err.Error(), tree.Dir())
	require.Equal(t, []string{"a/", "a/file = "}, listing(t, tree.Dir()))

	_, err = files.Open(filepath.Join(tree.Dir(), "nosuch"), files.Options{})
	require.ErrorIs(t, err, koji.ErrNotFound)
}

// Whatever step fails, the file of that name stays as it was, or is the new one,
// and nothing else remains.
func TestFailureAtEveryStep(t *testing.T) {
	ctx := context.Background()
	boom := errors.New("boom")
	ops := map[string]func(*files.Tree) error{
		"WriteFile": func(t *files.Tree) error { return t.WriteFile("new/dir/f", []byte("x")) },
		"replace":   func(t *files.Tree) error { return t.WriteFile("old", []byte("x")) },
		"Symlink":   func(t *files.Tree) error { return t.Symlink("../old", "new/l") },
		"Link":      func(t *files.Tree) error { return t.Link(ctx, "old", "new/l") },
	}
	for name, op := range ops {
		t.Run(name, func(t *testing.T) {
			for step := 1; ; step++ {
				n := 0
				var failed string
				tree := open(t, files.Options{Before: func(op, name string) error {
					if n++; n == step {
						failed = op + " " + name
						return boom
					}
					return nil
				}})
				require.NoError(t, os.WriteFile(filepath.Join(tree.Dir(), "old"), []byte("old"), 0o600))
				err := op(tree)
				if failed == "" {
					require.NoError(t, err)
					require.Greater(t, step, 2)
					return
				}
				if strings.HasPrefix(failed, "sync ") && err != nil && !strings.HasSuffix(failed, "f") && !strings.HasSuffix(failed, "old") {
					require.ErrorIs(t, err, boom)
					continue // syncing a directory, after all is done
				}
				if err == nil { // a link that is refused becomes a copy
					require.Contains(t, failed, "link")
					continue
				}
				require.ErrorIs(t, err, boom)
				require.Equal(t, []string{"old = old"}, listing(t, tree.Dir()), failed)
			}
		})
	}
}
