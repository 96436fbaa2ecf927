package tag_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// BenchmarkSnapshot copies a tag with as many packages as Fedora has, and a build
// of each.
func BenchmarkSnapshot(b *testing.B) {
	const n = 25000
	w := newWorld(b)
	src := w.tag("src")
	w.update(func(tx *storage.Tx, _ *tag.Editor) error {
		packages, builds := make([]storage.Package, n), make([]storage.Build, n)
		entries, owners, listings := make([]storage.TagPackage, n), make([]storage.TagOwner, n), make([]storage.TagListing, n)
		event, err := tx.Event(w.ctx)
		require.NoError(b, err)
		for i := range n {
			id := i + 1
			packages[i] = storage.Package{ID: koji.PackageID(id), Name: fmt.Sprint("package", i)}
			entries[i] = storage.TagPackage{Package: packages[i].ID, Tag: src}
			owners[i] = storage.TagOwner{Package: packages[i].ID, Tag: src, Owner: 1}
			builds[i] = storage.Build{
				ID: koji.BuildID(id), Package: packages[i].ID, Version: "1", Release: "1", State: koji.BuildComplete,
				Owner: 1, CreateEvent: event, CompletionTime: storage.Null(time.Unix(0, 0)),
			}
			listings[i] = storage.TagListing{Build: builds[i].ID, Tag: src}
		}
		return errors.Join(tx.Packages().InsertAll(w.ctx, packages), tx.Builds().InsertAll(w.ctx, builds),
			tx.TagPackages().InsertAll(w.ctx, entries), tx.TagOwners().InsertAll(w.ctx, owners),
			tx.TagListings().InsertAll(w.ctx, listings))
	})
	undo := errors.New("undo")
	b.ReportAllocs()
	for b.Loop() {
		err := w.do(func(e *tag.Editor) error {
			if _, err := e.Snapshot(w.ctx, src, "dst", tag.SnapshotOptions{}); err != nil {
				return err
			}
			return undo
		})
		require.ErrorIs(b, err, undo)
	}
}
