package policytest_test

import (
	"context"
	"fmt"
	"os"

	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/policy/policytest"
)

func Example() {
	set, _ := policy.New([]policy.Text{policy.NewText("tag", `tag *-candidate && user alice :: allow
has_perm admin :: allow
all :: deny Ask Alice`)}, policy.Options{})
	suite, err := policytest.Parse([]byte(`
world:
  users: [{name: alice}, {name: bob}]
  tags: [{name: d40-candidate}]
cases:
  - {name: alice, policy: tag, user: alice, data: {tag: d40-candidate}, want: {verdict: allow}}
  - {name: bob, policy: tag, user: bob, data: {tag: d40-candidate}, want: {verdict: allow}}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	coverage := policytest.NewCoverage(set)
	for _, result := range suite.Run(context.Background(), set, coverage) {
		fmt.Println(result.Case.Name, result.Problems)
	}
	if err := coverage.WriteText(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// alice []
	// bob [want allow, got deny "Ask Alice"]
	// policy tag
	// !      1      1  tag *-candidate && user alice :: allow
	//                    test tag *-candidate never false
	// !      0      1  has_perm admin :: allow
	//                    never matched
	//                    test has_perm admin never true
	//        1      0  all :: deny Ask Alice
	// covered: 70.0 % (rules 2/3, actions 2/3, outcomes of tests 5/7)
}

func ExampleCompare() {
	before, _ := policy.New([]policy.Text{policy.NewText("tag", "operation untag :: deny No\ntag d40* :: allow\nall :: deny No")}, policy.Options{})
	after, _ := policy.New([]policy.Text{policy.NewText("tag", "tag d40* d41* && operation tag move :: allow\nall :: deny No")}, policy.Options{})
	comparison, err := policytest.Compare(context.Background(), before, after, "tag")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(comparison.Witness)
	// Output:
	// tag is "d40": before "allow", after "deny No"
}
