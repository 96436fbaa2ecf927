package memory_test

import (
	"context"
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/memory"
	"github.com/kojikit/kojikit/storage/storagetest"
)

func BenchmarkStore(b *testing.B) { storagetest.Benchmark(b, open) }

// fillBuilds inserts a user, a tag and builds.
func fillBuilds(ctx context.Context, tx *storage.Tx, builds int) error {
	tx.Actor = 1
	if err := tx.Users().Insert(ctx, &storage.User{ID: 1, Name: "importer"}); err != nil {
		return err
	}
	if err := tx.Tags().Insert(ctx, &storage.Tag{ID: 1, Name: "f42"}); err != nil {
		return err
	}
	if err := tx.Packages().Insert(ctx, &storage.Package{ID: 1, Name: "bash"}); err != nil {
		return err
	}
	event, err := tx.Event(ctx)
	if err != nil {
		return err
	}
	for i := range builds {
		build := storage.Build{Package: 1, Version: "1", Release: strconv.Itoa(i), CreateEvent: event, Owner: 1}
		if err := tx.Builds().Insert(ctx, &build); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkHistory reads one tag that builds have entered and left a million
// times, a thousand at each event.
func BenchmarkHistory(b *testing.B) {
	const builds, events = 1000, 1000
	ctx := b.Context()
	store := open(b)
	tag := storage.TagListingFilter{Tag: storage.Is(koji.TagID(1))}
	var last koji.EventID
	require.NoError(b, store.Update(ctx, func(tx *storage.Tx) error {
		if err := fillBuilds(ctx, tx, builds); err != nil {
			return err
		}
		for range events {
			var err error
			if last, err = tx.NewEvent(ctx); err != nil {
				return err
			}
			if _, err := tx.TagListings().Revoke(ctx, tag); err != nil {
				return err
			}
			for i := range builds {
				if err := tx.TagListings().Insert(ctx, &storage.TagListing{Build: koji.BuildID(i + 1), Tag: 1}); err != nil {
					return err
				}
			}
		}
		return nil
	}))
	for name, at := range map[string]koji.EventID{
		"now": koji.Now, "recent": last - 10, "middle": last - events/2, "oldest": last - events + 1,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, store.View(ctx, func(tx *storage.Tx) error {
					n := 0
					for _, err := range tx.TagListings().Each(ctx, at, tag) {
						if err != nil {
							return err
						}
						n++
					}
					require.Equal(b, builds, n)
					return nil
				}))
			}
		})
	}
}

// BenchmarkRowSize tells how much memory a row takes, its indexes included.
func BenchmarkRowSize(b *testing.B) {
	const n = 200_000
	ctx := b.Context()
	for b.Loop() {
		store := memory.Open(memory.Options{})
		start := heap()
		require.NoError(b, store.Update(ctx, func(tx *storage.Tx) error { return fillBuilds(ctx, tx, n) }))
		filled := heap()
		require.NoError(b, store.Update(ctx, func(tx *storage.Tx) error {
			tx.Actor = 1
			for i := range n {
				if err := tx.TagListings().Insert(ctx, &storage.TagListing{Build: koji.BuildID(i + 1), Tag: 1}); err != nil {
					return err
				}
			}
			return nil
		}))
		b.ReportMetric(float64(filled-start)/n, "B/build")
		b.ReportMetric(float64(heap()-filled)/n, "B/tagging")
		require.NoError(b, store.Close())
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
