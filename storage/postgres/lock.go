package postgres

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"

	"github.com/uptrace/bun"
)

// lockKey returns the number of the advisory lock for a name.
func lockKey(name string) int64 {
	sum := sha256.Sum256([]byte("kojikit lock " + name))
	return int64(binary.BigEndian.Uint64(sum[:8])) //nolint:gosec // any number will do
}

// Lock gets an advisory lock, and the row of the table of locks, if there is one,
// as a stock hub does.
func (d dialect) Lock(ctx context.Context, conn bun.Conn, name string, wait, anew bool) (got bool, err error) {
	key := lockKey(name)
	if anew {
		if got, err := d.anew(ctx, conn, key, wait); err != nil || !got {
			return false, err
		}
	}
	if _, err := conn.ExecContext(ctx, "SAVEPOINT named_lock"); err != nil {
		return false, err
	}
	if got, err = advisory(ctx, conn, "xact_", key, wait || anew); err != nil {
		return false, err
	}
	if anew {
		if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_unlock(?)", key); err != nil {
			return false, err
		}
	}
	if got {
		if got, err = rowLock(ctx, conn, name, wait); err != nil {
			return false, err
		}
	}
	end := "RELEASE SAVEPOINT named_lock"
	if !got {
		end = "ROLLBACK TO SAVEPOINT named_lock; " + end
	}
	_, err = conn.ExecContext(ctx, end)
	return got, err
}

// anew gets an advisory lock and begins the transaction after that, because its
// snapshot is older than what was waited for. The lock is one of the session, as
// others end with the transaction. The caller gives it up when it has one of
// these.
func (d dialect) anew(ctx context.Context, conn bun.Conn, key int64, wait bool) (got bool, err error) {
	if got, err := advisory(ctx, conn, "", key, wait); err != nil || !got {
		return false, err
	}
	if _, err := conn.ExecContext(ctx, "ROLLBACK"); err != nil {
		return false, err
	}
	_, err = d.Begin(ctx, conn, true)
	return err == nil, err
}

// advisory gets an advisory lock, of the session or of the transaction.
func advisory(ctx context.Context, conn bun.Conn, scope string, key int64, wait bool) (got bool, err error) {
	if wait {
		_, err = conn.ExecContext(ctx, "SELECT pg_advisory_"+scope+"lock(?)", key)
		return err == nil, err
	}
	err = conn.QueryRowContext(ctx, "SELECT pg_try_advisory_"+scope+"lock(?)", key).Scan(&got)
	return got, err
}

// rowLock locks the row of a name. If there is none, that is all right.
func rowLock(ctx context.Context, conn bun.Conn, name string, wait bool) (got bool, err error) {
	if wait {
		_, err = conn.ExecContext(ctx, `SELECT FROM "locks" WHERE "name" = ? FOR UPDATE`, name)
		return err == nil, err
	}
	err = conn.QueryRowContext(ctx, `SELECT TRUE FROM "locks" WHERE "name" = ? FOR UPDATE SKIP LOCKED`, name).Scan(&got)
	if !errors.Is(err, sql.ErrNoRows) {
		return got, err
	}
	err = conn.QueryRowContext(ctx, `SELECT NOT EXISTS (SELECT FROM "locks" WHERE "name" = ?)`, name).Scan(&got)
	return got, err
}
