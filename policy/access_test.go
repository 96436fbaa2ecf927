package policy_test

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
)

func newSet(t testing.TB, o policy.Options, texts map[string]string) *policy.Set {
	t.Helper()
	var list []policy.Text
	for name, body := range texts {
		list = append(list, policy.NewText(name, body))
	}
	set, issues := policy.New(list, o)
	require.NoError(t, issues.Err())
	return set
}

func TestDenialTexts(t *testing.T) { // cases 60, 62, 63, 64
	for _, c := range []struct {
		name    string
		text    string
		verbose bool
		missing bool
		want    string
	}{
		{"reason", "all :: deny No Way", false, false, "policy violation (tag): No Way"},
		{"no reason", "all :: deny", false, false, "policy violation (tag)"},
		{"verbose", "all :: deny No Way", true, false, "policy violation (tag): No Way [rule: all :: deny No Way]"},
		{"verbose, no reason", "all :: deny", true, false, "policy violation (tag) [rule: all :: deny]"},
		{"no match", "none :: allow", true, false, "policy violation (tag): not covered by policy [rule: (no match)]"},
		{"empty", "", true, false, "policy violation (tag): not covered by policy [rule: (no match)]"},
		{"not a verdict", "all :: maybe so", true, false, "policy violation (tag): error in policy [rule: all :: maybe so]"},
		{"yes", "all :: yes", false, false, "policy violation (tag): error in policy"},
		{"colon", "all :: allow: x", false, false, "policy violation (tag): error in policy"},
		{"empty action", "all ::", false, false, "policy violation (tag): error in policy"},
		{"missing", "", true, true, "policy violation (tag): missing policy [rule: ]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			texts := map[string]string{"tag": c.text}
			if c.missing {
				texts = nil
			}
			set := newSet(t, policy.Options{Verbose: c.verbose, DenyMissing: true}, texts)
			err := set.Assert(t.Context(), "tag", nil, nil, policy.CheckOptions{})
			require.EqualError(t, err, c.want)
			require.Equal(t, koji.FaultActionNotAllowed, koji.FaultCodeOf(err))
			require.ErrorIs(t, err, koji.ErrDenied)
		})
	}
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		number  int
		text    string
		def     string
		allowed bool
		reason  string
	}{
		{61, "all :: ALLOW  Because  X ", "", true, "Because  X"},
		{63, "none :: x", "", false, "not covered by policy"},
		{63, "none :: x", "allow", true, "not covered by policy"},
		{63, "none :: x", "Allow", false, "error in policy"},
	} {
		v, err := newSet(t, policy.Options{}, map[string]string{"tag": c.text}).
			Check(t.Context(), "tag", nil, nil, policy.CheckOptions{Default: c.def})
		require.NoError(t, err)
		require.Equal(t, c.allowed, v.Allowed, "case %d", c.number)
		require.Equal(t, c.reason, v.Reason, "case %d", c.number)
	}
	v, err := newSet(t, policy.Options{}, nil).Check(t.Context(), "tag", nil, nil, policy.CheckOptions{})
	require.NoError(t, err) // case 64
	require.True(t, v.Allowed)
	require.Equal(t, "missing policy", v.Reason)
}

func TestForce(t *testing.T) { // case 65
	for _, c := range []struct {
		session, text string
		data          policy.Values
		allowed       bool
	}{
		{"alice", "all :: deny", nil, false},
		{"root1", "all :: deny", nil, true},
		{"root1", "all :: bogus", nil, true},
		{"root1", "none :: allow", nil, true},
		{"alice", "all :: deny", one("user_id", num(103)), true},
		{"root1", "all :: deny", one("user_id", num(101)), false},
		{"", "all :: deny", nil, false},
	} {
		var log bytes.Buffer
		set := newSet(t, policy.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}, map[string]string{"tag": c.text})
		v, err := set.Check(t.Context(), "tag", c.data, world().As(c.session), policy.CheckOptions{Force: true})
		require.NoError(t, err)
		require.Equal(t, c.allowed, v.Allowed, "%+v", c)
		require.Equal(t, c.allowed, v.Forced)
		if c.allowed {
			require.Equal(t, "overriden by force", v.Reason)
			require.Contains(t, log.String(), "policy overridden by force")
		}
	}
}

func TestDenialKnowsItsRule(t *testing.T) {
	config, _ := readConfig(map[string]string{"hub.conf": "[policy]\ntag =\n  none :: allow\n  all :: deny Not Here\n"}, "hub.conf")
	set, _ := policy.New(config.Texts, policy.Options{})
	err := set.Assert(t.Context(), "tag", nil, nil, policy.CheckOptions{})
	var denial *policy.Denial
	require.ErrorAs(t, err, &denial)
	require.Equal(t, "hub.conf:4:3", denial.Range().String())
	require.Equal(t, "Not Here", denial.Reason)
	require.False(t, denial.Forced)
}

func TestQueryMayRequireALogin(t *testing.T) {
	texts := map[string]string{"any": "all :: x"}
	d, err := newSet(t, policy.Options{}, texts).Query(t.Context(), "any", nil, world().As(""))
	require.NoError(t, err)
	require.Equal(t, "x", d.Action)
	set := newSet(t, policy.Options{RequireLogin: true}, texts)
	_, err = set.Query(t.Context(), "any", nil, world().As(""))
	require.ErrorIs(t, err, koji.ErrDenied)
	_, err = set.Query(t.Context(), "any", nil, world().As("alice"))
	require.NoError(t, err)
}
