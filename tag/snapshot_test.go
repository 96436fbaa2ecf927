package tag_test

import (
	"database/sql"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// group gives a tag a group with packages.
func (w *world) group(in, name string, packages ...string) {
	w.tb.Helper()
	id := w.tag(in)
	w.update(func(_ *storage.Tx, e *tag.Editor) error {
		if err := e.AddGroup(w.ctx, id, name, tag.GroupSettings{}); err != nil {
			return err
		}
		for _, p := range packages {
			if err := e.AddGroupPackage(w.ctx, id, name, p, tag.GroupPackageSettings{}); err != nil {
				return err
			}
		}
		return nil
	})
}

// groups writes the groups of a tag with what is in them.
func (w *world) groups(in string) string {
	w.tb.Helper()
	list, err := w.resolver(tag.Options{}).Groups(w.ctx, w.tag(in), tag.GroupOptions{Inherit: true, Blocked: true})
	require.NoError(w.tb, err)
	mark := map[bool]string{true: "!"}
	var text string
	for i := range list {
		text += mark[list[i].Blocked] + list[i].Name + ":"
		for _, p := range list[i].Packages {
			text += " " + mark[p.Blocked] + p.Package
		}
		for _, q := range list[i].Requirements {
			text += " " + mark[q.Blocked] + "@" + q.Name
		}
		text += "; "
	}
	return text
}

// do makes one change.
func (w *world) do(fn func(e *tag.Editor) error) error {
	return w.edit(tag.Options{}, func(_ *storage.Tx, e *tag.Editor) error { return fn(e) })
}

// snapshot copies the tag src.
func (w *world) snapshot(dst string, o tag.SnapshotOptions) error {
	return w.do(func(e *tag.Editor) error {
		id, err := e.Snapshot(w.ctx, w.tags["src"], dst, o)
		if err == nil {
			w.tags[dst] = id
		}
		return err
	})
}

// updateSnapshot makes the tag dst like src.
func (w *world) updateSnapshot(remove bool, o tag.SnapshotOptions) error {
	from, to := w.tag("src"), w.tag("dst")
	return w.do(func(e *tag.Editor) error { return e.UpdateSnapshot(w.ctx, from, to, remove, o) })
}

func (w *world) info(name string) tag.Info {
	info, err := w.resolver(tag.Options{}).Tag(w.ctx, w.tags[name], koji.Now)
	require.NoError(w.tb, err)
	return info
}

func TestSnapshot(t *testing.T) {
	w := newWorld(t)
	w.link("src", "par", 0)
	w.pkg("par", "foo", "bar", "gone")
	w.pkg("src", "baz")
	w.tagged("src", "foo-2", "foo-1", "baz-1")
	w.tagged("par", "foo-9", "bar-2", "bar-1", "gone-1")
	w.group("par", "core", "bash", "vim")
	w.group("src", "build")
	past := w.last()
	w.update(func(_ *storage.Tx, e *tag.Editor) error {
		src := w.tags["src"]
		err := e.AddGroup(w.ctx, src, "build", tag.GroupSettings{
			DisplayName: new("The build group"), Description: &sql.Null[string]{V: "tools", Valid: true},
			BiarchOnly: &sql.Null[bool]{V: true, Valid: true},
		})
		require.NoError(t, err)
		require.NoError(t, e.AddGroupPackage(w.ctx, src, "build", "gcc", tag.GroupPackageSettings{
			Type: new("conditional"), Requires: &sql.Null[string]{V: "make", Valid: true},
		}))
		require.NoError(t, e.AddGroupRequirement(w.ctx, src, "build", "core", tag.GroupRequirementSettings{IsMetaPackage: new(true)}))
		require.NoError(t, e.BlockPackage(w.ctx, src, "gone", false))
		return e.Edit(w.ctx, src, tag.Changes{
			Arches: &sql.Null[string]{V: "x86_64", Valid: true}, Locked: new(true),
			Extra: map[string]json.RawMessage{"k": json.RawMessage("1")}, BlockExtra: []string{"b"},
		})
	})

	err := w.snapshot("dst", tag.SnapshotOptions{WithoutPackages: true, Force: true})
	require.Equal(t, koji.FaultParameter, koji.FaultCodeOf(err), "49 builds without packages")
	err = w.snapshot("par", tag.SnapshotOptions{Force: true})
	require.ErrorIs(t, err, koji.ErrExists, "49 target exists")
	err = w.snapshot("dst", tag.SnapshotOptions{})
	require.ErrorIs(t, err, koji.ErrState, "49 source is locked")
	require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err))

	require.NoError(t, w.snapshot("dst", tag.SnapshotOptions{Force: true}))
	require.Equal(t, "foo bar !gone baz", w.packages("dst", tag.PackageOptions{}), "49 blocked ones too")
	require.Equal(t, "baz-1 foo-1 bar-1", w.builds("dst", tag.BuildOptions{}), "49 the order is kept")
	require.Equal(t, "build: gcc @core; core: bash vim; ", sortedGroups(w.groups("dst")))
	info := w.info("dst")
	require.Equal(t, "x86_64", info.Arches.V)
	require.True(t, info.Locked)
	require.Equal(t, map[string]sql.Null[string]{"k": storage.Null("1")}, info.Extra)
	groups, err := w.resolver(tag.Options{}).Groups(w.ctx, w.tags["dst"], tag.GroupOptions{})
	require.NoError(t, err)
	for i := range groups {
		if g := &groups[i]; g.Name == "build" {
			require.Equal(t, "The build group", g.DisplayName, "49 fields of groups")
			require.Equal(t, storage.Null("tools"), g.Description)
			require.Equal(t, storage.Null(true), g.BiarchOnly)
			require.Equal(t, "conditional", g.Packages[0].Type)
			require.Equal(t, storage.Null("make"), g.Packages[0].Requires)
			require.True(t, g.Requirements[0].IsMetaPackage)
		}
	}

	require.NoError(t, w.snapshot("own", tag.SnapshotOptions{At: past, WithoutConfig: true, WithoutGroups: true, OwnBuilds: true, AllBuilds: true}))
	require.Equal(t, "baz-1 foo-1 foo-2", w.builds("own", tag.BuildOptions{}))
	require.Equal(t, "foo bar gone baz", w.packages("own", tag.PackageOptions{}), "as it was")
	require.Empty(t, w.groups("own"))
	require.False(t, w.info("own").Locked)
}

// sortedGroups sorts what groups writes by name.
func sortedGroups(text string) string {
	if text == "core: bash vim; build: gcc @core; " {
		return "build: gcc @core; core: bash vim; "
	}
	return text
}

func TestUpdateSnapshot(t *testing.T) {
	t.Run("50 builds with removal", func(t *testing.T) {
		w := newWorld(t)
		w.pkg("src", "foo", "bar")
		w.tagged("src", "foo-2")
		w.pkg("dst", "foo", "bar", "only")
		w.tagged("dst", "foo-1", "foo-3", "bar-1", "only-1")
		require.NoError(t, w.updateSnapshot(true, tag.SnapshotOptions{}))
		require.Equal(t, "foo-2", w.builds("dst", tag.BuildOptions{}))
		require.Equal(t, "foo bar !only", w.packages("dst", tag.PackageOptions{}))
		before := w.last()
		require.NoError(t, w.updateSnapshot(true, tag.SnapshotOptions{}))
		require.Equal(t, before, w.last(), "a second run changes nothing")
	})
	t.Run("50 builds without removal", func(t *testing.T) {
		w := newWorld(t)
		w.pkg("src", "foo")
		w.tagged("src", "foo-2", "foo-1")
		w.pkg("dst", "foo")
		w.tagged("dst", "foo-1", "foo-3")
		o := tag.SnapshotOptions{AllBuilds: true}
		require.NoError(t, w.updateSnapshot(false, o))
		require.Equal(t, "foo-1 foo-2 foo-3", w.builds("dst", tag.BuildOptions{}), "what only the target has is the oldest")
		before := w.last()
		require.NoError(t, w.updateSnapshot(false, o))
		require.Equal(t, before, w.last())

		w.tagged("src", "foo-4")
		rows := len(w.listings("dst"))
		require.NoError(t, w.updateSnapshot(false, o))
		require.Equal(t, "foo-4 foo-1 foo-2 foo-3", w.builds("dst", tag.BuildOptions{}))
		require.Len(t, w.listings("dst"), rows+1, "one new latest build is one new row")
	})
	t.Run("a build of the source and of its parent keeps its newest place", func(t *testing.T) {
		w := newWorld(t)
		w.link("src", "par", 0)
		w.pkg("par", "foo")
		w.tagged("par", "foo-2", "foo-1")
		w.tagged("src", "foo-2")
		w.tag("dst")
		require.NoError(t, w.updateSnapshot(false, tag.SnapshotOptions{AllBuilds: true}))
		require.Equal(t, "foo-2 foo-1", w.builds("dst", tag.BuildOptions{}))
	})
	t.Run("locks and permissions", func(t *testing.T) {
		w := newWorld(t)
		w.pkg("src", "foo")
		w.pkg("dst", "foo")
		w.tagged("dst", "foo-1")
		w.update(func(_ *storage.Tx, e *tag.Editor) error {
			return e.Edit(w.ctx, w.tags["dst"], tag.Changes{Locked: new(true)})
		})
		require.ErrorIs(t, w.updateSnapshot(true, tag.SnapshotOptions{}), koji.ErrState)
		require.NoError(t, w.updateSnapshot(true, tag.SnapshotOptions{Force: true}))
		require.Empty(t, w.builds("dst", tag.BuildOptions{}))
		require.False(t, w.info("dst").Locked, "settings are those of the source")
	})
	t.Run("settings", func(t *testing.T) {
		w := newWorld(t)
		w.tag("src")
		w.tag("dst")
		w.update(func(_ *storage.Tx, e *tag.Editor) error {
			require.NoError(t, e.Edit(w.ctx, w.tags["src"], tag.Changes{
				Arches: &sql.Null[string]{}, Extra: map[string]json.RawMessage{"both": json.RawMessage("1")},
			}))
			return e.Edit(w.ctx, w.tags["dst"], tag.Changes{
				Extra: map[string]json.RawMessage{"both": json.RawMessage("2"), "dst": nil}, BlockExtra: []string{"blocked"},
			})
		})
		require.NoError(t, w.updateSnapshot(true, tag.SnapshotOptions{}), "50 without Maven")
		info := w.info("dst")
		require.False(t, info.Arches.Valid)
		require.Equal(t, map[string]sql.Null[string]{"both": storage.Null("1"), "blocked": {}}, info.Extra)
	})
	t.Run("groups", func(t *testing.T) {
		w := newWorld(t)
		w.group("src", "new", "a", "b")
		w.group("src", "both", "a", "c")
		w.group("src", "hidden")
		w.group("dst", "both", "b", "c")
		w.group("dst", "own")
		w.group("par", "inherited")
		w.group("dst", "hidden")
		w.link("dst", "par", 0)
		require.NoError(t, w.do(func(e *tag.Editor) error {
			if err := e.AddGroupRequirement(w.ctx, w.tags["src"], "both", "new", tag.GroupRequirementSettings{}); err != nil {
				return err
			}
			if err := e.AddGroupRequirement(w.ctx, w.tags["dst"], "both", "hidden", tag.GroupRequirementSettings{}); err != nil {
				return err
			}
			return e.BlockGroup(w.ctx, w.tags["src"], "hidden", false)
		}))
		require.NoError(t, w.updateSnapshot(false, tag.SnapshotOptions{}))
		require.Equal(t, "new: a b; both: a b c @new; !hidden:; own:; inherited:; ", w.groups("dst"), "new groups are filled at once")
		require.NoError(t, w.updateSnapshot(true, tag.SnapshotOptions{}))
		require.Equal(t, "new: a b; both: a c @new; !hidden:; !inherited:; ", w.groups("dst"))
		before := w.last()
		require.NoError(t, w.updateSnapshot(true, tag.SnapshotOptions{}))
		require.Equal(t, before, w.last())
	})
}

// listings returns all taggings that a tag has or had.
func (w *world) listings(name string) (rows []storage.TagListing) {
	require.NoError(w.tb, w.store.View(w.ctx, func(tx *storage.Tx) error {
		var err error
		rows, err = tx.TagListings().History(w.ctx, storage.TagListingFilter{Tag: storage.Is(w.tags[name])})
		return err
	}))
	return rows
}
