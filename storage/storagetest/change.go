package storagetest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// testChanges tests what every versioned kind says of its first and last changes.
func (s suite) testChanges(t *testing.T) {
	s.each(t, versioned, func(t *testing.T, b *bed, k *storage.Kind) {
		b.add(t, k, 1)
		one := b.add(t, k, 1)[0]
		created := storage.VersionOf(one).CreateEvent
		b.add(t, k, 1)
		revoked := b.revoke(t, k, one)
		var two any
		b.change(t, func(ctx context.Context, tx storage.BackendTx) { two = b.rows.insertAgain(t, ctx, tx, k, one) })
		again := storage.VersionOf(two).CreateEvent
		other := storage.VersionOf(b.add(t, k, 1)[0]).CreateEvent

		all := byKey(k, one)
		all.All = true
		for _, test := range []struct {
			name          string
			q             storage.Query
			after, before koji.EventID
			first, last   koji.EventID
		}{
			{"ever", all, koji.Now, koji.Now, created, again},
			{"bounds do not count", all, created, again, revoked, revoked},
			{"between neighbours", all, revoked, again, koji.Now, koji.Now},
			{"before all", all, -5, -1, koji.Now, koji.Now},
			{"after all", all, again, koji.Now, koji.Now, koji.Now},
			{"beyond what an event can be", all, created, 1 << 40, revoked, again},
			{"of versions visible at an event", func() storage.Query { q := byKey(k, one); q.At = created; return q }(), koji.Now, koji.Now, created, revoked},
			{"of every row", storage.Query{All: true}, again, koji.Now, other, other},
			{"of no row", storage.Query{All: true, Where: []storage.Cond{{Column: k.Key[0], Op: storage.OpIn}}}, koji.Now, koji.Now, koji.Now, koji.Now},
		} {
			b.attemptChanges(t, k, test.name, test.q, test.after, test.before, test.first, test.last)
		}
	})
	t.Run("Versions", s.testVersions)
}

func (b *bed) attemptChanges(t *testing.T, k *storage.Kind, name string, q storage.Query, after, before, first, last koji.EventID) {
	t.Helper()
	require.NoError(t, b.attempt(t, func(ctx context.Context, tx storage.BackendTx) error {
		gotFirst, gotLast, err := tx.Changes(ctx, k, q, after, before)
		require.Equal(t, []koji.EventID{first, last}, []koji.EventID{gotFirst, gotLast}, name)
		return err
	}))
}

// testVersions tests the typed side of the same.
func (s suite) testVersions(t *testing.T) {
	b := s.bed(t)
	ctx := t.Context()
	k := kind(t, "tag_config")
	first := b.add(t, k, 1)[0].(*storage.TagConfig)
	revoked := b.revoke(t, k, first)
	second := b.add(t, k, 1)[0].(*storage.TagConfig)
	require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
		for _, test := range []struct {
			name   string
			filter storage.VersionFilter
			want   []koji.TagID
		}{
			{"all", storage.VersionFilter{}, []koji.TagID{first.Tag, second.Tag}},
			{"active", storage.VersionFilter{Revoked: storage.IsNull[koji.EventID]()}, []koji.TagID{second.Tag}},
			{"ended", storage.VersionFilter{Revoked: storage.NotNull[koji.EventID]()}, []koji.TagID{first.Tag}},
			{"ended at an event", storage.VersionFilter{Revoked: storage.Is(revoked)}, []koji.TagID{first.Tag}},
			{"made after an event", storage.VersionFilter{Created: storage.Above(first.CreateEvent)}, []koji.TagID{second.Tag}},
			{"made by somebody", storage.VersionFilter{Creator: storage.Is(first.Creator), Created: storage.Is(first.CreateEvent)}, []koji.TagID{first.Tag}},
			{"ended by somebody else", storage.VersionFilter{Revoker: storage.Is(koji.UserID(9999))}, nil},
		} {
			var got []koji.TagID
			for c, err := range tx.TagConfigs().Versions(ctx, storage.TagConfigFilter{}, test.filter) {
				require.NoError(t, err)
				got = append(got, c.Tag)
			}
			require.Equal(t, test.want, got, test.name)
		}
		for _, beyond := range []int64{-1 << 40, 1 << 40} {
			n, err := tx.Events().Count(ctx, storage.EventFilter{Time: storage.Above(time.Unix(beyond, 0))})
			require.NoError(t, err)
			require.Equal(t, beyond < 0, n > 0, "times that no clock shows")
		}
		of := storage.TagConfigFilter{Tag: storage.Is(first.Tag)}
		last, err := tx.TagConfigs().LastChange(ctx, of, koji.Now)
		require.NoError(t, err)
		require.Equal(t, revoked, last)
		last, err = tx.TagConfigs().LastChange(ctx, of, revoked)
		require.NoError(t, err)
		require.Equal(t, first.CreateEvent, last)
		next, err := tx.TagConfigs().FirstChange(ctx, of, first.CreateEvent)
		require.NoError(t, err)
		require.Equal(t, revoked, next)
		return nil
	}))
}
