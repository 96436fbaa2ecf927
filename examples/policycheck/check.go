package main

import (
	"context"
	"fmt"

	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/policy/policytest"
)

// report is what was found out.
type report struct {
	OK       bool                 `json:"ok"`
	Issues   policy.Issues        `json:"issues"`
	Cases    []caseReport         `json:"cases,omitempty"`
	Covered  *float64             `json:"covered,omitempty"` // percent
	Wanted   float64              `json:"wanted,omitempty"`
	Coverage *policytest.Coverage `json:"coverage,omitempty"`
}

// caseReport is the outcome of one case.
type caseReport struct {
	File        string   `json:"file"`
	Name        string   `json:"name"`
	Passed      bool     `json:"passed"`
	Problems    []string `json:"problems,omitempty"`
	Explanation string   `json:"explanation,omitempty"`
}

// check does all that the options ask for.
func check(ctx context.Context, o *options) (*report, error) {
	r := &report{Issues: policy.Issues{}, Wanted: o.minCoverage}
	set, err := r.compile(o)
	if err != nil {
		return nil, err
	}
	if set == nil {
		return r, nil
	}
	r.OK = r.Issues.Count(policy.Error) == 0
	coverage := policytest.NewCoverage(set)
	for _, name := range o.cases {
		if err := r.ask(ctx, set, name, coverage); err != nil {
			return nil, err
		}
	}
	if o.cases == nil && o.minCoverage == 0 && o.html == "" {
		return r, nil
	}
	percent := coverage.Percent()
	r.Coverage, r.Covered = coverage, &percent
	r.OK = r.OK && percent >= o.minCoverage
	return r, nil
}

// compile reads and compiles the policies. It returns nil if they are refused.
func (r *report) compile(o *options) (*policy.Set, error) {
	names, err := configFiles(o)
	if err != nil {
		return nil, err
	}
	if o.rewrite {
		if err := rewrite(names); err != nil {
			return nil, err
		}
	}
	config, issues := policy.ReadConfig(hostFiles{}, names...)
	r.Issues = append(r.Issues, issues...)
	tests := policy.HubTests()
	if o.sidetags {
		if tests, err = tests.With(policy.SidetagTests()...); err != nil {
			return nil, err
		}
	}
	options := config.Options()
	options.Tests, options.DeferUnknownTests = tests, o.plugins
	if o.strict {
		options.Mode = policy.Strict
	}
	r.Issues = append(r.Issues, policy.Lint(config.Texts, options)...)
	set, _ := policy.New(config.Texts, options)
	if issues.Err() != nil {
		return nil, nil
	}
	return set, nil
}

// ask asks the cases of a file.
func (r *report) ask(ctx context.Context, set *policy.Set, name string, coverage *policytest.Coverage) error {
	suite, err := policytest.Load(hostFiles{}, name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, result := range suite.Run(ctx, set, coverage) {
		r.Cases = append(r.Cases, caseReport{
			File: name, Name: result.Case.Name, Passed: result.Passed(),
			Problems: result.Problems, Explanation: result.Explanation,
		})
		r.OK = r.OK && result.Passed()
	}
	return nil
}
