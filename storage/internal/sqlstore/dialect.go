package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"github.com/kojikit/kojikit/storage"
)

// Dialect is what a database system does in its own way. It is safe for
// concurrent use.
type Dialect interface {
	// Begin starts a transaction, takes the snapshot that it reads and returns
	// the time.
	Begin(ctx context.Context, conn bun.Conn, write bool) (time.Time, error)
	// Query runs a statement that returns rows of records, each column in the
	// type that its column has in the record.
	Query(ctx context.Context, conn bun.Conn, statement string) (Rows, error)
	// Commit returns the statement that ends a transaction, which may have changed
	// something: then it also tells other programs.
	Commit(changed bool) string
	// Lock gets the lock of a name until the end of the transaction, if need be
	// after waiting. If nothing was done in the transaction yet, it may be begun
	// anew, so that it sees what others committed before they gave up the lock.
	// After an error the connection is not used again.
	Lock(ctx context.Context, conn bun.Conn, name string, wait, anew bool) (bool, error)
	// LockEvents waits until no other transaction allocates events, and keeps
	// others from it until this one ends. As in Lock, the transaction may be begun
	// anew after a wait.
	LockEvents(ctx context.Context, conn bun.Conn, anew bool) error
	// InsertEvent adds an event that happens now and returns its id.
	InsertEvent(ctx context.Context, conn bun.Conn) (int64, error)
	// Raise makes the ids that the database assigns to rows of a serial kind
	// greater than id, at once and for everybody.
	Raise(ctx context.Context, conn bun.Conn, k *storage.Kind, id int64) error
	// Compared returns the SQL expression that has the value of a column as a
	// record has it, and what must follow it to have it ordered as
	// [storage.Order] says. name is the quoted column.
	Compared(k *storage.Kind, c *storage.Column, name string) (expr, collation string)
	// In returns a condition that a column, or an expression for it, has one of
	// several values. These are int64, float64, bool, string or time.Time, all
	// of one type.
	In(name string, values []any) schema.QueryAppender
	// Value returns a value of those types in the form in which the database
	// keeps it.
	Value(v any) any
	// Classify returns what the database says about a driver's error (table,
	// columns, constraint) and the kind of it: one of package koji,
	// [ErrReference], or nil if there is none.
	Classify(err error) (detail string, kind error)
	// Survives tells whether a transaction can be used after a broken constraint.
	Survives() bool
}

// BulkDialect is a [Dialect] that can add many rows at once. With others they are
// added one by one.
type BulkDialect interface {
	Dialect
	// NextIDs takes n ids, in ascending order, that no row has or will get.
	NextIDs(ctx context.Context, conn bun.Conn, k *storage.Kind, n int) ([]int64, error)
	// InsertAll adds the rows whose values next returns, until it returns nil.
	InsertAll(ctx context.Context, conn bun.Conn, table string, columns []string, next func() []any) error
}

// ErrReference is the kind of a broken foreign key: of a new row, or of one that
// was to be deleted.
var ErrReference = errors.New("reference")
