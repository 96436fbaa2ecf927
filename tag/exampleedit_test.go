package tag_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/memory"
	"github.com/kojikit/kojikit/tag"
)

// What a change would do to a tag and to all that inherit from it, before it is made.
func ExampleEditor_Preview() {
	ctx := context.Background()
	store := memory.Open(memory.Options{})
	err := store.Update(ctx, func(tx *storage.Tx) error {
		user := storage.User{Name: "releng"}
		if err := tx.Users().Insert(ctx, &user); err != nil {
			return err
		}
		tx.Actor = user.ID
		edit := tag.NewEditor(tx, tag.Options{})
		base, err := edit.Create(ctx, "base", tag.Config{Arches: "x86_64"})
		if err != nil {
			return err
		}
		if _, err := edit.Create(ctx, "child", tag.Config{Parent: base}); err != nil {
			return err
		}
		if err := edit.AddPackage(ctx, base, "bash", tag.Entry{Owner: user.ID}); err != nil {
			return err
		}
		affected, err := tag.NewResolver(tag.TxSource(tx), tag.Options{}).Descendants(ctx, base, koji.Now)
		if err != nil {
			return err
		}
		differences, err := edit.Preview(ctx, func() error {
			return edit.BlockPackage(ctx, base, "bash", false)
		}, append(affected, base)...)
		if err != nil {
			return err
		}
		for _, d := range differences {
			fmt.Printf("%s\n%v", d.After.Name, d)
		}
		return nil
	})
	if err != nil {
		panic(err)
	}
	// Output:
	// child
	// packages
	//   * bash (of base, owner releng) -> (of base, blocked, owner releng)
	// base
	// packages
	//   * bash (of base, owner releng) -> (of base, blocked, owner releng)
}

// Users may do what the gate lets them do: here that of a hub without policy files.
func ExampleDefaultGate() {
	ctx := context.Background()
	store := memory.Open(memory.Options{})
	err := store.Update(ctx, func(tx *storage.Tx) error {
		user := storage.User{Name: "guest"}
		if err := tx.Users().Insert(ctx, &user); err != nil {
			return err
		}
		tx.Actor = user.ID
		_, err := tag.NewEditor(tx, tag.Options{Gate: tag.DefaultGate{}}).Create(ctx, "mine", tag.Config{})
		return err
	})
	fmt.Println(errors.Is(err, koji.ErrDenied), err)
	// Output: true tag permission required
}
