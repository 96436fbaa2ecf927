package tag_test

import (
	"context"
	"fmt"
	"log"
	"slices"
	"time"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/memory"
	"github.com/kojikit/kojikit/tag"
)

// Two tags, a package and two builds of it: the update is tagged in the child,
// which shows it before what it inherits.
func Example() {
	ctx := context.Background()
	store := memory.Open(memory.Options{})
	var updates koji.TagID
	err := store.Update(ctx, func(tx *storage.Tx) error {
		old, update, err := twoBuilds(ctx, tx, "bash", "5.1", "5.2")
		if err != nil {
			return err
		}
		edit := tag.NewEditor(tx, tag.Options{})
		base, err := edit.Create(ctx, "f40", tag.Config{Arches: "x86_64"})
		if err != nil {
			return err
		}
		if updates, err = edit.Create(ctx, "f40-updates", tag.Config{Parent: base}); err != nil {
			return err
		}
		if err := edit.AddPackage(ctx, base, "bash", tag.Entry{Owner: tx.Actor}); err != nil {
			return err
		}
		if err := edit.Tag(ctx, base, old, false); err != nil {
			return err
		}
		return edit.Tag(ctx, updates, update, false)
	})
	if err != nil {
		log.Fatal(err)
	}

	r := tag.NewResolver(tag.NewSource(store), tag.Options{})
	builds, err := r.Builds(ctx, updates, tag.BuildOptions{Inherit: true})
	if err != nil {
		log.Fatal(err)
	}
	for _, b := range builds {
		fmt.Println(b.NVR(), "in", b.TagName)
	}
	// Output:
	// bash-5.2-1 in f40-updates
	// bash-5.1-1 in f40
}

// twoBuilds imports two builds of a package, in the name of a new user.
func twoBuilds(ctx context.Context, tx *storage.Tx, name string, versions ...string) (first, second koji.BuildID, err error) {
	user := storage.User{Name: "releng"}
	if err := tx.Users().Insert(ctx, &user); err != nil {
		return 0, 0, err
	}
	tx.Actor = user.ID
	pkg := storage.Package{Name: name}
	if err := tx.Packages().Insert(ctx, &pkg); err != nil {
		return 0, 0, err
	}
	event, err := tx.Event(ctx)
	if err != nil {
		return 0, 0, err
	}
	var ids [2]koji.BuildID
	for i, version := range versions {
		b := storage.Build{
			Package: pkg.ID, Version: version, Release: "1", Owner: user.ID, CreateEvent: event,
			State: koji.BuildComplete, CompletionTime: storage.Null(time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)),
		}
		if err := tx.Builds().Insert(ctx, &b); err != nil {
			return 0, 0, err
		}
		ids[i] = b.ID
	}
	return ids[0], ids[1], nil
}

// catalog is a program's own idea of tags. As a [tag.Reader] it gives them the
// inheritance, the package lists and the latest builds of Koji.
type catalog struct {
	names  map[koji.TagID]string
	links  []tag.Link
	lists  []tag.Package
	builds []tag.Build
}

func (c *catalog) Tags(_ context.Context, _ koji.EventID, q tag.InfoQuery) ([]tag.Info, error) {
	var rows []tag.Info
	for id, name := range c.names {
		if slices.Contains(q.IDs, id) || slices.Contains(q.Names, name) {
			rows = append(rows, tag.Info{ID: id, Name: name, Exists: true})
		}
	}
	return rows, nil
}

func (c *catalog) Links(_ context.Context, _ koji.EventID, q tag.LinkQuery) ([]tag.Link, error) {
	return choose(c.links, func(l tag.Link) bool { return q.Children == nil || slices.Contains(q.Children, l.Child) }), nil
}

func (c *catalog) Packages(_ context.Context, _ koji.EventID, q tag.PackageQuery) ([]tag.Package, error) {
	return choose(c.lists, func(p tag.Package) bool {
		return (q.Tags == nil || slices.Contains(q.Tags, p.Tag)) && (q.Name == "" || q.Name == p.Name)
	}), nil
}

func (c *catalog) TaggedBuilds(_ context.Context, _ koji.EventID, q tag.TaggedBuildQuery) ([]tag.TaggedBuild, error) {
	var rows []tag.TaggedBuild
	for _, b := range c.builds {
		if (q.Tags == nil || slices.Contains(q.Tags, b.Tag)) && (q.Name == "" || q.Name == b.Name) && (q.ID == 0 || q.ID == b.ID) {
			rows = append(rows, tag.TaggedBuild{Tag: b.Tag, Build: b.ID, Package: b.Package, Event: b.Event})
		}
	}
	return rows, nil
}

func (c *catalog) Builds(_ context.Context, q tag.BuildQuery) ([]tag.Build, error) {
	return choose(c.builds, func(b tag.Build) bool { return slices.Contains(q.IDs, b.ID) }), nil
}

func (c *catalog) RPMs(context.Context, tag.RPMQuery) ([]tag.RPM, error) { return nil, nil }

func choose[T any](rows []T, keep func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(rows), func(row T) bool { return !keep(row) })
}

// A program resolves tags over tables of its own.
func ExampleReader() {
	c := &catalog{
		names: map[koji.TagID]string{1: "stable", 2: "nightly"},
		links: []tag.Link{{Child: 2, Parent: 1, ParentName: "stable", PkgFilter: storage.Null("^(?!kernel)")}},
		lists: []tag.Package{{ID: 1, Name: "kernel", Tag: 1}, {ID: 2, Name: "bash", Tag: 1}},
		builds: []tag.Build{
			inTag(7, 1, "kernel", "6.8", 1, "stable", 5),
			inTag(8, 2, "bash", "5.2", 1, "stable", 6),
		},
	}
	r := tag.NewResolver(tag.Static(c), tag.Options{})
	builds, err := r.Builds(context.Background(), 2, tag.BuildOptions{Inherit: true, Latest: 1})
	if err != nil {
		log.Fatal(err)
	}
	for _, b := range builds {
		fmt.Println(b.NVR())
	}
	// Output:
	// bash-5.2-1
}

// layout is the tags of a small distribution: updates before the release, and a
// build tag that takes both, without kernels.
var layout = &catalog{
	names: map[koji.TagID]string{1: "f40", 2: "f40-updates", 3: "f40-build", 4: "f39"},
	links: []tag.Link{
		{Child: 2, Parent: 1, ParentName: "f40"},
		{Child: 3, Parent: 2, ParentName: "f40-updates", PkgFilter: storage.Null("^(?!kernel)")},
	},
	lists: []tag.Package{
		{ID: 1, Name: "bash", Tag: 1, TagName: "f40", OwnerName: "releng"},
		{ID: 2, Name: "kernel", Tag: 1, TagName: "f40", OwnerName: "releng"},
		{ID: 3, Name: "vim", Tag: 1, TagName: "f40", OwnerName: "releng"},
		{ID: 3, Name: "vim", Tag: 3, TagName: "f40-build", OwnerName: "releng", Blocked: true},
	},
	builds: []tag.Build{
		inTag(10, 1, "bash", "5.1", 2, "f40-updates", 20),
		inTag(11, 1, "bash", "5.2", 1, "f40", 30),
		inTag(12, 2, "kernel", "6.8", 1, "f40", 31),
		inTag(13, 3, "vim", "9.1", 1, "f40", 32),
		inTag(14, 1, "bash", "5.0", 4, "f39", 10),
	},
}

func inTag(id koji.BuildID, pkg koji.PackageID, name, version string, in koji.TagID, tagName string, event koji.EventID) tag.Build {
	b := storage.Build{ID: id, Package: pkg, Version: version, Release: "1", State: koji.BuildComplete}
	return tag.Build{BuildDetails: &storage.BuildDetails{Build: b, Name: name}, Tag: in, TagName: tagName, Event: event}
}

func ExampleResolver_Inheritance() {
	r := tag.NewResolver(tag.Static(layout), tag.Options{})
	steps, err := r.Inheritance(context.Background(), 3, koji.Now)
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range steps {
		fmt.Println(s.Depth, s.ParentName, s.Filter)
	}
	// Output:
	// 1 f40-updates [^(?!kernel)]
	// 2 f40 [^(?!kernel)]
}

func ExampleResolver_ExplainBuild() {
	r := tag.NewResolver(tag.Static(layout), tag.Options{})
	for _, build := range []koji.BuildID{10, 11, 12, 13, 14} {
		x, err := r.ExplainBuild(context.Background(), 3, build, tag.BuildOptions{Inherit: true, Latest: 1})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Print(x)
	}
	// Output:
	// bash-5.1-1 is in f40-build
	//   tagged in f40-updates at event 20
	//   package bash: f40 lists it (owner releng), by way of f40-updates
	//   hides bash-5.2-1 of f40, though tagged later (event 30)
	// bash-5.2-1 is not in f40-build: 1 build of bash comes before it
	//   tagged in f40 at event 30, by way of f40-updates
	//   package bash: f40 lists it (owner releng), by way of f40-updates
	//   hidden by bash-5.1-1 of f40-updates, tagged at event 20
	// kernel-6.8-1 is not in f40-build: package kernel is filtered
	//   tagged in f40 at event 31, by way of f40-updates
	//   package kernel: f40 lists it (owner releng), by way of f40-updates: filtered by "^(?!kernel)" on the link to f40-updates
	// vim-9.1-1 is not in f40-build: package vim is blocked
	//   tagged in f40 at event 32, by way of f40-updates
	//   package vim: f40-build blocks it (owner releng)
	//   package vim: f40 lists it (owner releng), by way of f40-updates: overridden
	// bash-5.0-1 is not in f40-build: not tagged there or in a tag that it inherits from
	//   tagged in f39, not inherited from
}

func ExampleResolver_ExplainPackage() {
	r := tag.NewResolver(tag.Static(layout), tag.Options{})
	for _, name := range []string{"bash", "vim", "kernel", "emacs"} {
		x, err := r.ExplainPackage(context.Background(), 3, name, koji.Now)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Print(x)
	}
	// Output:
	// package bash is listed for f40-build
	//   f40 lists it (owner releng), by way of f40-updates
	// package vim is blocked in f40-build
	//   f40-build blocks it (owner releng)
	//   f40 lists it (owner releng), by way of f40-updates: overridden
	// package kernel is not listed for f40-build: filtered
	//   f40 lists it (owner releng), by way of f40-updates: filtered by "^(?!kernel)" on the link to f40-updates
	// package emacs is not listed for f40-build: no tag in its inheritance has it
}
