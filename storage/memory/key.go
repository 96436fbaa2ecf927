package memory

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"time"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// Keys are byte strings whose order is that of the values they stand for, so
// that one B-tree serves every type, prefixes select, and comparisons need no
// reflection. Each value begins with a mark; null sorts after every value, as in
// PostgreSQL.
const (
	markValue = 1
	markNull  = 2
)

// appendValue appends the key of a value.
func appendValue(dst []byte, v reflect.Value) []byte {
	dst = append(dst, markValue)
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			return append(dst, 1)
		}
		return append(dst, 0)
	case reflect.Int, reflect.Int64:
		return appendInt(dst, v.Int())
	case reflect.Float64:
		bits := math.Float64bits(v.Float())
		if bits>>63 != 0 {
			bits = ^bits
		} else {
			bits |= 1 << 63
		}
		return binary.BigEndian.AppendUint64(dst, bits)
	case reflect.String:
		// A zero byte inside is followed by 0xff and the end is two zero bytes,
		// so that no string's key is a prefix of another's.
		s := v.String()
		for i := range len(s) {
			dst = append(dst, s[i])
			if s[i] == 0 {
				dst = append(dst, 0xff)
			}
		}
		return append(dst, 0, 0)
	default: // storage admits only one more type
		return appendInt(dst, v.Interface().(time.Time).UnixMicro())
	}
}

func appendInt(dst []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(n)^1<<63)
}

// appendColumn appends the key of one column of a row and tells whether it is
// null.
func appendColumn(dst []byte, row reflect.Value, c *storage.Column) ([]byte, bool) {
	v := row.FieldByIndex(c.Field)
	if c.Null {
		if !v.Field(1).Bool() {
			return append(dst, markNull), true
		}
		v = v.Field(0)
	}
	return appendValue(dst, v), false
}

// constant returns the key of a value that a condition compares a column with.
func constant(k *storage.Kind, c *storage.Column, value any) (string, error) {
	v := reflect.ValueOf(value)
	if !v.IsValid() || !v.CanConvert(c.Type) || v.Kind() != c.Type.Kind() {
		return "", koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "%s.%s compared with %v", k.Table, c.Name, fmt.Sprintf("%T", value))
	}
	return string(appendValue(nil, v.Convert(c.Type))), nil
}
