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
	best, most := 0, 0
	for i := range t.paths {
		if n := t.paths[i].score(conds); n > most && !t.paths[i].partial {
			best, most = i, n
		}
	}
	a := &access{index: best, path: &t.paths[best], many: -1, rest: conds}
	a.use()
	if t.kind.Versioned {
		a.at, a.all, a.past = q.At, q.All, !q.All && q.At != koji.Now
	}
	return a, nil
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

// score tells how well conditions fit a path: how many columns they fix, and
// whether they limit the next one.
func (p *path) score(conds []cond) int {
	n := 0
	for _, column := range p.columns {
		if equal(conds, column) < 0 {
			if slices.ContainsFunc(conds, func(c cond) bool { return c.column == column && c.bounds() }) {
				n++
			}
			break
		}
		n += 2
	}
	return n
}

// equal finds the condition that a column has one of some values.
func equal(conds []cond, column *column) int {
	return slices.IndexFunc(conds, func(c cond) bool { return c.op == storage.OpIn && c.column == column })
}

// use works out the places that the conditions fix. Only one of the columns may
// have several values, so that the places stay as few as these.
func (a *access) use() {
	for _, column := range a.path.columns {
		i := equal(a.rest, column)
		if i < 0 {
			a.limit(column)
			return
		}
		first := value{}
		if values := a.rest[i].values; len(values) == 1 {
			first = values[0]
		} else if a.many < 0 {
			a.many, a.each = len(a.fixed), values
		} else {
			return
		}
		a.fixed = append(a.fixed, first)
		a.rest = slices.Delete(a.rest, i, i+1)
	}
}

// limit finds the conditions that limit the column after the fixed ones.
func (a *access) limit(column *column) {
	for i := range a.rest {
		switch c := &a.rest[i]; {
		case c.column != column || !c.bounds():
		case c.op == storage.OpGreater || c.op == storage.OpAtLeast:
			a.low = c
		default:
			a.high = c
		}
	}
}

// bounds tells whether a condition limits a column on one side.
func (c *cond) bounds() bool {
	switch c.op {
	case storage.OpLess, storage.OpAtMost, storage.OpGreater, storage.OpAtLeast:
		return true
	default:
		return false
	}
}

// constant tells whether a column is the same in all rows.
func (a *access) constant(c *column) bool {
	i := slices.Index(a.path.columns[:len(a.fixed)], c)
	return i >= 0 && i != a.many
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
