package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/kojikit/kojikit/policy"
)

// write writes the report in one of the formats.
func (r *report) write(w io.Writer, format string) error {
	switch format {
	case "json":
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(r)
	case "sarif":
		return append(r.Issues, r.caseIssues()...).WriteSARIF(w, "policycheck")
	}
	return r.writeText(w)
}

func (r *report) writeText(w io.Writer) error {
	if err := r.Issues.WriteText(w); err != nil {
		return err
	}
	failed := 0
	for _, c := range r.Cases {
		if c.Passed {
			continue
		}
		failed++
		fmt.Fprintf(w, "%s: case %q failed\n", c.File, c.Name)
		for _, problem := range c.Problems {
			fmt.Fprintf(w, "    %s\n", problem)
		}
		fmt.Fprint(w, c.Explanation)
	}
	if r.Covered != nil {
		for _, missing := range r.Coverage.Missing() {
			fmt.Fprintf(w, "not covered: %s\n", missing)
		}
		fmt.Fprintf(w, "%d cases, %d failed; %.1f %% covered, %.1f %% wanted\n", len(r.Cases), failed, *r.Covered, r.Wanted)
	}
	_, err := fmt.Fprintf(w, "errors: %d, warnings: %d, advice: %d\n", r.Issues.Count(policy.Error),
		r.Issues.Count(policy.Warning)-r.Issues.Count(policy.Error), len(r.Issues)-r.Issues.Count(policy.Warning))
	return err
}

// caseIssues tells failed cases, and rules that no case covers, as issues.
func (r *report) caseIssues() policy.Issues {
	var issues policy.Issues
	for _, c := range r.Cases {
		for _, problem := range c.Problems {
			issues = append(issues, policy.Issue{
				Code: "failed-case", Severity: policy.Error, Range: policy.Range{File: c.File},
				Message: fmt.Sprintf("case %q: %s", c.Name, problem),
			})
		}
	}
	if r.Covered == nil {
		return issues
	}
	severity := policy.Advice
	if *r.Covered < r.Wanted {
		severity = policy.Error
	}
	for _, rule := range r.Coverage.Uncovered() {
		issues = append(issues, policy.Issue{
			Code: "not-covered", Severity: severity, Policy: rule.Policy, Range: rule.Range,
			Message: rule.Text + ": " + rule.What,
		})
	}
	return issues
}

// writeHTML writes the coverage as a page.
func (r *report) writeHTML(name string) error {
	if r.Coverage == nil {
		return nil
	}
	var page bytes.Buffer
	if err := r.Coverage.WriteHTML(&page); err != nil {
		return err
	}
	return os.WriteFile(name, page.Bytes(), 0o644)
}
