package storage_test

import (
	"context"
	"fmt"
	"log"

	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/memory"
)

// A program that waits for changes, whoever makes them.
func ExampleStore_Watch() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	store := memory.Open(memory.Options{})
	defer store.Close()
	changes, err := store.Watch(ctx)
	if err != nil {
		log.Fatal(err)
	}

	err = store.Update(ctx, func(tx *storage.Tx) error {
		return tx.Users().Insert(ctx, &storage.User{Name: "releng"})
	})
	if err != nil {
		log.Fatal(err)
	}
	for range changes {
		err := store.View(ctx, func(tx *storage.Tx) error {
			n, err := tx.Users().Count(ctx, storage.UserFilter{})
			fmt.Println(n, "user")
			return err
		})
		if err != nil {
			log.Fatal(err)
		}
		stop() // ends the watch, and closes the channel
	}
	// Output:
	// 1 user
}
