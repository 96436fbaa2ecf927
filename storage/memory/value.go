package memory

import (
	"cmp"
	"reflect"
	"strings"
	"time"
	"unsafe"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// column is a column of a kind, with its place in the record. Rows are compared
// by the million, for which reflection is too slow: reading and comparing at
// the place in memory is confined to this file.
type column struct {
	*storage.Column
	kind   reflect.Kind
	offset uintptr // of the value
	valid  uintptr // of the flag beside a nullable value
}

func newColumn(record reflect.Type, c *storage.Column) *column {
	n := &column{Column: c, kind: c.Type.Kind()}
	typ := record
	for _, i := range c.Field {
		f := typ.Field(i)
		n.offset += f.Offset
		typ = f.Type
	}
	if c.Null {
		n.valid = n.offset + typ.Field(1).Offset
		n.offset += typ.Field(0).Offset
	}
	return n
}

// row is a record of some kind. One that is in a table is never changed.
type row unsafe.Pointer

// rowOf returns a record that is given by pointer.
func rowOf(record any) row { return row(reflect.ValueOf(record).UnsafePointer()) }

// clone copies a record that is given by pointer.
func clone(record any) row {
	v := reflect.New(reflect.TypeOf(record).Elem())
	v.Elem().Set(reflect.ValueOf(record).Elem())
	return row(v.UnsafePointer())
}

// record returns a row as a pointer to its record.
func (l *layout) record(r row) any {
	return reflect.NewAt(l.kind.Record(), unsafe.Pointer(r)).Interface()
}

// id returns the id of a row of a serial kind.
func (l *layout) id(r row) *int64 {
	return (*int64)(unsafe.Add(unsafe.Pointer(r), l.paths[0].columns[0].offset))
}

// version returns the version of a row of a versioned kind.
func (l *layout) version(r row) *storage.Version {
	return (*storage.Version)(unsafe.Add(unsafe.Pointer(r), l.versionOffset))
}

// ended tells whether a row is a version that is not active any more.
func (l *layout) ended(r row) bool { return l.kind.Versioned && !l.version(r).Active() }

func (c *column) isNull(r row) bool {
	return c.Null && !*(*bool)(unsafe.Add(unsafe.Pointer(r), c.valid))
}

// of takes the column's value out of a row.
func (c *column) of(r row) value {
	if c.isNull(r) {
		return value{null: true}
	}
	p := unsafe.Add(unsafe.Pointer(r), c.offset)
	switch c.kind {
	case reflect.Bool:
		return value{number: truth(*(*bool)(p))}
	case reflect.Int:
		return value{number: int64(*(*int)(p))}
	case reflect.Int64:
		return value{number: *(*int64)(p)}
	case reflect.Float64:
		return value{real: *(*float64)(p)}
	case reflect.String:
		return value{text: *(*string)(p)}
	default: // storage admits only one more type
		return value{number: (*time.Time)(p).UnixMicro()}
	}
}

// isInt tells whether the column always holds an integer, as most keys do.
func (c *column) isInt() bool { return c.kind == reflect.Int64 && !c.Null }

// integer returns the value of such a column.
func (c *column) integer(r row) int64 { return *(*int64)(unsafe.Add(unsafe.Pointer(r), c.offset)) }

// compare compares two rows by the column.
func (c *column) compare(a, b row) int {
	if c.isInt() {
		return cmp.Compare(c.integer(a), c.integer(b))
	}
	v, w := c.of(a), c.of(b)
	return compare(&v, &w)
}

// constant makes a value that a condition compares the column with.
func (c *column) constant(k *storage.Kind, x any) (value, error) {
	v := reflect.ValueOf(x)
	if !v.IsValid() || v.Type() != c.Type {
		return value{}, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "%s.%s, a %s, compared with a %T", k.Table, c.Name, c.Type, x)
	}
	switch c.kind {
	case reflect.Bool:
		return value{number: truth(v.Bool())}, nil
	case reflect.Int, reflect.Int64:
		return value{number: v.Int()}, nil
	case reflect.Float64:
		return value{real: v.Float()}, nil
	case reflect.String:
		return value{text: v.String()}, nil
	default:
		return value{number: v.Interface().(time.Time).UnixMicro()}, nil
	}
}

// value is the value of a column, whatever its type, made ready for comparison.
type value struct {
	null   bool
	number int64 // of booleans, integers and times
	real   float64
	text   string
}

// compare orders values of one column. Null comes after all others.
func compare(a, b *value) int {
	switch {
	case a.null || b.null:
		return cmp.Compare(truth(a.null), truth(b.null))
	case a.number != b.number:
		return cmp.Compare(a.number, b.number)
	case a.real != b.real:
		return cmp.Compare(a.real, b.real)
	default:
		return strings.Compare(a.text, b.text)
	}
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
