package gate

import (
	"context"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/storage"
)

// BuildBuildroots implements [policy.Lookups].
func (l *Lookups) BuildBuildroots(ctx context.Context, build koji.BuildID) (*policy.BuildOrigin, error) {
	return read(ctx, l, func(tx *storage.Tx) (*policy.BuildOrigin, error) {
		origin := &policy.BuildOrigin{}
		seen := make(map[koji.BuildrootID]bool)
		for r, err := range tx.RPMs().Each(ctx, storage.RPMFilter{Build: storage.Is(build)}) {
			if err != nil {
				return nil, err
			}
			origin.Imported = origin.Imported || !r.Buildroot.Valid
			seen[r.Buildroot.V] = r.Buildroot.Valid
		}
		for a, err := range tx.Archives().Each(ctx, storage.ArchiveFilter{Build: storage.Is(build)}) {
			if err != nil {
				return nil, err
			}
			origin.Imported = origin.Imported || !a.Buildroot.Valid
			seen[a.Buildroot.V] = a.Buildroot.Valid
		}
		delete(seen, 0)
		found, err := buildroots(ctx, tx, seen)
		for _, root := range found {
			origin.Buildroots = append(origin.Buildroots, *root)
		}
		return origin, err
	})
}

// Buildroots implements [policy.Lookups].
func (l *Lookups) Buildroots(ctx context.Context, ids []koji.BuildrootID) ([]*policy.Buildroot, error) {
	return read(ctx, l, func(tx *storage.Tx) ([]*policy.Buildroot, error) {
		wanted := make(map[koji.BuildrootID]bool, len(ids))
		for _, id := range ids {
			wanted[id] = true
		}
		found, err := buildroots(ctx, tx, wanted)
		byID := index(found, func(b **policy.Buildroot) (koji.BuildrootID, *policy.Buildroot) { return (*b).ID, *b })
		out := make([]*policy.Buildroot, len(ids))
		for i, id := range ids {
			out[i] = byID[id]
		}
		return out, err
	})
}

// buildroots returns those buildroots that exist, by id.
func buildroots(ctx context.Context, tx *storage.Tx, wanted map[koji.BuildrootID]bool) ([]*policy.Buildroot, error) {
	if len(wanted) == 0 {
		return nil, nil
	}
	list := make([]koji.BuildrootID, 0, len(wanted))
	for id := range wanted {
		list = append(list, id)
	}
	rows, err := tx.Buildroots().List(ctx, storage.BuildrootFilter{ID: storage.Is(list...)})
	if err != nil {
		return nil, err
	}
	generators, err := generatorNames(ctx, tx, rows)
	if err != nil {
		return nil, err
	}
	tags, err := tagsOfBuildroots(ctx, tx, list)
	out := make([]*policy.Buildroot, len(rows))
	for i, r := range rows {
		out[i] = &policy.Buildroot{ID: r.ID, ContentGenerator: generators[r.CG.V], Tag: tags[r.ID]}
	}
	return out, err
}

func generatorNames(ctx context.Context, tx *storage.Tx, rows []storage.Buildroot) (map[koji.CGID]string, error) {
	var list []koji.CGID
	for _, r := range rows {
		if r.CG.Valid {
			list = append(list, r.CG.V)
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	generators, err := tx.ContentGenerators().List(ctx, storage.ContentGeneratorFilter{ID: storage.Is(list...)})
	return index(generators, func(g *storage.ContentGenerator) (koji.CGID, string) { return g.ID, g.Name }), err
}

// tagsOfBuildroots returns the build tags of those buildroots that are this
// system's, each at the event of the buildroot's repo.
func tagsOfBuildroots(ctx context.Context, tx *storage.Tx, list []koji.BuildrootID) (map[koji.BuildrootID]*policy.Tag, error) {
	standard, err := tx.StandardBuildroots().List(ctx, storage.StandardBuildrootFilter{Buildroot: storage.Is(list...)})
	if err != nil || len(standard) == 0 {
		return nil, err
	}
	repos, err := tx.Repos().List(ctx, storage.RepoFilter{
		ID: storage.Is(ids(standard, func(s *storage.StandardBuildroot) koji.RepoID { return s.Repo })...),
	})
	if err != nil {
		return nil, err
	}
	tags := ids(repos, func(r *storage.Repo) koji.TagID { return r.Tag })
	names, err := namesOfTags(ctx, tx, tags)
	if err != nil {
		return nil, err
	}
	configs, err := tx.TagConfigs().History(ctx, storage.TagConfigFilter{Tag: storage.Is(tags...)})
	if err != nil {
		return nil, err
	}
	history := make(map[koji.TagID][]storage.TagConfig)
	for _, c := range configs {
		history[c.Tag] = append(history[c.Tag], c)
	}
	byRepo := make(map[koji.RepoID]*policy.Tag)
	for _, r := range repos {
		for _, c := range history[r.Tag] {
			if c.VisibleAt(r.CreateEvent) {
				byRepo[r.ID] = &policy.Tag{ID: r.Tag, Name: names[r.Tag], Event: r.CreateEvent}
			}
		}
	}
	return index(standard, func(s *storage.StandardBuildroot) (koji.BuildrootID, *policy.Tag) {
		return s.Buildroot, byRepo[s.Repo]
	}), nil
}
