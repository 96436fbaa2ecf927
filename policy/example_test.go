package policy_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing/fstest"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/policy/policytest"
)

// The lookups of the examples answer from a small world in memory. A hub has its own
// over its database.
var exampleWorld = policytest.World{
	Users: []policytest.User{{Name: "alice"}, {Name: "bob", Permissions: []string{"releng"}}},
	Tags:  []policytest.Tag{{ID: 7, Name: "d40-updates"}},
}

func Example() {
	files := fstest.MapFS{"hub.conf": {Data: []byte(`
[hub]
VerbosePolicy = yes

[policy]
tag =
    has_perm releng :: allow
    tag *-updates :: deny Ask release engineering
    all :: allow
`)}}
	config, issues := policy.ReadConfig(files, "hub.conf")
	set, found := policy.New(config.Texts, config.Options())
	if set == nil {
		fmt.Println(append(issues, found...).Err())
		return
	}
	data := &policy.TagOperation{Operation: "tag", Tag: policy.ByID(koji.TagID(7)), Build: 10}
	for _, user := range []string{"alice", "bob"} {
		err := set.Assert(context.Background(), "tag", data, exampleWorld.As(user), policy.CheckOptions{})
		var denial *policy.Denial
		if errors.As(err, &denial) {
			fmt.Println(koji.FaultCodeOf(err), err)
			fmt.Println("decided at", denial.Range())
			continue
		}
		fmt.Println(user, "may:", err == nil)
	}
	// Output:
	// 1004 policy violation (tag): Ask release engineering [rule: tag *-updates :: deny Ask release engineering]
	// decided at hub.conf:8:5
	// bob may: true
}

func ExampleLint() {
	text := policy.NewText("tag", `operatoin untag :: deny No
tag f40 :: {
    has_perm admin && operation tag :: allow
    all :: dney Ask admins
}
tag f* :: allow
tag "f41" :: allow`)
	if err := policy.Lint([]policy.Text{text}, policy.Options{}).WriteText(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 1:1: error: policy tag: there is no test operatoin [unknown-test]; did you mean operation?
	//     operatoin untag :: deny No
	//     ^^^^^^^^^
	// 3:5: advice: policy tag: test has_perm looks something up although "operation tag" may settle the rule [expensive-test-first]; put operation tag first
	//         has_perm admin && operation tag :: allow
	//         ^^^^^^^^^^^^^^
	// 4:12: error: policy tag: "dney" is no action here [invalid-action]; did you mean deny?
	//         all :: dney Ask admins
	//                ^^^^^^^^^^^^^^^
	// 7:1: warning: policy tag: what no rule matches is denied without a word [no-catch-all]; end with all :: deny REASON
	//     tag "f41" :: allow
	//     ^^^^^^^^^^^^^^^^^^
	// 7:5: warning: policy tag: "\"f41\"": quotes are literal characters [suspicious-pattern]; write the pattern without quotes
	//     tag "f41" :: allow
	//         ^^^^^
}

func ExampleTree_Format() {
	tree, issues := policy.Parse(policy.NewText("tag", "tag f40&&has_perm  x::{ # ours\nall::allow\n}\nall !!  deny   No"), policy.Compatible)
	if tree == nil {
		fmt.Println(issues.Err())
		return
	}
	fmt.Print(tree.Format())
	// Output:
	// tag f40 && has_perm x :: {  # ours
	//     all :: allow
	// }
	// all !! deny   No
}

func ExampleSet_WhyNot() {
	set, _ := policy.New([]policy.Text{policy.NewText("tag", "operation tag && has_perm releng :: allow\nall :: deny No")}, policy.Options{})
	data := &policy.TagOperation{Operation: "tag", Tag: policy.ByID(koji.TagID(7)), Build: 10}
	obstacles, err := set.WhyNot(context.Background(), "tag", data, exampleWorld.As("alice"), "allow")
	if err == nil {
		err = policy.WriteObstacles(os.Stdout, obstacles)
	}
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// 1:1  operation tag && has_perm releng :: allow: has_perm releng is false (looked at [])
}

func ExampleRegistry_With() {
	// A site's own test: whether the tag is frozen, by a key that the site's hub
	// passes.
	frozen := policy.Definition{
		Name: "is_frozen", Doc: "The tag is frozen.",
		Reads: policy.Reads{Keys: []string{"frozen_tags"}, Absent: policy.False, Null: policy.False},
		Asks:  policy.AsksTags,
		Compile: func(*policy.Call) (policy.Check, error) {
			return func(e *policy.Env) (bool, error) {
				tag, err := e.Tag("tag")
				if err != nil || tag == nil {
					return false, err
				}
				names, _, err := e.Get("frozen_tags")
				text, _ := names.Text()
				return strings.Contains(text, tag.Name), err
			}, nil
		},
	}
	tests, err := policy.HubTests().With(frozen)
	if err != nil {
		fmt.Println(err)
		return
	}
	set, _ := policy.New([]policy.Text{policy.NewText("tag", "is_frozen :: deny Frozen\nall :: allow")}, policy.Options{Tests: tests})
	data := policy.Values{"tag": policy.Int(7), "frozen_tags": policy.String("d40-updates d39-updates")}
	v, err := set.Check(context.Background(), "tag", data, exampleWorld.As(""), policy.CheckOptions{})
	fmt.Println(v.Allowed, v.Reason, err)
	// Output:
	// false Frozen <nil>
}
