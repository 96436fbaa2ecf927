package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/memory"
	"github.com/kojikit/kojikit/storage/postgres"
	"github.com/kojikit/kojikit/storage/sqlite"
)

// open opens a store for reading.
func open(ctx context.Context, where string) (*storage.Store, error) {
	switch {
	case where == "sample":
		store := memory.Open(memory.Options{Clock: sampleClock()})
		return store, fillSample(ctx, store)
	case strings.HasPrefix(where, "postgres://"), strings.HasPrefix(where, "postgresql://"):
		return postgres.Open(ctx, where, postgres.Options{ReadOnly: true})
	}
	// A file may have any name, even one like a connection string.
	info, err := os.Stat(where)
	switch {
	case err == nil && info.Mode().IsRegular():
		return sqlite.Open(ctx, where, sqlite.Options{ReadOnly: true})
	case strings.Contains(where, "="):
		return postgres.Open(ctx, where, postgres.Options{ReadOnly: true})
	case err == nil:
		return nil, fmt.Errorf("%s is not a file", where)
	}
	return nil, err
}
