package storagetest

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// testEvent tests when events come about and how they are numbered.
func (s suite) testEvent(t *testing.T) {
	b := s.bed(t)
	ctx := t.Context()
	events := func() (list []storage.Event) {
		t.Helper()
		require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
			var err error
			list, err = tx.Events().List(ctx, storage.EventFilter{})
			return err
		}))
		return list
	}
	var user storage.User
	var tag storage.Tag
	require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
		user.Name, tag.Name = "someone", "f42"
		require.NoError(t, tx.Users().Insert(ctx, &user))
		return tx.Tags().Insert(ctx, &tag)
	}))
	require.Empty(t, events(), "changes of plain tables need no event")

	var event koji.EventID
	require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
		tx.Actor = user.ID
		require.NoError(t, tx.TagConfigs().Insert(ctx, &storage.TagConfig{Tag: tag.ID}))
		require.NoError(t, tx.TagExtras().Insert(ctx, &storage.TagExtra{Tag: tag.ID, Key: "a"}))
		var err error
		event, err = tx.Event(ctx)
		require.NoError(t, err)
		again, err := tx.Event(ctx)
		require.NoError(t, err)
		require.Equal(t, event, again)
		got, err := tx.Events().Get(ctx, storage.EventFilter{ID: storage.Is(event)})
		require.NoError(t, err, "an event is a row at once")
		require.False(t, got.Time.IsZero())
		return err
	}))
	require.Len(t, events(), 1, "the changes of a transaction share an event")
	require.Equal(t, event, events()[0].ID)
	require.Positive(t, event)

	require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
		tx.Actor = user.ID
		n, err := tx.TagExtras().Revoke(ctx, storage.TagExtraFilter{Key: storage.Is("none")})
		require.Zero(t, n)
		return err
	}))
	require.Len(t, events(), 2, "revoking nothing takes an event all the same")

	failure := errors.New("failure")
	require.ErrorIs(t, b.store.Update(ctx, func(tx *storage.Tx) error {
		_, err := tx.Event(ctx)
		require.NoError(t, err)
		return failure
	}), failure)
	require.Len(t, events(), 2, "an event that is rolled back is gone")

	require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
		first, err := tx.Event(ctx)
		require.NoError(t, err)
		second, err := tx.NewEvent(ctx)
		require.NoError(t, err)
		third, err := tx.NewEvent(ctx)
		require.NoError(t, err)
		require.Greater(t, second, first)
		require.Greater(t, third, second)
		now, err := tx.Event(ctx)
		require.Equal(t, third, now, "a new event takes the place of the old one")
		return err
	}))
	list := events()
	require.Len(t, list, 5)
	for i, e := range list[1:] {
		require.Greater(t, e.ID, list[i].ID)
		require.False(t, e.Time.Before(list[i].Time), "time does not run backwards")
	}

	t.Run("imported ids are stepped over", func(t *testing.T) {
		far := list[len(list)-1].ID + 1000
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			return tx.Events().Insert(ctx, &storage.Event{ID: far, Time: list[0].Time})
		}))
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			event, err := tx.Event(ctx)
			require.Greater(t, event, far)
			return err
		}))
	})

	t.Run("a reading transaction has none", func(t *testing.T) {
		require.ErrorIs(t, b.store.View(ctx, func(tx *storage.Tx) error {
			_, err := tx.Event(ctx)
			return err
		}), koji.ErrReadOnly)
	})

	t.Run("the last is found by order", func(t *testing.T) {
		require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
			last, err := lastEvent(ctx, tx)
			require.NoError(t, err)
			all, err := tx.Events().List(ctx, storage.EventFilter{})
			require.Equal(t, all[len(all)-1].ID, last)
			return err
		}))
	})
}

// lastEvent returns the highest event.
func lastEvent(ctx context.Context, tx *storage.Tx) (koji.EventID, error) {
	newest := storage.Page{Order: []storage.Order{{Column: "id", Desc: true}}, Limit: 1}
	list, err := tx.Events().List(ctx, storage.EventFilter{}, newest)
	if err != nil || len(list) == 0 {
		return koji.Now, err
	}
	return list[0].ID, nil
}
