package tag_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/golden"
	"github.com/kojikit/kojikit/internal/pgtest"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/memory"
	"github.com/kojikit/kojikit/storage/postgres"
	"github.com/kojikit/kojikit/storage/sqlite"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// backend is one of those over which the golden cases are run.
type backend struct {
	name string
	// share is which part of the cases of this package is run, one in so many.
	// All are if KOJIKIT_GOLDEN names a directory of them.
	share int
	// opener returns a function that opens fresh stores.
	opener func(t *testing.T) func(t testing.TB) *storage.Store
}

var backends = []backend{
	{"memory", 1, func(*testing.T) func(testing.TB) *storage.Store {
		return func(testing.TB) *storage.Store { return memory.Open(memory.Options{}) }
	}},
	{"sqlite", 8, func(*testing.T) func(testing.TB) *storage.Store {
		return func(t testing.TB) *storage.Store {
			store, err := sqlite.Open(t.Context(), sqlite.Memory, sqlite.Options{})
			return opened(t, store, err)
		}
	}},
	{"postgres", 8, func(t *testing.T) func(testing.TB) *storage.Store {
		template := pgtest.Database(t)
		store, err := postgres.Open(t.Context(), template, postgres.Options{})
		require.NoError(t, err)
		require.NoError(t, store.Close())
		return func(t testing.TB) *storage.Store {
			dsn := pgtest.Copy(t, template)
			store, err := postgres.Open(t.Context(), dsn, postgres.Options{})
			rewinds[store] = func() {
				pgtest.Exec(t, dsn, "SELECT setval('events_id_seq', max(id)) FROM events HAVING max(id) > 0")
			}
			return opened(t, store, err)
		}
	}},
}

// rewinds give back the events that refused changes have used up in a database,
// for a history to be replayed with the ids that it had.
var rewinds = make(map[*storage.Store]func())

func opened(t testing.TB, store *storage.Store, err error) *storage.Store {
	t.Helper()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

// choose skips the cases that are not run over the backend.
func (b *backend) choose(t testing.TB, file string, number int) {
	t.Helper()
	ours, all := strings.HasPrefix(file, "testdata"), golden.All()
	switch {
	case b.share > 1 && ours && all:
		t.Skip("is among the others") // all cases are run, once
	case b.share > 1 && !all && number%b.share != 0:
		t.Skipf("one in %d cases is run over %s", b.share, b.name)
	}
}
