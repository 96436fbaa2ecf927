package sqlstore

import (
	"context"
	"errors"
	"reflect"

	"github.com/uptrace/bun"

	"github.com/kojikit/kojikit/storage"
)

// BatchDialect is a [Dialect] of a database to which every query is a journey, so
// that several tables are better read in one.
type BatchDialect interface {
	Dialect
	// Packed returns an expression for a record of columns, as one value.
	Packed(columns string) string
	// Unpack stores the values of a record where dest points to, as [Rows] do.
	Unpack(packed []byte, dest []any) error
}

// SelectAll yields the rows that the selections accept.
func (t *tx) SelectAll(ctx context.Context, selections []storage.Selection, yield func(i int, row any)) error {
	batch, ok := t.b.Dialect.(BatchDialect)
	if !ok {
		for i, s := range selections {
			if err := t.Select(ctx, s.Kind, s.Query, func(row any) bool { yield(i, row); return true }); err != nil {
				return err
			}
		}
		return nil
	}
	first := !t.used
	var union *bun.SelectQuery
	tables := make([]*table, len(selections))
	for i, s := range selections {
		tab, err := t.ready(ctx, s.Kind)
		if err != nil {
			return err
		}
		tables[i] = tab
		part := t.conn.NewSelect().TableExpr(tab.from).ColumnExpr("?", i).ColumnExpr(batch.Packed(tab.list))
		tab.where(s.Query, func(query string, args ...any) { part.Where(query, args...) })
		if union == nil {
			union = part
		} else {
			union.UnionAll(part)
		}
	}
	statement, err := union.AppendQuery(union.DB().QueryGen(), nil)
	if err != nil {
		return t.fail(ctx, err, "read", tables[0])
	}
	rows, err := batch.Query(ctx, t.conn, string(statement))
	if err != nil && first && t.renew(ctx, err) {
		rows, err = batch.Query(ctx, t.conn, string(statement))
	}
	if err != nil {
		return t.fail(ctx, err, "read", tables[0])
	}
	defer rows.Close()
	var i int
	var packed []byte
	dest := []any{&i, &packed}
	for rows.Next() {
		if err := rows.Scan(dest); err != nil {
			return t.fail(ctx, err, "read", tables[0])
		}
		row, err := tables[i].unpack(batch, packed)
		if err != nil {
			return t.fail(ctx, err, "read", tables[i])
		}
		yield(i, row)
	}
	if err := rows.Err(); err != nil {
		return t.fail(ctx, err, "read", tables[0])
	}
	return nil
}

// unpack makes a record of a row.
func (t *table) unpack(d BatchDialect, packed []byte) (any, error) {
	record := reflect.New(t.kind.Record())
	dest := make([]any, len(t.targets))
	for i := range t.targets {
		dest[i] = t.targets[i].pointer(record.UnsafePointer())
	}
	err := d.Unpack(packed, dest)
	var mismatch *MismatchError
	if errors.As(err, &mismatch) {
		err = mismatch.explain(t)
	}
	return record.Interface(), err
}
