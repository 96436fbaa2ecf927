package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"github.com/kojikit/kojikit/internal/bell"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// Config is what a backend is made of.
type Config struct {
	Readers *bun.DB // connections for reading transactions
	Writers *bun.DB // connections for writing ones; may be the same. Nil to refuse those
	Dialect Dialect
	Close   func() error // called once after the connections are closed; may be nil
	// Watch calls wake, until ctx ends, after commits by other programs, as
	// [storage.Backend] says.
	Watch func(ctx context.Context, wake func()) error
}

// Backend is a [storage.Backend] over an SQL database that has the tables of
// [storage.Kinds]. It is safe for concurrent use.
type Backend struct {
	Config
	tables map[*storage.Kind]*table
	closed atomic.Bool
	bell   bell.Bell // rings at commits of this program
}

// New returns a backend, which owns the connections from then on.
func New(config Config) *Backend {
	b := &Backend{Config: config, tables: make(map[*storage.Kind]*table)}
	for _, k := range append(storage.Kinds(), storage.Views()...) {
		b.tables[k] = newTable(k, config.Dialect)
	}
	return b
}

// Seed inserts the rows that a new database is born with, in the transaction that
// is open on conn.
func (b *Backend) Seed(ctx context.Context, conn bun.Conn) error {
	t := b.tx(conn, true)
	err := storage.Seed(func(k *storage.Kind, row any) error { return t.insert(ctx, b.tables[k], row, true) })
	if err != nil {
		return err
	}
	return t.raiseAll(ctx)
}

func (b *Backend) tx(conn bun.Conn, write bool) *tx {
	return &tx{b: b, conn: conn, write: write, raised: make(map[*table]int64)}
}

// Begin starts a transaction. Connections that turn out to be broken before
// anything was done on them are replaced.
func (b *Backend) Begin(ctx context.Context, write bool) (storage.BackendTx, error) {
	conn, now, err := b.begin(ctx, write)
	if err != nil {
		return nil, err
	}
	t := b.tx(conn, write)
	t.now = now
	return t, nil
}

func (b *Backend) begin(ctx context.Context, write bool) (conn bun.Conn, now time.Time, err error) {
	pool := b.Readers
	if write {
		pool = b.Writers
	}
	switch {
	case ctx.Err() != nil:
		return conn, now, ctx.Err()
	case b.closed.Load():
		return conn, now, koji.Errorf(koji.ErrState, koji.FaultServerOffline, "store is closed")
	case pool == nil:
		return conn, now, koji.Errorf(koji.ErrReadOnly, koji.FaultGeneric, "store was opened for reading only")
	}
	// All idle connections may have broken at once, when the server was restarted.
	for range pool.Stats().OpenConnections + 1 {
		if conn, err = pool.Conn(ctx); err != nil {
			return conn, now, b.fail(ctx, err, "connect")
		}
		if now, err = b.Dialect.Begin(ctx, conn, write); err == nil {
			return conn, now, nil
		}
		discard(conn)
		if err = b.fail(ctx, err, "begin"); !errors.Is(err, koji.ErrUnavailable) {
			break
		}
	}
	return conn, now, err
}

// Watch tells of commits: at once of those of this program, of others as the
// database has it.
func (b *Backend) Watch(ctx context.Context, wake func()) error {
	if err := b.Config.Watch(ctx, wake); err != nil {
		return b.fail(ctx, err, "watch")
	}
	b.bell.Hear(ctx, wake)
	return nil
}

// Close closes the connections. Transactions under way fail.
func (b *Backend) Close() error {
	if b.closed.Swap(true) {
		return nil
	}
	err := b.Readers.Close()
	if b.Writers != nil && b.Writers != b.Readers {
		err = errors.Join(err, b.Writers.Close())
	}
	if b.Config.Close != nil {
		err = errors.Join(err, b.Config.Close())
	}
	return err
}

// fail turns an error of the driver into one of this module. What was tried is
// told by a verb and a table or other object.
func (b *Backend) fail(ctx context.Context, err error, what string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	detail, kind := b.Dialect.Classify(err)
	switch {
	case kind == nil:
		return fmt.Errorf("%s: %w", what, err)
	case errors.Is(kind, koji.ErrUnavailable):
		return koji.Errorf(kind, koji.FaultServerOffline, "%s: %w", what, err)
	case errors.Is(kind, ErrReference):
		kind = koji.ErrNotFound
		detail = "reference to a missing row: " + detail
	case errors.Is(kind, koji.ErrConflict):
		return koji.Errorf(kind, koji.FaultRetry, "%s: %s", what, detail)
	}
	return koji.Errorf(kind, koji.FaultGeneric, "%s: %s", what, detail)
}
