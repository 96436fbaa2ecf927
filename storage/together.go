package storage

import (
	"context"

	"github.com/kojikit/kojikit/koji"
)

// Read is a list that is to be read together with others, see [Tx.Together].
type Read struct {
	selection Selection
	keep      func(row any)
}

// Into returns a read that appends the records that f accepts to rows, in no
// particular order.
func (t Table[R, F]) Into(rows *[]R, f F) Read { return into(t.kind, query(t.kind, f, koji.Now), rows) }

// Into returns a read that appends the records that f accepts at an event to rows,
// in no particular order.
func (t Versioned[R, F]) Into(rows *[]R, at koji.EventID, f F) Read {
	return into(t.kind, query(t.kind, f, at), rows)
}

func into[R any](k *Kind, q Query, rows *[]R) Read {
	return Read{Selection{k, q}, func(row any) { *rows = append(*rows, *row.(*R)) }}
}

// Together reads several short lists at once: in one query, where that saves the
// way to a database and back.
func (tx *Tx) Together(ctx context.Context, reads ...Read) error {
	selections := make([]Selection, len(reads))
	for i, r := range reads {
		selections[i] = r.selection
	}
	return tx.b.SelectAll(ctx, selections, func(i int, row any) { reads[i].keep(row) })
}

// Selection is a query of one table among several.
type Selection struct {
	Kind  *Kind
	Query Query
}

// Batcher is a [BackendTx] that can read several tables in one query. With others
// each takes one of its own.
type Batcher interface {
	BackendTx
	// SelectAll calls yield with each row that one of the selections accepts and
	// with the index of that, in any order; orders, limits and offsets do not
	// occur. The row is valid only during the call, and yield must not use the
	// transaction.
	SelectAll(ctx context.Context, selections []Selection, yield func(i int, row any)) error
}

// SelectAll implements [Batcher] over any backend.
func (g *guard) SelectAll(ctx context.Context, selections []Selection, yield func(i int, row any)) error {
	for i := range selections {
		s := &selections[i]
		q, err := g.query(s.Kind, s.Query)
		if err != nil {
			return err
		}
		s.Query = q
	}
	if b, ok := g.BackendTx.(Batcher); ok && len(selections) > 1 {
		return g.failed(b.SelectAll(ctx, selections, yield))
	}
	for i, s := range selections {
		err := g.BackendTx.Select(ctx, s.Kind, s.Query, func(row any) bool { yield(i, row); return true })
		if err != nil {
			return g.failed(err)
		}
	}
	return nil
}
