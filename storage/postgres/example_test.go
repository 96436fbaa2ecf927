package postgres_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/postgres"
)

// The database of a running Koji is read without a hub.
func Example() {
	ctx := context.Background()
	dsn := os.Getenv("KOJI_DATABASE")
	if dsn == "" {
		return // such as "host=db dbname=koji user=reader"
	}
	store, err := postgres.Open(ctx, dsn, postgres.Options{ReadOnly: true})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	err = store.View(ctx, func(tx *storage.Tx) error {
		tag, err := tx.Tags().Get(ctx, storage.TagFilter{Name: storage.Is("f42-build")})
		if err != nil {
			return err
		}
		parents, err := tx.Inheritances().List(ctx, koji.Now, storage.InheritanceFilter{Tag: storage.Is(tag.ID)})
		fmt.Println(tag.Name, "has", len(parents), "parents")
		return err
	})
	if err != nil {
		log.Print(err)
	}
	// Output:
}
