package main

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

func settingsCommands() []command {
	return []command{
		{name: "tags", args: "[PATTERN]", help: "the tags that exist now; in PATTERN * and ? are wildcards", run: tags, max: 1, now: true},
		{name: "config", args: "TAG", help: "how builds are made in it, and which tag says so", run: config, min: 1, max: 1},
		{name: "groups", args: "TAG", help: "its comps groups and their packages", run: groups, min: 1, max: 1},
		{name: "repos", args: "TAG", help: "the external repositories that it takes rpms from", run: repos, min: 1, max: 1},
		{name: "targets", args: "[TAG]", help: "the build targets, or those that build in a tag", run: targets, max: 1},
	}
}

// catalog looks something up that inheritance has no part in.
func (t *tool) catalog(ctx context.Context, fn func(*tag.Catalog) error) error {
	return t.store.View(ctx, func(tx *storage.Tx) error { return fn(tag.NewCatalog(tx)) })
}

func tags(ctx context.Context, t *tool) (*table, error) {
	q := tag.Search{Page: storage.Page{Order: []storage.Order{{Column: "name"}}}}
	if len(t.args) > 0 {
		q.Pattern = t.args[0]
	}
	found := &table{columns: []string{"tag", "id", "arches", "locked", "permission"}}
	err := t.catalog(ctx, func(c *tag.Catalog) error {
		list, err := c.Tags(ctx, q)
		for i := range list {
			f := &list[i]
			found.add(f.Name, f.ID, maybe(f.Arches), f.Locked, f.PermissionName)
		}
		found.note = count(len(list), "tag")
		return err
	})
	return found, err
}

func config(ctx context.Context, t *tool) (*table, error) {
	info, err := t.tag(ctx, t.args[0])
	if err != nil {
		return nil, err
	}
	c, err := t.resolver.BuildConfig(ctx, info.ID, t.at)
	if err != nil {
		return nil, err
	}
	found := &table{columns: []string{"setting", "value", "from"}}
	from := c.Name
	if c.ArchesFrom != nil {
		from = c.ArchesFrom.Name
	}
	found.add("arches", maybe(c.Arches), from)
	if c.PermissionName != "" {
		found.add("permission", c.PermissionName, c.Name)
	}
	for _, f := range []struct {
		name string
		on   bool
	}{{"locked", c.Locked}, {"maven_support", c.MavenSupport}, {"maven_include_all", c.MavenIncludeAll}} {
		if f.on {
			found.add(f.name, true, c.Name)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.Extra)) {
		from := c.Name
		if ref, ok := c.ExtraFrom[key]; ok {
			from = ref.Name
		}
		found.add("extra "+key, json.RawMessage(c.Extra[key].V), from)
	}
	return found, nil
}

func groups(ctx context.Context, t *tool) (*table, error) {
	info, err := t.tag(ctx, t.args[0])
	if err != nil {
		return nil, err
	}
	list, err := t.resolver.Groups(ctx, info.ID, tag.GroupOptions{At: t.at, Inherit: true})
	if err != nil {
		return nil, err
	}
	found := &table{columns: []string{"group", "group from", "holds", "type", "from"}}
	var ids []koji.TagID
	for i := range list {
		g := &list[i]
		ids = append(ids, g.Tag)
		for j := range g.Packages {
			ids = append(ids, g.Packages[j].Tag)
		}
		for j := range g.Requirements {
			ids = append(ids, g.Requirements[j].Tag)
		}
	}
	names, err := t.tagNames(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i := range list {
		g := &list[i]
		for _, q := range g.Requirements {
			found.add(g.Name, names[g.Tag], "@"+q.Name, maybe(q.Type), names[q.Tag])
		}
		for _, p := range g.Packages {
			found.add(g.Name, names[g.Tag], p.Package, p.Type, names[p.Tag])
		}
		if len(g.Packages)+len(g.Requirements) == 0 {
			found.add(g.Name, names[g.Tag], nil, nil, nil)
		}
	}
	return found, nil
}

func repos(ctx context.Context, t *tool) (*table, error) {
	info, err := t.tag(ctx, t.args[0])
	if err != nil {
		return nil, err
	}
	list, err := t.resolver.ExternalRepos(ctx, info.ID, t.at)
	if err != nil {
		return nil, err
	}
	found := &table{columns: []string{"repository", "tag", "priority", "merge mode", "arches", "url"}}
	for i := range list {
		r := &list[i]
		found.add(r.Name, r.TagName, r.Priority, r.MergeMode, maybe(r.Arches), r.URL)
	}
	return found, nil
}

func targets(ctx context.Context, t *tool) (*table, error) {
	q := tag.TargetQuery{At: t.at}
	if len(t.args) > 0 {
		info, err := t.tag(ctx, t.args[0])
		if err != nil {
			return nil, err
		}
		q.BuildTag = info.ID
	}
	found := &table{columns: []string{"target", "build tag", "destination"}}
	err := t.catalog(ctx, func(c *tag.Catalog) error {
		list, err := c.Targets(ctx, q)
		for i := range list {
			found.add(list[i].Name, list[i].BuildTagName, list[i].DestTagName)
		}
		return err
	})
	return found, err
}
