package policy_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
)

// Case 83: the tag is looked up once, whatever the number of rules.
func TestEverythingIsLookedUpOnce(t *testing.T) {
	var b strings.Builder
	for i := range 20 {
		fmt.Fprintf(&b, "tag name-%d && all :: allow\n", i)
	}
	set := newSet(t, policy.Options{}, map[string]string{"tag": b.String() + "fromtag x :: allow\nall :: deny"})
	data := &policy.TagOperation{Operation: "move", Tag: policy.ByID(koji.TagID(201)), FromTag: policy.ByID(koji.TagID(203)), Build: 501}
	d, err := set.Eval(t.Context(), "tag", data, world().As("alice"))
	require.NoError(t, err)
	require.Equal(t, "deny", d.Action)
	require.Equal(t, 1, d.Lookups, "one question for both tags")

	scope := policy.NewScope(world().As("alice"))
	require.Same(t, scope, policy.NewScope(scope))
	mixed := newSet(t, policy.Options{}, map[string]string{
		"channel":  "source git* && user alice && has_perm x :: use default\nuser bob :: use default\nall :: use default",
		"priority": "user alice && user_in_group x :: set 3\nuser a* && has_perm y :: set 4\nall :: stay",
	})
	p, err := mixed.Place(t.Context(), &policy.TaskCreation{Method: "build", Owner: 101, Args: []policy.Value{str("git://x"), str("f40")}}, scope)
	require.NoError(t, err)
	require.Equal(t, 20, p.Priority)
	require.Equal(t, 4, scope.Asked(), "target name, user, access, channel")
}

// counting counts questions about users, and keeps them waiting.
type counting struct {
	policy.NoLookups
	asked atomic.Int64
	wait  chan struct{}
	fail  error
}

func (c *counting) User(ctx context.Context, ref policy.Ref) (*policy.User, error) {
	c.asked.Add(1)
	if c.wait != nil {
		select {
		case <-c.wait:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return &policy.User{ID: koji.UserID(ref.ID), Name: "u"}, c.fail
}

func TestOneOfSeveralGoroutinesAsks(t *testing.T) {
	c := &counting{wait: make(chan struct{})}
	scope := policy.NewScope(c)
	set := newSet(t, policy.Options{}, map[string]string{"x": "user u :: yes"})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			d, err := set.Eval(t.Context(), "x", one("user_id", num(7)), scope)
			if err != nil || !d.Matched {
				t.Errorf("%v %v", d, err)
			}
		})
	}
	close(c.wait)
	wg.Wait()
	require.Equal(t, int64(1), c.asked.Load())
}

func TestErrorsAreNotRemembered(t *testing.T) {
	c := &counting{fail: koji.Errorf(koji.ErrConflict, koji.FaultRetry, "try again")}
	scope := policy.NewScope(c)
	set := newSet(t, policy.Options{}, map[string]string{"x": "user u :: yes"})
	_, err := set.Eval(t.Context(), "x", one("user_id", num(7)), scope)
	require.ErrorIs(t, err, koji.ErrConflict)
	require.Equal(t, koji.FaultRetry, koji.FaultCodeOf(err), "the fault of the cause is kept")
	var failed *policy.EvalError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, policy.LookupFailed, failed.Kind)
	c.fail = nil
	d, err := set.Eval(t.Context(), "x", one("user_id", num(7)), scope)
	require.NoError(t, err)
	require.True(t, d.Matched)
}

func TestCancelledEvaluationStops(t *testing.T) {
	set := newSet(t, policy.Options{}, map[string]string{"x": "user u :: yes"})
	ctx, cancel := context.WithCancel(t.Context())
	c := &counting{wait: make(chan struct{})}
	go cancel()
	_, err := set.Eval(ctx, "x", one("user_id", num(7)), c)
	var failed *policy.EvalError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, policy.Cancelled, failed.Kind)
	require.ErrorIs(t, err, context.Canceled)
}

func TestLazyValuesAreComputedOnce(t *testing.T) {
	calls := 0
	lazy := func(err error) policy.Values {
		calls = 0
		return one("f", policy.Lazy(func(context.Context) (policy.Value, error) {
			calls++
			return str("x"), err
		}))
	}
	p := compile(t, "has f && none :: a\nmatch f y :: b\nmatch f x && bool f :: c")
	d, err := p.Eval(t.Context(), lazy(nil), nil)
	require.NoError(t, err)
	require.Equal(t, "c", d.Action)
	require.Equal(t, 1, calls)
	_, err = compile(t, "has f :: a").Eval(t.Context(), lazy(nil), nil)
	require.NoError(t, err)
	require.Zero(t, calls, "has does not look at the value")
	broken := errors.New("no connection")
	_, err = p.Eval(t.Context(), lazy(broken), nil)
	require.ErrorIs(t, err, broken)
	require.Equal(t, 1, calls)
}

func TestNeeds(t *testing.T) {
	set := newSet(t, policy.Options{}, map[string]string{"x": "tag a && has_perm b :: c\npolicy y :: d", "y": "match f x :: yes"})
	keys, asks := set.Program("x").Needs()
	require.Equal(t, []string{"f", "tag", "user_id"}, keys)
	require.Equal(t, policy.AsksTags|policy.AsksUser|policy.AsksAccess, asks)
	require.Equal(t, "User Access Tags", asks.String())
}

// Long lists of names are found by hash; the outcome is that of looking at each.
func TestRunsOfNames(t *testing.T) {
	var b strings.Builder
	for i := range 30 {
		fmt.Fprintf(&b, "match f n%d :: action %d\n", i, i)
	}
	b.WriteString("match f n3 n31 && match g x :: {\n  none :: y\n}\nmatch f n31 :: late\n")
	for i := range 10 {
		fmt.Fprintf(&b, "match f m%d && match g x :: {\n none :: y\n}\n", i)
	}
	p := compile(t, b.String())
	for _, c := range []struct {
		f, g   policy.Value
		action string
		report string
	}{
		{str("n3"), null(), "action 3", "match f n3 :: action 3"},
		{str("n31"), str("x"), "late", "match f n31 :: late"},
		{str("m9"), str("x"), "", "match f m9 && match g x :: (no match)"},
		{str("m8"), str("x"), "", "(no match)"},
		{str("zz"), null(), "", "(no match)"},
		{null(), null(), "", "(no match)"},
	} {
		data := policy.Values{"f": c.f, "g": c.g}
		d, err := p.Eval(t.Context(), data, nil)
		require.NoError(t, err)
		traced, err := p.Trace(t.Context(), data, nil, func(policy.Event) {})
		require.NoError(t, err)
		require.Equal(t, c.action, d.Action)
		require.Equal(t, c.report, d.Report())
		require.Equal(t, c.report, traced.Report())
	}
	_, err := p.Eval(t.Context(), one("f", num(3)), nil)
	require.ErrorContains(t, err, `data f: want text, not integer 3 (policy main, 1:1, test "match f n0")`)
}
