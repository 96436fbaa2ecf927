package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kojikit/kojikit/koji"
)

// guard stands between a Tx and the transaction of its backend and keeps the
// rules of use that do not depend on where rows live, so that no backend is
// more lenient than another: what works over one works over all.
type guard struct {
	BackendTx
	write   bool
	refusal error         // why nothing can be done any more; nil while all is well
	reading map[*Kind]int // tables under iteration, with the number of loops
}

func newGuard(b BackendTx, write bool) *guard {
	return &guard{BackendTx: b, write: write, reading: make(map[*Kind]int)}
}

// end makes every later call fail. A Tx that leaves its function is of no use.
func (g *guard) end() {
	g.refusal = koji.Errorf(koji.ErrState, koji.FaultGeneric, "transaction is over")
}

// failed notes an error of the backend. Some databases abandon a transaction
// then, so nobody may go on with it, except after a rollback.
func (g *guard) failed(err error) error {
	if err == nil || g.refusal != nil {
		return err
	}
	format := "transaction failed before: %v"
	if repeatable(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		// Of these the caller must know even if the loop that met them was left;
		// other kinds would be taken for those of later calls.
		format = "transaction failed before: %w"
	}
	g.refusal = koji.Errorf(koji.ErrState, koji.FaultGeneric, format, err)
	return err
}

func (g *guard) Select(ctx context.Context, k *Kind, q Query, yield func(row any) bool) error {
	q, err := g.query(k, q)
	if err != nil {
		return err
	}
	g.reading[k]++
	defer func() { g.reading[k]-- }()
	return g.failed(g.BackendTx.Select(ctx, k, q, yield))
}

func (g *guard) Count(ctx context.Context, k *Kind, q Query) (int, error) {
	q, err := g.query(k, q)
	if err != nil {
		return 0, err
	}
	n, err := g.BackendTx.Count(ctx, k, q)
	return n, g.failed(err)
}

func (g *guard) Changes(ctx context.Context, k *Kind, q Query, after, before koji.EventID) (first, last koji.EventID, err error) {
	q, err = g.query(k, q)
	if err != nil {
		return koji.Now, koji.Now, err
	}
	first, last, err = g.BackendTx.Changes(ctx, k, q, after, before)
	return first, last, g.failed(err)
}

func (g *guard) Insert(ctx context.Context, k *Kind, rows ...any) error {
	for _, row := range rows {
		if err := g.change(k, row); err != nil {
			return err
		}
	}
	return g.failed(g.BackendTx.Insert(ctx, k, rows...))
}

func (g *guard) Update(ctx context.Context, k *Kind, row any) error {
	if err := g.change(k, row); err != nil {
		return err
	}
	return g.failed(g.BackendTx.Update(ctx, k, row))
}

func (g *guard) Delete(ctx context.Context, k *Kind, q Query) (int, error) {
	if err := g.writable(k); err != nil {
		return 0, err
	}
	q, err := g.query(k, q)
	if err != nil {
		return 0, err
	}
	n, err := g.BackendTx.Delete(ctx, k, q)
	return n, g.failed(err)
}

func (g *guard) NextEvent(ctx context.Context) (koji.EventID, error) {
	if err := g.writable(events); err != nil {
		return koji.Now, err
	}
	id, err := g.BackendTx.NextEvent(ctx)
	return id, g.failed(err)
}

func (g *guard) Lock(ctx context.Context, name string, wait bool) (bool, error) {
	if err := g.writable(locks); err != nil {
		return false, err
	}
	got, err := g.BackendTx.Lock(ctx, name, wait)
	return got, g.failed(err)
}

func (g *guard) Savepoint(ctx context.Context) (Savepoint, error) {
	if g.refusal != nil {
		return nil, g.refusal
	}
	mark, err := g.BackendTx.Savepoint(ctx)
	if err != nil {
		return nil, g.failed(err)
	}
	return guardedMark{mark, g}, nil
}

// guardedMark is a savepoint of a guarded transaction.
type guardedMark struct {
	mark Savepoint
	g    *guard
}

func (m guardedMark) Rollback(ctx context.Context) error {
	m.g.refusal = nil
	return m.g.failed(m.mark.Rollback(ctx))
}

// Release does nothing in a transaction that failed, whose failure fn may have
// hidden: it cannot be committed anyway.
func (m guardedMark) Release(ctx context.Context) error {
	if m.g.refusal != nil {
		return nil
	}
	return m.g.failed(m.mark.Release(ctx))
}

func (g *guard) Commit(ctx context.Context) error {
	if g.refusal != nil {
		return g.refusal
	}
	return g.BackendTx.Commit(ctx)
}

// writable tells whether a table may be written to now.
func (g *guard) writable(k *Kind) error {
	switch {
	case g.refusal != nil:
		return g.refusal
	case k.Base != nil:
		return koji.Errorf(koji.ErrReadOnly, koji.FaultGeneric, "change of a view of %s", k.Table)
	case !g.write:
		return koji.Errorf(koji.ErrReadOnly, koji.FaultGeneric, "change of %s in a reading transaction", k.Table)
	case g.reading[k] > 0:
		return koji.Errorf(koji.ErrState, koji.FaultGeneric, "change of %s in a loop over it", k.Table)
	}
	return nil
}

// change makes a row ready to be written.
func (g *guard) change(k *Kind, row any) error {
	if err := g.writable(k); err != nil {
		return err
	}
	if err := k.normalize(row); err != nil {
		return err
	}
	if r, ok := row.(interface{ check() error }); ok {
		return r.check()
	}
	return nil
}

// query checks q and brings the values it compares with to the form that rows
// have.
func (g *guard) query(k *Kind, q Query) (Query, error) {
	if g.refusal != nil {
		return q, g.refusal
	}
	if q.Limit < 0 || q.Offset < 0 {
		return q, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "list of %s with limit %d and offset %d", k.Table, q.Limit, q.Offset)
	}
	for _, o := range q.Order {
		if i := k.Column(o.Column); i < 0 || k.Columns[i].Join >= 0 {
			return q, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "%s has no column %q to order by", k.Table, o.Column)
		}
	}
	for i := range q.Where {
		c := &q.Where[i]
		switch k.Columns[k.Column(c.Column)].Type {
		case reflect.TypeFor[time.Time]():
			for j, v := range c.Values {
				c.Values[j] = comparedTime(v.(time.Time))
			}
		case reflect.TypeFor[string]():
			if c.Op == OpIn { // what no row can hold, no row equals
				c.Values = slices.DeleteFunc(c.Values, func(v any) bool { return !keptText(v.(string)) })
			} else if slices.ContainsFunc(c.Values, func(v any) bool { return !keptText(v.(string)) }) {
				return q, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "%s.%s compared with text that is not UTF-8 or has a zero byte", k.Table, c.Column)
			}
		}
	}
	return q, nil
}

// normalize brings a row to the form in which every backend returns it: times
// in UTC with microseconds, nulls with a zero value. It refuses what some
// cannot hold.
func (k *Kind) normalize(row any) error {
	v := reflect.ValueOf(row).Elem()
	for _, i := range k.loose {
		c := &k.Columns[i]
		f := v.FieldByIndex(c.Field)
		if c.Null {
			if !f.Field(1).Bool() {
				f.SetZero()
				continue
			}
			f = f.Field(0)
		}
		switch {
		case f.Kind() == reflect.String && !keptText(f.String()):
			return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "%s.%s: text is not UTF-8 or has a zero byte: %.100q", k.Table, c.Name, f.String())
		case f.Kind() == reflect.Float64 && math.IsNaN(f.Float()):
			return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "%s.%s: not a number", k.Table, c.Name)
		case f.Kind() == reflect.Struct:
			t := f.Addr().Interface().(*time.Time)
			*t = keptTime(*t)
		}
	}
	return nil
}

// checkJSON refuses text that a column for JSON cannot hold. What such a column
// returns may differ in blanks, in the order of keys and in repeated ones.
func checkJSON(column string, text sql.Null[string]) error {
	if text.Valid && !json.Valid([]byte(text.V)) {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "%s: not JSON: %.100q", column, text.V)
	}
	return nil
}

// loose tells whether values of a column have several forms or forbidden ones.
func (c *Column) loose() bool {
	switch c.Type.Kind() {
	case reflect.String, reflect.Float64, reflect.Struct:
		return true
	default:
		return c.Null
	}
}

func keptTime(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// comparedTime is a time to compare with, within what every database knows of: no
// event of interest is beyond.
func comparedTime(t time.Time) time.Time {
	switch t = keptTime(t); {
	case t.Year() < 1:
		return time.Time{}
	case t.Year() > 9999:
		return time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	default:
		return t
	}
}

func keptText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }
