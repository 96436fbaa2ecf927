package tag

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"github.com/kojikit/kojikit/koji"
)

// GroupReader is a [Reader] that knows of comps groups. Rows may come in any
// order; each names the tag that has it.
type GroupReader interface {
	Reader
	// Groups returns the settings of the groups of some tags, without what the
	// groups hold.
	Groups(ctx context.Context, at koji.EventID, tags []koji.TagID) ([]Group, error)
	// GroupPackages returns what some tags put into groups.
	GroupPackages(ctx context.Context, at koji.EventID, tags []koji.TagID) ([]GroupPackage, error)
	// GroupRequirements returns the groups that some tags put into groups.
	GroupRequirements(ctx context.Context, at koji.EventID, tags []koji.TagID) ([]GroupRequirement, error)
}

// Group is a comps group of a tag: rpms that are installed together. Groups named
// build and srpm-build say what a buildroot has to begin with.
type Group struct {
	ID          koji.GroupID
	Name        string
	Tag         koji.TagID // whose settings these are
	Blocked     bool
	Exported    sql.Null[bool]
	DisplayName string
	IsDefault   sql.Null[bool]
	UserVisible sql.Null[bool]
	Description sql.Null[string]
	LangOnly    sql.Null[string]
	BiarchOnly  sql.Null[bool]

	Packages     []GroupPackage     // by name
	Requirements []GroupRequirement // by id of the required group
}

// GroupPackage says that a group contains an rpm.
type GroupPackage struct {
	Group        koji.GroupID
	Tag          koji.TagID // that put it there
	Package      string     // name of the rpm
	Blocked      bool
	Type         string // usually mandatory, default, optional or conditional
	BaseArchOnly sql.Null[bool]
	Requires     sql.Null[string] // the rpm without which a conditional one is left out
}

// GroupRequirement says that a group includes another one.
type GroupRequirement struct {
	Group         koji.GroupID
	Tag           koji.TagID // that put it there
	Required      koji.GroupID
	Name          string // of the required group
	Blocked       bool
	Type          sql.Null[string] // as of packages
	IsMetaPackage bool
}

// GroupOptions say which groups to list. The zero value lists a tag's own, now.
type GroupOptions struct {
	At      koji.EventID
	Inherit bool // with the groups of ancestors, and what these put into groups
	// Blocked lists blocked groups, packages and requirements too. A blocked
	// group is empty.
	Blocked             bool
	WithoutPackages     bool
	WithoutRequirements bool
}

// Groups returns the comps groups of a tag, ordered by id. Of each group, and of
// each package and requirement in it, the entry of the nearest tag counts; filters
// of links do not apply. A required group must itself be among the groups, and not
// blocked. A tag that does not exist has no groups.
//
// The source must be a [GroupReader]; one that is not is koji.ErrUnsupported.
func (r *Resolver) Groups(ctx context.Context, tag koji.TagID, opts GroupOptions) ([]Group, error) {
	var list []Group
	err := r.source.View(ctx, func(src Reader) error {
		reader, err := able[GroupReader](src, "groups")
		if err != nil {
			return err
		}
		tags := []koji.TagID{tag}
		if opts.Inherit {
			steps, err := r.inheritance(ctx, src, tag, opts.At)
			if err != nil {
				return err
			}
			tags = order(tag, steps)
		}
		list, err = groups(ctx, reader, tags, opts)
		return err
	})
	return list, err
}

// groups resolves the groups of some tags, the nearest first.
func groups(ctx context.Context, src GroupReader, tags []koji.TagID, opts GroupOptions) ([]Group, error) {
	list, err := src.Groups(ctx, opts.At, tags)
	if err != nil {
		return nil, err
	}
	list = nearest(list, tags, func(g *Group) (koji.TagID, koji.GroupID) { return g.Tag, g.ID })
	if !opts.WithoutPackages {
		rows, err := src.GroupPackages(ctx, opts.At, tags)
		if err != nil {
			return nil, err
		}
		putPackages(list, nearest(rows, tags, func(p *GroupPackage) (koji.TagID, inGroup[string]) {
			return p.Tag, inGroup[string]{p.Group, p.Package}
		}))
	}
	if !opts.WithoutRequirements {
		rows, err := src.GroupRequirements(ctx, opts.At, tags)
		if err != nil {
			return nil, err
		}
		putRequirements(list, nearest(rows, tags, func(q *GroupRequirement) (koji.TagID, inGroup[koji.GroupID]) {
			return q.Tag, inGroup[koji.GroupID]{q.Group, q.Required}
		}))
	}
	if !opts.Blocked {
		list = slices.DeleteFunc(list, func(g Group) bool { return g.Blocked })
		for i := range list {
			g := &list[i]
			g.Packages = slices.DeleteFunc(g.Packages, func(p GroupPackage) bool { return p.Blocked })
			g.Requirements = slices.DeleteFunc(g.Requirements, func(q GroupRequirement) bool { return q.Blocked })
		}
	}
	slices.SortFunc(list, func(a, b Group) int { return cmp.Compare(a.ID, b.ID) })
	return list, nil
}

// inGroup is what distinguishes the entries of groups.
type inGroup[T comparable] struct {
	group koji.GroupID
	entry T
}

// putPackages puts packages into those groups that take them.
func putPackages(list []Group, packages []GroupPackage) {
	open := openGroups(list)
	for _, p := range packages {
		if g := open[p.Group]; g != nil {
			g.Packages = append(g.Packages, p)
		}
	}
	for i := range list {
		slices.SortFunc(list[i].Packages, func(a, b GroupPackage) int { return cmp.Compare(a.Package, b.Package) })
	}
}

// putRequirements does the same with requirements, whose other end must be among
// the groups as well.
func putRequirements(list []Group, requirements []GroupRequirement) {
	open := openGroups(list)
	for _, q := range requirements {
		if g := open[q.Group]; g != nil && open[q.Required] != nil {
			g.Requirements = append(g.Requirements, q)
		}
	}
	for i := range list {
		slices.SortFunc(list[i].Requirements, func(a, b GroupRequirement) int { return cmp.Compare(a.Required, b.Required) })
	}
}

// openGroups returns the groups that are not blocked.
func openGroups(list []Group) map[koji.GroupID]*Group {
	open := make(map[koji.GroupID]*Group, len(list))
	for i := range list {
		if !list[i].Blocked {
			open[list[i].ID] = &list[i]
		}
	}
	return open
}
