package sqlstore

import (
	"database/sql"
	"fmt"
	"reflect"
	"time"
	"unsafe"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// Rows are the rows of a statement in the course of being read.
type Rows interface {
	// Next goes to the next row. It returns false after the last one and after an
	// error.
	Next() bool
	// Scan stores the values of the row where dest points to: each is a pointer
	// to an int64, int, string, bool, float64 or [time.Time], or to an [sql.Null]
	// of these. Nulls leave things as they are.
	Scan(dest []any) error
	// Err returns the error that ended the rows, if one did.
	Err() error
	// Close gives the connection back, whatever rows are left.
	Close() error
}

// target is where a column is kept in a record. Rows are read by the million,
// for which reflection is too slow: pointing into records is confined to this
// file.
type target struct {
	offset uintptr
	kind   reflect.Kind
	null   bool
}

func newTarget(record reflect.Type, c *storage.Column) target {
	t := target{kind: c.Type.Kind(), null: c.Null}
	for _, i := range c.Field {
		f := record.Field(i)
		t.offset += f.Offset
		record = f.Type
	}
	return t
}

// pointer returns a pointer to the field of a record. Named types are seen as
// what they are made of.
func (t *target) pointer(record unsafe.Pointer) any {
	p := unsafe.Add(record, t.offset)
	switch t.kind {
	case reflect.Bool:
		return point[bool](p, t.null)
	case reflect.Int:
		return point[int](p, t.null)
	case reflect.Int64:
		return point[int64](p, t.null)
	case reflect.Float64:
		return point[float64](p, t.null)
	case reflect.String:
		return point[string](p, t.null)
	default: // storage admits only one more type
		return point[time.Time](p, t.null)
	}
}

func point[T any](p unsafe.Pointer, null bool) any {
	if null {
		return (*sql.Null[T])(p)
	}
	return (*T)(p)
}

// ValueRows are rows of package database/sql as Rows. Booleans may be numbers
// there, times are microseconds since 1970.
func ValueRows(rows *sql.Rows) Rows { return &valueRows{Rows: rows} }

type valueRows struct {
	*sql.Rows
	values []any
	dest   []any // pointers to values
}

func (r *valueRows) Scan(dest []any) error {
	if r.values == nil {
		r.values, r.dest = make([]any, len(dest)), make([]any, len(dest))
		for i := range r.values {
			r.dest[i] = &r.values[i]
		}
	}
	if err := r.Rows.Scan(r.dest...); err != nil {
		return err
	}
	for i, v := range r.values {
		if v != nil && !store(dest[i], v) {
			return &MismatchError{Column: i, Holds: fmt.Sprintf("%T", v)}
		}
	}
	return nil
}

// MismatchError says that a column holds what a record has no place for.
type MismatchError struct {
	Column int    // in the order of the statement
	Holds  string // type of the value
}

// Error returns the message.
func (e *MismatchError) Error() string { return fmt.Sprintf("column %d holds a %s", e.Column, e.Holds) }

// explain names the column.
func (e *MismatchError) explain(t *table) error {
	c := t.shown[e.Column]
	return koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "%s.%s holds a %s, not a %s", t.kind.Table, c.Name, e.Holds, c.Type)
}

// store puts a value of a driver where dest points to.
func store(dest, value any) bool {
	switch d := dest.(type) {
	case *int64:
		return storeInt(d, value)
	case *int:
		return storeInt(d, value)
	case *string:
		return storeText(d, value)
	case *bool:
		return storeBool(d, value)
	case *float64:
		return storeFloat(d, value)
	case *time.Time:
		return storeTime(d, value)
	case *sql.Null[int64]:
		return storeNull(d, value)
	case *sql.Null[int]:
		return storeNull(d, value)
	case *sql.Null[string]:
		return storeNull(d, value)
	case *sql.Null[bool]:
		return storeNull(d, value)
	case *sql.Null[float64]:
		return storeNull(d, value)
	case *sql.Null[time.Time]:
		return storeNull(d, value)
	default:
		return false
	}
}

func storeNull[T any](d *sql.Null[T], value any) bool {
	d.Valid = true
	return store(&d.V, value)
}

func storeInt[T int | int64](d *T, value any) bool {
	v, ok := value.(int64)
	*d = T(v)
	return ok
}

func storeFloat(d *float64, value any) bool {
	switch v := value.(type) {
	case float64:
		*d = v
	case int64:
		*d = float64(v)
	default:
		return false
	}
	return true
}

func storeText(d *string, value any) bool {
	switch v := value.(type) {
	case string:
		*d = v
	case []byte:
		*d = string(v)
	default:
		return false
	}
	return true
}

func storeBool(d *bool, value any) bool {
	switch v := value.(type) {
	case bool:
		*d = v
	case int64:
		*d = v != 0
	default:
		return false
	}
	return true
}

func storeTime(d *time.Time, value any) bool {
	switch v := value.(type) {
	case time.Time:
		*d = v.UTC()
	case int64:
		*d = time.UnixMicro(v).UTC()
	default:
		return false
	}
	return true
}
