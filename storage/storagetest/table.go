package storagetest

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// testSeed looks for the rows that every database is born with.
func (s suite) testSeed(t *testing.T) {
	want := make(map[*storage.Kind][]any)
	require.NoError(t, storage.Seed(func(k *storage.Kind, row any) error {
		want[k] = append(want[k], row)
		return nil
	}))
	s.each(t, all, func(t *testing.T, b *bed, k *storage.Kind) {
		require.Equal(t, want[k], b.list(t, k, storage.Query{All: true}))
	})
}

// testTable goes through the life of rows of every kind.
func (s suite) testTable(t *testing.T) {
	s.each(t, all, func(t *testing.T, b *bed, k *storage.Kind) {
		seeded := len(b.list(t, k, storage.Query{}))
		rows := b.add(t, k, 5)
		for _, row := range rows {
			require.Equal(t, []any{row}, b.list(t, k, byKey(k, row)), "a row is found by its key as it was inserted")
		}
		m := model{k, b.list(t, k, storage.Query{})}
		require.GreaterOrEqual(t, len(m.rows), seeded+5)
		require.Equal(t, m.query(storage.Query{}), m.rows, "the default order is that of the key")

		if !k.Versioned {
			next := b.update(t, k, rows[0])
			require.Equal(t, []any{next}, b.list(t, k, byKey(k, next)), "an update replaces the row")
			for _, row := range rows[1:] {
				require.Equal(t, []any{row}, b.list(t, k, byKey(k, row)), "an update leaves other rows alone")
			}
		}

		// The rows that were asked for have none that refer to them.
		err := b.attempt(t, func(ctx context.Context, tx storage.BackendTx) error {
			n, err := tx.Delete(ctx, k, byKey(k, rows[1]))
			require.Equal(t, 1, n, "deletion returns the number of rows")
			require.Empty(t, list(t, ctx, tx, k, byKey(k, rows[1])), "a deleted row is gone")
			return err
		})
		require.NoError(t, err)
		require.Len(t, b.list(t, k, byKey(k, rows[1])), 1, "a deletion that is rolled back did not happen")
		b.change(t, func(ctx context.Context, tx storage.BackendTx) {
			for range 2 {
				_, err := tx.Delete(ctx, k, byKey(k, rows[2]))
				require.NoError(t, err, "deleting nothing is no error")
			}
		})
		require.Len(t, b.list(t, k, storage.Query{}), len(m.rows)-1)

		err = b.attempt(t, func(ctx context.Context, tx storage.BackendTx) error {
			return tx.Update(ctx, k, rows[2])
		})
		require.ErrorIs(t, err, koji.ErrNotFound, "a row that is not there cannot be updated")
		err = b.attempt(t, func(ctx context.Context, tx storage.BackendTx) error {
			return tx.Insert(ctx, k, clone(rows[3]))
		})
		require.ErrorIs(t, err, koji.ErrExists, "a row can be inserted once")
	})
}

// update commits another row in the place of one and returns it.
func (b *bed) update(t testing.TB, k *storage.Kind, row any) any {
	t.Helper()
	var next any
	b.change(t, func(ctx context.Context, tx storage.BackendTx) {
		next = b.rows.row(t, ctx, tx, k)
		carry(next, row, k, k.Key...)
		require.NoError(t, tx.Update(ctx, k, next))
	})
	return next
}

// byKey accepts the row with the key of a row.
func byKey(k *storage.Kind, row any) storage.Query {
	var q storage.Query
	for _, name := range k.Key {
		q.Where = append(q.Where, storage.Cond{Column: name, Op: storage.OpIn, Values: []any{value(row, k, name).Interface()}})
	}
	return q
}

// testID tests the numbers that the store gives to rows.
func (s suite) testID(t *testing.T) {
	s.each(t, serial, func(t *testing.T, b *bed, k *storage.Kind) {
		id := func(row any) int64 { return value(row, k, k.Key[0]).Int() }
		rows := b.add(t, k, 3)
		require.Positive(t, id(rows[0]))
		require.Greater(t, id(rows[1]), id(rows[0]))
		require.Greater(t, id(rows[2]), id(rows[1]))

		b.change(t, func(ctx context.Context, tx storage.BackendTx) {
			_, err := tx.Delete(ctx, k, byKey(k, rows[2]))
			require.NoError(t, err)
		})
		again := b.add(t, k, 1)[0]
		require.Greater(t, id(again), id(rows[2]), "the id of a deleted row is not used again")

		far := id(again) + 1000
		b.change(t, func(ctx context.Context, tx storage.BackendTx) {
			row := b.rows.row(t, ctx, tx, k)
			assign(reflect.ValueOf(row).Elem(), &k.Columns[k.Column(k.Key[0])], reflect.ValueOf(far))
			require.NoError(t, tx.Insert(ctx, k, row))
			require.Equal(t, far, id(row), "an id that is set is kept")
		})
		require.Greater(t, id(b.add(t, k, 1)[0]), far, "an assigned id is above those that were set")
	})

	t.Run("stays zero when the insert fails", func(t *testing.T) {
		b := s.bed(t)
		ctx := t.Context()
		user := storage.User{Name: "twin"}
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error { return tx.Users().Insert(ctx, &user) }))
		twin := storage.User{Name: "twin"}
		require.ErrorIs(t, b.store.Update(ctx, func(tx *storage.Tx) error { return tx.Users().Insert(ctx, &twin) }), koji.ErrExists)
		require.Zero(t, twin.ID)
	})
}

// testValue tests the values at the ends of what columns hold.
func (s suite) testValue(t *testing.T) {
	b := s.bed(t)
	ctx := t.Context()
	insert := func(name string) error {
		return b.store.Update(ctx, func(tx *storage.Tx) error {
			return tx.Packages().Insert(ctx, &storage.Package{Name: name})
		})
	}
	find := func(name string) (int, error) {
		n := 0
		err := b.store.View(ctx, func(tx *storage.Tx) error {
			var err error
			n, err = tx.Packages().Count(ctx, storage.PackageFilter{Name: storage.Is(name)})
			return err
		})
		return n, err
	}
	for _, name := range []string{"", " ", "'", "\\", "\"", "%", "_", "?", "$1", "\n", "\t", "é", "e\u0301", "世界", "\U0010ffff", "A", "a"} {
		require.NoError(t, insert(name), "%q", name)
		n, err := find(name)
		require.NoError(t, err)
		require.Equal(t, 1, n, "text %q is found again, and nothing else for it", name)
	}
	for _, name := range []string{"a\x00b", "\xff", "\xed\xa0\x80"} {
		require.ErrorIs(t, insert(name), koji.ErrInvalid, "%q is not text", name)
		n, err := find(name)
		require.NoError(t, err, "%q equals no row", name)
		require.Zero(t, n)
	}

	t.Run("times have microseconds and are in UTC", func(t *testing.T) {
		zone := time.FixedZone("", 5*3600)
		at := time.Date(2024, 6, 1, 12, 30, 0, 123456789, zone)
		event := storage.Event{Time: at}
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error { return tx.Events().Insert(ctx, &event) }))
		require.Equal(t, time.Date(2024, 6, 1, 7, 30, 0, 123456000, time.UTC), event.Time)
		require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
			got, err := tx.Events().Get(ctx, storage.EventFilter{Time: storage.Is(at)})
			require.Equal(t, event, got)
			return err
		}))
	})

	t.Run("a null has no value", func(t *testing.T) {
		user := storage.User{Name: "null", Password: sql.Null[string]{V: "left over"}}
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error { return tx.Users().Insert(ctx, &user) }))
		require.Zero(t, user.Password)
		require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
			got, err := tx.Users().Get(ctx, storage.UserFilter{ID: storage.Is(user.ID)})
			require.Equal(t, user, got)
			return err
		}))
	})

	t.Run("numbers keep 64 bits where the schema has them", func(t *testing.T) {
		b := s.bed(t)
		k := kind(t, "rpminfo")
		row := b.add(t, k, 1)[0].(*storage.RPM)
		row.Size, row.BuildTime = math.MaxInt64, math.MinInt64
		b.change(t, func(ctx context.Context, tx storage.BackendTx) { require.NoError(t, tx.Update(ctx, k, row)) })
		require.Equal(t, []any{row}, b.list(t, k, byKey(k, row)))
	})

	t.Run("rows that the schema's checks forbid are refused", func(t *testing.T) {
		b := s.bed(t)
		build := b.add(t, kind(t, "build"), 1)[0].(*storage.Build)
		done := storage.Null(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
		for name, spoil := range map[string]func(r *storage.Build){
			"BUILDING, yet completed": func(r *storage.Build) { r.State, r.CompletionTime = koji.BuildBuilding, done },
			"draft without its id":    func(r *storage.Build) { r.Draft = true },
			"draft that is promoted": func(r *storage.Build) {
				r.Draft, r.Release, r.PromotionTime = true, koji.DraftRelease(r.Release, r.ID), done
			},
		} {
			err := b.store.Update(ctx, func(tx *storage.Tx) error {
				row := *build
				spoil(&row)
				return tx.Builds().Update(ctx, &row)
			})
			require.ErrorIs(t, err, koji.ErrInvalid, name)
		}
		err := b.store.Update(ctx, func(tx *storage.Tx) error {
			return tx.RPMs().Insert(ctx, &storage.RPM{Name: "a", Version: "1", Release: "1", Arch: "noarch"})
		})
		require.ErrorIs(t, err, koji.ErrInvalid, "an rpm of no build and no external repository")
	})
}

// testClose tests a store after its end.
func (s suite) testClose(t *testing.T) {
	b := s.bed(t)
	ctx := t.Context()
	require.NoError(t, b.store.Close())
	require.NoError(t, b.store.Close(), "closing again does nothing")
	called := errors.New("called")
	fn := func(*storage.Tx) error { return called }
	require.ErrorIs(t, b.store.View(ctx, fn), koji.ErrState)
	require.ErrorIs(t, b.store.Update(ctx, fn), koji.ErrState)
}
