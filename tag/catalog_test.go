package tag_test

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// ask asks a catalog of the world's store.
func (w *world) ask(fn func(c *tag.Catalog) error) error {
	return w.store.View(w.ctx, func(tx *storage.Tx) error { return fn(tag.NewCatalog(tx)) })
}

// search writes the names of the tags that a search finds.
func (w *world) search(q tag.Search) string {
	w.tb.Helper()
	var names []string
	require.NoError(w.tb, w.ask(func(c *tag.Catalog) error {
		list, err := c.Tags(w.ctx, q)
		for i := range list {
			names = append(names, list[i].Name)
		}
		return err
	}))
	return strings.Join(names, " ")
}

func TestSearchTags(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"f40", "f40-build", "F41_x", "gone", "el9"} {
		w.tag(name)
	}
	w.update(func(_ *storage.Tx, e *tag.Editor) error { return e.Delete(w.ctx, w.tags["gone"]) })
	for pattern, want := range map[string]string{
		"":        "f40 f40-build F41_x el9",
		"*":       "f40 f40-build F41_x el9",
		"%":       "f40 f40-build F41_x el9",
		"f40":     "f40",
		"F4*":     "f40 f40-build F41_x",
		"f4?":     "f40",
		"?":       "",
		"*_*":     "F41_x",
		"f41?x":   "F41_x",
		"*4*b*d":  "f40-build",
		"[ef]*":   "",
		"gone":    "",
		"*\xff*":  "",
		"f40**":   "f40 f40-build",
		"*%*?*":   "f40 f40-build F41_x el9",
		"f40-bui": "",
	} {
		require.Equal(t, want, w.search(tag.Search{Pattern: pattern}), "%q", pattern)
	}

	w.pkg("el9", "foo")
	w.pkg("f40", "foo", "bar")
	w.tagged("f40", "foo-1")
	w.update(func(_ *storage.Tx, e *tag.Editor) error { return e.BlockPackage(w.ctx, w.tags["el9"], "foo", false) })
	require.Equal(t, "f40", w.search(tag.Search{Build: w.build["foo-1-1"]}))
	require.Empty(t, w.search(tag.Search{Build: 999}))
	require.Equal(t, "f40 el9", w.search(tag.Search{Package: 1}), "blocked ones too")
	require.Empty(t, w.search(tag.Search{Package: 999}))
	require.Empty(t, w.search(tag.Search{Pattern: "el*", Build: w.build["foo-1-1"]}))

	w.change("el9", tag.Changes{Locked: new(true)})
	order := func(columns ...string) storage.Page {
		var p storage.Page
		for _, c := range columns {
			name, desc := strings.CutPrefix(c, "-")
			p.Order = append(p.Order, storage.Order{Column: name, Desc: desc})
		}
		return p
	}
	require.Equal(t, "F41_x el9 f40 f40-build", w.search(tag.Search{Page: order("name")}))
	require.Equal(t, "el9 F41_x f40-build f40", w.search(tag.Search{Page: order("-locked", "-id")}))
	require.Equal(t, "el9 f40", w.search(tag.Search{Package: 1, Page: order("-blocked")}))
	require.Equal(t, "f40 f40-build F41_x el9", w.search(tag.Search{Page: order("perm", "perm_id", "maven_support", "maven_include_all", "arches")}), "all alike")
	require.Equal(t, "f40 el9", w.search(tag.Search{Package: 1, Page: order("owner_id", "owner_name", "extra_arches")}))
	page := order("id")
	page.Limit, page.Offset = 2, 1
	require.Equal(t, "f40-build F41_x", w.search(tag.Search{Page: page}))
	page.Offset = math.MaxInt
	require.Empty(t, w.search(tag.Search{Page: page}))

	for _, bad := range []storage.Page{order("bogus"), order("owner_name"), order(""), {Limit: -1}, {Offset: -1}} {
		require.ErrorIs(t, w.ask(func(c *tag.Catalog) error {
			_, err := c.Tags(w.ctx, tag.Search{Page: bad})
			return err
		}), koji.ErrInvalid)
	}
}

// A pattern must find what a regular expression finds, however it is made up, and
// in time.
func FuzzSearchPattern(f *testing.F) {
	for _, seed := range [][2]string{
		{"f40-build", "f4*"}, {"a", ""}, {"abcabd", "*ab?"}, {strings.Repeat("a", 200), strings.Repeat("*a", 50) + "b"},
		{"x_y", "%_?"}, {"Ä", "ä"}, {"a.b", "a\\.b"},
	} {
		f.Add(seed[0], seed[1])
	}
	w := newWorld(f)
	valid := regexp.MustCompile(`^[A-Za-z0-9/_.+-]{1,256}$`)
	f.Fuzz(func(t *testing.T, name, pattern string) {
		if !valid.MatchString(name) || len(pattern) > 1000 || pattern == "" {
			return
		}
		one := *w
		one.tb = t
		one.tag(name)
		text := regexp.QuoteMeta(pattern)
		text = strings.NewReplacer(`\*`, `.*`, `%`, `.*`, `\?`, `.`).Replace(text)
		want, err := regexp.Compile(`(?is)^` + text + `$`)
		if err != nil {
			return // not UTF-8
		}
		found := make(map[string]bool)
		for _, n := range strings.Fields(one.search(tag.Search{Pattern: pattern})) {
			found[n] = true
		}
		if strings.ContainsFunc(pattern, func(r rune) bool { return r > 127 }) {
			return // which letters are one without their case is a matter of opinion
		}
		require.Equal(t, want.MatchString(name), found[name], "%q like %q", name, pattern)
	})
}

func TestUntagged(t *testing.T) {
	w := newWorld(t)
	w.pkg("t", "foo")
	w.tagged("t", "foo-1", "foo-2")
	w.newBuild("foo-3")
	w.newBuild("bar-1")
	w.newBuild("bar-2", func(b *storage.Build) { b.State = koji.BuildBuilding })
	w.newBuild("foo-9-1,draft_6", func(b *storage.Build) { b.ID, b.Draft = 6, true })
	w.update(func(_ *storage.Tx, e *tag.Editor) error {
		return e.Untag(w.ctx, w.tags["t"], w.build["foo-1-1"], false)
	})
	for want, q := range map[string]tag.UntaggedQuery{
		"foo-1-1 foo-3-1 bar-1-1 foo-9-1,draft_6": {},
		"foo-1-1 foo-3-1 foo-9-1,draft_6":         {Name: "foo"},
		"foo-9-1,draft_6":                         {Drafts: tag.DraftsOnly},
		"bar-1-1":                                 {Name: "bar", Drafts: tag.NoDrafts},
		"":                                        {Name: "nosuch\xff"},
	} {
		var got []string
		require.NoError(t, w.ask(func(c *tag.Catalog) error {
			for b, err := range c.Untagged(w.ctx, q) {
				if err != nil {
					return err
				}
				got = append(got, b.NVR.String())
			}
			return nil
		}))
		require.Equal(t, want, strings.Join(got, " "), "%+v", q)
	}
	require.NoError(t, w.ask(func(c *tag.Catalog) error {
		for _, err := range c.Untagged(w.ctx, tag.UntaggedQuery{}) {
			return err // leaving early is no error
		}
		return nil
	}))
}

func TestTargets(t *testing.T) {
	w := newWorld(t)
	build, dest := w.tag("build"), w.tag("dest")
	var id koji.TargetID
	w.update(func(_ *storage.Tx, e *tag.Editor) error {
		var err error
		id, err = e.CreateTarget(w.ctx, "target", build, dest)
		return err
	})
	before := w.last()
	list := func(q tag.TargetQuery) []tag.Target {
		var targets []tag.Target
		require.NoError(t, w.ask(func(c *tag.Catalog) error {
			var err error
			targets, err = c.Targets(w.ctx, q)
			return err
		}))
		return targets
	}
	want := []tag.Target{{ID: id, Name: "target", BuildTag: build, BuildTagName: "build", DestTag: dest, DestTagName: "dest"}}
	for _, q := range []tag.TargetQuery{{}, {ID: id}, {Name: "target"}, {BuildTag: build}, {DestTag: dest}, {At: before}, {ID: id, Name: "target", DestTag: dest}} {
		require.Equal(t, want, list(q), "%+v", q)
	}
	for _, q := range []tag.TargetQuery{{ID: 999}, {Name: "\xff"}, {BuildTag: dest}, {DestTag: build}, {At: 1}, {At: -1}, {ID: id, Name: "other"}} {
		require.Empty(t, list(q), "%+v", q)
	}
	w.update(func(_ *storage.Tx, e *tag.Editor) error { return e.Delete(w.ctx, build) })
	require.Empty(t, list(tag.TargetQuery{}), "gone with its tag")
	require.Equal(t, want, list(tag.TargetQuery{At: before}))
}

// What a small source cannot answer is refused, and names the source.
func TestSourcesMayKnowLess(t *testing.T) {
	r := tag.NewResolver(tag.Static(&catalog{names: map[koji.TagID]string{1: "t"}}), tag.Options{})
	ctx := t.Context()
	for name, ask := range map[string]func() error{
		"groups":                  func() error { _, err := r.Groups(ctx, 1, tag.GroupOptions{}); return err },
		"external repositories":   func() error { _, err := r.ExternalRepos(ctx, 1, koji.Now); return err },
		"external repositories's": func() error { _, err := r.ExternalRepoUses(ctx, koji.Now, tag.ExternalRepoQuery{}); return err },
		"archives":                func() error { _, _, err := r.Archives(ctx, 1, tag.BuildOptions{}); return err },
		"archives'":               func() error { _, err := r.MavenArchives(ctx, 1, tag.BuildOptions{}); return err },
		"changes":                 func() error { _, err := r.LastChange(ctx, 1, tag.ChangeOptions{}); return err },
		"changes'":                func() error { _, err := r.ChangedSince(ctx, nil, 1); return err },
	} {
		err := ask()
		require.ErrorIs(t, err, koji.ErrUnsupported, name)
		require.ErrorContains(t, err, "source *tag_test.catalog has no "+strings.Trim(name, "'s")[:4])
	}
	c, err := r.BuildConfig(ctx, 1, koji.Now)
	require.NoError(t, err, "what every source knows is enough")
	require.Equal(t, "t", c.Name)
}

// Events, ids and names that nothing can have are as good as absent ones.
func TestReadingWithAbsurdInput(t *testing.T) {
	w := newWorld(t)
	w.link("child", "par", 0)
	w.pkg("par", "foo")
	w.tagged("par", "foo-1")
	r := w.resolver(tag.Options{})
	for _, at := range []koji.EventID{math.MinInt64, -1, 1 << 31, math.MaxInt64} {
		past := at < 0
		builds, err := r.Builds(w.ctx, w.tags["child"], tag.BuildOptions{At: at, Inherit: true, AllowMissing: true})
		require.NoError(t, err)
		require.Equal(t, past, len(builds) == 0, at)
		_, err = r.BuildConfig(w.ctx, w.tags["child"], at)
		require.Equal(t, past, err != nil, at)
		_, err = r.Groups(w.ctx, w.tags["child"], tag.GroupOptions{At: at, Inherit: true})
		require.NoError(t, err)
		_, err = r.ExternalRepoUses(w.ctx, at, tag.ExternalRepoQuery{})
		require.NoError(t, err)
		last, err := r.LastChange(w.ctx, w.tags["child"], tag.ChangeOptions{Event: at, Inherit: true})
		require.NoError(t, err)
		require.Equal(t, past, last == koji.Now, at)
		first, err := r.FirstChange(w.ctx, w.tags["child"], tag.ChangeOptions{Event: at, Inherit: true})
		require.NoError(t, err)
		require.Equal(t, past, first != koji.Now, at)
		require.Equal(t, past, len(w.history(tag.HistoryQuery{Tables: []string{"tag_listing"}, AfterEvent: at})) > 0, at)
	}
	for _, id := range []koji.TagID{math.MinInt64, -1, 0, 1 << 31, math.MaxInt64} {
		_, err := r.BuildConfig(w.ctx, id, koji.Now)
		require.ErrorIs(t, err, koji.ErrNotFound, id)
		list, err := r.Groups(w.ctx, id, tag.GroupOptions{Inherit: true})
		require.NoError(t, err)
		require.Empty(t, list)
		_, _, err = r.Archives(w.ctx, id, tag.BuildOptions{})
		require.ErrorIs(t, err, koji.ErrNotFound, id)
		_, err = r.LastChange(w.ctx, id, tag.ChangeOptions{})
		require.ErrorIs(t, err, koji.ErrNotFound, id)
	}
	for _, name := range []string{"", "\xff", "a\x00b", strings.Repeat("x", 1<<16)} {
		_, err := r.Lookup(w.ctx, name, koji.Now)
		require.ErrorIs(t, err, koji.ErrNotFound, "%.10q", name)
		builds, err := r.Builds(w.ctx, w.tags["par"], tag.BuildOptions{Package: name, Owner: name})
		require.NoError(t, err)
		require.Equal(t, name == "", len(builds) == 1, "%.10q", name)
		key := storage.Null(name)
		require.Empty(t, w.history(tag.HistoryQuery{ExtraKey: key}))
		_, _, err = r.Archives(w.ctx, w.tags["par"], tag.BuildOptions{Type: name})
		require.Equal(t, name != "", err != nil, "%.10q", name)
		_, _, err = w.resolver(tag.Options{Strict: true}).Archives(w.ctx, w.tags["par"], tag.BuildOptions{Type: name})
		require.Equal(t, name != "", err != nil, "%.10q", name)
	}
	require.Empty(t, w.history(tag.HistoryQuery{After: time.Unix(1<<40, 0)}))
	require.Empty(t, w.history(tag.HistoryQuery{Before: time.Unix(-1<<40, 0)}))
}

func TestArchives(t *testing.T) {
	w := newWorld(t)
	w.pkg("t", "foo", "bar")
	w.tagged("t", "foo-1", "foo-2", "bar-1")
	add := func(build, file, typ string, maven *storage.MavenArchive) {
		w.update(func(tx *storage.Tx, _ *tag.Editor) error {
			a := storage.Archive{Build: w.build[nvr(build).String()], Type: 1, Filename: file}
			if typ != "" {
				bt, err := tx.BTypes().Get(w.ctx, storage.BTypeFilter{Name: storage.Is(typ)})
				if err != nil {
					return err
				}
				a.BType = storage.Null(bt.ID)
			}
			if err := tx.Archives().Insert(w.ctx, &a); err != nil {
				return err
			}
			if maven == nil {
				return nil
			}
			maven.Archive = a.ID
			return tx.MavenArchives().Insert(w.ctx, maven)
		})
	}
	artifact := func(version string) *storage.MavenArchive {
		return &storage.MavenArchive{GroupID: "org", ArtifactID: "lib", Version: version}
	}
	add("foo-1", "old.jar", "maven", artifact("1"))
	add("foo-2", "new.jar", "maven", artifact("2"))
	add("foo-2", "new.pom", "maven", artifact("2"))
	add("bar-1", "disk.img", "image", nil)
	add("bar-1", "typeless", "", nil)
	files := func(opts tag.Options, o tag.BuildOptions) string {
		t.Helper()
		list, _, err := w.resolver(opts).Archives(w.ctx, w.tags["t"], o)
		require.NoError(t, err)
		var names []string
		for _, a := range list {
			names = append(names, a.Filename)
		}
		return strings.Join(names, " ")
	}
	require.Equal(t, "disk.img new.jar new.pom old.jar", files(tag.Options{}, tag.BuildOptions{}))
	require.Equal(t, "disk.img new.jar new.pom", files(tag.Options{}, tag.BuildOptions{Latest: 1}))
	require.Equal(t, "new.jar new.pom old.jar", files(tag.Options{}, tag.BuildOptions{At: w.last(), Package: "foo"}), "which Koji cannot answer")
	_, _, err := w.resolver(tag.Options{}).Archives(w.ctx, w.tags["t"], tag.BuildOptions{Type: "image"})
	require.ErrorIs(t, err, koji.ErrInvalid)
	require.Empty(t, files(tag.Options{Strict: true}, tag.BuildOptions{Type: "image"}), "no build of the type, and none known")

	maven := func(in string) string {
		t.Helper()
		list, err := w.resolver(tag.Options{}).MavenArchives(w.ctx, w.tag(in), tag.BuildOptions{Inherit: true})
		require.NoError(t, err)
		var names []string
		for _, a := range list {
			names = append(names, fmt.Sprintf("%s(%s)", a.Filename, a.Tagged.TagName))
		}
		return strings.Join(names, " ")
	}
	w.link("child", "t", 0)
	require.Equal(t, "new.jar(t) new.pom(t)", maven("child"), "one version")
	err = w.edit(tag.Options{Maven: true}, func(_ *storage.Tx, e *tag.Editor) error {
		return e.Edit(w.ctx, w.tags["t"], tag.Changes{MavenIncludeAll: new(true)})
	})
	require.NoError(t, err)
	require.Equal(t, "new.jar(t) new.pom(t) old.jar(t)", maven("child"), "all of them")
	add("foo-1", "copy.jar", "maven", artifact("2"))
	require.Equal(t, "new.jar(t) new.pom(t) old.jar(t)", maven("child"), "a version of one build only")
}
