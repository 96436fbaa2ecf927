package tag_test

import (
	"database/sql"
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

// foo returns the entry that decides on package foo.
func (w *world) foo(in string) tag.Package {
	w.tb.Helper()
	p, err := w.resolver(tag.Options{}).PackageEntry(w.ctx, w.tag(in), "foo", koji.Now)
	require.NoError(w.tb, err)
	return p
}

// add changes a package list.
func (w *world) add(in, name string, e tag.Entry, opts ...tag.Options) error {
	w.tag(in)
	return w.edit(append(opts, tag.Options{})[0], func(_ *storage.Tx, edit *tag.Editor) error {
		return edit.AddPackage(w.ctx, w.tags[in], name, e)
	})
}

func TestAddPackage(t *testing.T) {
	w := newWorld(t)
	bob, carol, releng := w.users["bob"], w.users["carol"], w.users["releng"]
	refused := func(err, kind error) {
		t.Helper()
		require.ErrorIs(t, err, kind)
		require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err))
	}
	refused(w.add("par", "foo", tag.Entry{}), koji.ErrInvalid)
	refused(w.add("par", "foo", tag.Entry{Owner: bob, Update: true}), koji.ErrNotFound)
	refused(w.add("par", "foo", tag.Entry{Owner: bob, ExtraArches: storage.Null("a,b")}), koji.ErrInvalid)
	refused(w.add("par", "foo", tag.Entry{Owner: 999}), koji.ErrNotFound)
	refused(w.add("par", "", tag.Entry{Owner: bob}), koji.ErrInvalid)
	require.NoError(t, w.store.View(w.ctx, func(tx *storage.Tx) error {
		n, err := tx.Packages().Count(w.ctx, storage.PackageFilter{})
		require.Zero(t, n, "a refused call makes no package known")
		return err
	}))
	require.NoError(t, w.add("par", "foo", tag.Entry{Force: true}))
	require.Equal(t, releng, w.foo("par").Owner, "the actor owns what is forced without owner")

	w.link("child", "par", 0)
	require.NoError(t, w.add("child", "foo", tag.Entry{Owner: releng}))
	require.Equal(t, "par", w.foo("child").TagName, "what is inherited identically is not written")

	require.NoError(t, w.add("par", "foo", tag.Entry{Blocked: storage.Null(true), ExtraArches: storage.Null(" i386  s390 ")}))
	require.Equal(t, storage.Null("i386 s390"), w.foo("par").ExtraArches)
	refused(w.add("par", "foo", tag.Entry{Owner: bob, Blocked: storage.Null(false)}), koji.ErrState)
	require.NoError(t, w.add("par", "foo", tag.Entry{Owner: carol}))
	p := w.foo("par")
	require.True(t, p.Blocked, "33 left out, the block stays")
	require.Equal(t, carol, p.Owner)
	require.NoError(t, w.add("par", "foo", tag.Entry{Blocked: storage.Null(false), ExtraArches: storage.Null(""), Force: true}))
	p = w.foo("par")
	require.False(t, p.Blocked)
	require.Equal(t, storage.Null(""), p.ExtraArches, "empty is not null")

	before := w.last()
	require.NoError(t, w.add("par", "foo", tag.Entry{Owner: carol}))
	require.NoError(t, w.add("par", "foo", tag.Entry{Owner: carol, Force: true}))
	require.Equal(t, before, w.last(), "nothing to write, no event")
}

func TestSetOwnerOfInheritedPackage(t *testing.T) {
	w := newWorld(t)
	w.link("child", "par", 0)
	require.NoError(t, w.add("par", "foo", tag.Entry{Owner: w.users["bob"], ExtraArches: storage.Null("i386")}))
	own := tag.Entry{Owner: w.users["carol"], Update: true}
	require.NoError(t, w.add("child", "foo", own))
	require.Equal(t, "bob", w.foo("child").OwnerName, "as in Koji")
	require.NoError(t, w.add("child", "foo", own, tag.Options{Strict: true}))
	p := w.foo("child")
	require.Equal(t, "carol", p.OwnerName, "34")
	require.Equal(t, "child", p.TagName)
	require.Equal(t, storage.Null("i386"), p.ExtraArches)
}

func TestUnblockPackage(t *testing.T) {
	w := newWorld(t)
	w.link("child", "par", 0)
	unblock := func() error {
		return w.edit(tag.Options{}, func(_ *storage.Tx, e *tag.Editor) error {
			return e.UnblockPackage(w.ctx, w.tags["child"], "foo", false)
		})
	}
	block := func(in string) {
		w.update(func(_ *storage.Tx, e *tag.Editor) error { return e.BlockPackage(w.ctx, w.tags[in], "foo", false) })
	}
	require.NoError(t, w.add("par", "foo", tag.Entry{Owner: w.users["bob"], ExtraArches: storage.Null("i386")}))
	require.ErrorIs(t, unblock(), koji.ErrState, "35 not blocked")

	block("child")
	require.True(t, w.foo("child").Blocked)
	require.NoError(t, unblock())
	require.Equal(t, "par", w.foo("child").TagName, "35 the parent's entry serves")

	block("child")
	block("par")
	require.NoError(t, unblock())
	p := w.foo("child")
	require.Equal(t, "child", p.TagName, "35 the parent's is a block too")
	require.False(t, p.Blocked)
	require.Equal(t, "bob", p.OwnerName)
	require.Equal(t, storage.Null("i386"), p.ExtraArches)

	w.update(func(_ *storage.Tx, e *tag.Editor) error { return e.RemovePackage(w.ctx, w.tags["child"], "foo", false) })
	require.NoError(t, unblock())
	p = w.foo("child")
	require.Equal(t, "child", p.TagName, "35 inherited block")
	require.False(t, p.Blocked)

	err := w.edit(tag.Options{}, func(_ *storage.Tx, e *tag.Editor) error { return e.BlockPackage(w.ctx, w.tags["par"], "nosuch", false) })
	require.ErrorIs(t, err, koji.ErrNotFound)
}

func TestNoNameIsNoPackage(t *testing.T) {
	w := newWorld(t)
	w.pkg("par", "foo")
	r := w.resolver(tag.Options{})
	_, err := r.PackageEntry(w.ctx, w.tags["par"], "", koji.Now)
	require.ErrorIs(t, err, koji.ErrNotFound)
	_, err = r.ExplainPackage(w.ctx, w.tags["par"], "", koji.Now)
	require.ErrorIs(t, err, koji.ErrInvalid)
}

func TestPackages(t *testing.T) {
	w := newWorld(t)
	w.link("child", "par", 0)
	require.NoError(t, w.add("par", "foo", tag.Entry{Owner: w.users["bob"]}))
	require.NoError(t, w.add("child", "foo", tag.Entry{Owner: w.users["carol"], Blocked: storage.Null(true)}))
	w.pkg("par", "Bar")
	all := tag.PackageOptions{Inherit: true}
	require.Equal(t, "!foo Bar(par)", w.packages("child", all))
	require.Equal(t, "!foo", w.packages("child", tag.PackageOptions{}))
	require.Equal(t, "!foo foo(par) Bar(par)", w.packages("child", tag.PackageOptions{Inherit: true, Duplicates: true}))
	require.Equal(t, "Bar(par)", w.packages("child", tag.PackageOptions{Inherit: true, Prefix: "b"}))
	require.Equal(t, "foo(par)", w.packages("child", tag.PackageOptions{Inherit: true, Owner: w.users["bob"]}), "37")

	visible := tag.PackageOptions{Inherit: true, WithoutBlocked: true}
	require.Equal(t, "foo(par) Bar(par)", w.packages("child", visible), "as in Koji")
	list, err := w.resolver(tag.Options{Strict: true}).Packages(w.ctx, w.tags["child"], visible)
	require.NoError(t, err)
	require.Len(t, list, 1, "36")
	require.Equal(t, "Bar", list[0].Name)

	w.update(func(tx *storage.Tx, _ *tag.Editor) error {
		p := storage.Package{Name: "orphan"}
		if err := tx.Packages().Insert(w.ctx, &p); err != nil {
			return err
		}
		return tx.TagPackages().Insert(w.ctx, &storage.TagPackage{Package: p.ID, Tag: w.tags["par"]})
	})
	require.Equal(t, "foo Bar", w.packages("par", tag.PackageOptions{}))
	require.Equal(t, "foo Bar orphan", w.packages("par", tag.PackageOptions{WithoutOwners: true}))
}

func TestListings(t *testing.T) {
	w := newWorld(t)
	w.pkg("a", "foo", "bar")
	w.pkg("b", "foo")
	require.NoError(t, w.add("b", "bar", tag.Entry{Owner: w.users["bob"], Blocked: storage.Null(true)}))
	list := func(opts tag.PackageOptions) []string {
		rows, err := w.resolver(tag.Options{}).Listings(w.ctx, opts)
		require.NoError(t, err)
		var parts []string
		for _, p := range rows {
			parts = append(parts, p.Name+"/"+p.TagName)
		}
		return parts
	}
	require.Equal(t, []string{"foo/a", "foo/b"}, list(tag.PackageOptions{Package: "foo", Duplicates: true}))
	require.Equal(t, []string{"foo/b", "bar/b"}, list(tag.PackageOptions{}))
	require.Equal(t, []string{"foo/b", "bar/a"}, list(tag.PackageOptions{WithoutBlocked: true}))
	require.Equal(t, []string{"bar/b"}, list(tag.PackageOptions{Owner: w.users["bob"]}))
}

func TestTagSettings(t *testing.T) {
	w := newWorld(t)
	id := w.tag("par")
	r := w.resolver(tag.Options{})
	info, err := r.Tag(w.ctx, id, koji.Now)
	require.NoError(t, err)
	require.Equal(t, storage.Null(""), info.Arches, "38 an empty list of its own")
	edit := func(c tag.Changes) error {
		return w.edit(tag.Options{}, func(_ *storage.Tx, e *tag.Editor) error { return e.Edit(w.ctx, id, c) })
	}
	require.NoError(t, edit(tag.Changes{Arches: &sql.Null[string]{}, Locked: new(true)}))
	info, err = r.Tag(w.ctx, id, koji.Now)
	require.NoError(t, err)
	require.False(t, info.Arches.Valid)
	require.True(t, info.Locked)

	before := w.last()
	require.NoError(t, edit(tag.Changes{Locked: new(true), Name: "par"}))
	require.Equal(t, before, w.last(), "42 nothing new, no event")
	require.NoError(t, edit(tag.Changes{Name: "new"}))
	require.Equal(t, before, w.last(), "42 a name is no event")
	info, err = r.Lookup(w.ctx, "new", before)
	require.NoError(t, err)
	require.True(t, info.Exists)
	require.ErrorIs(t, edit(tag.Changes{MavenSupport: new(false)}), koji.ErrInvalid)
	require.ErrorIs(t, edit(tag.Changes{Name: "bad name"}), koji.ErrInvalid)
	perm := storage.Null(koji.PermissionID(999))
	require.ErrorIs(t, edit(tag.Changes{Permission: &perm}), koji.ErrNotFound)
	_, err = r.Lookup(w.ctx, "par", koji.Now)
	require.ErrorIs(t, err, koji.ErrNotFound)
	_, err = r.Tag(w.ctx, 999, koji.Now)
	require.ErrorIs(t, err, koji.ErrNotFound)
}

func TestExtraSettings(t *testing.T) {
	w := newWorld(t)
	id := w.tag("par")
	edit := func(c tag.Changes, opts tag.Options) error {
		return w.edit(opts, func(_ *storage.Tx, e *tag.Editor) error { return e.Edit(w.ctx, id, c) })
	}
	extra := func() map[string]sql.Null[string] {
		info, err := w.resolver(tag.Options{}).Tag(w.ctx, id, koji.Now)
		require.NoError(t, err)
		return info.Extra
	}
	require.NoError(t, edit(tag.Changes{Extra: k("")}, tag.Options{}))
	require.Equal(t, map[string]sql.Null[string]{"k": storage.Null("null")}, extra(), "40 null is a value")
	before := w.last()
	require.NoError(t, edit(tag.Changes{Extra: k("null")}, tag.Options{}))
	require.Equal(t, before, w.last())
	require.NoError(t, edit(tag.Changes{BlockExtra: []string{"k"}}, tag.Options{}))
	require.Equal(t, map[string]sql.Null[string]{"k": {}}, extra())
	remove := tag.Changes{RemoveExtra: []string{"k"}}
	require.ErrorIs(t, edit(remove, tag.Options{}), koji.ErrNotFound, "as in Koji")
	require.NoError(t, edit(remove, tag.Options{Strict: true}))
	require.Empty(t, extra())
	err := edit(tag.Changes{Extra: k("1"), RemoveExtra: []string{"k"}}, tag.Options{})
	require.ErrorIs(t, err, koji.ErrInvalid)
	err = edit(tag.Changes{RemoveExtra: []string{"a", "b"}}, tag.Options{})
	require.ErrorContains(t, err, "a, b")
	require.ErrorIs(t, edit(tag.Changes{Extra: k("{")}, tag.Options{}), koji.ErrInvalid)
}

func TestDeleteAndRevive(t *testing.T) {
	w := newWorld(t)
	id := w.tag("par")
	w.link("child", "par", 0)
	w.link("par", "base", 0)
	w.pkg("par", "foo")
	w.tagged("par", "foo-1")
	before := w.last()
	w.update(func(_ *storage.Tx, e *tag.Editor) error { return e.Delete(w.ctx, id) })
	r := w.resolver(tag.Options{})
	_, err := r.Tag(w.ctx, id, koji.Now)
	require.ErrorIs(t, err, koji.ErrNotFound, "41")
	require.Empty(t, w.walk("child"))
	require.Equal(t, "foo-1", w.builds("par", tag.BuildOptions{At: before}))
	err = w.edit(tag.Options{}, func(_ *storage.Tx, e *tag.Editor) error {
		return e.Edit(w.ctx, w.tags["child"], tag.Changes{Name: "par"})
	})
	require.ErrorIs(t, err, koji.ErrExists, "names of deleted tags are taken")
	w.update(func(_ *storage.Tx, e *tag.Editor) error {
		again, err := e.Create(w.ctx, "par", tag.Config{Arches: "x86_64"})
		require.Equal(t, id, again)
		return err
	})
	require.Empty(t, w.builds("par", tag.BuildOptions{}))
}

func TestCreateRefuses(t *testing.T) {
	w := newWorld(t)
	w.tag("taken")
	for name, c := range map[string]tag.Config{
		"nl\n": {}, "": {}, "a b": {}, "taken": {}, "arches": {Arches: "a,b"}, "maven": {MavenSupport: true},
		"parent": {Parent: 999}, "permission": {Permission: storage.Null(koji.PermissionID(999))},
		"extra": {Extra: k("{")},
	} {
		err := w.edit(tag.Options{}, func(_ *storage.Tx, e *tag.Editor) error {
			_, err := e.Create(w.ctx, name, c)
			return err
		})
		require.Error(t, err, name)
		require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err))
	}
	w.update(func(_ *storage.Tx, _ *tag.Editor) error { return nil })
	err := w.edit(tag.Options{Maven: true}, func(_ *storage.Tx, e *tag.Editor) error {
		_, err := e.Create(w.ctx, "maven", tag.Config{MavenSupport: true, Parent: w.tags["taken"], Extra: k(`{"a": 1}`)})
		return err
	})
	require.NoError(t, err)
}

// k returns a free setting of this name; an empty text stands for nil.
func k(text string) map[string]json.RawMessage {
	if text == "" {
		return map[string]json.RawMessage{"k": nil}
	}
	return map[string]json.RawMessage{"k": json.RawMessage(text)}
}
