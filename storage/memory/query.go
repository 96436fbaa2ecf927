package memory

import (
	"context"
	"slices"

	"github.com/kojikit/kojikit/storage"
)

// checkEvery is how many rows are read between looks at the context.
const checkEvery = 1024

// query yields the rows that q accepts, in its order.
func (t *table) query(ctx context.Context, q storage.Query, yield func(row) bool) error {
	order, err := t.sorting(q.Order)
	if err != nil {
		return err
	}
	a, err := t.access(q)
	if err != nil {
		return err
	}
	skip, left := q.Offset, q.Limit
	page := func(r row) bool {
		if skip > 0 {
			skip--
			return true
		}
		left--
		return yield(r) && left != 0
	}
	if ok, desc := a.in(order); ok {
		a.desc = desc
		return t.scan(ctx, a, page)
	}
	if q.Unordered && len(q.Order) == 0 {
		return t.scan(ctx, a, page)
	}
	var rows []row
	if err := t.scan(ctx, a, func(r row) bool { rows = append(rows, r); return true }); err != nil {
		return err
	}
	order.sort(rows)
	for i, r := range rows {
		if i%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if !page(r) {
			break
		}
	}
	return nil
}

// count returns the number of rows that q accepts, whatever its page.
func (t *table) count(ctx context.Context, q storage.Query) (int, error) {
	a, err := t.access(q)
	if err != nil {
		return 0, err
	}
	n := 0
	err = t.scan(ctx, a, func(row) bool { n++; return true })
	return n, err
}

// scan yields the rows found one way, in pieces of which each is in order.
func (t *table) scan(ctx context.Context, a *access, yield func(row) bool) error {
	x := &t.indexes[a.index]
	start := place{values: a.fixed}
	read, more := 0, true
	var err error
	visit := func(r row) bool {
		if read++; read%checkEvery == 0 {
			err = ctx.Err()
		}
		more = err == nil && (!t.accepts(a, r) || yield(r))
		return more
	}
	for i := 0; more && i < a.pieces(); i++ {
		if a.many >= 0 {
			j := i
			if a.desc {
				j = len(a.each) - 1 - i
			}
			start.values[a.many] = a.each[j]
		}
		a.walk(x.active, a.path.active, start, visit)
		if !more || !a.past && !a.all {
			continue
		}
		from := start
		if a.past && a.index > 0 && len(a.fixed) == len(a.path.columns) {
			// What was revoked by that event was not visible any more.
			from = place{append(slices.Clip(start.values), value{number: int64(a.at)}), 1}
		}
		a.walk(x.revoked, a.path.revoked, from, visit)
	}
	return err
}

// walk visits the rows of a tree that have the fixed values, from a place on.
func (a *access) walk(t *tree, o ordering, from place, visit func(row) bool) {
	n, stop := len(a.fixed), a.high
	step, start := t.Ascend, a.low
	if from.side == 0 {
		from.side = -1
	}
	if a.desc {
		step, start, stop, from.side = t.Descend, a.high, a.low, 1
	}
	if start != nil {
		from.values = append(slices.Clip(from.values), start.values[0])
		from.side = -1
		if start.op == storage.OpGreater || start.op == storage.OpAtMost {
			from.side = 1
		}
	}
	step(entry{place: &from}, func(e entry) bool {
		if from.prefix(o, n, e.row) != 0 {
			return false
		}
		if stop != nil {
			if v := stop.column.of(e.row); !v.null && !stop.accepts(&v) {
				return false
			}
		}
		return visit(e.row)
	})
}
