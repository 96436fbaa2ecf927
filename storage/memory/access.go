package memory

import (
	"slices"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// access is how to find the rows that a query accepts: where they are, and what
// to compare each with.
type access struct {
	index int
	path  *path
	fixed []value // of the first columns of the path
	many  int     // the one of these that has several values, or -1
	each  []value // those values
	low   *cond   // bounds of the next column
	high  *cond
	rest  []cond // what the place does not say
	desc  bool   // read backwards
	at    koji.EventID
	past  bool // versions visible at an event
	all   bool // every version
}

// cond is a condition made ready. The values are sorted, each once.
type cond struct {
	column *column
	op     storage.Op
	values []value
}

// access picks the path on which the conditions fix most of the first columns.
func (t *table) access(q storage.Query) (*access, error) {
	conds, err := t.conds(q.Where)
	if err != nil {
		return nil, err
	}
	best := t.try(0, conds)
	for i := range t.paths {
		if a := t.try(i, conds); !a.path.partial && a.score() > best.score() {
			best = a
		}
	}
	if t.kind.Versioned {
		best.at, best.all, best.past = q.At, q.All, !q.All && q.At != koji.Now
	}
	return best, nil
}

func (t *table) conds(where []storage.Cond) ([]cond, error) {
	conds := make([]cond, 0, len(where))
	for _, w := range where {
		column, err := t.lookUp(w.Column)
		if err != nil {
			return nil, err
		}
		c := cond{column, w.Op, make([]value, len(w.Values))}
		for i, x := range w.Values {
			if c.values[i], err = column.constant(t.kind, x); err != nil {
				return nil, err
			}
		}
		slices.SortFunc(c.values, func(a, b value) int { return compare(&a, &b) })
		c.values = slices.Compact(c.values)
		conds = append(conds, c)
	}
	return conds, nil
}

// try works out how conditions use a path. Only one of the columns may have
// several values, so that the places to look at stay as few as these.
func (t *table) try(index int, conds []cond) *access {
	a := &access{index: index, path: &t.paths[index], many: -1, rest: conds}
	for _, column := range a.path.columns {
		i := slices.IndexFunc(a.rest, func(c cond) bool { return c.op == storage.OpIn && c.column == column })
		if i < 0 {
			a.bound(column)
			break
		}
		first := value{}
		if values := a.rest[i].values; len(values) == 1 {
			first = values[0]
		} else if a.many < 0 {
			a.many, a.each = len(a.fixed), values
		} else {
			break
		}
		a.fixed = append(a.fixed, first)
		a.rest = slices.Delete(slices.Clone(a.rest), i, i+1)
	}
	return a
}

// bound finds the conditions that limit the column after the fixed ones.
func (a *access) bound(column *column) {
	for i := range a.rest {
		c := &a.rest[i]
		switch {
		case c.column != column:
		case c.op == storage.OpGreater || c.op == storage.OpAtLeast:
			a.low = c
		case c.op == storage.OpLess || c.op == storage.OpAtMost:
			a.high = c
		}
	}
}

// score tells which of several ways is the better one.
func (a *access) score() int {
	return int(4*len(a.fixed)) + int(truth(a.low != nil)+truth(a.high != nil))
}

// pieces returns the number of places to look at.
func (a *access) pieces() int {
	if a.many < 0 {
		return 1
	}
	return len(a.each)
}

// accepts tells whether a row, found in its place, meets all other conditions.
func (t *table) accepts(a *access, r row) bool {
	if a.past && !t.version(r).VisibleAt(a.at) {
		return false
	}
	for i := range a.rest {
		x := a.rest[i].column.of(r)
		if !a.rest[i].accepts(&x) {
			return false
		}
	}
	return true
}

func (c *cond) accepts(v *value) bool {
	if v.null {
		return c.op == storage.OpNull
	}
	switch c.op {
	case storage.OpIn:
		_, found := slices.BinarySearchFunc(c.values, v, func(a value, b *value) int { return compare(&a, b) })
		return found
	case storage.OpNotNull:
		return true
	case storage.OpLess:
		return compare(v, &c.values[0]) < 0
	case storage.OpAtMost:
		return compare(v, &c.values[0]) <= 0
	case storage.OpGreater:
		return compare(v, &c.values[0]) > 0
	case storage.OpAtLeast:
		return compare(v, &c.values[0]) >= 0
	default:
		return false
	}
}
