package tag_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/memory"
	"github.com/kojikit/kojikit/storage/postgres"
	"github.com/kojikit/kojikit/storage/sqlite"
	"github.com/kojikit/kojikit/tag"
)

// A program that embeds the module keeps its tags in a file.
func ExampleNewSource() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "tags")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	store, err := sqlite.Open(ctx, filepath.Join(dir, "koji.db"), sqlite.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	build, err := twoTags(ctx, store)
	if err != nil {
		log.Fatal(err)
	}

	r := tag.NewResolver(tag.NewSource(store), tag.Options{})
	config, err := r.BuildConfig(ctx, build, koji.Now)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(config.Name, "builds for", config.Arches.V, "as", config.ArchesFrom.Name, "does")
	// Output:
	// f40-build builds for x86_64 aarch64 as f40 does
}

// twoTags makes a tag and one to build in that inherits from it, with a group of
// packages to begin with.
func twoTags(ctx context.Context, store *storage.Store) (build koji.TagID, err error) {
	err = store.Update(ctx, func(tx *storage.Tx) error {
		user := storage.User{Name: "releng"}
		if err := tx.Users().Insert(ctx, &user); err != nil {
			return err
		}
		tx.Actor = user.ID
		edit := tag.NewEditor(tx, tag.Options{})
		base, err := edit.Create(ctx, "f40", tag.Config{Arches: "x86_64 aarch64"})
		if err != nil {
			return err
		}
		if build, err = edit.Create(ctx, "f40-build", tag.Config{Parent: base}); err != nil {
			return err
		}
		if err := edit.Edit(ctx, build, tag.Changes{Arches: new(sql.Null[string])}); err != nil { // to inherit them
			return err
		}
		if err := edit.AddGroup(ctx, base, "build", tag.GroupSettings{}); err != nil {
			return err
		}
		return edit.AddGroupPackage(ctx, base, "build", "bash", tag.GroupPackageSettings{})
	})
	return build, err
}

// The database of a Koji hub is read as it is; a replica will do.
func ExampleNewSource_koji() {
	ctx := context.Background()
	store, err := postgres.Open(ctx, "host=db dbname=koji user=koji", postgres.Options{ReadOnly: true})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	r := tag.NewResolver(tag.NewSource(store), tag.Options{})
	build, err := r.Lookup(ctx, "f40-build", koji.Now)
	if err != nil {
		log.Fatal(err)
	}
	rpms, _, err := r.RPMs(ctx, build.ID, tag.RPMOptions{
		BuildOptions: tag.BuildOptions{Inherit: true, Latest: 1},
		Arches:       []string{"x86_64", "noarch"},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range rpms {
		fmt.Println(p.NVRA())
	}
}

// A test of code that asks about tags makes them in memory.
func ExampleNewSource_memory() {
	ctx := context.Background()
	store := memory.Open(memory.Options{})
	build, err := twoTags(ctx, store)
	if err != nil {
		log.Fatal(err)
	}

	r := tag.NewResolver(tag.NewSource(store), tag.Options{})
	groups, err := r.Groups(ctx, build, tag.GroupOptions{Inherit: true})
	if err != nil {
		log.Fatal(err)
	}
	for _, g := range groups {
		for _, p := range g.Packages {
			fmt.Println(g.Name, "begins with", p.Package)
		}
	}
	// Output:
	// build begins with bash
}

// Who has changed what is in a tag, and when.
func ExampleCatalog_History() {
	ctx := context.Background()
	store := memory.Open(memory.Options{})
	build, err := twoTags(ctx, store)
	if err != nil {
		log.Fatal(err)
	}
	err = store.View(ctx, func(tx *storage.Tx) error {
		query := tag.HistoryQuery{Tag: build, Tables: []string{"tag_config", "tag_inheritance"}}
		for r, err := range tag.NewCatalog(tx).History(ctx, query) {
			if err != nil {
				return err
			}
			switch row := r.Row.(type) {
			case storage.TagConfig:
				fmt.Printf("%s set the arches of %s to %q\n", r.CreatorName, r.Names["tag.name"], row.Arches.V)
			case storage.Inheritance:
				fmt.Println(r.CreatorName, "let it inherit from", r.Names["parent.name"])
			}
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// releng set the arches of f40-build to ""
	// releng let it inherit from f40
}
