package storage

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/kojikit/kojikit/koji"
)

// Store holds the records of one Koji system. Make one with the Open function
// of a backend's package, or with [New]. It is safe for concurrent use.
type Store struct {
	backend Backend
	closing sync.Once
	closed  chan struct{} // closed by Close
}

// New returns a store over a backend.
func New(b Backend) *Store { return &Store{backend: b, closed: make(chan struct{})} }

// Backend returns what the store was made over, for code that treats all kinds
// alike, such as a copy of a whole store. Used directly it does not check what
// Store checks.
func (s *Store) Backend() Backend { return s.backend }

// Close releases the store's resources. Afterwards View and Update fail with
// koji.ErrState; closing again does nothing.
func (s *Store) Close() error {
	s.closing.Do(func() { close(s.closed) })
	return s.backend.Close()
}

// View calls fn with a transaction that reads one consistent snapshot: that of
// the last commit before it began, whatever is committed meanwhile. Writes in it
// fail with koji.ErrReadOnly. It never waits for writers, so it may also be
// called inside the function of an Update, of which it then sees nothing.
func (s *Store) View(ctx context.Context, fn func(*Tx) error) error {
	return s.do(ctx, false, fn)
}

// Update calls fn with a transaction that may write, and commits if fn returns
// nil. If fn returns an error or panics, nothing of what it did remains; nor
// does it if ctx ends first. Other writers may have to wait, so fn should not do
// slow work; an Update inside fn waits until ctx ends. koji.ErrConflict means
// that another writer came in between: the call may be repeated, see Retry.
func (s *Store) Update(ctx context.Context, fn func(*Tx) error) error {
	return s.do(ctx, true, fn)
}

// retries is how often Retry repeats a transaction.
const retries = 20

// ErrUncertain is in the error of an Update whose connection was lost during the
// commit, beside koji.ErrUnavailable: nobody knows whether it took place.
var ErrUncertain = errors.New("it is not known whether the commit took place")

// Retry is Update, repeated when another writer came in between
// (koji.ErrConflict) or the database was lost (koji.ErrUnavailable, but not
// [ErrUncertain]), after ever longer pauses and up to twenty times. Each time fn
// must begin anew: of an attempt that failed nothing remains in the store, so
// what fn has left in variables outside of it, ids of new rows above all, must
// not be used. That is why Update does not do this by itself.
func (s *Store) Retry(ctx context.Context, fn func(*Tx) error) error {
	for i := range retries {
		err := s.Update(ctx, fn)
		if !repeatable(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Millisecond << min(i, 7)):
		}
	}
	return s.Update(ctx, fn)
}

// repeatable tells whether a transaction that failed may succeed when repeated.
func repeatable(err error) bool {
	return errors.Is(err, koji.ErrConflict) || errors.Is(err, koji.ErrUnavailable) && !errors.Is(err, ErrUncertain)
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
	g := newGuard(b, write)
	defer g.end()
	if err := fn(&Tx{b: g}); err != nil {
		return err
	}
	if !write {
		return nil
	}
	return g.Commit(ctx)
}

// Tx is a transaction. It belongs to one goroutine and ends with the function
// it was given to; every later use of it fails with koji.ErrState.
//
// So does every use after the store has failed to do something, and the commit
// too, because some databases give up a transaction then: what may fail without
// ending the transaction has its place in [Tx.Try]. Calls that are refused
// before they reach the store ([Table.Get] finding nothing, a change without an
// Actor, text that cannot be stored) are no failures in this sense.
type Tx struct {
	// Actor is the user who makes the versioned changes that follow: their
	// creator and revoker. Versioned writes fail without one.
	Actor koji.UserID

	b     *guard
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

// Try calls fn and, if it returns an error or panics, undoes what it did in this
// transaction, which can then go on: with the event and the actor of before. It
// returns the error of fn.
func (tx *Tx) Try(ctx context.Context, fn func() error) (err error) {
	mark, err := tx.b.Savepoint(ctx)
	if err != nil {
		return err
	}
	event, actor, done := tx.event, tx.Actor, false
	defer func() {
		if done {
			return
		}
		tx.event, tx.Actor = event, actor
		if e := mark.Rollback(context.WithoutCancel(ctx)); e != nil {
			err = errors.Join(err, e)
		}
	}()
	if err := fn(); err != nil {
		return err
	}
	done = true
	return mark.Release(context.WithoutCancel(ctx))
}
