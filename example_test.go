package kojikit_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/kojikit/kojikit/build"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/files"
	"github.com/kojikit/kojikit/storage/memory"
	"github.com/kojikit/kojikit/tag"
)

// The rpms of two releases become builds, the builds are tagged in two tags of
// which the second inherits from the first, and the second becomes a repository.
// Rpms signed with the new key are preferred to those signed with the old one.
func Example() {
	topdir, err := os.MkdirTemp("", "koji")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(topdir)
	if err := publish(context.Background(), topdir); err != nil {
		log.Fatal(err)
	}
	// Output:
	// viewer-2.0-1.d1 of dist-updates
	// sorter-3.1-1.d1 of dist-base
	// the repository of dist-updates has
	//   sorter-3.1-1.d1.x86_64, key 72fae7fe
	//   viewer-2.0-1.d1.x86_64, key 72fae7fe
}

func publish(ctx context.Context, topdir string) error {
	tree, err := files.Open(topdir, files.Options{})
	if err != nil {
		return err
	}
	defer tree.Close()
	store := memory.Open(memory.Options{})
	defer store.Close()

	releng := storage.User{Name: "releng"}
	var base, updates koji.TagID
	err = store.Update(ctx, func(tx *storage.Tx) error {
		if err := tx.Users().Insert(ctx, &releng); err != nil {
			return err
		}
		tx.Actor = releng.ID
		edit := tag.NewEditor(tx, tag.Options{})
		if base, err = edit.Create(ctx, "dist-base", tag.Config{Arches: "x86_64"}); err != nil {
			return err
		}
		updates, err = edit.Create(ctx, "dist-updates", tag.Config{Arches: "x86_64", Parent: base})
		return err
	})
	if err != nil {
		return err
	}

	const testdata = "examples/quickstart/testdata/"
	tracker := build.New(store, tree, build.Options{})
	for _, release := range []struct {
		tag  koji.TagID
		rpms string
	}{
		{base, testdata + "rpms*/1-base/sorter-*.rpm"}, // signed with both keys
		{base, testdata + "rpms/1-base/viewer-*.rpm"},
		{updates, testdata + "rpms/2-update/viewer-*.rpm"},
	} {
		rpms, err := filepath.Glob(release.rpms)
		if err != nil {
			return err
		}
		done, err := tracker.Import(ctx, releng.ID, rpms, build.ImportOptions{Copy: true})
		if err != nil {
			return err
		}
		err = store.Update(ctx, func(tx *storage.Tx) error {
			tx.Actor = releng.ID
			edit := tag.NewEditor(tx, tag.Options{})
			for _, b := range done.Builds {
				if err := edit.AddPackage(ctx, base, b.NVR.Name, tag.Entry{Owner: releng.ID}); err != nil {
					return err
				}
				if err := edit.Tag(ctx, release.tag, b.ID, false); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}

	tags := tag.NewResolver(tag.NewSource(store), tag.Options{})
	latest, err := tags.Builds(ctx, updates, tag.BuildOptions{Inherit: true, Latest: 1})
	if err != nil {
		return err
	}
	for _, b := range latest {
		fmt.Println(b.NVR(), "of", b.TagName)
	}

	gen := repo.NewGenerator(store, tree, repo.TagSource{Resolver: tags})
	dist, err := gen.Dist(ctx, releng.ID, repo.DistOptions{
		Tag: updates,
		Selection: repo.Selection{
			Keys: []string{"72fae7fe", "5532c199"},
			WriteSigned: func(ctx context.Context, rpm koji.RPMID, key string) error {
				_, err := tracker.WriteSigned(ctx, rpm, key, false)
				return err
			},
		},
	})
	if err != nil {
		return err
	}
	fmt.Println("the repository of", dist.TagName, "has")
	for _, p := range dist.Arches[0].Packages {
		fmt.Printf("  %s, key %s\n", p.NVRA, p.Key)
	}
	return nil
}
