// Package tag answers what is in a tag of the Koji build system, and changes it.
//
// A tag holds builds and a list of packages, and inherits both from other tags.
// [Resolver] works out what that comes to, now or at any past event, and explains
// it; [Editor] makes tags, links, package lists and taggings.
//
//	err := store.Update(ctx, func(tx *storage.Tx) error {
//		tx.Actor = releng
//		edit := tag.NewEditor(tx, tag.Options{})
//		base, err := edit.Create(ctx, "f40", tag.Config{Arches: "x86_64"})
//		if err != nil {
//			return err
//		}
//		_, err = edit.Create(ctx, "f40-build", tag.Config{Parent: base})
//		return err
//	})
//	r := tag.NewResolver(tag.NewSource(store), tag.Options{})
//	builds, err := r.Builds(ctx, tagID, tag.BuildOptions{Inherit: true, Latest: 1})
//
// A Resolver reads from a [Source]: a store of this module, or anything that
// implements the six methods of [Reader], as a program's own tables or a remote
// hub may.
//
// A Resolver by itself keeps nothing between questions, each of which reads what it
// is about in a few queries. Over a [Cache] it answers from memory, and reads again
// the tags that have changed:
//
//	r := tag.NewResolver(tag.NewCache(tag.NewSource(store), tag.CacheOptions{}), tag.Options{})
//
// # Where to look
//
//	what a tag shows          Resolver: Builds, RPMs, Packages, Groups, Archives, ExternalRepos
//	how it is built in        Resolver: BuildConfig
//	where that comes from     Resolver: Inheritance, Order, Descendants
//	why, or why not           Resolver: ExplainBuild, ExplainPackage
//	what is different         Resolver: Diff between tags or events, LastChange, ChangedSince
//	what a change would do    Editor: Preview, and Check for slips
//	who did it, and when      Catalog: History
//	tags and targets at all   Resolver: Lookup by name; Catalog: Tags, Targets, Repos
//	changes                   Editor: Create, Edit, SetInheritance, Apply, Snapshot, ...
//	who may make them         Options.Gate: DefaultGate, or package build/gate for policy texts
//
// Tags, builds and users are given by id: Resolver.Lookup finds that of a tag,
// the tables of package storage those of builds and users.
//
// # Inheritance
//
// The inheritance of a tag is a walk along its links ([Resolver.Inheritance]):
// parents by priority, each with its own ancestors before the next. A link can
// limit the depth, can be intransitive (followed from its own child only), and
// can filter packages by a Python regular expression. Several ways to one tag
// count once unless a later one brings more. Loops end where they close.
//
// # Which builds a tag shows
//
// The builds tagged in the tag and in its ancestors, in the order of the walk,
// newest tagging first, if their package is listed and not blocked. The latest
// build of a package is the first in this order: that of the nearest tag, and
// there the one tagged last. Versions play no part.
//
// # Profiles
//
// By default the answers are those of Koji 1.35, odd ones included; [Options] can
// ask for stricter ones.
package tag
