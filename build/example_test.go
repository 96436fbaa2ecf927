package build_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/kojikit/kojikit/build"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/files"
	"github.com/kojikit/kojikit/storage/memory"
)

// Two rpms, the binary one with the signatures of two keys, become a build.
func Example() {
	ctx := context.Background()
	store := memory.Open(memory.Options{})
	defer store.Close()
	user := storage.User{Name: "importer"}
	err := store.Update(ctx, func(tx *storage.Tx) error { return tx.Users().Insert(ctx, &user) })
	if err != nil {
		log.Fatal(err)
	}
	topdir, err := os.MkdirTemp("", "koji")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(topdir)
	tree, err := files.Open(topdir, files.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer tree.Close()

	tracker := build.New(store, tree, build.Options{})
	done, err := tracker.Import(ctx, user.ID, []string{
		"testdata/rpms/sorter-3.1-1.d1.x86_64.rpm",
		"testdata/rpms-key2/sorter-3.1-1.d1.x86_64.rpm",
		"testdata/rpms/sorter-3.1-1.d1.src.rpm",
	}, build.ImportOptions{Copy: true})
	if err != nil {
		log.Fatal(err)
	}
	for _, b := range done.Builds {
		fmt.Println("build", b.NVR)
	}
	for _, r := range done.RPMs {
		fmt.Println("rpm", r.NVRA())
	}
	for _, s := range done.Signatures {
		fmt.Println("rpm", s.RPM, "has key", s.SigKey)
	}
	signed, err := tracker.WriteSigned(ctx, done.RPMs[1].ID, "72FAE7FE", false)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(signed)
	// Output:
	// build sorter-3.1-1.d1
	// rpm sorter-3.1-1.d1.src
	// rpm sorter-3.1-1.d1.x86_64
	// rpm 1 has key 5532c199
	// rpm 2 has key 5532c199
	// rpm 2 has key 72fae7fe
	// packages/sorter/3.1/1.d1/data/signed/72fae7fe/x86_64/sorter-3.1-1.d1.x86_64.rpm
}

// What an interrupted process left is settled at the next start.
func ExampleTracker_Recover() {
	ctx := context.Background()
	store := memory.Open(memory.Options{})
	defer store.Close()
	topdir, err := os.MkdirTemp("", "koji")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(topdir)
	tree, err := files.Open(topdir, files.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer tree.Close()

	// A stage that nobody works with any more.
	stage, err := tree.Stage(".")
	if err != nil {
		log.Fatal(err)
	}
	if err := stage.Close(); err != nil {
		log.Fatal(err)
	}

	tracker := build.New(store, tree, build.Options{})
	recovery, err := tracker.Recover(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(recovery.Stages, "settled,", len(recovery.Removed), "files removed")
	// Output:
	// 1 settled, 0 files removed
}
