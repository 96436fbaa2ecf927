package gate_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// world is a store with what rules ask about: alice, who owns a build of bash in
// f40-candidate, the group relengs with bob in it, and an administrator.
type world struct {
	store                       *storage.Store
	alice, bob, root, relengs   koji.UserID
	f40, f40Build, candidate    koji.TagID
	sidetag, gone               koji.TagID
	bash, kernel                koji.PackageID
	build, ofGroup, ofContainer koji.BuildID
	target                      koji.TargetID
}

func newWorld(t testing.TB, store *storage.Store) *world {
	t.Helper()
	w := &world{store: store}
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	ctx := t.Context()
	require.NoError(t, store.Update(ctx, func(tx *storage.Tx) error {
		insert := func(err error) { t.Helper(); require.NoError(t, err) }
		user := func(name string, kind koji.UserType) koji.UserID {
			u := storage.User{Name: name, Type: kind}
			insert(tx.Users().Insert(ctx, &u))
			return u.ID
		}
		w.root, w.alice, w.bob = user("root1", koji.UserNormal), user("alice", koji.UserNormal), user("bob", koji.UserNormal)
		w.relengs = user("relengs", koji.UserGroup)
		tx.Actor = w.root
		insert(tx.KrbPrincipals().Insert(ctx, &storage.KrbPrincipal{User: w.alice, Principal: "alice@EXAMPLE.COM"}))
		insert(tx.UserGroups().Insert(ctx, &storage.UserGroup{User: w.bob, Group: w.relengs}))
		for holder, name := range map[koji.UserID]string{w.root: "admin", w.relengs: "tag"} {
			p, err := tx.Permissions().Get(ctx, storage.PermissionFilter{Name: storage.Is(name)})
			insert(err)
			insert(tx.UserPermissions().Insert(ctx, &storage.UserPermission{User: holder, Permission: p.ID}))
		}
		return w.fill(ctx, t, tx)
	}))
	return w
}

// fill makes tags and builds.
func (w *world) fill(ctx context.Context, t testing.TB, tx *storage.Tx) error {
	e := tag.NewEditor(tx, tag.Options{})
	create := func(name string, c tag.Config) koji.TagID {
		id, err := e.Create(ctx, name, c)
		require.NoError(t, err)
		return id
	}
	w.f40 = create("f40", tag.Config{})
	w.f40Build = create("f40-build", tag.Config{Parent: w.f40})
	w.candidate = create("f40-candidate", tag.Config{})
	w.sidetag = create("f40-build-side-1", tag.Config{Parent: w.f40Build})
	w.gone = create("gone-build", tag.Config{})
	for key, value := range map[string]string{"sidetag": "true", "sidetag_user_id": fmt.Sprint(w.alice)} {
		require.NoError(t, tx.TagExtras().Insert(ctx, &storage.TagExtra{Tag: w.sidetag, Key: key, Value: storage.Null(value)}))
	}
	for _, name := range []string{"bash", "kernel"} {
		for _, id := range []koji.TagID{w.f40, w.candidate} {
			require.NoError(t, e.AddPackage(ctx, id, name, tag.Entry{Owner: w.alice}))
		}
	}
	packages, err := tx.Packages().List(ctx, storage.PackageFilter{Name: storage.Is("bash", "kernel")})
	require.NoError(t, err)
	w.bash, w.kernel = packages[0].ID, packages[1].ID
	w.build = w.newBuild(ctx, t, tx, storage.Build{Package: w.bash, Version: "5.2", Release: "1.fc40", Owner: w.alice, Source: storage.Null("git+https://src.example.com/rpms/bash#1")})
	w.ofGroup = w.newBuild(ctx, t, tx, storage.Build{Package: w.kernel, Version: "6.1", Release: "1", Owner: w.relengs})
	task := storage.Task{Owner: w.alice, Channel: 1, Arch: "noarch", CreateTime: time.Unix(0, 0), Method: storage.Null("build")}
	task.Request = storage.Null(request("build", []policy.Value{policy.String("git://src/container#2"), policy.String("f40")}))
	require.NoError(t, tx.Tasks().Insert(ctx, &task))
	w.ofContainer = w.newBuild(ctx, t, tx, storage.Build{
		Package: w.kernel, Version: "6.1", Release: "2", Owner: w.bob,
		Extra: storage.Null(fmt.Sprintf(`{"container_koji_task_id": %d}`, task.ID)),
	})
	if w.target, err = e.CreateTarget(ctx, "f40", w.f40Build, w.candidate); err != nil {
		return err
	}
	if _, err := tx.NewEvent(ctx); err != nil {
		return err
	}
	return e.Delete(ctx, w.gone)
}

// newBuild makes a build that is COMPLETE and in f40-candidate.
func (w *world) newBuild(ctx context.Context, t testing.TB, tx *storage.Tx, b storage.Build) koji.BuildID {
	event, err := tx.Event(ctx)
	require.NoError(t, err)
	b.CreateEvent, b.State, b.CompletionTime = event, koji.BuildComplete, storage.Null(time.Unix(0, 0))
	require.NoError(t, tx.Builds().Insert(ctx, &b))
	require.NoError(t, tx.TagListings().Insert(ctx, &storage.TagListing{Build: b.ID, Tag: w.candidate}))
	return b.ID
}

// newSet compiles rule texts.
func newSet(t testing.TB, o policy.Options, texts map[string]string) *policy.Set {
	t.Helper()
	if o.Tests == nil {
		tests, err := policy.HubTests().With(policy.SidetagTests()...)
		require.NoError(t, err)
		o.Tests = tests
	}
	var list []policy.Text
	for name, body := range texts {
		list = append(list, policy.NewText(name, body))
	}
	set, issues := policy.New(list, o)
	require.NoError(t, issues.Err())
	return set
}
