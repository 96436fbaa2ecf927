package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// BatchDialect is a [Dialect] of a database to which every query is a journey, so
// that several tables are better read in one.
type BatchDialect interface {
	Dialect
	// Packed returns an expression for the JSON array of the texts of columns.
	Packed(names []string) string
	// Time reads the text of a time.
	Time(text string) (time.Time, error)
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
		part := t.conn.NewSelect().TableExpr(tab.from).ColumnExpr("?", i).ColumnExpr(batch.Packed(tab.names()))
		tab.where(s.Query, func(query string, args ...any) { part.Where(query, args...) })
		if union == nil {
			union = part
		} else {
			union.UnionAll(part)
		}
	}
	rows, err := union.Rows(ctx)
	if err != nil && first && t.renew(ctx, err) {
		rows, err = union.Conn(t.conn).Rows(ctx)
	}
	if err != nil {
		return t.fail(ctx, err, "read", tables[0])
	}
	defer rows.Close()
	for rows.Next() {
		var i int
		var packed []byte
		if err := rows.Scan(&i, &packed); err != nil {
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

func (t *table) names() []string { return strings.Split(t.list, ", ") }

// unpack makes a record of the texts of a row's values.
func (t *table) unpack(d BatchDialect, packed []byte) (any, error) {
	var texts []*string
	if err := json.Unmarshal(packed, &texts); err != nil || len(texts) != len(t.shown) {
		return nil, koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "row of %s: not %d texts", t.kind.Table, len(t.shown))
	}
	record := reflect.New(t.kind.Record())
	for i, text := range texts {
		if text == nil {
			continue
		}
		v, err := parse(d, t.shown[i].Type, *text)
		if err != nil {
			return nil, koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "%s.%s: %w", t.kind.Table, t.shown[i].Name, err)
		}
		if !store(t.targets[i].pointer(record.UnsafePointer()), v) {
			return nil, (&MismatchError{Column: i, Holds: fmt.Sprintf("%T", v)}).explain(t)
		}
	}
	return record.Interface(), nil
}

// parse reads the text of a value of a type.
func parse(d BatchDialect, typ reflect.Type, text string) (any, error) {
	switch typ.Kind() {
	case reflect.Int, reflect.Int64:
		return strconv.ParseInt(text, 10, 64)
	case reflect.Bool:
		return strconv.ParseBool(text)
	case reflect.Float64:
		return strconv.ParseFloat(text, 64)
	case reflect.String:
		return text, nil
	case reflect.Struct:
		return d.Time(text)
	}
	return nil, fmt.Errorf("no way to read a %s", typ)
}
