package postgres_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/pgtest"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/postgres"
	"github.com/kojikit/kojikit/storage/storagetest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// fresh opens stores one after another, each in a database with nothing in it but
// what it was born with. They share databases, which are wiped when a store is
// closed, because to create one takes longer than most tests. Before a store is
// opened, prepare is given the database, empty.
func fresh(t testing.TB, prepare func(testing.TB, string)) func(testing.TB) *storage.Store {
	var free []string
	return func(tb testing.TB) *storage.Store {
		if len(free) == 0 {
			dsn := place(t)
			prepare(t, dsn)
			require.NoError(tb, open(tb, dsn, postgres.Options{}).Close())
			pgtest.Exec(tb, dsn, wipeable)
			free = append(free, dsn)
		}
		dsn := free[len(free)-1]
		free = free[:len(free)-1]
		tb.Cleanup(func() {
			pgtest.Exec(tb, dsn, "SET session_replication_role = replica", "SELECT wipe()")
			free = append(free, dsn)
		})
		return open(tb, dsn, postgres.Options{})
	}
}

// asItIs leaves a database empty, so that Open makes the tables.
func asItIs(testing.TB, string) {}

// place makes an empty database that does not order text by its bytes.
func place(tb testing.TB) string { return pgtest.Database(tb, "LOCALE_PROVIDER icu ICU_LOCALE 'en'") }

// wipeable keeps copies of all tables and defines the function that goes back to
// them.
const wipeable = `
CREATE SCHEMA kept;
DO $$ DECLARE t text; BEGIN
	FOR t IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
		EXECUTE format('CREATE TABLE kept.%I AS TABLE public.%1$I', t);
	END LOOP;
	FOR t IN SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace LOOP
		EXECUTE format('CREATE TABLE kept.%I AS SELECT last_value, is_called FROM public.%1$I', t);
	END LOOP;
END $$;
CREATE FUNCTION wipe() RETURNS void LANGUAGE plpgsql AS $$ DECLARE t text; BEGIN
	FOR t IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
		EXECUTE format('DELETE FROM public.%I', t);
		EXECUTE format('INSERT INTO public.%I SELECT * FROM kept.%1$I', t);
	END LOOP;
	FOR t IN SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace LOOP
		EXECUTE format('SELECT setval(%L, last_value, is_called) FROM kept.%I', 'public.' || t, t);
	END LOOP;
END $$;`

func open(t testing.TB, dsn string, opts postgres.Options) *storage.Store {
	t.Helper()
	store, err := postgres.Open(t.Context(), dsn, opts)
	require.NoError(t, err)
	return store
}

func TestConformance(t *testing.T) {
	storagetest.Run(t, storagetest.Harness{
		Open:  fresh(t, asItIs),
		Place: place,
		OpenAt: func(ctx context.Context, dsn string) (*storage.Store, error) {
			return postgres.Open(ctx, dsn, postgres.Options{})
		},
	})
}

// schemaEnv is the environment variable with the path of an SQL file that makes
// the tables of a Koji database, such as comes with Koji.
const schemaEnv = "KOJIKIT_TEST_KOJI_SCHEMA"

func TestConformanceOfKojisOwnDatabase(t *testing.T) {
	path := os.Getenv(schemaEnv)
	if path == "" {
		t.Skip(schemaEnv + " is not set")
	}
	sql, err := os.ReadFile(path)
	require.NoError(t, err)
	storagetest.Run(t, storagetest.Harness{
		Open: fresh(t, func(tb testing.TB, dsn string) {
			pgtest.Exec(tb, dsn, string(sql))
			require.NoError(tb, storage.Seed(func(_ *storage.Kind, row any) error {
				if p, ok := row.(*storage.Permission); ok { // described in our own words
					pgtest.Exec(tb, dsn, fmt.Sprintf("UPDATE permissions SET description = '%s' WHERE id = %d", p.Description.V, p.ID))
				}
				return nil
			}))
		}),
	})
}

func BenchmarkStore(b *testing.B) { storagetest.Benchmark(b, fresh(b, asItIs)) }
