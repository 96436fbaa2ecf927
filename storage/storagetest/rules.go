package storagetest

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// testUnique tests each rule of uniqueness by itself: with a row that differs
// from another in what the other rules are about.
func (s suite) testUnique(t *testing.T) {
	s.each(t, all, func(t *testing.T, b *bed, k *storage.Kind) {
		rows := b.add(t, k, 2)
		for _, rule := range rules(k) {
			name := strings.Join(rule.Columns, ",")
			if slices.ContainsFunc(rule.Columns, func(c string) bool { return !value(rows[0], k, c).IsValid() }) {
				continue // a row with a null among them breaks no rule
			}
			err := b.attempt(t, func(ctx context.Context, tx storage.BackendTx) error {
				return tx.Insert(ctx, k, b.twin(t, ctx, tx, k, rows[0], rule))
			})
			require.ErrorIs(t, err, koji.ErrExists, "insert of a second row with the same %s", name)

			inKey := !slices.ContainsFunc(rule.Columns, func(c string) bool { return !slices.Contains(k.Key, c) })
			if !inKey && !k.Versioned {
				err = b.attempt(t, func(ctx context.Context, tx storage.BackendTx) error {
					row := b.twin(t, ctx, tx, k, rows[0], rule)
					carry(row, rows[1], k, k.Key...)
					return tx.Update(ctx, k, row)
				})
				require.ErrorIs(t, err, koji.ErrExists, "update to a second row with the same %s", name)
			}

			for _, column := range rule.Columns {
				if !k.Columns[k.Column(column)].Null {
					continue
				}
				err = b.attempt(t, func(ctx context.Context, tx storage.BackendTx) error {
					for range 2 {
						row := b.twin(t, ctx, tx, k, rows[0], rule)
						assign(reflect.ValueOf(row).Elem(), &k.Columns[k.Column(column)], reflect.Value{})
						b.rows.obey(row)
						if err := tx.Insert(ctx, k, row); err != nil {
							return err
						}
					}
					return nil
				})
				require.NoError(t, err, "rows with a null among %s are exempt", name)
			}
		}
		for _, row := range rows {
			require.Equal(t, []any{row}, b.list(t, k, byKey(k, row)), "what was refused left no trace")
		}
	})
	t.Run("drafts are exempt", s.testDrafts)
}

// rules returns the rules of uniqueness of a kind, the key first.
func rules(k *storage.Kind) []storage.Unique {
	return append([]storage.Unique{{Columns: k.Key}}, k.Unique...)
}

// twin makes a row that breaks one rule beside another row, and no other rule.
func (b *bed) twin(t testing.TB, ctx context.Context, tx storage.BackendTx, k *storage.Kind, of any, broken storage.Unique) any {
	t.Helper()
	row, fresh := clone(of), b.rows.row(t, ctx, tx, k)
	if k.Versioned {
		carry(row, fresh, k, "create_event")
	}
	for _, rule := range rules(k) {
		free := slices.IndexFunc(rule.Columns, func(c string) bool { return !slices.Contains(broken.Columns, c) })
		if free >= 0 {
			carry(row, fresh, k, rule.Columns[free])
		}
	}
	b.rows.obey(row)
	return row
}

// testDrafts tests the rule that rpms of draft builds may repeat.
func (s suite) testDrafts(t *testing.T) {
	b := s.bed(t)
	builds, rpms := kind(t, "build"), kind(t, "rpminfo")
	build := b.add(t, builds, 1)[0].(*storage.Build)
	internal := func(b *storage.Build) *storage.RPM {
		return &storage.RPM{
			Build: storage.Null(b.ID), Draft: storage.Null(b.Draft),
			Name: "bash", Version: "5", Release: "1", Arch: "x86_64",
		}
	}
	b.change(t, func(ctx context.Context, tx storage.BackendTx) {
		for i := range 2 {
			draft := *build
			draft.ID += koji.BuildID(100 + i)
			draft.Draft, draft.Release = true, koji.DraftRelease("1", draft.ID)
			draft.PromotionTime.Valid, draft.Promoter.Valid = false, false
			require.NoError(t, tx.Insert(ctx, builds, &draft))
			require.NoError(t, tx.Insert(ctx, rpms, internal(&draft)), "draft %d", i)
		}
		require.NoError(t, tx.Insert(ctx, rpms, internal(build)), "the one that is no draft")
	})
	insert := func(r *storage.RPM) error {
		return b.attempt(t, func(ctx context.Context, tx storage.BackendTx) error { return tx.Insert(ctx, rpms, r) })
	}
	require.ErrorIs(t, insert(internal(build)), koji.ErrExists, "another that is no draft")
	q := storage.Query{Where: []storage.Cond{{Column: "name", Op: storage.OpIn, Values: []any{"bash"}}}}
	require.Len(t, b.list(t, rpms, q), 3, "all three are found by name")

	repo := b.add(t, kind(t, "external_repo"), 1)[0].(*storage.ExternalRepo)
	external := storage.RPM{ExternalRepo: repo.ID, Name: "bash", Version: "5", Release: "1", Arch: "x86_64"}
	b.change(t, func(ctx context.Context, tx storage.BackendTx) {
		row := external
		require.NoError(t, tx.Insert(ctx, rpms, &row), "the same rpm elsewhere")
	})
	require.ErrorIs(t, insert(&external), koji.ErrExists, "null is not a draft")
}

// testReference tests each foreign key.
func (s suite) testReference(t *testing.T) {
	referring := func(k *storage.Kind) bool { return len(k.Refs) > 0 }
	s.each(t, referring, func(t *testing.T, b *bed, k *storage.Kind) {
		rows := b.add(t, k, 2)
		if k.Versioned {
			b.revoke(t, k, rows[0])
		}
		for _, ref := range k.Refs {
			err := b.attempt(t, func(ctx context.Context, tx storage.BackendTx) error {
				return tx.Insert(ctx, k, b.stray(t, ctx, tx, k, ref))
			})
			require.ErrorIs(t, err, koji.ErrNotFound, "insert with %s that is not there", ref.Column)

			if !slices.Contains(k.Key, ref.Column) && !isVersion(ref.Column) {
				err = b.attempt(t, func(ctx context.Context, tx storage.BackendTx) error {
					row := b.stray(t, ctx, tx, k, ref)
					carry(row, rows[1], k, k.Key...)
					return tx.Update(ctx, k, row)
				})
				require.ErrorIs(t, err, koji.ErrNotFound, "update to %s that is not there", ref.Column)
			}

			referring := b.list(t, k, storage.Query{All: true})
			for _, row := range referring[max(0, len(referring)-4):] {
				id := value(row, k, ref.Column)
				if !id.IsValid() {
					continue
				}
				target := kind(t, ref.Target)
				key := reflect.New(target.Record()).Interface()
				assign(reflect.ValueOf(key).Elem(), &target.Columns[target.Column("id")], id)
				err = b.attempt(t, func(ctx context.Context, tx storage.BackendTx) error {
					_, err := tx.Delete(ctx, target, byKey(target, key))
					return err
				})
				require.ErrorIs(t, err, koji.ErrState, "deletion of the %s that %s refers to", ref.Target, ref.Column)
				require.Len(t, b.list(t, target, byKey(target, key)), 1)
			}
		}
	})

	t.Run("a row may be deleted once nothing refers to it", func(t *testing.T) {
		b := s.bed(t)
		sigs := kind(t, "rpmsigs")
		sig := b.add(t, sigs, 1)[0].(*storage.RPMSignature)
		b.change(t, func(ctx context.Context, tx storage.BackendTx) {
			n, err := tx.Delete(ctx, sigs, byKey(sigs, sig))
			require.NoError(t, err)
			require.Equal(t, 1, n)
			rpms := kind(t, "rpminfo")
			n, err = tx.Delete(ctx, rpms, byKey(rpms, &storage.RPM{ID: sig.RPM}))
			require.NoError(t, err)
			require.Equal(t, 1, n)
		})
	})
}

// stray makes a row that would be in order if what it refers to in one column
// were there.
func (b *bed) stray(t testing.TB, ctx context.Context, tx storage.BackendTx, k *storage.Kind, ref storage.Ref) any {
	t.Helper()
	const missing = 1_000_000
	for {
		row := b.rows.row(t, ctx, tx, k)
		assign(reflect.ValueOf(row).Elem(), &k.Columns[k.Column(ref.Column)], reflect.ValueOf(int64(missing)))
		b.rows.obey(row)
		if k.Versioned {
			v := storage.VersionOf(row)
			switch {
			case v.RevokeEvent.Valid:
				v.Revoker = storage.Null(v.Creator)
			case v.Revoker.Valid:
				v.RevokeEvent = storage.Null(v.CreateEvent)
			}
		}
		if id := value(row, k, ref.Column); id.IsValid() && id.Int() == missing {
			return row
		}
	}
}

// revoke commits the revocation of an active row and returns its event.
func (b *bed) revoke(t testing.TB, k *storage.Kind, row any) (event koji.EventID) {
	t.Helper()
	b.change(t, func(ctx context.Context, tx storage.BackendTx) { event = b.rows.revoke(t, ctx, tx, k, row) })
	return event
}
