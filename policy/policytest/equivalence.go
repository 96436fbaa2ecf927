package policytest

import (
	"context"
	"fmt"
	"strings"

	"github.com/kojikit/kojikit/policy"
)

// Comparison is what [Compare] found out about two policies.
type Comparison struct {
	// Witness is a case that the two decide differently; nil if none was found.
	Witness *Witness
	// Complete tells that all cases were looked at, so that without a witness the two
	// are equivalent. It is false if there were too many.
	Complete bool
	// Cases is how many were told apart.
	Cases int
}

// Equivalent reports whether both policies decide every case alike.
func (c *Comparison) Equivalent() bool { return c.Witness == nil && c.Complete }

// Witness is a case that two policies decide differently.
type Witness struct {
	// Data is what the data hold; keys that do not matter are absent.
	Data policy.Values
	// Assumed tells what look-ups would have to answer, and which tests would have
	// to fail.
	Assumed []string
	// Before and After are the outcomes: an action in quotes, "no match" or
	// "failure".
	Before, After string
}

// String tells the witness in one line.
func (w *Witness) String() string {
	var parts []string
	if len(w.Data) > 0 {
		parts = append(parts, "data "+policy.Map(w.Data).String())
	}
	parts = append(parts, w.Assumed...)
	if parts == nil {
		parts = []string{"empty data"}
	}
	return fmt.Sprintf("%s: before %s, after %s", strings.Join(parts, "; "), w.Before, w.After)
}

// maxCases bounds how many cases Compare tells apart. A policy of independent tests
// has twice as many for each.
const maxCases = 100000

// Compare looks for a case that a policy of two sets decides differently: in whether
// a rule matches, in the action, or in whether a test fails. It knows how tests of
// one value depend on each other: patterns, comparisons and conditions on a key, and
// patterns on one name that is looked up. Any other test it takes to be true or
// false, or to fail if it may, whatever the others say; so a witness that assumes
// something may be impossible.
func Compare(ctx context.Context, before, after *policy.Set, name string) (*Comparison, error) {
	for _, set := range []*policy.Set{before, after} {
		if set.Program(name) == nil {
			_, err := set.Eval(ctx, name, nil, nil)
			return nil, err
		}
	}
	s := newSymbols(ctx, before, after, name)
	c := &Comparison{Complete: true}
	s.explore(ctx, c, s.start(), name, before, after)
	return c, ctx.Err()
}

// explore looks at all cases that a state leaves open, until there is a witness.
func (s *symbols) explore(ctx context.Context, c *Comparison, st state, name string, before, after *policy.Set) {
	if ctx.Err() != nil || c.Cases >= maxCases {
		c.Complete = false
		return
	}
	first, open := s.evaluate(st, before, name, 0)
	var second outcome
	if open == nil {
		second, open = s.evaluate(st, after, name, 0)
	}
	if open == nil {
		c.Cases++
		if first != second {
			c.Witness = s.witness(st)
			c.Witness.Before, c.Witness.After = first.String(), second.String()
		}
		return
	}
	for _, answer := range []policy.Outcome{policy.True, policy.False, policy.Failed} {
		next, possible := s.assume(st, open, answer)
		if !possible {
			continue
		}
		if s.explore(ctx, c, next, name, before, after); c.Witness != nil {
			return
		}
	}
}

// outcome is what a policy makes of a case.
type outcome struct {
	failed, matched bool
	action          string
}

func (o outcome) String() string {
	switch {
	case o.failed:
		return "failure"
	case o.matched:
		return fmt.Sprintf("%q", o.action)
	}
	return "no match"
}

// maxDepth is how deep policies may refer to each other before they are taken to
// loop.
const maxDepth = 50

// evaluate evaluates a policy as far as a state tells the outcomes of tests. It
// returns the first test that it does not tell.
func (s *symbols) evaluate(st state, set *policy.Set, name string, depth int) (outcome, *policy.Test) {
	p := set.Program(name)
	if p == nil || depth > maxDepth {
		return outcome{failed: true}, nil
	}
	return s.rules(st, set, p.Top(), depth)
}

func (s *symbols) rules(st state, set *policy.Set, rules []*policy.Rule, depth int) (outcome, *policy.Test) {
	for _, r := range rules {
		answer, open := s.rule(st, set, r, depth)
		switch {
		case open != nil:
			return outcome{}, open
		case answer == policy.Failed:
			return outcome{failed: true}, nil
		case answer == policy.False:
			continue
		case r.Terminal():
			return outcome{matched: true, action: r.Action()}, nil
		}
		if o, open := s.rules(st, set, r.Block(), depth); open != nil || o.failed || o.matched {
			return o, open
		}
	}
	return outcome{}, nil
}

func (s *symbols) rule(st state, set *policy.Set, r *policy.Rule, depth int) (policy.Outcome, *policy.Test) {
	holds := policy.True
	for _, t := range r.Tests() {
		answer, open := s.test(st, set, t, depth)
		if open != nil || answer == policy.Failed {
			return answer, open
		}
		if answer == policy.False {
			holds = policy.False
			break
		}
	}
	if r.Negated() {
		holds = policy.True + policy.False - holds
	}
	return holds, nil
}

func (s *symbols) test(st state, set *policy.Set, t *policy.Test, depth int) (policy.Outcome, *policy.Test) {
	if c := t.Constant(); c != policy.NotRun {
		return c, nil
	}
	if name, ok := otherPolicy(t); ok {
		o, open := s.evaluate(st, set, name, depth+1)
		switch action := strings.ToLower(o.action); {
		case open != nil:
			return policy.NotRun, open
		case o.failed:
			return policy.Failed, nil
		case o.matched && (action == "yes" || action == "true" || action == "allow"):
			return policy.True, nil
		}
		return policy.False, nil
	}
	if answer := s.answer(st, t); answer != policy.NotRun {
		return answer, nil
	}
	return policy.NotRun, t
}

// otherPolicy returns the policy that a test evaluates.
func otherPolicy(t *policy.Test) (string, bool) {
	d := t.Definition()
	if d == nil || len(d.Args) == 0 || d.Args[0].Kind != policy.ArgPolicy || len(t.Args()) == 0 {
		return "", false
	}
	return t.Args()[0], true
}
