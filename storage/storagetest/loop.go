package storagetest

import (
	"context"
	"fmt"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// testLoop tests iteration: what may be done in a loop, and ways to leave it.
func (s suite) testLoop(t *testing.T) {
	const n = 5000
	b := s.bed(t)
	ctx := t.Context()
	require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
		for i := range n {
			if err := tx.Packages().Insert(ctx, &storage.Package{Name: fmt.Sprintf("%05d", i)}); err != nil {
				return err
			}
		}
		return nil
	}))
	everything := storage.PackageFilter{}

	t.Run("break ends it", func(t *testing.T) {
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			for range 3 {
				seen := 0
				for _, err := range tx.Packages().Each(ctx, everything) {
					require.NoError(t, err)
					if seen++; seen == 10 {
						break
					}
				}
				require.Equal(t, 10, seen)
				for _, err := range tx.Packages().Each(ctx, everything, storage.Page{Order: []storage.Order{{Column: "name", Desc: true}}}) {
					require.NoError(t, err)
					break
				}
			}
			return tx.Packages().Insert(ctx, &storage.Package{Name: "after the break"})
		}))
	})

	t.Run("a sequence can be run again", func(t *testing.T) {
		require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
			seq := tx.Packages().Each(ctx, everything)
			for range 2 {
				seen := 0
				for _, err := range seq {
					require.NoError(t, err)
					seen++
				}
				require.Equal(t, n+1, seen)
			}
			return nil
		}))
	})

	t.Run("the transaction can be used in it", func(t *testing.T) {
		var tags int
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			for p, err := range tx.Packages().Each(ctx, everything, storage.Page{Limit: 20}) {
				require.NoError(t, err)
				same, err := tx.Packages().Get(ctx, storage.PackageFilter{ID: storage.Is(p.ID)})
				require.NoError(t, err)
				require.Equal(t, p, same)
				inner := 0
				for _, err := range tx.Packages().Each(ctx, everything, storage.Page{Limit: 3}) {
					require.NoError(t, err)
					inner++
				}
				require.Equal(t, 3, inner)
				require.NoError(t, tx.Tags().Insert(ctx, &storage.Tag{Name: p.Name}), "another table can be written")
				require.ErrorIs(t, tx.Try(ctx, func() error {
					return tx.Tags().Insert(ctx, &storage.Tag{Name: p.Name})
				}), koji.ErrExists)
				tags++
			}
			return nil
		}))
		require.Equal(t, 20, tags)
	})

	t.Run("two can be interleaved", func(t *testing.T) {
		require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
			first, stopFirst := iter.Pull2(tx.Packages().Each(ctx, everything))
			defer stopFirst()
			second, stopSecond := iter.Pull2(tx.Packages().Each(ctx, everything))
			defer stopSecond()
			for range 2000 {
				p, err, _ := first()
				require.NoError(t, err)
				q, err, _ := second()
				require.NoError(t, err)
				require.Equal(t, p, q)
			}
			return nil
		}))
	})

	t.Run("its table cannot be written", func(t *testing.T) {
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			for p, err := range tx.Packages().Each(ctx, everything) {
				require.NoError(t, err)
				require.ErrorIs(t, tx.Packages().Insert(ctx, &storage.Package{Name: "in the loop"}), koji.ErrState)
				require.ErrorIs(t, tx.Packages().Update(ctx, &p), koji.ErrState)
				_, err := tx.Packages().Delete(ctx, storage.PackageFilter{ID: storage.Is(p.ID)})
				require.ErrorIs(t, err, koji.ErrState)
				break
			}
			return tx.Packages().Insert(ctx, &storage.Package{Name: "after the loop"})
		}))
	})

	t.Run("it ends when its context does", func(t *testing.T) {
		for _, order := range [][]storage.Order{nil, {{Column: "name"}}} {
			seen := 0
			err := b.store.View(ctx, func(tx *storage.Tx) error {
				ctx, cancel := context.WithCancel(ctx)
				defer cancel()
				for _, err := range tx.Packages().Each(ctx, everything, storage.Page{Order: order}) {
					if err != nil {
						return err
					}
					cancel()
					seen++
				}
				return nil
			})
			require.ErrorIs(t, err, context.Canceled, "order %v", order)
			require.Less(t, seen, n)
		}
	})

	t.Run("a panic leaves it", func(t *testing.T) {
		require.PanicsWithValue(t, "enough", func() {
			_ = b.store.Update(ctx, func(tx *storage.Tx) error {
				for _, err := range tx.Packages().Each(ctx, everything) {
					require.NoError(t, err)
					panic("enough")
				}
				return nil
			})
		})
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			return tx.Packages().Insert(ctx, &storage.Package{Name: "after the panic"})
		}))
	})
}
