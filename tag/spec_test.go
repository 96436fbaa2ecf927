package tag_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// The numbers are those of the specification's list of cases. A walk is written
// name@depth/limit[filters].

func TestWalk(t *testing.T) {
	tests := []struct {
		name  string // of the case
		links func(w *world)
		walks map[string]string
	}{
		{"1 Rocky layout", func(w *world) {
			w.link("db", "el8", 0)
			w.link("db", "dist", 10)
			w.link("db", "mod", 20)
			w.link("upd", "dist", 0)
			for child, first := range map[string]string{"updb": "el8", "updb4": "el8_4"} {
				w.link(child, first, 0)
				w.link(child, "upd", 10)
				w.link(child, "db", 20)
			}
		}, map[string]string{
			"updb":  "el8@1 upd@1 dist@2 db@1 mod@2",
			"updb4": "el8_4@1 upd@1 dist@2 db@1 el8@2 mod@2",
		}},
		{"2 limits of links within limits", func(w *world) {
			w.link("R", "A", 0, maxDepth(5))
			w.link("A", "B", 0, maxDepth(2))
			w.link("B", "C", 0)
			w.link("C", "D", 0)
			w.link("D", "E", 0)
		}, map[string]string{"R": "A@1/5 B@2/1 C@3/0", "A": "B@1/2 C@2/1 D@3/0"}},
		{"3 limit of one level", func(w *world) {
			w.link("R", "A", 0, maxDepth(1))
			w.link("A", "B", 0)
			w.link("B", "C", 0)
		}, map[string]string{"R": "A@1/1 B@2/0"}},
		{"3 limit of no level within another", func(w *world) {
			w.link("R", "A", 0, maxDepth(2))
			w.link("A", "B", 0, maxDepth(0))
			w.link("B", "C", 0)
		}, map[string]string{"R": "A@1/2 B@2/-1"}},
		{"3 negative limit", func(w *world) {
			w.link("R", "A", 0, maxDepth(-1))
			w.link("A", "B", 0)
		}, map[string]string{"R": "A@1/-1"}},
		{"4 diamond", func(w *world) {
			w.link("R", "A", 0)
			w.link("R", "B", 1)
			w.link("A", "C", 0)
			w.link("B", "C", 0)
			w.link("C", "D", 0)
		}, map[string]string{"R": "A@1 C@2 D@3 B@1"}},
		{"5 deeper on the second visit", func(w *world) {
			w.link("R", "A", 0, maxDepth(1))
			w.link("A", "C", 0)
			w.link("C", "D", 0)
			w.link("R", "B", 1)
			w.link("B", "C", 0)
		}, map[string]string{"R": "A@1/1 C@2/0 B@1 C@2 D@3"}},
		{"6 unfiltered after filtered", func(w *world) {
			w.link("R", "A", 0, filter("^x"))
			w.link("R", "B", 1)
			w.link("B", "A", 0)
			w.link("R", "C", 2)
			w.link("C", "A", 0)
			w.link("A", "D", 0)
		}, map[string]string{"R": "A@1[^x] D@2[^x] B@1 A@2 D@3 C@1"}},
		{"6 filtered twice", func(w *world) {
			w.link("R", "A", 0, filter("^x"))
			w.link("R", "B", 1)
			w.link("B", "A", 0, filter("^x"))
		}, map[string]string{"R": "A@1[^x] B@1 A@2[^x]"}},
		{"7 intransitive", func(w *world) {
			w.link("R", "A", 0)
			w.link("A", "B", 0, intransitive)
			w.link("A", "C", 1)
		}, map[string]string{"R": "A@1 C@2", "A": "B@1 C@1"}},
		{"8 loops", func(w *world) {
			w.link("R", "A", 0)
			w.link("A", "B", 0)
			w.link("B", "R", 0)
			w.link("C", "C", 0)
		}, map[string]string{"R": "A@1 B@2", "A": "B@1 R@2", "C": ""}},
		{"9 noconfig first", func(w *world) {
			w.link("R", "A", 0, noConfig)
			w.link("R", "B", 1)
			w.link("B", "A", 0)
		}, map[string]string{"R": "A@1 B@1"}},
		{"9 noconfig in another branch", func(w *world) {
			w.link("R", "C", 0)
			w.link("C", "A", 0, noConfig)
			w.link("R", "B", 1)
			w.link("B", "A", 0)
		}, map[string]string{"R": "C@1 A@2 B@1 A@2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			tt.links(w)
			for root, want := range tt.walks {
				require.Equal(t, want, w.walk(root), root)
			}
		})
	}
}

func TestReverseWalkIsKojisAndDescendantsAreRight(t *testing.T) {
	t.Run("11 behind an intransitive link", func(t *testing.T) {
		w := newWorld(t)
		w.link("C", "X", 0, intransitive)
		w.link("D", "X", 1)
		w.link("C", "D", 2)
		w.link("E", "C", 0)
		require.Equal(t, "C@1 D@1", w.reverse("X"))
		require.Equal(t, "C D E", w.descendants("X"))
	})
	t.Run("behind a limit", func(t *testing.T) {
		w := newWorld(t)
		w.link("B1", "X", 0)
		w.link("B", "B1", 0)
		w.link("B", "X", 1)
		w.link("C", "B", 0, maxDepth(1))
		require.Equal(t, "B1@1 B@2", w.reverse("X"))
		require.Equal(t, "B B1 C", w.descendants("X"))
	})
}

func (w *world) reverse(name string) string {
	w.tb.Helper()
	steps, err := w.resolver(tag.Options{}).ReverseInheritance(w.ctx, w.tag(name), koji.Now)
	require.NoError(w.tb, err)
	return write(steps, func(s *tag.Step) string { return s.ChildName })
}

// descendants writes the names of a tag's descendants in alphabetical order.
func (w *world) descendants(name string) string {
	w.tb.Helper()
	list, err := w.resolver(tag.Options{}).Descendants(w.ctx, w.tag(name), koji.Now)
	require.NoError(w.tb, err)
	return w.names(list)
}

func TestSetInheritance(t *testing.T) {
	set := func(w *world, child string, clear bool, changes ...tag.LinkChange) error {
		return w.edit(tag.Options{}, func(_ *storage.Tx, e *tag.Editor) error {
			return e.SetInheritance(w.ctx, w.tags[child], changes, clear)
		})
	}
	to := func(w *world, parent string, priority int) tag.LinkChange {
		return tag.LinkChange{Link: tag.Link{Parent: w.tag(parent), Priority: priority}}
	}
	t.Run("12 priorities are unique in the end", func(t *testing.T) {
		w := newWorld(t)
		for _, name := range []string{"1", "2", "3", "4", "5", "6", "child", "a", "b"} {
			w.tag(name)
		}
		err := set(w, "child", false, to(w, "a", 0), to(w, "b", 0))
		require.ErrorIs(t, err, koji.ErrInvalid)
		require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err))
		require.ErrorContains(t, err, "[8 9] have the same priority 0 as parents of tag 7")
		require.NoError(t, set(w, "child", false, to(w, "a", 0), to(w, "b", 1)))
		require.Equal(t, "a@1 b@1", w.walk("child"))
		require.NoError(t, set(w, "child", false, to(w, "a", 1), to(w, "b", 0)))
		require.Equal(t, "b@1 a@1", w.walk("child"))
	})
	t.Run("13 what is as wanted is not written", func(t *testing.T) {
		w := newWorld(t)
		w.link("R", "A", 0, filter("x"))
		w.link("R", "B", 1)
		same := tag.LinkChange{Link: tag.Link{Parent: w.tag("A"), PkgFilter: storage.Null("x")}}
		before := w.last()
		require.NoError(t, set(w, "R", false, same, to(w, "B", 1)))
		require.NoError(t, set(w, "R", false, tag.LinkChange{Link: tag.Link{Parent: w.tags["R"]}, Delete: true}))
		require.Equal(t, before, w.last())
		require.Equal(t, 2, w.links("R"))

		require.NoError(t, set(w, "R", true, same, to(w, "B", 1)))
		require.Equal(t, before+1, w.last())
		require.Equal(t, 4, w.links("R"), "every link has a new row")

		require.NoError(t, set(w, "R", true, to(w, "B", 1)))
		require.Equal(t, "B@1", w.walk("R"))
		err := set(w, "R", false, tag.LinkChange{Link: tag.Link{Parent: 999}})
		require.ErrorIs(t, err, koji.ErrNotFound)
		require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err))
	})
	t.Run("entries of one parent", func(t *testing.T) {
		w := newWorld(t)
		w.link("R", "A", 0)
		require.NoError(t, set(w, "R", false, to(w, "A", 7), to(w, "A", 0)))
		require.Equal(t, 7, w.linksOfR()[0].Priority, "the one like the stored link does not replace the other")
		require.NoError(t, set(w, "R", false, to(w, "A", 8), to(w, "A", 9)))
		require.Equal(t, 9, w.linksOfR()[0].Priority)
		end := tag.LinkChange{Link: tag.Link{Parent: w.tags["A"]}, Delete: true}
		require.ErrorIs(t, set(w, "R", false, end, to(w, "A", 1)), koji.ErrInvalid)
		require.NoError(t, set(w, "R", true, end, to(w, "A", 1)))
		require.Equal(t, 1, w.linksOfR()[0].Priority)
		require.NoError(t, set(w, "R", false, end))
		require.Empty(t, w.linksOfR())
	})
	t.Run("14 filters", func(t *testing.T) {
		w := newWorld(t)
		bad := to(w, "A", 0)
		bad.PkgFilter = storage.Null("(")
		w.tag("R")
		require.ErrorIs(t, set(w, "R", false, bad), koji.ErrInvalid)
		require.ErrorIs(t, set(w, "R", false, to(w, "A", 1<<40)), koji.ErrInvalid)
		require.Empty(t, w.linksOfR())

		w.link("R", "A", 0, filter(`^(foo|bar)`))
		w.link("A", "B", 0, filter(`bar`))
		w.pkg("B", "foo", "bar", "barn", "xbar")
		require.Equal(t, "bar(B) barn(B)", w.packages("R", tag.PackageOptions{Inherit: true}))
	})
	t.Run("a deleted tag may be a child, not a parent", func(t *testing.T) {
		w := newWorld(t)
		w.tag("gone")
		w.tag("R")
		w.update(func(_ *storage.Tx, e *tag.Editor) error { return e.Delete(w.ctx, w.tags["gone"]) })
		require.NoError(t, set(w, "gone", false, to(w, "R", 0)))
		require.ErrorIs(t, set(w, "R", false, tag.LinkChange{Link: tag.Link{Parent: w.tags["gone"]}}), koji.ErrNotFound)
	})
}

// links returns the number of links that a tag has or had.
func (w *world) links(name string) int {
	n := 0
	require.NoError(w.tb, w.store.View(w.ctx, func(tx *storage.Tx) error {
		rows, err := tx.Inheritances().History(w.ctx, storage.InheritanceFilter{Tag: storage.Is(w.tags[name])})
		n = len(rows)
		return err
	}))
	return n
}

func (w *world) linksOfR() []tag.Link {
	links, err := w.resolver(tag.Options{}).Links(w.ctx, w.tags["R"], koji.Now)
	require.NoError(w.tb, err)
	return links
}

func TestBuildsAtEvents(t *testing.T) {
	t.Run("15 edges", func(t *testing.T) {
		w := newWorld(t)
		w.pkg("par", "foo")
		w.tagged("par", "foo-1")
		tagged := w.last()
		w.pkg("par", "bar", "baz")
		w.update(func(_ *storage.Tx, e *tag.Editor) error {
			return e.Untag(w.ctx, w.tags["par"], w.build["foo-1-1"], false)
		})
		untagged := w.last()
		for at, want := range map[koji.EventID]string{tagged - 1: "", tagged: "foo-1", untagged - 1: "foo-1", untagged: "", 100000000: ""} {
			require.Equal(t, want, w.builds("par", tag.BuildOptions{At: at}), at)
		}
	})
	t.Run("16 forced retag", func(t *testing.T) {
		w := newWorld(t)
		w.pkg("par", "foo")
		w.tagged("par", "foo-1", "foo-2")
		before := w.last()
		w.tagged("par", "foo-1")
		require.Equal(t, "foo-1 foo-2", w.builds("par", tag.BuildOptions{}))
		require.Equal(t, "foo-2 foo-1", w.builds("par", tag.BuildOptions{At: before}))
		require.NoError(t, w.store.View(w.ctx, func(tx *storage.Tx) error {
			rows, err := tx.TagListings().History(w.ctx, storage.TagListingFilter{Build: storage.Is(w.build["foo-1-1"])})
			require.Len(t, rows, 2)
			require.Equal(t, rows[0].RevokeEvent.V, rows[1].CreateEvent)
			return err
		}))
	})
}

func TestBuildsInOrder(t *testing.T) {
	w := newWorld(t)
	w.pkg("par", "foo", "bar")
	w.tagged("par", "foo-2", "foo-1", "bar-1")
	for latest, want := range map[int]string{0: "bar-1 foo-1 foo-2", 1: "bar-1 foo-1", 2: "bar-1 foo-1 foo-2", -1: ""} {
		require.Equal(t, want, w.builds("par", tag.BuildOptions{Latest: latest}), "17 latest %d", latest)
	}

	w.pkg("same", "foo")
	one, two := w.build["foo-1-1"], w.build["foo-2-1"]
	require.Greater(t, one, two, "built in this order")
	w.update(func(_ *storage.Tx, e *tag.Editor) error {
		if err := e.Tag(w.ctx, w.tags["same"], one, false); err != nil {
			return err
		}
		return e.Tag(w.ctx, w.tags["same"], two, false)
	})
	require.Equal(t, "foo-1 foo-2", w.builds("same", tag.BuildOptions{}), "18 equal events: the greater id")

	w.link("P", "Q", 0)
	w.pkg("Q", "pk")
	w.tagged("P", "pk-1")
	w.tagged("Q", "pk-2", "pk-3")
	w.tagged("P", "pk-4")
	for latest, want := range map[int]string{
		1: "pk-4", 2: "pk-4 pk-1", 3: "pk-4 pk-1 pk-3(Q)", 0: "pk-4 pk-1 pk-3(Q) pk-2(Q)",
	} {
		require.Equal(t, want, w.builds("P", tag.BuildOptions{Inherit: true, Latest: latest}), "19 latest %d", latest)
	}

	w.link("child", "parent", 0)
	w.pkg("parent", "bash")
	w.tagged("child", "bash-4")
	w.tagged("parent", "bash-5")
	require.Equal(t, "bash-4", w.builds("child", tag.BuildOptions{Inherit: true, Latest: 1}), "20 the nearer tag")
}

func TestPackageListGatesBuilds(t *testing.T) {
	t.Run("21 by package, not by tag", func(t *testing.T) {
		w := newWorld(t)
		w.link("child", "par", 0, filter("^foo$"))
		w.pkg("par", "foo", "bar")
		w.tagged("par", "foo-1", "bar-1")
		require.Equal(t, "foo-1(par)", w.builds("child", tag.BuildOptions{Inherit: true}))
		w.pkg("child", "bar")
		require.Equal(t, "bar-1(par) foo-1(par)", w.builds("child", tag.BuildOptions{Inherit: true}))
	})
	t.Run("22 a tag met twice", func(t *testing.T) {
		w := newWorld(t)
		w.link("child", "par", 0, filter("^foo$"))
		w.link("child", "mid", 1)
		w.link("mid", "par", 0)
		w.pkg("par", "foo", "bar")
		w.tagged("par", "foo-2", "foo-1", "bar-1")
		require.Equal(t, "par@1[^foo$] mid@1 par@2", w.walk("child"))
		all := tag.BuildOptions{Inherit: true}
		two := tag.BuildOptions{Inherit: true, Latest: 2}
		once, twice := "bar-1(par) foo-1(par) foo-2(par)", "bar-1(par) foo-1(par) foo-2(par) bar-1(par) foo-1(par) foo-2(par)"
		require.Equal(t, twice, w.builds("child", all), "as in Koji")
		require.Equal(t, "bar-1(par) foo-1(par) foo-2(par) bar-1(par)", w.builds("child", two), "as in Koji")
		require.Equal(t, once, w.buildsBy(tag.Options{Strict: true}, "child", all))
		require.Equal(t, once, w.buildsBy(tag.Options{Strict: true}, "child", two))
	})
	t.Run("23 block and removal", func(t *testing.T) {
		w := newWorld(t)
		w.link("child", "par", 0)
		w.pkg("par", "foo", "bar")
		w.tagged("par", "foo-1", "bar-1")
		w.update(func(_ *storage.Tx, e *tag.Editor) error { return e.BlockPackage(w.ctx, w.tags["child"], "foo", false) })
		require.Equal(t, "bar-1(par)", w.builds("child", tag.BuildOptions{Inherit: true}))
		require.Equal(t, "bar-1 foo-1", w.builds("par", tag.BuildOptions{}))
		w.update(func(_ *storage.Tx, e *tag.Editor) error { return e.RemovePackage(w.ctx, w.tags["par"], "foo", false) })
		require.Equal(t, "bar-1", w.builds("par", tag.BuildOptions{}))
		w.pkg("par", "foo")
		require.Equal(t, "bar-1 foo-1", w.builds("par", tag.BuildOptions{}))
	})
}

func TestBuildFilters(t *testing.T) {
	w := newWorld(t)
	w.pkg("par", "foo")
	w.tagged("par", "foo-1", "foo-2")
	draft := w.newBuild("foo-3-1,draft_3", func(b *storage.Build) { b.ID, b.Draft = 3, true })
	require.EqualValues(t, 3, draft)
	w.tagged("par", "foo-3-1,draft_3")
	require.Equal(t, "foo-3-1,draft_3", w.builds("par", tag.BuildOptions{Latest: 1}), "24 drafts count")
	require.Equal(t, "foo-2", w.builds("par", tag.BuildOptions{Latest: 1, Drafts: tag.NoDrafts}))
	require.Equal(t, "foo-3-1,draft_3", w.builds("par", tag.BuildOptions{Drafts: tag.DraftsOnly}))

	require.Empty(t, w.builds("par", tag.BuildOptions{Package: "nosuch"}), "25 unknown package")
	require.Empty(t, w.builds("par", tag.BuildOptions{Owner: "nosuch"}))
	require.Empty(t, w.builds("par", tag.BuildOptions{Owner: "bob"}))
	require.Equal(t, "foo-2", w.builds("par", tag.BuildOptions{Owner: "releng", Package: "foo", Prefix: "FO", Latest: 1, Drafts: tag.NoDrafts}))
	require.Empty(t, w.builds("par", tag.BuildOptions{Prefix: "b"}))
	_, err := w.resolver(tag.Options{}).Builds(w.ctx, w.tags["par"], tag.BuildOptions{Type: "nosuch"})
	require.ErrorIs(t, err, koji.ErrInvalid)
	require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err))
	_, err = w.resolver(tag.Options{}).Builds(w.ctx, 999, tag.BuildOptions{})
	require.ErrorIs(t, err, koji.ErrNotFound)
	list, err := w.resolver(tag.Options{}).Builds(w.ctx, 999, tag.BuildOptions{AllowMissing: true})
	require.NoError(t, err)
	require.Empty(t, list)

	w.update(func(tx *storage.Tx, _ *tag.Editor) error {
		if err := tx.BuildTypes().Insert(w.ctx, &storage.BuildType{Build: 1, BType: 1}); err != nil {
			return err
		}
		if err := tx.WinBuilds().Insert(w.ctx, &storage.WinBuild{Build: 1, Platform: "x64"}); err != nil {
			return err
		}
		if err := tx.ImageBuilds().Insert(w.ctx, &storage.ImageBuild{Build: 2}); err != nil {
			return err
		}
		return tx.MavenBuilds().Insert(w.ctx, &storage.MavenBuild{Build: 2, GroupID: "g", ArtifactID: "a", Version: "1"})
	})
	require.Equal(t, "foo-1", w.builds("par", tag.BuildOptions{Type: "rpm", Latest: 1}), "the latest of the type")
	require.Equal(t, "foo-2", w.builds("par", tag.BuildOptions{Type: "image"}))
	list, err = w.resolver(tag.Options{}).Builds(w.ctx, w.tags["par"], tag.BuildOptions{Type: "win"})
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, "x64", list[0].Platform)
	list, err = w.resolver(tag.Options{}).Builds(w.ctx, w.tags["par"], tag.BuildOptions{Type: "maven"})
	require.NoError(t, err)
	require.Equal(t, &koji.MavenInfo{GroupID: "g", ArtifactID: "a", Version: "1"}, list[0].Maven)
}

func TestRPMs(t *testing.T) {
	w := newWorld(t)
	w.link("child", "par", 0)
	w.pkg("par", "foo", "bar")
	w.tagged("par", "foo-1", "bar-1")
	w.tagged("child", "foo-1")
	src := w.rpm("foo-1", "src", "", "abcd1234")
	bin := w.rpm("foo-1", "x86_64")
	w.rpm("foo-1", "noarch", "abcd1234")
	r := w.resolver(tag.Options{})
	type row struct {
		id  koji.RPMID
		key sql.Null[string]
	}
	list := func(opts tag.RPMOptions) (rows []row, builds int) {
		rpms, b, err := r.RPMs(w.ctx, w.tags["child"], opts)
		require.NoError(t, err)
		for _, p := range rpms {
			rows = append(rows, row{p.ID, p.SigKey})
		}
		return rows, len(b)
	}
	rows, builds := list(tag.RPMOptions{
		BuildOptions: tag.BuildOptions{Inherit: true}, Arches: []string{"x86_64", "src"}, Signatures: true,
	})
	require.Equal(t, []row{{src, storage.Null("")}, {src, storage.Null("abcd1234")}, {bin, sql.Null[string]{}}}, rows, "26")
	require.Equal(t, 3, builds, "27 the build twice, its rpms once; bar without rpms")
	rows, builds = list(tag.RPMOptions{BuildOptions: tag.BuildOptions{Inherit: true, Latest: 1}})
	require.Len(t, rows, 3)
	require.Equal(t, 2, builds)
	_, _, err := r.RPMs(w.ctx, 999, tag.RPMOptions{})
	require.ErrorIs(t, err, koji.ErrNotFound)
}

// names writes tags in alphabetical order.
func (w *world) names(ids []koji.TagID) string {
	var parts []string
	for name := range w.tags {
		for _, id := range ids {
			if w.tags[name] == id {
				parts = append(parts, name)
			}
		}
	}
	return strings.Join(sorted(parts), " ")
}
