package rpmmd_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/kojikit/kojikit/internal/corpus"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

// exampleDir returns a directory with three RPM files.
func exampleDir() string {
	dir, err := os.MkdirTemp("", "rpmmd-example-")
	if err != nil {
		panic(err)
	}
	for _, name := range []string{"gimp", "bash", "make"} {
		r := corpus.RPM{
			Name: name, Version: "1.0", Release: "1", Arch: "x86_64", SourceRPM: name + "-1.0-1.src.rpm",
			BuildTime: time.Unix(1700000000, 0),
			Files:     []corpus.File{{Path: "/usr/bin/" + name}, {Path: "/usr/share/doc/" + name, Mode: corpus.Dir}},
		}
		if _, err := r.WriteTo(dir); err != nil {
			panic(err)
		}
	}
	return dir
}

// Make a directory of RPM files a repository, and list it.
func Example() {
	dir := exampleDir()
	defer os.RemoveAll(dir)
	ctx := context.Background()

	w := rpmmd.NewWriter(rpmmd.Options{})
	result, err := w.IndexDir(ctx, dir, rpmmd.ReadOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Packages, "packages at revision", result.Repomd.Revision)

	repo, err := rpmmd.Open(os.DirFS(dir), rpmmd.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for p, err := range repo.Packages(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(p.NEVRA(), p.Location.Href, p.Files[0].Path())
	}
	// Output:
	// 3 packages at revision 1700000000
	// bash-0:1.0-1.x86_64 bash-1.0-1.x86_64.rpm /usr/bin/bash
	// gimp-0:1.0-1.x86_64 gimp-1.0-1.x86_64.rpm /usr/bin/gimp
	// make-0:1.0-1.x86_64 make-1.0-1.x86_64.rpm /usr/bin/make
}

func ExampleFromFile() {
	dir := exampleDir()
	defer os.RemoveAll(dir)

	p, err := rpmmd.FromFile(dir+"/bash-1.0-1.x86_64.rpm", rpmmd.ReadOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	p.Location.Href = "Packages/b/" + p.Location.Href
	fmt.Println(p.Name, p.Arch, p.Location.Href)
	// Output: bash x86_64 Packages/b/bash-1.0-1.x86_64.rpm
}

// A sink that prints the names of the files it gets.
type printer struct{}

func (printer) Put(_ context.Context, file *rpmmd.Output) error {
	fmt.Println(file.Name, file.Size() > 0)
	return nil
}

// Write metadata of packages that are known from elsewhere, with comps, to a
// store of one's own.
func ExampleWriter_Write() {
	w := rpmmd.NewWriter(rpmmd.Options{Profile: rpmmd.CompatEL7, SimpleNames: true, Revision: "7"})
	err := w.Add(&rpmmd.Package{
		Name: "bash", Epoch: "0", Version: "5.2", Release: "1", Arch: "x86_64",
		Checksum: rpmmd.Checksum{Type: rpmmd.SHA256, Value: "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"},
		Location: rpmmd.Location{Href: "bash-5.2-1.x86_64.rpm"},
	})
	if err != nil {
		fmt.Println(err) // the repository can be written without this package
	}
	comps, err := os.Open(os.DevNull)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer comps.Close()
	if err := w.AddFile(rpmmd.TypeGroup, "comps.xml", comps); err != nil {
		fmt.Println(err)
		return
	}
	result, err := w.Write(context.Background(), printer{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Repomd.Records[3].Type, result.Repomd.Records[4].Type)
	// Output:
	// primary.xml.gz true
	// filelists.xml.gz true
	// other.xml.gz true
	// comps.xml false
	// comps.xml.gz true
	// repomd.xml true
	// group group_gz
}
