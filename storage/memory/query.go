package memory

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"github.com/tidwall/btree"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// cond is a condition made ready: the column and the keys to compare it with.
type cond struct {
	column *storage.Column
	op     storage.Op
	keys   []string // sorted, each once
}

// checkEvery is how many rows are read between looks at the context.
const checkEvery = 1024

// query yields the rows that q accepts, in its order.
func (t *table) query(ctx context.Context, q storage.Query, yield func(any) bool) error {
	conds, err := t.prepare(q.Where)
	if err != nil {
		return err
	}
	order, err := t.order(q.Order)
	if err != nil {
		return err
	}
	plan := t.plan(conds)
	marks := t.marks(q)
	// Reading by the primary key in ascending pieces of one mark is already in
	// the default order; everything else is gathered and sorted.
	if len(order) == 0 && plan.path == 0 && len(marks) == 1 {
		skip, left := q.Offset, q.Limit
		return t.scan(ctx, plan, marks, conds, q, func(row any) bool {
			if skip > 0 {
				skip--
				return true
			}
			if !yield(row) {
				return false
			}
			left--
			return left != 0
		})
	}
	var rows []sortable
	err = t.scan(ctx, plan, marks, conds, q, func(row any) bool {
		rows = append(rows, sortable{row: row, key: t.sortKey(row, order)})
		return true
	})
	if err != nil {
		return err
	}
	slices.SortFunc(rows, func(a, b sortable) int { return compareKeys(a.key, b.key, order) })
	if q.Offset > 0 {
		rows = rows[min(q.Offset, len(rows)):]
	}
	if q.Limit > 0 {
		rows = rows[:min(q.Limit, len(rows))]
	}
	for _, r := range rows {
		if !yield(r.row) {
			return nil
		}
	}
	return nil
}

func (t *table) prepare(where []storage.Cond) ([]cond, error) {
	conds := make([]cond, 0, len(where))
	for _, w := range where {
		i := t.kind.Column(w.Column)
		if i < 0 {
			return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "%s has no column %q", t.kind.Table, w.Column)
		}
		c := cond{column: &t.kind.Columns[i], op: w.Op, keys: make([]string, 0, len(w.Values))}
		for _, v := range w.Values {
			key, err := constant(t.kind, c.column, v)
			if err != nil {
				return nil, err
			}
			c.keys = append(c.keys, key)
		}
		slices.Sort(c.keys)
		c.keys = slices.Compact(c.keys)
		conds = append(conds, c)
	}
	return conds, nil
}

// accepts compares one column of a row; buf is scratch space.
func (c *cond) accepts(row reflect.Value, buf []byte) bool {
	buf, null := appendColumn(buf[:0], row, c.column)
	if null || c.op == storage.OpNull {
		return null && c.op == storage.OpNull
	}
	switch c.op {
	case storage.OpIn:
		_, found := slices.BinarySearchFunc(c.keys, buf, func(key string, buf []byte) int {
			return strings.Compare(key, string(buf))
		})
		return found
	case storage.OpNotNull:
		return true
	case storage.OpLess:
		return string(buf) < c.keys[0]
	case storage.OpAtMost:
		return string(buf) <= c.keys[0]
	case storage.OpGreater:
		return string(buf) > c.keys[0]
	default: // storage.OpAtLeast
		return string(buf) >= c.keys[0]
	}
}

// access is how to find rows: the prefixes of one path's keys, in order.
type access struct {
	path     int
	prefixes []string
}

// plan picks the path of which the conditions fix most leading columns. Only
// one of these may have several values, so that the prefixes stay as few as the
// longest list.
func (t *table) plan(conds []cond) access {
	best, fixed := access{prefixes: []string{""}}, 0
	for i := range t.paths {
		if t.paths[i].unless != "" {
			continue // does not hold every row
		}
		a, n, multiple := access{path: i, prefixes: []string{""}}, 0, false
		for _, name := range t.paths[i].columns {
			c := equality(conds, name)
			if c == nil || len(c.keys) > 1 && multiple {
				break
			}
			multiple = multiple || len(c.keys) > 1
			var longer []string
			for _, prefix := range a.prefixes {
				for _, key := range c.keys {
					longer = append(longer, prefix+key)
				}
			}
			a.prefixes = longer
			n++
		}
		if n > fixed {
			best, fixed = a, n
		}
	}
	return best
}

// equality finds the condition that a column equals given values.
func equality(conds []cond, column string) *cond {
	for i := range conds {
		if conds[i].op == storage.OpIn && conds[i].column.Name == column {
			return &conds[i]
		}
	}
	return nil
}

// marks returns the beginnings of the keys that a query has to read.
func (t *table) marks(q storage.Query) []string {
	switch {
	case !t.kind.Versioned:
		return []string{""}
	case q.All || q.At != koji.Now:
		return []string{string(rune(markActive)), string(rune(markRevoked))}
	default:
		return []string{string(rune(markActive))}
	}
}

// scan yields the rows along an access path that meet all conditions.
func (t *table) scan(ctx context.Context, a access, marks []string, conds []cond, q storage.Query, yield func(any) bool) error {
	tree := &t.rows
	if a.path > 0 {
		tree = &t.indexes[a.path-1]
	}
	past := t.kind.Versioned && !q.All && q.At != koji.Now
	buf := make([]byte, 0, 128)
	seen, more := 0, true
	var err error
	for _, mark := range marks {
		for _, prefix := range a.prefixes {
			ascend(tree, mark+prefix, func(row any) bool {
				if seen++; seen%checkEvery == 0 {
					if err = ctx.Err(); err != nil {
						more = false
						return false
					}
				}
				if past && !storage.VersionOf(row).VisibleAt(q.At) {
					return true
				}
				v := reflect.ValueOf(row).Elem()
				for i := range conds {
					if !conds[i].accepts(v, buf) {
						return true
					}
				}
				more = yield(row)
				return more
			})
			if !more {
				return err
			}
		}
	}
	return nil
}

// ascend visits the entries whose key begins with prefix.
func ascend(tree *btree.Map[string, any], prefix string, visit func(any) bool) {
	tree.Ascend(prefix, func(key string, row any) bool {
		return strings.HasPrefix(key, prefix) && visit(row)
	})
}
