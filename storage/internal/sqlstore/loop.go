package sqlstore

import (
	"context"
	"database/sql"
)

// loop is the rows of a query that is being read. They come from the connection
// until somebody else needs that.
type loop struct {
	table  *table
	rows   *sql.Rows // nil when there are no more
	values []any     // of the present row
	dest   []any     // pointers to values
	kept   []any     // records that were read before their time
	err    error     // what ended the rows, to be told after those that were kept
}

func newLoop(t *table, rows *sql.Rows) *loop {
	l := &loop{table: t, rows: rows, values: make([]any, len(t.columns)), dest: make([]any, len(t.columns))}
	for i := range l.values {
		l.dest[i] = &l.values[i]
	}
	return l
}

// next returns the next record, or nil after the last.
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
		l.close()
		return nil, l.err
	}
	if err := l.rows.Scan(l.dest...); err != nil {
		return nil, err
	}
	return l.table.scan(l.values)
}

// drain reads all rows, so that the connection is free.
func (l *loop) drain() {
	for {
		row, err := l.read()
		if err != nil {
			l.err = err
		}
		if row == nil {
			break
		}
		l.kept = append(l.kept, row)
	}
	l.close()
}

// close gives the connection back, whatever rows are left.
func (l *loop) close() {
	if l.rows != nil {
		_ = l.rows.Close() // what ended the rows is in err already
		l.rows = nil
	}
}
