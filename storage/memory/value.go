package memory

import (
	"cmp"
	"reflect"
	"strings"
	"time"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

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

// valueOf makes a value of one of the types that storage admits.
func valueOf(v reflect.Value) value {
	switch v.Kind() {
	case reflect.Bool:
		return value{number: truth(v.Bool())}
	case reflect.Int, reflect.Int64:
		return value{number: v.Int()}
	case reflect.Float64:
		return value{real: v.Float()}
	case reflect.String:
		return value{text: v.String()}
	default:
		return value{number: v.Interface().(time.Time).UnixMicro()}
	}
}

// field finds the column in a row. It is invalid if null.
func (c *column) field(row reflect.Value) reflect.Value {
	v := row.FieldByIndex(c.Field)
	if !c.Null {
		return v
	}
	if !v.Field(1).Bool() {
		return reflect.Value{}
	}
	return v.Field(0)
}

// of takes the column's value out of a row.
func (c *column) of(row reflect.Value) value {
	v := c.field(row)
	if !v.IsValid() {
		return value{null: true}
	}
	return valueOf(v)
}

// constant makes a value that a condition compares the column with.
func (c *column) constant(k *storage.Kind, x any) (value, error) {
	v := reflect.ValueOf(x)
	if !v.IsValid() || v.Type() != c.Type {
		return value{}, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "%s.%s, a %s, compared with a %T", k.Table, c.Name, c.Type, x)
	}
	return valueOf(v), nil
}
