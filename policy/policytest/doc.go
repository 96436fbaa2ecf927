// Package policytest tests the policies of a Koji hub: tables of cases in Go or in
// files, a small world in memory to look things up in, the coverage of rules, and
// the difference between two versions of a text.
//
//	func TestPolicies(t *testing.T) {
//		config, issues := policy.ReadConfig(os.DirFS("."), "hub.conf")
//		set, found := policy.New(config.Texts, config.Options())
//		if set == nil {
//			t.Fatal(append(issues, found...).Err())
//		}
//		suite, err := policytest.Load(os.DirFS("testdata"), "cases.yaml")
//		if err != nil {
//			t.Fatal(err)
//		}
//		coverage := policytest.NewCoverage(set)
//		policytest.Run(t, set, suite, coverage)
//		coverage.Gate(t, 90)
//	}
//
// A [Suite] holds [Case]s, each a question to a policy as a user of a [World] asks
// it, with the wanted answer; [Parse] shows the format of case files. Lookups that
// fail when they are touched ([Untouched]) prove that a policy needs none.
//
// [Coverage] counts for every rule how often it matched, and for every test how
// often it was true and false. It can be kept as JSON, merged over test runs, shown
// as text and as a page, and demanded ([Coverage.Gate]).
//
// Before a text is changed, [Compare] finds a case that the new one decides
// differently or proves that there is none, [Suite.Diff] tells the cases that change,
// and [Shadow] tries the new one beside the old on live traffic.
package policytest
