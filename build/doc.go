// Package build keeps track of builds: their rows in a store, and their files in
// the tree of a Koji topdir.
//
//	tree, err := files.Open("/mnt/koji", files.Options{})
//	...
//	tracker := build.New(store, tree, build.Options{})
//	if _, err := tracker.Recover(ctx); err != nil { // settle what a crash left
//		...
//	}
//	done, err := tracker.Import(ctx, user, rpms, build.ImportOptions{})
//	...
//	for _, r := range done.RPMs {
//		fmt.Println(r.ID, r.NVRA())
//	}
//
// Rows and files change together or not at all. An import first makes its files
// ready in a hidden place of the volume, then adds the rows, makes the files
// visible by renaming, and commits. If one of these steps fails it takes the
// others back; if the process dies between them, [Tracker.Recover] brings the
// files in line with the store.
package build
