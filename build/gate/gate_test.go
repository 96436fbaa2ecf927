package gate_test

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/build/gate"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/memory"
	"github.com/kojikit/kojikit/tag"
)

var _ tag.Gate = (*gate.Gate)(nil)

// edit makes changes in the name of a user, and keeps them if all are allowed.
func (w *world) edit(t testing.TB, g tag.Gate, user koji.UserID, fn func(*tag.Editor) error) error {
	t.Helper()
	return w.store.Update(t.Context(), func(tx *storage.Tx) error {
		tx.Actor = user
		return fn(tag.NewEditor(tx, tag.Options{Gate: g}))
	})
}

func requireDenied(t testing.TB, err error, text string) {
	t.Helper()
	require.ErrorIs(t, err, koji.ErrDenied)
	require.Equal(t, koji.FaultActionNotAllowed, koji.FaultCodeOf(err))
	require.EqualError(t, err, text)
}

func TestRulesDecideOnTagging(t *testing.T) {
	w := newWorld(t, memory.Open(memory.Options{}))
	ctx := t.Context()
	g := gate.New(newSet(t, policy.Options{}, map[string]string{"tag": `
		operation untag && fromtag f40-candidate :: deny Candidates stay
		operation move && tag f40 && hastag f40-candidate && is_build_owner :: allow
		operation tag && tag f40 && package kernel && user_in_group relengs :: allow
		operation tag && is_sidetag_owner :: allow
		all :: deny No Way`}))
	allowed := func(user koji.UserID, change tag.Tagging) {
		t.Helper()
		require.NoError(t, w.edit(t, g, user, func(e *tag.Editor) error { return e.Request(ctx, change) }))
	}
	denied := func(user koji.UserID, change tag.Tagging, reason string) {
		t.Helper()
		err := w.edit(t, g, user, func(e *tag.Editor) error { return e.Apply(ctx, change) })
		requireDenied(t, err, "policy violation (tag): "+reason)
	}
	allowed(w.alice, tag.Tagging{Build: w.build, From: w.candidate, To: w.f40})
	denied(w.bob, tag.Tagging{Build: w.build, From: w.candidate, To: w.f40}, "No Way")
	allowed(w.bob, tag.Tagging{Build: w.ofGroup, To: w.f40})
	denied(w.bob, tag.Tagging{Build: w.build, To: w.f40}, "No Way")
	denied(w.alice, tag.Tagging{Build: w.build, From: w.candidate}, "Candidates stay")
	allowed(w.alice, tag.Tagging{Build: w.build, To: w.sidetag})

	// All changes of a request are decided before the first is made.
	err := w.edit(t, g, w.bob, func(e *tag.Editor) error {
		return e.Apply(ctx, tag.Tagging{Build: w.ofGroup, To: w.f40}, tag.Tagging{Build: w.build, To: w.f40})
	})
	requireDenied(t, err, "policy violation (tag): No Way")
	require.NoError(t, w.store.View(ctx, func(tx *storage.Tx) error {
		n, err := tx.TagListings().Count(ctx, koji.Now, storage.TagListingFilter{Tag: storage.Is(w.f40)})
		require.Zero(t, n)
		return err
	}))
}

func TestForceIsForAdministrators(t *testing.T) {
	w := newWorld(t, memory.Open(memory.Options{}))
	ctx := t.Context()
	for _, rules := range []string{"all :: deny No Way", "all :: bogus", ""} {
		g := gate.New(newSet(t, policy.Options{}, map[string]string{"tag": rules}))
		change := tag.Tagging{Build: w.build, To: w.f40, Force: true}
		require.NoError(t, w.edit(t, g, w.root, func(e *tag.Editor) error { return e.Request(ctx, change) }))
		require.ErrorIs(t, w.edit(t, g, w.bob, func(e *tag.Editor) error { return e.Request(ctx, change) }), koji.ErrDenied)
		change.Force = false
		require.ErrorIs(t, w.edit(t, g, w.root, func(e *tag.Editor) error { return e.Request(ctx, change) }), koji.ErrDenied)
	}
}

// A hub without rules of its own lets everybody tag, and admins and holders of tag
// change package lists.
func TestDefaultRules(t *testing.T) {
	w := newWorld(t, memory.Open(memory.Options{}))
	ctx := t.Context()
	set := newSet(t, policy.Options{}, nil)
	const refusal = "policy violation (package_list): Only admin/tag can do this via default policy"
	for name, g := range map[string]tag.Gate{"rules": gate.New(set), "without rules": tag.DefaultGate{}} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, w.edit(t, g, w.alice, func(e *tag.Editor) error {
				return e.Request(ctx, tag.Tagging{Build: w.build, To: w.f40})
			}))
			for user, ok := range map[koji.UserID]bool{w.root: true, w.bob: true, w.alice: false} {
				err := w.edit(t, g, user, func(e *tag.Editor) error {
					return e.AddPackage(ctx, w.f40Build, "bash", tag.Entry{Owner: w.alice})
				})
				if !ok {
					requireDenied(t, err, refusal)
				} else {
					require.NoError(t, err)
				}
			}
			requireDenied(t, w.edit(t, g, w.alice, func(e *tag.Editor) error { return e.BlockPackage(ctx, w.f40, "bash", false) }), refusal)
			requireDenied(t, w.edit(t, g, w.alice, func(e *tag.Editor) error { return e.RemovePackage(ctx, w.f40, "bash", false) }), refusal)
		})
	}
	strict := gate.New(newSet(t, policy.Options{DenyMissing: true, Verbose: true}, nil))
	requireDenied(t, w.edit(t, strict, w.alice, func(e *tag.Editor) error {
		return e.Request(ctx, tag.Tagging{Build: w.build, To: w.f40})
	}), "policy violation (tag): missing policy [rule: ]")
}

// Targets are no matter of policies: it takes the permission target, or admin.
func TestTargetsTakeAPermission(t *testing.T) {
	w := newWorld(t, memory.Open(memory.Options{}))
	ctx := t.Context()
	g := gate.New(newSet(t, policy.Options{}, nil))
	create := func(e *tag.Editor) error {
		_, err := e.CreateTarget(ctx, "f41", w.f40Build, w.candidate)
		return err
	}
	require.ErrorIs(t, w.edit(t, g, w.bob, create), koji.ErrDenied)
	require.NoError(t, w.edit(t, g, w.root, create))
	require.NoError(t, w.store.View(ctx, func(tx *storage.Tx) error {
		for user, want := range map[koji.UserID]bool{w.bob: true, w.relengs: true, w.root: false, w.alice: false, 0: false, 9999: false} {
			ok, err := g.Holds(ctx, tx, user, "tag")
			require.NoError(t, err)
			require.Equal(t, want, ok, user)
		}
		return nil
	}))
}

func TestPackageListRules(t *testing.T) {
	w := newWorld(t, memory.Open(memory.Options{}))
	ctx := t.Context()
	g := gate.New(newSet(t, policy.Options{}, map[string]string{"package_list": `
		match action add && is_new_package && tag f40 :: allow
		match action block && package kernel* && user alice :: allow
		match action update remove unblock :: deny Not that
		all :: deny`}))
	alice := func(fn func(*tag.Editor) error) error { return w.edit(t, g, w.alice, fn) }
	require.NoError(t, alice(func(e *tag.Editor) error { return e.AddPackage(ctx, w.f40, "new", tag.Entry{Owner: w.alice}) }))
	requireDenied(t, alice(func(e *tag.Editor) error { return e.AddPackage(ctx, w.f40Build, "newer", tag.Entry{Owner: w.alice}) }),
		"policy violation (package_list)")
	require.NoError(t, alice(func(e *tag.Editor) error { return e.BlockPackage(ctx, w.f40, "kernel", false) }))
	requireDenied(t, alice(func(e *tag.Editor) error { return e.UnblockPackage(ctx, w.f40, "kernel", false) }),
		"policy violation (package_list): Not that")
}

// The transaction that makes a change is what the rules see.
func TestRulesSeeTheTransaction(t *testing.T) {
	w := newWorld(t, memory.Open(memory.Options{}))
	ctx := t.Context()
	g := gate.New(newSet(t, policy.Options{}, map[string]string{"tag": "tag f40-candidate :: deny\nhastag f40 :: allow\ntag f40 :: allow"}))
	first, second := tag.Tagging{Build: w.build, To: w.f40}, tag.Tagging{Build: w.build, To: w.sidetag}
	require.NoError(t, w.edit(t, tag.DefaultGate{}, w.root, func(e *tag.Editor) error {
		return e.AddPackage(ctx, w.sidetag, "bash", tag.Entry{Owner: w.alice})
	}))
	require.ErrorIs(t, w.edit(t, g, w.alice, func(e *tag.Editor) error { return e.Apply(ctx, second) }), koji.ErrDenied)
	require.NoError(t, w.edit(t, g, w.alice, func(e *tag.Editor) error {
		if err := e.Apply(ctx, first); err != nil {
			return err
		}
		return e.Apply(ctx, second)
	}))
}

func TestRulesAreReplacedWhileTheGateServes(t *testing.T) {
	w := newWorld(t, memory.Open(memory.Options{}))
	ctx := t.Context()
	var log bytes.Buffer
	set := newSet(t, policy.Options{
		OnDecision: policy.LogDecisions(slog.New(slog.NewTextHandler(&log, nil)), slog.LevelInfo),
	}, map[string]string{"tag": "all :: allow"})
	g := gate.New(set)
	request := func() error {
		return w.edit(t, g, w.alice, func(e *tag.Editor) error { return e.Request(ctx, tag.Tagging{Build: w.build, To: w.f40}) })
	}
	require.NoError(t, request())
	require.Error(t, set.Replace([]policy.Text{policy.NewText("tag", "all :: {")}).Err())
	require.NoError(t, request())
	require.NoError(t, set.Replace([]policy.Text{policy.NewText("tag", "tag f40 :: deny Frozen")}).Err())
	requireDenied(t, request(), "policy violation (tag): Frozen")
	require.Equal(t, 3, bytes.Count(log.Bytes(), []byte(`msg="policy decided" policy=tag`)))
	require.Contains(t, log.String(), `action="deny Frozen" rule="tag f40 :: deny Frozen"`)
}

// A question that cannot be answered refuses the change, though not as a denial.
func TestFailingRulesChangeNothing(t *testing.T) {
	w := newWorld(t, memory.Open(memory.Options{}))
	g := gate.New(newSet(t, policy.Options{}, map[string]string{"tag": "buildtag x && is_sidetag :: allow\nis_sidetag :: allow"}))
	err := w.edit(t, g, w.root, func(e *tag.Editor) error {
		return e.Apply(t.Context(), tag.Tagging{Build: w.build, From: w.candidate, Force: true})
	})
	require.Error(t, err)
	require.NotErrorIs(t, err, koji.ErrDenied)
	require.ErrorIs(t, gate.New(newSet(t, policy.Options{}, nil)).Decide(t.Context(), nil, tag.Change{Policy: "vm"}), koji.ErrInvalid)
}
