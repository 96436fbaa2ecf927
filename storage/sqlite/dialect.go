package sqlite

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
	driver "modernc.org/sqlite"
	code "modernc.org/sqlite/lib"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/internal/sqlstore"
)

// dialect is SQLite's way of doing things. Booleans are kept as 0 and 1, times
// as microseconds since 1970.
type dialect struct {
	clock func() time.Time
	wait  time.Duration // for the lock of another process
}

func (d dialect) now() time.Time { return d.clock().UTC().Truncate(time.Microsecond) }

// Begin starts a transaction. A writer has the lock of the file from the
// beginning, so that it cannot find out late that another one was faster.
func (d dialect) Begin(ctx context.Context, conn bun.Conn, write bool) (time.Time, error) {
	if !write {
		if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
			return time.Time{}, err
		}
		var n int // the snapshot is taken by the first read
		err := conn.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM sqlite_schema LIMIT 1)").Scan(&n)
		return d.now(), err
	}
	// Within this process writers wait for the one connection. SQLite's own way
	// of waiting for other processes does not look at ctx.
	deadline := time.Now().Add(d.wait)
	for {
		_, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE")
		if err == nil || resultCode(err)&0xff != code.SQLITE_BUSY || !time.Now().Before(deadline) {
			return d.now(), err
		}
		select {
		case <-ctx.Done():
			return time.Time{}, ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func (dialect) Query(ctx context.Context, conn bun.Conn, statement string) (sqlstore.Rows, error) {
	rows, err := conn.QueryContext(ctx, statement) //nolint:rowserrcheck // looked at where rows are read
	if err != nil {
		return nil, err
	}
	return sqlstore.ValueRows(rows), nil
}

// Commit needs to tell nobody.
func (dialect) Commit(bool) string { return "COMMIT" }

// Lock has nothing to wait for: there is one writer at a time.
func (dialect) Lock(context.Context, bun.Conn, string, bool, bool) (bool, error) { return true, nil }

// LockEvents has nothing to do: there is one writer at a time.
func (dialect) LockEvents(context.Context, bun.Conn, bool) error { return nil }

func (d dialect) InsertEvent(ctx context.Context, conn bun.Conn) (int64, error) {
	res, err := conn.ExecContext(ctx, `INSERT INTO "events" ("time") VALUES (?)`, d.now().UnixMicro())
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

// Raise has nothing to do: AUTOINCREMENT goes on after the highest id.
func (dialect) Raise(context.Context, bun.Conn, *storage.Kind, int64) error { return nil }

// Compared is the column itself: text is compared by its bytes.
func (dialect) Compared(_ *storage.Kind, _ *storage.Column, name string) (expr, collation string) {
	return name, ""
}

// longList is the number of values from which on a list is not written out, for
// SQLite would look at them one after another while compiling.
const longList = 100

// In returns a condition that holds long lists as one JSON text.
func (d dialect) In(name string, values []any) schema.QueryAppender {
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = d.Value(v)
	}
	if len(list) < longList {
		return bun.SafeQuery("? IN (?)", bun.Safe(name), bun.List(list))
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(list); err != nil { // an infinite float
		return bun.SafeQuery("? IN (?)", bun.Safe(name), bun.List(list))
	}
	return bun.SafeQuery("? IN (SELECT value FROM json_each(?))", bun.Safe(name), b.String())
}

func (dialect) Value(v any) any {
	switch v := v.(type) {
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case time.Time:
		return v.UnixMicro()
	case float64:
		switch {
		case math.IsInf(v, 1):
			return bun.Safe("9e999")
		case math.IsInf(v, -1):
			return bun.Safe("-9e999")
		case v == math.Trunc(v):
			return bun.Safe(fmt.Sprintf("%.1f", v)) // a literal without a point is an integer
		}
	}
	return v
}

func (dialect) Survives() bool { return true }

// Classify goes by SQLite's extended result codes.
func (dialect) Classify(err error) (detail string, kind error) {
	detail = err.Error()
	switch c := resultCode(err); {
	case c == code.SQLITE_CONSTRAINT_FOREIGNKEY || c == code.SQLITE_CONSTRAINT_TRIGGER:
		return detail, sqlstore.ErrReference
	case c == code.SQLITE_CONSTRAINT_UNIQUE || c == code.SQLITE_CONSTRAINT_PRIMARYKEY || c == code.SQLITE_CONSTRAINT_ROWID:
		return detail, koji.ErrExists
	case c&0xff == code.SQLITE_CONSTRAINT || c&0xff == code.SQLITE_MISMATCH || c&0xff == code.SQLITE_TOOBIG:
		return detail, koji.ErrInvalid
	case c&0xff == code.SQLITE_BUSY || c&0xff == code.SQLITE_LOCKED:
		return detail, koji.ErrConflict
	case c&0xff == code.SQLITE_READONLY:
		return detail, koji.ErrReadOnly
	case c&0xff == code.SQLITE_NOTADB || c&0xff == code.SQLITE_CORRUPT:
		return detail, koji.ErrMismatch
	case c&0xff == code.SQLITE_IOERR || c&0xff == code.SQLITE_FULL || c&0xff == code.SQLITE_CANTOPEN ||
		c&0xff == code.SQLITE_PERM:
		return detail, koji.ErrUnavailable
	}
	return detail, nil
}

func resultCode(err error) int {
	var e *driver.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}
