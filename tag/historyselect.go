package tag

import (
	"context"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// selector is a set of the objects that a query can ask for.
type selector uint16

const (
	byTag selector = 1 << iota
	byBuild
	byPackage
	byUser
	byPermission
	byExternalRepo
	byTarget
	byGroup
	byCG
	byHost
	byChannel
	byExtraKey
)

func (q *HistoryQuery) selectors() selector {
	var s selector
	for bit, set := range map[selector]bool{
		byTag: q.Tag != 0, byBuild: q.Build != 0, byPackage: q.Package != 0, byUser: q.User != 0,
		byPermission: q.Permission != 0, byExternalRepo: q.ExternalRepo != 0, byTarget: q.Target != 0,
		byGroup: q.Group != 0, byCG: q.CG != 0, byHost: q.Host != 0, byChannel: q.Channel != 0,
		byExtraKey: q.ExtraKey.Valid,
	} {
		if set {
			s |= bit
		}
	}
	return s
}

// selection is a query with what had to be looked up to ask the tables.
type selection struct {
	*HistoryQuery
	packageName string
	builds      storage.Match[koji.BuildID]
	after       koji.EventID // what was neither made nor ended after this is not wanted
	until       koji.EventID // nor what was made at this or later; koji.Now for no bound
	empty       bool         // nothing can meet the query
}

func (c *Catalog) newSelection(ctx context.Context, q *HistoryQuery) (*selection, error) {
	s := &selection{HistoryQuery: q, builds: is(q.Build), after: max(q.AfterEvent, 0), until: q.BeforeEvent}
	if q.Package != 0 {
		p, err := c.tx.Packages().Get(ctx, storage.PackageFilter{ID: storage.Is(q.Package)})
		if err != nil {
			return nil, err
		}
		s.packageName = p.Name
		builds, err := c.tx.Builds().List(ctx, storage.BuildFilter{ID: is(q.Build), Package: storage.Is(q.Package)})
		if err != nil {
			return nil, err
		}
		s.builds = storage.Is(column(builds, func(b *storage.Build) koji.BuildID { return b.ID })...)
	}
	// The times of events ascend with their ids, but not without fail: what they
	// give is a bound.
	if !q.After.IsZero() {
		first, err := c.tx.Events().List(ctx, storage.EventFilter{Time: storage.Above(q.After)}, storage.Page{Limit: 1})
		if err != nil || len(first) == 0 {
			s.empty = true
			return s, err
		}
		s.after = max(s.after, first[0].ID-1)
	}
	if !q.Before.IsZero() {
		last, err := c.tx.Events().List(ctx, storage.EventFilter{Time: storage.Below(q.Before)},
			storage.Page{Order: []storage.Order{{Column: "id", Desc: true}}, Limit: 1})
		if err != nil || len(last) == 0 {
			s.empty = true
			return s, err
		}
		if end := last[0].ID + 1; s.until == koji.Now || end < s.until {
			s.until = end
		}
	}
	return s, nil
}

// versions returns filters that together accept every version that can meet the
// query and was made at an event or later.
func (s *selection) versions(from koji.EventID) []storage.VersionFilter {
	var list []storage.VersionFilter
	active := storage.VersionFilter{Created: storage.AtLeast(max(from, s.after+1)), Revoked: storage.IsNull[koji.EventID]()}
	ended := storage.VersionFilter{Created: storage.AtLeast(from), Revoked: storage.Above(s.after)}
	switch {
	case s.Activity == ActiveOnly:
		list = []storage.VersionFilter{active}
	case s.Activity == RevokedOnly:
		list = []storage.VersionFilter{ended}
	case s.after == 0:
		list = []storage.VersionFilter{{Created: storage.AtLeast(from)}}
	default:
		list = []storage.VersionFilter{active, ended}
	}
	if s.Editor == 0 {
		return list
	}
	var edited []storage.VersionFilter
	for _, f := range list {
		made, over := f, f
		made.Creator, over.Revoker = storage.Is(s.Editor), storage.Is(s.Editor)
		edited = append(edited, made, over)
	}
	return edited
}

// is accepts one id, or any if it is zero.
func is[T comparable](id T) storage.Match[T] {
	var zero T
	if id == zero {
		return storage.Match[T]{}
	}
	return storage.Is(id)
}
