package storagetest

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// testLock tests named locks.
func (s suite) testLock(t *testing.T) {
	names := map[string]string{"a name of its own": "build f42", "a name that a hub has": "scheduler"}
	for title, name := range names {
		t.Run(title, func(t *testing.T) { s.bed(t).testLocking(t, name) })
	}

	t.Run("is for writers", func(t *testing.T) {
		b, ctx := s.bed(t), t.Context()
		require.ErrorIs(t, b.store.View(ctx, func(tx *storage.Tx) error { return tx.Lock(ctx, "a") }), koji.ErrReadOnly)
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			require.ErrorIs(t, tx.Lock(ctx, "\xff"), koji.ErrInvalid)
			require.ErrorIs(t, tx.Lock(ctx, "\x00"), koji.ErrInvalid)
			for _, name := range []string{"", "a'\"%;--\\?", "a", "a", strings.Repeat("long", 10_000)} {
				require.NoError(t, tx.Lock(ctx, name))
				got, err := tx.TryLock(ctx, name)
				require.NoError(t, err)
				require.True(t, got, "a transaction does not stand in its own way")
			}
			return put(ctx, tx, "a")
		}))
		require.Equal(t, []string{"a"}, b.committed(t))
	})
}

func (b *bed) testLocking(t *testing.T, name string) {
	ctx := t.Context()

	// try tells whether another transaction gets the lock just now. Where there is
	// one writer at a time, it cannot even begin.
	try := func(t *testing.T, name string) bool {
		t.Helper()
		limited, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
		got := false
		err := b.store.Update(limited, func(tx *storage.Tx) (err error) {
			got, err = tx.TryLock(limited, name)
			return err
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			require.NoError(t, err)
		}
		return got
	}

	t.Run("one has it at a time, and sees what those before did", func(t *testing.T) {
		const writers, rounds = 8, 5
		user := storage.User{Name: "counter", Password: storage.Null("0")}
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error { return tx.Users().Insert(ctx, &user) }))
		busy := make(chan struct{}, 1)
		require.NoError(t, inParallel(writers, func(int) error {
			for range rounds {
				err := b.store.Update(ctx, func(tx *storage.Tx) error { // without conflicts
					if err := tx.Lock(ctx, name); err != nil {
						return err
					}
					select {
					case busy <- struct{}{}:
						defer func() { <-busy }()
					default:
						return errors.New("two have the lock")
					}
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
		}))
		require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
			u, err := tx.Users().Get(ctx, storage.UserFilter{ID: storage.Is(user.ID)})
			require.Equal(t, strconv.Itoa(writers*rounds), u.Password.V)
			return err
		}))
	})

	t.Run("it is held until the end", func(t *testing.T) {
		failure := errors.New("failure")
		for _, end := range []error{nil, failure} {
			require.Equal(t, end, b.store.Update(ctx, func(tx *storage.Tx) error {
				require.NoError(t, tx.Lock(ctx, name))
				require.False(t, try(t, name))
				return end
			}))
			require.True(t, try(t, name))
		}
		require.Panics(t, func() {
			_ = b.store.Update(ctx, func(tx *storage.Tx) error {
				require.NoError(t, tx.Lock(ctx, name))
				panic(failure)
			})
		})
		require.True(t, try(t, name))
	})

	t.Run("it can be got in the middle", func(t *testing.T) {
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			require.NoError(t, put(ctx, tx, "before "+name))
			got, err := tx.TryLock(ctx, name)
			require.NoError(t, err)
			require.True(t, got)
			require.NoError(t, tx.Lock(ctx, name+" too"))
			require.False(t, try(t, name))
			require.False(t, try(t, name+" too"))
			return put(ctx, tx, "after "+name)
		}))
		require.Equal(t, []string{"before " + name, "after " + name}, b.committed(t))
		require.True(t, try(t, name))
	})

	t.Run("who waits gives up when its context ends", func(t *testing.T) {
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			require.NoError(t, tx.Lock(ctx, name))
			limited, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
			defer cancel()
			require.ErrorIs(t, b.store.Update(limited, func(tx *storage.Tx) error { return tx.Lock(limited, name) }), context.DeadlineExceeded)
			return nil
		}))
		require.True(t, try(t, name))
	})

	t.Run("a part that fails gives it up", func(t *testing.T) {
		failure := errors.New("failure")
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			require.NoError(t, tx.Lock(ctx, "outer"))
			require.Equal(t, failure, tx.Try(ctx, func() error {
				require.NoError(t, tx.Lock(ctx, name))
				return failure
			}))
			require.NoError(t, tx.Try(ctx, func() error { return tx.Lock(ctx, name) }))
			require.False(t, try(t, name))
			require.False(t, try(t, "outer"))
			return nil
		}))
		require.True(t, try(t, name))
	})
}
