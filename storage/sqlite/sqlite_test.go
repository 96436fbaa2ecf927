package sqlite_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/sqlite"
	"github.com/kojikit/kojikit/storage/storagetest"
)

func inMemory(t testing.TB) *storage.Store { return open(t, sqlite.Memory, sqlite.Options{}) }

// place returns the path of a file that is not there yet, where there is one in
// the memory file system: durability is tested by killing programs, not machines.
func place(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "koji") //nolint:usetesting // elsewhere
	if err != nil {
		return filepath.Join(t.TempDir(), "koji.db")
	}
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return filepath.Join(dir, "koji.db")
}

// fresh opens stores in files, copies of one, because to create the tables takes
// longer than most tests.
func fresh(t testing.TB) func(testing.TB) *storage.Store {
	path := place(t)
	require.NoError(t, open(t, path, sqlite.Options{}).Close())
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return func(tb testing.TB) *storage.Store {
		path := place(tb)
		require.NoError(tb, os.WriteFile(path, data, 0o600))
		return open(tb, path, sqlite.Options{})
	}
}

func open(t testing.TB, path string, opts sqlite.Options) *storage.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), path, opts)
	require.NoError(t, err)
	return store
}

func TestConformance(t *testing.T) {
	storagetest.Run(t, storagetest.Harness{
		Open:  fresh(t),
		Place: place,
		OpenAt: func(ctx context.Context, path string) (*storage.Store, error) {
			return sqlite.Open(ctx, path, sqlite.Options{})
		},
	})
}

func BenchmarkStore(b *testing.B) {
	storagetest.Benchmark(b, func(b testing.TB) *storage.Store {
		return open(b, filepath.Join(b.TempDir(), "koji.db"), sqlite.Options{})
	})
}
