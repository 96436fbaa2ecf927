package tag_test

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

func (s step) snapshot() error {
	var args struct {
		Src                          koji.TagID
		Dst                          string
		Config, Pkgs, Builds, Groups *bool
		LatestOnly                   *bool `json:"latest_only"`
		InheritBuilds                *bool `json:"inherit_builds"`
		Event                        koji.EventID
		Force                        bool
	}
	s.args(&args)
	without := func(b *bool) bool { return b != nil && !*b }
	_, err := s.edit().Snapshot(s.ctx, args.Src, args.Dst, tag.SnapshotOptions{
		At: args.Event, WithoutConfig: without(args.Config), WithoutPackages: without(args.Pkgs),
		WithoutBuilds: without(args.Builds), WithoutGroups: without(args.Groups),
		AllBuilds: without(args.LatestOnly), OwnBuilds: without(args.InheritBuilds), Force: args.Force,
	})
	if err == nil {
		if s.snapshots == nil {
			s.replay.snapshots = make(snapshots)
		}
		for _, e := range s.o.Events {
			s.snapshots[e] = s.o.Events[0]
		}
	}
	return err
}

// snapshots holds the events of snapshots, with the first one of each. Koji takes an
// event for each thing that it copies, in no defined order, where ours takes one for
// all but builds.
type snapshots map[koji.EventID]koji.EventID

// orders returns the builds that snapshots tagged, in their order.
func (s snapshots) orders(listings []any) map[string][]koji.BuildID {
	rows := slices.Clone(listings)
	slices.SortStableFunc(rows, func(a, b any) int {
		l, m := a.(storage.TagListing), b.(storage.TagListing)
		return cmp.Or(cmp.Compare(l.CreateEvent, m.CreateEvent), cmp.Compare(l.Build, m.Build))
	})
	orders := make(map[string][]koji.BuildID)
	for _, r := range rows {
		l := r.(storage.TagListing)
		if first, ok := s[l.CreateEvent]; ok {
			key := fmt.Sprintf("tag %d, event %d", l.Tag, first)
			orders[key] = append(orders[key], l.Build)
		}
	}
	return orders
}

// level makes rows comparable: those of one snapshot get one event, and those of its
// groups lose what Koji does not copy, how they are set.
func (s snapshots) level(tables map[string][]any) {
	for _, rows := range tables {
		for i := range rows {
			row := reflect.New(reflect.TypeOf(rows[i]))
			row.Elem().Set(reflect.ValueOf(rows[i]))
			created := row.Elem().FieldByName("CreateEvent")
			if !created.IsValid() {
				continue
			}
			first, ok := s[koji.EventID(created.Int())]
			if !ok {
				continue
			}
			created.SetInt(int64(first))
			switch r := row.Interface().(type) {
			case *storage.GroupConfig:
				*r = storage.GroupConfig{Group: r.Group, Tag: r.Tag, Blocked: r.Blocked, Version: r.Version}
			case *storage.GroupPackage:
				*r = storage.GroupPackage{Group: r.Group, Tag: r.Tag, Package: r.Package, Blocked: r.Blocked, Version: r.Version}
			case *storage.GroupRequirement:
				*r = storage.GroupRequirement{Group: r.Group, Tag: r.Tag, Required: r.Required, Blocked: r.Blocked, Version: r.Version}
			}
			rows[i] = row.Elem().Interface()
		}
	}
}
