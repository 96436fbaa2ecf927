package storagetest

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// model is a table as the contract has it: a list of rows, searched from end to
// end.
type model struct {
	kind *storage.Kind
	rows []any
}

// query returns the rows that q accepts.
func (m *model) query(q storage.Query) []any {
	var found []any
	for _, row := range m.rows {
		if m.visible(row, q) && !slices.ContainsFunc(q.Where, func(c storage.Cond) bool { return !m.meets(row, c) }) {
			found = append(found, row)
		}
	}
	slices.SortStableFunc(found, func(a, b any) int { return m.compare(a, b, q.Order) })
	found = found[min(q.Offset, len(found)):]
	if q.Limit > 0 {
		found = found[:min(q.Limit, len(found))]
	}
	if len(found) == 0 {
		return nil
	}
	return found
}

func (m *model) visible(row any, q storage.Query) bool {
	if !m.kind.Versioned || q.All {
		return true
	}
	v := storage.VersionOf(row)
	if q.At == koji.Now {
		return !v.RevokeEvent.Valid
	}
	return v.CreateEvent <= q.At && (!v.RevokeEvent.Valid || q.At < v.RevokeEvent.V)
}

func (m *model) meets(row any, c storage.Cond) bool {
	v := value(row, m.kind, c.Column)
	if !v.IsValid() {
		return c.Op == storage.OpNull
	}
	is := func(x any) int { return compareValues(v, reflect.ValueOf(x)) }
	switch c.Op {
	case storage.OpIn:
		return slices.ContainsFunc(c.Values, func(x any) bool { return is(x) == 0 })
	case storage.OpNull:
		return false
	case storage.OpNotNull:
		return true
	case storage.OpLess:
		return is(c.Values[0]) < 0
	case storage.OpAtMost:
		return is(c.Values[0]) <= 0
	case storage.OpGreater:
		return is(c.Values[0]) > 0
	case storage.OpAtLeast:
		return is(c.Values[0]) >= 0
	default:
		panic(fmt.Sprintf("no such comparison: %d", c.Op))
	}
}

// compare puts rows in order, ties by key and, between versions, by creation.
func (m *model) compare(a, b any, order []storage.Order) int {
	for _, name := range m.kind.Key {
		order = append(order[:len(order):len(order)], storage.Order{Column: name})
	}
	if m.kind.Versioned {
		order = append(order, storage.Order{Column: "create_event"})
	}
	for _, o := range order {
		c := compareNulls(value(a, m.kind, o.Column), value(b, m.kind, o.Column))
		if o.Desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// compareNulls compares values that may be null, which comes last.
func compareNulls(a, b reflect.Value) int {
	switch {
	case a.IsValid() && b.IsValid():
		return compareValues(a, b)
	case a.IsValid():
		return -1
	case b.IsValid():
		return 1
	default:
		return 0
	}
}

func compareValues(a, b reflect.Value) int {
	switch a.Kind() {
	case reflect.Bool:
		number := map[bool]int{true: 1}
		return cmp.Compare(number[a.Bool()], number[b.Bool()])
	case reflect.Int, reflect.Int64:
		return cmp.Compare(a.Int(), b.Int())
	case reflect.Float64:
		return cmp.Compare(a.Float(), b.Float())
	case reflect.String:
		return cmp.Compare(a.String(), b.String())
	default:
		return a.Interface().(time.Time).Compare(b.Interface().(time.Time))
	}
}

// clash tells whether a rule of uniqueness keeps row from standing beside the
// others.
func (m *model) clash(row any) bool {
	for _, other := range m.rows {
		if m.same(row, other, m.kind.Key) {
			if !m.kind.Versioned || active(row) && active(other) ||
				storage.VersionOf(row).CreateEvent == storage.VersionOf(other).CreateEvent {
				return true
			}
		}
		for _, u := range m.kind.Unique {
			exempt := u.Unless != "" && (m.isTrue(row, u.Unless) || m.isTrue(other, u.Unless))
			past := m.kind.Versioned && !(active(row) && active(other))
			if !exempt && !past && m.same(row, other, u.Columns) {
				return true
			}
		}
	}
	return false
}

// same tells whether two rows agree in columns of which none is null.
func (m *model) same(a, b any, columns []string) bool {
	for _, name := range columns {
		x, y := value(a, m.kind, name), value(b, m.kind, name)
		if !x.IsValid() || !y.IsValid() || compareValues(x, y) != 0 {
			return false
		}
	}
	return true
}

func (m *model) isTrue(row any, column string) bool {
	v := value(row, m.kind, column)
	return v.IsValid() && v.Bool()
}

func active(row any) bool { return storage.VersionOf(row).Active() }
