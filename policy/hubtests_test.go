package policy_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/policy/policytest"
)

func TestHubTests(t *testing.T) {
	const failed, badRef = koji.FaultGeneric, koji.FaultParameter
	id := func(n int64) policy.Value { return policy.Map(map[string]policy.Value{"id": num(n)}) }
	roots := func(ids ...policy.Value) policy.Values { return one("buildroots", policy.List(ids...)) }
	with := func(build int64, user int64) policy.Values {
		return policy.Values{"build": num(build), "user_id": num(user)}
	}
	for _, c := range []struct {
		number  int
		session string
		test    string
		data    policy.Values
		want    any
	}{
		{41, "bob", "has_perm tag", nil, true}, {41, "root1", "has_perm tag", nil, false}, {41, "root1", "has_perm admin", nil, true},
		{41, "", "has_perm admin", nil, false}, {41, "root1", "has_perm admin", one("user_id", num(999)), false},
		{42, "alice", "user alice", one("user_id", null()), true}, {42, "", "user alice", one("user_id", null()), failed},
		{42, "bob", "user alice", one("user_id", str("alice@EXAMPLE.COM")), true}, {42, "bob", "user alice", one("user_id", str("nobody")), false},
		{42, "bob", "user alice", one("user_id", id(101)), true},
		{42, "bob", "user alice", one("user_id", policy.Map(map[string]policy.Value{"krb_principal": str("alice@EXAMPLE.COM")})), true},
		{43, "", "tag f40*", one("tag", num(203)), true}, {43, "", "tag f40*", one("tag", str("f40-candidate")), true},
		{43, "", "tag f40*", one("tag", id(203)), true}, {43, "", "tag *", one("tag", null()), false}, {43, "", "tag *", one("tag", num(999)), false},
		{43, "", "tag *", one("tag", num(205)), false}, {43, "", "tag *", nil, false},
		{43, "", "tag *", one("tag", policy.Map(map[string]policy.Value{"x": num(1)})), badRef}, {43, "", "tag *", one("tag", str("")), false},
		{43, "", "fromtag f40", one("fromtag", num(201)), true},
		{44, "", "package x", nil, failed}, {44, "", "package new", one("package", str("new")), true},
		{44, "", "package *", one("package", num(99999)), failed}, {44, "", "package *", one("package", null()), badRef},
		{45, "", "is_new_package", one("package", str("new")), true}, {45, "", "is_new_package", one("package", str("bash")), false},
		{46, "", "version 5.*", one("build", num(501)), true}, {46, "", "version 5.*", policy.Values{"build": num(501), "version": str("6")}, false},
		{46, "", "version *", one("version", null()), false}, {46, "", "version *", nil, failed}, {46, "", "release 1.*", one("build", str("bash-5.2-1.fc40")), true},
		{47, "", "volume DEF*", one("build", num(501)), true}, {47, "", "volume *", one("volume", str("x")), false},
		{47, "", "volume vol1", one("volume", num(1)), true}, {47, "", "volume DEFAULT", one("volume", num(0)), true},
		{47, "", "volume *", one("build", num(9999)), failed}, {47, "", "volume *", nil, false}, {47, "", "volume *", one("volume", str("")), false},
		{48, "", "hastag f40*", one("build", num(501)), true}, {48, "", "hastag *", nil, false}, {48, "", "hastag *", one("build", null()), false},
		{48, "", "hastag *", one("build", num(9999)), failed},
		{49, "", "buildtag f40-build", one("build", num(501)), true}, {49, "", "buildtag *", one("build", num(502)), false},
		{49, "", "buildtag f40-build", one("target", str("f40")), true}, {49, "", "buildtag *", one("target", str("nosuch")), false},
		{49, "", "buildtag gone*", one("build_tag", num(205)), true}, {49, "", "buildtag *", one("build_tag", null()), badRef},
		{49, "", "buildtag *", one("build_tags", policy.List()), false}, {49, "", "buildtag f40", one("build_tags", policy.List(num(201), str("gone-build"))), true},
		{49, "", "buildtag *", nil, false}, {49, "", "buildtag *", one("build_tag", str("nosuch")), failed},
		{50, "", "buildtag_inherits_from f40", one("build_tag", num(202)), true},
		{50, "", "buildtag_inherits_from f40-build", one("build_tag", num(202)), false},
		{50, "", "buildtag_inherits_from f40-build", one("build_tag", num(204)), true},
		{51, "", "buildtype rpm", one("build", num(501)), true}, {51, "", "buildtype rpm", policy.Values{"build": num(501), "btypes": policy.Strings("win")}, false},
		{51, "", "buildtype *", nil, false}, {51, "", "buildtype *", one("build", num(9999)), failed},
		{52, "", "imported", one("build", num(502)), true}, {52, "", "imported", one("build", num(501)), false}, {52, "", "imported", nil, failed},
		{52, "", "imported", one("build", num(503)), false}, {52, "", "imported", one("build", null()), failed},
		{53, "alice", "is_build_owner", one("build", num(501)), true}, {53, "bob", "is_build_owner", one("build", num(502)), true},
		{53, "alice", "is_build_owner", one("build", num(502)), false}, {53, "", "is_build_owner", one("build", num(501)), false},
		{53, "alice", "is_build_owner", nil, failed}, {53, "", "is_build_owner", with(501, 101), true}, {53, "alice", "is_build_owner", one("build", num(9999)), failed},
		{54, "", "is_draft", policy.Values{"draft": null(), "build": num(503)}, false}, {54, "", "is_draft", nil, false},
		{54, "", "is_draft", one("build", num(503)), true}, {54, "", "is_draft", one("build", num(9999)), failed},
		{55, "", "cg_match_any osbs", roots(num(401), num(403)), true}, {55, "", "cg_match_all osbs", roots(num(401), num(403)), false},
		{55, "", "cg_match_all osbs", roots(num(403)), true}, {55, "", "cg_match_all *", roots(num(403), null()), false},
		{55, "", "cg_match_any osbs", nil, false}, {55, "", "cg_match_all osbs", nil, false},
		{55, "", "cg_match_any osbs", one("cg_list", policy.Strings("osbs")), true}, {55, "", "cg_match_any *", one("cg_list", policy.Strings("nosuch")), failed},
		{56, "", "source git*", one("build", num(501)), true}, {56, "", "source git*", policy.Values{"build": num(501), "source": str("cli-build/x")}, false},
		{56, "", "source *", one("source", null()), false}, {56, "", "source *", one("build", num(502)), false}, {56, "", "source *", one("build", num(9999)), failed},
		{57, "", "policy true_upper", nil, true}, {57, "", "policy because", nil, false}, {57, "", "policy silent", nil, false},
		{57, "", "policy undefined", nil, failed}, {57, "", "policy main", nil, failed}, {57, "", "policy", nil, failed},
		{58, "alice", "has _username", nil, false}, {58, "alice", "user * && has _username", nil, true},
		{58, "", "fromtag f40* && match _tagname f40-c*", policy.Values{"tag": null(), "fromtag": num(203)}, true},
	} {
		t.Run(fmt.Sprintf("case %d/%s/%s/%v", c.number, c.session, c.test, c.data), func(t *testing.T) {
			require.Equal(t, c.want, outcome(t, nil, c.session, c.test, c.data))
		})
	}
}

func TestSidetagTests(t *testing.T) { // case 59
	tests, err := policy.HubTests().With(policy.SidetagTests()...)
	require.NoError(t, err)
	const failed, badRef = koji.FaultGeneric, koji.FaultParameter
	both := func(tag, from policy.Value) policy.Values { return policy.Values{"tag": tag, "fromtag": from} }
	for _, c := range []struct {
		session, test string
		data          policy.Values
		want          any
	}{
		{"alice", "is_sidetag_owner", one("tag", num(204)), true}, {"bob", "is_sidetag_owner", one("tag", num(204)), false},
		{"root1", "is_sidetag_owner", one("tag", num(204)), true}, {"alice", "is_sidetag_owner", one("tag", null()), badRef},
		{"alice", "is_sidetag_owner fromtag", both(null(), num(204)), true}, {"alice", "is_sidetag_owner both", both(num(204), null()), badRef},
		{"alice", "is_sidetag_owner tag fromtag", one("tag", num(204)), failed}, {"alice", "is_sidetag_owner TAG", one("tag", num(204)), failed},
		{"alice", "operation move && is_sidetag_owner", policy.Values{"tag": null(), "operation": str("untag")}, false},
		{"alice", "is_sidetag_owner", nil, false}, {"alice", "is_sidetag_owner", one("tag", num(201)), false}, {"alice", "is_sidetag_owner", one("tag", num(999)), false},
		{"", "is_sidetag_owner", one("tag", num(204)), false},
		{"builder", "is_sidetag_owner", policy.Values{"tag": num(204), "user_id": num(103)}, true},
		{"", "is_sidetag", one("tag", num(204)), true}, {"", "is_sidetag", one("tag", num(201)), false}, {"", "is_sidetag", nil, failed},
		{"", "is_sidetag", one("tag", null()), badRef}, {"", "is_sidetag", one("tag", num(999)), failed},
	} {
		require.Equal(t, c.want, outcome(t, tests, c.session, c.test, c.data), "%s %s %v", c.session, c.test, c.data)
	}
}

// Case 57: the loop names the test, and is found at compile time in strict mode.
func TestPolicyLoops(t *testing.T) {
	texts := []policy.Text{policy.NewText("one", "policy  two :: allow"), policy.NewText("two", "policy one :: allow")}
	set, issues := policy.New(texts, policy.Options{})
	require.NoError(t, issues.Err())
	_, err := set.Eval(t.Context(), "one", nil, nil)
	require.ErrorContains(t, err, "encountered policy loop at policy  two")
	var failed *policy.EvalError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, policy.PolicyLoop, failed.Kind)
	_, issues = policy.New(texts, policy.Options{Mode: policy.Strict})
	require.NotNil(t, find(issues, policy.CodePolicyLoop))
	require.Error(t, issues.Err())
}

// Case 58: the caller's map is never written.
func TestDerivedKeysStayInTheEvaluation(t *testing.T) {
	set, issues := policy.New([]policy.Text{
		policy.NewText("first", "user * && tag * && package * && match _username alice :: yes"),
		policy.NewText("second", "match _username alice :: yes"),
	}, policy.Options{})
	require.NoError(t, issues.Err())
	data := policy.Values{"user_id": num(101), "tag": num(201), "package": str("bash")}
	d, err := set.Eval(t.Context(), "first", data, world().As(""))
	require.NoError(t, err)
	require.True(t, d.Matched)
	require.Len(t, data, 3)
	d, err = set.Eval(t.Context(), "second", data, world().As(""))
	require.NoError(t, err)
	require.False(t, d.Matched)

	overlay := policy.NewOverlay(data)
	_, err = set.Eval(t.Context(), "first", overlay, world().As(""))
	require.NoError(t, err)
	d, err = set.Eval(t.Context(), "second", overlay, world().As(""))
	require.NoError(t, err)
	require.True(t, d.Matched, "evaluations that share an overlay see each other's derived keys")
	require.Len(t, data, 3)
}

func TestFailuresTellPlaceAndKind(t *testing.T) {
	set, issues := policy.New([]policy.Text{policy.NewText("main", "none :: a\nall :: {\n  package foo :: b\n}")}, policy.Options{})
	require.NoError(t, issues.Err())
	_, err := set.Eval(t.Context(), "main", nil, world().As(""))
	require.EqualError(t, err, `policy requires package data (policy main, 3:3, test "package foo")`)
	var failed *policy.EvalError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, policy.MissingData, failed.Kind)
	require.Equal(t, "package", failed.Key)
	require.Equal(t, "package foo", failed.Test)

	_, err = set.Eval(t.Context(), "main", one("package", str("x")), nil)
	require.ErrorAs(t, err, &failed)
	require.Equal(t, policy.LookupFailed, failed.Kind)
}

func TestPluginTests(t *testing.T) { // case 77
	always := func(doc string) policy.Definition {
		return policy.Definition{Name: "plugged", Doc: doc, Compile: func(*policy.Call) (policy.Check, error) {
			return func(*policy.Env) (bool, error) { return doc == "two", nil }, nil
		}}
	}
	scoped := always("one")
	scoped.Policies = []string{"tag"}
	tests, err := policy.HubTests().With(scoped)
	require.NoError(t, err)
	_, issues := policy.New([]policy.Text{policy.NewText("tag", "plugged :: allow"), policy.NewText("vm", "plugged :: allow")}, policy.Options{Tests: tests})
	require.Len(t, issues, 1)
	require.Equal(t, "vm", issues[0].Policy)
	require.Equal(t, policy.CodeUnknownTest, issues[0].Code)
	require.Equal(t, "the test plugged is only for policy tag", issues[0].Message)

	tests, err = policy.HubTests().With(always("one"))
	require.NoError(t, err)
	_, err = tests.With(always("two"))
	require.ErrorIs(t, err, koji.ErrExists)
	later := always("two")
	later.Override = true
	tests, err = tests.With(later)
	require.NoError(t, err)
	require.Equal(t, true, outcome2(t, tests, "plugged"))

	_, err = policy.HubTests().With(policy.Definition{Name: "two words"})
	require.ErrorIs(t, err, koji.ErrInvalid)
	_, err = policy.HubTests().With(policy.Definition{Name: "empty"})
	require.ErrorIs(t, err, koji.ErrInvalid)
}

func TestCoreRegistry(t *testing.T) {
	require.Len(t, policy.HubTests().Names("any"), 37)
	require.Equal(t, []string{"age", "hastag", "order", "package", "sig", "tag", "volume"}, policy.GCTests(nil).Names("prune"))
}

func TestLookupFreePolicyTouchesNothing(t *testing.T) {
	p := compile(t, "operation tag && method build && vm_name x :: a\nis_child_task :: b\nhas tag && bool build :: c")
	data := &policy.TagOperation{Operation: "tag", Tag: policy.ByID(koji.TagID(1)), Build: 2}
	d, err := p.Eval(t.Context(), data, policytest.Untouched(t))
	require.NoError(t, err)
	require.Equal(t, "c", d.Action)
}
