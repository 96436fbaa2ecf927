package memory_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/memory"
	"github.com/kojikit/kojikit/storage/storagetest"
)

func open(testing.TB) *storage.Store { return memory.Open(memory.Options{}) }

func TestConformance(t *testing.T) { storagetest.Run(t, storagetest.Harness{Open: open}) }

func TestClockGivesTheTimeOfEvents(t *testing.T) {
	ctx := t.Context()
	at := time.Date(2024, 5, 1, 12, 0, 0, 123456789, time.FixedZone("", 3600))
	store := memory.Open(memory.Options{Clock: func() time.Time { return at }})
	want := time.Date(2024, 5, 1, 11, 0, 0, 123456000, time.UTC)
	require.NoError(t, store.Update(ctx, func(tx *storage.Tx) error {
		require.Equal(t, want, tx.Now())
		id, err := tx.Event(ctx)
		require.NoError(t, err)
		event, err := tx.Events().Get(ctx, storage.EventFilter{ID: storage.Is(id)})
		require.Equal(t, want, event.Time)
		return err
	}))
}

func TestUpdateInsideUpdateWaitsForItsContextOnly(t *testing.T) {
	ctx := t.Context()
	store := open(t)
	err := store.Update(ctx, func(*storage.Tx) error {
		limited, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
		defer cancel()
		return store.Update(limited, func(*storage.Tx) error { return errors.New("two writers") })
	})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NoError(t, store.Update(ctx, func(*storage.Tx) error { return nil }), "the turn was given back")
}

func TestTransactionsUnderWaySurviveClose(t *testing.T) {
	ctx := t.Context()
	store := open(t)
	require.NoError(t, store.Update(ctx, func(tx *storage.Tx) error {
		require.NoError(t, store.Close())
		return tx.Packages().Insert(ctx, &storage.Package{Name: "bash"})
	}))
	require.ErrorIs(t, store.View(ctx, func(*storage.Tx) error { return nil }), koji.ErrState)
}
