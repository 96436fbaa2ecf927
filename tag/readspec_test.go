package tag_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// The numbers are those of the specification's list of cases.

// change edits a tag in a transaction of its own.
func (w *world) change(name string, c tag.Changes) {
	w.tb.Helper()
	id := w.tag(name)
	w.update(func(_ *storage.Tx, e *tag.Editor) error { return e.Edit(w.ctx, id, c) })
}

// settings are changes of free settings, written key=json.
func settings(pairs ...string) tag.Changes {
	c := tag.Changes{Extra: make(map[string]json.RawMessage)}
	for _, pair := range pairs {
		key, value, _ := strings.Cut(pair, "=")
		c.Extra[key] = json.RawMessage(value)
	}
	return c
}

func withArches(s string) tag.Changes { return tag.Changes{Arches: new(storage.Null(s))} }

// config writes a build configuration: arches and settings, each with where it is
// from if it is inherited.
func (w *world) config(opts tag.Options, name string) string {
	w.tb.Helper()
	c, err := w.resolver(opts).BuildConfig(w.ctx, w.tag(name), koji.Now)
	require.NoError(w.tb, err)
	text := fmt.Sprintf("%q", c.Arches.V)
	if c.ArchesFrom != nil {
		text += "(" + c.ArchesFrom.Name + ")"
	}
	for _, key := range []string{"k", "x", "y", "z"} {
		if v, set := c.Extra[key]; set {
			text += " " + key + "=" + v.V
		}
		if from, inherited := c.ExtraFrom[key]; inherited {
			text += " " + key + "(" + from.Name + ")"
		}
	}
	return text
}

func TestBuildConfig(t *testing.T) {
	t.Run("10 noconfig hides one tag, or all behind it", func(t *testing.T) {
		w := newWorld(t)
		w.link("root", "D", 0, noConfig)
		w.link("D", "C", 0)
		w.change("root", tag.Changes{Arches: new(sql.Null[string]{})})
		w.change("C", settings("k=1"))
		w.change("C", withArches("s390x"))
		w.change("D", settings("x=2"))
		require.Equal(t, `"s390x"(C) k=1 k(C)`, w.config(tag.Options{}, "root"))
		require.Equal(t, `""`, w.config(tag.Options{StrictNoConfig: true}, "root"))
		require.Equal(t, `""`, w.config(tag.Options{Strict: true}, "root"))

		w.link("root", "C", 1)
		require.Equal(t, `"s390x"(C) k=1 k(C)`, w.config(tag.Options{StrictNoConfig: true}, "root"), "another way")

		w.update(func(_ *storage.Tx, e *tag.Editor) error {
			return e.AddGroup(w.ctx, w.tags["D"], "build", tag.GroupSettings{})
		})
		require.Equal(t, "build(D)", w.comps(tag.Options{StrictNoConfig: true}, "root", tag.GroupOptions{Inherit: true}), "groups pass")
	})
	t.Run("38 empty arches are none of their own only by option", func(t *testing.T) {
		w := newWorld(t)
		w.link("child", "parent", 0)
		w.change("parent", withArches("x86_64"))
		require.Equal(t, `""`, w.config(tag.Options{}, "child"))
		require.Equal(t, `"x86_64"(parent)`, w.config(tag.Options{EmptyArchesInherit: true}, "child"))
		w.change("child", tag.Changes{Arches: new(sql.Null[string]{})})
		require.Equal(t, `"x86_64"(parent)`, w.config(tag.Options{}, "child"))
	})
	t.Run("39 the nearest setting, and the nearest block", func(t *testing.T) {
		w := newWorld(t)
		w.link("a", "b", 0)
		w.link("b", "c", 0)
		w.change("c", settings("x=1", "y=2", "z=3"))
		w.change("b", settings("y=5"))
		w.change("b", tag.Changes{BlockExtra: []string{"x"}})
		require.Equal(t, `"" x(b) y=5 y(b) z=3 z(c)`, w.config(tag.Options{}, "a"))
	})
	t.Run("of a tag that is not there", func(t *testing.T) {
		_, err := newWorld(t).resolver(tag.Options{}).BuildConfig(t.Context(), 999, koji.Now)
		require.ErrorIs(t, err, koji.ErrNotFound)
	})
}

// comps writes the groups of a tag: where one is from if it is another, blocked
// ones with an exclamation mark, and in brackets what is in it.
func (w *world) comps(opts tag.Options, name string, which tag.GroupOptions) string {
	w.tb.Helper()
	list, err := w.resolver(opts).Groups(w.ctx, w.tag(name), which)
	require.NoError(w.tb, err)
	names := make(map[koji.TagID]string)
	for n, id := range w.tags {
		names[id] = n
	}
	entry := func(text string, from koji.TagID, blocked bool) string {
		if from != w.tags[name] {
			text += "(" + names[from] + ")"
		}
		if blocked {
			text = "!" + text
		}
		return text
	}
	var parts []string
	for _, g := range list {
		var in []string
		for _, p := range g.Packages {
			in = append(in, entry(p.Package, p.Tag, p.Blocked))
		}
		for _, r := range g.Requirements {
			in = append(in, entry("@"+r.Name, r.Tag, r.Blocked))
		}
		text := entry(g.Name, g.Tag, g.Blocked)
		if in != nil {
			text += fmt.Sprint(in)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " ")
}

func TestGroups(t *testing.T) {
	w := newWorld(t)
	w.link("child", "par", 0, filter("^nothing$"))
	edit := func(in string, fn func(e *tag.Editor, id koji.TagID) error) {
		t.Helper()
		id := w.tag(in)
		w.update(func(_ *storage.Tx, e *tag.Editor) error { return fn(e, id) })
	}
	edit("par", func(e *tag.Editor, id koji.TagID) error {
		for _, group := range []string{"build", "extra"} {
			if err := e.AddGroup(w.ctx, id, group, tag.GroupSettings{}); err != nil {
				return err
			}
		}
		for _, pkg := range []string{"make", "gcc"} {
			if err := e.AddGroupPackage(w.ctx, id, "build", pkg, tag.GroupPackageSettings{}); err != nil {
				return err
			}
		}
		return e.AddGroupRequirement(w.ctx, id, "build", "extra", tag.GroupRequirementSettings{})
	})
	all := tag.GroupOptions{Inherit: true}
	blocked := tag.GroupOptions{Inherit: true, Blocked: true}
	require.Equal(t, "build(par)[gcc(par) make(par) @extra(par)] extra(par)", w.comps(tag.Options{}, "child", all), "44 filters do not apply")
	require.Empty(t, w.comps(tag.Options{}, "child", tag.GroupOptions{}), "nothing of its own")
	require.Equal(t, "build(par) extra(par)", w.comps(tag.Options{}, "child", tag.GroupOptions{Inherit: true, WithoutPackages: true, WithoutRequirements: true}))
	before := w.last()

	edit("child", func(e *tag.Editor, id koji.TagID) error {
		return e.AddGroup(w.ctx, id, "build", tag.GroupSettings{DisplayName: new("The build group")})
	})
	require.Equal(t, "build[gcc(par) make(par) @extra(par)] extra(par)", w.comps(tag.Options{}, "child", all), "44 packages still of the parent")
	edit("child", func(e *tag.Editor, id koji.TagID) error {
		return e.BlockGroupPackage(w.ctx, id, "build", "gcc", false)
	})
	require.Equal(t, "build[make(par) @extra(par)] extra(par)", w.comps(tag.Options{}, "child", all), "44 a block hides")
	require.Equal(t, "build[!gcc make(par) @extra(par)] extra(par)", w.comps(tag.Options{}, "child", blocked))
	edit("child", func(e *tag.Editor, id koji.TagID) error { return e.BlockGroup(w.ctx, id, "extra", false) })
	require.Equal(t, "build[make(par)]", w.comps(tag.Options{}, "child", all), "45 a blocked group, and what refers to it")
	require.Equal(t, "build[!gcc make(par)] !extra", w.comps(tag.Options{}, "child", blocked))
	old := all
	old.At = before
	require.Equal(t, "build(par)[gcc(par) make(par) @extra(par)] extra(par)", w.comps(tag.Options{}, "child", old), "as it was")

	edit("child", func(e *tag.Editor, id koji.TagID) error {
		if err := e.AddGroup(w.ctx, w.tags["par"], "late", tag.GroupSettings{}); err != nil {
			return err
		}
		if err := e.AddGroupRequirement(w.ctx, w.tags["par"], "build", "late", tag.GroupRequirementSettings{}); err != nil {
			return err
		}
		return e.RemoveGroup(w.ctx, w.tags["par"], "late", false)
	})
	require.Equal(t, "build[make(par)]", w.comps(tag.Options{}, "child", all), "45 required, but not there")
	list, err := w.resolver(tag.Options{}).Groups(w.ctx, 999, all)
	require.NoError(t, err)
	require.Empty(t, list)
}

func TestExternalRepos(t *testing.T) {
	w := newWorld(t)
	w.link("c", "p", 0, noConfig)
	repo := make(map[string]koji.ExternalRepoID)
	use := func(in, name string, priority int, arches string) {
		id := w.tag(in)
		w.update(func(_ *storage.Tx, e *tag.Editor) error {
			if repo[name] == 0 {
				var err error
				if repo[name], err = e.CreateExternalRepo(w.ctx, name, "http://"+name); err != nil {
					return err
				}
			}
			return e.AddExternalRepoToTag(w.ctx, id, repo[name], tag.ExternalRepoUse{Priority: priority, Arches: storage.Null(arches)})
		})
	}
	use("p", "first", 1, "")
	use("p", "er", 10, "")
	use("c", "er", 7, "x86_64 ppc64le")
	list := func(at koji.EventID) string {
		t.Helper()
		repos, err := w.resolver(tag.Options{}).ExternalRepos(w.ctx, w.tags["c"], at)
		require.NoError(t, err)
		var parts []string
		for _, e := range repos {
			parts = append(parts, fmt.Sprintf("%s@%d(%s) %s", e.Name, e.Priority, e.TagName, e.URL))
		}
		return strings.Join(parts, ", ")
	}
	require.Equal(t, "er@7(c) http://er/, first@1(p) http://first/", list(koji.Now), "46 inheritance before priority")
	before := w.last()
	w.update(func(_ *storage.Tx, e *tag.Editor) error {
		return e.EditExternalRepo(w.ctx, repo["er"], "", "http://new/")
	})
	require.Equal(t, "er@7(c) http://new/, first@1(p) http://first/", list(koji.Now))
	require.Equal(t, "er@7(c) http://er/, first@1(p) http://first/", list(before), "46 as it was")

	r := w.resolver(tag.Options{})
	repos, err := r.ExternalRepos(w.ctx, w.tags["c"], koji.Now)
	require.NoError(t, err)
	require.True(t, repos[0].Serves("x86_64"))
	require.False(t, repos[0].Serves("x86"))
	require.True(t, repos[1].Serves("anything"))
	uses, err := r.ExternalRepoUses(w.ctx, koji.Now, tag.ExternalRepoQuery{Repo: repo["er"]})
	require.NoError(t, err)
	require.Len(t, uses, 2)
	require.Equal(t, []string{"c", "p"}, []string{uses[0].TagName, uses[1].TagName}, "by priority")

	w.update(func(_ *storage.Tx, e *tag.Editor) error { return e.DeleteExternalRepo(w.ctx, repo["er"]) })
	require.Equal(t, "first@1(p) http://first/", list(koji.Now))
	_, err = r.ExternalRepos(w.ctx, 999, koji.Now)
	require.ErrorIs(t, err, koji.ErrNotFound)
	_, err = r.ExternalRepos(w.ctx, w.tags["c"], 1)
	require.ErrorIs(t, err, koji.ErrNotFound, "46 at an event before the tag")
}

func TestChanges(t *testing.T) {
	w := newWorld(t)
	w.link("child", "par", 0)
	w.pkg("par", "foo")
	r := w.resolver(tag.Options{})
	last := func(before koji.EventID, inherit bool) koji.EventID {
		t.Helper()
		e, err := r.LastChange(w.ctx, w.tags["child"], tag.ChangeOptions{Event: before, Inherit: inherit})
		require.NoError(t, err)
		return e
	}
	linked := last(koji.Now, false)
	require.Less(t, linked, last(koji.Now, true))
	w.tagged("par", "foo-1")
	tagged := w.last()
	require.Equal(t, tagged, last(koji.Now, true), "47 follows the parents")
	require.Equal(t, linked, last(koji.Now, false))
	require.Less(t, last(tagged, true), tagged, "47 the bound does not count")
	require.Equal(t, tagged, last(tagged+1, true))

	w.update(func(_ *storage.Tx, e *tag.Editor) error {
		return e.AddPackage(w.ctx, w.tags["par"], "foo", tag.Entry{Owner: w.users["bob"], Update: true})
	})
	require.Greater(t, w.last(), tagged)
	require.Equal(t, tagged, last(koji.Now, true), "47 owners do not count")

	first := func(after koji.EventID) koji.EventID {
		t.Helper()
		e, err := r.FirstChange(w.ctx, w.tags["child"], tag.ChangeOptions{Event: after, Inherit: true})
		require.NoError(t, err)
		return e
	}
	require.Less(t, first(koji.Now), linked, "when it was made")
	require.Equal(t, tagged, first(tagged-1))
	require.Equal(t, koji.Now, first(tagged), "47 nothing after")

	changed, err := r.ChangedSince(w.ctx, []koji.TagID{w.tags["par"]}, tagged-1)
	require.NoError(t, err)
	require.True(t, changed)
	for _, tags := range [][]koji.TagID{{w.tags["child"]}, nil, {999}} {
		changed, err = r.ChangedSince(w.ctx, tags, tagged-1)
		require.NoError(t, err)
		require.False(t, changed, tags)
	}

	w.update(func(_ *storage.Tx, e *tag.Editor) error { return e.Delete(w.ctx, w.tags["child"]) })
	deleted := w.last()
	w.tagged("par", "foo-2")
	require.Equal(t, deleted, last(koji.Now, true), "47 deleted")
	info, end, err := r.LastKnown(w.ctx, w.tags["child"])
	require.NoError(t, err)
	require.Equal(t, deleted, end, "41 as it last was")
	require.True(t, info.Exists)
	info, end, err = r.LastKnown(w.ctx, w.tags["par"])
	require.NoError(t, err)
	require.Equal(t, koji.Now, end)
	require.Equal(t, "par", info.Name)
	_, _, err = r.LastKnown(w.ctx, 999)
	require.ErrorIs(t, err, koji.ErrNotFound)
	_, err = r.LastChange(w.ctx, 999, tag.ChangeOptions{})
	require.ErrorIs(t, err, koji.ErrNotFound)
	_, err = r.FirstChange(w.ctx, 999, tag.ChangeOptions{})
	require.ErrorIs(t, err, koji.ErrNotFound)
}

// history writes revisions: table, what it is about, and which ends meet the
// conditions.
func (w *world) history(q tag.HistoryQuery) []string {
	w.tb.Helper()
	var list []string
	require.NoError(w.tb, w.store.View(w.ctx, func(tx *storage.Tx) error {
		for r, err := range tag.NewCatalog(tx).History(w.ctx, q) {
			if err != nil {
				return err
			}
			text := fmt.Sprintf("%s %s", r.Table, r.Names["tag.name"])
			if r.Build != nil {
				text += " " + r.Build.NVR().String()
			}
			if !r.Active() {
				text += " ended"
			}
			for _, key := range []string{"by", "after_event"} {
				if m, asked := q.Marks(&r)[key]; asked {
					text += fmt.Sprintf(" %s:%v/%v", key, m.Created, m.Revoked.V)
				}
			}
			list = append(list, text)
		}
		return nil
	}))
	return list
}

func TestHistory(t *testing.T) {
	w := newWorld(t)
	w.pkg("t", "foo", "bar")
	w.tagged("t", "foo-1", "bar-1")
	before := w.last()
	w.tagged("t", "foo-1")
	id := func(name string) (id koji.PackageID) {
		require.NoError(t, w.store.View(w.ctx, func(tx *storage.Tx) error {
			p, err := tx.Packages().Get(w.ctx, storage.PackageFilter{Name: storage.Is(name)})
			id = p.ID
			return err
		}))
		return id
	}
	taggings := tag.HistoryQuery{Tables: []string{"tag_listing"}, Tag: w.tags["t"], Package: id("foo")}
	require.Equal(t, []string{"tag_listing t foo-1-1 ended", "tag_listing t foo-1-1"}, w.history(taggings), "48 with the names of builds")
	active := taggings
	active.Activity = tag.ActiveOnly
	require.Equal(t, []string{"tag_listing t foo-1-1"}, w.history(active))
	marked := taggings
	marked.AfterEvent, marked.Editor = before, w.users["releng"]
	require.Equal(t, []string{
		"tag_listing t foo-1-1 ended by:true/true after_event:false/true", "tag_listing t foo-1-1 by:true/false after_event:true/false",
	}, w.history(marked), "48 markers")
	marked.Editor = w.users["bob"]
	require.Empty(t, w.history(marked))
	page := taggings
	page.Offset, page.Limit = 1, 1
	require.Equal(t, []string{"tag_listing t foo-1-1"}, w.history(page))

	both := tag.HistoryQuery{Tag: w.tags["t"], Package: id("bar"), After: time.Unix(0, 0), Before: time.Now().Add(time.Hour)}
	require.Equal(t, []string{"tag_listing t bar-1-1", "tag_packages t", "tag_package_owners t"}, w.history(both), "tables in their order")
	tables, err := both.Selected()
	require.NoError(t, err)
	require.Equal(t, []string{"tag_listing", "tag_packages", "tag_package_owners", "group_package_listing"}, tables)
	require.Len(t, tag.HistoryTables(), 18)
	both.Before = time.Unix(0, 0)
	require.Empty(t, w.history(both))
	both.Before, both.After = time.Time{}, time.Now().Add(time.Hour)
	require.Empty(t, w.history(both))
	require.Empty(t, w.history(tag.HistoryQuery{Tag: w.tags["t"], Host: 1}), "no table knows both")

	w.link("child", "t", 0)
	links := tag.HistoryQuery{Tables: []string{"tag_inheritance"}, Tag: w.tags["t"]}
	require.Equal(t, []string{"tag_inheritance child"}, w.history(links), "as a parent")
	links.Tag = w.tags["child"]
	require.Equal(t, []string{"tag_inheritance child"}, w.history(links), "as a child")

	for _, bad := range []tag.HistoryQuery{{Tables: []string{"nosuch"}}, {Limit: -1}, {Offset: -1}} {
		require.ErrorIs(t, w.historyError(bad), koji.ErrInvalid)
	}
	require.ErrorIs(t, w.historyError(tag.HistoryQuery{Package: 999}), koji.ErrNotFound)
}

func (w *world) historyError(q tag.HistoryQuery) error {
	return w.store.View(w.ctx, func(tx *storage.Tx) error {
		for _, err := range tag.NewCatalog(tx).History(w.ctx, q) {
			return err
		}
		return nil
	})
}

// One event can make more rows than are held at a time.
func TestHistoryOfManyRowsAtOnce(t *testing.T) {
	w := newWorld(t)
	id := w.tag("t")
	const n = 25000
	w.update(func(tx *storage.Tx, _ *tag.Editor) error {
		for i := range n {
			if err := tx.TagExtras().Insert(w.ctx, &storage.TagExtra{Tag: id, Key: fmt.Sprint(i)}); err != nil {
				return err
			}
		}
		return nil
	})
	w.change("t", settings("last=1"))
	got := w.history(tag.HistoryQuery{Tables: []string{"tag_extra"}, Editor: w.users["releng"]})
	require.Len(t, got, n+1)
}
