package gate_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/build/gate"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/storage"
)

func TestLookups(t *testing.T) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, open(t))
			testLookups(t, w, gate.Over(w.store, w.bob))
			require.NoError(t, w.store.View(t.Context(), func(tx *storage.Tx) error {
				testLookups(t, w, gate.Within(tx, w.bob))
				return nil
			}))
		})
	}
}

func testLookups(t *testing.T, w *world, l policy.Lookups) {
	ctx := t.Context()
	alice := &policy.User{ID: w.alice, Name: "alice"}
	session, err := l.SessionUser(ctx)
	require.NoError(t, err)
	require.Equal(t, &policy.User{ID: w.bob, Name: "bob"}, session)
	for ref, want := range map[policy.Ref]*policy.User{
		policy.ByID(w.alice): alice, policy.ByName("alice"): alice, policy.ByName("alice@EXAMPLE.COM"): alice,
		policy.ByID(koji.UserID(9999)): nil, policy.ByName("nobody"): nil,
	} {
		got, err := l.User(ctx, ref)
		require.NoError(t, err)
		require.Equal(t, want, got, ref)
	}
	access, err := l.Access(ctx, w.bob)
	require.NoError(t, err)
	require.Equal(t, &policy.Access{Permissions: []string{"tag"}, Groups: []policy.User{{ID: w.relengs, Name: "relengs"}}}, access)

	tags, err := l.Tags(ctx, []policy.TagRef{
		{Ref: policy.ByName("f40")}, {Ref: policy.ByID(w.gone)}, {Ref: policy.ByID(w.gone), Deleted: true},
		{Ref: policy.ByName("nosuch"), Deleted: true}, {Ref: policy.ByID(w.sidetag)}, {Ref: policy.ByName("f40")},
	})
	require.NoError(t, err)
	f40 := &policy.Tag{ID: w.f40, Name: "f40"}
	require.Equal(t, []*policy.Tag{f40, nil, tags[2], nil, {ID: w.sidetag, Name: "f40-build-side-1", Sidetag: true, SidetagOwner: w.alice}, f40}, tags)
	require.Equal(t, "gone-build", tags[2].Name)
	require.NotEqual(t, koji.Now, tags[2].Event)
	ancestors, err := l.Ancestors(ctx, []policy.Tag{*tags[4], *tags[0], *tags[2]})
	require.NoError(t, err)
	require.Equal(t, [][]string{{"f40", "f40-build"}, nil, nil}, ancestors)
	names, err := l.Names(ctx, policy.TableTag, []policy.Ref{policy.ByName("gone-build"), policy.ByID(w.f40), policy.ByName("nosuch")})
	require.NoError(t, err)
	require.Equal(t, []*policy.Name{{ID: int64(w.gone), Name: "gone-build"}, {ID: int64(w.f40), Name: "f40"}, nil}, names)

	bash := &policy.Build{
		ID: w.build, Package: policy.Name{ID: int64(w.bash), Name: "bash"}, Version: "5.2", Release: "1.fc40",
		Volume: "DEFAULT", Owner: w.alice, Source: new("git+https://src.example.com/rpms/bash#1"),
	}
	for ref, want := range map[policy.BuildRef]*policy.Build{
		{ID: w.build}: bash, {Name: "bash", Version: "5.2", Release: "1.fc40"}: bash, {ID: 9999}: nil,
		{Name: "bash", Version: "5.3", Release: "1.fc40"}: nil, {Name: "nosuch", Version: "1", Release: "1"}: nil,
	} {
		got, err := l.Build(ctx, ref)
		require.NoError(t, err)
		require.Equal(t, want, got, ref)
	}
	group, err := l.Build(ctx, policy.BuildRef{ID: w.ofGroup})
	require.NoError(t, err)
	require.True(t, group.OwnerIsGroup)
	container, err := l.Build(ctx, policy.BuildRef{ID: w.ofContainer})
	require.NoError(t, err)
	task, err := l.Task(ctx, container.Task)
	require.NoError(t, err)
	require.Equal(t, &policy.Task{Method: "build", Args: []policy.Value{policy.String("git://src/container#2"), policy.String("f40")}}, task)
	in, err := l.BuildTags(ctx, w.build)
	require.NoError(t, err)
	require.Equal(t, []string{"f40-candidate"}, in)

	target, err := l.Target(ctx, policy.ByName("f40"))
	require.NoError(t, err)
	require.Equal(t, &policy.Target{ID: w.target, Name: "f40", BuildTag: w.f40Build}, target)
	channel, err := l.Channel(ctx, policy.ByName("createrepo"))
	require.NoError(t, err)
	require.Equal(t, &policy.Channel{ID: 2, Name: "createrepo", Enabled: true}, channel)
}

// What is asked at once is answered as what is asked one by one.
func TestPrefetchAnswersAsSingleQuestionsDo(t *testing.T) {
	w := newWorld(t, stores["sqlite"](t))
	ctx := t.Context()
	data := []policy.Values{
		{"tag": policy.Int(w.f40), "fromtag": policy.Int(w.candidate), "build": policy.Int(w.build)},
		{"tag": policy.String("f40"), "fromtag": policy.String("gone-build"), "build": policy.String("bash-5.2-1.fc40"), "user_id": policy.String("bob")},
		{"tag": policy.Null(), "build": policy.Int(w.ofGroup), "user_id": policy.String("alice@EXAMPLE.COM"), "package": policy.String("new")},
		{"tag": policy.Int(w.gone), "build": policy.Int(9999), "user_id": policy.Int(9999), "package": policy.Int(w.kernel)},
	}
	tests := []string{
		"tag f40", "fromtag f40*", "hastag f40-c*", "package bash", "package new", "is_new_package", "user bob", "user alice",
		"user_in_group relengs", "has_perm tag", "has_perm *", "is_build_owner", "volume DEFAULT", "version 5*", "is_sidetag",
	}
	for _, values := range data {
		for _, session := range []koji.UserID{0, w.bob, w.root, 9999} {
			for _, test := range tests {
				// Whatever the first test needs, all others may need something, too.
				all := "none && tag x && fromtag x && hastag x && package x && user_in_group x && is_build_owner :: x\n" + test + " :: yes"
				set := newSet(t, policy.Options{}, map[string]string{"main": all})
				lookups := gate.Over(w.store, session)
				together, err1 := set.Eval(ctx, "main", values, lookups)
				single, err2 := set.Eval(ctx, "main", values, single{lookups})
				require.Equal(t, single.Action, together.Action, "%s on %v", test, values)
				require.Equal(t, err2 == nil, err1 == nil, "%s on %v: %v, %v", test, values, err2, err1)
			}
		}
	}
}

// single hides that lookups can answer many questions at once.
type single struct{ policy.Lookups }
