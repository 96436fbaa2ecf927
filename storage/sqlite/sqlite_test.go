package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/sqlite"
	"github.com/kojikit/kojikit/storage/storagetest"
)

func inMemory(t testing.TB) *storage.Store { return open(t, sqlite.Memory, sqlite.Options{}) }

func inFile(t testing.TB) *storage.Store {
	return open(t, filepath.Join(t.TempDir(), "koji.db"), sqlite.Options{})
}

func open(t testing.TB, path string, opts sqlite.Options) *storage.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), path, opts)
	require.NoError(t, err)
	return store
}

func TestConformance(t *testing.T) {
	t.Run("file", func(t *testing.T) { storagetest.Run(t, inFile) })
	t.Run("memory", func(t *testing.T) { storagetest.Run(t, inMemory) })
}

func BenchmarkStore(b *testing.B) { storagetest.Benchmark(b, inFile) }
