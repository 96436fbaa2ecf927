package tag

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// NewSource returns a Source that reads a store. Each view is one of the store's.
func NewSource(store *storage.Store) Source { return storeSource{store} }

// TxSource returns a Source that reads a transaction and sees its changes. It
// belongs to the transaction's goroutine.
func TxSource(tx *storage.Tx) Source { return Static(reader{tx}) }

type storeSource struct{ store *storage.Store }

func (s storeSource) View(ctx context.Context, fn func(Reader) error) error {
	return s.store.View(ctx, func(tx *storage.Tx) error { return fn(reader{tx}) })
}

// reader answers from the tables of a store.
type reader struct{ tx *storage.Tx }

func (r reader) Tags(ctx context.Context, at koji.EventID, q InfoQuery) ([]Info, error) {
	var names []storage.Tag
	for _, f := range []storage.TagFilter{{ID: storage.Is(q.IDs...)}, {Name: storage.Is(q.Names...)}} {
		rows, err := r.tx.Tags().List(ctx, f)
		if err != nil {
			return nil, err
		}
		names = append(names, rows...)
	}
	slices.SortFunc(names, func(a, b storage.Tag) int { return cmp.Compare(a.ID, b.ID) })
	names = slices.Compact(names)
	tags := make([]Info, len(names))
	byID := make(map[koji.TagID]*Info, len(names))
	ids := make([]koji.TagID, len(names))
	for i, n := range names {
		tags[i] = Info{ID: n.ID, Name: n.Name}
		byID[n.ID], ids[i] = &tags[i], n.ID
	}
	configs, err := r.tx.TagConfigs().List(ctx, at, storage.TagConfigFilter{Tag: storage.Is(ids...)})
	if err != nil {
		return nil, err
	}
	permissions, err := r.permissions(ctx, configs)
	if err != nil {
		return nil, err
	}
	for _, c := range configs {
		t := byID[c.Tag]
		t.Exists, t.Arches, t.Permission, t.PermissionName = true, c.Arches, c.Permission, permissions[c.Permission.V]
		t.Locked, t.MavenSupport, t.MavenIncludeAll = c.Locked, c.MavenSupport, c.MavenIncludeAll
		t.Extra = make(map[string]sql.Null[string])
	}
	extras, err := r.tx.TagExtras().List(ctx, at, storage.TagExtraFilter{Tag: storage.Is(ids...)})
	if err != nil {
		return nil, err
	}
	for _, e := range extras {
		if t := byID[e.Tag]; t.Exists {
			t.Extra[e.Key] = e.Value
		}
	}
	return tags, nil
}

func (r reader) permissions(ctx context.Context, configs []storage.TagConfig) (map[koji.PermissionID]string, error) {
	var ids []koji.PermissionID
	for _, c := range configs {
		if c.Permission.Valid {
			ids = append(ids, c.Permission.V)
		}
	}
	rows, err := r.tx.Permissions().List(ctx, storage.PermissionFilter{ID: storage.Is(unique(ids)...)})
	return index(rows, func(p storage.Permission) (koji.PermissionID, string) { return p.ID, p.Name }), err
}

func (r reader) Links(ctx context.Context, at koji.EventID, q LinkQuery) ([]Link, error) {
	var f storage.InheritanceFilter
	if q.Children != nil {
		f.Tag = storage.Is(q.Children...)
	}
	var links []Link
	for l, err := range r.tx.NamedLinks().Each(ctx, at, f, unordered) {
		if err != nil {
			return nil, err
		}
		links = append(links, Link{
			Child: l.Tag, Parent: l.Parent, ChildName: l.TagName, ParentName: l.ParentName,
			Priority: l.Priority, MaxDepth: l.MaxDepth, Intransitive: l.Intransitive,
			NoConfig: l.NoConfig, PkgFilter: l.PkgFilter,
		})
	}
	return links, nil
}

// unordered is for rows whose order means nothing.
var unordered = storage.Page{Unordered: true}

func (r reader) Packages(ctx context.Context, at koji.EventID, q PackageQuery) ([]Package, error) {
	var entry storage.NamedTagPackageFilter
	var owner storage.NamedTagOwnerFilter
	if q.Tags != nil {
		entry.Tag, owner.Tag = storage.Is(q.Tags...), storage.Is(q.Tags...)
	}
	if q.Name != "" {
		entry.Name, owner.Name = storage.Is(q.Name), storage.Is(q.Name)
	}
	if q.Owner != 0 {
		owner.Owner = storage.Is(q.Owner)
	}
	type key struct {
		tag koji.TagID
		pkg koji.PackageID
	}
	owners := make(map[key]storage.NamedTagOwner)
	if !q.WithoutOwners {
		for o, err := range r.tx.NamedTagOwners().Each(ctx, at, owner, unordered) {
			if err != nil {
				return nil, err
			}
			owners[key{o.Tag, o.Package}] = o
		}
	}
	var list []Package
	for e, err := range r.tx.NamedTagPackages().Each(ctx, at, entry, unordered) {
		if err != nil {
			return nil, err
		}
		o, owned := owners[key{e.Tag, e.Package}]
		if owned || q.WithoutOwners {
			list = append(list, Package{
				ID: e.Package, Name: e.Name, Tag: e.Tag, Owner: o.Owner, OwnerName: o.OwnerName,
				Blocked: e.Blocked, ExtraArches: e.ExtraArches,
			})
		}
	}
	tags, err := r.tagNames(ctx, column(list, func(p *Package) koji.TagID { return p.Tag }))
	for i := range list {
		list[i].TagName = tags[list[i].Tag]
	}
	return list, err
}

func (r reader) packageIDs(ctx context.Context, name string) ([]koji.PackageID, error) {
	rows, err := r.tx.Packages().List(ctx, storage.PackageFilter{Name: storage.Is(name)})
	return column(rows, func(p *storage.Package) koji.PackageID { return p.ID }), err
}

func (r reader) tagNames(ctx context.Context, ids []koji.TagID) (map[koji.TagID]string, error) {
	rows, err := r.tx.Tags().List(ctx, storage.TagFilter{ID: storage.Is(unique(ids)...)})
	return index(rows, func(t storage.Tag) (koji.TagID, string) { return t.ID, t.Name }), err
}

func (r reader) userNames(ctx context.Context, ids []koji.UserID) (map[koji.UserID]string, error) {
	rows, err := r.tx.Users().List(ctx, storage.UserFilter{ID: storage.Is(unique(ids)...)})
	return index(rows, func(u storage.User) (koji.UserID, string) { return u.ID, u.Name }), err
}

func (r reader) eventTimes(ctx context.Context, ids []koji.EventID) (map[koji.EventID]time.Time, error) {
	rows, err := r.tx.Events().List(ctx, storage.EventFilter{ID: storage.Is(unique(ids)...)})
	return index(rows, func(e storage.Event) (koji.EventID, time.Time) { return e.ID, e.Time }), err
}

func (r reader) packageNames(ctx context.Context, ids []koji.PackageID) (map[koji.PackageID]string, error) {
	rows, err := r.tx.Packages().List(ctx, storage.PackageFilter{ID: storage.Is(unique(ids)...)})
	return index(rows, func(p storage.Package) (koji.PackageID, string) { return p.ID, p.Name }), err
}

// column returns one value of each row.
func column[R, V any](rows []R, value func(*R) V) []V {
	list := make([]V, len(rows))
	for i := range rows {
		list[i] = value(&rows[i])
	}
	return list
}

// index turns rows into a map.
func index[R any, K comparable, V any](rows []R, pair func(R) (K, V)) map[K]V {
	m := make(map[K]V, len(rows))
	for _, row := range rows {
		k, v := pair(row)
		m[k] = v
	}
	return m
}

// unique returns ids in ascending order, each once.
func unique[T cmp.Ordered](ids []T) []T {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}
