package sqlite_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/sqlite"
)

func names(t *testing.T, store *storage.Store) (list []string) {
	t.Helper()
	require.NoError(t, store.View(t.Context(), func(tx *storage.Tx) error {
		packages, err := tx.Packages().List(t.Context(), storage.PackageFilter{})
		for _, p := range packages {
			list = append(list, p.Name)
		}
		return err
	}))
	return list
}

func add(t *testing.T, store *storage.Store, name string) {
	t.Helper()
	require.NoError(t, store.Update(t.Context(), func(tx *storage.Tx) error {
		return tx.Packages().Insert(t.Context(), &storage.Package{Name: name})
	}))
}

func TestFileKeepsItsRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a name?with #odd%20 characters.db")
	store := open(t, path, sqlite.Options{})
	add(t, store, "bash")
	require.NoError(t, store.Close())
	require.FileExists(t, path)

	store = open(t, path, sqlite.Options{ReadOnly: true})
	require.Equal(t, []string{"bash"}, names(t, store))
	require.ErrorIs(t, store.Update(t.Context(), func(*storage.Tx) error { return nil }), koji.ErrReadOnly)
	require.NoError(t, store.Close())
}

func TestOpenRefusesOtherFiles(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	text := filepath.Join(dir, "text")
	require.NoError(t, os.WriteFile(text, []byte("This is no database, but it is long enough to be one, is it not?"), 0o600))
	_, err := sqlite.Open(ctx, text, sqlite.Options{})
	require.ErrorIs(t, err, koji.ErrMismatch)
	_, err = sqlite.Open(ctx, filepath.Join(dir, "none", "koji.db"), sqlite.Options{})
	require.ErrorIs(t, err, koji.ErrUnavailable)
	_, err = sqlite.Open(ctx, filepath.Join(dir, "none.db"), sqlite.Options{ReadOnly: true})
	require.Error(t, err)
	require.NoFileExists(t, filepath.Join(dir, "none.db"))
}

func TestMemoryStoresShareNothing(t *testing.T) {
	a, b := inMemory(t), inMemory(t)
	add(t, a, "bash")
	require.Equal(t, []string{"bash"}, names(t, a))
	require.Empty(t, names(t, b))
	require.NoError(t, a.Close())
	require.NoError(t, b.Close())
}
