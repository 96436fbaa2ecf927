// Package kojikit is the tour of a library: the build-tracking core of the Koji
// build system as Go packages, to be imported one by one or together. This
// package itself holds no code.
//
// # The main job
//
// RPM files go in and become builds; tags say which builds belong together, and
// inherit from each other; a repository comes out, in which each rpm carries the
// signature that is wanted most:
//
//	store := memory.Open(memory.Options{})
//	tree, err := files.Open("/mnt/koji", files.Options{})
//	...
//	tracker := build.New(store, tree, build.Options{})
//	done, err := tracker.Import(ctx, user, rpms, build.ImportOptions{Copy: true})
//	...
//	err = store.Update(ctx, func(tx *storage.Tx) error {
//		tx.Actor = user
//		return tag.NewEditor(tx, tag.Options{}).Tag(ctx, updates, done.Builds[0].ID, false)
//	})
//	...
//	tags := tag.NewResolver(tag.NewSource(store), tag.Options{})
//	latest, err := tags.Builds(ctx, updates, tag.BuildOptions{Inherit: true, Latest: 1})
//	...
//	gen := repo.NewGenerator(store, tree, repo.TagSource{Resolver: tags})
//	dist, err := gen.Dist(ctx, user, repo.DistOptions{
//		Tag:       updates,
//		Arches:    []string{"x86_64"},
//		Selection: repo.Selection{Keys: []string{"72fae7fe", "5532c199"}},
//	})
//
// The example below is the same in full, and examples/quickstart a program that
// does it for a small distribution or for rpms of your own.
//
// # The packages
//
// From the bottom up; none imports one that stands below it in this list:
//
//   - [github.com/kojikit/kojikit/koji] is the vocabulary: names, versions and
//     their order, architectures, states, errors, paths.
//   - [github.com/kojikit/kojikit/koji/rpmfile] reads the headers and signatures
//     of an rpm file, hostile ones too, and puts other signatures in.
//   - [github.com/kojikit/kojikit/storage] is the contract of a store: tables,
//     transactions, history. [github.com/kojikit/kojikit/storage/memory],
//     [github.com/kojikit/kojikit/storage/sqlite] and
//     [github.com/kojikit/kojikit/storage/postgres] are stores,
//     [github.com/kojikit/kojikit/storage/files] keeps the files of a topdir;
//     [github.com/kojikit/kojikit/storage/storagetest] is the suite that a store
//     must pass.
//   - [github.com/kojikit/kojikit/policy] reads, evaluates and explains hub
//     policies; [github.com/kojikit/kojikit/policy/policytest] tests them.
//   - [github.com/kojikit/kojikit/tag] resolves inheritance, package lists,
//     tagged builds, groups, build configuration and history, now or at a past
//     event; explains, compares and changes them.
//   - [github.com/kojikit/kojikit/repo/rpmmd] writes and reads repository
//     metadata, and the packages beside it the other files of a repository:
//     [github.com/kojikit/kojikit/repo/comps],
//     [github.com/kojikit/kojikit/repo/modules],
//     [github.com/kojikit/kojikit/repo/updateinfo],
//     [github.com/kojikit/kojikit/repo/delta],
//     [github.com/kojikit/kojikit/repo/zchunk].
//     [github.com/kojikit/kojikit/repo/merge] merges repositories, also those that
//     [github.com/kojikit/kojikit/repo/remote] reads from web servers;
//     [github.com/kojikit/kojikit/repo] makes repositories of tags.
//   - [github.com/kojikit/kojikit/build] imports rpms into builds and keeps their
//     signatures; [github.com/kojikit/kojikit/build/gate] lets policies decide
//     about a store.
//
// # What they have in common
//
// Answers are those of Koji 1.35 wherever they can be observed. Changes happen at
// events, and everything versioned can be asked as of an event. Errors have a
// kind and Koji's fault code, see [github.com/kojikit/kojikit/koji.Error]. Input
// from outside is taken to be hostile. Nothing is global, nothing is logged
// unasked, and the same input gives the same output.
package kojikit
