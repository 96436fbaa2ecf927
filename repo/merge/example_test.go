package merge_test

import (
	"context"
	"fmt"
	"os"

	"github.com/kojikit/kojikit/repo/merge"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

func Example() {
	ctx := context.Background()
	repository := func(names ...string) merge.Source {
		dir, err := os.MkdirTemp("", "example-")
		if err != nil {
			panic(err)
		}
		w := rpmmd.NewWriter(rpmmd.Options{})
		for _, name := range names {
			p := &rpmmd.Package{
				Name: name, Epoch: "0", Version: "1", Release: "1", Arch: "noarch", SourceRPM: name + "-1-1.src.rpm",
				Location: rpmmd.Location{Href: name + "-1-1.noarch.rpm"},
			}
			if err := w.Add(p); err != nil {
				panic(err)
			}
		}
		if _, err := w.WriteDir(ctx, dir); err != nil {
			panic(err)
		}
		r, err := rpmmd.Open(os.DirFS(dir), rpmmd.Limits{})
		if err != nil {
			panic(err)
		}
		return merge.Source{Repository: r, URL: "file://" + dir + "/"}
	}
	sources := []merge.Source{repository("bash", "zsh"), repository("bash", "fish", "ksh")}

	out, err := os.MkdirTemp("", "example-")
	if err != nil {
		panic(err)
	}
	err = rpmmd.ReplaceDir(out, func(sink rpmmd.Sink) error {
		result, err := merge.Write(ctx, sink, sources, merge.Options{Blocked: []string{"ksh"}})
		if err == nil {
			fmt.Println(result.Packages, "packages")
		}
		return err
	})
	fmt.Println(err)
	// Output:
	// 3 packages
	// <nil>
}

func ExampleExpandArches() {
	fmt.Println(merge.ExpandArches([]string{"x86_64"}))
	// Output: [x86_64 ia32e amd64 i386 i486 i586 geode i686 athlon noarch]
}
