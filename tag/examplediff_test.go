package tag_test

import (
	"context"
	"fmt"
	"log"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/memory"
	"github.com/kojikit/kojikit/tag"
)

// What a tag shows has changed since an event, though only its parent was edited.
func ExampleResolver_Diff() {
	ctx := context.Background()
	store := memory.Open(memory.Options{})
	defer store.Close()
	var base, child koji.TagID
	var update koji.BuildID
	var before koji.EventID
	err := store.Update(ctx, func(tx *storage.Tx) (err error) {
		base, child, update, err = released(ctx, tx)
		if err != nil {
			return err
		}
		before, err = tx.Event(ctx)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	err = store.Update(ctx, func(tx *storage.Tx) error {
		tx.Actor = 1
		return tag.NewEditor(tx, tag.Options{}).Apply(ctx, tag.Tagging{Build: update, To: base})
	})
	if err != nil {
		log.Fatal(err)
	}

	r := tag.NewResolver(tag.NewSource(store), tag.Options{})
	d, err := r.Diff(ctx, tag.State{Tag: child, At: before}, tag.State{Tag: child}, tag.DiffOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(d)
	// Output:
	// builds
	//   * bash-5.1-1 of f40 -> bash-5.2-1 of f40
}

// A snapshot keeps what a tag shows, whatever happens to that tag later.
func ExampleEditor_Snapshot() {
	ctx := context.Background()
	store := memory.Open(memory.Options{})
	defer store.Close()
	var snapshot koji.TagID
	err := store.Update(ctx, func(tx *storage.Tx) error {
		base, child, update, err := released(ctx, tx)
		if err != nil {
			return err
		}
		edit := tag.NewEditor(tx, tag.Options{})
		if snapshot, err = edit.Snapshot(ctx, child, "f40-beta", tag.SnapshotOptions{}); err != nil {
			return err
		}
		return edit.Apply(ctx, tag.Tagging{Build: update, To: base})
	})
	if err != nil {
		log.Fatal(err)
	}

	builds, err := tag.NewResolver(tag.NewSource(store), tag.Options{}).Builds(ctx, snapshot, tag.BuildOptions{})
	if err != nil {
		log.Fatal(err)
	}
	for _, b := range builds {
		fmt.Println(b.NVR(), "in", b.TagName)
	}
	// Output:
	// bash-5.1-1 in f40-beta
}

// released makes a tag with a build in it, a child of that tag, and an update that
// is not tagged yet.
func released(ctx context.Context, tx *storage.Tx) (base, child koji.TagID, update koji.BuildID, err error) {
	old, update, err := twoBuilds(ctx, tx, "bash", "5.1", "5.2")
	if err != nil {
		return 0, 0, 0, err
	}
	edit := tag.NewEditor(tx, tag.Options{})
	if base, err = edit.Create(ctx, "f40", tag.Config{Arches: "x86_64"}); err != nil {
		return 0, 0, 0, err
	}
	if child, err = edit.Create(ctx, "f40-build", tag.Config{Parent: base}); err != nil {
		return 0, 0, 0, err
	}
	if err := edit.AddPackage(ctx, base, "bash", tag.Entry{Owner: tx.Actor}); err != nil {
		return 0, 0, 0, err
	}
	return base, child, update, edit.Apply(ctx, tag.Tagging{Build: old, To: base})
}
