package files_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/kojikit/kojikit/storage/files"
)

// Readers find the whole old file or the whole new one, and the link leads to one
// of the directories at any time.
func Example() {
	dir, err := os.MkdirTemp("", "koji")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	tree, err := files.Open(dir, files.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer tree.Close()

	f, err := tree.Create("repos/f40-build/7/repodata/repomd.xml")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	if _, err := fmt.Fprint(f, "<repomd/>"); err != nil {
		log.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		log.Fatal(err)
	}
	if err := tree.Symlink("7", "repos/f40-build/latest"); err != nil {
		log.Fatal(err)
	}
	data, err := tree.ReadFile("repos/f40-build/latest/repodata/repomd.xml")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(data))
	_, err = tree.ReadFile("repos/../../etc/passwd")
	fmt.Println(err)
	// Output:
	// <repomd/>
	// unsafe path: "repos/../../etc/passwd" is no name inside of the tree
}

// The files of a build become visible together.
func ExampleStage() {
	dir, err := os.MkdirTemp("", "koji")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	tree, err := files.Open(dir, files.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer tree.Close()
	if err := publish(context.Background(), tree); err != nil {
		log.Fatal(err)
	}
	entries, err := tree.ReadDir("packages/foo/1/1")
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range entries {
		fmt.Println(e.Name())
	}
	// Output:
	// src
	// x86_64
}

func publish(ctx context.Context, tree *files.Tree) (err error) {
	stage, err := tree.Stage(".")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stage.Discard()) }() // what was published stays
	if err := stage.WriteFile("packages/foo/1/1/src/foo-1-1.src.rpm", []byte("...")); err != nil {
		return err
	}
	if err := stage.WriteFile("packages/foo/1/1/x86_64/foo-1-1.x86_64.rpm", []byte("...")); err != nil {
		return err
	}
	if err := stage.Sync(ctx); err != nil {
		return err
	}
	if err := stage.Publish("packages/foo/1/1"); err != nil {
		return err
	}
	return stage.Confirm(ctx)
}
