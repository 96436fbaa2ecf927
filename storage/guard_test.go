package storage_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// failing is a backend whose transactions cannot count.
type failing struct {
	storage.Backend
	storage.BackendTx
	err error
}

func (f failing) Begin(context.Context, bool) (storage.BackendTx, error) { return f, nil }

func (f failing) Count(context.Context, *storage.Kind, storage.Query) (int, error) { return 0, f.err }

func (failing) Rollback(context.Context) error { return nil }

// A failure that the caller has not seen, such as of a loop that was left, still
// says whether to repeat the transaction. Its kind is not that of later calls else.
func TestHiddenFailures(t *testing.T) {
	for _, tt := range []struct {
		err   error
		shown bool
	}{{koji.ErrConflict, true}, {koji.ErrUnavailable, true}, {context.Canceled, true}, {koji.ErrNotFound, false}, {koji.ErrExists, false}} {
		store := storage.New(failing{err: tt.err})
		err := store.Update(t.Context(), func(tx *storage.Tx) error {
			_, _ = tx.Packages().Count(t.Context(), storage.PackageFilter{})
			return nil
		})
		require.ErrorIs(t, err, koji.ErrState)
		if tt.shown {
			require.ErrorIs(t, err, tt.err)
		} else {
			require.NotErrorIs(t, err, tt.err)
		}
	}
}
