package sqlstore

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

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
	list    string   // all columns, separated by commas
	written []string // names of the columns that a new row has values for
	key     []int    // columns of the key
	insert  string   // statement with a placeholder for each column
	serial  string   // the same without the id, which it returns
	update  string   // statement with placeholders for all columns but the key, then the key
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
	var names []string
	for i := range k.Columns {
		c := column{Column: &k.Columns[i], name: quote(k.Columns[i].Name)}
		expr, collation := d.Compared(k, c.Column, c.name)
		c.equal, c.sorted = expr, expr+collation
		t.columns = append(t.columns, c)
		names = append(names, c.name)
	}
	for _, name := range k.Key {
		t.key = append(t.key, k.Column(name))
	}
	t.list = strings.Join(names, ", ")
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
		add(active + " = TRUE")
	default:
		add(`"create_event" <= ?0 AND ("revoke_event" IS NULL OR "revoke_event" > ?0)`, int64(q.At))
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
// versions, by their beginning.
func (t *table) order(q storage.Query) string {
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
	for _, i := range t.key {
		add(i, false)
	}
	if t.kind.Versioned {
		add(t.kind.Column("create_event"), false)
	}
	return strings.Join(parts, ", ")
}

// selection returns the statement for the rows of a query.
func (t *table) selection(conn bun.Conn, q storage.Query) *bun.SelectQuery {
	s := conn.NewSelect().TableExpr(t.name).ColumnExpr(t.list).OrderExpr(t.order(q))
	t.where(q, func(query string, args ...any) { s.Where(query, args...) })
	switch {
	case q.Limit > 0:
		s.Limit(int64(q.Limit))
	case q.Offset > 0:
		s.Limit(math.MaxInt64) // SQLite has no offset without a limit
	}
	return s.Offset(int64(q.Offset))
}

// scan makes a record of a row's values.
func (t *table) scan(values []any) (any, error) {
	v := reflect.New(t.kind.Record())
	for i := range t.columns {
		if values[i] == nil {
			continue
		}
		f := v.Elem().FieldByIndex(t.columns[i].Field)
		if t.columns[i].Null {
			f.Field(1).SetBool(true)
			f = f.Field(0)
		}
		if !set(f, values[i]) {
			return nil, koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "%s.%s holds a %T, not a %s",
				t.kind.Table, t.columns[i].Name, values[i], t.columns[i].Type)
		}
	}
	return v.Interface(), nil
}

// set stores what a driver returned. Some return numbers for booleans and, for
// times, microseconds since 1970.
func set(f reflect.Value, value any) bool {
	switch v := value.(type) {
	case int64:
		switch f.Kind() {
		case reflect.Int, reflect.Int64:
			f.SetInt(v)
		case reflect.Bool:
			f.SetBool(v != 0)
		case reflect.Float64:
			f.SetFloat(float64(v))
		case reflect.Struct:
			f.Set(reflect.ValueOf(time.UnixMicro(v).UTC()))
		default:
			return false
		}
		return true
	case string:
		if f.Kind() == reflect.String {
			f.SetString(v)
			return true
		}
	case []byte:
		return set(f, string(v))
	case bool:
		if f.Kind() == reflect.Bool {
			f.SetBool(v)
			return true
		}
	case float64:
		if f.Kind() == reflect.Float64 {
			f.SetFloat(v)
			return true
		}
	case time.Time:
		if f.Kind() == reflect.Struct {
			f.Set(reflect.ValueOf(v.UTC()))
			return true
		}
	}
	return false
}
