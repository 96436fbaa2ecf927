package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// A distribution keeps what it released, what came later, what it builds with
// and what it publishes in tags of their own, and lets them inherit:
//
//	d1-base           the first release; hardly ever changes
//	d1-updates        <- d1-base
//	d1-build          <- d1-base           what packages are built with
//	d1-updates-build  <- d1-updates, d1-build
//	d1-compose        <- d1-updates        what is published
//
// Order counts: content comes from the first tag that has it.
var layout = []struct {
	name, use string
	parents   []string
}{
	{"d1-base", "the first release", nil},
	{"d1-updates", "what came later", []string{"d1-base"}},
	{"d1-build", "what the release is built with", []string{"d1-base"}},
	{"d1-updates-build", "what updates are built with", []string{"d1-updates", "d1-build"}},
	{"d1-compose", "what is published", []string{"d1-updates"}},
}

// tagTree is the tags that were made.
type tagTree struct {
	all     []named // in the order of layout
	compose named
	blocked string // package that is not to be published, if any
}

type named struct {
	name string
	id   koji.TagID
}

// buildOnly is a package of testdata that is for building only.
const buildOnly = "workbench"

// createTags makes the tags and tags the builds: the first release into the base
// tag, later ones into the updates tag.
func (a *app) createTags(ctx context.Context, releases []release) (*tagTree, error) {
	tree := &tagTree{}
	byName := make(map[string]koji.TagID)
	err := a.store.Update(ctx, func(tx *storage.Tx) error {
		tx.Actor = a.user
		edit := tag.NewEditor(tx, tag.Options{})
		for _, t := range layout {
			id, err := edit.Create(ctx, t.name, tag.Config{Arches: strings.Join(a.cfg.arches, " ")})
			if err != nil {
				return err
			}
			byName[t.name] = id
			tree.all = append(tree.all, named{t.name, id})
			var links []tag.LinkChange
			for i, parent := range t.parents {
				links = append(links, tag.LinkChange{Link: tag.Link{Parent: byName[parent], Priority: 10 * i}})
			}
			if err := edit.SetInheritance(ctx, id, links, false); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	tree.compose = tree.all[len(tree.all)-1]
	for i, r := range releases {
		into := "d1-base"
		if i > 0 {
			into = "d1-updates"
		}
		if err := a.tagRelease(ctx, byName["d1-base"], byName[into], r); err != nil {
			return nil, fmt.Errorf("release %s: %w", r.name, err)
		}
		for _, b := range r.builds {
			if b.NVR.Name == buildOnly {
				tree.blocked = buildOnly
			}
		}
	}
	if tree.blocked == "" {
		return tree, nil
	}
	return tree, a.store.Update(ctx, func(tx *storage.Tx) error {
		tx.Actor = a.user
		return tag.NewEditor(tx, tag.Options{}).BlockPackage(ctx, tree.compose.id, tree.blocked, false)
	})
}

// tagRelease lists the packages for the base tag, from which all others inherit
// the list, and tags the builds, the last one latest.
func (a *app) tagRelease(ctx context.Context, base, into koji.TagID, r release) error {
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		tx.Actor = a.user
		edit := tag.NewEditor(tx, tag.Options{})
		for i, b := range r.builds {
			if err := edit.AddPackage(ctx, base, b.NVR.Name, tag.Entry{Owner: a.user}); err != nil {
				return err
			}
			if _, err := tx.NewEvent(ctx); err != nil {
				return err
			}
			if err := edit.Tag(ctx, into, b.ID, false); err != nil {
				return err
			}
			a.progress("tag "+r.name, i+1, len(r.builds), "builds")
		}
		return nil
	})
}

// showTags shows the inheritance of the tag to publish, and its latest builds
// with the reasons.
func (a *app) showTags(ctx context.Context, tree *tagTree) error {
	a.section("Tags")
	var rows [][]string
	for i, t := range tree.all {
		own, err := a.tags.Builds(ctx, t.id, tag.BuildOptions{})
		if err != nil {
			return err
		}
		latest, err := a.tags.Builds(ctx, t.id, tag.BuildOptions{Inherit: true, Latest: 1})
		if err != nil {
			return err
		}
		rows = append(rows, []string{
			t.name, strings.Join(layout[i].parents, " "), fmt.Sprint(len(own)), fmt.Sprint(len(latest)), layout[i].use,
		})
	}
	a.table([]string{"TAG", "INHERITS", "TAGGED", "LATEST", "USE"}, rows)

	longest := tree.all[3]
	steps, err := a.tags.Inheritance(ctx, longest.id, koji.Now)
	if err != nil {
		return err
	}
	a.section("Inheritance of %s, in the order that counts", longest.name)
	rows = [][]string{{longest.name, "0", ""}}
	for _, s := range steps {
		rows = append(rows, []string{s.ParentName, fmt.Sprint(s.Depth), s.ChildName})
	}
	a.table([]string{"TAG", "DEPTH", "FROM"}, rows)
	return a.showLatest(ctx, tree)
}

// showLatest shows the latest builds of the tag to publish: where each comes
// from, and what it keeps from view.
func (a *app) showLatest(ctx context.Context, tree *tagTree) error {
	latest, err := a.tags.Builds(ctx, tree.compose.id, tag.BuildOptions{Inherit: true, Latest: 1})
	if err != nil {
		return err
	}
	all, err := a.tags.Builds(ctx, tree.compose.id, tag.BuildOptions{Inherit: true})
	if err != nil {
		return err
	}
	others := make(map[koji.PackageID][]tag.Build)
	for _, b := range all {
		others[b.Package] = append(others[b.Package], b)
	}
	a.section("Latest builds in %s", tree.compose.name)
	var rows [][]string
	for _, b := range latest {
		why := "the only one"
		for _, o := range others[b.Package][1:] {
			switch {
			case o.Tag != b.Tag:
				why = fmt.Sprintf("%s comes before %s, which has %s", b.TagName, o.TagName, o.NVR())
			default:
				why = fmt.Sprintf("tagged after %s", o.NVR())
			}
			break
		}
		rows = append(rows, []string{b.NVR().String(), b.TagName, why})
	}
	const most = 40 // of a large distribution a part has to do
	a.table([]string{"BUILD", "TAG", "WHY"}, rows[:min(most, len(rows))])
	if len(rows) > most {
		a.printf("and %d more\n", len(rows)-most)
	}
	if tree.blocked == "" {
		return nil
	}
	x, err := a.tags.ExplainPackage(ctx, tree.compose.id, tree.blocked, koji.Now)
	if err != nil {
		return err
	}
	a.section("Why %s is not there", tree.blocked)
	a.printf("%s", x.String())
	return nil
}
