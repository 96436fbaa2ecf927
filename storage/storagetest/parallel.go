package storagetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// testIsolation tests what transactions see of others.
func (s suite) testIsolation(t *testing.T) {
	t.Run("a view sees no later commit", func(t *testing.T) {
		b, ctx := s.bed(t), t.Context()
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error { return put(ctx, tx, "a") }))
		require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
			require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error { return put(ctx, tx, "b") }), "it keeps no writer waiting")
			require.Equal(t, []string{"a"}, packages(t, ctx, tx))
			n, err := tx.Users().Count(ctx, storage.UserFilter{})
			require.NoError(t, err)
			require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
				return tx.Users().Insert(ctx, &storage.User{Name: "late"})
			}))
			again, err := tx.Users().Count(ctx, storage.UserFilter{})
			require.Equal(t, n, again)
			return err
		}))
		require.Equal(t, []string{"a", "b"}, b.committed(t))
	})

	t.Run("a view sees nothing of an update under way", func(t *testing.T) {
		b, ctx := s.bed(t), t.Context()
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error { return put(ctx, tx, "a") }))
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			require.NoError(t, put(ctx, tx, "b"))
			_, err := tx.Event(ctx)
			require.NoError(t, err)
			limited, cancel := context.WithTimeout(ctx, 30*time.Second)
			defer cancel()
			return b.store.View(limited, func(tx *storage.Tx) error {
				require.Equal(t, []string{"a"}, packages(t, limited, tx), "it does not wait either")
				n, err := tx.Events().Count(limited, storage.EventFilter{})
				require.Zero(t, n)
				return err
			})
		}))
	})

	t.Run("a writer that waits gives up when its context ends", func(t *testing.T) {
		b, ctx := s.bed(t), t.Context()
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			_, err := tx.Event(ctx)
			require.NoError(t, err)
			limited, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
			defer cancel()
			err = b.store.Update(limited, func(tx *storage.Tx) error {
				_, err := tx.Event(limited) // at the latest this has to wait
				return err
			})
			require.ErrorIs(t, err, context.DeadlineExceeded)
			return put(ctx, tx, "a")
		}))
		require.Equal(t, []string{"a"}, b.committed(t))
	})
}

// insist repeats an update that other writers get in the way of.
func insist(ctx context.Context, store *storage.Store, fn func(tx *storage.Tx) error) error {
	for {
		err := store.Update(ctx, fn)
		if !errors.Is(err, koji.ErrConflict) {
			return err
		}
	}
}

// testParallel tests writers and readers at the same time.
func (s suite) testParallel(t *testing.T) {
	t.Run("no update is lost", func(t *testing.T) {
		const writers, rounds = 8, 25
		b, ctx := s.bed(t), t.Context()
		user := storage.User{Name: "counter", Password: storage.Null("0")}
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error { return tx.Users().Insert(ctx, &user) }))
		failed := inParallel(writers, func(int) error {
			for range rounds {
				err := insist(ctx, b.store, func(tx *storage.Tx) error {
					u, err := tx.Users().Get(ctx, storage.UserFilter{ID: storage.Is(user.ID)})
					if err != nil {
						return err
					}
					n, err := strconv.Atoi(u.Password.V)
					u.Password = storage.Null(strconv.Itoa(n + 1))
					return errors.Join(err, tx.Users().Update(ctx, &u))
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		require.NoError(t, failed)
		require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
			u, err := tx.Users().Get(ctx, storage.UserFilter{ID: storage.Is(user.ID)})
			require.Equal(t, strconv.Itoa(writers*rounds), u.Password.V)
			return err
		}))
	})

	t.Run("what one writer found still holds when it commits", func(t *testing.T) {
		const writers = 8
		b, ctx := s.bed(t), t.Context()
		failed := inParallel(writers, func(i int) error {
			return insist(ctx, b.store, func(tx *storage.Tx) error {
				n, err := tx.Packages().Count(ctx, storage.PackageFilter{})
				if err != nil || n > 0 {
					return err
				}
				return put(ctx, tx, fmt.Sprint("the first is ", i))
			})
		})
		require.NoError(t, failed)
		require.Len(t, b.committed(t), 1)
	})

	t.Run("events become visible in order and are final", s.testFinal)
}

// testFinal has writers change a tag while a reader notes, for every event that
// it sees for the first time, the tag's content there and the events below. What
// is noted must not change any more.
func (s suite) testFinal(t *testing.T) {
	const writers, rounds = 4, 30
	b, ctx := s.bed(t), t.Context()
	var tag storage.Tag
	require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
		tag.Name = "f42"
		require.NoError(t, tx.Users().Insert(ctx, &storage.User{ID: 1, Name: "someone"}))
		return tx.Tags().Insert(ctx, &tag)
	}))

	var done atomic.Bool
	var wait sync.WaitGroup
	var failed error
	wait.Go(func() {
		defer done.Store(true)
		failed = inParallel(writers, func(i int) error { return b.churn(ctx, tag.ID, i, rounds) })
	})

	content := func(tx *storage.Tx, at koji.EventID) string {
		list, err := tx.TagExtras().List(ctx, at, storage.TagExtraFilter{Tag: storage.Is(tag.ID)})
		require.NoError(t, err)
		text := ""
		for _, e := range list { // when it is revoked later, that may change
			text += fmt.Sprintln(e.Key, e.Value, e.CreateEvent, e.Creator)
		}
		below, err := tx.Events().List(ctx, storage.EventFilter{ID: storage.AtMost(at)})
		require.NoError(t, err)
		return fmt.Sprint(text, below)
	}
	noted := make(map[koji.EventID]string)
	for over := false; !over; {
		over = done.Load() // the last look is one after the end
		require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
			last, err := lastEvent(ctx, tx)
			require.NoError(t, err)
			for at := max(1, last-5); at <= last; at++ {
				if _, ok := noted[at]; !ok {
					noted[at] = content(tx, at)
				}
			}
			return nil
		}))
	}
	wait.Wait()
	require.NoError(t, failed)
	require.NotEmpty(t, noted)
	require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
		for at, text := range noted {
			require.Equal(t, text, content(tx, at), "at event %d", at)
		}
		return nil
	}))
}

// churn commits changes of a tag, and rolls some back.
func (b *bed) churn(ctx context.Context, tag koji.TagID, writer, rounds int) error {
	abandoned := errors.New("abandoned")
	for i := range rounds {
		err := insist(ctx, b.store, func(tx *storage.Tx) error {
			tx.Actor = 1
			key := fmt.Sprint("key ", writer, " ", i%3)
			_, err := tx.TagExtras().Revoke(ctx, storage.TagExtraFilter{Tag: storage.Is(tag), Key: storage.Is(key)})
			if err != nil {
				return err
			}
			if i%7 == 5 {
				return abandoned
			}
			return tx.TagExtras().Insert(ctx, &storage.TagExtra{Tag: tag, Key: key, Value: storage.Null(strconv.Itoa(i))})
		})
		if err != nil && !errors.Is(err, abandoned) {
			return err
		}
	}
	return nil
}

// inParallel calls fn n times at once and joins the errors.
func inParallel(n int, fn func(i int) error) error {
	errs := make([]error, n)
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() { errs[i] = fn(i) })
	}
	wait.Wait()
	return errors.Join(errs...)
}
