package policy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
)

const explained = `operation untag :: deny Never
tag f40* :: {
    has_perm admin && is_child_task :: allow
    policy trusted :: allow
}
all :: deny Sorry
`

func explainedSet(t testing.TB) *policy.Set {
	return newSet(t, policy.Options{}, map[string]string{"tag": explained, "trusted": "user alice :: yes\nall :: no"})
}

func TestExplain(t *testing.T) {
	data := &policy.TagOperation{Operation: "tag", Tag: policy.ByID(koji.TagID(201)), Build: 501}
	x, err := explainedSet(t).Explain(t.Context(), "tag", data, world().As("alice"))
	require.NoError(t, err)
	var text bytes.Buffer
	require.NoError(t, x.WriteText(&text))
	require.Equal(t, `policy tag: "allow"
  decided by 4:5  tag f40* :: ... policy trusted :: allow
  1:1  operation untag :: deny Never  => false
      operation untag: false (looked at "tag")
  2:1  tag f40* :: {  => true
      tag f40*: true (looked at "f40"; set _tagname to "f40"; 1 look-up)
    3:5  has_perm admin && is_child_task :: allow  => false
        has_perm admin: false (looked at []; 2 look-ups)
        is_child_task: not run
    4:5  policy trusted :: allow  => true
        policy trusted: true (looked at "yes")
          1:1  user alice :: yes  => true
              user alice: true (looked at "alice"; set _username to "alice")
  1 more not reached
`, text.String())
	require.Equal(t, 3, x.Lookups)
	out, err := json.Marshal(x)
	require.NoError(t, err)
	require.Contains(t, string(out), `"outcome":"not run"`)
	require.Contains(t, string(out), `"report":"tag f40* :: ... policy trusted :: allow"`)
}

func TestExplainTellsFailures(t *testing.T) {
	set := newSet(t, policy.Options{}, map[string]string{"tag": "all && package x :: allow"})
	x, err := set.Explain(t.Context(), "tag", nil, world().As(""))
	require.NoError(t, err)
	require.Contains(t, x.Error, "policy requires package data")
	require.Equal(t, policy.Failed, x.Rules[0].Outcome)
	require.Equal(t, policy.Failed, x.Rules[0].Tests[1].Outcome)
	_, err = set.Explain(t.Context(), "nosuch", nil, nil)
	require.ErrorIs(t, err, koji.ErrNotFound)
}

func TestExplainHidesPasswords(t *testing.T) {
	set := newSet(t, policy.Options{}, map[string]string{"x": "match scm_user a && bool u && match scm_url b :: y\nmatch scm_url x* :: allow"})
	x, err := set.Explain(t.Context(), "x", policy.Values{
		"scm_user": str("joe:secret"), "scm_url": str("git+https://joe:secret@example.com/x"),
	}, nil)
	require.NoError(t, err)
	out, err := json.Marshal(x)
	require.NoError(t, err)
	require.NotContains(t, string(out), "secret")
	require.Contains(t, string(out), "joe:REDACTED@example.com/x")
	require.Equal(t, str("x://REDACTED@h"), policy.RedactPasswords("", str("x://a:%zz@h")))
}

func TestWhyNot(t *testing.T) {
	set := explainedSet(t)
	why := func(session string, wanted ...string) []string {
		data := &policy.TagOperation{Operation: "tag", Tag: policy.ByID(koji.TagID(201)), Build: 501}
		obstacles, err := set.WhyNot(t.Context(), "tag", data, world().As(session), wanted...)
		require.NoError(t, err)
		var out []string
		for _, o := range obstacles {
			out = append(out, o.String())
		}
		return out
	}
	require.Equal(t, []string{
		"3:5  has_perm admin && is_child_task :: allow: has_perm admin is false (looked at [\"tag\"])",
		"4:5  policy trusted :: allow: policy trusted is false (looked at \"no\")",
	}, why("bob", "allow"))
	require.Equal(t, []string{
		"1:1  operation untag :: deny Never: operation untag is false (looked at \"tag\")",
		"6:1  all :: deny Sorry: holds, but the rule at 4:5 comes first",
	}, why("alice", "deny"))
}

func TestDecisionsAreRecordedAndReplayed(t *testing.T) {
	var records []*policy.Record
	set := newSet(t, policy.Options{
		OnDecision: func(_ context.Context, r *policy.Record) { records = append(records, r) },
		Now:        func() time.Time { return time.Unix(1000, 0).UTC() },
	}, map[string]string{"tag": explained, "trusted": "user alice :: yes", "x": "package p :: a"})
	data := &policy.TagOperation{Operation: "tag", Tag: policy.ByID(koji.TagID(201)), Build: 501}
	_, err := set.Eval(t.Context(), "tag", data, world().As("alice"))
	require.NoError(t, err)
	_, err = set.Eval(t.Context(), "x", nil, world().As("alice"))
	require.Error(t, err)
	require.Len(t, records, 2)
	require.Equal(t, "allow", records[0].Action)
	require.Equal(t, "4:5", records[0].Range.String())
	require.Contains(t, records[1].Error, "policy requires package data")

	text, err := json.Marshal(records[0])
	require.NoError(t, err)
	var read policy.Record
	require.NoError(t, json.Unmarshal(text, &read))
	require.Equal(t, records[0].Data, read.Data)
	again := set.Replay(t.Context(), &read)
	require.NoError(t, again.Err)
	require.False(t, again.Changed())
	require.Equal(t, "allow", again.Decision.Action)

	other := newSet(t, policy.Options{}, map[string]string{"tag": "tag f40 :: deny No"})
	again = other.Replay(t.Context(), &read)
	require.True(t, again.Changed())
	curious := newSet(t, policy.Options{}, map[string]string{"tag": "hastag f40 :: deny No"})
	again = curious.Replay(t.Context(), &read)
	require.True(t, again.Changed())
	require.True(t, again.Unknown())
}

func TestDecisionsAreLogged(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "duration" {
			return slog.Attr{}
		}
		return a
	}}))
	set := newSet(t, policy.Options{OnDecision: policy.LogDecisions(logger, slog.LevelInfo)}, map[string]string{"x": "match a b :: c d"})
	_, err := set.Eval(t.Context(), "x", one("a", str("b")), nil)
	require.NoError(t, err)
	require.Equal(t, `level=INFO msg="policy decided" policy=x data="map[a:\"b\"]" lookups=0 action="c d" rule="match a b :: c d" at=1:1`+"\n", log.String())
	log.Reset()
	_, err = set.Eval(t.Context(), "x", one("a", num(1)), nil)
	require.Error(t, err)
	require.Contains(t, log.String(), `level=ERROR msg="policy failed"`)
}

// Case 84: every decision carries its own report.
func TestDecisionsOfManyGoroutinesDoNotMix(t *testing.T) {
	set := newSet(t, policy.Options{}, map[string]string{"x": "match a 1 :: one\nall :: {\n  match a 2 :: two\n  match_any l 3 && match_all l 3 :: three\n}\nall :: other"})
	want := map[string]string{
		"1": "match a 1 :: one", "2": "all :: ... match a 2 :: two", "3": "all :: ... match_any l 3 && match_all l 3 :: three", "4": "all :: other",
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 500 {
				key := []string{"1", "2", "3", "4"}[i%4]
				d, err := set.Eval(t.Context(), "x", policy.Values{"a": str(key), "l": policy.Strings(key)}, nil)
				if err != nil || d.Report() != want[key] {
					t.Errorf("%v %q", err, d.Report())
				}
			}
		})
	}
	wg.Wait()
}
