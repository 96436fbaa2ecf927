package storagetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// Size of the store under [Benchmark]: every build is tagged once, a tenth of
// the taggings are revoked again.
const (
	benchTags   = 50
	benchBuilds = 100_000
)

// Benchmark measures the calls that programs make most, over a store with a
// hundred thousand taggings.
func Benchmark(b *testing.B, open func(b testing.TB) *storage.Store) {
	store := open(b)
	b.Cleanup(func() { require.NoError(b, store.Close()) })
	ctx := b.Context()
	middle, err := fillTaggings(ctx, store, benchTags, benchBuilds)
	require.NoError(b, err)

	view := func(b *testing.B, fn func(tx *storage.Tx, i int) error) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			i++
			require.NoError(b, store.View(ctx, func(tx *storage.Tx) error { return fn(tx, i) }))
		}
	}
	oneTag := func(i int) storage.TagListingFilter {
		return storage.TagListingFilter{Tag: storage.Is(koji.TagID(i%benchTags + 1))}
	}
	b.Run("Get", func(b *testing.B) {
		view(b, func(tx *storage.Tx, i int) error {
			_, err := tx.Builds().Get(ctx, storage.BuildFilter{ID: storage.Is(koji.BuildID(i*7919%benchBuilds + 1))})
			return err
		})
	})
	for name, at := range map[string]koji.EventID{"ListTag/now": koji.Now, "ListTag/past": middle} {
		b.Run(name, func(b *testing.B) {
			rows := 0
			view(b, func(tx *storage.Tx, i int) error {
				for _, err := range tx.TagListings().Each(ctx, at, oneTag(i)) {
					if err != nil {
						return err
					}
					rows++
				}
				return nil
			})
			b.ReportMetric(float64(rows)/float64(b.N), "rows/op")
		})
	}
	b.Run("GetMany", func(b *testing.B) {
		ids := make([]koji.BuildID, 1000)
		for i := range ids {
			ids[i] = koji.BuildID(i*97 + 1)
		}
		view(b, func(tx *storage.Tx, _ int) error {
			list, err := tx.Builds().List(ctx, storage.BuildFilter{ID: storage.Is(ids...)})
			require.Len(b, list, len(ids))
			return err
		})
	})
	b.Run("Count", func(b *testing.B) {
		view(b, func(tx *storage.Tx, i int) error {
			_, err := tx.TagListings().Count(ctx, koji.Now, oneTag(i))
			return err
		})
	})
	b.Run("LastEvent", func(b *testing.B) {
		view(b, func(tx *storage.Tx, _ int) error {
			_, err := lastEvent(ctx, tx)
			return err
		})
	})
	b.Run("Tag", func(b *testing.B) { // one transaction each, as a hub does
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			require.NoError(b, store.Update(ctx, func(tx *storage.Tx) error {
				tx.Actor = 1
				i++
				if i%2 == 0 {
					_, err := tx.TagListings().Revoke(ctx, storage.TagListingFilter{
						Build: storage.Is(koji.BuildID(1)), Tag: storage.Is(koji.TagID(benchTags)),
					})
					return err
				}
				return tx.TagListings().Insert(ctx, &storage.TagListing{Build: 1, Tag: benchTags})
			}))
		}
	})
	b.Run("Import", func(b *testing.B) { // a thousand rows in a transaction
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			require.NoError(b, store.Update(ctx, func(tx *storage.Tx) error {
				for range 1000 {
					n++
					if err := put(ctx, tx, fmt.Sprint("import ", n)); err != nil {
						return err
					}
				}
				return nil
			}))
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/row")
	})
}

// fillTaggings puts builds into tags, a hundred in an event, and revokes a tenth
// of them. It returns an event half way.
func fillTaggings(ctx context.Context, store *storage.Store, tags, builds int) (middle koji.EventID, err error) {
	err = store.Update(ctx, func(tx *storage.Tx) error {
		tx.Actor = 1
		if err := tx.Users().Insert(ctx, &storage.User{ID: tx.Actor, Name: "importer"}); err != nil {
			return err
		}
		for i := range tags {
			if err := tx.Tags().Insert(ctx, &storage.Tag{Name: fmt.Sprint("tag", i)}); err != nil {
				return err
			}
		}
		if err := put(ctx, tx, "package"); err != nil {
			return err
		}
		for i := range builds {
			if i%100 == 0 {
				event, err := tx.NewEvent(ctx)
				if err != nil {
					return err
				}
				if i == builds/2 {
					middle = event
				}
			}
			if err := tagBuild(ctx, tx, i, koji.TagID(i%tags+1)); err != nil {
				return err
			}
		}
		return nil
	})
	return middle, err
}

// tagBuild inserts a build and tags it, and revokes the tagging of another one.
func tagBuild(ctx context.Context, tx *storage.Tx, i int, tag koji.TagID) error {
	event, err := tx.Event(ctx)
	if err != nil {
		return err
	}
	build := storage.Build{Package: 1, Version: "1", Release: fmt.Sprint(i), CreateEvent: event, Owner: tx.Actor}
	if err := tx.Builds().Insert(ctx, &build); err != nil {
		return err
	}
	if err := tx.TagListings().Insert(ctx, &storage.TagListing{Build: build.ID, Tag: tag}); err != nil {
		return err
	}
	if i < 1000 || i%10 != 0 {
		return nil
	}
	_, err = tx.TagListings().Revoke(ctx, storage.TagListingFilter{Build: storage.Is(build.ID - 999)})
	return err
}
