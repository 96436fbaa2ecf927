package postgres_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/pgtest"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/postgres"
)

func TestReplicaIsReadAndWatched(t *testing.T) {
	dsn := inUse(t)
	primary := open(t, dsn, postgres.Options{})
	defer primary.Close()
	ctx := t.Context()
	replica := open(t, pgtest.Replica(t, dsn), postgres.Options{ReadOnly: true, Poll: 20 * time.Millisecond})
	defer replica.Close()

	require.NoError(t, replica.View(ctx, func(tx *storage.Tx) error {
		config, err := tx.TagConfigs().Get(ctx, koji.Now, storage.TagConfigFilter{Tag: storage.Is(koji.TagID(1))})
		require.Equal(t, storage.Null("x86_64"), config.Arches)
		return err
	}))
	require.ErrorIs(t, replica.Update(ctx, func(*storage.Tx) error { return nil }), koji.ErrReadOnly)

	changes, err := replica.Watch(ctx)
	require.NoError(t, err)
	for range 3 {
		var event koji.EventID
		require.NoError(t, primary.Update(ctx, func(tx *storage.Tx) (err error) {
			event, err = tx.Event(ctx)
			return err
		}))
		for c := range changes {
			if c.Event >= event {
				break
			}
		}
	}
}
