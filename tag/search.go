package tag

import (
	"cmp"
	"context"
	"database/sql"
	"iter"
	"slices"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// Search selects tags that exist now. A tag must meet every field that is set.
type Search struct {
	// Pattern is what the whole name must look like, in any case of letters: a *
	// stands for anything, as a % does in Koji, and a ? for one character.
	Pattern string
	Build   koji.BuildID   // that is tagged in it
	Package koji.PackageID // that its own package list has
	// Page orders by the columns id, name, arches, perm_id, perm, locked,
	// maven_support and maven_include_all and, if Package is set, owner_id,
	// owner_name, blocked and extra_arches; by id if it does not say. Any other
	// column is koji.ErrInvalid.
	Page storage.Page
}

// FoundTag is a tag that a search has found.
type FoundTag struct {
	Info             // without Extra
	Listing *Package // the entry of the package that was asked for, or nil
}

// Tags returns the tags that a query selects.
func (c *Catalog) Tags(ctx context.Context, q Search) ([]FoundTag, error) {
	compare, err := tagOrder(q)
	if err != nil {
		return nil, err
	}
	var f storage.TagConfigFilter
	if q.Build != 0 {
		rows, err := c.tx.TagListings().List(ctx, koji.Now, storage.TagListingFilter{Build: storage.Is(q.Build)})
		if err != nil {
			return nil, err
		}
		f.Tag = storage.Is(column(rows, func(l *storage.TagListing) koji.TagID { return l.Tag })...)
	}
	listings := make(map[koji.TagID]*Package)
	if q.Package != 0 {
		if listings, err = c.listings(ctx, q.Package); err != nil {
			return nil, err
		}
	}
	configs, err := c.tx.TagConfigs().List(ctx, koji.Now, f)
	if err != nil {
		return nil, err
	}
	names, err := c.reader.tagNames(ctx, column(configs, func(t *storage.TagConfig) koji.TagID { return t.Tag }))
	if err != nil {
		return nil, err
	}
	permissions, err := c.reader.permissions(ctx, configs)
	if err != nil {
		return nil, err
	}
	var list []FoundTag
	for _, t := range configs {
		entry := listings[t.Tag]
		if q.Package != 0 && entry == nil || q.Pattern != "" && !like(names[t.Tag], q.Pattern) {
			continue
		}
		list = append(list, FoundTag{Listing: entry, Info: Info{
			ID: t.Tag, Name: names[t.Tag], Exists: true, Arches: t.Arches, Permission: t.Permission,
			PermissionName: permissions[t.Permission.V], Locked: t.Locked,
			MavenSupport: t.MavenSupport, MavenIncludeAll: t.MavenIncludeAll,
		}})
	}
	slices.SortFunc(list, compare)
	list = list[min(q.Page.Offset, len(list)):]
	if q.Page.Limit > 0 {
		list = list[:min(q.Page.Limit, len(list))]
	}
	return list, nil
}

// listings returns the entries of a package in the package lists of tags.
func (c *Catalog) listings(ctx context.Context, id koji.PackageID) (map[koji.TagID]*Package, error) {
	p, err := c.tx.Packages().List(ctx, storage.PackageFilter{ID: storage.Is(id)})
	if err != nil || len(p) == 0 {
		return nil, err
	}
	rows, err := c.reader.Packages(ctx, koji.Now, PackageQuery{Name: p[0].Name})
	m := make(map[koji.TagID]*Package, len(rows))
	for i := range rows {
		m[rows[i].Tag] = &rows[i]
	}
	return m, err
}

// tagColumns compares tags by their columns.
var tagColumns = map[string]func(a, b *FoundTag) int{
	"id":                func(a, b *FoundTag) int { return cmp.Compare(a.ID, b.ID) },
	"name":              func(a, b *FoundTag) int { return cmp.Compare(a.Name, b.Name) },
	"arches":            func(a, b *FoundTag) int { return compareNull(a.Arches, b.Arches) },
	"perm_id":           func(a, b *FoundTag) int { return compareNull(a.Permission, b.Permission) },
	"perm":              func(a, b *FoundTag) int { return compareNull(a.permission(), b.permission()) },
	"locked":            func(a, b *FoundTag) int { return compareBool(a.Locked, b.Locked) },
	"maven_support":     func(a, b *FoundTag) int { return compareBool(a.MavenSupport, b.MavenSupport) },
	"maven_include_all": func(a, b *FoundTag) int { return compareBool(a.MavenIncludeAll, b.MavenIncludeAll) },
}

// listingColumns compares tags by the entry of the package that was asked for.
var listingColumns = map[string]func(a, b *FoundTag) int{
	"owner_id":     func(a, b *FoundTag) int { return cmp.Compare(a.Listing.Owner, b.Listing.Owner) },
	"owner_name":   func(a, b *FoundTag) int { return cmp.Compare(a.Listing.OwnerName, b.Listing.OwnerName) },
	"blocked":      func(a, b *FoundTag) int { return compareBool(a.Listing.Blocked, b.Listing.Blocked) },
	"extra_arches": func(a, b *FoundTag) int { return compareNull(a.Listing.ExtraArches, b.Listing.ExtraArches) },
}

func (t *FoundTag) permission() sql.Null[string] {
	return sql.Null[string]{V: t.PermissionName, Valid: t.Permission.Valid}
}

// tagOrder returns how to compare two tags that a query has found.
func tagOrder(q Search) (func(a, b FoundTag) int, error) {
	if q.Page.Limit < 0 || q.Page.Offset < 0 {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "list of tags with limit %d and offset %d", q.Page.Limit, q.Page.Offset)
	}
	for _, o := range q.Page.Order {
		if tagColumns[o.Column] == nil && (q.Package == 0 || listingColumns[o.Column] == nil) {
			return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "invalid order of tags: %q", o.Column)
		}
	}
	return func(a, b FoundTag) int {
		for _, o := range q.Page.Order {
			compare := tagColumns[o.Column]
			if compare == nil {
				compare = listingColumns[o.Column]
			}
			n := compare(&a, &b)
			if o.Desc {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return cmp.Compare(a.ID, b.ID)
	}, nil
}

// compareNull orders nulls last, as PostgreSQL does.
func compareNull[T cmp.Ordered](a, b sql.Null[T]) int {
	return cmp.Or(compareBool(!a.Valid, !b.Valid), cmp.Compare(a.V, b.V))
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

// like tells whether a name looks like a pattern. It takes time in proportion to
// the product of their lengths at most.
func like(name, pattern string) bool {
	text, want := []rune(strings.ToLower(name)), []rune(strings.ToLower(pattern))
	i, j := 0, 0
	star, from := -1, 0 // the last star, and where in the text what follows it was tried
	for i < len(text) {
		switch {
		case j < len(want) && (want[j] == '*' || want[j] == '%'):
			star, from = j, i
			j++
		case j < len(want) && (want[j] == '?' || want[j] == text[i]):
			i++
			j++
		case star >= 0:
			from++
			i, j = from, star+1
		default:
			return false
		}
	}
	for j < len(want) && (want[j] == '*' || want[j] == '%') {
		j++
	}
	return j == len(want)
}

// UntaggedQuery selects builds that are in no tag. A build must meet every field
// that is set.
type UntaggedQuery struct {
	Name   string // of the package
	Drafts Drafts
}

// UntaggedBuild is a build that is in no tag.
type UntaggedBuild struct {
	koji.NVR
	ID koji.BuildID
}

// Untagged iterates over the COMPLETE builds that are in no tag now, by id.
func (c *Catalog) Untagged(ctx context.Context, q UntaggedQuery) iter.Seq2[UntaggedBuild, error] {
	return func(yield func(UntaggedBuild, error) bool) {
		builds, err := c.untagged(ctx, q)
		if err != nil {
			yield(UntaggedBuild{}, err)
			return
		}
		names, err := c.reader.packageNames(ctx, column(builds, func(b *untagged) koji.PackageID { return b.pkg }))
		if err != nil {
			yield(UntaggedBuild{}, err)
			return
		}
		for _, b := range builds {
			b.Name = names[b.pkg]
			if !yield(b.UntaggedBuild, nil) {
				return
			}
		}
	}
}

// untagged is a build before its package is looked up.
type untagged struct {
	UntaggedBuild
	pkg koji.PackageID
}

func (c *Catalog) untagged(ctx context.Context, q UntaggedQuery) ([]untagged, error) {
	f, ok, err := c.reader.buildFilter(ctx, TaggedBuildQuery{Name: q.Name, Drafts: q.Drafts})
	if err != nil || !ok {
		return nil, err
	}
	var builds []untagged
	for b, err := range c.tx.Builds().Each(ctx, f) {
		if err != nil {
			return nil, err
		}
		builds = append(builds, untagged{UntaggedBuild{koji.NVR{Version: b.Version, Release: b.Release}, b.ID}, b.Package})
	}
	var listing storage.TagListingFilter
	if q.Name != "" {
		listing.Build = storage.Is(column(builds, func(b *untagged) koji.BuildID { return b.ID })...)
	}
	tagged := make(map[koji.BuildID]bool)
	for l, err := range c.tx.TagListings().Each(ctx, koji.Now, listing) {
		if err != nil {
			return nil, err
		}
		tagged[l.Build] = true
	}
	return slices.DeleteFunc(builds, func(b untagged) bool { return tagged[b.ID] }), nil
}
