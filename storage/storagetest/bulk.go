package storagetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// bulk is more rows than a backend is given at a time.
const bulk = 5000

// testBulk tests inserts of many rows.
func (s suite) testBulk(t *testing.T) {
	t.Run("rows of every kind", func(t *testing.T) {
		s.each(t, all, func(t *testing.T, b *bed, k *storage.Kind) {
			var rows []any
			b.change(t, func(ctx context.Context, tx storage.BackendTx) {
				for range 20 { // what they refer to is inserted meanwhile, if need be of this kind
					rows = append(rows, b.rows.row(t, ctx, tx, k))
				}
				require.NoError(t, tx.Insert(ctx, k, rows...))
			})
			for _, row := range rows {
				require.Equal(t, []any{row}, b.list(t, k, byKey(k, row)), "a row is found by its key as it was inserted")
			}
		})
	})

	packages := func(n int) []storage.Package {
		list := make([]storage.Package, n)
		for i := range list {
			list[i].Name = fmt.Sprintf("package %d", i)
		}
		return list
	}
	insert := func(b *bed, list []storage.Package) error {
		return b.store.Update(t.Context(), func(tx *storage.Tx) error { return tx.Packages().InsertAll(t.Context(), list) })
	}
	number := func(b *bed) int { return len(b.list(t, kind(t, "package"), storage.Query{})) }

	t.Run("ids are assigned in order", func(t *testing.T) {
		b := s.bed(t)
		list := packages(bulk)
		list[bulk-2].ID = 1 << 20
		require.NoError(t, insert(b, list))
		for i := 1; i < bulk; i++ {
			require.Greater(t, list[i].ID, list[i-1].ID)
		}
		require.EqualValues(t, 1<<20, list[bulk-2].ID, "an id that is set is kept")
		require.Equal(t, bulk, number(b))
		more := []storage.Package{{Name: "one more"}}
		require.NoError(t, insert(b, more))
		require.Greater(t, more[0].ID, list[bulk-1].ID)
	})
	t.Run("ids that are set are kept", func(t *testing.T) {
		b := s.bed(t)
		list := packages(100)
		for i := range list {
			list[i].ID = koji.PackageID(1000 - i)
		}
		require.NoError(t, insert(b, list))
		more := []storage.Package{{Name: "one more"}}
		require.NoError(t, insert(b, more))
		require.Greater(t, more[0].ID, list[0].ID)
	})
	t.Run("no rows are no error", func(t *testing.T) {
		require.NoError(t, insert(s.bed(t), nil))
	})
	t.Run("a row that clashes spoils all", func(t *testing.T) {
		b := s.bed(t)
		list := packages(bulk)
		list[bulk-1].Name = list[0].Name
		require.ErrorIs(t, insert(b, list), koji.ErrExists)
		require.Zero(t, number(b))
	})
	t.Run("a row that cannot be kept spoils all", func(t *testing.T) {
		b := s.bed(t)
		list := packages(bulk)
		list[bulk-1].Name = "\xff"
		require.ErrorIs(t, insert(b, list), koji.ErrInvalid)
		require.Zero(t, number(b))
	})
	t.Run("a reference to nothing spoils all", func(t *testing.T) {
		b := s.bed(t)
		err := b.store.Update(t.Context(), func(tx *storage.Tx) error {
			list := make([]storage.TagUpdate, 50)
			return tx.TagUpdates().InsertAll(t.Context(), list)
		})
		require.ErrorIs(t, err, koji.ErrNotFound)
	})
	t.Run("versions begin at the event of the transaction", func(t *testing.T) {
		b := s.bed(t)
		ctx := t.Context()
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			user, tag := storage.User{Name: "editor"}, storage.Tag{Name: "tag"}
			require.NoError(t, tx.Users().Insert(ctx, &user))
			require.NoError(t, tx.Tags().Insert(ctx, &tag))
			list := packages(100)
			require.NoError(t, tx.Packages().InsertAll(ctx, list))
			entries := make([]storage.TagPackage, len(list))
			for i := range list {
				entries[i] = storage.TagPackage{Package: list[i].ID, Tag: tag.ID}
			}
			require.ErrorIs(t, tx.TagPackages().InsertAll(ctx, entries), koji.ErrDenied, "nobody has done it")
			tx.Actor = user.ID
			before, err := tx.NewEvent(ctx)
			require.NoError(t, err)
			_, err = tx.NewEvent(ctx)
			require.NoError(t, err)
			require.NoError(t, tx.TagPackages().InsertAll(ctx, entries))
			event, err := tx.Event(ctx)
			require.NoError(t, err)
			require.Equal(t, storage.Version{CreateEvent: event, Creator: user.ID}, entries[99].Version)
			found, err := tx.TagPackages().List(ctx, koji.Now, storage.TagPackageFilter{})
			require.Equal(t, entries, found)
			for i := range entries {
				entries[i].CreateEvent = before
				entries[i].RevokeEvent, entries[i].Revoker = storage.Null(event), storage.Null(user.ID)
			}
			require.NoError(t, err)
			require.NoError(t, tx.TagPackages().RestoreAll(ctx, entries))
			found, err = tx.TagPackages().List(ctx, before, storage.TagPackageFilter{})
			require.Equal(t, entries, found)
			return err
		}))
	})
}
