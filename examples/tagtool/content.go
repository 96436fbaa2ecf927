package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

func contentCommands() []command {
	return []command{
		{name: "packages", args: "TAG [PREFIX]", help: "its package list, inheritance included", run: packages, min: 1, max: 2},
		{name: "latest", args: "TAG [PACKAGE]", help: "the latest build of each package in it", run: latest, min: 1, max: 2},
		{name: "builds", args: "TAG [PACKAGE]", help: "every build tagged in it, without inheritance", run: builds, min: 1, max: 2},
		{name: "rpms", args: "TAG [PACKAGE]", help: "the rpms of its latest builds", run: rpms, min: 1, max: 2},
	}
}

// arg returns the argument after the first, empty if there is none.
func (t *tool) arg() string {
	if len(t.args) < 2 {
		return ""
	}
	return t.args[1]
}

func (t *tool) tagNames(ctx context.Context, ids []koji.TagID) (map[koji.TagID]string, error) {
	names := make(map[koji.TagID]string)
	err := t.store.View(ctx, func(tx *storage.Tx) error {
		for row, err := range tx.Tags().Each(ctx, storage.TagFilter{ID: storage.Is(ids...)}) {
			if err != nil {
				return err
			}
			names[row.ID] = row.Name
		}
		return nil
	})
	return names, err
}

func packages(ctx context.Context, t *tool) (*table, error) {
	info, err := t.tag(ctx, t.args[0])
	if err != nil {
		return nil, err
	}
	list, err := t.resolver.Packages(ctx, info.ID, tag.PackageOptions{At: t.at, Inherit: true, Prefix: t.arg()})
	if err != nil {
		return nil, err
	}
	found := &table{columns: []string{"package", "tag", "owner", "blocked", "extra arches"}}
	for i := range list {
		p := &list[i]
		found.add(p.Name, p.TagName, p.OwnerName, p.Blocked, maybe(p.ExtraArches))
	}
	found.note = count(len(list), "package")
	return found, nil
}

func latest(ctx context.Context, t *tool) (*table, error) {
	return t.listBuilds(ctx, tag.BuildOptions{At: t.at, Inherit: true, Latest: 1, Package: t.arg()})
}

func builds(ctx context.Context, t *tool) (*table, error) {
	return t.listBuilds(ctx, tag.BuildOptions{At: t.at, Package: t.arg()})
}

func (t *tool) listBuilds(ctx context.Context, opts tag.BuildOptions) (*table, error) {
	info, err := t.tag(ctx, t.args[0])
	if err != nil {
		return nil, err
	}
	list, err := t.resolver.Builds(ctx, info.ID, opts)
	if err != nil {
		return nil, err
	}
	found := &table{columns: []string{"build", "tag", "event", "owner", "completed", "draft"}}
	for i := range list {
		b := &list[i]
		found.add(b.NVR().String(), b.TagName, b.Event, b.OwnerName, maybe(b.CompletionTime), b.Draft)
	}
	found.note = count(len(list), "build")
	return found, nil
}

func rpms(ctx context.Context, t *tool) (*table, error) {
	info, err := t.tag(ctx, t.args[0])
	if err != nil {
		return nil, err
	}
	list, of, err := t.resolver.RPMs(ctx, info.ID, tag.RPMOptions{
		BuildOptions: tag.BuildOptions{At: t.at, Inherit: true, Latest: 1, Package: t.arg()},
	})
	if err != nil {
		return nil, err
	}
	names := make(map[koji.BuildID]string, len(of))
	for i := range of {
		names[of[i].ID] = of[i].NVR().String()
	}
	found := &table{columns: []string{"rpm", "arch", "build", "size"}}
	for i := range list {
		r := &list[i]
		found.add(strings.Join([]string{r.Name, r.Version, r.Release}, "-"), r.Arch, names[r.Build.V], r.Size)
	}
	found.note = count(len(list), "rpm")
	return found, nil
}

// count renders a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
