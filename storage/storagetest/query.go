package storagetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// testQuery compares the answers to queries of every form with those of the
// model: over tables that hold random rows and, if versioned, their history.
func (s suite) testQuery(t *testing.T) {
	s.each(t, all, func(t *testing.T, b *bed, k *storage.Kind) {
		rows := b.add(t, k, 12)
		if k.Versioned {
			b.history(t, k, rows)
		}
		ctx, tx := b.view(t)
		m := model{k, list(t, ctx, tx, k, storage.Query{All: true})}
		check := func(t *testing.T, q storage.Query) {
			t.Helper()
			require.Equal(t, m.query(q), list(t, ctx, tx, k, q), "%+v", q)
		}
		for i := range k.Columns {
			c := &k.Columns[i]
			t.Run(c.Name, func(t *testing.T) {
				for _, cond := range conditions(&m, c) {
					check(t, storage.Query{Where: []storage.Cond{cond}})
					if k.Versioned {
						check(t, storage.Query{Where: []storage.Cond{cond}, All: true})
					}
				}
				for _, desc := range []bool{false, true} {
					check(t, storage.Query{Order: []storage.Order{{Column: c.Name, Desc: desc}}, All: true})
				}
			})
		}
		t.Run("pages", func(t *testing.T) {
			for limit := range 4 {
				for _, offset := range []int{0, 1, 5, len(m.rows) - 1, len(m.rows), len(m.rows) + 1} {
					check(t, storage.Query{Limit: limit, Offset: offset})
				}
			}
			_, err := count(b, k, storage.Query{Limit: 1, Offset: 1})
			require.NoError(t, err)
		})
		t.Run("random", func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(3, 4))
			for range 200 {
				check(t, randomQuery(rnd, &m))
			}
		})
	})

	t.Run("count ignores order and page", func(t *testing.T) {
		b := s.bed(t)
		k := kind(t, "tag")
		b.add(t, k, 5)
		n, err := count(b, k, storage.Query{Limit: 2, Offset: 1, Order: []storage.Order{{Column: "name"}}})
		require.NoError(t, err)
		require.Equal(t, 5, n)
	})

	t.Run("what cannot be asked is refused", func(t *testing.T) {
		b := s.bed(t)
		ctx := t.Context()
		require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
			for _, page := range []storage.Page{
				{Limit: -1}, {Offset: -1}, {Order: []storage.Order{{Column: "none"}}}, {Order: []storage.Order{{Column: "name;"}}},
			} {
				_, err := tx.Tags().List(ctx, storage.TagFilter{}, page)
				require.ErrorIs(t, err, koji.ErrInvalid, "%+v", page)
			}
			_, err := tx.Tags().List(ctx, storage.TagFilter{Name: storage.Below("\xff")})
			require.ErrorIs(t, err, koji.ErrInvalid)
			return nil
		}))
		require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
			_, err := tx.Tags().Delete(ctx, storage.TagFilter{})
			require.ErrorIs(t, err, koji.ErrInvalid, "deletion of everything")
			return nil
		}))
	})
}

// history revokes rows and puts versions in their place, at the same event or
// at later ones.
func (b *bed) history(t testing.TB, k *storage.Kind, rows []any) {
	t.Helper()
	revoked := make([]bool, len(rows))
	for round := range 4 {
		for i, row := range rows {
			b.change(t, func(ctx context.Context, tx storage.BackendTx) {
				switch (i + round) % 4 {
				case 0:
				case 1:
					if !revoked[i] {
						b.rows.revoke(t, ctx, tx, k, row)
						revoked[i] = true
					}
				default:
					if !revoked[i] {
						b.rows.revoke(t, ctx, tx, k, row)
					}
					rows[i] = b.rows.insertAgain(t, ctx, tx, k, row)
					revoked[i] = false
				}
			})
		}
	}
}

// conditions returns every comparison of a column with values that are in the
// table, that are not, and that are nearby.
func conditions(m *model, c *storage.Column) []storage.Cond {
	conds := []storage.Cond{
		{Column: c.Name, Op: storage.OpNull},
		{Column: c.Name, Op: storage.OpNotNull},
		{Column: c.Name, Op: storage.OpIn},
	}
	values := columnValues(m, c)
	for _, v := range values[:min(len(values), 5)] {
		for _, op := range []storage.Op{storage.OpIn, storage.OpLess, storage.OpAtMost, storage.OpGreater, storage.OpAtLeast} {
			conds = append(conds, storage.Cond{Column: c.Name, Op: op, Values: []any{v}})
		}
	}
	conds = append(conds,
		storage.Cond{Column: c.Name, Op: storage.OpIn, Values: values[:min(len(values), 3)]},
		storage.Cond{Column: c.Name, Op: storage.OpIn, Values: append(values, values...)},
	)
	return conds
}

// columnValues returns the values of a column, and one that is not among them.
func columnValues(m *model, c *storage.Column) []any {
	none := reflect.Zero(c.Type)
	switch c.Type.Kind() {
	case reflect.Int, reflect.Int64:
		none = reflect.ValueOf(int64(-7)).Convert(c.Type)
	case reflect.String:
		none = reflect.ValueOf("none").Convert(c.Type)
	}
	values := []any{none.Interface()}
	for _, row := range m.rows {
		if v := value(row, m.kind, c.Name); v.IsValid() && !slices.Contains(values, v.Interface()) {
			values = append(values, v.Interface())
		}
	}
	return values
}

// randomQuery combines conditions, orders, pages and events.
func randomQuery(rnd *rand.Rand, m *model) storage.Query {
	q := storage.Query{All: rnd.IntN(4) == 0, Limit: rnd.IntN(6), Offset: rnd.IntN(3)}
	column := func() *storage.Column { return &m.kind.Columns[rnd.IntN(len(m.kind.Columns))] }
	if m.kind.Versioned && rnd.IntN(2) == 0 {
		events := columnValues(m, &m.kind.Columns[m.kind.Column("create_event")])
		q.At = events[rnd.IntN(len(events))].(koji.EventID) + koji.EventID(rnd.IntN(3)-1)
	}
	for range rnd.IntN(4) {
		c := column()
		conds := conditions(m, c)
		q.Where = append(q.Where, conds[rnd.IntN(len(conds))])
	}
	if rnd.IntN(3) == 0 { // one that an index may be in already
		columns := slices.Concat([][]string{nil, m.kind.Key}, m.kind.Index)
		for _, u := range m.kind.Unique {
			columns = append(columns, u.Columns)
		}
		desc := rnd.IntN(2) == 0
		for _, name := range append(slices.Clip(columns[rnd.IntN(len(columns))]), m.kind.Key...) {
			q.Order = append(q.Order, storage.Order{Column: name, Desc: desc})
		}
		return q
	}
	for range rnd.IntN(3) {
		q.Order = append(q.Order, storage.Order{Column: column().Name, Desc: rnd.IntN(2) == 0})
	}
	return q
}

// count asks a store for the number of rows that q accepts.
func count(b *bed, k *storage.Kind, q storage.Query) (int, error) {
	ctx := context.Background()
	tx, err := b.store.Backend().Begin(ctx, false)
	if err != nil {
		return 0, err
	}
	n, err := tx.Count(ctx, k, q)
	if e := tx.Rollback(ctx); err == nil {
		err = e
	}
	return n, err
}

// testLongList asks for a hundred thousand values at once.
func (s suite) testLongList(t *testing.T) {
	const long = 100_000
	b := s.bed(t)
	ctx := t.Context()
	var ids []koji.PackageID
	var names []string
	require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
		for i := range 50 {
			p := storage.Package{Name: "p" + strconv.Itoa(i*i)}
			if err := tx.Packages().Insert(ctx, &p); err != nil {
				return err
			}
		}
		return nil
	}))
	for i := range long {
		ids, names = append(ids, koji.PackageID(long-i)), append(names, fmt.Sprintf("p%d", i))
	}
	var tag storage.Tag
	require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
		user := storage.User{Name: "u"}
		if err := tx.Users().Insert(ctx, &user); err != nil {
			return err
		}
		tx.Actor, tag.Name = user.ID, "t"
		if err := tx.Tags().Insert(ctx, &tag); err != nil {
			return err
		}
		list, err := tx.Packages().List(ctx, storage.PackageFilter{})
		if err != nil {
			return err
		}
		for _, p := range list {
			if err := tx.TagPackages().Insert(ctx, &storage.TagPackage{Tag: tag.ID, Package: p.ID}); err != nil {
				return err
			}
		}
		return nil
	}))
	require.NoError(t, b.store.View(ctx, func(tx *storage.Tx) error {
		list, err := tx.Packages().List(ctx, storage.PackageFilter{ID: storage.Is(ids...)})
		require.NoError(t, err)
		require.Len(t, list, 50)
		require.True(t, slices.IsSortedFunc(list, func(a, b storage.Package) int { return int(a.ID - b.ID) }))
		list, err = tx.Packages().List(ctx, storage.PackageFilter{ID: storage.Is(ids...), Name: storage.Is(names...)})
		require.NoError(t, err)
		require.Len(t, list, 50)
		n, err := tx.Packages().Count(ctx, storage.PackageFilter{Name: storage.Is(names...)})
		require.NoError(t, err)
		require.Equal(t, 50, n)
		listed, err := tx.TagPackages().List(ctx, koji.Now, storage.TagPackageFilter{Tag: storage.Is(tag.ID), Package: storage.Is(ids...)})
		require.NoError(t, err)
		require.Len(t, listed, 50)
		return nil
	}))
	require.NoError(t, b.store.Update(ctx, func(tx *storage.Tx) error {
		tx.Actor = 1
		_, err := tx.TagPackages().Get(ctx, koji.Now, storage.TagPackageFilter{Package: storage.Is(ids[:long-1000]...)})
		require.ErrorIs(t, err, koji.ErrNotFound)
		require.Less(t, len(err.Error()), 1000, "an error message does not repeat a long list")
		return nil
	}))
}
