package storagetest

import (
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// testView compares what views show with what their tables hold.
func (s suite) testView(t *testing.T) {
	b := s.bed(t)
	for _, k := range storage.Views() {
		t.Run(k.Record().Name(), func(t *testing.T) {
			rows := b.add(t, k.Base, 12)
			if k.Versioned {
				b.history(t, k.Base, rows)
			}
			v := viewed{kind: k, tables: make(map[*storage.Kind][]any)}
			for _, j := range k.Joins {
				v.tables[j.Target] = b.list(t, j.Target, storage.Query{})
			}
			check := func(base, q storage.Query) {
				t.Helper()
				want := v.records(b.list(t, k.Base, base), q.Where)
				require.Equal(t, want, b.list(t, k, q), "%+v", q)
				n, err := count(b, k, q)
				require.NoError(t, err)
				require.Equal(t, len(want), n)
				q.Unordered = true
				require.ElementsMatch(t, want, b.list(t, k, q), "%+v", q)
			}
			check(storage.Query{}, storage.Query{})
			if k.Versioned {
				for _, row := range b.list(t, k.Base, storage.Query{All: true}) {
					at := storage.VersionOf(row).CreateEvent
					check(storage.Query{At: at}, storage.Query{At: at})
				}
				check(storage.Query{All: true}, storage.Query{All: true})
			}
			page := storage.Query{Limit: 3, Offset: 2}
			require.Equal(t, v.records(b.list(t, k.Base, page), nil), b.list(t, k, page))

			found := b.list(t, k.Base, storage.Query{})
			for i := range k.Columns {
				c := &k.Columns[i]
				var values []any
				for _, row := range []any{found[0], found[len(found)/2]} {
					if x := v.column(row, c); x.IsValid() {
						values = append(values, x.Interface())
					}
				}
				for n := range len(values) + 1 {
					check(storage.Query{}, storage.Query{Where: []storage.Cond{{Column: c.Name, Op: storage.OpIn, Values: values[:n]}}})
				}
				check(storage.Query{}, storage.Query{Where: []storage.Cond{{Column: c.Name, Op: storage.OpNull}}})
			}
		})
	}

	t.Run("cannot be written", func(t *testing.T) {
		err := b.store.Update(t.Context(), func(tx *storage.Tx) error {
			return tx.BuildDetails().Insert(t.Context(), &storage.BuildDetails{})
		})
		require.ErrorIs(t, err, koji.ErrReadOnly)
	})
	t.Run("a package is found by name", func(t *testing.T) {
		b := s.bed(t)
		entry := b.add(t, kind(t, "tag_packages"), 3)[1].(*storage.TagPackage)
		require.NoError(t, b.store.View(t.Context(), func(tx *storage.Tx) error {
			p, err := tx.Packages().Get(t.Context(), storage.PackageFilter{ID: storage.Is(entry.Package)})
			require.NoError(t, err)
			got, err := tx.NamedTagPackages().List(t.Context(), koji.Now, storage.NamedTagPackageFilter{Name: storage.Is(p.Name)})
			require.Len(t, got, 1)
			require.Equal(t, p.Name, got[0].Name)
			require.Equal(t, entry.Tag, got[0].Tag)
			return err
		}))
	})
}

// viewed is a view as the contract has it, put together from whole tables.
type viewed struct {
	kind   *storage.Kind
	tables map[*storage.Kind][]any
}

// records returns the records for rows of the view's table that meet conditions.
func (v *viewed) records(rows []any, where []storage.Cond) []any {
	var list []any
	for _, row := range rows {
		if slices.ContainsFunc(where, func(c storage.Cond) bool { return !v.meets(row, c) }) {
			continue
		}
		record := reflect.New(v.kind.Record())
		for i := range v.kind.Columns {
			c := &v.kind.Columns[i]
			if x := v.column(row, c); c.Field != nil && x.IsValid() {
				assign(record.Elem(), c, x)
			}
		}
		list = append(list, record.Interface())
	}
	return list
}

func (v *viewed) meets(row any, w storage.Cond) bool {
	x := v.column(row, &v.kind.Columns[v.kind.Column(w.Column)])
	if !x.IsValid() {
		return w.Op == storage.OpNull
	}
	return w.Op == storage.OpIn && slices.Contains(w.Values, x.Interface())
}

// column returns the value of a view's column for a row of its table; the zero
// Value for null.
func (v *viewed) column(row any, c *storage.Column) reflect.Value {
	if c.Join < 0 {
		return value(row, v.kind.Base, c.Of.Name)
	}
	j := v.kind.Joins[c.Join]
	id := value(row, v.kind.Base, j.Column)
	if !id.IsValid() {
		return id
	}
	for _, other := range v.tables[j.Target] {
		if value(other, j.Target, "id").Int() == id.Int() {
			return value(other, j.Target, c.Of.Name)
		}
	}
	panic("a reference leads nowhere")
}
