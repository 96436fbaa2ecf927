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
	"slices"
	"sync/atomic"
	"time"

	"github.com/kojikit/kojikit/internal/bell"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// Options configure a memory store. The zero value is useful.
type Options struct {
	// Clock is asked for the time of events and transactions, by several
	// goroutines at once; nil means time.Now. Times are kept with microseconds.
	Clock func() time.Time
}

// Open returns a new store with the rows that every Koji database has
// ([storage.Seed]) and nothing else.
func Open(opts Options) *storage.Store { return storage.New(Backend(opts)) }

// Backend returns a new memory backend, for code that wraps backends.
func Backend(opts Options) storage.Backend {
	db := &database{
		clock:   opts.Clock,
		numbers: make(map[*storage.Kind]int),
		views:   make(map[*storage.Kind]*view),
		writer:  make(chan struct{}, 1),
	}
	if db.clock == nil {
		db.clock = time.Now
	}
	var s snapshot
	kinds := make(map[*storage.Kind]*layout)
	for _, l := range layouts(storage.Kinds()) {
		kinds[l.kind] = l
		db.numbers[l.kind] = l.number
		s = append(s, newTable(l))
	}
	for _, k := range storage.Views() {
		db.views[k] = newView(k, kinds)
	}
	t := db.newTx(s, true)
	if err := storage.Seed(t.insert); err != nil {
		panic(fmt.Sprintf("memory: %v", err)) // the seed contradicts its own schema
	}
	db.current.Store(&s)
	return db
}

// database is the published snapshot and the lock that makes writers follow one
// another.
type database struct {
	clock   func() time.Time
	numbers map[*storage.Kind]int // places of tables in snapshots
	views   map[*storage.Kind]*view
	writer  chan struct{} // holds an element while somebody writes
	current atomic.Pointer[snapshot]
	closed  atomic.Bool
	bell    bell.Bell // rings at commits
}

// snapshot is one state of all tables. A published one never changes. Copies
// share the tables; a writer copies those it touches.
type snapshot []*table

func (db *database) Begin(ctx context.Context, write bool) (storage.BackendTx, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if write {
		select {
		case db.writer <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if db.closed.Load() {
		if write {
			<-db.writer
		}
		return nil, koji.Errorf(koji.ErrState, koji.FaultServerOffline, "memory store is closed")
	}
	s := *db.current.Load()
	if write {
		s = slices.Clone(s)
	}
	return db.newTx(s, write), nil
}

// Close makes further transactions fail. Those under way go on.
func (db *database) Close() error {
	db.closed.Store(true)
	return nil
}

// Watch wakes at once.
func (db *database) Watch(ctx context.Context, wake func()) error {
	db.bell.Hear(ctx, wake)
	return nil
}

func (db *database) now() time.Time { return db.clock().UTC().Truncate(time.Microsecond) }
