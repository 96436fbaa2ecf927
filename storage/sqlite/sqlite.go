// Package sqlite keeps the records of a store in one SQLite file: the store of
// programs that embed this module, with no server to run. The tables are those
// of a Koji database, with SQLite's types: booleans are 0 and 1, times are
// microseconds since 1970, JSON is text.
//
//	store, err := sqlite.Open(ctx, "koji.db", sqlite.Options{})
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//
// Readers neither wait for the writer nor keep it waiting; writers follow one
// another, those of other processes too. When Update has returned, its changes
// survive a crash of the process and of the machine; a transaction cut short by
// one leaves nothing behind. Commits of other programs are told to those who watch
// ([storage.Store.Watch]) within [Options].Poll.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	driver "modernc.org/sqlite"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/internal/sqlstore"
)

// Memory is the path of a store that ends with the process. It lies in a private
// directory of the memory file system, where there is one, or else of
// [os.TempDir], for SQLite's own databases in memory have no snapshots. Close
// removes it.
const Memory = ":memory:"

// Options configure a store. The zero value is useful.
type Options struct {
	// ReadOnly opens an existing file for reading. Update fails with
	// koji.ErrReadOnly.
	ReadOnly bool
	// Readers is how many transactions can read at a time; more wait. Zero means
	// as many as the machine has processors, at least four.
	Readers int
	// BusyTimeout is how long a writer waits for one in another process before
	// it fails with koji.ErrConflict; zero means ten seconds. Within the process
	// it waits until its context ends.
	BusyTimeout time.Duration
	// Clock is asked for the time of events and transactions, by several
	// goroutines at once; nil means time.Now. Times are kept with microseconds.
	Clock func() time.Time
	// Poll is how often a store that is watched looks for commits of other
	// programs; zero means every tenth of a second. It is told of its own at once.
	Poll time.Duration
	// Trace, unless nil, is called after each statement, by several goroutines
	// at once.
	Trace func(ctx context.Context, statement string, took time.Duration, err error)
}

// Open opens the store in a file, which it creates if there is none. The
// directory must exist and allow writing: beside the file lie, while it is open,
// its log (-wal) and an index of that (-shm). A file that is not a store of this
// package is koji.ErrMismatch.
func Open(ctx context.Context, path string, opts Options) (*storage.Store, error) {
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	if opts.BusyTimeout == 0 {
		opts.BusyTimeout = 10 * time.Second
	}
	if opts.Poll == 0 {
		opts.Poll = 100 * time.Millisecond
	}
	if opts.Readers == 0 {
		opts.Readers = max(4, runtime.GOMAXPROCS(0))
	}
	config := sqlstore.Config{Dialect: dialect{opts.Clock, opts.BusyTimeout}}
	durability := "full"
	if path == Memory {
		dir, err := memoryDir()
		if err != nil {
			return nil, fmt.Errorf("store in memory: %w", err)
		}
		path, durability = filepath.Join(dir, "koji.db"), "off"
		config.Close = func() error { return os.RemoveAll(dir) }
	}
	backend, err := open(ctx, path, durability, opts, config)
	if err != nil {
		if config.Close != nil {
			err = errors.Join(err, config.Close())
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return storage.New(backend), nil
}

func open(ctx context.Context, path, durability string, opts Options, config sqlstore.Config) (backend *sqlstore.Backend, err error) {
	if !opts.ReadOnly {
		if config.Writers, err = connect(path, url.Values{
			"mode": {"rwc"},
			// The mode of the journal comes first: until it is set, a writer keeps readers waiting.
			"_pragma": {"busy_timeout(10000)", "journal_mode(wal)", "synchronous(" + durability + ")", "foreign_keys(1)"},
		}, 1); err != nil {
			return nil, err
		}
		config.Writers = sqlstore.Traced(config.Writers, opts.Trace)
	}
	if config.Readers, err = connect(path, url.Values{
		"mode":    {"rw"},
		"_pragma": {"busy_timeout(10000)", "query_only(1)"},
	}, opts.Readers); err != nil {
		return nil, err
	}
	config.Readers = sqlstore.Traced(config.Readers, opts.Trace)
	config.Watch = func(ctx context.Context, wake func()) error {
		return watch(ctx, path, opts.Poll, wake)
	}
	backend = sqlstore.New(config)
	if err := prepare(ctx, backend, opts.ReadOnly); err != nil {
		config.Close = nil
		return nil, errors.Join(err, config.Readers.Close(), closeWriters(config))
	}
	return backend, nil
}

func closeWriters(config sqlstore.Config) error {
	if config.Writers == nil {
		return nil
	}
	return config.Writers.Close()
}

// prepare creates the tables of a new store and checks an old one.
func prepare(ctx context.Context, b *sqlstore.Backend, readOnly bool) error {
	pool := b.Writers
	if readOnly {
		pool = b.Readers
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return explain(err)
	}
	defer conn.Close()
	if _, err := b.Dialect.Begin(ctx, conn, !readOnly); err != nil {
		return explain(err)
	}
	defer func() { _, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") }() // fails after a commit
	fresh, err := check(ctx, conn)
	switch {
	case err != nil || !fresh:
		return explain(err)
	case readOnly:
		return koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "the file has no tables")
	}
	if err := create(ctx, conn); err != nil {
		return explain(err)
	}
	if err := b.Seed(ctx, conn); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "COMMIT")
	return explain(err)
}

// explain gives an error of the driver its kind.
func explain(err error) error {
	if err == nil {
		return nil
	}
	if detail, kind := (dialect{}).Classify(err); kind != nil {
		return koji.Errorf(kind, koji.FaultGeneric, "%s", detail)
	}
	return err
}

// connect returns a pool of connections to a file.
func connect(path string, params url.Values, n int) (*bun.DB, error) {
	// An absolute path, for the working directory may change before the last
	// connection is made; as a URI, for the name may hold any character.
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	u := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path), RawQuery: params.Encode()}
	connector, err := driver.NewConnector(u.String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return bun.NewDB(db, sqlitedialect.New()), nil
}

// memoryDir makes a directory for a store that does not last.
func memoryDir() (string, error) {
	if dir, err := os.MkdirTemp("/dev/shm", "koji"); err == nil {
		return dir, nil
	}
	return os.MkdirTemp("", "koji")
}
