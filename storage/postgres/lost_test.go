package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/pgtest"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/postgres"
)

// kill ends all connections to a database.
func kill(t *testing.T, dsn string) {
	t.Helper()
	others := "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
	pgtest.Exec(t, dsn, "SELECT pg_terminate_backend(pid, 10000) "+others)
}

// names returns the names of the packages in a database.
func names(t *testing.T, dsn string) []string {
	t.Helper()
	return query(t, dsn, "SELECT name FROM package ORDER BY id")
}

func insert(ctx context.Context, tx *storage.Tx, name string) error {
	return tx.Packages().Insert(ctx, &storage.Package{Name: name})
}

func TestLostConnectionBeforeATransactionIsReplaced(t *testing.T) {
	dsn := inUse(t)
	store := open(t, dsn, postgres.Options{})
	defer store.Close()
	ctx := t.Context()
	// Many connections that are idle, of which each is found broken.
	var nest func(n int) error
	nest = func(n int) error {
		return store.View(ctx, func(*storage.Tx) error {
			if n == 0 {
				return nil
			}
			return nest(n - 1)
		})
	}
	for range 3 {
		require.NoError(t, nest(10))
		kill(t, dsn)
		require.NoError(t, store.View(ctx, func(tx *storage.Tx) error {
			_, err := tx.Packages().Count(ctx, storage.PackageFilter{})
			return err
		}))
		require.NoError(t, nest(10))
		kill(t, dsn)
		require.NoError(t, store.Update(ctx, func(*storage.Tx) error { return nil }))
	}
}

func TestLostConnectionWhileReading(t *testing.T) {
	dsn := inUse(t)
	store := open(t, dsn, postgres.Options{})
	defer store.Close()
	ctx := t.Context()
	count := func(tx *storage.Tx) error {
		_, err := tx.Tags().Count(ctx, storage.TagFilter{})
		return err
	}
	list := func(tx *storage.Tx) error {
		tags, err := tx.Tags().List(ctx, storage.TagFilter{})
		if err == nil {
			require.Len(t, tags, 1)
		}
		return err
	}
	for title, read := range map[string]func(*storage.Tx) error{"count": count, "list": list} {
		t.Run(title, func(t *testing.T) {
			require.NoError(t, store.View(ctx, func(tx *storage.Tx) error {
				kill(t, dsn)
				require.NoError(t, read(tx), "nothing was read before, so another snapshot will do")
				return read(tx)
			}))
			require.ErrorIs(t, store.View(ctx, func(tx *storage.Tx) error {
				require.NoError(t, read(tx))
				kill(t, dsn)
				return read(tx)
			}), koji.ErrUnavailable, "the snapshot that was read from is gone")
		})
	}
}

func TestLostConnectionWhileWriting(t *testing.T) {
	dsn := inUse(t)
	store := open(t, dsn, postgres.Options{})
	defer store.Close()
	ctx := t.Context()

	t.Run("in the middle", func(t *testing.T) {
		err := store.Update(ctx, func(tx *storage.Tx) error {
			require.NoError(t, insert(ctx, tx, "lost"))
			kill(t, dsn)
			err := insert(ctx, tx, "too")
			require.ErrorIs(t, tx.Try(ctx, func() error { return nil }), koji.ErrState)
			return err
		})
		require.ErrorIs(t, err, koji.ErrUnavailable)
		require.NotErrorIs(t, err, storage.ErrUncertain)
		require.Empty(t, names(t, dsn))
	})

	t.Run("at the commit", func(t *testing.T) {
		err := store.Update(ctx, func(tx *storage.Tx) error {
			defer kill(t, dsn)
			return insert(ctx, tx, "lost")
		})
		require.ErrorIs(t, err, koji.ErrUnavailable)
		require.ErrorIs(t, err, storage.ErrUncertain)
		require.Empty(t, names(t, dsn))
	})

	t.Run("is repeated by Retry until the commit", func(t *testing.T) {
		attempts := 0
		require.NoError(t, store.Retry(ctx, func(tx *storage.Tx) error {
			attempts++
			require.NoError(t, insert(ctx, tx, "kept"))
			if attempts < 4 {
				kill(t, dsn)
			}
			return insert(ctx, tx, "kept too")
		}))
		require.Equal(t, 4, attempts)
		require.Equal(t, []string{"kept", "kept too"}, names(t, dsn))

		attempts = 0
		require.ErrorIs(t, store.Retry(ctx, func(tx *storage.Tx) error {
			attempts++
			defer kill(t, dsn)
			return insert(ctx, tx, "uncertain")
		}), storage.ErrUncertain)
		require.Equal(t, 1, attempts, "it might be done twice")
	})

	t.Run("by locks that are waited for", func(t *testing.T) {
		require.NoError(t, store.Update(ctx, func(tx *storage.Tx) error {
			require.NoError(t, tx.Lock(ctx, "a"))
			waiting := make(chan error, 1)
			go func() {
				waiting <- store.Update(ctx, func(tx *storage.Tx) error { return tx.Lock(ctx, "a") })
			}()
			require.Eventually(t, func() bool {
				return query(t, dsn, "SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")[0] == "1"
			}, 10*time.Second, time.Millisecond)
			pgtest.Exec(t, dsn, "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
			require.ErrorIs(t, <-waiting, koji.ErrUnavailable)
			return nil
		}))
	})
}

func TestDeadlockIsAConflict(t *testing.T) {
	dsn := inUse(t)
	store := open(t, dsn, postgres.Options{})
	defer store.Close()
	ctx := t.Context()
	both := make(chan struct{}, 2)
	errs := make(chan error, 2)
	for _, names := range [][]string{{"a", "b"}, {"b", "a"}} {
		go func() {
			errs <- store.Update(ctx, func(tx *storage.Tx) error {
				if err := tx.Lock(ctx, names[0]); err != nil {
					return err
				}
				both <- struct{}{}
				for len(both) < 2 {
					time.Sleep(time.Millisecond)
				}
				return tx.Lock(ctx, names[1])
			})
		}()
	}
	err := errors.Join(<-errs, <-errs)
	require.ErrorIs(t, err, koji.ErrConflict)
	require.Equal(t, []string{"0"}, query(t, dsn, "SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory'"))
}
