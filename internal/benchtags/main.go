// The benchtags command times the questions that a hub asks about tags, over a
// Koji database or over one that it makes:
//
//	go run ./internal/benchtags -dsn "host=db dbname=koji"
//	go run ./internal/benchtags -scale 0.1
//
// Cold is a question without a cache, on a database that has been asked before;
// the least time of several. Warm is one to a cache that has been asked before,
// and rests its answer on a check that nothing has changed. Statements are those
// of one question, with those that begin and end the transaction.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"time"

	"github.com/kojikit/kojikit/internal/corpus"
	"github.com/kojikit/kojikit/internal/pgtest"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/memory"
	"github.com/kojikit/kojikit/storage/postgres"
	"github.com/kojikit/kojikit/storage/sqlite"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "benchtags:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	dsn := flag.String("dsn", "", "connection string of a Koji database, which is only read")
	backend := flag.String("backend", "postgres", "where to make a database without -dsn: postgres, sqlite or memory")
	scale := flag.Float64("scale", 1, "size of the database to make; 1 is that of Fedora")
	name := flag.String("tag", "", "tag to ask about; by default that with the most builds behind it")
	rounds := flag.Int("rounds", 5, "how often to ask each question")
	flag.Parse()

	var statements atomic.Int64
	trace := func(context.Context, string, time.Duration, error) { statements.Add(1) }
	store, done, err := open(ctx, *dsn, *backend, *scale, trace)
	if err != nil {
		return err
	}
	defer done()
	b := &bench{store: store, rounds: *rounds, statements: &statements}
	if err := b.choose(ctx, *name); err != nil {
		return err
	}
	return b.run(ctx)
}

type traceFunc = func(context.Context, string, time.Duration, error)

// open opens the database, or makes one.
func open(ctx context.Context, dsn, backend string, scale float64, trace traceFunc) (store *storage.Store, done func(), err error) {
	if dsn != "" {
		store, err = postgres.Open(ctx, dsn, postgres.Options{ReadOnly: true, Trace: trace})
		return store, func() { _ = store.Close() }, err
	}
	switch backend {
	case "memory":
		store, done = memory.Open(memory.Options{}), func() {}
	case "sqlite":
		if store, err = sqlite.Open(ctx, sqlite.Memory, sqlite.Options{Trace: trace}); err != nil {
			return nil, nil, err
		}
		done = func() { _ = store.Close() }
	case "postgres":
		return private(ctx, scale, trace)
	default:
		return nil, nil, fmt.Errorf("no backend %q", backend)
	}
	return store, done, fill(ctx, store, scale)
}

// private makes a database on a server of its own.
func private(ctx context.Context, scale float64, trace traceFunc) (store *storage.Store, done func(), err error) {
	dsn, stop, err := pgtest.Start()
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			stop()
		}
	}()
	// What the corpus refers to is there: the server need not look.
	filling, err := postgres.Open(ctx, dsn+" session_replication_role=replica", postgres.Options{})
	if err != nil {
		return nil, nil, err
	}
	if err := errors.Join(fill(ctx, filling, scale), filling.Close(), pgtest.Analyze(ctx, dsn)); err != nil {
		return nil, nil, err
	}
	store, err = postgres.Open(ctx, dsn, postgres.Options{Trace: trace})
	return store, func() { _ = store.Close(); stop() }, err
}

func fill(ctx context.Context, store *storage.Store, scale float64) error {
	start := time.Now()
	_, err := corpus.Fill(ctx, store, corpus.DatabaseOptions{Scale: scale})
	fmt.Printf("database of scale %g filled in %s\n", scale, time.Since(start).Round(time.Second/10))
	return err
}

// bench is what is asked about what.
type bench struct {
	store      *storage.Store
	rounds     int
	statements *atomic.Int64
	tag        koji.TagID
	name       string
	pkg        string
	names      []string // of packages in the tag
	build      koji.BuildID
	past       koji.EventID
}
