package tag_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/golden"
	"github.com/kojikit/kojikit/internal/hosttool"
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
	// share is which part of the cases is run, one in so many, where not every one
	// is asked for; see choose.
	share int
	// opener returns a function that opens fresh stores.
	opener func(t *testing.T) func(t testing.TB) fresh
}

// fresh is an empty store.
type fresh struct {
	*storage.Store
	// rewind, unless nil, gives back the events that refused changes have used up,
	// for a history to be replayed with the ids that it had.
	rewind func()
}

var backends = []backend{
	{"memory", 1, func(*testing.T) func(testing.TB) fresh {
		return func(testing.TB) fresh { return fresh{Store: memory.Open(memory.Options{})} }
	}},
	{"sqlite", 8, func(*testing.T) func(testing.TB) fresh {
		return func(t testing.TB) fresh {
			store, err := sqlite.Open(t.Context(), sqlite.Memory, sqlite.Options{})
			return fresh{Store: opened(t, store, err)}
		}
	}},
	{"postgres", 8, func(t *testing.T) func(testing.TB) fresh {
		template := pgtest.Database(t)
		store, err := postgres.Open(t.Context(), template, postgres.Options{})
		require.NoError(t, err)
		require.NoError(t, store.Close())
		return func(t testing.TB) fresh {
			dsn := pgtest.Copy(t, template)
			store, err := postgres.Open(t.Context(), dsn, postgres.Options{})
			return fresh{opened(t, store, err), func() {
				pgtest.Exec(t, dsn, "SELECT setval('events_id_seq', max(id)) FROM events HAVING max(id) > 0")
			}}
		}
	}},
}

func opened(t testing.TB, store *storage.Store, err error) *storage.Store {
	t.Helper()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

// choose skips the cases that are not run over the backend: none where more cases
// were given or tools are required, as in continuous integration.
func (b *backend) choose(t testing.TB, number int) {
	t.Helper()
	every := golden.All() || os.Getenv(hosttool.RequireEnv) != ""
	if !every && number%b.share != 0 {
		t.Skipf("one in %d cases is run over %s", b.share, b.name)
	}
}
