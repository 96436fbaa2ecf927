package policytest

import (
	"context"
	"fmt"

	"github.com/kojikit/kojikit/policy"
)

// Disagreement is a case that two sets of policies decide differently.
type Disagreement struct {
	Case   string // name
	Policy string
	// Before and After are the two decisions, or the errors in their place.
	Before, After       policy.Decision
	BeforeErr, AfterErr error
}

// String tells the disagreement in one line.
func (d *Disagreement) String() string {
	name := d.Policy
	if d.Case != "" {
		name += ", " + d.Case
	}
	return fmt.Sprintf("%s: before %s, after %s", name, outcomeText(&d.Before, d.BeforeErr), outcomeText(&d.After, d.AfterErr))
}

func outcomeText(d *policy.Decision, err error) string {
	if err != nil {
		return "failure: " + err.Error()
	}
	return show(d)
}

// differ reports whether two outcomes are not the same: in whether there is one, in
// whether a rule matched, or in the action.
func differ(a *policy.Decision, errA error, b *policy.Decision, errB error) bool {
	if errA != nil || errB != nil {
		return (errA == nil) != (errB == nil)
	}
	return a.Matched != b.Matched || a.Action != b.Action
}

// Diff decides the cases of a suite with two sets of policies and returns those on
// which they disagree. What the cases want does not matter.
func (s *Suite) Diff(ctx context.Context, before, after *policy.Set) []Disagreement {
	var out []Disagreement
	for i := range s.Cases {
		c := &s.Cases[i]
		world := c.World
		if world == nil {
			world = &s.World
		}
		d := Disagreement{Case: c.Name, Policy: c.Policy}
		lookups := policy.NewScope(world.As(c.User))
		d.Before, d.BeforeErr = before.Eval(ctx, c.Policy, c.Data, lookups)
		d.After, d.AfterErr = after.Eval(ctx, c.Policy, c.Data, lookups)
		if differ(&d.Before, d.BeforeErr, &d.After, d.AfterErr) {
			out = append(out, d)
		}
	}
	return out
}

// Shadow evaluates a candidate beside the set that serves, and reports where they
// disagree. It is for trying new rules on live traffic: the candidate has no
// influence on what is answered.
type Shadow struct {
	Live, Candidate *policy.Set
	// Report is told of every disagreement. It may be called by several goroutines.
	Report func(context.Context, *Disagreement)
}

// Eval is policy.Set.Eval of the live set. What it looked up serves the candidate
// too, which asks only for what else it needs.
func (s *Shadow) Eval(ctx context.Context, name string, data policy.Data, lookups policy.Lookups) (policy.Decision, error) {
	lookups = scoped(lookups)
	d, err := s.Live.Eval(ctx, name, data, lookups)
	s.compare(ctx, name, data, lookups, &d, err)
	return d, err
}

// Check is policy.Set.Check of the live set. The candidate is compared by its
// decision, not by its verdict.
func (s *Shadow) Check(
	ctx context.Context, name string, data policy.Data, lookups policy.Lookups, o policy.CheckOptions,
) (policy.Verdict, error) {
	lookups = scoped(lookups)
	v, err := s.Live.Check(ctx, name, data, lookups, o)
	s.compare(ctx, name, data, lookups, &v.Decision, err)
	return v, err
}

func scoped(lookups policy.Lookups) policy.Lookups {
	if lookups == nil {
		return nil
	}
	return policy.NewScope(lookups)
}

func (s *Shadow) compare(ctx context.Context, name string, data policy.Data, lookups policy.Lookups, live *policy.Decision, err error) {
	if _, derives := data.(*policy.Overlay); derives {
		// What the candidate derives must not be seen by evaluations to come.
		data = policy.NewOverlay(data)
	}
	d := Disagreement{Policy: name, Before: *live, BeforeErr: err}
	d.After, d.AfterErr = s.Candidate.Eval(ctx, name, data, lookups)
	if s.Live.Program(name) == nil && s.Candidate.Program(name) == nil {
		return
	}
	if differ(&d.Before, d.BeforeErr, &d.After, d.AfterErr) {
		s.Report(ctx, &d)
	}
}
