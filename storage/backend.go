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
	// Watch calls wake after each commit that comes after Watch has returned, made
	// by any program, until ctx ends: at least once for those since the last call.
	// wake does not block. When commits may have escaped notice, as after the loss
	// of a connection, it is called too.
	Watch(ctx context.Context, wake func()) error
	// Close releases the backend's resources.
	Close() error
}

// BackendTx is one transaction of a [Backend]. Rows travel as pointers to the
// record type of their kind; times in them are in UTC and have microseconds.
//
// Errors are of kind koji.ErrExists for a broken unique or primary key,
// koji.ErrNotFound for a missing row or a reference to one, koji.ErrState for
// the deletion of a row that others refer to, koji.ErrConflict for a change
// that clashes with another writer's, koji.ErrUnavailable for a lost connection;
// the error of ctx if that has ended. An error may leave the transaction unusable
// until it is rolled back, to a savepoint or as a whole.
//
// Kinds are those of [Kinds], and for Select and Count also the [Views].
//
// Store sees to it that a reading transaction is not asked to write, a table
// not written to while it is being read, and none used after an error or its
// end; that queries name existing columns; and that text is valid UTF-8 without
// zero bytes.
type BackendTx interface {
	// Select calls yield with each row that q accepts until yield returns
	// false. The row is valid only during the call and must not be changed.
	// yield may use the transaction for anything but writing to this table.
	Select(ctx context.Context, k *Kind, q Query, yield func(row any) bool) error
	// Count returns the number of rows that q accepts, ignoring its order,
	// limit and offset.
	Count(ctx context.Context, k *Kind, q Query) (int, error)
	// Changes returns the first and the last event at which a version of a
	// versioned kind that q accepts was made or ended, of those after one event
	// and before another, neither included; koji.Now if there is none. Before
	// koji.Now is no bound.
	Changes(ctx context.Context, k *Kind, q Query, after, before koji.EventID) (first, last koji.EventID, err error)
	// Insert adds rows, one after the other or, after an error, none that will
	// last. If the kind is serial and the id of a row is zero, it assigns one
	// that is higher than all that the table has or ever had, and stores it in
	// the row. An id that is not zero is kept. Rows come by the thousand when a
	// program has many of them.
	Insert(ctx context.Context, k *Kind, rows ...any) error
	// Update replaces the row that has the key of row: of a versioned kind the
	// active one, which thereby may cease to be active.
	Update(ctx context.Context, k *Kind, row any) error
	// Delete removes the rows that q accepts and returns their number.
	Delete(ctx context.Context, k *Kind, q Query) (int, error)
	// NextEvent allocates an event. The ids of committed events become visible
	// in ascending order.
	NextEvent(ctx context.Context) (koji.EventID, error)
	// Now is the time of the transaction.
	Now() time.Time
	// Lock gets the lock of a name, until the end of the transaction or the return
	// to a savepoint from before. If others hold it, it waits or returns false. If
	// the transaction has done nothing else yet, it sees all that was committed by
	// those who held the lock before.
	Lock(ctx context.Context, name string, wait bool) (bool, error)
	// Savepoint marks the present state. Marks are ended in reverse order.
	Savepoint(ctx context.Context) (Savepoint, error)
	// Commit makes the changes visible. Afterwards the transaction is over,
	// whether or not it succeeded. When nobody knows that, it is [ErrUncertain].
	Commit(ctx context.Context) error
	// Rollback drops the changes. After Commit it does nothing.
	Rollback(ctx context.Context) error
}

// Savepoint is a state of a transaction to go back to. Either method ends it, and
// those that were set after it.
type Savepoint interface {
	// Rollback undoes what was done since, and makes a transaction usable that an
	// error has made unusable.
	Rollback(ctx context.Context) error
	// Release forgets the savepoint and keeps what was done.
	Release(ctx context.Context) error
}

// Query selects rows of one table.
type Query struct {
	Where []Cond // all must hold
	// At selects versions of a versioned kind: those visible at that event
	// ([Version.VisibleAt]), the active ones for koji.Now. Ignored if All is set.
	At koji.EventID
	// All selects revoked versions too.
	All bool
	// Order sorts the rows. What it leaves open is decided by the primary key,
	// ascending, and between versions of one row by their create_event, so that
	// every list has a defined order.
	Order []Order
	// Unordered allows the rows to come in any order, if Order is empty.
	Unordered bool
	Limit     int // at most so many rows; 0 for all
	Offset    int // skip so many rows
}

// Cond compares one column.
type Cond struct {
	Column string
	Op     Op
	Values []any // of the column's Go type
}

// Order is one sort key. Text is ordered by its bytes, as in PostgreSQL's
// collation "C", for comparisons too; false comes before true. Nulls come last
// in ascending order, first in descending order, as in PostgreSQL.
type Order struct {
	Column string
	Desc   bool
}
