package sqlite_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
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

// crashEnv makes the test program the one that is killed.
const crashEnv = "KOJIKIT_TEST_CRASH"

func TestKilledWriterLeavesCommitsOnly(t *testing.T) {
	if path := os.Getenv(crashEnv); path != "" {
		store := open(t, path, sqlite.Options{})
		add(t, store, "committed")
		_ = store.Update(t.Context(), func(tx *storage.Tx) error {
			for i := range 5000 { // more than SQLite holds back
				p := storage.Package{Name: fmt.Sprintf("%0200d", i)}
				require.NoError(t, tx.Packages().Insert(t.Context(), &p))
			}
			fmt.Println("\nin the middle")
			select {}
		})
	}
	path := filepath.Join(t.TempDir(), "koji.db")
	program, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(program, "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), crashEnv+"="+path)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines, reached := bufio.NewScanner(out), false
	for !reached && lines.Scan() {
		reached = lines.Text() == "in the middle"
	}
	require.True(t, reached)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())

	store := open(t, path, sqlite.Options{})
	require.Equal(t, []string{"committed"}, names(t, store))
	add(t, store, "after")
	require.Equal(t, []string{"committed", "after"}, names(t, store))
	require.NoError(t, store.Close())
}
