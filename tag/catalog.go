package tag

import (
	"cmp"
	"context"
	"slices"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// Catalog finds what is known about tags and around them where inheritance plays
// no part: tags, build targets, external repositories, builds that are in no tag,
// and the history of all of it. It reads a transaction and belongs to its
// goroutine.
type Catalog struct {
	tx     *storage.Tx
	reader reader
}

// NewCatalog returns a Catalog that reads a transaction.
func NewCatalog(tx *storage.Tx) *Catalog { return &Catalog{tx, reader{tx}} }

// Target is a build target: where packages for builds come from, and where what
// was built goes.
type Target struct {
	ID           koji.TargetID
	Name         string
	BuildTag     koji.TagID
	BuildTagName string
	DestTag      koji.TagID
	DestTagName  string
}

// TargetQuery selects build targets. A target must meet every field that is set.
type TargetQuery struct {
	At       koji.EventID
	ID       koji.TargetID
	Name     string
	BuildTag koji.TagID
	DestTag  koji.TagID
}

// Targets returns the build targets that exist at an event, ordered by id. Their
// tags may have been deleted.
func (c *Catalog) Targets(ctx context.Context, q TargetQuery) ([]Target, error) {
	var f storage.TargetConfigFilter
	if q.BuildTag != 0 {
		f.BuildTag = storage.Is(q.BuildTag)
	}
	if q.DestTag != 0 {
		f.DestTag = storage.Is(q.DestTag)
	}
	if q.ID != 0 || q.Name != "" {
		var byName storage.TargetFilter
		if q.ID != 0 {
			byName.ID = storage.Is(q.ID)
		}
		if q.Name != "" {
			byName.Name = storage.Is(q.Name)
		}
		rows, err := c.tx.Targets().List(ctx, byName)
		if err != nil {
			return nil, err
		}
		f.Target = storage.Is(column(rows, func(t *storage.Target) koji.TargetID { return t.ID })...)
	}
	rows, err := c.tx.TargetConfigs().List(ctx, q.At, f)
	if err != nil {
		return nil, err
	}
	targets, err := c.tx.Targets().List(ctx, storage.TargetFilter{
		ID: storage.Is(column(rows, func(t *storage.TargetConfig) koji.TargetID { return t.Target })...),
	})
	if err != nil {
		return nil, err
	}
	names := index(targets, func(t storage.Target) (koji.TargetID, string) { return t.ID, t.Name })
	ids := make([]koji.TagID, 0, 2*len(rows))
	for _, t := range rows {
		ids = append(ids, t.BuildTag, t.DestTag)
	}
	tags, err := c.reader.tagNames(ctx, ids)
	return column(rows, func(t *storage.TargetConfig) Target {
		return Target{
			ID: t.Target, Name: names[t.Target], BuildTag: t.BuildTag, BuildTagName: tags[t.BuildTag],
			DestTag: t.DestTag, DestTagName: tags[t.DestTag],
		}
	}), err
}

// Repo is an external repository by itself.
type Repo struct {
	ID   koji.ExternalRepoID
	Name string
	URL  string // may contain $arch
}

// RepoQuery selects external repositories. A repository must meet every field
// that is set.
type RepoQuery struct {
	At   koji.EventID
	ID   koji.ExternalRepoID
	Name string
	URL  string
}

// Repos returns the external repositories that exist at an event, ordered by id.
func (c *Catalog) Repos(ctx context.Context, q RepoQuery) ([]Repo, error) {
	var f storage.ExternalRepoConfigFilter
	if q.URL != "" {
		f.URL = storage.Is(q.URL)
	}
	if q.ID != 0 || q.Name != "" {
		var byName storage.ExternalRepoFilter
		if q.ID != 0 {
			byName.ID = storage.Is(q.ID)
		}
		if q.Name != "" {
			byName.Name = storage.Is(q.Name)
		}
		rows, err := c.tx.ExternalRepos().List(ctx, byName)
		if err != nil {
			return nil, err
		}
		f.ExternalRepo = storage.Is(column(rows, func(e *storage.ExternalRepo) koji.ExternalRepoID { return e.ID })...)
	}
	rows, err := c.tx.ExternalRepoConfigs().List(ctx, q.At, f)
	if err != nil {
		return nil, err
	}
	names, err := c.reader.externalRepoNames(ctx, column(rows, func(e *storage.ExternalRepoConfig) koji.ExternalRepoID { return e.ExternalRepo }))
	list := column(rows, func(e *storage.ExternalRepoConfig) Repo { return Repo{e.ExternalRepo, names[e.ExternalRepo], e.URL} })
	slices.SortFunc(list, func(a, b Repo) int { return cmp.Compare(a.ID, b.ID) })
	return list, err
}
