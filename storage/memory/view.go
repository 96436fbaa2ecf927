package memory

import (
	"context"
	"reflect"
	"slices"
	"time"
	"unsafe"

	"github.com/kojikit/kojikit/storage"
)

// view is how the records of a view are put together.
type view struct {
	kind    *storage.Kind
	base    int // place of the table in a snapshot
	columns []viewColumn
	joins   []relation // columns of the table's rows, and where they lead
}

// viewColumn is a column with the places that it has in two records.
type viewColumn struct {
	from *column // of the row that holds it
	to   *column // of the view's record; nil if that has it not
	join int     // index of the row that holds it, -1 for the table's own
}

func newView(k *storage.Kind, layouts map[*storage.Kind]*layout) *view {
	base := layouts[k.Base]
	v := &view{kind: k, base: base.number}
	for _, j := range k.Joins {
		v.joins = append(v.joins, relation{base.column(j.Column), layouts[j.Target].number})
	}
	for i := range k.Columns {
		c := &k.Columns[i]
		holder := base
		if c.Join >= 0 {
			holder = layouts[k.Joins[c.Join].Target]
		}
		vc := viewColumn{from: holder.column(c.Of.Name), join: c.Join}
		if c.Field != nil {
			vc.to = newColumn(k.Record(), c)
		}
		v.columns = append(v.columns, vc)
	}
	return v
}

// selectView yields the records of a view that q accepts. Conditions on rows of
// other tables are met by looking up there what they accept, if there is an index
// for it, or else by looking at the row that belongs to each one found.
func (t *tx) selectView(ctx context.Context, v *view, q storage.Query, yield func(record any) bool) error {
	var filter []cond
	var joins []int // of the conditions in filter
	own := q
	own.Where, own.Order = nil, slices.Clone(q.Order)
	for i := range own.Order {
		own.Order[i].Column = v.columns[v.kind.Column(own.Order[i].Column)].from.Name
	}
	for _, w := range q.Where {
		c := &v.columns[v.kind.Column(w.Column)]
		w.Column = c.from.Name
		if c.join < 0 {
			own.Where = append(own.Where, w)
			continue
		}
		target := t.snap[v.joins[c.join].table]
		if w.Op == storage.OpIn && target.leads(c.from) {
			ids, err := target.ids(ctx, w, v.joins[c.join].column.Type)
			if err != nil {
				return err
			}
			own.Where = append(own.Where, storage.Cond{Column: v.joins[c.join].column.Name, Op: storage.OpIn, Values: ids})
			continue
		}
		conds, err := target.conds([]storage.Cond{w})
		if err != nil {
			return err
		}
		filter, joins = append(filter, conds...), append(joins, c.join)
	}
	skip, left := 0, 0
	if len(filter) > 0 {
		skip, left, own.Offset, own.Limit = q.Offset, q.Limit, 0, 0
	}
	record := reflect.New(v.kind.Record())
	to := row(record.UnsafePointer())
	rows := make([]row, len(v.joins))
	return t.snap[v.base].query(ctx, own, func(r row) bool {
		for i := range v.joins {
			rows[i] = t.follow(&v.joins[i], r)
		}
		for i := range filter {
			x := value{null: true}
			if rows[joins[i]] != nil {
				x = filter[i].column.of(rows[joins[i]])
			}
			if !filter[i].accepts(&x) {
				return true
			}
		}
		if skip > 0 {
			skip--
			return true
		}
		record.Elem().SetZero()
		for i := range v.columns {
			c := &v.columns[i]
			from := r
			if c.join >= 0 {
				from = rows[c.join]
			}
			if c.to != nil && from != nil && !c.from.isNull(from) {
				c.to.copy(to, c.from, from)
			}
		}
		left--
		return yield(record.Interface()) && left != 0
	})
}

// countView returns the number of rows of a view that q accepts.
func (t *tx) countView(ctx context.Context, v *view, q storage.Query) (int, error) {
	q.Order, q.Unordered, q.Limit, q.Offset = nil, true, 0, 0
	n := 0
	err := t.selectView(ctx, v, q, func(any) bool { n++; return true })
	return n, err
}

// follow returns the row that a column of a row refers to, or nil.
func (t *tx) follow(ref *relation, r row) row {
	if ref.column.isNull(r) {
		return nil
	}
	t.probe.values = append(t.probe.values[:0], ref.column.of(r))
	found, _ := t.snap[ref.table].indexes[0].active.Get(entry{place: &t.probe})
	return found.row
}

// leads tells whether there is a path that begins with a column.
func (t *table) leads(c *column) bool {
	return slices.ContainsFunc(t.paths, func(p path) bool { return !p.partial && p.columns[0] == c })
}

// ids returns the ids of the rows that a condition accepts, as values of a type.
func (t *table) ids(ctx context.Context, w storage.Cond, typ reflect.Type) ([]any, error) {
	var ids []any
	err := t.query(ctx, storage.Query{Where: []storage.Cond{w}, Unordered: true}, func(r row) bool {
		ids = append(ids, reflect.ValueOf(*t.id(r)).Convert(typ).Interface())
		return true
	})
	return ids, err
}

// copy stores the value that a row has in a column, not null, as that of this
// column in another row.
func (c *column) copy(to row, from *column, r row) {
	if c.Null {
		*(*bool)(unsafe.Add(unsafe.Pointer(to), c.valid)) = true
	}
	p, q := unsafe.Add(unsafe.Pointer(to), c.offset), unsafe.Add(unsafe.Pointer(r), from.offset)
	switch c.kind {
	case reflect.Bool:
		*(*bool)(p) = *(*bool)(q)
	case reflect.Int:
		*(*int)(p) = *(*int)(q)
	case reflect.Int64:
		*(*int64)(p) = *(*int64)(q)
	case reflect.Float64:
		*(*float64)(p) = *(*float64)(q)
	case reflect.String:
		*(*string)(p) = *(*string)(q)
	default: // storage admits only one more type
		*(*time.Time)(p) = *(*time.Time)(q)
	}
}
