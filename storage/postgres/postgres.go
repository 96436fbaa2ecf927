// Package postgres keeps the records of a store in a PostgreSQL database: an
// existing one of Koji 1.35, as it is, or a new one with the same tables.
//
//	store, err := postgres.Open(ctx, "host=db dbname=koji user=koji", postgres.Options{ReadOnly: true})
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//
// Nothing of this package's own is needed in a database of Koji, and nothing is
// written when it is opened. For reading, a replica (a hot standby) will do; there
// a View may fail with koji.ErrConflict when the server has to remove what it
// reads.
//
// # Beside a stock hub
//
// A stock hub can go on using the database; neither waits for the other's events.
// Nor does a hub take part in the rule that an event becomes visible when all
// lower ones are final: one that it commits late adds to the past. Named locks
// that are in Koji's table are shared with it.
//
// # Conflicts
//
// Writers are serializable transactions. When two are in each other's way, one
// of them fails with koji.ErrConflict, and so does one of several in a deadlock;
// it may be repeated, with [storage.Store.Retry] for example. A transaction that
// allocates an event waits until others that have done so are over. If that is
// the first thing it does, what these changed is no conflict.
//
// # Lost connections
//
// A connection that breaks is koji.ErrUnavailable; the transaction did not take
// place, unless the error is [storage.ErrUncertain] too. A connection that broke
// before anything was read or written is replaced without notice.
//
// # Watching
//
// Commits of programs that use this package are told at once
// ([storage.Store.Watch]), those of a stock hub within [Options].Poll, and so are
// all on a replica. Whatever is written in the whole server counts, so there may
// be one report for each Poll while nothing has changed. A watch has a connection
// of its own; it must not go through a pooler that shares connections between
// transactions.
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/internal/sqlstore"
)

// Options configure a store. The zero value is useful.
type Options struct {
	// ReadOnly makes the server refuse every change (default_transaction_read_only),
	// so that a replica will do. Update fails with koji.ErrReadOnly, and Open does
	// not create tables.
	ReadOnly bool
	// Connections is how many transactions can be open at a time; more wait. A
	// View inside an Update takes a second one. Zero means four for each
	// processor, at least sixteen.
	Connections int
	// Poll is how often a store that is watched looks for commits of other
	// programs than those that use this package; zero means once a second.
	Poll time.Duration
	// Trace, unless nil, is called after each statement, by several goroutines
	// at once.
	Trace func(ctx context.Context, statement string, took time.Duration, err error)
}

// Open connects to a database: dsn is a connection string or URL as of libpq;
// what it does not say comes from the environment (PGHOST and so on). If the
// database has no tables, Open creates those of Koji. One that lacks tables or
// columns of Koji 1.35 is koji.ErrMismatch; more of them do no harm. A server that
// cannot be reached is koji.ErrUnavailable.
func Open(ctx context.Context, dsn string, opts Options) (*storage.Store, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultConfiguration, "connection string: %w", err)
	}
	if opts.Connections == 0 {
		opts.Connections = max(16, 4*runtime.GOMAXPROCS(0))
	}
	if opts.Poll == 0 {
		opts.Poll = time.Second
	}
	config = configure(config, opts.ReadOnly)
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(opts.Connections)
	db.SetMaxIdleConns(opts.Connections)
	db.SetConnMaxIdleTime(5 * time.Minute)
	backend, err := open(ctx, db, config, opts)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("database %s on %s: %w", config.Database, config.Host, err), db.Close())
	}
	return storage.New(backend), nil
}

// configure sets what the rest of this package relies on.
func configure(config *pgx.ConnConfig, readOnly bool) *pgx.ConnConfig {
	config.RuntimeParams = maps.Clone(config.RuntimeParams)
	if config.RuntimeParams == nil {
		config.RuntimeParams = make(map[string]string)
	}
	config.RuntimeParams["timezone"] = "UTC"
	config.RuntimeParams["datestyle"] = "ISO"
	config.RuntimeParams["standard_conforming_strings"] = "on"
	if readOnly {
		config.RuntimeParams["default_transaction_read_only"] = "on"
	}
	// Values stand in the statements, so that no two are alike: to prepare them
	// would be in vain.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	// By default the end of a context closes the connection, and with it a
	// transaction of which only a part was to end.
	config.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: 5 * time.Second}
	}
	return config
}

func open(ctx context.Context, db *sql.DB, connect *pgx.ConnConfig, opts Options) (*sqlstore.Backend, error) {
	pool := sqlstore.Traced(bun.NewDB(db, pgdialect.New()), opts.Trace)
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, explain(err)
	}
	defer conn.Close()
	types, err := columnTypes(ctx, conn)
	if err != nil {
		return nil, explain(err)
	}
	if len(types) == 0 && !opts.ReadOnly {
		if err := create(ctx, conn); err != nil {
			return nil, explain(err)
		}
		if types, err = columnTypes(ctx, conn); err != nil {
			return nil, explain(err)
		}
	}
	if err := compare(types); err != nil {
		return nil, err
	}
	collation, err := textOrder(ctx, conn)
	if err != nil {
		return nil, explain(err)
	}
	config := sqlstore.Config{Readers: pool, Writers: pool, Dialect: dialect{types, collation, opts.Trace}}
	if opts.ReadOnly {
		config.Writers = nil
	}
	config.Watch = func(ctx context.Context, wake func()) error { return watch(ctx, connect, opts.Poll, wake) }
	return sqlstore.New(config), nil
}

// explain gives an error of the driver its kind.
func explain(err error) error {
	var known *koji.Error
	if errors.As(err, &known) {
		return err
	}
	if detail, kind := (dialect{}).Classify(err); kind != nil {
		return koji.Errorf(kind, koji.FaultServerOffline, "%s", detail)
	}
	return err
}
