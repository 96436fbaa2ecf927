package policytest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/kojikit/kojikit/policy"
)

// Result is the outcome of a [Case].
type Result struct {
	Case *Case
	// Problems tell how the answer differs from the wanted one; nil if it does not.
	Problems []string
	// Explanation tells how the policy came to its decision, if it did not pass.
	Explanation string
}

// Passed reports whether the answer is the wanted one.
func (r *Result) Passed() bool { return len(r.Problems) == 0 }

// String tells the problems, one a line, and the explanation.
func (r *Result) String() string {
	if r.Passed() {
		return r.Case.Name + ": passed"
	}
	return r.Case.Name + ": " + strings.Join(r.Problems, "\n") + "\n" + r.Explanation
}

// Run asks all cases of the suite. The coverage, which may be nil, counts what they
// reach.
func (s *Suite) Run(ctx context.Context, set *policy.Set, coverage *Coverage) []Result {
	results := make([]Result, len(s.Cases))
	for i := range s.Cases {
		results[i] = s.run(ctx, set, &s.Cases[i], coverage)
	}
	return results
}

// Run asks all cases of a suite, each as a subtest. The coverage, which may be nil,
// counts what they reach.
func Run(t *testing.T, set *policy.Set, s *Suite, coverage *Coverage) {
	t.Helper()
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	for i := range s.Cases {
		t.Run(s.Cases[i].Name, func(t *testing.T) {
			if r := s.run(t.Context(), set, &s.Cases[i], coverage); !r.Passed() {
				t.Error(r.String())
			}
		})
	}
}

func (s *Suite) run(ctx context.Context, set *policy.Set, c *Case, coverage *Coverage) Result {
	r := Result{Case: c}
	world := c.World
	if world == nil {
		world = &s.World
	}
	lookups := world.As(c.User)
	p := set.Program(c.Policy)
	if p == nil && c.Want.Verdict == "" {
		r.Problems = append(r.Problems, "there is no policy "+c.Policy)
		return r
	}
	if p != nil {
		d, err := p.Trace(ctx, c.Data, lookups, coverage.observer())
		r.Problems = append(r.Problems, c.Want.compare(&d, err)...)
	}
	if c.Want.Verdict != "" || c.Want.Reason != nil {
		v, err := set.Check(ctx, c.Policy, c.Data, lookups, policy.CheckOptions{Force: c.Force, Default: c.Default})
		r.Problems = append(r.Problems, c.Want.compareVerdict(&v, err)...)
	}
	if r.Passed() || p == nil {
		return r
	}
	var b strings.Builder
	if x, err := set.Explain(ctx, c.Policy, c.Data, lookups); err == nil && x.WriteText(&b) == nil {
		r.Explanation = b.String()
	}
	return r
}

// compare returns how a decision differs from the wanted one.
func (w *Want) compare(d *policy.Decision, err error) []string {
	if err != nil {
		return w.compareError(err)
	}
	var out []string
	problem := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if w.Error != "" {
		problem("want error %q, got %s", w.Error, show(d))
	}
	if w.NoMatch && d.Matched {
		problem("want no match, got %s", show(d))
	}
	if w.Action != nil && (!d.Matched || d.Action != *w.Action) {
		problem("want action %q, got %s", *w.Action, show(d))
	}
	if w.Rule != "" && d.Report() != w.Rule {
		problem("want rule %q, got %q", w.Rule, d.Report())
	}
	if w.Line != 0 && (d.Rule == nil || d.Rule.Range().Line != w.Line) {
		problem("want the rule in line %d, got %s", w.Line, show(d))
	}
	if w.MaxLookups != nil && d.Lookups > *w.MaxLookups {
		problem("want at most %d look-ups, got %d", *w.MaxLookups, d.Lookups)
	}
	return out
}

func (w *Want) compareError(err error) []string {
	if w.Error == "" {
		return []string{"the evaluation failed: " + err.Error()}
	}
	var e *policy.EvalError
	if strings.Contains(err.Error(), w.Error) || errors.As(err, &e) && e.Kind.String() == w.Error {
		return nil
	}
	return []string{fmt.Sprintf("want error %q, got %v", w.Error, err)}
}

// compareVerdict returns how a verdict differs from the wanted one.
func (w *Want) compareVerdict(v *policy.Verdict, err error) []string {
	if err != nil {
		return nil // compare has told
	}
	var out []string
	verdict := "deny"
	if v.Allowed {
		verdict = "allow"
	}
	if w.Verdict != "" && w.Verdict != verdict {
		out = append(out, fmt.Sprintf("want %s, got %s %q", w.Verdict, verdict, v.Reason))
	}
	if w.Reason != nil && *w.Reason != v.Reason {
		out = append(out, fmt.Sprintf("want reason %q, got %q", *w.Reason, v.Reason))
	}
	return out
}

// show tells a decision with its place.
func show(d *policy.Decision) string {
	if !d.Matched {
		return "no match"
	}
	return fmt.Sprintf("%q of the rule at %s", d.Action, d.Rule.Range())
}
