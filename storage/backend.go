package storage

import (
	"context"
	"time"

	"github.com/kojikit/kojikit/koji"
)

// Backend is where rows live. It is implemented by the packages below this one
// and by third parties, who check theirs with package storagetest; programs use
// [Store].
type Backend interface {
	// Begin starts a transaction. Readers see one snapshot, taken now. Writers
	// are serializable: no two that conflict both commit.
	Begin(ctx context.Context, write bool) (BackendTx, error)
	// Close releases the backend's resources.
	Close() error
}

// BackendTx is one transaction of a [Backend]. Rows travel as pointers to the
// record type of their kind. Errors are of kind koji.ErrExists for a broken
// unique or primary key, koji.ErrNotFound for a missing row or a broken
// foreign key, koji.ErrReadOnly for a write in a reading transaction.
type BackendTx interface {
	// Select calls yield with each row that q accepts until yield returns
	// false. The row is valid only during the call and must not be changed.
	Select(ctx context.Context, k *Kind, q Query, yield func(row any) bool) error
	// Count returns the number of rows that q accepts, ignoring its order,
	// limit and offset.
	Count(ctx context.Context, k *Kind, q Query) (int, error)
	// Insert adds a row. If the kind is serial and the id is zero, it assigns
	// the next one and stores it in row.
	Insert(ctx context.Context, k *Kind, row any) error
	// Update replaces the row that has the key of row.
	Update(ctx context.Context, k *Kind, row any) error
	// Delete removes the rows that q accepts and returns their number.
	Delete(ctx context.Context, k *Kind, q Query) (int, error)
	// NextEvent allocates an event. The ids of committed events become visible
	// in ascending order.
	NextEvent(ctx context.Context) (koji.EventID, error)
	// Now is the time of the transaction.
	Now() time.Time
	// Savepoint marks the present state; the function it returns goes back to it.
	Savepoint(ctx context.Context) (rollback func(context.Context) error, err error)
	// Commit makes the changes visible. Afterwards the transaction is over,
	// whether or not it succeeded.
	Commit(ctx context.Context) error
	// Rollback drops the changes. After Commit it does nothing.
	Rollback(ctx context.Context) error
}

// Query selects rows of one table.
type Query struct {
	Where []Cond // all must hold
	// At selects versions of a versioned kind: those visible at that event,
	// the active ones for koji.Now. Ignored if All is set.
	At koji.EventID
	// All selects revoked versions too.
	All bool
	// Order sorts the rows. What it leaves open is decided by the primary key,
	// so that every list has a defined order.
	Order  []Order
	Limit  int // at most so many rows; 0 for all
	Offset int // skip so many rows
}

// Cond compares one column.
type Cond struct {
	Column string
	Op     Op
	Values []any // of the column's Go type
}

// Order is one sort key. Nulls come last in ascending order, first in
// descending order, as in PostgreSQL.
type Order struct {
	Column string
	Desc   bool
}
