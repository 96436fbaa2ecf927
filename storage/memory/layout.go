package memory

import (
	"cmp"
	"slices"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// layout is what is known of a table before it has rows.
type layout struct {
	kind          *storage.Kind
	all           []*column
	versionOffset uintptr    // of the embedded storage.Version
	natural       sorting    // by key
	number        int        // place of the table in a snapshot
	paths         []path     // the primary key first
	refs          []relation // what its rows refer to
	uses          []relation // what refers to its rows
}

// relation ties a column to another table.
type relation struct {
	column *column
	table  int // place of the other one in a snapshot
}

// path is a way to find rows: the primary key, a unique rule or an index.
type path struct {
	columns []*column
	unless  *column // of a unique rule: rows in which it is true are exempt
	partial bool    // does not hold every row
	active  ordering
	revoked ordering // of versions that have ended
}

// layouts works out the tables of a store.
func layouts(kinds []*storage.Kind) []*layout {
	list := make([]*layout, len(kinds))
	for i, k := range kinds {
		list[i] = newLayout(k, i)
	}
	for i, l := range list {
		for _, ref := range l.kind.Refs {
			target := slices.IndexFunc(kinds, func(k *storage.Kind) bool { return k.Table == ref.Target })
			c := l.column(ref.Column)
			l.refs = append(l.refs, relation{c, target})
			list[target].uses = append(list[target].uses, relation{c, i})
		}
	}
	return list
}

func newLayout(k *storage.Kind, number int) *layout {
	l := &layout{kind: k, number: number}
	for i := range k.Columns {
		l.all = append(l.all, newColumn(k.Record(), &k.Columns[i]))
	}
	if f, ok := k.Record().FieldByName("Version"); ok && k.Versioned {
		l.versionOffset = f.Offset
	}
	l.addPath(storage.Unique{Columns: k.Key}, true)
	last := l.paths[0].active
	if k.Versioned {
		last = l.paths[0].revoked
	}
	for _, c := range last {
		l.natural = append(l.natural, sortColumn{column: c})
	}
	for _, u := range k.Unique {
		l.addPath(u, true)
	}
	for _, columns := range k.Index {
		l.addPath(storage.Unique{Columns: columns}, false)
	}
	return l
}

func (l *layout) addPath(rule storage.Unique, unique bool) {
	p := path{columns: l.columns(rule.Columns)}
	if rule.Unless != "" {
		p.unless = l.column(rule.Unless)
	}
	p.partial = unique && (p.unless != nil || slices.ContainsFunc(p.columns, func(c *column) bool { return c.Null }))
	key := l.columns(l.kind.Key)
	p.active = p.columns
	if !unique {
		p.active = slices.Concat(p.columns, key)
	}
	if l.kind.Versioned {
		// The state at an event needs the versions revoked after it. Unless they
		// are looked up by key they are thus in order of their end.
		p.revoked = slices.Concat(p.columns, l.columns([]string{"create_event"}))
		if len(l.paths) > 0 {
			p.revoked = slices.Concat(p.columns, l.columns([]string{"revoke_event"}), key, l.columns([]string{"create_event"}))
		}
	}
	l.paths = append(l.paths, p)
}

func (l *layout) column(name string) *column { return l.all[l.kind.Column(name)] }

func (l *layout) columns(names []string) []*column {
	list := make([]*column, len(names))
	for i, name := range names {
		list[i] = l.column(name)
	}
	return list
}

// lookUp finds the column that a query names.
func (l *layout) lookUp(name string) (*column, error) {
	if l.kind.Column(name) < 0 {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "%s has no column %q", l.kind.Table, name)
	}
	return l.column(name), nil
}

// holds tells whether a row has an entry under the path.
func (p *path) holds(r row) bool {
	if !p.partial {
		return true
	}
	if p.unless != nil && p.unless.of(r).number == 1 {
		return false
	}
	return !slices.ContainsFunc(p.columns, func(c *column) bool { return c.isNull(r) })
}

// ordering is the order of the entries of a tree: by one column after another.
type ordering []*column

func (o ordering) compare(a, b entry) int {
	if a.place != nil {
		return a.place.compare(o, b.row)
	}
	if b.place != nil {
		return -b.place.compare(o, a.row)
	}
	for _, c := range o {
		if d := c.compare(a.row, b.row); d != 0 {
			return d
		}
	}
	return 0
}

// place is a place in the order of a tree: where rows begin with these values.
type place struct {
	values []value
	side   int // of those rows: before them if negative, behind if positive, at them if zero
}

func (p *place) compare(o ordering, r row) int {
	if d := p.prefix(o, len(p.values), r); d != 0 {
		return d
	}
	return p.side
}

// prefix compares the first n values only.
func (p *place) prefix(o ordering, n int, r row) int {
	for i := range n {
		if o[i].isInt() {
			if d := cmp.Compare(p.values[i].number, o[i].integer(r)); d != 0 {
				return d
			}
			continue
		}
		w := o[i].of(r)
		if d := compare(&p.values[i], &w); d != 0 {
			return d
		}
	}
	return 0
}
