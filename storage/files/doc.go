// Package files keeps the files of a Koji topdir. Readers never see half a file,
// and no name, link or path can leave the tree.
//
//	tree, err := files.Open("/mnt/koji", files.Options{})
//	...
//	defer tree.Close()
//	f, err := tree.Create("repos/f40-build/7/repodata/repomd.xml")
//	...
//	defer f.Close() // removes it again unless it was committed
//	_, err = f.Write(repomd)
//	err = f.Commit()
//	err = tree.Symlink("7", "repos/f40-build/latest")
//
// Names are slash-separated paths relative to the root of the tree, as
// [koji.PathInfo] makes them with the topdir ".". They may pass through symbolic
// links as long as these are relative and stay inside (see [os.Root]); a volume
// kept elsewhere has to be mounted, not linked.
//
// A file is written under a hidden temporary name in its directory, synced,
// renamed, and the directory synced. A process that dies in between leaves that
// hidden file (.NAME.tmpN), which nothing refers to. Many files that are to
// appear together are made ready in a [Stage] first.
//
// # Errors
//
// A name or link that leaves the tree is of kind [koji.ErrUnsafePath], a file
// that is not there [koji.ErrNotFound], one that is in the way [koji.ErrExists].
// What the operating system says beyond that is passed on. In each case an
// [fs.PathError] or [os.LinkError] with paths relative to the root is in the
// chain, unless the name was refused as it stands.
package files
