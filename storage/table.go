package storage

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/kojikit/kojikit/koji"
)

// Table is a table of records R, filtered by F, within a transaction.
type Table[R, F any] struct {
	tx   *Tx
	kind *Kind
}

// Page orders and cuts a list. The zero Page is everything by primary key.
type Page struct {
	Order []Order
	// Unordered lets the rows come in any order, which costs less than one by
	// primary key, unless Order is given.
	Unordered bool
	Limit     int // at most so many rows; 0 for all
	Offset    int // skip so many rows
}

// Get returns the one record that f accepts. None is koji.ErrNotFound; if there
// are several it returns the first.
func (t Table[R, F]) Get(ctx context.Context, f F) (R, error) {
	return get[R](ctx, t.tx, t.kind, query(t.kind, f, koji.Now), f)
}

// List returns the records that f accepts, ordered by primary key or as page
// says. At most one page may be given.
func (t Table[R, F]) List(ctx context.Context, f F, page ...Page) ([]R, error) {
	return collect(each[R](ctx, t.tx, t.kind, query(t.kind, f, koji.Now, page...)))
}

// Each iterates over what List returns, without holding all of it. In the loop
// a write to this table is refused with koji.ErrState; all else may be done.
func (t Table[R, F]) Each(ctx context.Context, f F, page ...Page) iter.Seq2[R, error] {
	return each[R](ctx, t.tx, t.kind, query(t.kind, f, koji.Now, page...))
}

// Count returns the number of records that f accepts.
func (t Table[R, F]) Count(ctx context.Context, f F) (int, error) {
	return t.tx.b.Count(ctx, t.kind, query(t.kind, f, koji.Now))
}

// Insert adds a record. An id that is zero is assigned, higher than all before,
// and stored in r; one that is set is kept. Times in r are put in UTC and cut to
// microseconds, as they are stored. A record with the same key, or one that
// clashes with another unique column list, is koji.ErrExists; a reference to
// nothing is koji.ErrNotFound.
func (t Table[R, F]) Insert(ctx context.Context, r *R) error {
	return t.tx.b.Insert(ctx, t.kind, r)
}

// InsertAll adds records as Insert does, in their order. It takes a fraction of
// the time that as many calls of that take.
func (t Table[R, F]) InsertAll(ctx context.Context, list []R) error {
	return insertAll(ctx, t.tx, t.kind, list)
}

// Update replaces the record that has the key of r; there must be one
// (koji.ErrNotFound). Errors are otherwise those of Insert.
func (t Table[R, F]) Update(ctx context.Context, r *R) error {
	return t.tx.b.Update(ctx, t.kind, r)
}

// Delete removes the records that f accepts and returns their number. A filter
// that accepts everything is refused with koji.ErrInvalid; if another record
// refers to one of them, it is koji.ErrState and none is removed.
func (t Table[R, F]) Delete(ctx context.Context, f F) (int, error) {
	q := query(t.kind, f, koji.Now)
	if len(q.Where) == 0 {
		return 0, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "delete from %s without a condition", t.kind.Table)
	}
	return t.tx.b.Delete(ctx, t.kind, q)
}

// query turns a filter into conditions.
func query[F any](k *Kind, f F, at koji.EventID, page ...Page) Query {
	q := Query{At: at}
	v := reflect.ValueOf(f)
	for _, field := range k.filter {
		if op, values := v.Field(field.index).Interface().(matcher).cond(); op != OpAny {
			q.Where = append(q.Where, Cond{field.column, op, values})
		}
	}
	for _, p := range page {
		q.Order, q.Unordered, q.Limit, q.Offset = p.Order, p.Unordered, p.Limit, p.Offset
	}
	return q
}

func each[R any](ctx context.Context, tx *Tx, k *Kind, q Query) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		done := false
		err := tx.b.Select(ctx, k, q, func(row any) bool {
			done = !yield(*row.(*R), nil)
			return !done
		})
		if err != nil && !done {
			var zero R
			yield(zero, err)
		}
	}
}

// chunk is how many rows a backend is given at a time.
const chunk = 4096

func insertAll[R any](ctx context.Context, tx *Tx, k *Kind, list []R) error {
	rows := make([]any, 0, min(chunk, len(list)))
	for part := range slices.Chunk(list, chunk) {
		rows = rows[:0]
		for i := range part {
			rows = append(rows, &part[i])
		}
		if err := tx.b.Insert(ctx, k, rows...); err != nil {
			return err
		}
	}
	return nil
}

func collect[R any](rows iter.Seq2[R, error]) ([]R, error) {
	var list []R
	for r, err := range rows {
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

func get[R any](ctx context.Context, tx *Tx, k *Kind, q Query, f any) (R, error) {
	q.Limit = 1
	for r, err := range each[R](ctx, tx, k, q) {
		return r, err
	}
	var zero R
	return zero, koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such %s: %s", k.Table, describe(k, f))
}

// describe renders the conditions of a filter for an error message.
func describe(k *Kind, f any) string {
	var parts []string
	v := reflect.ValueOf(f)
	for _, field := range k.filter {
		op, values := v.Field(field.index).Interface().(matcher).cond()
		switch op {
		case OpAny:
		case OpNull:
			parts = append(parts, field.column+" is null")
		case OpIn:
			// A list may be as long as a table.
			text := strings.Trim(fmt.Sprint(values[:min(len(values), 3)]), "[]")
			if len(values) > 3 {
				text = fmt.Sprintf("%s and %d more", text, len(values)-3)
			}
			parts = append(parts, field.column+" "+text)
		default:
			parts = append(parts, field.column)
		}
	}
	return strings.Join(parts, ", ")
}
