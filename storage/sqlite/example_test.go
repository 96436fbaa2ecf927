package sqlite_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/sqlite"
)

// A store in a file is there again when the program is run the next time.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	for range 2 {
		store, err := sqlite.Open(ctx, filepath.Join(dir, "koji.db"), sqlite.Options{})
		if err != nil {
			log.Fatal(err)
		}
		err = store.Update(ctx, func(tx *storage.Tx) error {
			tags, err := tx.Tags().List(ctx, storage.TagFilter{})
			if err != nil {
				return err
			}
			fmt.Println(len(tags), "tags")
			return tx.Tags().Insert(ctx, &storage.Tag{Name: fmt.Sprintf("f%d", 42+len(tags))})
		})
		if err != nil {
			log.Fatal(err)
		}
		if err := store.Close(); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// 0 tags
	// 1 tags
}
