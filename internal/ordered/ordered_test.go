package ordered_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/ordered"
)

func numbers(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func TestResultsComeInTheOrderOfTheItems(t *testing.T) {
	for _, workers := range []int{1, 2, 7} {
		items := numbers(1000)
		got := slices.Collect(ordered.Map(t.Context(), items, workers, func() func(int) int {
			return func(n int) int {
				if n%97 == 0 {
					time.Sleep(time.Millisecond)
				}
				return n
			}
		}))
		require.Equal(t, items, got)
	}
}

func TestNoItems(t *testing.T) {
	got := slices.Collect(ordered.Map(t.Context(), nil, 3, func() func(int) int { return func(n int) int { return n } }))
	require.Empty(t, got)
}

func TestLeavingTheLoopStopsTheWork(t *testing.T) {
	var calls atomic.Int64
	for n := range ordered.Map(t.Context(), numbers(1_000_000), 2, func() func(int) int {
		return func(n int) int { calls.Add(1); return n }
	}) {
		if n == 10 {
			break
		}
	}
	require.Less(t, calls.Load(), int64(1000))
}

func TestTheEndOfTheContextStopsTheIteration(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := 0
	for range ordered.Map(ctx, numbers(1_000_000), 2, func() func(int) int { return func(n int) int { return n } }) {
		if seen++; seen == 5 {
			cancel()
		}
	}
	require.Equal(t, 5, seen)
}

func TestEachWorkerHasItsOwnFunction(t *testing.T) {
	var made atomic.Int64
	for range ordered.Map(t.Context(), numbers(100), 3, func() func(int) int {
		made.Add(1)
		own := 0 // the race detector would tell if it were shared
		return func(n int) int { own += n; return own }
	}) {
		continue
	}
	require.Equal(t, int64(3), made.Load())
}
