package tag

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/kojikit/kojikit/koji"
)

// PackageOptions say what to list of a package list. The zero value lists a
// tag's own entries, now.
type PackageOptions struct {
	At      koji.EventID
	Inherit bool        // with the entries of ancestors
	Package string      // only the package of this name
	Prefix  string      // only packages whose name begins so, in any case
	Owner   koji.UserID // only entries of this owner, chosen before overriding
	// Duplicates keeps the entries that others override, after those.
	Duplicates bool
	// WithoutBlocked leaves out blocked entries. In Koji they then hide nothing,
	// so that an ancestor's entry comes forth; with [Options].Strict they still
	// hide it.
	WithoutBlocked bool
	// WithoutOwners leaves out the owners and lists entries that have none,
	// which are not seen otherwise.
	WithoutOwners bool
}

func (o *PackageOptions) query() PackageQuery {
	return PackageQuery{Name: o.Package, Owner: o.Owner, WithoutOwners: o.WithoutOwners}
}

// Packages returns the package list of a tag, ordered by package id. Nearer
// entries override those of ancestors, blocked ones too. A tag that does not
// exist has none.
func (r *Resolver) Packages(ctx context.Context, tag koji.TagID, opts PackageOptions) ([]Package, error) {
	var list []Package
	err := r.view(ctx, func(src Reader) error {
		var steps []Step
		var err error
		if opts.Inherit {
			if steps, err = r.inheritance(ctx, src, tag, opts.At); err != nil {
				return err
			}
		}
		list, err = r.packages(ctx, src, tag, steps, opts)
		return err
	})
	return list, err
}

// PackageEntry returns the entry that decides on a package in a tag, inheritance
// included: of its own or of an ancestor, possibly blocked. No entry is
// koji.ErrNotFound.
func (r *Resolver) PackageEntry(ctx context.Context, tag koji.TagID, name string, at koji.EventID) (Package, error) {
	var list []Package
	if name != "" { // which would mean any package
		var err error
		if list, err = r.Packages(ctx, tag, PackageOptions{At: at, Inherit: true, Package: name}); err != nil {
			return Package{}, err
		}
	}
	if len(list) == 0 {
		return Package{}, koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "package %q is not listed for tag %d", name, tag)
	}
	return list[0], nil
}

// PackageEntries returns the entries that decide on packages in a tag, inheritance
// included, by name. A package without one is not in the map.
func (r *Resolver) PackageEntries(ctx context.Context, tag koji.TagID, names []string, at koji.EventID) (map[string]Package, error) {
	found := make(map[string]Package, len(names))
	err := r.view(ctx, func(src Reader) error {
		steps, err := r.inheritance(ctx, src, tag, at)
		if err != nil {
			return err
		}
		filters, err := newFilters(steps, r.opts.MatchTimeout)
		if err != nil {
			return err
		}
		byTag, err := entries(ctx, src, order(tag, steps), PackageOptions{At: at})
		if err != nil {
			return err
		}
		for i := -1; i < len(steps); i++ {
			from, patterns := tag, []string(nil)
			if i >= 0 {
				from, patterns = steps[i].Parent, steps[i].Filter
			}
			list := byTag[from]
			if err := list.pick(ctx, found, names, filters, patterns); err != nil {
				return err
			}
		}
		return nil
	})
	return found, err
}

// Listings returns the entries of all tags' own package lists that opts select,
// ordered by package id, then tag id. Inherit is ignored. Without Duplicates only
// the entry of the tag with the highest id remains for each package.
func (r *Resolver) Listings(ctx context.Context, opts PackageOptions) ([]Package, error) {
	var list []Package
	err := r.view(ctx, func(src Reader) error {
		var err error
		list, err = src.Packages(ctx, opts.At, opts.query())
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b Package) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Tag, b.Tag))
	})
	list = slices.DeleteFunc(list, func(p Package) bool {
		return opts.WithoutBlocked && p.Blocked || !hasPrefix(p.Name, opts.Prefix)
	})
	if !opts.Duplicates {
		slices.Reverse(list)
		list = slices.CompactFunc(list, func(a, b Package) bool { return a.ID == b.ID })
		slices.Reverse(list)
	}
	return list, nil
}

// packages resolves a package list along the steps of a walk.
func (r *Resolver) packages(ctx context.Context, src Reader, tag koji.TagID, steps []Step, opts PackageOptions) ([]Package, error) {
	filters, err := newFilters(steps, r.opts.MatchTimeout)
	if err != nil {
		return nil, err
	}
	byTag, err := entries(ctx, src, order(tag, steps), opts)
	if err != nil {
		return nil, err
	}
	var chosen []*Package
	taken := new(table[koji.PackageID, bool])
	take := func(p *Package) {
		if opts.WithoutBlocked && !r.opts.Strict && p.Blocked {
			return
		}
		if opts.Duplicates || !taken.get(p.ID) {
			taken.set(p.ID, true)
			chosen = append(chosen, p)
		}
	}
	own := byTag[tag].entries
	for i := range own {
		take(&own[i])
	}
	for i := range steps {
		list := byTag[steps[i].Parent]
		for j := range list.entries {
			p := &list.entries[j]
			if taken.get(p.ID) && !opts.Duplicates {
				continue
			}
			ok, err := list.fits(ctx, filters, steps[i].Filter, j)
			if err != nil {
				return nil, err
			}
			if ok {
				take(p)
			}
		}
	}
	slices.SortStableFunc(chosen, func(a, b *Package) int { return cmp.Compare(a.ID, b.ID) })
	list := make([]Package, 0, len(chosen))
	for _, p := range chosen {
		if !opts.WithoutBlocked || !p.Blocked {
			list = append(list, *p)
		}
	}
	return list, nil
}

// ruling is what a package list says about a package.
type ruling uint8

const (
	unlisted ruling = iota
	listed
	blocked
)

// gate tells for each package what the list of a tag says, inheritance included.
// It is the list that decides which builds are shown.
func (r *Resolver) gate(ctx context.Context, src Reader, tag koji.TagID, steps []Step, opts PackageOptions) (*table[koji.PackageID, ruling], error) {
	filters, err := newFilters(steps, r.opts.MatchTimeout)
	if err != nil {
		return nil, err
	}
	byTag, err := entries(ctx, src, order(tag, steps), opts)
	if err != nil {
		return nil, err
	}
	gate := new(table[koji.PackageID, ruling])
	for i := -1; i < len(steps); i++ {
		from, patterns := tag, []string(nil)
		if i >= 0 {
			from, patterns = steps[i].Parent, steps[i].Filter
		}
		list := byTag[from]
		for j := range list.entries {
			p := &list.entries[j]
			if gate.get(p.ID) != unlisted {
				continue
			}
			ok, err := list.fits(ctx, filters, patterns, j)
			switch {
			case err != nil:
				return nil, err
			case ok && p.Blocked:
				gate.set(p.ID, blocked)
			case ok:
				gate.set(p.ID, listed)
			}
		}
	}
	return gate, nil
}

// hasPrefix tells whether a name begins with prefix, in any case of letters.
func hasPrefix(name, prefix string) bool {
	return prefix == "" || strings.HasPrefix(strings.ToLower(name), strings.ToLower(prefix))
}
