package tag_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/tabledump"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/memory"
	"github.com/kojikit/kojikit/tag"
)

// A tree of 200 tags, each with up to three parents among the 20 before it.
func BenchmarkInheritance(b *testing.B) {
	w := newWorld(b)
	for i := range 200 {
		w.tag(fmt.Sprintf("t%d", i))
		for p := range 3 {
			if parent := i - 1 - p*7; parent >= 0 {
				w.link(fmt.Sprintf("t%d", i), fmt.Sprintf("t%d", parent), p)
			}
		}
	}
	r := w.resolver(tag.Options{})
	id := w.tags["t199"]
	b.ReportAllocs()
	for b.Loop() {
		steps, err := r.Inheritance(b.Context(), id, koji.Now)
		require.NoError(b, err)
		require.Len(b, steps, 199)
	}
}

// The golden history of 200 tags, 3000 packages and 20000 builds.
func BenchmarkHistoryLarge(b *testing.B) {
	root := os.Getenv("KOJIKIT_GOLDEN")
	if root == "" {
		b.Skip("KOJIKIT_GOLDEN does not name the golden vectors")
	}
	store, busiest := openLarge(b, filepath.Join(root, "tags", "history-large.jsonl.gz"))
	r := tag.NewResolver(tag.NewSource(store), tag.Options{})
	b.Run("latest builds", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			list, err := r.Builds(b.Context(), busiest, tag.BuildOptions{Inherit: true, Latest: 1})
			require.NoError(b, err)
			b.ReportMetric(float64(len(list)), "builds")
		}
	})
	b.Run("latest builds at an event", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			list, err := r.Builds(b.Context(), busiest, tag.BuildOptions{Inherit: true, Latest: 1, At: 60000})
			require.NoError(b, err)
			b.ReportMetric(float64(len(list)), "builds")
		}
	})
	b.Run("latest rpms with signatures", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			opts := tag.RPMOptions{BuildOptions: tag.BuildOptions{Inherit: true, Latest: 1}, Signatures: true}
			list, _, err := r.RPMs(b.Context(), busiest, opts)
			require.NoError(b, err)
			b.ReportMetric(float64(len(list)), "rpms")
		}
	})
}

// openLarge loads the one case of a file and finds the tag with the most steps of
// inheritance.
func openLarge(b *testing.B, path string) (*storage.Store, koji.TagID) {
	f, err := os.Open(path)
	require.NoError(b, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(b, err)
	var c struct {
		Input struct {
			Tables tabledump.Tables
			Events []koji.EventID
		}
	}
	require.NoError(b, json.NewDecoder(bufio.NewReader(z)).Decode(&c))
	for id := c.Input.Events[0]; id <= c.Input.Events[1]; id++ {
		c.Input.Tables.Events = append(c.Input.Tables.Events, id)
	}
	store, err := tabledump.Open(b.Context(), c.Input.Tables)
	require.NoError(b, err)
	r := tag.NewResolver(tag.NewSource(store), tag.Options{})
	var busiest koji.TagID
	most := 0
	require.NoError(b, store.View(b.Context(), func(tx *storage.Tx) error {
		tags, err := tx.Tags().List(b.Context(), storage.TagFilter{})
		for _, t := range tags {
			if list, err := r.Order(b.Context(), t.ID, koji.Now); err == nil && len(list) > most {
				busiest, most = t.ID, len(list)
			}
		}
		return err
	}))
	return store, busiest
}

// A distribution of 25000 packages: a base tag with three builds of each and an
// updates tag with one build of every tenth, two rpms a build, two more builds of
// each in another tag, which no query may touch.
func BenchmarkFedora(b *testing.B) {
	const packages = 25000
	store, base, updates := fedora(b, packages)
	r := tag.NewResolver(tag.NewSource(store), tag.Options{})
	ctx := b.Context()
	b.Run("latest builds", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			list, err := r.Builds(ctx, updates, tag.BuildOptions{Inherit: true, Latest: 1})
			require.NoError(b, err)
			require.Len(b, list, packages)
		}
	})
	b.Run("all builds", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			list, err := r.Builds(ctx, base, tag.BuildOptions{})
			require.NoError(b, err)
			require.Len(b, list, 3*packages)
		}
	})
	b.Run("latest build of a package", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			list, err := r.Builds(ctx, updates, tag.BuildOptions{Inherit: true, Latest: 1, Package: "pkg-00010"})
			require.NoError(b, err)
			require.Len(b, list, 1)
		}
	})
	b.Run("packages", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			list, err := r.Packages(ctx, updates, tag.PackageOptions{Inherit: true})
			require.NoError(b, err)
			require.Len(b, list, packages)
		}
	})
	b.Run("latest rpms", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			list, _, err := r.RPMs(ctx, updates, tag.RPMOptions{BuildOptions: tag.BuildOptions{Inherit: true, Latest: 1}})
			require.NoError(b, err)
			require.Len(b, list, 2*packages)
		}
	})
	b.Run("tag and untag a build", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			require.NoError(b, store.Update(ctx, func(tx *storage.Tx) error {
				tx.Actor = 1
				e := tag.NewEditor(tx, tag.Options{})
				if err := e.Tag(ctx, updates, 1, false); err != nil {
					return err
				}
				return e.Untag(ctx, updates, 1, false)
			}))
		}
	})
	b.Run("add a package", func(b *testing.B) {
		n := 0
		b.ReportAllocs()
		for b.Loop() {
			n++
			require.NoError(b, store.Update(ctx, func(tx *storage.Tx) error {
				tx.Actor = 1
				return tag.NewEditor(tx, tag.Options{}).AddPackage(ctx, updates, fmt.Sprintf("new-%d", n), tag.Entry{Owner: 1})
			}))
		}
	})
}

// fedora fills a store as an import would, row by row.
func fedora(b *testing.B, packages int) (store *storage.Store, base, updates koji.TagID) {
	ctx := b.Context()
	store = memory.Open(memory.Options{})
	require.NoError(b, store.Update(ctx, func(tx *storage.Tx) error {
		require.NoError(b, tx.Users().Insert(ctx, &storage.User{Name: "releng"}))
		tx.Actor = 1
		e := tag.NewEditor(tx, tag.Options{})
		for _, t := range []struct {
			id     *koji.TagID
			name   string
			parent *koji.TagID
		}{{&base, "f40", nil}, {&updates, "f40-updates", &base}, {new(koji.TagID), "old", nil}} {
			c := tag.Config{}
			if t.parent != nil {
				c.Parent = *t.parent
			}
			var err error
			*t.id, err = e.Create(ctx, t.name, c)
			require.NoError(b, err)
		}
		const other = 3
		for i := range packages {
			p := storage.Package{Name: fmt.Sprintf("pkg-%05d", i)}
			require.NoError(b, tx.Packages().Insert(ctx, &p))
			require.NoError(b, tx.TagPackages().Insert(ctx, &storage.TagPackage{Package: p.ID, Tag: base}))
			require.NoError(b, tx.TagOwners().Insert(ctx, &storage.TagOwner{Package: p.ID, Tag: base, Owner: 1}))
			for v, to := range []koji.TagID{base, base, base, other, other, updates} {
				if to == updates && i%10 != 0 {
					continue
				}
				fillBuild(ctx, b, tx, p, v, to)
			}
		}
		return nil
	}))
	return store, base, updates
}

func fillBuild(ctx context.Context, b *testing.B, tx *storage.Tx, p storage.Package, v int, to koji.TagID) {
	event, err := tx.Event(ctx)
	require.NoError(b, err)
	build := storage.Build{
		Package: p.ID, Version: fmt.Sprint(v), Release: "1", State: koji.BuildComplete, Owner: 1, CreateEvent: event,
		CompletionTime: storage.Null(time.Unix(0, 0)),
	}
	require.NoError(b, tx.Builds().Insert(ctx, &build))
	require.NoError(b, tx.TagListings().Insert(ctx, &storage.TagListing{Build: build.ID, Tag: to}))
	for _, arch := range []string{"src", "x86_64"} {
		require.NoError(b, tx.RPMs().Insert(ctx, &storage.RPM{
			Build: storage.Null(build.ID), Name: p.Name, Version: build.Version, Release: "1", Arch: arch, Draft: storage.Null(false),
		}))
	}
}
