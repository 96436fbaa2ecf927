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
	err := r.source.View(ctx, func(src Reader) error {
		var err error
		list, err = r.builds(ctx, src, tag, opts)
		return err
	})
	return list, err
}

func (r *Resolver) builds(ctx context.Context, src Reader, tag koji.TagID, opts BuildOptions) ([]Build, error) {
	if !opts.AllowMissing {
		if _, err := existing(ctx, src, tag, opts.At); err != nil {
			return nil, err
		}
	}
	steps, err := r.inheritance(ctx, src, tag, opts.At)
	if err != nil {
		return nil, err
	}
	gate, err := r.packages(ctx, src, tag, steps, PackageOptions{At: opts.At, Package: opts.Package, Prefix: opts.Prefix})
	if err != nil {
		return nil, err
	}
	listed := make(map[koji.PackageID]bool, len(gate))
	for i := range gate {
		listed[gate[i].ID] = !gate[i].Blocked
	}
	if !opts.Inherit {
		steps = nil
	}
	byTag, err := tagged(ctx, src, order(tag, steps), opts)
	if err != nil {
		return nil, err
	}
	var chosen []*Build
	count := make(map[koji.PackageID]int)
	for _, t := range r.visits(tag, steps) {
		for _, b := range byTag[t] {
			if !listed[b.Package] {
				continue
			}
			if count[b.Package]++; opts.Latest == 0 || count[b.Package] <= opts.Latest {
				chosen = append(chosen, b)
			}
		}
	}
	list := make([]Build, len(chosen))
	for i, b := range chosen {
		list[i] = *b
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
func tagged(ctx context.Context, src Reader, tags []koji.TagID, opts BuildOptions) (map[koji.TagID][]*Build, error) {
	rows, err := src.Builds(ctx, opts.At, BuildQuery{
		Tags: tags, Name: opts.Package, Owner: opts.Owner, Drafts: opts.Drafts, Type: opts.Type,
		PerPackage: max(opts.Latest, 0),
	})
	if err != nil {
		return nil, err
	}
	byTag := make(map[koji.TagID][]*Build, len(tags))
	for i := range rows {
		byTag[rows[i].Tag] = append(byTag[rows[i].Tag], &rows[i])
	}
	for _, list := range byTag {
		slices.SortFunc(list, func(a, b *Build) int {
			return newestFirst(a.Event, b.Event, a.ID, b.ID)
		})
	}
	return byTag, nil
}

// newestFirst orders two builds of one tag as Koji counts them, by the events of
// their tagging and their ids.
func newestFirst(event, other koji.EventID, id, otherID koji.BuildID) int {
	return cmp.Or(cmp.Compare(other, event), cmp.Compare(otherID, id))
}
