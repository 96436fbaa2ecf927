package storagetest

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// testVersion tests reads of every versioned kind at the events around its
// changes.
func (s suite) testVersion(t *testing.T) {
	s.each(t, versioned, func(t *testing.T, b *bed, k *storage.Kind) {
		b.add(t, k, 1) // event 0 means now, so the first is of no use here
		first := b.add(t, k, 1)[0]
		created := storage.VersionOf(first).CreateEvent
		revoked := b.revoke(t, k, first)
		b.add(t, k, 1) // something unrelated in between
		var second, third any
		b.change(t, func(ctx context.Context, tx storage.BackendTx) { second = b.rows.insertAgain(t, ctx, tx, k, first) })
		again := storage.VersionOf(second).CreateEvent
		b.change(t, func(ctx context.Context, tx storage.BackendTx) {
			b.rows.revoke(t, ctx, tx, k, second)
			third = b.rows.insertAgain(t, ctx, tx, k, second)
		})
		replaced := storage.VersionOf(third).CreateEvent
		require.True(t, slices.IsSorted([]koji.EventID{created, revoked, again, replaced}), "events ascend")

		storage.VersionOf(first).RevokeEvent, storage.VersionOf(first).Revoker = storage.Null(revoked), storage.Null(storage.VersionOf(first).Creator)
		storage.VersionOf(second).RevokeEvent, storage.VersionOf(second).Revoker = storage.Null(replaced), storage.Null(storage.VersionOf(second).Creator)
		for _, test := range []struct {
			name string
			at   koji.EventID
			want []any
		}{
			{"before every event", -1, nil},
			{"just before the creation", created - 1, nil},
			{"at the creation", created, []any{first}},
			{"just before the revocation", revoked - 1, []any{first}},
			{"at the revocation", revoked, nil},
			{"just before the second creation", again - 1, nil},
			{"at the second creation", again, []any{second}},
			{"just before the replacement", replaced - 1, []any{second}},
			{"at the replacement", replaced, []any{third}},
			{"in the future", replaced + 1000, []any{third}},
			{"now", koji.Now, []any{third}},
		} {
			q := byKey(k, first)
			q.At = test.at
			require.Equal(t, test.want, b.list(t, k, q), test.name)
		}
		q := byKey(k, first)
		q.All = true
		require.Equal(t, []any{first, second, third}, b.list(t, k, q), "history is in order of creation")

		require.ErrorIs(t, b.attempt(t, func(ctx context.Context, tx storage.BackendTx) error {
			row := b.rows.row(t, ctx, tx, k)
			carry(row, first, k, k.Key...)
			return tx.Insert(ctx, k, row)
		}), koji.ErrExists, "one active version of a key")
		for _, row := range []any{first, third} {
			require.ErrorIs(t, b.attempt(t, func(ctx context.Context, tx storage.BackendTx) error {
				row := clone(row)
				v := storage.VersionOf(row)
				v.RevokeEvent, v.Revoker = storage.Null(replaced), storage.Null(v.Creator)
				return tx.Insert(ctx, k, row)
			}), koji.ErrExists, "one version of a key that begins at an event")
		}
		require.ErrorIs(t, b.attempt(t, func(ctx context.Context, tx storage.BackendTx) error {
			if _, err := tx.Delete(ctx, k, byKey(k, first)); err != nil {
				return err
			}
			return tx.Update(ctx, k, third)
		}), koji.ErrNotFound, "only the active version is updated, and deleted if the query is for now")
	})
}

// testRevoke tests changes through the typed tables.
func (s suite) testRevoke(t *testing.T) {
	b := s.bed(t)
	ctx := t.Context()
	var user storage.User
	var tag storage.Tag
	update := func(fn func(tx *storage.Tx) error) {
		t.Helper()
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			tx.Actor = user.ID
			return fn(tx)
		}))
	}
	update(func(tx *storage.Tx) error {
		user.Name, tag.Name = "someone", "f42"
		require.NoError(t, tx.Users().Insert(ctx, &user))
		return tx.Tags().Insert(ctx, &tag)
	})
	key := func(name string) storage.TagExtraFilter {
		return storage.TagExtraFilter{Tag: storage.Is(tag.ID), Key: storage.Is(name)}
	}
	extra := func(name, value string) *storage.TagExtra {
		return &storage.TagExtra{Tag: tag.ID, Key: name, Value: storage.Null(value)}
	}
	history := func(name string) (values []string) {
		t.Helper()
		require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
			list, err := tx.TagExtras().History(ctx, key(name))
			for _, e := range list {
				values = append(values, e.Value.V)
				require.False(t, e.RevokeEvent.Valid && e.RevokeEvent.V <= e.CreateEvent, "a version that was never visible")
			}
			return err
		}))
		return values
	}

	t.Run("the store fills in the version", func(t *testing.T) {
		var event koji.EventID
		row := extra("filled", "1")
		row.Version = storage.Version{CreateEvent: 99, Creator: 99, Revoker: storage.Null(user.ID)}
		update(func(tx *storage.Tx) error {
			require.NoError(t, tx.TagExtras().Insert(ctx, row))
			var err error
			event, err = tx.Event(ctx)
			return err
		})
		require.Equal(t, storage.Version{CreateEvent: event, Creator: user.ID}, row.Version)
		require.True(t, row.Active())
		update(func(tx *storage.Tx) error {
			n, err := tx.TagExtras().Revoke(ctx, key("filled"))
			require.Equal(t, 1, n)
			require.NoError(t, err)
			event, err = tx.Event(ctx)
			return err
		})
		require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
			_, err := tx.TagExtras().Get(ctx, koji.Now, key("filled"))
			require.ErrorIs(t, err, koji.ErrNotFound)
			old, err := tx.TagExtras().Get(ctx, event-1, key("filled"))
			require.Equal(t, storage.Null(event), old.RevokeEvent)
			require.Equal(t, storage.Null(user.ID), old.Revoker)
			require.False(t, old.Active())
			return err
		}))
	})

	t.Run("revoke and insert in one event replace", func(t *testing.T) {
		var event koji.EventID
		update(func(tx *storage.Tx) error { return tx.TagExtras().Insert(ctx, extra("replaced", "1")) })
		update(func(tx *storage.Tx) error {
			_, err := tx.TagExtras().Revoke(ctx, key("replaced"))
			require.NoError(t, err)
			require.NoError(t, tx.TagExtras().Insert(ctx, extra("replaced", "2")))
			event, err = tx.Event(ctx)
			return err
		})
		require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
			for at, want := range map[koji.EventID]string{event - 1: "1", event: "2", koji.Now: "2"} {
				row, err := tx.TagExtras().Get(ctx, at, key("replaced"))
				require.NoError(t, err)
				require.Equal(t, want, row.Value.V, "at %d", at)
				n, err := tx.TagExtras().Count(ctx, at, key("replaced"))
				require.NoError(t, err)
				require.Equal(t, 1, n)
			}
			return nil
		}))
	})

	t.Run("create, revoke and create in one event leave the last", func(t *testing.T) {
		update(func(tx *storage.Tx) error {
			for _, v := range []string{"1", "2", "3"} {
				_, err := tx.TagExtras().Revoke(ctx, key("again"))
				require.NoError(t, err)
				require.NoError(t, tx.TagExtras().Insert(ctx, extra("again", v)))
			}
			return nil
		})
		require.Equal(t, []string{"3"}, history("again"))
	})

	t.Run("what one event creates and revokes was never there", func(t *testing.T) {
		update(func(tx *storage.Tx) error { return tx.TagExtras().Insert(ctx, extra("fleeting", "old")) })
		var event koji.EventID
		update(func(tx *storage.Tx) error {
			for range 2 {
				n, err := tx.TagExtras().Revoke(ctx, key("fleeting"))
				require.NoError(t, err)
				require.Equal(t, 1, n)
				require.NoError(t, tx.TagExtras().Insert(ctx, extra("fleeting", "new")))
			}
			n, err := tx.TagExtras().Revoke(ctx, key("fleeting"))
			require.NoError(t, err)
			require.Equal(t, 1, n)
			event, err = tx.Event(ctx)
			return err
		})
		require.Equal(t, []string{"old"}, history("fleeting"))
		require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
			for _, at := range []koji.EventID{event, koji.Now} {
				n, err := tx.TagExtras().Count(ctx, at, key("fleeting"))
				require.NoError(t, err)
				require.Zero(t, n)
			}
			return nil
		}))
	})

	t.Run("events of one transaction are told apart", func(t *testing.T) {
		var events []koji.EventID
		update(func(tx *storage.Tx) error {
			for _, v := range []string{"1", "2", "3"} {
				event, err := tx.NewEvent(ctx)
				require.NoError(t, err)
				events = append(events, event)
				_, err = tx.TagExtras().Revoke(ctx, key("steps"))
				require.NoError(t, err)
				require.NoError(t, tx.TagExtras().Insert(ctx, extra("steps", v)))
			}
			return nil
		})
		require.Equal(t, []string{"1", "2", "3"}, history("steps"))
		require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
			for i, event := range events {
				row, err := tx.TagExtras().Get(ctx, event, key("steps"))
				require.NoError(t, err)
				require.Equal(t, []string{"1", "2", "3"}[i], row.Value.V)
			}
			return nil
		}))
	})

	t.Run("many are revoked at once, by a condition only", func(t *testing.T) {
		update(func(tx *storage.Tx) error {
			for _, name := range []string{"m1", "m2", "m3"} {
				require.NoError(t, tx.TagExtras().Insert(ctx, extra(name, "")))
			}
			return nil
		})
		update(func(tx *storage.Tx) error {
			n, err := tx.TagExtras().Revoke(ctx, storage.TagExtraFilter{Key: storage.Is("m1", "m3", "m4")})
			require.Equal(t, 2, n)
			require.NoError(t, err)
			n, err = tx.TagExtras().Revoke(ctx, storage.TagExtraFilter{Key: storage.Is[string]()})
			require.NoError(t, err, "an empty list is a condition that nothing meets")
			require.Zero(t, n)
			_, err = tx.TagExtras().Revoke(ctx, storage.TagExtraFilter{})
			require.ErrorIs(t, err, koji.ErrInvalid)
			return nil
		})
	})

	t.Run("without an actor nothing changes", func(t *testing.T) {
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			require.ErrorIs(t, tx.TagExtras().Insert(ctx, extra("nobody", "")), koji.ErrDenied)
			_, err := tx.TagExtras().Revoke(ctx, key("again"))
			require.ErrorIs(t, err, koji.ErrDenied)
			return nil
		}))
		require.ErrorIs(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			tx.Actor = 1_000_000
			return tx.TagExtras().Insert(ctx, extra("nobody", ""))
		}), koji.ErrNotFound, "an actor must be a user")
	})

	t.Run("history can be imported", func(t *testing.T) {
		var events []koji.EventID
		update(func(tx *storage.Tx) error {
			for range 3 {
				event, err := tx.NewEvent(ctx)
				require.NoError(t, err)
				events = append(events, event)
			}
			row := extra("imported", "old")
			row.Version = storage.Version{
				CreateEvent: events[0], Creator: user.ID,
				RevokeEvent: storage.Null(events[2]), Revoker: storage.Null(user.ID),
			}
			return tx.TagExtras().Restore(ctx, row)
		})
		require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
			for i, want := range []int{1, 1, 0} {
				n, err := tx.TagExtras().Count(ctx, events[i], key("imported"))
				require.NoError(t, err)
				require.Equal(t, want, n)
			}
			return nil
		}))
		half := extra("half", "")
		half.Version = storage.Version{CreateEvent: events[0], Creator: user.ID, RevokeEvent: storage.Null(events[1])}
		require.ErrorIs(t, b.store.Update(ctx, func(tx *storage.Tx) error { return tx.TagExtras().Restore(ctx, half) }), koji.ErrInvalid)
	})
}
