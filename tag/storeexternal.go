package tag

import (
	"context"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

func (r reader) ExternalRepos(ctx context.Context, at koji.EventID, q ExternalRepoQuery) ([]ExternalRepo, error) {
	var f storage.TagExternalRepoFilter
	if q.Tags != nil {
		f.Tag = storage.Is(q.Tags...)
	}
	if q.Repo != 0 {
		f.ExternalRepo = storage.Is(q.Repo)
	}
	rows, err := r.tx.TagExternalRepos().List(ctx, at, f)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ids := unique(column(rows, func(t *storage.TagExternalRepo) koji.ExternalRepoID { return t.ExternalRepo }))
	configs, err := r.tx.ExternalRepoConfigs().List(ctx, at, storage.ExternalRepoConfigFilter{ExternalRepo: storage.Is(ids...)})
	if err != nil {
		return nil, err
	}
	urls := index(configs, func(c storage.ExternalRepoConfig) (koji.ExternalRepoID, string) { return c.ExternalRepo, c.URL })
	names, err := r.externalRepoNames(ctx, ids)
	if err != nil {
		return nil, err
	}
	tags, err := r.tagNames(ctx, column(rows, func(t *storage.TagExternalRepo) koji.TagID { return t.Tag }))
	if err != nil {
		return nil, err
	}
	list := make([]ExternalRepo, 0, len(rows))
	for _, t := range rows {
		if url, exists := urls[t.ExternalRepo]; exists {
			list = append(list, ExternalRepo{
				ID: t.ExternalRepo, Name: names[t.ExternalRepo], URL: url, Tag: t.Tag, TagName: tags[t.Tag],
				Priority: t.Priority, MergeMode: t.MergeMode, Arches: t.Arches,
			})
		}
	}
	return list, nil
}

func (r reader) externalRepoNames(ctx context.Context, ids []koji.ExternalRepoID) (map[koji.ExternalRepoID]string, error) {
	rows, err := r.tx.ExternalRepos().List(ctx, storage.ExternalRepoFilter{ID: storage.Is(unique(ids)...)})
	return index(rows, func(e storage.ExternalRepo) (koji.ExternalRepoID, string) { return e.ID, e.Name }), err
}
