package tag

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/kojikit/kojikit/koji"
)

// ExternalRepoReader is a [Reader] that knows of external repositories.
type ExternalRepoReader interface {
	Reader
	// ExternalRepos returns the external repositories of tags, in any order. One
	// that does not exist at the event has no row.
	ExternalRepos(ctx context.Context, at koji.EventID, q ExternalRepoQuery) ([]ExternalRepo, error)
}

// ExternalRepoQuery selects external repositories of tags. One must meet every
// field that is set.
type ExternalRepoQuery struct {
	Tags []koji.TagID // nil for all tags
	Repo koji.ExternalRepoID
}

// ExternalRepo is a repository elsewhere that a tag takes rpms from.
type ExternalRepo struct {
	ID        koji.ExternalRepoID
	Name      string
	URL       string // may contain $arch
	Tag       koji.TagID
	TagName   string
	Priority  int              // lower first; unique per tag
	MergeMode string           // koji, simple or bare: how the rpms are put together with those built here
	Arches    sql.Null[string] // separated by blanks; null or empty for all
}

// Serves tells whether the repository is used for an architecture.
func (e *ExternalRepo) Serves(arch string) bool {
	arches := strings.Fields(e.Arches.V)
	return len(arches) == 0 || slices.Contains(arches, arch)
}

// ExternalRepos returns the external repositories of a tag with those that it
// inherits, in the order in which they are searched: the tag's own by priority,
// then those of its ancestors, the nearest first. Each is listed once, as the
// nearest tag has it; filters and noconfig of links do not apply. A tag that does
// not exist at the event is koji.ErrNotFound.
//
// The source must be an [ExternalRepoReader]; one that is not is
// koji.ErrUnsupported.
func (r *Resolver) ExternalRepos(ctx context.Context, tag koji.TagID, at koji.EventID) ([]ExternalRepo, error) {
	var list []ExternalRepo
	err := r.source.View(ctx, func(src Reader) error {
		reader, err := able[ExternalRepoReader](src, "external repositories")
		if err != nil {
			return err
		}
		if _, err := existing(ctx, src, tag, at); err != nil {
			return err
		}
		steps, err := r.inheritance(ctx, src, tag, at)
		if err != nil {
			return err
		}
		tags := order(tag, steps)
		rows, err := reader.ExternalRepos(ctx, at, ExternalRepoQuery{Tags: tags})
		if err != nil {
			return err
		}
		rank := make(map[koji.TagID]int, len(tags))
		for i, t := range tags {
			rank[t] = i
		}
		list = nearest(rows, tags, func(e *ExternalRepo) (koji.TagID, koji.ExternalRepoID) { return e.Tag, e.ID })
		slices.SortFunc(list, func(a, b ExternalRepo) int {
			return cmp.Or(cmp.Compare(rank[a.Tag], rank[b.Tag]), cmp.Compare(a.Priority, b.Priority))
		})
		return nil
	})
	return list, err
}

// ExternalRepoUses returns which tags themselves have which external
// repositories, by priority, then tag. Nothing is inherited.
func (r *Resolver) ExternalRepoUses(ctx context.Context, at koji.EventID, q ExternalRepoQuery) ([]ExternalRepo, error) {
	var list []ExternalRepo
	err := r.source.View(ctx, func(src Reader) error {
		reader, err := able[ExternalRepoReader](src, "external repositories")
		if err != nil {
			return err
		}
		list, err = reader.ExternalRepos(ctx, at, q)
		return err
	})
	slices.SortFunc(list, func(a, b ExternalRepo) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Tag, b.Tag))
	})
	return list, err
}
