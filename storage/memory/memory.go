// Package memory keeps the records of a store in memory: for tests, for small
// programs, and as the read model of larger ones.
//
// Transactions are those of a real database. Each works on a snapshot that
// costs nothing to take (the tables are copy-on-write B-trees), so readers never
// wait and never see half a change; writers follow one another. Nothing is kept
// when the process ends.
//
//	store := memory.Open(memory.Options{})
//	defer store.Close()
package memory

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// Options configure a memory store. The zero value is useful.
type Options struct {
	// Clock is asked for the time of events and transactions; nil means
	// time.Now. Times are kept with microseconds, as PostgreSQL does.
	Clock func() time.Time
}

// Open returns a new store with the rows that every Koji database has
// ([storage.Seed]) and nothing else.
func Open(opts Options) *storage.Store { return storage.New(Backend(opts)) }

// Backend returns a new memory backend, for code that wraps backends.
func Backend(opts Options) storage.Backend {
	db := &database{clock: opts.Clock}
	if db.clock == nil {
		db.clock = time.Now
	}
	s := &snapshot{tables: make(map[*storage.Kind]*table)}
	for _, k := range storage.Kinds() {
		s.tables[k] = newTable(k)
	}
	t := &tx{db: db, snap: s, write: true, own: make(map[*storage.Kind]bool)}
	if err := storage.Seed(t.insert); err != nil {
		panic(fmt.Sprintf("memory: %v", err)) // the seed contradicts its own schema
	}
	db.current.Store(s)
	return db
}

// database is the published snapshot and the lock that makes writers follow one
// another.
type database struct {
	clock   func() time.Time
	writer  sync.Mutex
	current atomic.Pointer[snapshot]
	closed  atomic.Bool
}

// snapshot is one state of all tables. A published one never changes.
type snapshot struct {
	tables map[*storage.Kind]*table
}

func (db *database) Begin(ctx context.Context, write bool) (storage.BackendTx, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if write {
		db.writer.Lock()
	}
	if db.closed.Load() {
		if write {
			db.writer.Unlock()
		}
		return nil, koji.Errorf(koji.ErrState, koji.FaultServerOffline, "memory store is closed")
	}
	t := &tx{db: db, snap: db.current.Load(), write: write, now: db.now()}
	if write {
		t.snap = t.snap.clone()
		t.own = make(map[*storage.Kind]bool)
	}
	return t, nil
}

// Close makes further transactions fail. Those under way go on.
func (db *database) Close() error {
	db.closed.Store(true)
	return nil
}

func (db *database) now() time.Time { return db.clock().Truncate(time.Microsecond) }

// clone shares the tables; a writer copies those it touches.
func (s *snapshot) clone() *snapshot {
	c := &snapshot{tables: make(map[*storage.Kind]*table, len(s.tables))}
	for k, t := range s.tables {
		c.tables[k] = t
	}
	return c
}

// byName finds a table by its name in the schema.
func (s *snapshot) byName(name string) *table {
	for k, t := range s.tables {
		if k.Table == name {
			return t
		}
	}
	return nil
}
