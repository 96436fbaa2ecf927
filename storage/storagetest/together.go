package storagetest

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// testTogether compares queries of many tables at once with the same one by one.
func (s suite) testTogether(t *testing.T) {
	t.Run("every table", func(t *testing.T) {
		b := s.bed(t)
		rnd := rand.New(rand.NewPCG(5, 6))
		var selections []storage.Selection
		for _, k := range storage.Kinds() {
			rows := b.add(t, k, 3)
			if k.Versioned {
				b.history(t, k, rows)
			}
			m := model{k, b.list(t, k, storage.Query{All: true})}
			q := randomQuery(rnd, &m)
			q.Order, q.Limit, q.Offset = nil, 0, 0
			selections = append(selections, storage.Selection{Kind: k}, storage.Selection{Kind: k, Query: q})
		}
		tx, err := b.store.Backend().Begin(t.Context(), false)
		require.NoError(t, err)
		defer func() { require.NoError(t, tx.Rollback(t.Context())) }()
		batcher, ok := tx.(storage.Batcher)
		if !ok {
			return // it reads one table at a time, which other tests look at
		}
		got := make([][]any, len(selections))
		require.NoError(t, batcher.SelectAll(t.Context(), selections, func(i int, row any) { got[i] = append(got[i], clone(row)) }))
		for i, sel := range selections {
			require.ElementsMatch(t, b.list(t, sel.Kind, sel.Query), got[i], "%s %+v", sel.Kind.Table, sel.Query)
		}
	})

	t.Run("through a transaction", func(t *testing.T) {
		b := s.bed(t)
		b.add(t, kind(t, "tag"), 3)
		b.add(t, kind(t, "tag_config"), 2)
		ctx := t.Context()
		require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
			tags, err := tx.Tags().List(ctx, storage.TagFilter{})
			require.NoError(t, err)
			configs, err := tx.TagConfigs().List(ctx, koji.Now, storage.TagConfigFilter{})
			require.NoError(t, err)
			var one, all []storage.Tag
			var active []storage.TagConfig
			require.NoError(t, tx.Together(ctx))
			require.NoError(t, tx.Together(ctx, tx.Tags().Into(&one, storage.TagFilter{Name: storage.Is(tags[1].Name, "\xff")})))
			require.Equal(t, tags[1:2], one)
			require.NoError(t, tx.Together(ctx,
				tx.Tags().Into(&all, storage.TagFilter{}), tx.TagConfigs().Into(&active, koji.Now, storage.TagConfigFilter{})))
			require.ElementsMatch(t, tags, all)
			require.ElementsMatch(t, configs, active)
			err = tx.Together(ctx, tx.Tags().Into(&one, storage.TagFilter{Name: storage.Below("\xff")}))
			require.ErrorIs(t, err, koji.ErrInvalid)
			return nil
		}))
	})
}
