package policy_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/policy"
)

// lint returns what lint says of one policy: CODE LINE of each problem.
func lint(t testing.TB, name, text string) []string {
	t.Helper()
	tests, err := policy.HubTests().With(policy.SidetagTests()...)
	require.NoError(t, err)
	set := newSet(t, policy.Options{Tests: tests, Channels: []string{"default", "createrepo"}, Volumes: []string{"DEFAULT"}}, map[string]string{name: text})
	out := []string{}
	for _, i := range set.Lint() {
		out = append(out, fmt.Sprintf("%s %d", i.Code, i.Range.Line))
	}
	return out
}

func TestLint(t *testing.T) {
	lines := func(l ...string) string { return strings.Join(l, "\n") }
	const end = "all :: deny No"
	for _, c := range []struct {
		name, policy, text string
		want               []string
	}{
		{"clean", "tag", lines("operation tag && tag f40 :: allow", "has_perm admin :: allow", end), nil},
		{"79 behind a catch-all", "tag", lines("all :: deny No", "tag f40 :: allow"), []string{"unreachable 2"}},
		{"79 behind a negated none", "tag", lines("none !! deny No", "tag f40 :: allow"), []string{"unreachable 2"}},
		{"79 behind an exhaustive block", "tag", lines("all :: {", "tag f40 :: allow", "all :: deny No", "}", "tag f41 :: allow"), []string{"unreachable 5"}},
		{"a block that falls through", "tag", lines("all :: {", "tag f40 :: allow", "}", end), nil},
		{"80 shadowed by a wider glob", "tag", lines("tag f* :: allow", "tag f40 && has_perm x :: deny No", end), []string{"shadowed 2"}},
		{"shadowed in a block", "tag", lines("tag f* :: allow", "tag f40 :: {", "has_perm x :: deny No", "}", end), []string{"shadowed 2", "shadowed 3"}},
		{"shadowed negated", "tag", lines("tag f* !! allow", "tag f* && has_perm x !! deny No", end), nil},
		{"shadowed by a negated rule", "tag", lines("tag f* && has_perm x !! allow", "tag f* !! deny No", end), []string{"shadowed 2"}},
		{"not shadowed", "tag", lines("tag f4* :: allow", "tag f* && has_perm x :: deny No", end), nil},
		{"81 no catch-all", "tag", "tag f40 :: allow", []string{"no-catch-all 1"}},
		{"82 package in channel", "channel", lines("package foo :: use default", "all :: use default"), []string{"test-fails 1"}},
		{"82 hastag in channel", "channel", lines("hastag foo :: use default", "all :: use default"), []string{"test-never-true 1"}},
		{"never true", "tag", lines("none :: allow", "all !! allow", "operation tag && operation untag :: allow", end), []string{"never-true 1", "never-true 2", "never-true 3"}},
		{"never true under a block", "tag", lines("operation tag :: {", "operation untag :: allow", "}", end), []string{"never-true 2"}},
		{"verdict", "tag", lines("tag f40 :: yes", "tag f41 :: dney No", end), []string{"invalid-action 1", "invalid-action 2"}},
		{"channel actions", "channel", lines("method a :: Use default", "method b :: use", "method c :: use nosuch", "all :: use default"),
			[]string{"invalid-action 1", "invalid-action 2", "invalid-action 3"}},
		{"unguarded channel actions", "channel", lines("method a :: parent", "method b :: req", "is_child_task :: parent", "has req_channel :: req", "all :: use default"),
			[]string{"unguarded-action 1", "unguarded-action 2"}},
		{"priority", "priority", lines("method a :: set x", "method b :: set", "method c :: adjust -5", "all :: stay"), []string{"invalid-action 1", "invalid-action 2"}},
		{"volume", "volume", lines("package a :: default", "all :: DEFAULT"), []string{"invalid-action 1"}},
		{"scm", "build_from_scm", lines("match scm_host a :: allowed", "match scm_host b :: sure", "all :: deny No"), []string{"invalid-action 2"}},
		{"reason", "tag", "all :: deny", []string{"deny-without-reason 1"}},
		{"null", "tag", lines("is_sidetag :: allow", end), []string{"test-fails 1"}},
		{"null guarded", "tag", lines("operation tag move && is_sidetag :: allow", "operation move :: {", "is_sidetag :: allow", "}", end), []string{"shadowed 3"}},
		{"null guarded by the wrong operation", "tag", lines("operation untag && is_sidetag :: allow", end), []string{"test-fails 1"}},
		{"unknown field", "tag", lines("has bulid :: allow", "match _tagname x :: allow", "fromtag * && match _tagname y :: allow", end), []string{"unknown-field 1"}},
		{"impossible value", "tag", lines("operation tga :: allow", end), []string{"test-never-true 1"}},
		{"patterns", "tag", lines(`tag "f40" :: allow`, "tag {a,b} :: allow", "tag ^x :: allow", "tag a.*b :: allow", "tag [x :: allow", "tag [^x] :: allow", "tag :: allow", end),
			[]string{"suspicious-pattern 1", "suspicious-pattern 2", "suspicious-pattern 3", "suspicious-pattern 4", "suspicious-pattern 5", "suspicious-pattern 6", "never-true 7", "no-pattern 7"}},
		{"redundant", "tag", lines("tag f* f40 :: allow", end), []string{"redundant-pattern 1"}},
		{"expensive", "tag", lines("has_perm x && operation tag :: allow", "operation tag && has_perm y :: allow", end), []string{"expensive-test-first 1"}},
		{"duplicate", "tag", lines("tag a :: allow", "tag  a :: allow", end), []string{"duplicate-rule 2"}},
		{"contradiction", "tag", lines("tag a :: allow", "tag a :: deny No", end), []string{"contradiction 2"}},
		{"empty block", "tag", lines("tag a :: {", "}", end), []string{"empty-block 1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.want == nil {
				c.want = []string{}
			}
			require.Equal(t, c.want, lint(t, c.policy, c.text))
		})
	}
}

func TestDefaultPoliciesAreClean(t *testing.T) {
	for _, h := range policy.HubHooks() {
		if h.Default != "" {
			require.Empty(t, lint(t, h.Policy, h.Default), h.Policy)
		}
		_, issues := policy.New(nil, policy.Options{Mode: policy.Strict})
		require.Empty(t, issues)
	}
}

func TestStrictModeRefusesWhatHooksDoNotKnow(t *testing.T) {
	for text, code := range map[string]policy.Code{
		"all :: yes":       policy.CodeInvalidAction,
		"tag f40 :: allow": policy.CodeNoCatchAll,
	} {
		_, issues := policy.New([]policy.Text{policy.NewText("tag", text)}, policy.Options{Mode: policy.Strict})
		require.Error(t, issues.Err())
		require.True(t, find(issues, code).Fatal)
		_, issues = policy.New([]policy.Text{policy.NewText("tag", text)}, policy.Options{})
		require.Empty(t, issues)
	}
}

func TestIssuesAreRendered(t *testing.T) {
	config, _ := readConfig(map[string]string{"hub.conf": "[policy]\ntag =\n\thas_prem admin :: allow\n    all :: deny\n"}, "hub.conf")
	_, issues := policy.New(config.Texts, policy.Options{})
	var text bytes.Buffer
	require.NoError(t, issues.WriteText(&text))
	require.Equal(t, "hub.conf:3:2: error: policy tag: there is no test has_prem [unknown-test]; did you mean has_perm?\n"+
		"    has_prem admin :: allow\n    ^^^^^^^^\n", text.String())

	text.Reset()
	require.NoError(t, issues.WriteJSON(&text))
	var list []struct {
		Code, Severity, Policy string
		Fatal                  bool
		Range                  struct {
			File         string
			Line, Column int
		}
	}
	require.NoError(t, json.Unmarshal(text.Bytes(), &list))
	require.Len(t, list, 1)
	require.Equal(t, "unknown-test", list[0].Code)
	require.Equal(t, "error", list[0].Severity)
	require.Equal(t, 3, list[0].Range.Line)

	text.Reset()
	require.NoError(t, issues.WriteSARIF(&text, "policycheck"))
	var sarif struct {
		Version string
		Runs    []struct {
			Results []struct {
				RuleID, Level string
				Locations     []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, StartColumn, EndColumn int }
					}
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal(text.Bytes(), &sarif))
	require.Equal(t, "2.1.0", sarif.Version)
	at := sarif.Runs[0].Results[0].Locations[0].PhysicalLocation
	require.Equal(t, "hub.conf", at.ArtifactLocation.URI)
	require.Equal(t, 3, at.Region.StartLine)
	require.Equal(t, 2, at.Region.StartColumn)
	require.Equal(t, 10, at.Region.EndColumn)
}
