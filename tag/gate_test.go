package tag_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// grant gives a user, or a group of users, a permission.
func (w *world) grant(user, permission string) {
	w.tb.Helper()
	w.update(func(tx *storage.Tx, _ *tag.Editor) error {
		p, err := tx.Permissions().Get(w.ctx, storage.PermissionFilter{Name: storage.Is(permission)})
		if err != nil {
			return err
		}
		return tx.UserPermissions().Insert(w.ctx, &storage.UserPermission{User: w.users[user], Permission: p.ID})
	})
}

// as makes one change in the name of a user, behind a gate.
func (w *world) as(user string, fn func(e *tag.Editor) error) error {
	return w.gated(tag.DefaultGate{}, user, fn)
}

func (w *world) gated(gate tag.Gate, user string, fn func(e *tag.Editor) error) error {
	return w.store.Update(w.ctx, func(tx *storage.Tx) error {
		tx.Actor = w.users[user]
		return fn(tag.NewEditor(tx, tag.Options{Gate: gate}))
	})
}

// denied checks that a change is refused for lack of a right.
func denied(t *testing.T, err error, text string) {
	t.Helper()
	require.ErrorIs(t, err, koji.ErrDenied)
	require.Equal(t, koji.FaultActionNotAllowed, koji.FaultCodeOf(err))
	require.ErrorContains(t, err, text)
}

// team is a store in which releng is admin, bob holds the permission tag by a group,
// and carol nothing.
func team(t *testing.T) *world {
	w := newWorld(t)
	w.update(func(tx *storage.Tx, _ *tag.Editor) error {
		g := storage.User{Name: "taggers", Type: koji.UserGroup}
		if err := tx.Users().Insert(w.ctx, &g); err != nil {
			return err
		}
		w.users["taggers"] = g.ID
		return tx.UserGroups().Insert(w.ctx, &storage.UserGroup{User: w.users["bob"], Group: g.ID})
	})
	w.grant("releng", "admin")
	w.grant("taggers", "tag")
	return w
}

func TestPermissionsToChangeTags(t *testing.T) {
	w := team(t)
	w.pkg("t", "foo")
	w.tagged("t", "foo-1")
	w.group("t", "g", "x")
	id, b := w.tags["t"], w.build["foo-1-1"]
	for name, change := range map[string]func(e *tag.Editor) error{
		"create":     func(e *tag.Editor) error { _, err := e.Create(w.ctx, "new", tag.Config{}); return err },
		"edit":       func(e *tag.Editor) error { return e.Edit(w.ctx, id, tag.Changes{Locked: new(false)}) },
		"links":      func(e *tag.Editor) error { return e.SetInheritance(w.ctx, id, nil, true) },
		"group":      func(e *tag.Editor) error { return e.AddGroup(w.ctx, id, "g", tag.GroupSettings{}) },
		"group's":    func(e *tag.Editor) error { return e.RemoveGroupPackage(w.ctx, id, "g", "x") },
		"snapshot":   func(e *tag.Editor) error { _, err := e.Snapshot(w.ctx, id, "copy", tag.SnapshotOptions{}); return err },
		"mass tag":   func(e *tag.Editor) error { return e.MassTag(w.ctx, id, []koji.BuildID{b}) },
		"tag bypass": func(e *tag.Editor) error { return e.Tag(w.ctx, id, b, true) },
		"reserve":    func(e *tag.Editor) error { _, err := e.TagID(w.ctx, "reserved"); return err },
		"delete":     func(e *tag.Editor) error { return e.Delete(w.ctx, w.tags["new"]) },
	} {
		denied(t, w.as("carol", change), "tag permission required")
		denied(t, w.as("", change), "not logged in")
		if name == "delete" {
			continue
		}
		require.NoError(t, w.as("bob", change), name)
	}
	target := func(e *tag.Editor) error { _, err := e.CreateTarget(w.ctx, "target", id, id); return err }
	denied(t, w.as("bob", target), "target permission required")
	require.NoError(t, w.as("releng", target), "an admin may")
	repo := func(e *tag.Editor) error {
		_, err := e.CreateExternalRepo(w.ctx, "repo", "http://example.org")
		return err
	}
	denied(t, w.as("bob", repo), "admin permission required")
	require.NoError(t, w.as("releng", repo))
}

func TestPolicyOfPackageLists(t *testing.T) {
	w := team(t)
	w.pkg("t", "foo", "bar")
	id := w.tags["t"]
	for _, change := range []func(e *tag.Editor) error{
		func(e *tag.Editor) error { return e.AddPackage(w.ctx, id, "new", tag.Entry{Owner: 1}) },
		func(e *tag.Editor) error { return e.BlockPackage(w.ctx, id, "foo", false) },
		func(e *tag.Editor) error { return e.UnblockPackage(w.ctx, id, "foo", false) },
		func(e *tag.Editor) error { return e.RemovePackage(w.ctx, id, "bar", false) },
	} {
		denied(t, w.as("carol", change), "policy violation (package_list): Only admin/tag can do this via default policy")
		denied(t, w.as("", change), "not logged in")
		require.NoError(t, w.as("bob", change))
	}
	err := w.as("carol", func(e *tag.Editor) error { return e.AddPackage(w.ctx, 999, "foo", tag.Entry{}) })
	require.ErrorIs(t, err, koji.ErrNotFound, "what is not there comes before the policy")
	err = w.as("carol", func(e *tag.Editor) error { return e.BlockPackage(w.ctx, id, "bar", false) })
	require.ErrorIs(t, err, koji.ErrNotFound, "a block of nothing too")
}

func TestAccessToTags(t *testing.T) {
	w := team(t)
	w.pkg("open", "foo")
	w.pkg("locked", "foo")
	w.pkg("signed", "foo")
	w.tagged("open", "foo-1")
	w.tagged("locked", "foo-2")
	w.update(func(_ *storage.Tx, e *tag.Editor) error {
		require.NoError(t, e.Edit(w.ctx, w.tags["locked"], tag.Changes{Locked: new(true)}))
		return e.Edit(w.ctx, w.tags["signed"], tag.Changes{Permission: &sql.Null[koji.PermissionID]{V: 10, Valid: true}})
	})
	access := func(user, name string) (a tag.Access) {
		require.NoError(t, w.as("", func(e *tag.Editor) error {
			var err error
			a, err = e.Access(w.ctx, w.tags[name], w.users[user])
			return err
		}))
		return a
	}
	require.Equal(t, tag.Access{Granted: true}, access("carol", "open"))
	require.Equal(t, tag.Access{Reason: "tag is locked"}, access("bob", "locked"))
	require.Equal(t, tag.Access{Override: true, Reason: "tag is locked"}, access("releng", "locked"))
	require.Equal(t, tag.Access{Override: true, Reason: "tag requires sign permission"}, access("releng", "signed"))
	w.grant("carol", "sign")
	require.Equal(t, tag.Access{Granted: true}, access("carol", "signed"))

	b, in := w.build["foo-1-1"], w.build["foo-2-1"]
	apply := func(user string, list ...tag.Tagging) error {
		return w.as(user, func(e *tag.Editor) error { return e.Apply(w.ctx, list...) })
	}
	into := func(name string, force bool) tag.Tagging {
		return tag.Tagging{Build: b, To: w.tags[name], Force: force}
	}
	for _, force := range []bool{false, true} {
		denied(t, apply("bob", into("locked", force)), "tag is locked")
		denied(t, apply("bob", tag.Tagging{Build: in, From: w.tags["locked"], Force: force}), "tag is locked")
		denied(t, w.as("bob", func(e *tag.Editor) error { return e.Tag(w.ctx, w.tags["locked"], b, force) }), "tag is locked")
		denied(t, w.as("bob", func(e *tag.Editor) error { return e.Untag(w.ctx, w.tags["locked"], in, force) }), "tag is locked")
		denied(t, apply("bob", tag.Tagging{Build: in, From: w.tags["locked"], To: w.tags["open"], Force: force}), "tag is locked")
		denied(t, apply("bob", into("signed", force)), "tag requires sign permission")
	}
	denied(t, apply("releng", into("locked", false)), "tag is locked")
	denied(t, apply("releng", into("signed", false)), "tag requires sign permission")
	require.NoError(t, apply("releng", into("locked", true)), "29 an admin by force")
	require.NoError(t, apply("releng", into("signed", true)))
	require.NoError(t, apply("carol", tag.Tagging{Build: b, From: w.tags["signed"]}), "29 the holder")
	require.NoError(t, w.as("bob", func(e *tag.Editor) error { return e.MassTag(w.ctx, w.tags["locked"], []koji.BuildID{b}) }), "29 massTag")
}

func TestTaggingOfUnlistedPackages(t *testing.T) {
	w := team(t)
	w.tag("to")
	w.pkg("from", "foo")
	w.tagged("from", "foo-1")
	b := w.build["foo-1-1"]
	request := func(user string, force bool) error {
		return w.as(user, func(e *tag.Editor) error {
			return e.Request(w.ctx, tag.Tagging{Build: b, To: w.tags["to"], From: w.tags["from"], Force: force})
		})
	}
	for user, force := range map[string]bool{"releng": false, "bob": true} {
		err := request(user, force)
		require.ErrorIs(t, err, koji.ErrNotFound, "30")
		require.Equal(t, koji.FaultTag, koji.FaultCodeOf(err))
		require.ErrorContains(t, err, "package foo not in list for to")
	}
	require.NoError(t, request("releng", true), "30 an admin by force")
	entry, err := w.resolver(tag.Options{}).PackageEntry(w.ctx, w.tags["to"], "foo", koji.Now)
	require.NoError(t, err)
	require.Equal(t, w.users["releng"], entry.Owner)
	require.Empty(t, w.builds("to", tag.BuildOptions{}), "a request tags nothing")

	w.update(func(_ *storage.Tx, e *tag.Editor) error { return e.BlockPackage(w.ctx, w.tags["to"], "foo", false) })
	err = request("bob", true)
	require.ErrorIs(t, err, koji.ErrState)
	require.Equal(t, koji.FaultTag, koji.FaultCodeOf(err))
	require.NoError(t, request("releng", true), "lifts the block")
	require.NoError(t, request("carol", false), "everybody may by default")
}

// rules is a gate that notes what it is asked.
type rules struct {
	tag.DefaultGate
	asked  []tag.Change
	answer error
}

func (r *rules) Decide(_ context.Context, _ *storage.Tx, changes ...tag.Change) error {
	r.asked = append(r.asked, changes...)
	return r.answer
}

func TestWhatPoliciesAreAsked(t *testing.T) {
	w := team(t)
	w.pkg("a", "foo")
	w.pkg("b", "foo")
	w.tagged("a", "foo-1", "foo-2")
	a, b, one, two := w.tags["a"], w.tags["b"], w.build["foo-1-1"], w.build["foo-2-1"]
	releng := w.users["releng"]
	for _, tt := range []struct {
		change func(e *tag.Editor) error
		want   []tag.Change
	}{
		{func(e *tag.Editor) error {
			return e.Apply(w.ctx, tag.Tagging{Build: one, To: b}, tag.Tagging{Build: two, From: a, Force: true})
		},
			[]tag.Change{{Policy: tag.TagPolicy, Action: "tag", Tag: b, Build: one}, {Policy: tag.TagPolicy, Action: "untag", From: a, Build: two, Force: true}}},
		{func(e *tag.Editor) error { _, err := e.MoveAll(w.ctx, a, b, "foo", true); return err },
			[]tag.Change{{Policy: tag.TagPolicy, Action: "move", Tag: b, From: a, Build: one}}},
		{func(e *tag.Editor) error { return e.Tag(w.ctx, a, one, false) }, []tag.Change{{Policy: tag.TagPolicy, Action: "tag", Tag: a, Build: one}}},
		{func(e *tag.Editor) error { return e.Untag(w.ctx, a, one, true) }, []tag.Change{{Policy: tag.TagPolicy, Action: "untag", From: a, Build: one, Force: true}}},
		{func(e *tag.Editor) error { return e.MassTag(w.ctx, a, []koji.BuildID{one}) }, nil},
		{func(e *tag.Editor) error { return e.AddPackage(w.ctx, a, "new", tag.Entry{Owner: 1}) }, []tag.Change{{Policy: tag.PackageListPolicy, Action: "add", Tag: a, Package: "new"}}},
		{func(e *tag.Editor) error { return e.AddPackage(w.ctx, a, "new", tag.Entry{Owner: 2, Update: true}) }, []tag.Change{{Policy: tag.PackageListPolicy, Action: "update", Tag: a, Package: "new"}}},
		{func(e *tag.Editor) error { return e.BlockPackage(w.ctx, a, "new", true) }, []tag.Change{{Policy: tag.PackageListPolicy, Action: "block", Tag: a, Package: "new", Force: true}}},
		{func(e *tag.Editor) error { return e.UnblockPackage(w.ctx, a, "new", false) }, []tag.Change{{Policy: tag.PackageListPolicy, Action: "unblock", Tag: a, Package: "new"}}},
		{func(e *tag.Editor) error { return e.RemovePackage(w.ctx, a, "new", false) }, []tag.Change{{Policy: tag.PackageListPolicy, Action: "remove", Tag: a, Package: "new"}}},
	} {
		for i := range tt.want {
			tt.want[i].User = releng
		}
		if tt.want != nil {
			broken := errors.New("broken")
			before := w.last()
			require.ErrorIs(t, w.gated(&rules{answer: broken}, "releng", tt.change), broken)
			require.Equal(t, before, w.last(), "nothing is changed")
		}
		gate := &rules{}
		require.NoError(t, w.gated(gate, "releng", tt.change))
		require.Equal(t, tt.want, gate.asked)
	}
}

func TestGateWithoutTagPolicy(t *testing.T) {
	w := team(t)
	w.pkg("a", "foo")
	b := w.newBuild("foo-1")
	apply := func(user string, force bool) error {
		return w.gated(tag.DefaultGate{DenyMissing: true}, user, func(e *tag.Editor) error {
			return e.Apply(w.ctx, tag.Tagging{Build: b, To: w.tags["a"], Force: force})
		})
	}
	denied(t, apply("releng", false), "policy violation (tag): missing policy")
	denied(t, apply("bob", true), "policy violation (tag): missing policy")
	require.NoError(t, apply("releng", true))
}
