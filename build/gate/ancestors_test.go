package gate_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/build/gate"
	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// Neither the number of tags nor how deep they inherit makes more queries.
func TestAncestorsOfManyTagsTakeTwoQueries(t *testing.T) {
	store, queries := counted(t)
	w := newWorld(t, store)
	ctx := t.Context()
	tags := []policy.Tag{{ID: w.f40, Name: "f40"}}
	require.NoError(t, store.Update(ctx, func(tx *storage.Tx) error {
		tx.Actor = w.root
		e := tag.NewEditor(tx, tag.Options{})
		for i := range 20 {
			name := fmt.Sprint("layer", i)
			id, err := e.Create(ctx, name, tag.Config{Parent: tags[i].ID})
			if err != nil {
				return err
			}
			tags = append(tags, policy.Tag{ID: id, Name: name})
		}
		return nil
	}))
	require.NoError(t, store.View(ctx, func(tx *storage.Tx) error {
		queries.Store(0)
		names, err := gate.Within(tx, w.bob).Ancestors(ctx, tags)
		require.NoError(t, err)
		require.Len(t, names[20], 20)
		require.EqualValues(t, 2, queries.Load())
		return nil
	}))
}
