package storage

import (
	"database/sql"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Kind describes one table: its name, its columns and the rules that every
// backend keeps. Kinds are immutable; [Kinds] lists those of this package.
type Kind struct {
	Table     string     // table name in Koji's schema
	Columns   []Column   // in the order of the record's fields
	Key       []string   // columns of the primary key
	Serial    bool       // the one key column is an id that the store assigns when it is zero
	Versioned bool       // rows carry a [Version]; Key is unique among the active ones
	Unique    []Unique   // further rules; among active rows if Versioned
	Index     [][]string // further column lists to find rows by
	Refs      []Ref      // foreign keys
	// Base is the kind of the rows that a view shows; nil for a table. Of a view
	// all of the above but Columns is that of Base.
	Base *Kind
	// Joins are the rows of other tables that a view's columns come from.
	Joins []Join

	record reflect.Type
	filter []filterField
	loose  []int // columns that need a look before a row is written
}

// Column is one column of a table.
type Column struct {
	Name  string       // column name in Koji's schema
	Field []int        // where the record struct holds it, for [reflect.Value.FieldByIndex]; nil if it does not, as may be in a view
	Type  reflect.Type // Go type of the value; the T of a nullable sql.Null[T]
	Null  bool         // the field is an sql.Null
	// Join is the index in Kind.Joins of the row that holds the column, -1 for
	// the view's own row and in tables. Name is then that of the column there
	// after that of the reference, with a point between.
	Join int
	Of   *Column // of the table that holds it; nil in tables
}

// Join is the row that a reference of a view's own row leads to.
type Join struct {
	Column string // that refers to the row
	Target *Kind
	Null   bool // there may be none; the columns from there are null then
}

// Unique is a rule that no two rows have the same values in some columns. As in
// SQL, rows with a null among them are exempt.
type Unique struct {
	Columns []string
	Unless  string // a boolean column; rows in which it is true are exempt. Empty for none
}

// Ref is a foreign key: values of Column, unless null, must exist as Target's id.
type Ref struct {
	Column string
	Target string // table name; the column there is "id"
}

// Record returns the Go type of the table's records.
func (k *Kind) Record() reflect.Type { return k.record }

// Column returns the index of a column in Columns, or -1.
func (k *Kind) Column(name string) int {
	for i := range k.Columns {
		if k.Columns[i].Name == name {
			return i
		}
	}
	return -1
}

// filterField ties a field of a filter struct to a column.
type filterField struct {
	index  int
	column string
}

// define completes k from the field tags of record type R and filter type F. A
// field `db:"name"` is the column of that name; embedded structs are flattened.
// A contradiction is a mistake in this package's source, so it panics.
func define[R, F any](k Kind) *Kind {
	k.record = reflect.TypeFor[R]()
	for _, f := range reflect.VisibleFields(k.record) {
		name, ok := f.Tag.Lookup("db")
		if !ok {
			continue
		}
		typ, null := valueType(f.Type)
		if !supported(typ) {
			panic(fmt.Sprintf("storage: %s.%s: unsupported type %s", k.Table, name, f.Type))
		}
		k.Columns = append(k.Columns, Column{Name: name, Field: f.Index, Type: typ, Null: null, Join: -1})
	}
	for i := range k.Columns {
		if k.Columns[i].loose() {
			k.loose = append(k.loose, i)
		}
	}
	k.Versioned = reflect.PointerTo(k.record).Implements(reflect.TypeFor[versioned]())
	if k.Versioned {
		k.Refs = append(k.Refs, Ref{"create_event", "events"}, Ref{"revoke_event", "events"},
			Ref{"creator_id", "users"}, Ref{"revoker_id", "users"})
	}
	ft := reflect.TypeFor[F]()
	for i := range ft.NumField() {
		k.filter = append(k.filter, filterField{i, ft.Field(i).Tag.Get("db")})
	}
	var named []string
	for _, f := range k.filter {
		named = append(named, f.column)
	}
	for _, r := range k.Refs {
		named = append(named, r.Column)
	}
	for _, u := range k.Unique {
		named = append(named, u.Columns...)
	}
	for _, list := range append([][]string{k.Key}, k.Index...) {
		named = append(named, list...)
	}
	for _, name := range named {
		if k.Column(name) < 0 {
			panic(fmt.Sprintf("storage: %s has no column %q", k.Table, name))
		}
	}
	for _, f := range k.filter {
		typ := reflect.Zero(ft.Field(f.index).Type).Interface().(matcher).elem()
		if c := k.Columns[k.Column(f.column)]; c.Type != typ {
			panic(fmt.Sprintf("storage: %s.%s is a %s, its filter a %s", k.Table, c.Name, c.Type, typ))
		}
	}
	return &k
}

// valueType returns the type of the values that a field holds, and whether it may
// hold none.
func valueType(field reflect.Type) (typ reflect.Type, null bool) {
	if strings.HasPrefix(field.Name(), "Null[") && field.PkgPath() == "database/sql" {
		return field.Field(0).Type, true
	}
	return field, false
}

// supported tells whether a backend can store, compare and order values of typ.
func supported(typ reflect.Type) bool {
	switch typ.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int64, reflect.Float64, reflect.String:
		return true
	default:
		return typ == reflect.TypeFor[time.Time]()
	}
}

// Null returns a non-null value for a nullable field. The null value is the
// zero sql.Null.
func Null[T any](v T) sql.Null[T] { return sql.Null[T]{V: v, Valid: true} }

// value returns the value of a column in a record, given by pointer.
func (k *Kind) value(row any, column string) any {
	c := &k.Columns[k.Column(column)]
	return reflect.ValueOf(row).Elem().FieldByIndex(c.Field).Interface()
}
