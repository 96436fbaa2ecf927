package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

func explainCommands() []command {
	return []command{
		{name: "explain", args: "TAG PACKAGE|BUILD", help: "why a package or build is what a tag shows, or is not", run: explain, min: 2, max: 2},
	}
}

// explain takes a name for a build if there is one of that name, else for a
// package.
func explain(ctx context.Context, t *tool) (*table, error) {
	info, err := t.tag(ctx, t.args[0])
	if err != nil {
		return nil, err
	}
	name := t.args[1]
	build, err := t.build(ctx, name)
	if err == nil {
		return t.explainBuild(ctx, info.ID, build)
	}
	if !errors.Is(err, koji.ErrNotFound) {
		return nil, err
	}
	err = t.store.View(ctx, func(tx *storage.Tx) error {
		_, err := tx.Packages().Get(ctx, storage.PackageFilter{Name: storage.Is(name)})
		return err
	})
	if errors.Is(err, koji.ErrNotFound) {
		err = koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "there is no package or build %q", name)
	}
	if err != nil {
		return nil, err
	}
	return t.explainPackage(ctx, info.ID, name)
}

// explained are the columns of an explanation; programs get its lines as a list.
var explained = []string{"of", "name", "tag", "listed", "verdict", "account"}

func account(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") }

func (t *tool) explainBuild(ctx context.Context, id koji.TagID, build koji.BuildID) (*table, error) {
	x, err := t.resolver.ExplainBuild(ctx, id, build, tag.BuildOptions{At: t.at, Inherit: true, Latest: 1})
	if err != nil {
		return nil, err
	}
	found := &table{columns: explained, text: printableLines(x.String())}
	found.add("build", x.NVR.String(), x.TagName, x.Verdict == tag.Listed, x.Verdict.String(), account(x.String()))
	return found, nil
}

// explainPackage also explains the build of the package that the tag shows.
func (t *tool) explainPackage(ctx context.Context, id koji.TagID, name string) (*table, error) {
	p, err := t.resolver.ExplainPackage(ctx, id, name, t.at)
	if err != nil {
		return nil, err
	}
	found := &table{columns: explained, text: printableLines(p.String())}
	verdict := tag.Listed
	switch entry := p.Entry(); {
	case len(p.Entries) == 0:
		verdict = tag.PackageNotListed
	case entry == nil:
		verdict = tag.PackageFiltered
	case entry.Blocked:
		verdict = tag.PackageBlocked
	}
	found.add("package", p.Name, p.TagName, verdict == tag.Listed, verdict.String(), account(p.String()))
	list, err := t.resolver.Builds(ctx, id, tag.BuildOptions{At: t.at, Inherit: true, Latest: 1, Package: name})
	if err != nil {
		return nil, err
	}
	for i := range list {
		more, err := t.explainBuild(ctx, id, list[i].ID)
		if err != nil {
			return nil, err
		}
		found.text += more.text
		found.rows = append(found.rows, more.rows...)
	}
	return found, nil
}

// build finds a build by its name-version-release.
func (t *tool) build(ctx context.Context, name string) (koji.BuildID, error) {
	nvr, err := koji.ParseNVR(name)
	if err != nil {
		return 0, koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no build %q: %v", name, err)
	}
	var id koji.BuildID
	err = t.store.View(ctx, func(tx *storage.Tx) error {
		pkg, err := tx.Packages().Get(ctx, storage.PackageFilter{Name: storage.Is(nvr.Name)})
		if err != nil {
			return err
		}
		b, err := tx.Builds().Get(ctx, storage.BuildFilter{
			Package: storage.Is(pkg.ID), Version: storage.Is(nvr.Version), Release: storage.Is(nvr.Release),
		})
		id = b.ID
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("build %s: %w", nvr, err)
	}
	return id, nil
}

// printableLines is printable, line by line.
func printableLines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(printable(strings.TrimSuffix(line, "\n")) + "\n")
	}
	return b.String()
}
