package tag_test

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// The numbers are those of the specification's list of cases.

func generic(t *testing.T, err, kind error) {
	t.Helper()
	require.ErrorIs(t, err, kind)
	require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err))
}

func TestDeleteEndsAllThatIsOfATag(t *testing.T) {
	w := newWorld(t)
	w.pkg("t", "foo")
	w.tagged("t", "foo-1")
	w.group("t", "core", "bash")
	w.group("t", "more")
	w.link("child", "t", 0)
	w.link("t", "par", 0)
	id := w.tags["t"]
	var target koji.TargetID
	w.update(func(_ *storage.Tx, e *tag.Editor) error {
		require.NoError(t, e.AddGroupRequirement(w.ctx, id, "core", "more", tag.GroupRequirementSettings{}))
		repo, err := e.CreateExternalRepo(w.ctx, "epel", "https://example.org")
		require.NoError(t, err)
		require.NoError(t, e.AddExternalRepoToTag(w.ctx, id, repo, tag.ExternalRepoUse{Priority: 1}))
		target, err = e.CreateTarget(w.ctx, "target", id, w.tags["par"])
		require.NoError(t, err)
		_, err = e.CreateTarget(w.ctx, "target2", w.tags["par"], id)
		return err
	})
	before := w.last()
	require.NoError(t, w.do(func(e *tag.Editor) error { return e.Delete(w.ctx, id) }))
	require.NoError(t, w.store.View(w.ctx, func(tx *storage.Tx) error {
		for at, want := range map[koji.EventID]int{koji.Now: 0, before: 2} {
			n, err := tx.TargetConfigs().Count(w.ctx, at, storage.TargetConfigFilter{})
			require.NoError(t, err)
			require.Equal(t, want, n, "41 targets")
			n, err = tx.GroupConfigs().Count(w.ctx, at, storage.GroupConfigFilter{})
			require.NoError(t, err)
			require.Equal(t, want, n, "groups")
			n, err = tx.TagExternalRepos().Count(w.ctx, at, storage.TagExternalRepoFilter{})
			require.NoError(t, err)
			require.Equal(t, want/2, n, "external repositories")
			for _, count := range []func() (int, error){
				func() (int, error) { return tx.GroupPackages().Count(w.ctx, at, storage.GroupPackageFilter{}) },
				func() (int, error) { return tx.GroupRequirements().Count(w.ctx, at, storage.GroupRequirementFilter{}) },
				func() (int, error) { return tx.TagListings().Count(w.ctx, at, storage.TagListingFilter{}) },
			} {
				n, err := count()
				require.NoError(t, err)
				require.Equal(t, want/2, n)
			}
		}
		return nil
	}))
	require.Empty(t, w.walk("child"), "41 the child's link")
	_, err := w.resolver(tag.Options{}).Tag(w.ctx, id, koji.Now)
	generic(t, err, koji.ErrNotFound)
	require.NoError(t, w.do(func(e *tag.Editor) error {
		again, err := e.Create(w.ctx, "t", tag.Config{})
		require.Equal(t, id, again, "41 the same id")
		return err
	}))
	require.NoError(t, w.do(func(e *tag.Editor) error { return e.Delete(w.ctx, id) }))
	generic(t, w.do(func(e *tag.Editor) error { return e.Edit(w.ctx, w.tags["par"], tag.Changes{Name: "t"}) }), koji.ErrExists)

	tags := func(e *tag.Editor) error { return e.EditTarget(w.ctx, target, "target", w.tags["par"], w.tags["par"]) }
	for range 2 {
		require.NoError(t, w.do(func(e *tag.Editor) error { return e.DeleteTarget(w.ctx, target) }), "43 delete twice")
	}
	require.NoError(t, w.do(tags), "43 revived")
	generic(t, w.do(func(e *tag.Editor) error {
		return e.EditTarget(w.ctx, target, "target2", w.tags["par"], w.tags["par"])
	}), koji.ErrExists)
	generic(t, w.do(func(e *tag.Editor) error { _, err := e.CreateTarget(w.ctx, "target", w.tags["par"], id); return err }), koji.ErrExists)
	generic(t, w.do(func(e *tag.Editor) error { _, err := e.CreateTarget(w.ctx, "target3", w.tags["par"], id); return err }), koji.ErrNotFound)
	generic(t, w.do(func(e *tag.Editor) error { return e.DeleteTarget(w.ctx, 999) }), koji.ErrNotFound)
	generic(t, w.do(func(e *tag.Editor) error { _, err := e.CreateTarget(w.ctx, "a b", 1, 1); return err }), koji.ErrInvalid)
	require.NoError(t, w.do(func(e *tag.Editor) error {
		again, err := e.CreateTarget(w.ctx, "target2", w.tags["par"], w.tags["par"])
		require.Equal(t, target+1, again, "the id of the name")
		return err
	}))
}

func TestEditGroups(t *testing.T) {
	w := newWorld(t)
	w.link("child", "par", 0)
	w.group("par", "core", "bash", "vim")
	child := w.tags["child"]
	add := func(s tag.GroupSettings) error {
		return w.do(func(e *tag.Editor) error { return e.AddGroup(w.ctx, child, "core", s) })
	}
	pkg := func(group, name string, s tag.GroupPackageSettings) error {
		return w.do(func(e *tag.Editor) error { return e.AddGroupPackage(w.ctx, child, group, name, s) })
	}
	before := w.last()
	require.NoError(t, add(tag.GroupSettings{}))
	require.NoError(t, pkg("core", "bash", tag.GroupPackageSettings{}))
	require.Equal(t, before, w.last(), "44 as inherited")
	require.NoError(t, add(tag.GroupSettings{DisplayName: new("Core")}))
	require.Equal(t, "core: bash vim; ", w.groups("child"), "44 packages come from the parent")

	w.update(func(tx *storage.Tx, _ *tag.Editor) error {
		return tx.Groups().Insert(w.ctx, &storage.Group{Name: "other"})
	})
	generic(t, pkg("other", "x", tag.GroupPackageSettings{}), koji.ErrNotFound)
	generic(t, pkg("nosuch", "x", tag.GroupPackageSettings{}), koji.ErrNotFound)
	require.NoError(t, pkg("core", "vim", tag.GroupPackageSettings{Block: true}))
	require.Equal(t, "core: bash !vim; ", w.groups("child"), "44 blocked ones show when asked for")
	generic(t, pkg("core", "vim", tag.GroupPackageSettings{}), koji.ErrState)
	require.NoError(t, pkg("core", "vim", tag.GroupPackageSettings{Force: true}))
	require.Equal(t, "core: bash vim; ", w.groups("child"), "44 force")
	unblock := func(e *tag.Editor) error { return e.UnblockGroupPackage(w.ctx, child, "core", "vim") }
	generic(t, w.do(unblock), koji.ErrState)

	require.NoError(t, w.do(func(e *tag.Editor) error {
		return e.AddGroupRequirement(w.ctx, child, "core", "other", tag.GroupRequirementSettings{})
	}))
	require.Equal(t, "core: bash vim; ", w.groups("child"), "45 not shown")
	w.group("child", "other", "x")
	require.Equal(t, "core: bash vim @other; other: x; ", w.groups("child"))
	require.NoError(t, w.do(func(e *tag.Editor) error { return e.BlockGroup(w.ctx, child, "other", false) }))
	require.Equal(t, "core: bash vim; !other:; ", w.groups("child"), "45 both are hidden")
	generic(t, w.do(func(e *tag.Editor) error { return e.BlockGroup(w.ctx, child, "other", false) }), koji.ErrState)
	require.NoError(t, w.do(func(e *tag.Editor) error { return e.UnblockGroup(w.ctx, child, "other") }))
	generic(t, w.do(func(e *tag.Editor) error { return e.UnblockGroup(w.ctx, child, "other") }), koji.ErrState)
	require.NoError(t, w.do(func(e *tag.Editor) error { return e.RemoveGroup(w.ctx, child, "core", false) }))
	generic(t, w.do(func(e *tag.Editor) error { return e.RemoveGroup(w.ctx, child, "core", false) }), koji.ErrNotFound)
	require.NoError(t, w.do(func(e *tag.Editor) error { return e.RemoveGroup(w.ctx, child, "core", true) }))
	require.NoError(t, w.do(func(e *tag.Editor) error { return e.RemoveGroupRequirement(w.ctx, child, "core", "other") }))
}

func TestForceLiftsTheBlockOfARequirement(t *testing.T) {
	for _, strict := range []bool{false, true} {
		w := newWorld(t)
		w.group("t", "a")
		w.group("t", "b")
		id := w.tags["t"]
		require.NoError(t, w.edit(tag.Options{Strict: strict}, func(_ *storage.Tx, e *tag.Editor) error {
			require.NoError(t, e.BlockGroupRequirement(w.ctx, id, "a", "b", false))
			generic(t, e.AddGroupRequirement(w.ctx, id, "a", "b", tag.GroupRequirementSettings{}), koji.ErrState)
			return e.AddGroupRequirement(w.ctx, id, "a", "b", tag.GroupRequirementSettings{Force: true})
		}))
		require.Equal(t, map[bool]string{false: "a: !@b; b:; ", true: "a: @b; b:; "}[strict], w.groups("t"))
		require.NoError(t, w.do(func(e *tag.Editor) error {
			if strict {
				return nil
			}
			return e.UnblockGroupRequirement(w.ctx, id, "a", "b")
		}))
		require.Equal(t, map[bool]string{false: "a:; b:; ", true: "a: @b; b:; "}[strict], w.groups("t"))
	}
}

func TestEditExternalRepos(t *testing.T) {
	w := newWorld(t)
	w.link("c", "p", 0)
	var epel, other koji.ExternalRepoID
	w.update(func(_ *storage.Tx, e *tag.Editor) error {
		var err error
		epel, err = e.CreateExternalRepo(w.ctx, "epel", "https://example.org/$arch")
		require.NoError(t, err)
		other, err = e.CreateExternalRepo(w.ctx, "other", "https://example.org/other/")
		return err
	})
	use := func(name string, repo koji.ExternalRepoID, u tag.ExternalRepoUse) error {
		return w.do(func(e *tag.Editor) error { return e.AddExternalRepoToTag(w.ctx, w.tags[name], repo, u) })
	}
	require.NoError(t, use("p", epel, tag.ExternalRepoUse{Priority: 10}))
	require.NoError(t, use("c", epel, tag.ExternalRepoUse{Priority: 7, Arches: storage.Null("x86_64,s390x")}))
	generic(t, use("c", other, tag.ExternalRepoUse{Priority: 7}), koji.ErrExists)
	generic(t, use("c", epel, tag.ExternalRepoUse{Priority: 8}), koji.ErrExists)
	generic(t, use("c", other, tag.ExternalRepoUse{Priority: 8, MergeMode: "bogus"}), koji.ErrInvalid)
	generic(t, use("c", 999, tag.ExternalRepoUse{}), koji.ErrNotFound)
	generic(t, use("c", 0, tag.ExternalRepoUse{}), koji.ErrNotFound)
	require.NoError(t, use("c", other, tag.ExternalRepoUse{Priority: 8, MergeMode: "bare"}))
	repos := func(at koji.EventID) (list []string) {
		rows, err := w.resolver(tag.Options{}).ExternalRepos(w.ctx, w.tags["c"], at)
		require.NoError(t, err)
		for _, x := range rows {
			list = append(list, fmt.Sprintf("%s %s %d %s %q", x.Name, x.URL, x.Priority, x.MergeMode, x.Arches.V))
		}
		return list
	}
	require.Equal(t, []string{`epel https://example.org/$arch/ 7 koji "x86_64 s390x"`, `other https://example.org/other/ 8 bare ""`}, repos(koji.Now), "46")
	change := func(c tag.ExternalRepoChanges) (changed bool) {
		require.NoError(t, w.do(func(e *tag.Editor) error {
			var err error
			changed, err = e.EditTagExternalRepo(w.ctx, w.tags["c"], epel, c)
			return err
		}))
		return changed
	}
	require.False(t, change(tag.ExternalRepoChanges{Priority: new(7), MergeMode: new("koji")}), "46 no change")
	require.True(t, change(tag.ExternalRepoChanges{Arches: new(""), Priority: new(9)}))
	require.Equal(t, []string{`other https://example.org/other/ 8 bare ""`, `epel https://example.org/$arch/ 9 koji ""`}, repos(koji.Now))
	before := w.last()
	edit := func(name, url string) error {
		return w.do(func(e *tag.Editor) error { return e.EditExternalRepo(w.ctx, epel, name, url) })
	}
	require.NoError(t, edit("epel9", "https://example.org/9"))
	require.Equal(t, `epel9 https://example.org/9/ 9 koji ""`, repos(koji.Now)[1])
	require.Equal(t, `epel9 https://example.org/$arch/ 9 koji ""`, repos(before)[1], "46 the URL of old, the name of today")
	generic(t, edit("other", ""), koji.ErrExists)
	require.NoError(t, w.do(func(e *tag.Editor) error { return e.RemoveExternalRepoFromTag(w.ctx, w.tags["c"], other) }))
	generic(t, w.do(func(e *tag.Editor) error { return e.RemoveExternalRepoFromTag(w.ctx, w.tags["c"], other) }), koji.ErrNotFound)
	require.NoError(t, w.do(func(e *tag.Editor) error { return e.DeleteExternalRepo(w.ctx, epel) }))
	require.Empty(t, repos(koji.Now))
	generic(t, w.do(func(e *tag.Editor) error { return e.DeleteExternalRepo(w.ctx, epel) }), koji.ErrNotFound)
}

func TestApplyManyTaggings(t *testing.T) {
	w := newWorld(t)
	w.pkg("a", "foo", "bar")
	w.pkg("b", "foo", "bar")
	w.tagged("a", "foo-1", "foo-2", "bar-1")
	a, b := w.tags["a"], w.tags["b"]
	one, two, bar := w.build["foo-1-1"], w.build["foo-2-1"], w.build["bar-1-1"]
	apply := func(list ...tag.Tagging) error {
		return w.do(func(e *tag.Editor) error { return e.Apply(w.ctx, list...) })
	}
	before := w.last()
	require.NoError(t, apply(tag.Tagging{Build: one, From: a, To: b}, tag.Tagging{Build: two, To: b}, tag.Tagging{Build: bar, From: a}))
	require.Equal(t, before+1, w.last(), "one event")
	require.Equal(t, "foo-2", w.builds("a", tag.BuildOptions{}))
	require.Equal(t, "foo-2 foo-1", w.builds("b", tag.BuildOptions{}))

	require.NoError(t, apply(tag.Tagging{Build: two, To: b, Force: true}, tag.Tagging{Build: one, To: b, Force: true}))
	require.Equal(t, "foo-1 foo-2", w.builds("b", tag.BuildOptions{}), "the last is the latest")

	before = w.last()
	err := apply(tag.Tagging{Build: bar, To: b}, tag.Tagging{Build: two, To: b})
	require.ErrorIs(t, err, koji.ErrExists)
	require.Equal(t, koji.FaultTag, koji.FaultCodeOf(err))
	err = apply(tag.Tagging{Build: bar, To: b}, tag.Tagging{Build: one, From: a})
	require.ErrorIs(t, err, koji.ErrNotFound)
	generic(t, apply(tag.Tagging{Build: 999, To: b}), koji.ErrNotFound)
	generic(t, apply(tag.Tagging{Build: bar, To: 999}), koji.ErrNotFound)
	generic(t, apply(tag.Tagging{Build: bar, From: 999}), koji.ErrNotFound)
	generic(t, apply(tag.Tagging{Build: bar}), koji.ErrInvalid)
	require.Equal(t, "foo-1 foo-2", w.builds("b", tag.BuildOptions{}), "all or none")
	require.Equal(t, before, w.last())
	require.NoError(t, apply())
}

func TestInputThatCannotBe(t *testing.T) {
	const huge, text = 1 << 40, "\xff\xfe"
	long := strings.Repeat("x", 300)
	null := func(s string) *sql.Null[string] { return &sql.Null[string]{V: s, Valid: true} }
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			w := newWorldIn(t, b.opener(t)(t).Store)
			w.group("t", "g", "x")
			w.pkg("t", "foo")
			w.tag("par")
			id := w.tags["t"]
			before, rows := w.events(), w.groups("t")
			for what, change := range map[string]func(e *tag.Editor) error{
				"priority": func(e *tag.Editor) error {
					return e.SetInheritance(w.ctx, id, []tag.LinkChange{{Link: tag.Link{Parent: w.tags["par"], Priority: huge}}}, false)
				},
				"depth": func(e *tag.Editor) error {
					return e.SetInheritance(w.ctx, id, []tag.LinkChange{{Link: tag.Link{Parent: w.tags["par"], MaxDepth: storage.Null(-huge)}}}, false)
				},
				"filter": func(e *tag.Editor) error {
					return e.SetInheritance(w.ctx, id, []tag.LinkChange{{Link: tag.Link{Parent: w.tags["par"], PkgFilter: storage.Null(text)}}}, false)
				},
				"parent": func(e *tag.Editor) error {
					return e.SetInheritance(w.ctx, id, []tag.LinkChange{{Link: tag.Link{Parent: huge}}}, false)
				},
				"child":      func(e *tag.Editor) error { return e.SetInheritance(w.ctx, -huge, nil, false) },
				"tag name":   func(e *tag.Editor) error { _, err := e.Create(w.ctx, text, tag.Config{}); return err },
				"52 newline": func(e *tag.Editor) error { _, err := e.Create(w.ctx, "nl\n", tag.Config{}); return err },
				"long name":  func(e *tag.Editor) error { return e.Edit(w.ctx, id, tag.Changes{Name: long}) },
				"arches":     func(e *tag.Editor) error { return e.Edit(w.ctx, id, tag.Changes{Arches: null(text)}) },
				"permission": func(e *tag.Editor) error {
					return e.Edit(w.ctx, id, tag.Changes{Permission: &sql.Null[koji.PermissionID]{V: huge, Valid: true}})
				},
				"extra key":       func(e *tag.Editor) error { return e.Edit(w.ctx, id, tag.Changes{BlockExtra: []string{text}}) },
				"package name":    func(e *tag.Editor) error { return e.AddPackage(w.ctx, id, text, tag.Entry{Owner: 1}) },
				"owner":           func(e *tag.Editor) error { return e.AddPackage(w.ctx, id, "bar", tag.Entry{Owner: huge}) },
				"build":           func(e *tag.Editor) error { return e.Tag(w.ctx, id, huge, false) },
				"builds":          func(e *tag.Editor) error { return e.MassTag(w.ctx, id, []koji.BuildID{-1}) },
				"group name":      func(e *tag.Editor) error { return e.AddGroup(w.ctx, id, text, tag.GroupSettings{}) },
				"long group name": func(e *tag.Editor) error { return e.AddGroup(w.ctx, id, long, tag.GroupSettings{}) },
				"group text": func(e *tag.Editor) error {
					return e.AddGroup(w.ctx, id, "g", tag.GroupSettings{Description: null(text)})
				},
				"group package": func(e *tag.Editor) error { return e.AddGroupPackage(w.ctx, id, "g", text, tag.GroupPackageSettings{}) },
				"group package type": func(e *tag.Editor) error {
					return e.AddGroupPackage(w.ctx, id, "g", "y", tag.GroupPackageSettings{Type: &long})
				},
				"group type": func(e *tag.Editor) error {
					return e.AddGroupRequirement(w.ctx, id, "g", "g", tag.GroupRequirementSettings{Type: null(long)})
				},
				"target":    func(e *tag.Editor) error { _, err := e.CreateTarget(w.ctx, "target", id, huge); return err },
				"target id": func(e *tag.Editor) error { return e.DeleteTarget(w.ctx, huge) },
				"repo URL":  func(e *tag.Editor) error { _, err := e.CreateExternalRepo(w.ctx, "repo", text); return err },
				"repo":      func(e *tag.Editor) error { return e.AddExternalRepoToTag(w.ctx, id, huge, tag.ExternalRepoUse{}) },
				"past event": func(e *tag.Editor) error {
					_, err := e.Snapshot(w.ctx, id, "copy", tag.SnapshotOptions{At: -huge})
					return err
				},
			} {
				err := w.do(change)
				require.Error(t, err, what)
				require.True(t, anyOf(err, koji.ErrInvalid, koji.ErrNotFound), "%s: %v", what, err)
			}
			require.NoError(t, w.do(func(e *tag.Editor) error {
				_, err := e.Snapshot(w.ctx, id, "copy", tag.SnapshotOptions{At: huge})
				return err
			}), "an event to come is now")
			require.Equal(t, before+1, w.events(), "nothing else was written")
			require.Equal(t, rows, w.groups("t"))
		})
	}
}

func anyOf(err error, kinds ...error) bool {
	return slices.ContainsFunc(kinds, func(kind error) bool { return errors.Is(err, kind) })
}

// events returns how many events there are; ids may have gaps.
func (w *world) events() (n int) {
	require.NoError(w.tb, w.store.View(w.ctx, func(tx *storage.Tx) error {
		var err error
		n, err = tx.Events().Count(w.ctx, storage.EventFilter{})
		return err
	}))
	return n
}
