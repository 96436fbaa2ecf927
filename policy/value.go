package policy

import (
	"context"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/kojikit/kojikit/koji"
)

// Kind is the type of a [Value].
type Kind uint8

// The kinds of values: those that XML-RPC carries.
const (
	KindNull Kind = iota
	KindBool
	KindInt
	KindFloat
	KindText
	KindBytes
	KindList
	KindMap
	kindLazy
)

// String returns the name of the kind.
func (k Kind) String() string {
	return [...]string{"null", "boolean", "integer", "float", "text", "bytes", "list", "map", "lazy"}[k]
}

// Value is one datum that a policy decides on. The zero value is null. Values are
// immutable: what a list or map was made from must not change afterwards.
type Value struct {
	kind Kind
	num  uint64 // a boolean, an integer or the bits of a float
	text string // text or bytes
	more any    // []Value, map[string]Value or *lazyValue
}

// Null returns the null value, which is also the zero value.
func Null() Value { return Value{} }

// Bool returns a boolean.
func Bool(b bool) Value {
	v := Value{kind: KindBool}
	if b {
		v.num = 1
	}
	return v
}

// Int returns an integer.
func Int[T ~int | ~int32 | ~int64](i T) Value { return Value{kind: KindInt, num: uint64(i)} }

// Float returns a floating point number.
func Float(f float64) Value { return Value{kind: KindFloat, num: math.Float64bits(f)} }

// String returns a text.
func String(s string) Value { return Value{kind: KindText, text: s} }

// Bytes returns a byte string, which is not a text: no pattern is tried on it.
func Bytes(b []byte) Value { return Value{kind: KindBytes, text: string(b)} }

// List returns a list.
func List(items ...Value) Value {
	if items == nil {
		items = []Value{}
	}
	return Value{kind: KindList, more: items}
}

// Strings returns a list of texts.
func Strings(items ...string) Value {
	list := make([]Value, len(items))
	for i, s := range items {
		list[i] = String(s)
	}
	return List(list...)
}

// Map returns a map.
func Map(m map[string]Value) Value {
	if m == nil {
		m = map[string]Value{}
	}
	return Value{kind: KindMap, more: m}
}

// Lazy returns a value that is computed when a test first reads it, and then
// kept, an error as well: fn is called at most once. A test that needs the value
// fails if fn does.
func Lazy(fn func(context.Context) (Value, error)) Value {
	return Value{kind: kindLazy, more: &lazyValue{fn: fn}}
}

type lazyValue struct {
	once  sync.Once
	done  atomic.Bool
	fn    func(context.Context) (Value, error)
	value Value
	err   error
}

// force returns the value, computed if it is lazy.
func (v Value) force(ctx context.Context) (Value, error) {
	if v.kind != kindLazy {
		return v, nil
	}
	l := v.more.(*lazyValue)
	l.once.Do(func() {
		l.value, l.err = l.fn(ctx)
		l.done.Store(true)
	})
	if l.err != nil {
		return Value{}, l.err
	}
	return l.value.force(ctx)
}

// computed reports whether the value can be had without computing it.
func (v Value) computed() bool {
	return v.kind != kindLazy || v.more.(*lazyValue).done.Load()
}

// ValueOf returns a Go value as a Value: nil, booleans, numbers, texts, byte
// slices, slices, maps with text keys, types derived from these such as
// [koji.TagID], and pointers to them, of which nil becomes null. Numbers of type
// json.Number are integers unless they have a fraction or an exponent. An error
// ([koji.ErrInvalid]) names what has no place in a policy's data.
func ValueOf(x any) (Value, error) {
	switch x := x.(type) {
	case nil:
		return Value{}, nil
	case Value:
		return x, nil
	case string:
		return String(x), nil
	case interface{ Float64() (float64, error) }: // json.Number
		return numberValue(fmt.Sprint(x))
	}
	return reflectValue(reflect.ValueOf(x))
}

func reflectValue(r reflect.Value) (Value, error) {
	switch r.Kind() {
	case reflect.Bool:
		return Bool(r.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return Int(r.Int()), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if u := r.Uint(); u <= math.MaxInt64 {
			return Int(int64(u)), nil
		}
	case reflect.Float32, reflect.Float64:
		return Float(r.Float()), nil
	case reflect.String:
		return String(r.String()), nil
	case reflect.Pointer, reflect.Interface:
		if r.IsNil() {
			return Value{}, nil
		}
		return ValueOf(r.Elem().Interface())
	case reflect.Slice, reflect.Array:
		if r.Type().Elem().Kind() == reflect.Uint8 && r.Kind() == reflect.Slice {
			return Bytes(r.Bytes()), nil
		}
		list := make([]Value, r.Len())
		for i := range list {
			v, err := ValueOf(r.Index(i).Interface())
			if err != nil {
				return Value{}, err
			}
			list[i] = v
		}
		return List(list...), nil
	case reflect.Map:
		if r.Type().Key().Kind() != reflect.String {
			break
		}
		m := make(map[string]Value, r.Len())
		for key, item := range r.Seq2() {
			v, err := ValueOf(item.Interface())
			if err != nil {
				return Value{}, err
			}
			m[key.String()] = v
		}
		return Map(m), nil
	}
	return Value{}, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "a value of type %s has no place in policy data", r.Type())
}

// numberValue reads the spelling of a JSON number.
func numberValue(s string) (Value, error) {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return Int(i), nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return Value{}, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "%q is not a number: %w", s, err)
	}
	return Float(f), nil
}

// Kind returns the type of the value. That of a lazy value is not known.
func (v Value) Kind() Kind { return v.kind }

// IsNull reports whether the value is null.
func (v Value) IsNull() bool { return v.kind == KindNull }

// Text returns the text, if the value is one.
func (v Value) Text() (string, bool) { return v.text, v.kind == KindText }

// Int returns the integer, if the value is one. Booleans are not.
func (v Value) Int() (int64, bool) { return int64(v.num), v.kind == KindInt }

// Bool returns the boolean, if the value is one.
func (v Value) Bool() (value, ok bool) { return v.num != 0, v.kind == KindBool }

// Float returns the floating point number, if the value is one. Integers are not.
func (v Value) Float() (float64, bool) { return v.float(), v.kind == KindFloat }

func (v *Value) float() float64 { return math.Float64frombits(v.num) }

// List returns the items, if the value is a list. They must not be changed.
func (v Value) List() ([]Value, bool) {
	items, ok := v.more.([]Value)
	return items, ok
}

// Map returns the members, if the value is a map. They must not be changed.
func (v Value) Map() (map[string]Value, bool) {
	m, ok := v.more.(map[string]Value)
	return m, ok
}

// Truthy reports whether a condition on the value holds: it does not for null,
// false, zero and everything that is empty.
func (v Value) Truthy() bool { return v.truthy() }

func (v *Value) truthy() bool {
	switch v.kind {
	case KindBool, KindInt:
		return v.num != 0
	case KindFloat:
		return v.float() != 0
	case KindText, KindBytes:
		return v.text != ""
	case KindList:
		return len(v.more.([]Value)) > 0
	case KindMap:
		return len(v.more.(map[string]Value)) > 0
	}
	return false
}

// itemText returns the text of a list's item for matching: that of Python's str.
// Lists, maps and byte strings have none.
func (v Value) itemText() (string, bool) {
	switch v.kind {
	case KindText:
		return v.text, true
	case KindBool:
		if v.num != 0 {
			return "True", true
		}
		return "False", true
	case KindInt:
		return strconv.FormatInt(int64(v.num), 10), true
	case KindFloat:
		return floatText(v.float()), true
	}
	return "", false
}

// floatText spells a float as Python does: the shortest digits that read back the
// same, with at least one decimal, and an exponent where it is far from 1.
func floatText(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	if size := math.Abs(f); size != 0 && (size < 1e-4 || size >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// String returns the value for people: texts in quotes, maps by key.
func (v Value) String() string {
	switch v.kind {
	case KindNull:
		return "null"
	case KindBool:
		return strconv.FormatBool(v.num != 0)
	case KindText:
		return quote(v.text)
	case KindBytes:
		return fmt.Sprintf("%d bytes", len(v.text))
	case KindList:
		var parts []string
		for _, item := range v.more.([]Value) {
			parts = append(parts, item.String())
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case KindMap:
		var parts []string
		m := v.more.(map[string]Value)
		for _, key := range slices.Sorted(maps.Keys(m)) {
			parts = append(parts, key+": "+m[key].String())
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case kindLazy:
		return "(not computed)"
	}
	s, _ := v.itemText()
	return s
}
