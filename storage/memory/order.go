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
	if len(list) == 0 {
		return l.natural, nil
	}
	s := make(sorting, 0, len(list)+len(l.natural))
	for _, o := range list {
		c, err := l.lookUp(o.Column)
		if err != nil {
			return nil, err
		}
		s = append(s, sortColumn{c, o.Desc})
	}
	return append(s, l.natural...), nil
}

// in tells whether rows that are found this way come in an order, or its reverse.
func (a *access) in(s sorting) (ok, desc bool) {
	if a.past || a.all {
		return false, false // two pieces, of which each has an order
	}
	i, first := 0, true
	for _, c := range a.path.active {
		if a.constant(c) {
			continue
		}
		for i < len(s) && a.constant(s[i].column) {
			i++
		}
		if i == len(s) || s[i].column != c || !first && s[i].desc != desc {
			return false, false
		}
		desc, first = s[i].desc, false
		i++
	}
	return true, desc // no two rows are equal in all these columns
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
