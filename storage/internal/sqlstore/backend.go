package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/uptrace/bun"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// Config is what a backend is made of.
type Config struct {
	Readers *bun.DB // connections for reading transactions
	Writers *bun.DB // connections for writing ones; may be the same. Nil to refuse those
	Dialect Dialect
	Close   func() error // called once after the connections are closed; may be nil
}

// Backend is a [storage.Backend] over an SQL database that has the tables of
// [storage.Kinds]. It is safe for concurrent use.
type Backend struct {
	Config
	tables map[*storage.Kind]*table
	closed atomic.Bool
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

// Begin starts a transaction. A connection that turns out to be broken before
// anything was done on it is replaced, once.
func (b *Backend) Begin(ctx context.Context, write bool) (storage.BackendTx, error) {
	t, err := b.begin(ctx, write)
	if errors.Is(err, koji.ErrUnavailable) {
		t, err = b.begin(ctx, write)
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

func (b *Backend) begin(ctx context.Context, write bool) (*tx, error) {
	pool := b.Readers
	if write {
		pool = b.Writers
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case b.closed.Load():
		return nil, koji.Errorf(koji.ErrState, koji.FaultServerOffline, "store is closed")
	case pool == nil:
		return nil, koji.Errorf(koji.ErrReadOnly, koji.FaultGeneric, "store was opened for reading only")
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, b.fail(ctx, err, "connect")
	}
	t := b.tx(conn, write)
	if t.now, err = b.Dialect.Begin(ctx, conn, write); err != nil {
		t.discard()
		return nil, b.fail(ctx, err, "begin")
	}
	return t, nil
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
