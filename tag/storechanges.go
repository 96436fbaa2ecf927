package tag

import (
	"context"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

func (r reader) Lives(ctx context.Context, tags []koji.TagID) ([]Life, error) {
	var lives []Life
	of := make(map[koji.TagID]int, len(tags))
	// The versions of a tag come in the order in which they were made.
	for c, err := range r.tx.TagConfigs().Versions(ctx, storage.TagConfigFilter{Tag: storage.Is(tags...)}, storage.VersionFilter{}) {
		if err != nil {
			return nil, err
		}
		i, known := of[c.Tag]
		if !known {
			i = len(lives)
			of[c.Tag] = i
			lives = append(lives, Life{Tag: c.Tag, First: c.CreateEvent})
		}
		lives[i].Ended = c.RevokeEvent.V
	}
	return lives, nil
}

func (r reader) FirstChange(ctx context.Context, q ChangeQuery) (koji.EventID, error) {
	updates, err := r.tx.TagUpdates().List(ctx, storage.TagUpdateFilter{Tag: storage.Is(q.Tags...), Event: storage.Above(q.Event)},
		storage.Page{Order: []storage.Order{{Column: "update_event"}}, Limit: 1})
	if err != nil {
		return koji.Now, err
	}
	var first koji.EventID
	if len(updates) > 0 {
		first = updates[0].Event
	}
	logs, err := r.logs(ctx, q)
	if err != nil {
		return koji.Now, err
	}
	for _, l := range logs {
		event, err := l.first(ctx, q.Event)
		if err != nil {
			return koji.Now, err
		}
		if first == koji.Now || event != koji.Now && event < first {
			first = event
		}
	}
	return first, nil
}

func (r reader) LastChange(ctx context.Context, q ChangeQuery) (koji.EventID, error) {
	f := storage.TagUpdateFilter{Tag: storage.Is(q.Tags...)}
	if q.Event != koji.Now {
		f.Event = storage.Below(q.Event)
	}
	updates, err := r.tx.TagUpdates().List(ctx, f, storage.Page{Order: []storage.Order{{Column: "update_event", Desc: true}}, Limit: 1})
	if err != nil {
		return koji.Now, err
	}
	var last koji.EventID
	if len(updates) > 0 {
		last = updates[0].Event
	}
	logs, err := r.logs(ctx, q)
	if err != nil {
		return koji.Now, err
	}
	for _, l := range logs {
		event, err := l.last(ctx, q.Event)
		if err != nil {
			return koji.Now, err
		}
		last = max(last, event)
	}
	return last, nil
}

// changeLog is part of a table whose changes count.
type changeLog struct {
	first func(ctx context.Context, after koji.EventID) (koji.EventID, error)
	last  func(ctx context.Context, before koji.EventID) (koji.EventID, error)
}

func newChangeLog[R, F any](t storage.Versioned[R, F], f F) changeLog {
	return changeLog{
		first: func(ctx context.Context, after koji.EventID) (koji.EventID, error) {
			return t.FirstChange(ctx, f, after)
		},
		last: func(ctx context.Context, before koji.EventID) (koji.EventID, error) {
			return t.LastChange(ctx, f, before)
		},
	}
}

// logs returns what a query asks about, but for tag updates.
func (r reader) logs(ctx context.Context, q ChangeQuery) ([]changeLog, error) {
	tx, tags := r.tx, storage.Is(q.Tags...)
	logs := []changeLog{
		newChangeLog(tx.TagListings(), storage.TagListingFilter{Tag: tags}),
		newChangeLog(tx.Inheritances(), storage.InheritanceFilter{Tag: tags}),
		newChangeLog(tx.TagConfigs(), storage.TagConfigFilter{Tag: tags}),
		newChangeLog(tx.TagPackages(), storage.TagPackageFilter{Tag: tags}),
		newChangeLog(tx.TagExternalRepos(), storage.TagExternalRepoFilter{Tag: tags}),
		newChangeLog(tx.TagExtras(), storage.TagExtraFilter{Tag: tags}),
		newChangeLog(tx.GroupConfigs(), storage.GroupConfigFilter{Tag: tags}),
		newChangeLog(tx.GroupPackages(), storage.GroupPackageFilter{Tag: tags}),
		newChangeLog(tx.GroupRequirements(), storage.GroupRequirementFilter{Tag: tags}),
	}
	if q.WithoutRepos {
		return logs, nil
	}
	repos, err := tx.TagExternalRepos().List(ctx, q.Event, storage.TagExternalRepoFilter{Tag: tags})
	if err != nil || len(repos) == 0 {
		return logs, err
	}
	ids := storage.Is(unique(column(repos, func(t *storage.TagExternalRepo) koji.ExternalRepoID { return t.ExternalRepo }))...)
	return append(logs,
		newChangeLog(tx.ExternalRepoConfigs(), storage.ExternalRepoConfigFilter{ExternalRepo: ids}),
		newChangeLog(tx.ExternalRepoStates(), storage.ExternalRepoDataFilter{ExternalRepo: ids}),
	), nil
}
