package sqlstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// Trace is told of each statement after it was run.
type Trace = func(ctx context.Context, statement string, took time.Duration, err error)

// Traced returns a pool whose statements trace is told of, unless it is nil.
func Traced(pool *bun.DB, trace Trace) *bun.DB {
	if trace == nil {
		return pool
	}
	return pool.WithQueryHook(hook{trace})
}

type hook struct{ trace Trace }

// BeforeQuery does nothing.
func (hook) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

// AfterQuery passes the statement on.
func (h hook) AfterQuery(ctx context.Context, e *bun.QueryEvent) {
	h.trace(ctx, e.Query, time.Since(e.StartTime), e.Err)
}
