package tag

import (
	"context"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

func (r reader) Groups(ctx context.Context, at koji.EventID, tags []koji.TagID) ([]Group, error) {
	rows, err := r.tx.GroupConfigs().List(ctx, at, storage.GroupConfigFilter{Tag: storage.Is(tags...)})
	if err != nil {
		return nil, err
	}
	names, err := r.groupNames(ctx, column(rows, func(g *storage.GroupConfig) koji.GroupID { return g.Group }))
	list := make([]Group, len(rows))
	for i, g := range rows {
		list[i] = Group{
			ID: g.Group, Name: names[g.Group], Tag: g.Tag, Blocked: g.Blocked, Exported: g.Exported,
			DisplayName: g.DisplayName, IsDefault: g.IsDefault, UserVisible: g.UserVisible,
			Description: g.Description, LangOnly: g.LangOnly, BiarchOnly: g.BiarchOnly,
		}
	}
	return list, err
}

func (r reader) GroupPackages(ctx context.Context, at koji.EventID, tags []koji.TagID) ([]GroupPackage, error) {
	rows, err := r.tx.GroupPackages().List(ctx, at, storage.GroupPackageFilter{Tag: storage.Is(tags...)})
	return column(rows, func(p *storage.GroupPackage) GroupPackage {
		return GroupPackage{
			Group: p.Group, Tag: p.Tag, Package: p.Package, Blocked: p.Blocked, Type: p.Type,
			BaseArchOnly: p.BaseArchOnly, Requires: p.Requires,
		}
	}), err
}

func (r reader) GroupRequirements(ctx context.Context, at koji.EventID, tags []koji.TagID) ([]GroupRequirement, error) {
	rows, err := r.tx.GroupRequirements().List(ctx, at, storage.GroupRequirementFilter{Tag: storage.Is(tags...)})
	if err != nil {
		return nil, err
	}
	names, err := r.groupNames(ctx, column(rows, func(q *storage.GroupRequirement) koji.GroupID { return q.Required }))
	return column(rows, func(q *storage.GroupRequirement) GroupRequirement {
		return GroupRequirement{
			Group: q.Group, Tag: q.Tag, Required: q.Required, Name: names[q.Required], Blocked: q.Blocked,
			Type: q.Type, IsMetaPackage: q.IsMetaPackage,
		}
	}), err
}

func (r reader) groupNames(ctx context.Context, ids []koji.GroupID) (map[koji.GroupID]string, error) {
	rows, err := r.tx.Groups().List(ctx, storage.GroupFilter{ID: storage.Is(unique(ids)...)})
	return index(rows, func(g storage.Group) (koji.GroupID, string) { return g.ID, g.Name }), err
}
