package gate

import (
	"context"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/storage"
)

// Prefetch implements [policy.Prefetcher]. It takes two queries where the data name
// tags, builds and users by id, and at most two more where they do so by name.
func (l *Lookups) Prefetch(ctx context.Context, q policy.Questions) (*policy.Facts, error) {
	return read(ctx, l, func(tx *storage.Tx) (*policy.Facts, error) {
		f := newFetch(q, l.session)
		if err := f.run(ctx, tx); err != nil {
			return nil, err
		}
		return f.facts(), nil
	})
}

// fetch reads the rows that answer questions, in rounds: each reads at once what
// the rows of the one before refer to.
type fetch struct {
	questions policy.Questions
	session   koji.UserID

	users       column[koji.UserID]
	userNames   column[string]
	groups      column[koji.UserID]
	held        column[koji.UserID]
	tags        column[koji.TagID]
	tagNames    column[string]
	settings    column[koji.TagID]
	packages    column[koji.PackageID]
	packageName column[string]
	builds      column[koji.BuildID]
	listings    column[koji.BuildID]
	nvrs        []policy.BuildRef // builds whose package is being looked for
	access      bool              // permissions have to be read
	volumes     bool              // and volumes

	rows fetched
}

// fetched are the rows that were read.
type fetched struct {
	users       []storage.User
	groups      []storage.UserGroup
	held        []storage.UserPermission
	permissions []storage.Permission
	tags        []storage.Tag
	configs     []storage.TagConfig
	extras      []storage.TagExtra
	packages    []storage.Package
	volumes     []storage.Volume
	builds      []storage.Build
	listings    []storage.TagListing
}

// column is values of a column to find rows by, each once.
type column[K comparable] struct {
	seen    map[K]bool
	pending []K
}

func (c *column[K]) want(keys ...K) {
	for _, key := range keys {
		if c.seen[key] {
			continue
		}
		if c.seen == nil {
			c.seen = make(map[K]bool)
		}
		c.seen[key] = true
		c.pending = append(c.pending, key)
	}
}

// take returns the values to look for now; it is not ok if there are none.
func (c *column[K]) take() (keys []K, ok bool) {
	keys, c.pending = c.pending, nil
	return keys, len(keys) > 0
}

func newFetch(q policy.Questions, session koji.UserID) *fetch {
	f := &fetch{questions: q, session: session, access: q.Asks&policy.AsksAccess != 0, volumes: len(q.Builds) > 0}
	if q.Session && session != 0 {
		f.wantUser(session)
	}
	for _, ref := range q.Users {
		if ref.Name != "" {
			f.userNames.want(ref.Name)
		} else {
			f.wantUser(koji.UserID(ref.ID))
		}
	}
	for _, ref := range q.Tags {
		if ref.Name != "" {
			f.tagNames.want(ref.Name)
		} else {
			f.tags.want(koji.TagID(ref.ID))
			f.settings.want(koji.TagID(ref.ID))
		}
	}
	for _, name := range q.Names {
		switch {
		case name.Table != policy.TablePackage:
		case name.Ref.Name != "":
			f.packageName.want(name.Ref.Name)
		default:
			f.packages.want(koji.PackageID(name.Ref.ID))
		}
	}
	for _, ref := range q.Builds {
		if ref.ID != 0 {
			f.wantBuild(ref.ID)
		} else {
			f.packageName.want(ref.Name)
			f.nvrs = append(f.nvrs, ref)
		}
	}
	return f
}

func (f *fetch) wantUser(id koji.UserID) {
	f.users.want(id)
	if f.access {
		f.groups.want(id)
		f.held.want(id)
	}
}

func (f *fetch) wantBuild(id koji.BuildID) {
	f.builds.want(id)
	if f.questions.Asks&policy.AsksBuildTags != 0 {
		f.listings.want(id)
	}
}

func (f *fetch) run(ctx context.Context, tx *storage.Tx) error {
	for first := true; ; first = false {
		reads := f.reads(tx)
		if len(reads) == 0 {
			return nil
		}
		// These tables are small, and to read all of them saves a round.
		if first && f.access {
			reads = append(reads, tx.Permissions().Into(&f.rows.permissions, storage.PermissionFilter{}))
		}
		if first && f.volumes {
			reads = append(reads, tx.Volumes().Into(&f.rows.volumes, storage.VolumeFilter{}))
		}
		if err := tx.Together(ctx, reads...); err != nil {
			return err
		}
		f.follow()
	}
}

// reads returns what is to be read now.
func (f *fetch) reads(tx *storage.Tx) []storage.Read {
	var reads []storage.Read
	if keys, ok := f.users.take(); ok {
		reads = append(reads, tx.Users().Into(&f.rows.users, storage.UserFilter{ID: storage.Is(keys...)}))
	}
	if keys, ok := f.userNames.take(); ok {
		reads = append(reads, tx.Users().Into(&f.rows.users, storage.UserFilter{Name: storage.Is(keys...)}))
	}
	if keys, ok := f.groups.take(); ok {
		reads = append(reads, tx.UserGroups().Into(&f.rows.groups, koji.Now, storage.UserGroupFilter{User: storage.Is(keys...)}))
	}
	if keys, ok := f.held.take(); ok {
		reads = append(reads, tx.UserPermissions().Into(&f.rows.held, koji.Now, storage.UserPermissionFilter{User: storage.Is(keys...)}))
	}
	if keys, ok := f.tags.take(); ok {
		reads = append(reads, tx.Tags().Into(&f.rows.tags, storage.TagFilter{ID: storage.Is(keys...)}))
	}
	if keys, ok := f.tagNames.take(); ok {
		reads = append(reads, tx.Tags().Into(&f.rows.tags, storage.TagFilter{Name: storage.Is(keys...)}))
	}
	if keys, ok := f.settings.take(); ok {
		reads = append(reads,
			tx.TagConfigs().Into(&f.rows.configs, koji.Now, storage.TagConfigFilter{Tag: storage.Is(keys...)}),
			tx.TagExtras().Into(&f.rows.extras, koji.Now, storage.TagExtraFilter{Tag: storage.Is(keys...), Key: storage.Is(sidetagKeys...)}))
	}
	if keys, ok := f.packages.take(); ok {
		reads = append(reads, tx.Packages().Into(&f.rows.packages, storage.PackageFilter{ID: storage.Is(keys...)}))
	}
	if keys, ok := f.packageName.take(); ok {
		reads = append(reads, tx.Packages().Into(&f.rows.packages, storage.PackageFilter{Name: storage.Is(keys...)}))
	}
	if keys, ok := f.builds.take(); ok {
		reads = append(reads, tx.Builds().Into(&f.rows.builds, storage.BuildFilter{ID: storage.Is(keys...)}))
	}
	if keys, ok := f.listings.take(); ok {
		reads = append(reads, tx.TagListings().Into(&f.rows.listings, koji.Now, storage.TagListingFilter{Build: storage.Is(keys...)}))
	}
	return append(reads, f.buildsOfPackages(tx)...)
}

// buildsOfPackages returns the reads of builds by NVR, when their packages have
// been found.
func (f *fetch) buildsOfPackages(tx *storage.Tx) []storage.Read {
	if len(f.nvrs) == 0 || len(f.rows.packages) == 0 {
		return nil
	}
	packages := index(f.rows.packages, func(p *storage.Package) (string, koji.PackageID) { return p.Name, p.ID })
	var reads []storage.Read
	for _, ref := range f.nvrs {
		if id, ok := packages[ref.Name]; ok {
			reads = append(reads, tx.Builds().Into(&f.rows.builds, storage.BuildFilter{
				Package: storage.Is(id), Version: storage.Is(ref.Version), Release: storage.Is(ref.Release),
			}))
		}
	}
	f.nvrs = nil
	return reads
}

// follow wants what the rows refer to.
func (f *fetch) follow() {
	if f.access {
		for _, u := range f.rows.users {
			if f.userNames.seen[u.Name] {
				f.wantUser(u.ID)
			}
		}
	}
	for _, g := range f.rows.groups {
		f.users.want(g.Group)
		f.held.want(g.Group)
	}
	for _, t := range f.rows.tags {
		if f.tagNames.seen[t.Name] {
			f.settings.want(t.ID)
		}
	}
	for _, b := range f.rows.builds {
		f.wantBuild(b.ID)
		f.packages.want(b.Package)
		f.users.want(b.Owner)
	}
	for _, l := range f.rows.listings {
		f.tags.want(l.Tag)
	}
}
