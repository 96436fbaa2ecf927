package gate_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/kojikit/kojikit/build/gate"
	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/memory"
	"github.com/kojikit/kojikit/tag"
)

func Example() {
	ctx := context.Background()
	store := memory.Open(memory.Options{})
	defer store.Close()
	set, issues := policy.New([]policy.Text{
		policy.NewText("package_list", "is_new_package :: deny Ask for a review first\nall :: allow"),
	}, policy.Options{})
	if set == nil {
		log.Fatal(issues.Err())
	}
	err := store.Update(ctx, func(tx *storage.Tx) error {
		alice := storage.User{Name: "alice"}
		if err := tx.Users().Insert(ctx, &alice); err != nil {
			return err
		}
		tx.Actor = alice.ID
		f40, err := tag.NewEditor(tx, tag.Options{}).Create(ctx, "f40", tag.Config{})
		if err != nil {
			return err
		}
		editor := tag.NewEditor(tx, tag.Options{Gate: gate.New(set)})
		return editor.AddPackage(ctx, f40, "frobnicate", tag.Entry{Owner: alice.ID})
	})
	var denial *policy.Denial
	if errors.As(err, &denial) {
		fmt.Println(denial)
		fmt.Println("by the rule at", denial.Range())
	}
	// Output:
	// policy violation (package_list): Ask for a review first
	// by the rule at 1:1
}
