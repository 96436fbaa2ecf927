package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/pgtest"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/postgres"
)

// The end of a context under which rows are read spoils the transaction on the
// server, even if the loop has been left and wants no more of them.
func TestLoopLeftWhenItsContextEnds(t *testing.T) {
	store, err := postgres.Open(t.Context(), pgtest.Database(t), postgres.Options{})
	require.NoError(t, err)
	defer store.Close()
	ctx := t.Context()
	require.NoError(t, store.Update(ctx, func(tx *storage.Tx) error {
		list := make([]storage.Package, 20000) // more than fits on the way
		for i := range list {
			list[i].Name = fmt.Sprint(strings.Repeat("x", 1000), i)
		}
		return tx.Packages().InsertAll(ctx, list)
	}))
	leave := func(tx *storage.Tx) {
		limited, cancel := context.WithCancel(ctx)
		defer cancel()
		for _, err := range tx.Packages().Each(limited, storage.PackageFilter{}) {
			require.NoError(t, err)
			cancel()
			time.Sleep(100 * time.Millisecond)
			break
		}
	}
	err = store.Update(ctx, func(tx *storage.Tx) error {
		leave(tx)
		return tx.Tags().Insert(ctx, &storage.Tag{Name: "f42"})
	})
	require.ErrorIs(t, err, koji.ErrState)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, store.Update(ctx, func(tx *storage.Tx) error {
		err := tx.Try(ctx, func() error {
			leave(tx)
			return context.Canceled
		})
		require.ErrorIs(t, err, context.Canceled)
		return tx.Tags().Insert(ctx, &storage.Tag{Name: "f42"})
	}), "a return to a savepoint mends it")
}
