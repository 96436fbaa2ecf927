package files_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage/files"
)

func stage(t testing.TB, tree *files.Tree) *files.Stage {
	t.Helper()
	s, err := tree.Stage(".")
	require.NoError(t, err)
	return s
}

func TestStagedDirectoryAppearsWhole(t *testing.T) {
	ctx := context.Background()
	tree := open(t, files.Options{})
	s := stage(t, tree)
	require.NoError(t, s.WriteFile("packages/foo/1/1/src/f", []byte("source")))
	require.NoError(t, s.WriteFile("packages/foo/1/1/data/g", []byte("data")))
	require.NoError(t, s.Sync(ctx))
	require.Empty(t, visible(t, tree.Dir()))
	require.NoError(t, s.Publish("packages/foo/1/1"))
	require.NoError(t, s.Confirm(ctx))
	require.NoError(t, s.Discard())
	require.Equal(t, []string{
		"packages/", "packages/foo/", "packages/foo/1/", "packages/foo/1/1/",
		"packages/foo/1/1/data/", "packages/foo/1/1/data/g = data",
		"packages/foo/1/1/src/", "packages/foo/1/1/src/f = source",
	}, visible(t, tree.Dir()))
	require.Equal(t, []string{".staging/"}, listing(t, tree.Dir())[:1])
}

func TestPublishIntoADirectoryThatIsThere(t *testing.T) {
	tree := open(t, files.Options{})
	require.NoError(t, tree.WriteFile("p/src/old", []byte("old")))
	before := visible(t, tree.Dir())
	s := stage(t, tree)
	require.NoError(t, s.WriteFile("p/src/new", []byte("new")))
	require.NoError(t, s.WriteFile("p/x86_64/f", []byte("f")))
	require.NoError(t, s.WriteFile("top", []byte("top")))
	require.NoError(t, s.Publish("p"))
	require.NoError(t, s.Publish("top"))
	after := []string{"p/", "p/src/", "p/src/new = new", "p/src/old = old", "p/x86_64/", "p/x86_64/f = f", "top = top"}
	require.Equal(t, after, visible(t, tree.Dir()))

	require.NoError(t, s.Withdraw())
	require.Equal(t, before, visible(t, tree.Dir()))
	require.NoError(t, s.Publish("p"), "and once more")
	require.NoError(t, s.Publish("top"))
	require.Equal(t, after, visible(t, tree.Dir()))
	require.NoError(t, s.Discard())
	require.Equal(t, after, visible(t, tree.Dir()))
}

func TestPublishReplacesNothing(t *testing.T) {
	tree := open(t, files.Options{})
	require.NoError(t, tree.WriteFile("p/f", []byte("old")))
	require.NoError(t, tree.WriteFile("file", []byte("old")))
	require.NoError(t, tree.Symlink("p", "link"))
	before := visible(t, tree.Dir())
	s := stage(t, tree)
	for _, name := range []string{"p/f", "file/x", "link/x"} {
		require.NoError(t, s.WriteFile("p/e", []byte("new")))
		require.NoError(t, s.WriteFile(name, []byte("new")))
		require.NoError(t, s.WriteFile("p/g", []byte("new")))
		require.ErrorIs(t, errors.Join(s.Publish("p"), s.Publish(strings.Split(name, "/")[0])), koji.ErrExists, name)
		require.NoError(t, s.Withdraw())
		require.Equal(t, before, visible(t, tree.Dir()))
		require.NoError(t, s.Discard())
		s = stage(t, tree)
	}
	require.ErrorIs(t, s.Publish("nosuch"), koji.ErrNotFound)
	require.ErrorIs(t, s.WriteFile("../x", nil), koji.ErrUnsafePath)
	require.ErrorIs(t, s.Publish("../x"), koji.ErrUnsafePath)
	require.NoError(t, s.WriteFile("x", nil))
	require.ErrorIs(t, s.WriteFile("x", nil), koji.ErrExists)
	require.ErrorIs(t, s.Rename("x", "../y"), koji.ErrUnsafePath)
	require.NoError(t, s.Discard())
}

func TestWithdrawLeavesWhatOthersPut(t *testing.T) {
	tree := open(t, files.Options{})
	require.NoError(t, tree.MkdirAll("p"))
	s := stage(t, tree)
	require.NoError(t, s.WriteFile("p/f", []byte("mine")))
	require.NoError(t, s.WriteFile("q/r/f", []byte("mine")))
	require.NoError(t, s.Publish("p"))
	require.NoError(t, s.Publish("q"))
	require.NoError(t, tree.WriteFile("p/f", []byte("another's")))
	require.NoError(t, s.Withdraw())
	require.NoError(t, s.Discard())
	require.Equal(t, []string{"p/", "p/f = another's"}, visible(t, tree.Dir()))
}

func TestImportLinksWhereItMay(t *testing.T) {
	ctx := context.Background()
	outside := t.TempDir()
	for _, c := range []struct {
		name           string
		link, expected bool
		mode           fs.FileMode
	}{
		{"link", true, true, 0o644}, {"copy", false, false, 0o644}, {"private", true, false, 0o600},
	} {
		file := filepath.Join(outside, c.name)
		require.NoError(t, os.WriteFile(file, []byte("content"), c.mode))
		tree := open(t, files.Options{})
		s := stage(t, tree)
		src, err := os.Open(file)
		require.NoError(t, err)
		require.NoError(t, s.Import(ctx, src, "d/f", c.link))
		require.ErrorIs(t, s.Import(ctx, src, "d/f", c.link), koji.ErrExists)
		require.NoError(t, s.Publish("d"))
		require.NoError(t, s.Discard())
		a, err := src.Stat()
		require.NoError(t, err)
		b, err := tree.Stat("d/f")
		require.NoError(t, err)
		require.Equal(t, c.expected, os.SameFile(a, b), c.name)
		require.Equal(t, []string{"d/", "d/f = content"}, visible(t, tree.Dir()))
		require.NoError(t, src.Close())
	}
}

func TestImportTakesTheFileThatIsOpen(t *testing.T) {
	ctx := context.Background()
	outside := t.TempDir()
	tree := open(t, files.Options{})
	s := stage(t, tree)
	// The name stands for another file by the time of the import.
	name := filepath.Join(outside, "f")
	require.NoError(t, os.WriteFile(name, []byte("checked"), 0o600))
	src, err := os.Open(name)
	require.NoError(t, err)
	defer src.Close()
	require.NoError(t, os.Remove(name))
	require.NoError(t, os.WriteFile(name, []byte("swapped"), 0o600))
	require.NoError(t, s.Import(ctx, src, "f", true))

	// And a link is not what it leads to.
	link := filepath.Join(outside, "link")
	require.NoError(t, os.Symlink("f", link))
	through, err := os.Open(link)
	require.NoError(t, err)
	defer through.Close()
	require.NoError(t, os.Chmod(name, 0o644))
	require.NoError(t, s.Import(ctx, through, "g", true))

	dir, err := os.Open(outside)
	require.NoError(t, err)
	defer dir.Close()
	require.ErrorIs(t, s.Import(ctx, dir, "h", true), koji.ErrInvalid)
	require.NoError(t, s.Publish("f"))
	require.NoError(t, s.Publish("g"))
	require.NoError(t, s.Discard())
	require.Equal(t, []string{"f = checked", "g = swapped"}, visible(t, tree.Dir()))
}

func TestCopyAcrossFileSystems(t *testing.T) {
	const other = "/dev/shm"
	if info, err := os.Stat(other); err != nil || !info.IsDir() {
		t.Skip(other + " is missing: it is a second file system to copy from")
	}
	tree := open(t, files.Options{})
	t.Run(other, func(t *testing.T) {
		t.Setenv("TMPDIR", other)
		name := filepath.Join(t.TempDir(), "f")
		content := strings.Repeat("0123456789abcdef", 100_000)
		require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
		require.NoError(t, os.Chmod(name, 0o644))
		s := stage(t, tree)
		src, err := os.Open(name)
		require.NoError(t, err)
		defer src.Close()
		require.NoError(t, s.Import(context.Background(), src, "f", true))
		f, err := s.Open("f")
		require.NoError(t, err)
		defer f.Close()
		got, err := io.ReadAll(f)
		require.NoError(t, err)
		require.Equal(t, content, string(got))
		require.NoError(t, s.Discard())
	})
}

func TestRenameInTheStage(t *testing.T) {
	tree := open(t, files.Options{})
	s := stage(t, tree)
	require.NoError(t, s.WriteFile("a/f", []byte("x")))
	require.NoError(t, s.WriteFile("a/g", []byte("y")))
	require.ErrorIs(t, s.Rename("a/f", "a/g"), koji.ErrExists)
	require.ErrorIs(t, s.Rename("a/nosuch", "a/h"), koji.ErrNotFound)
	require.NoError(t, s.Rename("a/f", "b/c/f"))
	require.NoError(t, s.Sync(context.Background()))
	require.NoError(t, s.Publish("a"))
	require.NoError(t, s.Publish("b"))
	require.NoError(t, s.Discard())
	require.Equal(t, []string{"a/", "a/g = y", "b/", "b/c/", "b/c/f = x"}, visible(t, tree.Dir()))
}

func TestLeftovers(t *testing.T) {
	tree := open(t, files.Options{})
	list, err := tree.Leftovers(".")
	require.NoError(t, err)
	require.Empty(t, list)

	working, died := stage(t, tree), stage(t, tree)
	require.NotEqual(t, working.ID(), died.ID())
	require.NoError(t, died.WriteFile("p/f", []byte("x")))
	_, err = died.Journal()
	require.ErrorIs(t, err, koji.ErrNotFound)
	require.NoError(t, died.WriteJournal(func(w io.Writer) error { _, err := io.WriteString(w, "note"); return err }))
	require.NoError(t, died.Close())

	// Another process looks.
	again, err := files.Open(tree.Dir(), files.Options{})
	require.NoError(t, err)
	defer again.Close()
	list, err = again.Leftovers(".")
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, died.ID(), list[0].ID())
	nothing, err := tree.Leftovers(".")
	require.NoError(t, err)
	require.Empty(t, nothing, "whoever found it has it")
	journal, err := list[0].Journal()
	require.NoError(t, err)
	note, err := io.ReadAll(journal)
	require.NoError(t, err)
	require.NoError(t, journal.Close())
	require.Equal(t, "note", string(note))

	done, err := list[0].Settle("p/f", true)
	require.NoError(t, err)
	require.True(t, done)
	done, err = list[0].Settle("p/f", true)
	require.NoError(t, err)
	require.False(t, done, "done already")
	require.Equal(t, []string{"p/", "p/f = x"}, visible(t, tree.Dir()))
	done, err = list[0].Settle("p/f", false)
	require.NoError(t, err)
	require.True(t, done)
	require.Equal(t, []string{"p/"}, visible(t, tree.Dir()))
	require.NoError(t, list[0].Discard())
	require.NoError(t, working.Discard())
	require.Equal(t, []string{".staging/", "p/"}, listing(t, tree.Dir()))
}

func TestVolumesHaveStagesOfTheirOwn(t *testing.T) {
	tree := open(t, files.Options{})
	_, err := tree.Stage("vol/a")
	require.ErrorIs(t, err, koji.ErrNotFound, "perhaps it is not mounted")
	require.NoError(t, tree.MkdirAll("vol/a"))
	s, err := tree.Stage("vol/a")
	require.NoError(t, err)
	require.NoError(t, s.WriteFile("packages/f", []byte("x")))
	require.NoError(t, s.Publish("packages"))
	require.NoError(t, s.Close())
	list, err := tree.Leftovers(".")
	require.NoError(t, err)
	require.Empty(t, list)
	list, err = tree.Leftovers("vol/a")
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.NoError(t, list[0].Discard())
	data, err := tree.ReadFile("vol/a/packages/f")
	require.NoError(t, err)
	require.Equal(t, "x", string(data))
}

// Makers and finders of stages do not get into each other's way, even if a maker
// dies or gives up at once.
func TestConcurrentStages(t *testing.T) {
	tree := open(t, files.Options{})
	other, err := files.Open(tree.Dir(), files.Options{})
	require.NoError(t, err)
	defer other.Close()
	var makers, finders sync.WaitGroup
	done := make(chan struct{})
	for w := range 4 {
		makers.Go(func() {
			for i := range 100 {
				t := t
				s, err := []*files.Tree{tree, other}[w%2].Stage(".")
				require.NoError(t, err)
				name := "p/" + string(rune('a'+w)) + "/" + string(rune('a'+i%26)) + string(rune('a'+i/26))
				require.NoError(t, s.WriteFile(name, nil))
				if i%3 == 0 {
					require.NoError(t, s.Close())
					continue
				}
				require.NoError(t, s.Publish(name))
				require.NoError(t, s.Discard())
			}
		})
	}
	for range 2 {
		finders.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				list, err := tree.Leftovers(".")
				require.NoError(t, err)
				for _, s := range list {
					require.NoError(t, s.Discard())
				}
			}
		})
	}
	makers.Wait()
	close(done)
	finders.Wait()
	list, err := tree.Leftovers(".")
	require.NoError(t, err)
	for _, s := range list {
		require.NoError(t, s.Discard())
	}
	all := listing(t, tree.Dir())
	require.Equal(t, ".staging/", all[0])
	require.Equal(t, "p/", all[1])
	require.Len(t, all, 2+4+4*66)
}

func TestStageIsCanceled(t *testing.T) {
	tree := open(t, files.Options{})
	s := stage(t, tree)
	require.NoError(t, s.WriteFile("f", []byte("x")))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, s.Sync(ctx), context.Canceled)
	src, err := os.Open(filepath.Join(tree.Dir(), ".staging", s.ID(), "files", "f"))
	require.NoError(t, err)
	defer src.Close()
	require.ErrorIs(t, s.Import(ctx, src, "g", false), context.Canceled)
	require.NoError(t, s.Discard())
	require.Empty(t, visible(t, tree.Dir()))
}

// Whatever step fails between staging and publishing, everything is there or
// nothing, after the failure has been answered as it should be.
func TestFailureAtEveryStepOfAStage(t *testing.T) {
	boom := errors.New("boom")
	ctx := context.Background()
	publish := func(tree *files.Tree) error {
		s, err := tree.Stage(".")
		if err != nil {
			return err
		}
		err = func() error {
			if err := s.WriteFile("p/old/new", []byte("x")); err != nil {
				return err
			}
			if err := s.WriteFile("p/dir/f", []byte("x")); err != nil {
				return err
			}
			if err := s.WriteFile("q/r/f", []byte("x")); err != nil {
				return err
			}
			if err := s.Sync(ctx); err != nil {
				return err
			}
			if err := s.WriteJournal(func(w io.Writer) error { _, err := w.Write([]byte("x")); return err }); err != nil {
				return err
			}
			return errors.Join(s.Publish("p"), s.Publish("q/r"))
		}()
		if err != nil {
			err = errors.Join(err, s.Withdraw())
		}
		return errors.Join(err, s.Discard())
	}
	for step := 1; ; step++ {
		n := 0
		var mu sync.Mutex
		var failed string
		tree := open(t, files.Options{Before: func(op, name string) error {
			mu.Lock()
			defer mu.Unlock()
			if n++; n == step {
				failed = op + " " + name
				return boom
			}
			return nil
		}})
		require.NoError(t, os.MkdirAll(filepath.Join(tree.Dir(), "p", "old"), 0o755))
		err := publish(tree)
		if failed == "" {
			require.NoError(t, err)
			require.Greater(t, step, 20)
			return
		}
		require.ErrorIs(t, err, boom, failed)
		if strings.HasPrefix(failed, "remove ") { // the discarding of what is published
			require.Len(t, visible(t, tree.Dir()), 8, failed)
		} else {
			require.Equal(t, []string{"p/", "p/old/"}, visible(t, tree.Dir()), failed)
		}
	}
}
