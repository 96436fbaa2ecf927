package storagetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// watchLimit is how long a report of a commit may take.
const watchLimit = 20 * time.Second

// testWatch tests that commits are told of.
func (s suite) testWatch(t *testing.T) {
	t.Run("one store", func(t *testing.T) {
		b := s.bed(t)
		testWatching(t, b.store, b.store)
	})
	if s.Place != nil {
		t.Run("two stores at one place", func(t *testing.T) {
			place := s.Place(t)
			watched, written := s.openAt(t, place), s.openAt(t, place)
			testWatching(t, watched, written)
		})
	}
	t.Run("ends with the store", func(t *testing.T) {
		b := s.bed(t)
		changes, err := b.store.Watch(t.Context())
		require.NoError(t, err)
		require.NoError(t, b.store.Close())
		requireEnd(t, changes)
		_, err = b.store.Watch(t.Context())
		require.ErrorIs(t, err, koji.ErrState)
	})
}

// openAt opens the store of a place until the test ends.
func (s suite) openAt(t testing.TB, place string) *storage.Store {
	t.Helper()
	store, err := s.OpenAt(t.Context(), place)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

// testWatching watches one store while another is written to.
func testWatching(t *testing.T, watched, written *storage.Store) {
	commit := func(t *testing.T) (event koji.EventID) {
		t.Helper()
		ctx := t.Context()
		require.NoError(t, written.Update(ctx, func(tx *storage.Tx) (err error) {
			event, err = tx.Event(ctx)
			return err
		}))
		return event
	}
	await := func(t *testing.T, changes <-chan storage.Change, event koji.EventID) {
		t.Helper()
		timeout := time.After(watchLimit)
		for {
			select {
			case c, ok := <-changes:
				require.True(t, ok, "it goes on")
				if c.Event >= event {
					return
				}
			case <-timeout:
				require.Fail(t, "nothing was told", "of event %d", event)
			}
		}
	}

	t.Run("every commit is told", func(t *testing.T) {
		changes, err := watched.Watch(t.Context())
		require.NoError(t, err)
		for range 10 {
			await(t, changes, commit(t))
		}
	})

	t.Run("a commit right after the beginning is told", func(t *testing.T) {
		for range 5 {
			ctx, cancel := context.WithCancel(t.Context())
			changes, err := watched.Watch(ctx)
			require.NoError(t, err)
			await(t, changes, commit(t))
			cancel()
			requireEnd(t, changes)
		}
	})

	t.Run("a change that needs no event is told", func(t *testing.T) {
		ctx := t.Context()
		changes, err := watched.Watch(ctx)
		require.NoError(t, err)
		for i := range 3 {
			for drained := false; !drained; { // of what came without need
				select {
				case <-changes:
				case <-time.After(200 * time.Millisecond):
					drained = true
				}
			}
			require.NoError(t, written.Update(ctx, func(tx *storage.Tx) error { return put(ctx, tx, fmt.Sprint(t.Name(), i)) }))
			await(t, changes, koji.Now)
		}
	})

	t.Run("who is slow is told once", func(t *testing.T) {
		changes, err := watched.Watch(t.Context())
		require.NoError(t, err)
		var last koji.EventID
		for range 50 {
			last = commit(t)
		}
		n := 0
		for event := koji.EventID(0); event < last; n++ {
			select {
			case c := <-changes:
				event = c.Event
			case <-time.After(watchLimit):
				require.Fail(t, "nothing was told")
			}
		}
		require.Less(t, n, 50)
	})

	t.Run("several can watch", func(t *testing.T) {
		var all []<-chan storage.Change
		for range 4 {
			changes, err := watched.Watch(t.Context())
			require.NoError(t, err)
			all = append(all, changes)
		}
		event := commit(t)
		for _, changes := range all {
			await(t, changes, event)
		}
	})

	t.Run("it ends with its context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		changes, err := watched.Watch(ctx)
		require.NoError(t, err)
		cancel()
		requireEnd(t, changes)
		_, err = watched.Watch(ctx)
		require.ErrorIs(t, err, context.Canceled)
	})
}

// requireEnd waits for the end of a channel.
func requireEnd(t *testing.T, changes <-chan storage.Change) {
	t.Helper()
	timeout := time.After(watchLimit)
	for {
		select {
		case _, ok := <-changes:
			if !ok {
				return
			}
		case <-timeout:
			require.Fail(t, "it goes on")
		}
	}
}
