package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

func historyCommands() []command {
	return []command{
		{name: "history", args: "TAG [PACKAGE]", help: "what changed in it, when and by whom", run: history, min: 1, max: 2},
	}
}

// occurrence is the making or the ending of a version.
type occurrence struct {
	event koji.EventID
	time  time.Time
	user  string
	ended bool
	of    tag.Revision
}

func history(ctx context.Context, t *tool) (*table, error) {
	// A tag that was deleted has a history too.
	info, err := t.resolver.Lookup(ctx, t.args[0], t.at)
	if err != nil {
		return nil, err
	}
	q := tag.HistoryQuery{Tag: info.ID}
	var list []occurrence
	err = t.store.View(ctx, func(tx *storage.Tx) error {
		if name := t.arg(); name != "" {
			pkg, err := tx.Packages().Get(ctx, storage.PackageFilter{Name: storage.Is(name)})
			if err != nil {
				return err
			}
			q.Package = pkg.ID
		}
		for r, err := range tag.NewCatalog(tx).History(ctx, q) {
			if err != nil {
				return err
			}
			list = append(list, occurrence{event: r.CreateEvent, time: r.CreateTime, user: r.CreatorName, of: r})
			if !r.Active() {
				list = append(list, occurrence{event: r.RevokeEvent.V, time: r.RevokeTime, user: r.RevokerName, ended: true, of: r})
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if t.at != koji.Now {
		list = slices.DeleteFunc(list, func(o occurrence) bool { return o.event > t.at })
	}
	slices.SortStableFunc(list, func(a, b occurrence) int {
		return cmp.Or(cmp.Compare(a.event, b.event), before(b.ended, a.ended))
	})
	found := &table{columns: []string{"event", "time", "by", "what", "table", "of"}}
	for i := range list {
		o := &list[i]
		what := "added"
		if o.ended {
			what = "removed"
		}
		found.add(o.event, o.time, o.user, what, o.of.Table, describe(&o.of, info.Name))
	}
	return found, nil
}

// before orders false before true.
func before(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// describe says what a version is about, other than the tag.
func describe(r *tag.Revision, own string) string {
	if r.Build != nil {
		return r.Build.NVR().String()
	}
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(r.Names)) {
		if name := r.Names[key]; name != "" && (key != "tag.name" || name != own) {
			parts = append(parts, fmt.Sprintf("%s %s", strings.TrimSuffix(key, ".name"), name))
		}
	}
	switch row := r.Row.(type) {
	case storage.TagPackage:
		if row.Blocked {
			parts = append(parts, "blocked")
		}
	case storage.TagExtra:
		parts = append(parts, row.Key+" = "+cmp.Or(row.Value.V, "blocked"))
	case storage.TagConfig:
		parts = append(parts, fmt.Sprintf("arches %q", row.Arches.V))
		if row.Locked {
			parts = append(parts, "locked")
		}
	case storage.Inheritance:
		parts = append(parts, fmt.Sprintf("priority %d", row.Priority))
	case storage.GroupPackage:
		parts = append(parts, row.Package)
	}
	return strings.Join(parts, ", ")
}
