package tag

import (
	"cmp"
	"context"
	"slices"

	"github.com/kojikit/kojikit/koji"
)

// BuildOptions say which tagged builds to list. The zero value lists all builds
// tagged in the tag itself, now.
type BuildOptions struct {
	At      koji.EventID
	Inherit bool // with the builds of ancestors
	// Latest keeps the first so many builds of each package: nearest tag first,
	// newest tagging first. 0 keeps all, a negative number none. The fields
	// below, except Prefix, take effect before it: the latest draft, not the
	// latest build if it is a draft.
	Latest  int
	Package string // only builds of the package of this name
	Owner   string // only builds owned by the user of this name
	Drafts  Drafts
	Type    string // only builds with content of this type: rpm, maven, win, image, ...
	Prefix  string // only packages whose name begins so, in any case
	// AllowMissing answers for a tag that does not exist at the event too: its
	// ancestors' content, if it still has links.
	AllowMissing bool
}

// Builds returns the COMPLETE builds in a tag whose package is listed for it and
// not blocked: by tag in order of inheritance, then newest tagging first. A tag
// that does not exist is koji.ErrNotFound.
//
// The package list decides with inheritance, whether or not builds are
// inherited, and by package alone: what hides a package in an ancestor does not
// hide its builds if the tag lists the package by other ways.
func (r *Resolver) Builds(ctx context.Context, tag koji.TagID, opts BuildOptions) ([]Build, error) {
	var list []Build
	err := r.view(ctx, func(src Reader) error {
		var err error
		list, err = r.builds(ctx, src, tag, opts)
		return err
	})
	return list, err
}

func (r *Resolver) builds(ctx context.Context, src Reader, tag koji.TagID, opts BuildOptions) ([]Build, error) {
	info, steps, chosen, err := r.choose(ctx, src, tag, opts)
	if err != nil {
		return nil, err
	}
	return details(ctx, src, &info, steps, chosen, opts.Type)
}

// choose returns the builds that a tag shows, the tag, and its inheritance.
func (r *Resolver) choose(ctx context.Context, src Reader, tag koji.TagID, opts BuildOptions) (info Info, steps []Step, chosen []TaggedBuild, err error) {
	tags, err := src.Tags(ctx, opts.At, InfoQuery{IDs: []koji.TagID{tag}})
	if err != nil {
		return info, nil, nil, err
	}
	if info.ID = tag; len(tags) > 0 {
		info = tags[0]
	}
	if !info.Exists && !opts.AllowMissing {
		return info, nil, nil, noTag(tag)
	}
	if steps, err = r.inheritance(ctx, src, tag, opts.At); err != nil {
		return info, nil, nil, err
	}
	chosen, err = r.taggings(ctx, src, tag, steps, opts)
	return info, steps, chosen, err
}

// taggings chooses the builds that a tag shows.
func (r *Resolver) taggings(ctx context.Context, src Reader, tag koji.TagID, steps []Step, opts BuildOptions) ([]TaggedBuild, error) {
	gate, err := r.gate(ctx, src, tag, steps, PackageOptions{At: opts.At, Package: opts.Package, Prefix: opts.Prefix})
	if err != nil {
		return nil, err
	}
	if !opts.Inherit {
		steps = nil
	}
	byTag, err := tagged(ctx, src, order(tag, steps), opts)
	if err != nil {
		return nil, err
	}
	var chosen []TaggedBuild
	count := new(table[koji.PackageID, int32])
	for _, t := range r.visits(tag, steps) {
		for _, b := range byTag[t] {
			if gate.get(b.Package) != listed {
				continue
			}
			if opts.Latest == 0 {
				chosen = append(chosen, b)
			} else if n := count.get(b.Package) + 1; int(n) <= opts.Latest {
				count.set(b.Package, n)
				chosen = append(chosen, b)
			}
		}
	}
	return chosen, nil
}

// details completes builds with what is known of them.
func details(ctx context.Context, src Reader, info *Info, steps []Step, chosen []TaggedBuild, typ string) ([]Build, error) {
	names := map[koji.TagID]string{info.ID: info.Name}
	for i := range steps {
		names[steps[i].Parent] = steps[i].ParentName
	}
	list := make([]Build, 0, len(chosen))
	if c, ok := src.(*cacheReader); ok && typ == "" {
		known, err := c.details(ctx, chosen)
		if err != nil {
			return nil, err
		}
		for i, t := range chosen {
			if known[i] != nil {
				list = append(list, Build{BuildDetails: known[i], Tag: t.Tag, TagName: names[t.Tag], Event: t.Event})
			}
		}
		return list, nil
	}
	ids := unique(column(chosen, func(t *TaggedBuild) koji.BuildID { return t.Build }))
	rows, err := src.Builds(ctx, BuildQuery{IDs: ids, Type: typ})
	if err != nil {
		return nil, err
	}
	byID := make(map[koji.BuildID]*Build, len(rows))
	for i := range rows {
		byID[rows[i].ID] = &rows[i]
	}
	for _, t := range chosen {
		if b := byID[t.Build]; b != nil {
			b.Tag, b.TagName, b.Event = t.Tag, names[t.Tag], t.Event
			list = append(list, *b)
		}
	}
	return list, nil
}

// visits returns the tags in the order in which their builds are listed: with
// repetitions, as in Koji, unless strict.
func (r *Resolver) visits(tag koji.TagID, steps []Step) []koji.TagID {
	if r.opts.Strict {
		return order(tag, steps)
	}
	list := []koji.TagID{tag}
	for i := range steps {
		list = append(list, steps[i].Parent)
	}
	return list
}

// tagged reads the builds in some tags and sorts them out by tag, newest tagging
// first.
func tagged(ctx context.Context, src Reader, tags []koji.TagID, opts BuildOptions) (map[koji.TagID][]TaggedBuild, error) {
	if c, ok := src.(*cacheReader); ok && opts.Owner == "" && opts.Drafts == DraftsToo && opts.Type == "" {
		if byTag, err := c.tagged(ctx, opts.At, tags, opts.Package); byTag != nil || err != nil {
			return byTag, err
		}
	}
	rows, err := src.TaggedBuilds(ctx, opts.At, TaggedBuildQuery{
		Tags: tags, Name: opts.Package, Owner: opts.Owner, Drafts: opts.Drafts, Type: opts.Type,
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b TaggedBuild) int {
		return cmp.Or(cmp.Compare(a.Tag, b.Tag), cmp.Compare(b.Event, a.Event), cmp.Compare(b.Build, a.Build))
	})
	byTag := make(map[koji.TagID][]TaggedBuild, len(tags))
	for len(rows) > 0 {
		n := slices.IndexFunc(rows, func(t TaggedBuild) bool { return t.Tag != rows[0].Tag })
		if n < 0 {
			n = len(rows)
		}
		byTag[rows[0].Tag] = rows[:n:n]
		rows = rows[n:]
	}
	return byTag, nil
}
