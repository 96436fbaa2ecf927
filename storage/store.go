package storage

import (
	"context"
	"errors"
	"time"

	"github.com/kojikit/kojikit/koji"
)

// Store holds the records of one Koji system. Make one with the Open function
// of a backend's package, or with [New]. It is safe for concurrent use.
type Store struct {
	backend Backend
}

// New returns a store over a backend.
func New(b Backend) *Store { return &Store{b} }

// Close releases the store's resources.
func (s *Store) Close() error { return s.backend.Close() }

// View calls fn with a transaction that reads one consistent snapshot. Writes
// in it fail with koji.ErrReadOnly.
func (s *Store) View(ctx context.Context, fn func(*Tx) error) error {
	return s.do(ctx, false, fn)
}

// Update calls fn with a transaction that may write, and commits if fn returns
// nil. If fn returns an error or panics, nothing of what it did remains. Other
// writers may have to wait, so fn should not do slow work.
func (s *Store) Update(ctx context.Context, fn func(*Tx) error) error {
	return s.do(ctx, true, fn)
}

func (s *Store) do(ctx context.Context, write bool, fn func(*Tx) error) (err error) {
	b, err := s.backend.Begin(ctx, write)
	if err != nil {
		return err
	}
	// The rollback must go through even when ctx is what ended fn. It is a
	// no-op after a commit, and the one way out when fn panics.
	defer func() {
		if e := b.Rollback(context.WithoutCancel(ctx)); e != nil && err != nil {
			err = errors.Join(err, e)
		}
	}()
	if err := fn(&Tx{b: b}); err != nil {
		return err
	}
	if !write {
		return nil
	}
	return b.Commit(ctx)
}

// Tx is a transaction. It belongs to one goroutine and ends with the function
// it was given to.
type Tx struct {
	// Actor is the user who makes the versioned changes that follow: their
	// creator and revoker. Versioned writes fail without one.
	Actor koji.UserID

	b     BackendTx
	event koji.EventID
}

// Now returns the time of the transaction: the same for all its calls.
func (tx *Tx) Now() time.Time { return tx.b.Now() }

// Event returns the event of this transaction's versioned changes, allocating
// it on first use. A transaction that never asks leaves no event behind.
func (tx *Tx) Event(ctx context.Context) (koji.EventID, error) {
	if tx.event == koji.Now {
		return tx.NewEvent(ctx)
	}
	return tx.event, nil
}

// NewEvent allocates an event of its own for the changes that follow, for
// operations whose steps must be ordered among themselves.
func (tx *Tx) NewEvent(ctx context.Context) (koji.EventID, error) {
	id, err := tx.b.NextEvent(ctx)
	if err != nil {
		return koji.Now, err
	}
	tx.event = id
	return id, nil
}

// Try calls fn and, if it fails, undoes what it did in this transaction, which
// can then go on. It returns the error of fn.
func (tx *Tx) Try(ctx context.Context, fn func() error) error {
	rollback, err := tx.b.Savepoint(ctx)
	if err != nil {
		return err
	}
	event, actor := tx.event, tx.Actor
	if err := fn(); err != nil {
		tx.event, tx.Actor = event, actor
		return errors.Join(err, rollback(context.WithoutCancel(ctx)))
	}
	return nil
}
