package storage

import (
	"context"

	"github.com/kojikit/kojikit/koji"
)

// Lock waits until no other transaction holds the lock of that name and holds it
// until this one ends, or until a [Tx.Try] fails inside of which it was got. A
// transaction may hold several and the same one repeatedly. Two that wait for
// each other are found out where they can come about: one of them fails with
// koji.ErrConflict. In a reading transaction it is koji.ErrReadOnly.
//
// A transaction whose first calls are for locks sees all that was committed by
// those that held them before. Later calls do not change what it sees, so that it
// may fail with koji.ErrConflict for changes made meanwhile.
//
// Names that are in the table of locks ([Tx.Locks]) are those that a stock hub
// locks too; any other name will do among programs that use this package.
func (tx *Tx) Lock(ctx context.Context, name string) error {
	_, err := tx.lock(ctx, name, true)
	return err
}

// TryLock is [Tx.Lock] without waiting. It tells whether it got the lock.
func (tx *Tx) TryLock(ctx context.Context, name string) (bool, error) {
	return tx.lock(ctx, name, false)
}

func (tx *Tx) lock(ctx context.Context, name string, wait bool) (bool, error) {
	if !keptText(name) {
		return false, koji.Errorf(koji.ErrInvalid, koji.FaultLock, "name of a lock is not UTF-8 or has a zero byte: %.100q", name)
	}
	return tx.b.Lock(ctx, name, wait)
}
