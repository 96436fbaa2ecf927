package tag_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

func TestTagging(t *testing.T) {
	w := newWorld(t)
	w.pkg("par", "foo")
	w.pkg("other", "foo")
	building := w.newBuild("foo-1", func(b *storage.Build) { b.State = koji.BuildBuilding })
	done := w.newBuild("foo-2")
	do := func(fn func(e *tag.Editor) error) error {
		return w.edit(tag.Options{}, func(_ *storage.Tx, e *tag.Editor) error { return fn(e) })
	}
	par := w.tags["par"]
	check := func(err, kind error, text string) {
		t.Helper()
		require.ErrorIs(t, err, kind)
		require.Equal(t, koji.FaultTag, koji.FaultCodeOf(err))
		require.ErrorContains(t, err, text)
	}
	check(do(func(e *tag.Editor) error { return e.Tag(w.ctx, par, building, true) }), koji.ErrState, "foo-1-1 not complete: state BUILDING")
	require.NoError(t, do(func(e *tag.Editor) error { return e.Tag(w.ctx, par, done, false) }))
	check(do(func(e *tag.Editor) error { return e.Tag(w.ctx, par, done, false) }), koji.ErrExists, "foo-2-1 already tagged (par)")
	require.NoError(t, do(func(e *tag.Editor) error { return e.Untag(w.ctx, par, done, false) }))
	check(do(func(e *tag.Editor) error { return e.Untag(w.ctx, par, done, false) }), koji.ErrNotFound, "foo-2-1 not in tag par")

	require.NoError(t, do(func(e *tag.Editor) error { return e.Tag(w.ctx, par, done, false) }))
	check(do(func(e *tag.Editor) error { return e.Move(w.ctx, w.tags["other"], par, done, false) }), koji.ErrNotFound, "not in tag other")
	require.NoError(t, do(func(e *tag.Editor) error { return e.Move(w.ctx, par, w.tags["other"], done, false) }))
	require.NoError(t, w.store.View(w.ctx, func(tx *storage.Tx) error {
		rows, err := tx.TagListings().History(w.ctx, storage.TagListingFilter{Build: storage.Is(done)}, storage.Page{Order: []storage.Order{{Column: "create_event"}}})
		require.Len(t, rows, 3)
		require.Equal(t, rows[1].RevokeEvent.V, rows[2].CreateEvent, "a move is one event")
		return err
	}))
}

func TestMoveAll(t *testing.T) {
	w := newWorld(t)
	w.pkg("from", "foo")
	w.tagged("from", "foo-2", "foo-1", "foo-3")
	w.tag("to")
	move := func() (moved []koji.BuildID, err error) {
		err = w.edit(tag.Options{}, func(_ *storage.Tx, e *tag.Editor) error {
			moved, err = e.MoveAll(w.ctx, w.tags["from"], w.tags["to"], "foo", false)
			return err
		})
		return moved, err
	}
	_, err := move()
	require.ErrorIs(t, err, koji.ErrNotFound, "31 not listed")
	require.Equal(t, koji.FaultTag, koji.FaultCodeOf(err))
	w.update(func(_ *storage.Tx, e *tag.Editor) error {
		return e.AddPackage(w.ctx, w.tags["to"], "foo", tag.Entry{Owner: 1, Blocked: storage.Null(true)})
	})
	_, err = move()
	require.ErrorIs(t, err, koji.ErrState, "31 blocked")
	require.Equal(t, koji.FaultTag, koji.FaultCodeOf(err))
	w.update(func(_ *storage.Tx, e *tag.Editor) error { return e.UnblockPackage(w.ctx, w.tags["to"], "foo", false) })
	order := w.builds("from", tag.BuildOptions{})
	moved, err := move()
	require.NoError(t, err)
	require.Len(t, moved, 3)
	require.Equal(t, w.build["foo-2-1"], moved[0], "oldest tagging first")
	require.Equal(t, order, w.builds("to", tag.BuildOptions{}))
	require.Empty(t, w.builds("from", tag.BuildOptions{}))
	moved, err = move()
	require.NoError(t, err)
	require.Empty(t, moved)
}

func TestMassTag(t *testing.T) {
	w := newWorld(t)
	w.pkg("par", "foo")
	one, two := w.newBuild("foo-1"), w.newBuild("foo-2")
	before := w.last()
	massTag := func(builds ...koji.BuildID) error {
		return w.edit(tag.Options{}, func(_ *storage.Tx, e *tag.Editor) error {
			return e.MassTag(w.ctx, w.tags["par"], builds)
		})
	}
	err := massTag(one, 999)
	require.ErrorIs(t, err, koji.ErrNotFound, "32 nothing is tagged")
	require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err))
	require.Empty(t, w.builds("par", tag.BuildOptions{}))
	require.NoError(t, massTag(two, two, one))
	require.Equal(t, "foo-1 foo-2", w.builds("par", tag.BuildOptions{}))
	require.Equal(t, before+3, w.last(), "an event for each")
}
