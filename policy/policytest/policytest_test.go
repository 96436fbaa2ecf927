package policytest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/policy/policytest"
)

func newSet(t testing.TB, texts map[string]string) *policy.Set {
	t.Helper()
	var list []policy.Text
	for name, body := range texts {
		list = append(list, policy.NewText(name, body))
	}
	set, issues := policy.New(list, policy.Options{})
	require.NoError(t, issues.Err())
	return set
}

const tagText = `operation untag && has_perm admin :: allow
tag *-candidate :: {
    user alice :: allow
    all :: deny Ask Alice
}
all :: deny Only candidates may be tagged
`

const cases = `
world:
  users: [{name: alice}, {name: bob, groups: [releng]}, {name: releng, group: true, permissions: [admin]}]
  tags: [{name: f40-candidate}, {name: f40}]
cases:
  - name: alice tags
    policy: tag
    user: alice
    data: {operation: tag, tag: f40-candidate}
    want: {verdict: allow, line: 3, max_lookups: 2}
  - name: bob does not
    policy: tag
    user: bob
    data: {operation: tag, tag: f40-candidate}
    want: {verdict: deny, reason: Ask Alice, rule: "tag *-candidate :: ... all :: deny Ask Alice"}
  - name: bob is admin
    policy: tag
    user: bob
    data: {operation: untag, tag: null}
    want: {action: allow}
`

func TestSuite(t *testing.T) {
	s, err := policytest.Parse([]byte(cases))
	require.NoError(t, err)
	set := newSet(t, map[string]string{"tag": tagText})
	coverage := policytest.NewCoverage(set)
	policytest.Run(t, set, s, coverage)

	// Case 85: what is not reached is told.
	require.Equal(t, []string{
		"1:1: policy tag: operation untag && has_perm admin :: allow: test has_perm admin never false",
		"2:1: policy tag: tag *-candidate :: {: test tag *-candidate never false",
		"6:1: policy tag: all :: deny Only candidates may be tagged: never reached",
	}, coverage.Missing())
	require.Len(t, coverage.Untaken(), 1)
	require.Equal(t, "all :: deny Only candidates may be tagged", coverage.Untaken()[0].Text)
	// 5 rules, 4 tests with two outcomes, 2 with one; 3 + 1 not covered... see Missing.
	require.InDelta(t, 100*11.0/15, coverage.Percent(), 0.01)

	// A second run of the tests, kept as JSON, completes it.
	other := policytest.NewCoverage(set)
	more := &policytest.Suite{World: s.World, Cases: []policytest.Case{
		{Name: "other tag", Policy: "tag", User: "alice", Data: policy.Values{"tag": policy.String("f40")}, Want: policytest.Want{Verdict: "deny"}},
		{Name: "not admin", Policy: "tag", User: "alice", Data: &policy.TagOperation{Operation: "untag"}, Want: policytest.Want{
			Action: policytest.Text("deny Only candidates may be tagged"),
		}},
	}}
	policytest.Run(t, set, more, other)
	text, err := json.Marshal(other)
	require.NoError(t, err)
	var read policytest.Coverage
	require.NoError(t, json.Unmarshal(text, &read))
	require.NoError(t, coverage.Merge(&read))
	require.Empty(t, coverage.Missing())
	require.InDelta(t, 100, coverage.Percent(), 0)
	coverage.Gate(t, 100)
	require.Error(t, coverage.Merge(policytest.NewCoverage(newSet(t, map[string]string{"tag": "all :: deny No"}))))
}

func TestCoverageIsRendered(t *testing.T) {
	set := newSet(t, map[string]string{"tag": "has a && has <b> :: {\n  none :: x\n}\nall :: y"})
	coverage := policytest.NewCoverage(set)
	_, err := set.Program("tag").Trace(t.Context(), policy.Values{"a": policy.Null()}, nil, coverage.Observe)
	require.NoError(t, err)
	var text bytes.Buffer
	require.NoError(t, coverage.WriteText(&text))
	require.Equal(t, `policy tag
!      0      1  has a && has <b> :: {
                   never matched
                   test has a never false
                   test has <b> never true
!      0      0      none :: x
                       never reached
       1      0  all :: y
covered: 50.0 % (rules 1/2, actions 1/1, outcomes of tests 3/6)
`, text.String())
	text.Reset()
	require.NoError(t, coverage.WriteHTML(&text))
	require.Contains(t, text.String(), "Policy coverage: 50.0 %")
	require.Contains(t, text.String(), `<tr class="missing"><td>2</td>`)
	require.Contains(t, text.String(), "has &lt;b&gt;")
}

func TestProblemsAreExplained(t *testing.T) {
	set := newSet(t, map[string]string{"tag": tagText, "x": "package p :: a"})
	s := &policytest.Suite{World: policytest.World{Users: []policytest.User{{Name: "alice"}}, Tags: []policytest.Tag{{Name: "f40-candidate"}}}, Cases: []policytest.Case{
		{Name: "wrong", Policy: "tag", User: "alice", Data: policy.Values{"tag": policy.String("f40-candidate")}, Want: policytest.Want{Verdict: "deny", Reason: policytest.Text("No")}},
		{Name: "failing", Policy: "x", Want: policytest.Want{NoMatch: true}},
		{Name: "undefined", Policy: "y", Want: policytest.Want{NoMatch: true}},
		{Name: "kind", Policy: "x", Want: policytest.Want{Error: "missing data"}},
		{Name: "message", Policy: "x", Want: policytest.Want{Error: "requires package"}},
		{Name: "other message", Policy: "x", Want: policytest.Want{Error: "nothing"}},
		{Name: "no error", Policy: "tag", User: "alice", Want: policytest.Want{Error: "missing data", Line: 1, Rule: "r", Action: policytest.Text("a")}},
	}}
	results := s.Run(t.Context(), set, nil)
	require.Equal(t, []string{`want deny, got allow ""`, `want reason "No", got ""`}, results[0].Problems)
	require.Contains(t, results[0].Explanation, "user alice: true")
	require.Contains(t, results[1].Problems[0], "the evaluation failed: policy requires package data")
	require.Equal(t, []string{"there is no policy y"}, results[2].Problems)
	require.True(t, results[3].Passed())
	require.True(t, results[4].Passed())
	require.False(t, results[5].Passed())
	require.Len(t, results[6].Problems, 4)
	require.Contains(t, results[6].String(), "no error: want error")
}

func TestBadSuitesAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"cases: [{policy: a, want: {verdict: allow}}]":           "has no name",
		"cases: [{name: x, want: {verdict: allow}}]":             "names no policy",
		"cases: [{name: x, policy: a}]":                          "wants nothing",
		"cases: [{name: x, policy: a, want: {verdict: yes}}]":    "must be allow or deny",
		"cases: [{name: x, policy: a, given: {verdict: allow}}]": "given",
		"cases: [{name: x, policy: a, want: {verdikt: allow}}]":  "verdikt",
		"case: []": "case",
		"world: {tags: [{name: a, parents: [b]}]}":            `tag a refers to tag "b", which is not there`,
		"world: {builds: [{nvr: foo}]}":                       `build "foo"`,
		"world: {tags: [{name: a}, {name: a}]}":               `tag "a" is there twice`,
		"world: {tags: [{id: 1, name: a}, {id: 1, name: b}]}": "tag id 1 is there twice",
		"world: {users: [{name: a}], users: []}":              "users",
		"x: [":                                                "",
		"- 1":                                                 "",
		"a: &a [*a]":                                          "",
		"cases: [{name: x, policy: a, data: {f: .inf}, want: {line: 1}}]":                          "cannot be used",
		"cases: [{name: x, policy: a, want: {line: 1}}, {name: x, policy: a, want: {line: 1}}]":    "two cases",
		"cases: [{name: x, policy: a, world: {tags: [{name: a, parents: [b]}]}, want: {line: 1}}]": "tag a refers",
	} {
		_, err := policytest.Parse([]byte(text))
		require.ErrorContains(t, err, want, text)
	}
}

func TestDataInFilesKeepTheirTypes(t *testing.T) {
	s, err := policytest.Parse([]byte("cases: [{name: x, policy: a, want: {line: 1}, data: {i: 5, f: 5.0, b: true, n: null, t: '5', l: [1, x], m: {id: 7}, h: 0x10}}]"))
	require.NoError(t, err)
	require.Equal(t, policy.Values{
		"i": policy.Int(5), "f": policy.Float(5), "b": policy.Bool(true), "n": policy.Null(), "t": policy.String("5"),
		"l": policy.List(policy.Int(1), policy.String("x")), "m": policy.Map(map[string]policy.Value{"id": policy.Int(7)}), "h": policy.Int(16),
	}, s.Cases[0].Data)
	fsys := fstest.MapFS{"cases.json": {Data: []byte(`{"cases": [{"name": "x", "policy": "a", "want": {"line": 1}}]}`)}}
	s, err = policytest.Load(fsys, "cases.json")
	require.NoError(t, err)
	require.Len(t, s.Cases, 1)
	_, err = policytest.Load(fsys, "other")
	require.Error(t, err)
}

func TestWorldGivesIDs(t *testing.T) {
	w := &policytest.World{
		Users:  []policytest.User{{ID: 1, Name: "alice"}, {Name: "bob", Groups: []string{"releng"}}},
		Tags:   []policytest.Tag{{Name: "a", Parents: []string{"b"}}, {Name: "b", Parents: []string{"a"}}},
		Builds: []policytest.Build{{NVR: "bash-1-1", Owner: "bob", Volume: "vol1"}},
	}
	require.NoError(t, w.Check())
	l := w.As("bob")
	bob, err := l.SessionUser(t.Context())
	require.NoError(t, err)
	require.Equal(t, koji.UserID(2), bob.ID)
	build, err := l.Build(t.Context(), policy.BuildRef{Name: "bash", Version: "1", Release: "1"})
	require.NoError(t, err)
	require.Equal(t, koji.UserID(2), build.Owner)
	names, err := l.Ancestors(t.Context(), []policy.Tag{{Name: "a"}})
	require.NoError(t, err)
	require.Equal(t, [][]string{{"b"}}, names)
	_, err = w.As("nobody").SessionUser(t.Context())
	require.ErrorContains(t, err, `user "nobody", who is not there`)
}

func TestUntouched(t *testing.T) {
	fake := &fakeTB{TB: t}
	_, err := newSet(t, map[string]string{"x": "user a :: b"}).Eval(t.Context(), "x", nil, policytest.Untouched(fake))
	require.Error(t, err)
	require.True(t, fake.failed)
}

type fakeTB struct {
	testing.TB
	failed bool
}

func (f *fakeTB) Errorf(string, ...any) { f.failed = true }

func TestDiff(t *testing.T) {
	s, err := policytest.Parse([]byte(cases))
	require.NoError(t, err)
	before := newSet(t, map[string]string{"tag": tagText})
	after := newSet(t, map[string]string{"tag": strings.Replace(tagText, "user alice", "user bob", 1)})
	found := s.Diff(t.Context(), before, after)
	require.Len(t, found, 2)
	require.Equal(t, `tag, alice tags: before "allow" of the rule at 3:5, after "deny Ask Alice" of the rule at 4:5`, found[0].String())
	require.Empty(t, s.Diff(t.Context(), before, before))
}

func TestShadow(t *testing.T) {
	var told []string
	shadow := &policytest.Shadow{
		Live:      newSet(t, map[string]string{"tag": "all :: allow"}),
		Candidate: newSet(t, map[string]string{"tag": "package x :: allow\nall :: deny No"}),
		Report:    func(_ context.Context, d *policytest.Disagreement) { told = append(told, d.String()) },
	}
	d, err := shadow.Eval(t.Context(), "tag", nil, nil)
	require.NoError(t, err)
	require.Equal(t, "allow", d.Action)
	v, err := shadow.Check(t.Context(), "tag", policy.Values{"package": policy.String("y")}, (&policytest.World{}).As(""), policy.CheckOptions{})
	require.NoError(t, err)
	require.True(t, v.Allowed)
	require.Len(t, told, 2)
	require.Contains(t, told[0], "after failure: policy requires package data")
	require.Contains(t, told[1], `after "deny No" of the rule at 2:1`)
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		before, after string
		witness       string // empty if they are equivalent
	}{
		{"all :: deny a", "none !! deny a", ""},
		{"all :: allow", "none :: allow", `empty data: before "allow", after no match`},
		{"match f a* :: x", "match f ab* :: x\nmatch f a* :: x", ""},
		{"match f a* b :: x", "match f b :: x\nmatch f a* :: x", ""},
		{"match f a* :: x", "match f a? :: x", `data {f: "a"}: before "x", after no match`},
		{"has f && bool f :: x", "bool f && has f :: x", ""},
		{"has f :: x", "bool f :: x", `data {f: null}: before "x", after no match`},
		{"compare n > 2 :: x", "compare n >= 3 :: x", `data {n: 2.5}: before "x", after no match`},
		{"compare n > 2 :: x", "compare n > 2.0 :: x", ""},
		{"operation tag :: x\noperation untag :: y", "operation untag :: y\noperation tag :: x", ""},
		{"operation tag :: x\nall :: y", "operation tag !! y\nall :: x", ""},
		{"tag a :: {\n  user b :: x\n}\nall :: y", "tag a && user b :: x\nall :: y", ""},
		{"has_perm a :: x\nhas_perm b :: y", "has_perm b :: y\nhas_perm a :: x", `has_perm is of ["a", "b"]: before "x", after "y"`},
		{"tag a :: x\ntag b :: y", "tag b :: y\ntag a :: x", ""},
		{"package a && none :: x", "none && package a :: x", "package fails: before failure, after no match"},
		{"is_new_package :: x", "is_new_package !! x", `is_new_package is true: before "x", after no match`},
		{"policy p :: x", "match f a :: x", ""},
		{"policy p :: x", "match f b :: x", `data {f: "a"}: before "x", after no match`},
		{"policy x :: x", "policy nosuch :: x", ""},
	} {
		a := newSet(t, map[string]string{"x": c.before, "p": "match f a :: YES\nall :: no"})
		b := newSet(t, map[string]string{"x": c.after, "p": "match f b :: yes"})
		got, err := policytest.Compare(t.Context(), a, b, "x")
		require.NoError(t, err)
		if c.witness == "" {
			require.True(t, got.Equivalent(), "%s | %s: %v", c.before, c.after, got.Witness)
			continue
		}
		require.False(t, got.Equivalent(), "%s | %s", c.before, c.after)
		require.Equal(t, c.witness, got.Witness.String())
	}
	_, err := policytest.Compare(t.Context(), newSet(t, nil), newSet(t, nil), "nosuch")
	require.ErrorIs(t, err, koji.ErrNotFound)
}

// A witness without assumptions is a case that can be decided; and policies that are
// equivalent decide any case alike.
func TestComparisonsHold(t *testing.T) {
	test := rapid.SampledFrom([]string{
		"match f a*", "match f *b", "match f ab", "match g a", "bool f", "has f", "compare n > 2", "compare n = 3", "compare f < 1",
		"match_any l a*", "match_all l a ab", "operation tag", "is_child_task", "all", "none",
	})
	text := rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		for range rapid.IntRange(1, 4).Draw(t, "rules") {
			b.WriteString(strings.Join(rapid.SliceOfN(test, 1, 2).Draw(t, "tests"), " && "))
			b.WriteString(rapid.SampledFrom([]string{" :: x\n", " :: y\n", " !! x\n"}).Draw(t, "action"))
		}
		return b.String()
	})
	value := rapid.SampledFrom([]policy.Value{
		policy.Null(), policy.String("ab"), policy.String("a"), policy.String("b"), policy.String(""), policy.Int(3), policy.Int(0),
		policy.Float(2.5), policy.Bool(true), policy.Strings("a", "ab"), policy.Strings("b"), policy.List(),
	})
	rapid.Check(t, func(rt *rapid.T) {
		a := newSet(t, map[string]string{"x": text.Draw(rt, "before")})
		b := newSet(t, map[string]string{"x": text.Draw(rt, "after")})
		c, err := policytest.Compare(t.Context(), a, b, "x")
		require.NoError(t, err)
		differ := func(data policy.Values) bool {
			d1, err1 := a.Eval(t.Context(), "x", data, nil)
			d2, err2 := b.Eval(t.Context(), "x", data, nil)
			return (err1 == nil) != (err2 == nil) || d1.Matched != d2.Matched || d1.Action != d2.Action
		}
		if c.Witness != nil {
			require.Empty(t, c.Witness.Assumed)
			require.True(t, differ(c.Witness.Data), "%v", c.Witness)
			return
		}
		require.True(t, c.Complete)
		data := make(policy.Values)
		for _, key := range []string{"f", "g", "n", "l", "operation", "parent"} {
			if rapid.Bool().Draw(rt, "has "+key) {
				data[key] = value.Draw(rt, key)
			}
		}
		require.False(t, differ(data), "%v", data)
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(cases))
	f.Add([]byte(`{"cases": [{"name": "x", "policy": "a", "want": {"line": 1}, "data": {"a": [1, 2.5]}}]}`))
	f.Add([]byte("a: &a [*a, *a]\nb: !!float 1\nc: !!binary aa\n? [x]\n: y"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := policytest.Parse(text)
		if err == nil {
			s.Run(t.Context(), newSet(t, map[string]string{"tag": tagText}), nil)
		}
	})
}
