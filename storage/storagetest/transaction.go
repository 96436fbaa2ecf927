package storagetest

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// packages returns the names of all packages, in order of insertion.
func packages(t testing.TB, ctx context.Context, tx *storage.Tx) []string {
	t.Helper()
	list, err := tx.Packages().List(ctx, storage.PackageFilter{})
	require.NoError(t, err)
	var names []string
	for _, p := range list {
		names = append(names, p.Name)
	}
	return names
}

// put inserts packages.
func put(ctx context.Context, tx *storage.Tx, names ...string) error {
	for _, name := range names {
		if err := tx.Packages().Insert(ctx, &storage.Package{Name: name}); err != nil {
			return err
		}
	}
	return nil
}

// committed returns the names of the packages after the last commit.
func (b *bed) committed(t testing.TB) (names []string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
		names = packages(t, ctx, tx)
		return nil
	}))
	return names
}

// testTransaction tests how transactions end, and that they do.
func (s suite) testTransaction(t *testing.T) {
	failure := errors.New("failure")

	t.Run("commits when its function returns", func(t *testing.T) {
		b, ctx := s.bed(t), t.Context()
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			require.NoError(t, put(ctx, tx, "a", "b"))
			require.Equal(t, []string{"a", "b"}, packages(t, ctx, tx), "it sees its own changes")
			return nil
		}))
		require.Equal(t, []string{"a", "b"}, b.committed(t))
	})

	t.Run("leaves nothing behind when it fails", func(t *testing.T) {
		for name, end := range map[string]func(ctx context.Context, cancel func(), store *storage.Store) error{
			"error": func(ctx context.Context, _ func(), store *storage.Store) error {
				return store.Update(ctx, func(tx *storage.Tx) error { return errors.Join(put(ctx, tx, "x"), failure) })
			},
			"panic": func(ctx context.Context, _ func(), store *storage.Store) (err error) {
				defer func() { err, _ = recover().(error) }()
				_ = store.Update(ctx, func(tx *storage.Tx) error {
					if err := put(ctx, tx, "x"); err != nil {
						return err
					}
					panic(failure)
				})
				return errors.New("the panic did not come through")
			},
			"goroutine's end": func(ctx context.Context, _ func(), store *storage.Store) error {
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					_ = store.Update(ctx, func(tx *storage.Tx) error {
						_ = put(ctx, tx, "x")
						runtime.Goexit()
						return nil
					})
				}()
				<-ended
				return failure
			},
			"cancelled before the commit": func(ctx context.Context, cancel func(), store *storage.Store) error {
				err := store.Update(ctx, func(tx *storage.Tx) error {
					defer cancel()
					return put(ctx, tx, "x")
				})
				if errors.Is(err, context.Canceled) {
					return failure
				}
				return err
			},
			"cancelled before a write": func(ctx context.Context, cancel func(), store *storage.Store) error {
				err := store.Update(ctx, func(tx *storage.Tx) error {
					err := put(ctx, tx, "x")
					cancel()
					return errors.Join(err, put(ctx, tx, "y"))
				})
				if errors.Is(err, context.Canceled) {
					return failure
				}
				return err
			},
			"write that failed unnoticed": func(ctx context.Context, _ func(), store *storage.Store) error {
				err := store.Update(ctx, func(tx *storage.Tx) error {
					_ = put(ctx, tx, "x", "before")
					return nil
				})
				if errors.Is(err, koji.ErrState) {
					return failure
				}
				return err
			},
		} {
			t.Run(name, func(t *testing.T) {
				b, ctx := s.bed(t), t.Context()
				require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error { return put(ctx, tx, "before") }))
				inner, cancel := context.WithCancel(ctx)
				defer cancel()
				require.ErrorIs(t, end(inner, cancel, b.store), failure)
				require.Equal(t, []string{"before"}, b.committed(t))
				require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error { return put(ctx, tx, "after") }), "the store goes on")
				require.Equal(t, []string{"before", "after"}, b.committed(t))
			})
		}
	})

	t.Run("does not begin without a context", func(t *testing.T) {
		b := s.bed(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		called := func(*storage.Tx) error {
			t.Error("the function was called")
			return nil
		}
		require.ErrorIs(t, b.store.View(ctx, called), context.Canceled)
		require.ErrorIs(t, b.store.Update(ctx, called), context.Canceled)
	})

	t.Run("refuses writes while reading", func(t *testing.T) {
		b, ctx := s.bed(t), t.Context()
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error { return put(ctx, tx, "a") }))
		require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
			tx.Actor = 1
			require.ErrorIs(t, put(ctx, tx, "b"), koji.ErrReadOnly)
			require.ErrorIs(t, tx.Packages().Update(ctx, &storage.Package{ID: 1, Name: "c"}), koji.ErrReadOnly)
			_, err := tx.Packages().Delete(ctx, storage.PackageFilter{Name: storage.Is("a")})
			require.ErrorIs(t, err, koji.ErrReadOnly)
			require.ErrorIs(t, tx.TagConfigs().Insert(ctx, &storage.TagConfig{Tag: 1}), koji.ErrReadOnly)
			_, err = tx.TagConfigs().Revoke(ctx, storage.TagConfigFilter{Tag: storage.Is(koji.TagID(1))})
			require.ErrorIs(t, err, koji.ErrReadOnly)
			require.Equal(t, []string{"a"}, packages(t, ctx, tx), "reading goes on")
			return nil
		}))
	})

	t.Run("is over afterwards", func(t *testing.T) {
		b, ctx := s.bed(t), t.Context()
		var old []*storage.Tx
		keep := func(err error) func(*storage.Tx) error {
			return func(tx *storage.Tx) error {
				old = append(old, tx)
				return err
			}
		}
		require.NoError(t, b.store.View(ctx, keep(nil)))
		require.NoError(t, b.store.Update(ctx, keep(nil)))
		require.ErrorIs(t, b.store.Update(ctx, keep(failure)), failure)
		for _, tx := range old {
			tx.Actor = 1
			_, err := tx.Packages().List(ctx, storage.PackageFilter{})
			require.ErrorIs(t, err, koji.ErrState)
			_, err = tx.Packages().Count(ctx, storage.PackageFilter{})
			require.ErrorIs(t, err, koji.ErrState)
			require.ErrorIs(t, put(ctx, tx, "late"), koji.ErrState)
			_, err = tx.Event(ctx)
			require.ErrorIs(t, err, koji.ErrState)
			require.ErrorIs(t, tx.Try(ctx, func() error { return nil }), koji.ErrState)
		}
		require.Empty(t, b.committed(t))
	})

	t.Run("is of no use after a failure", func(t *testing.T) {
		b, ctx := s.bed(t), t.Context()
		require.ErrorIs(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			require.NoError(t, put(ctx, tx, "a"))
			err := put(ctx, tx, "a")
			require.ErrorIs(t, err, koji.ErrExists)
			_, e := tx.Packages().List(ctx, storage.PackageFilter{})
			require.ErrorIs(t, e, koji.ErrState)
			require.NotErrorIs(t, e, koji.ErrExists)
			require.ErrorContains(t, e, err.Error(), "the message tells the failure that came first")
			require.ErrorIs(t, put(ctx, tx, "b"), koji.ErrState)
			return err
		}), koji.ErrExists)
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			_, err := tx.Packages().Get(ctx, storage.PackageFilter{Name: storage.Is("none")})
			require.ErrorIs(t, err, koji.ErrNotFound)
			return put(ctx, tx, "a")
		}), "finding nothing is no failure")
	})

	t.Run("has one time", func(t *testing.T) {
		b, ctx := s.bed(t), t.Context()
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			now := tx.Now()
			require.False(t, now.IsZero())
			require.Equal(t, now.UTC().Truncate(time.Microsecond), now)
			require.NoError(t, put(ctx, tx, "a"))
			require.Equal(t, now, tx.Now())
			return nil
		}))
	})
}

// testTry tests parts of transactions that fail by themselves.
func (s suite) testTry(t *testing.T) {
	b, ctx := s.bed(t), t.Context()
	failure := errors.New("failure")
	var user storage.User
	var tag storage.Tag
	require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
		user.Name, tag.Name = "someone", "f42"
		require.NoError(t, tx.Users().Insert(ctx, &user))
		return tx.Tags().Insert(ctx, &tag)
	}))
	extra := func(tx *storage.Tx, name string) error {
		return tx.TagExtras().Insert(ctx, &storage.TagExtra{Tag: tag.ID, Key: name})
	}

	t.Run("two levels", func(t *testing.T) {
		var outer, inner koji.EventID
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			tx.Actor = user.ID
			require.NoError(t, put(ctx, tx, "1"))
			require.NoError(t, tx.Try(ctx, func() error {
				require.NoError(t, put(ctx, tx, "2"))
				require.NoError(t, extra(tx, "kept"))
				var err error
				outer, err = tx.Event(ctx)
				require.NoError(t, err)
				err = tx.Try(ctx, func() error {
					require.NoError(t, put(ctx, tx, "3"))
					tx.Actor = 1_000_000
					var err error
					inner, err = tx.NewEvent(ctx)
					require.NoError(t, err)
					require.Greater(t, inner, outer)
					return failure
				})
				require.Equal(t, failure, err, "the error comes back as it is")
				require.Equal(t, user.ID, tx.Actor, "the actor is restored")
				now, err := tx.Event(ctx)
				require.NoError(t, err)
				require.Equal(t, outer, now, "the event is restored")
				require.Equal(t, []string{"1", "2"}, packages(t, ctx, tx))
				require.NoError(t, extra(tx, "kept too"))
				return put(ctx, tx, "4")
			}))
			require.Equal(t, failure, tx.Try(ctx, func() error {
				require.NoError(t, put(ctx, tx, "5"))
				require.NoError(t, tx.Try(ctx, func() error { return put(ctx, tx, "6") }))
				return failure
			}), "what an inner one kept goes with the outer one")
			require.NoError(t, put(ctx, tx, "3"), "what was undone can be done again")
			return nil
		}))
		require.Equal(t, []string{"1", "2", "4", "3"}, b.committed(t))
		require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
			list, err := tx.TagExtras().List(ctx, outer, storage.TagExtraFilter{})
			require.NoError(t, err)
			require.Len(t, list, 2)
			events, err := tx.Events().List(ctx, storage.EventFilter{})
			require.Len(t, events, 1, "the event that was undone is gone")
			return err
		}))
	})

	t.Run("an event first taken inside is taken anew outside", func(t *testing.T) {
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			tx.Actor = user.ID
			require.Equal(t, failure, tx.Try(ctx, func() error {
				_, err := tx.Event(ctx)
				require.NoError(t, err)
				return failure
			}))
			event, err := tx.Event(ctx)
			require.NoError(t, err)
			_, err = tx.Events().Get(ctx, storage.EventFilter{ID: storage.Is(event)})
			require.NoError(t, err)
			return extra(tx, "after the failure")
		}))
	})

	t.Run("a failed write is undone", func(t *testing.T) {
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			for range 100 { // parts cost nothing once they are over
				require.ErrorIs(t, tx.Try(ctx, func() error { return put(ctx, tx, "7", "1") }), koji.ErrExists)
				require.ErrorIs(t, tx.Try(ctx, func() error {
					_ = put(ctx, tx, "1")
					return put(ctx, tx, "7")
				}), koji.ErrState, "nothing can be done in the part that failed")
			}
			return put(ctx, tx, "8")
		}))
		require.Equal(t, []string{"1", "2", "4", "3", "8"}, b.committed(t))
	})

	t.Run("a panic is a failure", func(t *testing.T) {
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			require.PanicsWithValue(t, "enough", func() {
				_ = tx.Try(ctx, func() error {
					require.NoError(t, put(ctx, tx, "9"))
					panic("enough")
				})
			})
			return put(ctx, tx, "10")
		}))
		require.Equal(t, []string{"1", "2", "4", "3", "8", "10"}, b.committed(t))
	})

	t.Run("an end of the context inside does not keep the part", func(t *testing.T) {
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			inner, cancel := context.WithCancel(ctx)
			err := tx.Try(inner, func() error {
				require.NoError(t, put(inner, tx, "11"))
				cancel()
				return put(inner, tx, "12")
			})
			require.ErrorIs(t, err, context.Canceled)
			return put(ctx, tx, "13")
		}))
		require.Equal(t, []string{"1", "2", "4", "3", "8", "10", "13"}, b.committed(t))
	})

	t.Run("while reading there is nothing to undo", func(t *testing.T) {
		require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
			return tx.Try(ctx, func() error {
				require.NotEmpty(t, packages(t, ctx, tx))
				return nil
			})
		}))
	})
}
