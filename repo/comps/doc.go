// Package comps reads and writes comps.xml, the groups of packages of a
// repository, and makes it from the groups of a tag.
//
// To give a repository the groups of the tag it is made of:
//
//	groups, err := resolver.Groups(ctx, tagID, tag.GroupOptions{Inherit: true})
//	if err != nil {
//		return err
//	}
//	c := comps.FromGroups(groups, comps.Options{Expand: true})
//	err = writer.AddFile(rpmmd.TypeGroup, "comps.xml", bytes.NewReader(c.Append(nil)))
//
// [Read] reads a document whole and [Groups] only its groups, one by one. Both
// take documents of strangers: memory is bounded, and entities are not expanded.
// What is read is written again without loss, except for comments and elements
// that no client knows.
package comps
