package sqlstore

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// table is the SQL of one kind.
type table struct {
	kind    *storage.Kind
	dialect Dialect
	name    string // quoted, as are all names here
	columns []column
	from    string            // the table, with those that a view joins to it
	shown   []*storage.Column // that records have, in the order in which they are read
	targets []target          // where records keep them
	list    string            // their names, separated by commas
	version string            // what goes before the columns of versions: the name of the table, in views
	written []string          // names of the columns that a new row has values for
	key     []int             // columns of the key
	insert  string            // statement with a placeholder for each column
	serial  string            // the same without the id, which it returns
	update  string            // statement with placeholders for all columns but the key, then the key
}

// column is the SQL of one column.
type column struct {
	*storage.Column
	name   string
	equal  string // expression to compare for equality
	sorted string // expression to order by
}

// active is the column of versioned tables that is true for the current version
// and null for others. Records do not have it: it follows from the revoke event.
const active = `"active"`

func newTable(k *storage.Kind, d Dialect) *table {
	t := &table{kind: k, dialect: d, name: quote(k.Table)}
	t.from = t.name
	var names, shown []string
	for i := range k.Columns {
		c := newColumn(k, &k.Columns[i], d)
		t.columns = append(t.columns, c)
		names = append(names, c.name)
		if c.Field != nil {
			t.shown = append(t.shown, c.Column)
			t.targets = append(t.targets, newTarget(k.Record(), c.Column))
			shown = append(shown, c.name)
		}
	}
	t.list = strings.Join(shown, ", ")
	if k.Base != nil {
		t.view()
		return t
	}
	for _, name := range k.Key {
		t.key = append(t.key, k.Column(name))
	}
	if k.Versioned {
		names = append(names, active)
	}
	for _, name := range names {
		t.written = append(t.written, strings.Trim(name, `"`))
	}
	t.insert = t.inserting(names)
	if k.Serial {
		id := names[t.key[0]]
		rest := slices.Delete(slices.Clone(names), t.key[0], t.key[0]+1)
		t.serial = t.inserting(rest) + " RETURNING " + id
	}
	var set, where []string
	for i, name := range names {
		if !slices.Contains(t.key, i) {
			set = append(set, name+" = ?")
		}
	}
	for _, i := range t.key {
		where = append(where, names[i]+" = ?")
	}
	if len(set) == 0 { // nothing to change, but the row must be there
		set = []string{names[0] + " = " + names[0]}
	}
	if k.Versioned {
		where = append(where, active+" = TRUE")
	}
	t.update = fmt.Sprintf("UPDATE %s SET %s WHERE %s", t.name, strings.Join(set, ", "), strings.Join(where, " AND "))
	return t
}

// newColumn works out the names of a column. In views they begin with that of the
// table or, for what a reference leads to, that of the reference.
func newColumn(k *storage.Kind, c *storage.Column, d Dialect) column {
	n := column{Column: c, name: quote(c.Name)}
	holder, own := k, c
	if k.Base != nil {
		own, n.name = c.Of, quote(k.Table)+"."+quote(c.Of.Name)
		if c.Join >= 0 {
			holder = k.Joins[c.Join].Target
			n.name = quote(k.Joins[c.Join].Column) + "." + quote(own.Name)
		}
	}
	expr, collation := d.Compared(holder, own, n.name)
	n.equal, n.sorted = expr, expr+collation
	return n
}

// view completes a table that is a view.
func (t *table) view() {
	for _, j := range t.kind.Joins {
		join := " JOIN "
		if j.Null {
			join = " LEFT JOIN "
		}
		alias := quote(j.Column)
		t.from += join + quote(j.Target.Table) + " AS " + alias + " ON " + alias + `."id" = ` + t.name + "." + alias
	}
	t.version = t.name + "."
}

func (t *table) inserting(names []string) string {
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(names)), ", ")
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", t.name, strings.Join(names, ", "), marks)
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// values returns the values of a record's columns, in their order, and of active.
func (t *table) values(row any) []any {
	v := reflect.ValueOf(row).Elem()
	values := make([]any, len(t.columns), len(t.columns)+1)
	for i := range t.columns {
		f := v.FieldByIndex(t.columns[i].Field)
		if t.columns[i].Null {
			if !f.Field(1).Bool() {
				continue
			}
			f = f.Field(0)
		}
		values[i] = t.dialect.Value(plain(f))
	}
	if t.kind.Versioned {
		if storage.VersionOf(row).Active() {
			values = append(values, t.dialect.Value(true))
		} else {
			values = append(values, nil)
		}
	}
	return values
}

// plain strips a value of its named type.
func plain(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool()
	case reflect.Int, reflect.Int64:
		return v.Int()
	case reflect.Float64:
		return v.Float()
	case reflect.String:
		return v.String()
	default: // storage admits only one more type
		return v.Interface()
	}
}

// id returns the settable id of a row of a serial kind.
func (t *table) id(row any) reflect.Value {
	return reflect.ValueOf(row).Elem().FieldByIndex(t.columns[t.key[0]].Field)
}

// where adds the conditions of a query to those of a statement.
func (t *table) where(q storage.Query, add func(query string, args ...any)) {
	for _, c := range q.Where {
		col := &t.columns[t.kind.Column(c.Column)]
		switch c.Op {
		case storage.OpNull:
			add("? IS NULL", bun.Safe(col.name))
		case storage.OpNotNull:
			add("? IS NOT NULL", bun.Safe(col.name))
		case storage.OpIn:
			add("?", t.in(col, c.Values))
		default:
			add("? ? ?", bun.Safe(col.sorted), comparison[c.Op], t.dialect.Value(plain(reflect.ValueOf(c.Values[0]))))
		}
	}
	switch {
	case !t.kind.Versioned || q.All:
	case q.At == koji.Now:
		add(t.version + active + " = TRUE")
	default:
		add(`?1"create_event" <= ?0 AND (?1"revoke_event" IS NULL OR ?1"revoke_event" > ?0)`, int64(q.At), bun.Safe(t.version))
	}
}

var comparison = map[storage.Op]bun.Safe{
	storage.OpLess: "<", storage.OpAtMost: "<=", storage.OpGreater: ">", storage.OpAtLeast: ">=",
}

func (t *table) in(c *column, values []any) schema.QueryAppender {
	switch len(values) {
	case 0:
		return bun.Safe("FALSE")
	case 1:
		return bun.SafeQuery("? = ?", bun.Safe(c.equal), t.dialect.Value(plain(reflect.ValueOf(values[0]))))
	}
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = plain(reflect.ValueOf(v))
	}
	return t.dialect.In(c.equal, list)
}

// order returns the complete order of a query: by key in the end and, between
// versions, by their beginning. It is empty if any will do.
func (t *table) order(q storage.Query) string {
	if q.Unordered && len(q.Order) == 0 {
		return ""
	}
	var parts []string
	done := make([]bool, len(t.columns))
	add := func(i int, desc bool) {
		if done[i] {
			return
		}
		done[i] = true
		part := t.columns[i].sorted
		switch {
		case desc && t.columns[i].Null:
			part += " DESC NULLS FIRST"
		case desc:
			part += " DESC"
		case t.columns[i].Null:
			part += " NULLS LAST"
		}
		parts = append(parts, part)
	}
	for _, o := range q.Order {
		add(t.kind.Column(o.Column), o.Desc)
	}
	for _, name := range t.kind.Key {
		add(t.kind.Column(name), false)
	}
	if t.kind.Versioned {
		add(t.kind.Column("create_event"), false)
	}
	return strings.Join(parts, ", ")
}

// selection returns the statement for the rows of a query.
func (t *table) selection(conn bun.Conn, q storage.Query) (string, error) {
	s := conn.NewSelect().TableExpr(t.from).ColumnExpr(t.list)
	if order := t.order(q); order != "" {
		s.OrderExpr(order)
	}
	t.where(q, func(query string, args ...any) { s.Where(query, args...) })
	switch {
	case q.Limit > 0:
		s.Limit(int64(q.Limit))
	case q.Offset > 0:
		s.Limit(math.MaxInt64) // SQLite has no offset without a limit
	}
	text, err := s.Offset(int64(q.Offset)).AppendQuery(s.DB().QueryGen(), nil)
	return string(text), err
}
