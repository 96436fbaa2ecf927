package rpmmd_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

// tree returns the names of all files below dir.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	names := []string{}
	require.NoError(t, filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, name)
		if rel != "." {
			names = append(names, rel)
		}
		return err
	}))
	return names
}

func TestRepodataIsReplacedWhole(t *testing.T) {
	dir := t.TempDir()
	write := func(n int) []string {
		w := rpmmd.NewWriter(rpmmd.Options{SimpleNames: true})
		for _, p := range somePackages(n) {
			require.NoError(t, w.Add(p))
		}
		result, err := w.WriteDir(t.Context(), dir)
		require.NoError(t, err)
		require.Equal(t, n, result.Packages)
		return tree(t, dir)
	}
	files := []string{"repodata", "repodata/filelists.xml.zst", "repodata/other.xml.zst", "repodata/primary.xml.zst", "repodata/repomd.xml"}
	require.Equal(t, files, write(3))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "repodata", "stale"), nil, 0o644))
	require.Equal(t, files, write(4))

	info, err := os.Stat(filepath.Join(dir, "repodata"))
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o755), info.Mode().Perm(), "readable for others, under the usual umask")
	repo, err := rpmmd.Open(os.DirFS(dir), rpmmd.Limits{})
	require.NoError(t, err)
	packages, err := collect(repo.Packages(t.Context()))
	require.NoError(t, err)
	require.Len(t, packages, 4)
}

func TestFailureLeavesEverythingAsItWas(t *testing.T) {
	failed := errors.New("failed")
	for name, write := range map[string]func(sink rpmmd.Sink) error{
		"error": func(rpmmd.Sink) error { return failed },
		"error after a file": func(sink rpmmd.Sink) error {
			require.NoError(t, sink.Put(context.Background(), &rpmmd.Output{Name: "x"}))
			return failed
		},
		"cancelled": func(sink rpmmd.Sink) error {
			ctx, cancel := context.WithCancel(context.Background())
			w := rpmmd.NewWriter(rpmmd.Options{})
			_, err := w.WriteOrdered(ctx, sink, 2000, func(yield func(*rpmmd.Package, error) bool) {
				for _, p := range somePackages(2000) {
					if !yield(p, nil) {
						return
					}
				}
				cancel()
			})
			require.ErrorIs(t, err, context.Canceled)
			return failed
		},
		"cancelled between files": func(sink rpmmd.Sink) error {
			ctx, cancel := context.WithCancel(context.Background())
			require.NoError(t, sink.Put(ctx, &rpmmd.Output{Name: "x"}))
			cancel()
			require.ErrorIs(t, sink.Put(ctx, &rpmmd.Output{Name: "y"}), context.Canceled)
			return failed
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.ErrorIs(t, rpmmd.ReplaceDir(dir, write), failed)
			require.Empty(t, tree(t, dir))

			require.NoError(t, os.Mkdir(filepath.Join(dir, "repodata"), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "repodata", "repomd.xml"), []byte("old"), 0o644))
			require.ErrorIs(t, rpmmd.ReplaceDir(dir, write), failed)
			require.Equal(t, []string{"repodata", "repodata/repomd.xml"}, tree(t, dir))
		})
	}
	t.Run("panic", func(t *testing.T) {
		dir := t.TempDir()
		require.Panics(t, func() { _ = rpmmd.ReplaceDir(dir, func(rpmmd.Sink) error { panic("x") }) })
		require.Empty(t, tree(t, dir))
	})
	require.ErrorIs(t, rpmmd.ReplaceDir(filepath.Join(t.TempDir(), "missing"), func(rpmmd.Sink) error { return nil }), fs.ErrNotExist)
}

func TestFilesStayInTheirDirectory(t *testing.T) {
	for _, name := range []string{"", ".", "..", "../x", "a/b", "/x", "a/../b"} {
		err := rpmmd.ReplaceDir(t.TempDir(), func(sink rpmmd.Sink) error {
			return sink.Put(t.Context(), &rpmmd.Output{Name: name})
		})
		require.ErrorIs(t, err, koji.ErrUnsafePath, "%q", name)
	}
	err := rpmmd.ReplaceDir(t.TempDir(), func(sink rpmmd.Sink) error {
		return errors.Join(sink.Put(t.Context(), &rpmmd.Output{Name: "x"}), sink.Put(t.Context(), &rpmmd.Output{Name: "x"}))
	})
	require.ErrorIs(t, err, fs.ErrExist)
}

func TestRepodataThatIsALinkIsReplaced(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(elsewhere, "keep"), nil, 0o644))
	require.NoError(t, os.Symlink(elsewhere, filepath.Join(dir, "repodata")))
	_, err := rpmmd.NewWriter(rpmmd.Options{}).WriteDir(t.Context(), dir)
	require.NoError(t, err)
	info, err := os.Lstat(filepath.Join(dir, "repodata"))
	require.NoError(t, err)
	require.True(t, info.IsDir())
	require.Equal(t, []string{"keep"}, tree(t, elsewhere))
}

// TestReadersNeverSeeHalf reads a repository while others replace it.
func TestReadersNeverSeeHalf(t *testing.T) {
	dir := t.TempDir()
	write := func(n int) error {
		w := rpmmd.NewWriter(rpmmd.Options{})
		for _, p := range somePackages(n) {
			if err := w.Add(p); err != nil {
				return err
			}
		}
		_, err := w.WriteDir(context.Background(), dir)
		return err
	}
	require.NoError(t, write(1))
	var writers sync.WaitGroup
	errs := make(chan error, 100)
	for n := range 2 {
		writers.Go(func() {
			for i := range 20 {
				if err := write(1 + (n+i)%3); err != nil {
					errs <- err
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	for reading := true; reading; {
		select {
		case <-done:
			reading = false
		default:
		}
		// Held open, the directory is one state of the repository, whole until
		// it is removed.
		root, err := os.OpenRoot(filepath.Join(dir, "repodata"))
		require.NoError(t, err, "there is a repodata at any time")
		m, err := root.Open("repomd.xml")
		if err == nil {
			_, err = rpmmd.ReadRepomd(m, rpmmd.Limits{})
			require.NoError(t, err)
			require.NoError(t, m.Close())
		} else {
			require.ErrorIs(t, err, fs.ErrNotExist)
		}
		require.NoError(t, root.Close())
	}
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	for _, name := range tree(t, dir) {
		require.True(t, strings.HasPrefix(name, "repodata"), name)
	}
}
