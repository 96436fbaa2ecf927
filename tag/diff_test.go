package tag_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// rebase changes child, which inherits from old, so that it inherits from new.
func rebase(w *world) {
	w.pkg("old", "foo", "bar", "gone")
	w.tagged("old", "foo-1", "bar-1", "gone-1")
	w.pkg("new", "foo", "bar", "extra")
	w.tagged("new", "foo-2", "extra-1")
	w.tagged("new", "bar-1")
	w.group("old", "core", "bash", "vi")
	w.group("new", "core", "bash", "vim")
	w.link("child", "old", 10)
	w.pkg("child", "own")
	w.tagged("child", "own-1")
}

func setParent(w *world, e *tag.Editor) error {
	return e.SetInheritance(w.ctx, w.tags["child"], []tag.LinkChange{
		{Link: tag.Link{Parent: w.tags["new"], Priority: 10, PkgFilter: storage.Null("[^e]")}},
	}, true)
}

const rebased = `inheritance
  - old (priority 10)
  + new (priority 10, filter "[^e]")
packages
  * bar (of old, owner releng) -> (of new, owner releng)
  * foo (of old, owner releng) -> (of new, owner releng)
  - gone (of old, owner releng)
builds
  * bar-1-1 of old -> bar-1-1 of new
  * foo-1-1 of old -> foo-2-1 of new
  - gone-1-1 of old
groups
  * core
    - vi (mandatory)
    + vim (mandatory)
`

func TestDiffOfEvents(t *testing.T) {
	w := newWorld(t)
	rebase(w)
	before := w.last()
	w.update(func(_ *storage.Tx, e *tag.Editor) error { return setParent(w, e) })
	r := w.resolver(tag.Options{})
	child := w.tags["child"]
	d, err := r.Diff(w.ctx, tag.State{Tag: child, At: before}, tag.State{Tag: child}, tag.DiffOptions{})
	require.NoError(t, err)
	require.Equal(t, rebased, d.String())
	require.False(t, d.Empty())
	d, err = r.Diff(w.ctx, tag.State{Tag: child}, tag.State{Tag: child, At: w.last()}, tag.DiffOptions{})
	require.NoError(t, err)
	require.True(t, d.Empty())
	require.Empty(t, d.String())
	d, err = r.Diff(w.ctx, tag.State{Tag: child, At: 1}, tag.State{Tag: child}, tag.DiffOptions{})
	require.NoError(t, err)
	require.False(t, d.Before.Exists)
	require.Len(t, d.Packages, 3, "all of a tag that came")
}

func TestDiffOfTags(t *testing.T) {
	w := newWorld(t)
	w.pkg("src", "foo", "bar")
	w.tagged("src", "foo-1")
	w.group("src", "core", "bash")
	require.NoError(t, w.snapshot("dst", tag.SnapshotOptions{}))
	d, err := w.resolver(tag.Options{}).Diff(w.ctx, tag.State{Tag: w.tags["src"]}, tag.State{Tag: w.tags["dst"]}, tag.DiffOptions{AllBuilds: true})
	require.NoError(t, err)
	require.Empty(t, d.String(), "what is the tag's own is the same in its copy")
	require.Equal(t, "src", d.Before.Name)
	require.Equal(t, "dst", d.After.Name)
}

func TestPreviewChangesNothing(t *testing.T) {
	w := newWorld(t)
	rebase(w)
	before, walk := w.last(), w.walk("child")
	child := w.tags["child"]
	w.update(func(_ *storage.Tx, e *tag.Editor) error {
		list, err := e.Preview(w.ctx, func() error { return setParent(w, e) }, child, w.tags["old"])
		require.NoError(t, err)
		require.Len(t, list, 2)
		require.Equal(t, rebased, list[0].String())
		require.True(t, list[1].Empty())

		_, err = e.Preview(w.ctx, func() error {
			return e.SetInheritance(w.ctx, child, []tag.LinkChange{{Link: tag.Link{Parent: 999}}}, false)
		}, child)
		require.ErrorIs(t, err, koji.ErrNotFound)
		sentinel := errors.New("no")
		_, err = e.Preview(w.ctx, func() error { return sentinel }, child)
		require.ErrorIs(t, err, sentinel)

		list, err = e.Preview(w.ctx, func() error { return e.Delete(w.ctx, child) }, child)
		require.NoError(t, err)
		require.False(t, list[0].After.Exists)
		require.Len(t, list[0].Builds, 4)
		return nil
	})
	require.Equal(t, before, w.last())
	require.Equal(t, walk, w.walk("child"))
}

func TestDiffOfSettingsAndRepos(t *testing.T) {
	w := newWorld(t)
	w.tag("t")
	var repo koji.ExternalRepoID
	w.update(func(_ *storage.Tx, e *tag.Editor) error {
		var err error
		repo, err = e.CreateExternalRepo(w.ctx, "epel", "https://example.org/epel")
		return err
	})
	before := w.last()
	w.update(func(_ *storage.Tx, e *tag.Editor) error {
		err := e.Edit(w.ctx, w.tags["t"], tag.Changes{
			Locked: new(true), Arches: &sql.Null[string]{V: "x86_64", Valid: true},
			Permission: &sql.Null[koji.PermissionID]{V: 1, Valid: true},
			Extra:      map[string]json.RawMessage{"k": json.RawMessage(`[1]`)},
		})
		require.NoError(t, err)
		require.NoError(t, e.AddGroup(w.ctx, w.tags["t"], "g", tag.GroupSettings{}))
		return e.AddExternalRepoToTag(w.ctx, w.tags["t"], repo, tag.ExternalRepoUse{Priority: 5})
	})
	after := w.last()
	w.update(func(_ *storage.Tx, e *tag.Editor) error {
		require.NoError(t, e.AddGroup(w.ctx, w.tags["t"], "g", tag.GroupSettings{DisplayName: new("G")}))
		_, err := e.EditTagExternalRepo(w.ctx, w.tags["t"], repo, tag.ExternalRepoChanges{Arches: new("s390x")})
		return err
	})
	r := w.resolver(tag.Options{})
	text := func(before, after koji.EventID) string {
		d, err := r.Diff(w.ctx, tag.State{Tag: w.tags["t"], At: before}, tag.State{Tag: w.tags["t"], At: after}, tag.DiffOptions{})
		require.NoError(t, err)
		return d.String()
	}
	require.Equal(t, `settings
  * arches:  -> x86_64
  + extra.k: [1]
  * locked: false -> true
  + permission: admin
groups
  + g
external repositories
  + epel (https://example.org/epel/, of t, priority 5, koji)
`, text(before, after))
	require.Equal(t, `settings
  * arches: x86_64 -> 
  - extra.k: [1]
  * locked: true -> false
  - permission: admin
groups
  - g
external repositories
  - epel (https://example.org/epel/, of t, priority 5, koji)
`, text(after, before))
	require.Equal(t, `groups
  * g ("g", "", default false, visible true) -> ("G", "", default false, visible true)
external repositories
  * epel (https://example.org/epel/, of t, priority 5, koji) -> (https://example.org/epel/, of t, priority 5, koji, arches s390x)
`, text(after, koji.Now))
}

func TestDiffOfAllBuilds(t *testing.T) {
	w := newWorld(t)
	w.pkg("t", "foo")
	w.tagged("t", "foo-1", "foo-2")
	before := w.last()
	w.update(func(_ *storage.Tx, e *tag.Editor) error {
		return e.Untag(w.ctx, w.tags["t"], w.build["foo-1-1"], false)
	})
	w.tagged("t", "foo-3")
	r := w.resolver(tag.Options{})
	d, err := r.Diff(w.ctx, tag.State{Tag: w.tags["t"], At: before}, tag.State{Tag: w.tags["t"]}, tag.DiffOptions{AllBuilds: true})
	require.NoError(t, err)
	require.Equal(t, "builds\n  - foo-1-1 of t\n  + foo-3-1 of t\n", d.String())
}

func BenchmarkDiff(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			l := &lists{tags: []tag.Info{{ID: 1, Exists: true}, {ID: 2, Exists: true}}}
			for i := range n {
				for t := koji.TagID(1); t <= 2; t++ {
					p := koji.PackageID(i + 1)
					l.packages = append(l.packages, tag.Package{ID: p, Name: fmt.Sprint("p", i), Tag: t, Owner: koji.UserID(int(t) * (i % 2))})
				}
			}
			r := tag.NewResolver(tag.Static(l), tag.Options{})
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Diff(b.Context(), tag.State{Tag: 1}, tag.State{Tag: 2}, tag.DiffOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
