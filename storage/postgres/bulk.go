package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"

	"github.com/kojikit/kojikit/storage"
)

// NextIDs takes numbers from the sequence. Other transactions may take some in
// between.
func (d dialect) NextIDs(ctx context.Context, conn bun.Conn, k *storage.Kind, n int) ([]int64, error) {
	rows, err := conn.QueryContext(ctx, "SELECT nextval(s) FROM pg_get_serial_sequence(?, ?) AS s, generate_series(1, ?)",
		`"`+k.Table+`"`, k.Key[0], n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	ids := make([]int64, 0, n)
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// InsertAll uses COPY.
func (d dialect) InsertAll(ctx context.Context, conn bun.Conn, table string, columns []string, next func() []any) error {
	start := time.Now()
	err := conn.Raw(func(c any) error {
		source := pgx.CopyFromFunc(func() ([]any, error) { return next(), nil })
		_, err := c.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{table}, columns, source)
		return err
	})
	if d.trace != nil {
		d.trace(ctx, "COPY "+table+" FROM STDIN", time.Since(start), err)
	}
	return err
}
