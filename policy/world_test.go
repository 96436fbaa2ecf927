package policy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/policy/policytest"
)

// world is that of the specification's cases, and what some of them add.
func world() *policytest.World {
	return &policytest.World{
		Users: []policytest.User{
			{ID: 101, Name: "alice", Principal: "alice@EXAMPLE.COM"},
			{ID: 102, Name: "bob", Groups: []string{"relengs"}},
			{ID: 103, Name: "root1", Permissions: []string{"admin"}},
			{ID: 104, Name: "relengs", Group: true, Permissions: []string{"tag"}},
			{ID: 105, Name: "builder"},
		},
		Tags: []policytest.Tag{
			{ID: 201, Name: "f40"},
			{ID: 202, Name: "f40-build", Parents: []string{"f40"}},
			{ID: 203, Name: "f40-candidate"},
			{ID: 204, Name: "f40-build-side-204", Parents: []string{"f40-build"}, SidetagOwner: "alice"},
			{ID: 205, Name: "gone-build", Deleted: true},
		},
		Targets: []policytest.Target{{ID: 301, Name: "f40", BuildTag: "f40-build"}},
		Builds: []policytest.Build{
			{
				ID: 501, NVR: "bash-5.2-1.fc40", Owner: "alice", Tags: []string{"f40-candidate"}, Types: []string{"rpm"},
				Source: "git+https://src.example.com/rpms/bash#1", Buildroots: []koji.BuildrootID{401, 402},
			},
			{ID: 502, NVR: "foo-1-1", Owner: "relengs", Buildroots: []koji.BuildrootID{0}},
			{ID: 503, NVR: "draft-1-1,draft_503", Owner: "alice", Draft: true},
		},
		Buildroots: []policytest.Buildroot{
			{ID: 401, Tag: "f40-build"}, {ID: 402, Tag: "f40-build"}, {ID: 403, ContentGenerator: "osbs"},
		},
		Volumes:  []policytest.Object{{ID: 1, Name: "vol1"}},
		Channels: []policytest.Channel{{Name: "default"}, {Name: "createrepo"}, {Name: "off", Disabled: true}},
	}
}

// outcome is that of one test on data, as a session sees it: true, false or the
// fault code of its failure.
func outcome(t testing.TB, tests *policy.Registry, session, test string, data policy.Values) any {
	t.Helper()
	set, issues := policy.New([]policy.Text{
		policy.NewText("main", test+" :: yes"), policy.NewText("true_upper", "all :: TRUE"),
		policy.NewText("because", "all :: allow because"), policy.NewText("silent", "none :: allow"),
	}, policy.Options{Tests: tests})
	require.NoError(t, issues.Err())
	d, err := set.Eval(t.Context(), "main", data, world().As(session))
	if err != nil {
		return koji.FaultCodeOf(err)
	}
	return d.Matched
}

func null() policy.Value                           { return policy.Null() }
func str(s string) policy.Value                    { return policy.String(s) }
func num(i int64) policy.Value                     { return policy.Int(i) }
func one(key string, v policy.Value) policy.Values { return policy.Values{key: v} }
