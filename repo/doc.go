// Package repo makes rpm repositories from tags.
//
// A [Generator] makes dist repositories: what a tag holds at an event, each rpm
// with the signature that is wanted most, as directories that dnf and other
// clients install from.
//
//	gen := repo.NewGenerator(store, tree, repo.TagSource{Resolver: tags})
//	dist, err := gen.Dist(ctx, user, repo.DistOptions{
//		Tag:       f40Compose,
//		Arches:    []string{"x86_64", "aarch64", "src"},
//		Selection: repo.Selection{Keys: []string{"a15b79cc"}},
//	})
//	fmt.Println(dist.Path) // repos-dist/f40-compose/7
//
// A repository appears under its path when it is complete, and the link "latest"
// beside it follows; until then, and after a failure, there is nothing to see.
// Metadata is that of package rpmmd: equal input gives equal bytes.
//
// [Selection] is the choice of copies by itself, for programs that lay out
// repositories in their own way.
package repo
