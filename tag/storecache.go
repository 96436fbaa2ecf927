package tag

import (
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

func (r reader) News(ctx context.Context, since koji.EventID) (last koji.EventID, updated []koji.TagID, err error) {
	rows, err := r.tx.Events().List(ctx, storage.EventFilter{}, storage.Page{Order: []storage.Order{{Column: "id", Desc: true}}, Limit: 1})
	if err != nil || len(rows) == 0 {
		return koji.Now, nil, err
	}
	if since == koji.Now || rows[0].ID == since {
		return rows[0].ID, nil, nil
	}
	updates, err := r.tx.TagUpdates().List(ctx, storage.TagUpdateFilter{Event: storage.Above(since)})
	return rows[0].ID, unique(column(updates, func(u *storage.TagUpdate) koji.TagID { return u.Tag })), err
}

func (r reader) Changed(ctx context.Context, tags []koji.TagID, after koji.EventID) ([]koji.TagID, error) {
	changed := make(map[koji.TagID]bool, len(tags))
	of := storage.Is(tags...)
	for _, err := range []error{
		gather(ctx, changed, r.tx.TagConfigs(), storage.TagConfigFilter{Tag: of}, after, func(t *storage.TagConfig) koji.TagID { return t.Tag }),
		gather(ctx, changed, r.tx.TagExtras(), storage.TagExtraFilter{Tag: of}, after, func(t *storage.TagExtra) koji.TagID { return t.Tag }),
		gather(ctx, changed, r.tx.TagPackages(), storage.TagPackageFilter{Tag: of}, after, func(t *storage.TagPackage) koji.TagID { return t.Tag }),
		gather(ctx, changed, r.tx.TagOwners(), storage.TagOwnerFilter{Tag: of}, after, func(t *storage.TagOwner) koji.TagID { return t.Tag }),
		gather(ctx, changed, r.tx.TagListings(), storage.TagListingFilter{Tag: of}, after, func(t *storage.TagListing) koji.TagID { return t.Tag }),
	} {
		if err != nil {
			return nil, err
		}
	}
	return slices.Sorted(maps.Keys(changed)), nil
}

// gather notes the tags of the versions that were made or ended after an event.
// They are looked for apart, for there may be an index for one of these only.
func gather[R, F any](ctx context.Context, tags map[koji.TagID]bool, t storage.Versioned[R, F], f F, after koji.EventID, tag func(*R) koji.TagID) error {
	for _, rows := range []iter.Seq2[R, error]{
		t.Versions(ctx, f, storage.VersionFilter{Created: storage.Above(after)}, unordered),
		t.Versions(ctx, f, storage.VersionFilter{Revoked: storage.Above(after)}, unordered),
	} {
		for row, err := range rows {
			if err != nil {
				return err
			}
			tags[tag(&row)] = true
		}
	}
	return nil
}
