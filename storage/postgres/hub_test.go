package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/postgres"
)

// hub begins a transaction as a stock hub does: on a connection of its own, at the
// isolation level that is the default.
func hub(t *testing.T, dsn string) pgx.Tx {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	return tx
}

func TestHubGoesOnBesideUs(t *testing.T) {
	dsn := inUse(t)
	store := open(t, dsn, postgres.Options{})
	defer store.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	retag := "INSERT INTO tag_extra (tag_id, key, value, creator_id) VALUES (1, $1, '1', 1) RETURNING create_event"

	// Neither keeps the other waiting, whoever is first to take an event.
	var before, ours, after koji.EventID
	first := hub(t, dsn)
	require.NoError(t, first.QueryRow(ctx, retag, "before").Scan(&before))
	require.NoError(t, store.Update(ctx, func(tx *storage.Tx) error {
		tx.Actor = 1
		require.NoError(t, tx.TagExtras().Insert(ctx, &storage.TagExtra{Tag: 1, Key: "ours"}))
		second := hub(t, dsn)
		require.NoError(t, second.QueryRow(ctx, retag, "after").Scan(&after))
		require.NoError(t, second.Commit(ctx))
		var err error
		ours, err = tx.Event(ctx)
		return err
	}))
	require.Less(t, before, ours)
	require.Less(t, ours, after)

	// What is documented: the event of the hub's first transaction comes late.
	at := func(event koji.EventID) (keys []string) {
		require.NoError(t, store.View(ctx, func(tx *storage.Tx) error {
			list, err := tx.TagExtras().List(ctx, event, storage.TagExtraFilter{})
			for _, e := range list {
				keys = append(keys, e.Key)
			}
			return err
		}))
		return keys
	}
	require.Equal(t, []string{"ours"}, at(ours))
	require.NoError(t, first.Commit(ctx))
	require.Equal(t, []string{"before", "ours"}, at(ours))
	require.Equal(t, []string{"after", "before", "ours"}, at(koji.Now))
}

func TestWatchTellsOfTheHubsCommits(t *testing.T) {
	dsn := inUse(t)
	store := open(t, dsn, postgres.Options{ReadOnly: true, Poll: 20 * time.Millisecond})
	defer store.Close()
	ctx := t.Context()
	late := hub(t, dsn)
	var event koji.EventID
	require.NoError(t, late.QueryRow(ctx, "SELECT get_event()").Scan(&event))
	changes, err := store.Watch(ctx)
	require.NoError(t, err)
	next := hub(t, dsn)
	require.NoError(t, next.QueryRow(ctx, "SELECT get_event()").Scan(&event))
	require.NoError(t, next.Commit(ctx))
	for c := range changes {
		if c.Event == event {
			break
		}
	}
	// An event that is committed late does not change which is the last.
	require.NoError(t, late.Commit(ctx))
	require.Equal(t, event, (<-changes).Event)
	require.Equal(t, []string{"t"}, query(t, dsn, "SELECT left((count(*) > 0)::text, 1) FROM events"))
}

func TestWatchGoesOnAfterALostConnection(t *testing.T) {
	dsn := inUse(t)
	store := open(t, dsn, postgres.Options{Poll: 20 * time.Millisecond})
	defer store.Close()
	ctx := t.Context()
	changes, err := store.Watch(ctx)
	require.NoError(t, err)
	for range 3 {
		kill(t, dsn)
		<-changes // for what may have been missed
		var event koji.EventID
		require.NoError(t, store.Retry(ctx, func(tx *storage.Tx) (err error) {
			event, err = tx.Event(ctx)
			return err
		}))
		for c := range changes {
			if c.Event >= event {
				break
			}
		}
	}
}

func TestLocksAreThoseOfTheHub(t *testing.T) {
	dsn := inUse(t)
	store := open(t, dsn, postgres.Options{})
	defer store.Close()
	ctx := t.Context()
	try := func(name string) (got bool) {
		require.NoError(t, store.Update(ctx, func(tx *storage.Tx) (err error) {
			got, err = tx.TryLock(ctx, name)
			return err
		}))
		return got
	}
	theirs := hub(t, dsn)
	_, err := theirs.Exec(ctx, "SELECT name FROM locks WHERE name = 'scheduler' FOR UPDATE")
	require.NoError(t, err)
	require.False(t, try("scheduler"))
	require.True(t, try("repo-queue"))
	limited, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, store.Update(limited, func(tx *storage.Tx) error { return tx.Lock(limited, "scheduler") }), context.DeadlineExceeded)
	require.NoError(t, theirs.Rollback(ctx))
	require.True(t, try("scheduler"))

	theirs = hub(t, dsn)
	require.NoError(t, store.Update(ctx, func(tx *storage.Tx) error {
		require.NoError(t, tx.Lock(ctx, "scheduler"))
		var name string
		err := theirs.QueryRow(ctx, "SELECT name FROM locks WHERE name = 'scheduler' FOR UPDATE SKIP LOCKED").Scan(&name)
		require.ErrorIs(t, err, pgx.ErrNoRows)
		return nil
	}))
	var name string
	require.NoError(t, theirs.QueryRow(ctx, "SELECT name FROM locks WHERE name = 'scheduler' FOR UPDATE SKIP LOCKED").Scan(&name))
	require.NoError(t, theirs.Rollback(ctx))

	require.Equal(t, []string{"0"}, query(t, dsn, "SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory'"), "nothing is left on idle connections")
}
