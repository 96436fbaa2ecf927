package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/pgtest"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/postgres"
)

// inUse returns a database that has been in use: with rows that a stock hub
// wrote, and with a table and a column that are none of ours.
func inUse(t *testing.T) string {
	t.Helper()
	dsn := pgtest.Database(t)
	require.NoError(t, open(t, dsn, postgres.Options{}).Close())
	pgtest.Exec(t, dsn,
		"ALTER TABLE tag ADD COLUMN comment text",
		"CREATE TABLE site_notes (note text)",
		"INSERT INTO users (name, status, usertype) VALUES ('hub', 0, 0)",
		"INSERT INTO tag (name, comment) VALUES ('f42', 'ours')",
		"INSERT INTO tag_config (tag_id, arches, creator_id) VALUES (1, 'x86_64', 1)",
		`INSERT INTO repo (create_event, tag_id, state, opts) VALUES (1, 1, 1, '{"b": 1, "a": [1, 2]}')`,
	)
	return dsn
}

func TestExistingDatabaseOpensAsItIs(t *testing.T) {
	dsn := inUse(t)
	before := catalog(t, dsn)
	store := open(t, dsn, postgres.Options{})
	defer store.Close()
	ctx := t.Context()
	require.NoError(t, store.Update(ctx, func(tx *storage.Tx) error {
		tx.Actor = 1
		config, err := tx.TagConfigs().Get(ctx, koji.Now, storage.TagConfigFilter{Tag: storage.Is(koji.TagID(1))})
		require.NoError(t, err)
		require.Equal(t, storage.Null("x86_64"), config.Arches)
		repos, err := tx.Repos().List(ctx, storage.RepoFilter{})
		require.NoError(t, err)
		require.JSONEq(t, `{"a": [1, 2], "b": 1}`, repos[0].Opts.V)
		_, err = tx.TagConfigs().Revoke(ctx, storage.TagConfigFilter{Tag: storage.Is(koji.TagID(1))})
		return err
	}))
	require.Equal(t, []string{"2 true"}, query(t, dsn,
		"SELECT revoke_event || ' ' || (active IS NULL) FROM tag_config"), "as the hub would have written it")
	require.Equal(t, []string{"ours"}, query(t, dsn, "SELECT comment FROM tag"))
	require.Equal(t, before, catalog(t, dsn), "the schema is left alone")
}

func TestReadOnlyNeverWrites(t *testing.T) {
	dsn := inUse(t)
	pgtest.Exec(t, dsn, // a user who could not write
		"DROP ROLE IF EXISTS kojikit_reader", "CREATE ROLE kojikit_reader LOGIN",
		"GRANT SELECT ON ALL TABLES IN SCHEMA public TO kojikit_reader")
	defer pgtest.Exec(t, dsn, "DROP OWNED BY kojikit_reader", "DROP ROLE kojikit_reader")
	store := open(t, dsn+" user=kojikit_reader", postgres.Options{ReadOnly: true})
	defer store.Close()
	ctx := t.Context()
	require.NoError(t, store.View(ctx, func(tx *storage.Tx) error {
		tag, err := tx.Tags().Get(ctx, storage.TagFilter{Name: storage.Is("f42")})
		require.Equal(t, koji.TagID(1), tag.ID)
		return err
	}))
	require.ErrorIs(t, store.Update(ctx, func(*storage.Tx) error { return nil }), koji.ErrReadOnly)

	_, err := postgres.Open(ctx, pgtest.Database(t), postgres.Options{ReadOnly: true})
	require.ErrorIs(t, err, koji.ErrMismatch, "no tables are created")
}

func TestOpenRefusesOtherDatabases(t *testing.T) {
	ctx := t.Context()
	dsn := inUse(t)
	pgtest.Exec(t, dsn, "ALTER TABLE rpminfo DROP COLUMN draft CASCADE", "DROP TABLE locks")
	_, err := postgres.Open(ctx, dsn, postgres.Options{})
	require.ErrorIs(t, err, koji.ErrMismatch)
	require.ErrorContains(t, err, "rpminfo.draft")
	require.ErrorContains(t, err, "locks.name")

	_, err = postgres.Open(ctx, "host="+t.TempDir()+" dbname=koji", postgres.Options{})
	require.ErrorIs(t, err, koji.ErrUnavailable)
	_, err = postgres.Open(ctx, "port=none", postgres.Options{})
	require.ErrorIs(t, err, koji.ErrInvalid)
}

func TestTwoProgramsCreateOneDatabase(t *testing.T) {
	dsn := pgtest.Database(t)
	var wait sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wait.Go(func() {
			store, err := postgres.Open(t.Context(), dsn, postgres.Options{})
			if err == nil {
				err = store.Close()
			}
			errs[i] = err
		})
	}
	wait.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Equal(t, []string{"15"}, query(t, dsn, "SELECT count(*)::text FROM permissions"))
}

func TestConflictsAreToldAndRetried(t *testing.T) {
	dsn := inUse(t)
	store := open(t, dsn, postgres.Options{})
	defer store.Close()
	ctx := t.Context()
	rename := func(tx *storage.Tx, note string) error {
		u, err := tx.Users().Get(ctx, storage.UserFilter{Name: storage.Is("hub")})
		if err != nil {
			return err
		}
		u.Password = storage.Null(u.Password.V + note)
		return tx.Users().Update(ctx, &u)
	}
	err := store.Update(ctx, func(tx *storage.Tx) error {
		_, err := tx.Users().Count(ctx, storage.UserFilter{})
		require.NoError(t, err)
		require.NoError(t, store.Update(ctx, func(tx *storage.Tx) error { return rename(tx, "a") }))
		return rename(tx, "b")
	})
	require.ErrorIs(t, err, koji.ErrConflict)
	require.Equal(t, koji.FaultRetry, koji.FaultCodeOf(err))

	var wait sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wait.Go(func() {
			errs[i] = store.Retry(ctx, func(tx *storage.Tx) error { return rename(tx, fmt.Sprint(i)) })
		})
	}
	wait.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Equal(t, []string{"9"}, query(t, dsn, "SELECT length(password)::text FROM users WHERE name = 'hub'"))
}

func TestTraceSeesStatements(t *testing.T) {
	n := 0
	store := open(t, inUse(t), postgres.Options{Trace: func(_ context.Context, s string, _ time.Duration, err error) {
		require.NoError(t, err, s)
		n++
	}})
	defer store.Close()
	n = 0
	require.NoError(t, store.View(t.Context(), func(tx *storage.Tx) error {
		_, err := tx.Tags().List(t.Context(), storage.TagFilter{})
		return err
	}))
	require.Equal(t, 4, n, "begin, snapshot, list, rollback")
}
