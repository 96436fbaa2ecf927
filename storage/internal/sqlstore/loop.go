package sqlstore

import (
	"context"
	"errors"
	"reflect"
)

// loop is the rows of a query that is being read. They come from the connection
// until somebody else needs that.
type loop struct {
	table  *table
	rows   Rows // nil when there are no more
	record reflect.Value
	dest   []any // pointers into record
	kept   []any // records that were read before their time
	err    error // what ended the rows, to be told after those that were kept
}

func newLoop(t *table, rows Rows) *loop {
	l := &loop{table: t, rows: rows, dest: make([]any, len(t.targets))}
	l.renew()
	return l
}

// renew makes another record, so that the last one can be kept.
func (l *loop) renew() {
	l.record = reflect.New(l.table.kind.Record())
	p := l.record.UnsafePointer()
	for i := range l.dest {
		l.dest[i] = l.table.targets[i].pointer(p)
	}
}

// next returns the next record, which is valid until the one after it, or nil
// after the last.
func (l *loop) next(ctx context.Context) (any, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(l.kept) > 0 {
		row := l.kept[0]
		l.kept[0] = nil
		l.kept = l.kept[1:]
		return row, nil
	}
	return l.read()
}

// read takes the next record from the connection.
func (l *loop) read() (any, error) {
	if l.rows == nil {
		return nil, l.err
	}
	if !l.rows.Next() {
		l.err = l.rows.Err()
		_ = l.close()
		return nil, l.err
	}
	l.record.Elem().SetZero()
	if err := l.rows.Scan(l.dest); err != nil {
		var mismatch *MismatchError
		if errors.As(err, &mismatch) {
			return nil, mismatch.explain(l.table)
		}
		return nil, err
	}
	return l.record.Interface(), nil
}

// drain reads all rows, so that the connection is free. The loop's body may still
// use the last record.
func (l *loop) drain() {
	for {
		l.renew()
		row, err := l.read()
		if err != nil {
			l.err = err
		}
		if row == nil {
			break
		}
		l.kept = append(l.kept, row)
	}
	_ = l.close()
}

// close gives the connection back, whatever rows are left. What ended those that
// were read is in err already; an error here is of those that nobody wanted.
func (l *loop) close() error {
	if l.rows == nil {
		return nil
	}
	rows := l.rows
	l.rows = nil
	return rows.Close()
}
