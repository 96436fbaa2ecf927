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

// A long-running program keeps what tags contain in memory. It sees changes all
// the same.
func ExampleCache() {
	ctx := context.Background()
	store := memory.Open(memory.Options{})
	defer store.Close()
	r := tag.NewResolver(tag.NewCache(tag.NewSource(store), tag.CacheOptions{Bytes: 64 << 20}), tag.Options{})

	var id koji.TagID
	change := func(fn func(tx *storage.Tx, e *tag.Editor) error) {
		err := store.Update(ctx, func(tx *storage.Tx) error {
			tx.Actor = 1
			return fn(tx, tag.NewEditor(tx, tag.Options{}))
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	show := func() {
		packages, err := r.Packages(ctx, id, tag.PackageOptions{Inherit: true})
		if err != nil {
			log.Fatal(err)
		}
		for _, p := range packages {
			fmt.Println(p.Name, "blocked:", p.Blocked)
		}
	}
	change(func(tx *storage.Tx, e *tag.Editor) error {
		if err := tx.Users().Insert(ctx, &storage.User{ID: 1, Name: "releng"}); err != nil {
			return err
		}
		var err error
		if id, err = e.Create(ctx, "f40", tag.Config{}); err != nil {
			return err
		}
		return e.AddPackage(ctx, id, "bash", tag.Entry{Owner: 1})
	})
	show()
	change(func(_ *storage.Tx, e *tag.Editor) error { return e.BlockPackage(ctx, id, "bash", false) })
	show()
	// Output:
	// bash blocked: false
	// bash blocked: true
}
