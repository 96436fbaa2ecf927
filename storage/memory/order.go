package memory

import (
	"slices"

	"github.com/kojikit/kojikit/storage"
)

// sorting is the order of a list.
type sorting []sortColumn

type sortColumn struct {
	column *column
	desc   bool
}

// sorting makes the order of a query complete: by key in the end and, between
// versions, by their beginning.
func (l *layout) sorting(list []storage.Order) (sorting, error) {
	var s sorting
	for _, o := range list {
		c, err := l.lookUp(o.Column)
		if err != nil {
			return nil, err
		}
		s = append(s, sortColumn{c, o.Desc})
	}
	last := l.paths[0].active
	if l.kind.Versioned {
		last = l.paths[0].revoked
	}
	for _, c := range last {
		s = append(s, sortColumn{c, false})
	}
	return s, nil
}

// in tells whether rows that are found this way come in an order, or its reverse.
func (a *access) in(s sorting) (ok, desc bool) {
	if a.past || a.all || a.many >= 0 && a.index > 0 {
		return false, false // several pieces, of which each has an order
	}
	constant := func(c *column) bool {
		i := slices.Index(a.path.columns[:len(a.fixed)], c)
		return i >= 0 && i != a.many
	}
	s = slices.DeleteFunc(slices.Clone(s), func(k sortColumn) bool { return constant(k.column) })
	for i, c := range slices.DeleteFunc(slices.Clone(a.path.active), constant) {
		if i == len(s) || s[i].column != c || s[i].desc != s[0].desc {
			return false, false
		}
		// Behind all columns of the entries, nothing is left to be put in order.
	}
	return true, len(s) > 0 && s[0].desc
}

func (s sorting) sort(rows []row) {
	slices.SortFunc(rows, func(a, b row) int {
		for _, k := range s {
			if d := k.column.compare(a, b); d != 0 {
				if k.desc {
					return -d
				}
				return d
			}
		}
		return 0
	})
}
