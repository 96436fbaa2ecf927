package memory_test

import (
	"context"
	"fmt"
	"log"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/memory"
)

// A versioned table answers for the present and for any event of the past.
func Example() {
	ctx := context.Background()
	store := memory.Open(memory.Options{})
	defer store.Close()

	var tag storage.Tag
	var before koji.EventID
	err := store.Update(ctx, func(tx *storage.Tx) error {
		user := storage.User{Name: "releng"}
		if err := tx.Users().Insert(ctx, &user); err != nil {
			return err
		}
		tx.Actor = user.ID
		tag = storage.Tag{Name: "f40"}
		if err := tx.Tags().Insert(ctx, &tag); err != nil {
			return err
		}
		if err := tx.TagConfigs().Insert(ctx, &storage.TagConfig{Tag: tag.ID, Arches: storage.Null("x86_64")}); err != nil {
			return err
		}
		var err error
		before, err = tx.Event(ctx)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}

	err = store.Update(ctx, func(tx *storage.Tx) error {
		tx.Actor = 1
		if _, err := tx.TagConfigs().Revoke(ctx, storage.TagConfigFilter{Tag: storage.Is(tag.ID)}); err != nil {
			return err
		}
		return tx.TagConfigs().Insert(ctx, &storage.TagConfig{Tag: tag.ID, Arches: storage.Null("x86_64 aarch64")})
	})
	if err != nil {
		log.Fatal(err)
	}

	err = store.View(ctx, func(tx *storage.Tx) error {
		for _, at := range []koji.EventID{before, koji.Now} {
			config, err := tx.TagConfigs().Get(ctx, at, storage.TagConfigFilter{Tag: storage.Is(tag.ID)})
			if err != nil {
				return err
			}
			fmt.Println(config.Arches.V)
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// x86_64
	// x86_64 aarch64
}
