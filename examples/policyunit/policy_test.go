package policyunit_test

import (
	"os"
	"testing"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/policy/policytest"
)

// load reads the configuration of the hub, which must be without a fault.
func load(t *testing.T) *policy.Set {
	t.Helper()
	config, issues := policy.ReadConfig(os.DirFS("."), "hub.conf")
	options := config.Options()
	options.Channels = []string{"default", "createrepo", "heavy"}
	issues = append(issues, policy.Lint(config.Texts, options)...)
	for _, issue := range issues {
		t.Log(issue)
	}
	if issues.Count(policy.Warning) > 0 {
		t.FailNow()
	}
	set, _ := policy.New(config.Texts, options)
	return set
}

// world is what the cases are about.
var world = policytest.World{
	Users: []policytest.User{
		{Name: "alice"},
		{Name: "bob", Groups: []string{"provenpackager"}},
		{Name: "carol", Permissions: []string{"release-engineering", "tag"}},
		{Name: "root", Permissions: []string{"admin"}},
	},
	Tags:   []policytest.Tag{{ID: 1, Name: "d40-candidate"}, {ID: 2, Name: "d40-released"}},
	Builds: []policytest.Build{{ID: 10, NVR: "bash-5.2-1.d40", Owner: "alice"}},
}

const (
	candidate koji.TagID   = 1
	released  koji.TagID   = 2
	bash      koji.BuildID = 10
)

func tagging(to koji.TagID) policy.Data {
	return &policy.TagOperation{Operation: "tag", Tag: policy.ByID(to), Build: bash}
}

func untagging(from koji.TagID) policy.Data {
	return &policy.TagOperation{Operation: "untag", FromTag: policy.ByID(from), Build: bash}
}

func adding(name string) policy.Data {
	return &policy.PackageListChange{Tag: candidate, Action: "add", Package: policy.ByName(name)}
}

func task(method, source string) policy.Data {
	data := policy.Values{"method": policy.String(method), "parent": policy.Null()}
	if source != "" {
		data["source"] = policy.String(source)
	}
	return data
}

var (
	allowed = policytest.Want{Verdict: "allow"}
	denied  = policytest.Want{Verdict: "deny"}
)

func because(reason string) policytest.Want {
	return policytest.Want{Verdict: "deny", Reason: policytest.Text(reason)}
}

func does(action string) policytest.Want { return policytest.Want{Action: policytest.Text(action)} }

var suite = policytest.Suite{World: world, Cases: []policytest.Case{
	{Name: "owner tags a candidate", Policy: "tag", User: "alice", Data: tagging(candidate), Want: allowed},
	{Name: "proven packager tags a candidate", Policy: "tag", User: "bob", Data: tagging(candidate), Want: allowed},
	{Name: "stranger does not", Policy: "tag", User: "root", Data: tagging(candidate), Want: because("Ask the owner of the build")},
	{Name: "release engineering releases", Policy: "tag", User: "carol", Data: tagging(released), Want: allowed},
	{Name: "owner does not release", Policy: "tag", User: "alice", Data: tagging(released), Want: because("Ask release engineering")},
	{Name: "released builds stay", Policy: "tag", User: "alice", Data: untagging(released), Want: because("Released builds stay where they are")},
	{Name: "release engineering removes them", Policy: "tag", User: "carol", Data: untagging(released), Want: allowed},
	{Name: "candidates may be removed", Policy: "tag", User: "alice", Data: untagging(candidate), Want: denied},

	{Name: "known package", Policy: "package_list", User: "carol", Data: adding("bash"), Want: allowed},
	{Name: "new package", Policy: "package_list", User: "carol", Data: adding("shiny"), Want: because("New packages need a review")},
	{Name: "reviewed package", Policy: "package_list", User: "root", Data: adding("shiny"), Want: allowed},
	{Name: "block", Policy: "package_list", User: "alice", Want: denied, Data: &policy.PackageListChange{
		Tag: candidate, Action: "block", Package: policy.ByName("bash"),
	}},

	{Name: "kernel", Policy: "channel", Data: task("build", "git+https://src.example.com/rpms/kernel#1"), Want: does("use heavy")},
	{Name: "kernel in a repo", Policy: "channel", Data: task("buildArch", "git+https://src.example.com/rpms/kernel#1"), Want: does("use default")},
	{Name: "other build", Policy: "channel", Data: task("build", "git+https://src.example.com/rpms/bash#1"), Want: does("use default")},
	{Name: "repo", Policy: "channel", Data: task("newRepo", ""), Want: does("use createrepo")},
	{Name: "child", Policy: "channel", Data: policy.Values{"parent": policy.Int(7)}, Want: does("parent")},
	{Name: "request", Policy: "channel", Data: policy.Values{"req_channel": policy.String("heavy")}, Want: does("req")},
}}

func TestPolicies(t *testing.T) {
	set := load(t)
	coverage := policytest.NewCoverage(set)
	policytest.Run(t, set, &suite, coverage)
	coverage.Gate(t, 100)
}

// The channel policy is asked at every task: it must not look anything up.
func TestChannelPolicyNeedsNoLookup(t *testing.T) {
	set := load(t)
	for _, c := range suite.Cases {
		if c.Policy != "channel" {
			continue
		}
		if _, err := set.Eval(t.Context(), "channel", c.Data, policytest.Untouched(t)); err != nil {
			t.Error(err)
		}
	}
}

// A rewrite of the tag policy, for a change that shall not change anything.
const rewritten = `
    tag d*-candidate && operation tag :: {
        is_build_owner :: allow
        user_in_group provenpackager :: allow
        all :: deny Ask the owner of the build
    }
    fromtag d*-released && operation untag && has_perm release-engineering !! {
        fromtag d*-released && operation untag :: deny Released builds stay where they are
    }
    has_perm release-engineering :: allow
    all :: deny Ask release engineering
`

func TestRewrittenTagPolicyMovesReleasedBuilds(t *testing.T) {
	after, issues := policy.New([]policy.Text{policy.NewText("tag", rewritten)}, policy.Options{})
	if err := issues.Err(); err != nil {
		t.Fatal(err)
	}
	comparison, err := policytest.Compare(t.Context(), load(t), after, "tag")
	if err != nil {
		t.Fatal(err)
	}
	// It forgets moves out of released tags, which no case above had shown.
	if comparison.Equivalent() {
		t.Error("the policies are equivalent")
	}
	t.Log(comparison.Witness)
}
