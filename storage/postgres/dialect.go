package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/schema"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/internal/sqlstore"
)

// dialect is PostgreSQL's way of doing things.
type dialect struct {
	types     map[[2]string]string // of columns, by table and name
	collation string               // to be added to text, so that it is ordered by its bytes
	trace     sqlstore.Trace       // told of what does not go through bun; may be nil
}

// Writers are serializable, so that what a writer has read still holds when it
// commits. Readers need less, and less works on a replica.
const (
	beginWriter = "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE"
	beginReader = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
)

// The first query takes the snapshot. For readers it also plans for what they
// do: they join what a tag holds, hundreds of thousands of rows, with the tables
// behind. As servers come they would write the hash tables of that to disk, and
// read whole tables where an index leads to the few rows that are wanted, because
// they still reckon with disks that turn. It lasts as long as the transaction.
const (
	firstOfWriter = "SELECT now()"
	firstOfReader = "SELECT now()" +
		", set_config('random_page_cost', current_setting('seq_page_cost'), true)" +
		", set_config('work_mem', greatest(pg_size_bytes(current_setting('work_mem')), 67108864) / 1024 || 'kB', true)"
)

func (dialect) Begin(ctx context.Context, conn bun.Conn, write bool) (now time.Time, err error) {
	var ignored string
	begin, first, row := beginReader, firstOfReader, []any{&now, &ignored, &ignored}
	if write {
		begin, first, row = beginWriter, firstOfWriter, row[:1]
	}
	if _, err := conn.ExecContext(ctx, begin); err != nil {
		return now, err
	}
	err = conn.QueryRowContext(ctx, first).Scan(row...)
	return now.UTC(), err
}

// channel is where commits are told of.
const channel = "kojikit_commit"

// Commit tells those who listen of changes.
func (dialect) Commit(changed bool) string {
	if changed {
		return "NOTIFY " + channel + "; COMMIT"
	}
	return "COMMIT"
}

// eventLock is the number of the advisory lock under which events are allocated:
// "koji" and "even" in ASCII.
const eventLock = 0x6b6f6a69_6576656e

// LockEvents begins anew only if it had to wait: the snapshot is then older than
// what was waited for, and a change of that would be a conflict.
func (d dialect) LockEvents(ctx context.Context, conn bun.Conn, anew bool) error {
	if anew {
		if got, err := advisory(ctx, conn, "xact_", eventLock, false); err != nil || got {
			return err
		}
		if got, err := d.anew(ctx, conn, eventLock, true); err != nil || !got {
			return err
		}
	}
	_, err := conn.ExecContext(ctx, "SELECT pg_advisory_xact_lock(?)", int64(eventLock))
	if err == nil && anew {
		_, err = conn.ExecContext(ctx, "SELECT pg_advisory_unlock(?)", int64(eventLock))
	}
	return err
}

func (dialect) InsertEvent(ctx context.Context, conn bun.Conn) (id int64, err error) {
	err = conn.QueryRowContext(ctx, `INSERT INTO "events" DEFAULT VALUES RETURNING "id"`).Scan(&id)
	return id, err
}

// Raise sets the sequence. Taking a number first makes sure that it never goes
// back.
func (dialect) Raise(ctx context.Context, conn bun.Conn, k *storage.Kind, id int64) error {
	if id < 1 {
		return nil
	}
	_, err := conn.ExecContext(ctx, "SELECT setval(s, greatest(nextval(s), ?)) FROM pg_get_serial_sequence(?, ?) AS s",
		id, `"`+k.Table+`"`, k.Key[0])
	return err
}

// Compared orders text by its bytes, and takes JSON as the text that it is in a
// record.
func (d dialect) Compared(k *storage.Kind, c *storage.Column, name string) (expr, collation string) {
	switch d.types[[2]string{k.Table, c.Name}] {
	case "text", "character varying":
		return name, d.collation
	case "json", "jsonb":
		return name + "::text", d.collation
	}
	return name, ""
}

// In compares with an array, which is quicker to read than a long list.
func (dialect) In(name string, values []any) schema.QueryAppender {
	is := func(typ string, array any) schema.QueryAppender {
		return bun.SafeQuery("? = ANY (?::"+typ+"[])", bun.Safe(name), array)
	}
	switch values[0].(type) {
	case int64:
		return is("bigint", pgdialect.Array(list[int64](values)))
	case string:
		return is("text", pgdialect.Array(list[string](values)))
	}
	return bun.SafeQuery("? IN (?)", bun.Safe(name), bun.List(values))
}

func list[T any](values []any) []T {
	list := make([]T, len(values))
	for i, v := range values {
		list[i] = v.(T)
	}
	return list
}

// Value is what it is.
func (dialect) Value(v any) any { return v }

// Survives is false: after an error a transaction can only be rolled back.
func (dialect) Survives() bool { return false }

// Classify goes by SQLSTATE.
func (dialect) Classify(err error) (detail string, kind error) {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return err.Error(), connectionKind(err)
	}
	return describe(e), stateKind(e.Code)
}

// describe puts together what the server says.
func describe(e *pgconn.PgError) string {
	var b strings.Builder
	b.WriteString(e.Message)
	if e.Detail != "" {
		fmt.Fprintf(&b, " %s", e.Detail)
	}
	if e.TableName != "" {
		fmt.Fprintf(&b, " (table %s", e.TableName)
		if e.ColumnName != "" {
			fmt.Fprintf(&b, ", column %s", e.ColumnName)
		}
		if e.ConstraintName != "" {
			fmt.Fprintf(&b, ", constraint %s", e.ConstraintName)
		}
		b.WriteString(")")
	}
	return b.String()
}

// stateKind returns the kind of a SQLSTATE, or nil.
func stateKind(code string) error {
	switch code {
	case "23505": // unique
		return koji.ErrExists
	case "23503": // foreign key
		return sqlstore.ErrReference
	case "23502", "23514", "54000", "54001", "0A000": // not null, check, program limits
		return koji.ErrInvalid
	case "55P03": // lock not available
		return koji.ErrLocked
	case "25P02": // transaction aborted by an error before
		return koji.ErrState
	case "25006": // read-only transaction
		return koji.ErrReadOnly
	case "42501": // insufficient privilege
		return koji.ErrDenied
	case "42P01", "42703", "3D000", "3F000", "42883": // no such table, column, database, schema, function
		return koji.ErrMismatch
	}
	switch code[:2] {
	case "22": // data
		return koji.ErrInvalid
	case "40": // serialization failure, deadlock
		return koji.ErrConflict
	case "08", "53", "57", "58", "28": // connection, resources, shutdown, system, authorization
		return koji.ErrUnavailable
	}
	return nil
}

// connectionKind returns the kind of an error that did not come from the server.
func connectionKind(err error) error {
	var network net.Error
	var connect *pgconn.ConnectError
	if errors.As(err, &network) || errors.As(err, &connect) || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		strings.Contains(err.Error(), "conn closed") { // pgx has no value for it
		return koji.ErrUnavailable
	}
	return nil
}
