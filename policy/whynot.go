package policy

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Obstacle tells why a rule did not decide.
type Obstacle struct {
	Rule   *Rule  `json:"-"`
	Range  Range  `json:"range"` // of the rule
	Text   string `json:"text"`
	Action string `json:"action"`
	// Test is the first test on the way to the rule that has the wrong outcome; nil
	// if all are right and another rule came first, or if the rule is negated and
	// all its tests hold.
	Test *TestTrace `json:"test,omitempty"`
	// At is the rule whose tests do not hold: the rule itself or one whose block
	// it stands in. It is nil if all hold.
	At *RuleTrace `json:"at,omitempty"`
	// Before is the place of the rule that decided instead, if all tests hold.
	Before *Range `json:"before,omitempty"`
}

// WhyNot tells for each rule with an action whose first word is one of the wanted,
// in whatever case, why it did not decide. Rules that evaluation does not reach are
// tested all the same. There is no obstacle for the rule that does decide.
func (s *Set) WhyNot(ctx context.Context, name string, data Data, lookups Lookups, wanted ...string) ([]Obstacle, error) {
	p := s.Program(name)
	if p == nil {
		return nil, errNoPolicy(name)
	}
	if lookups != nil {
		lookups = NewScope(lookups)
	}
	d, err := p.Eval(ctx, data, lookups)
	if err != nil {
		return nil, err
	}
	var obstacles []Obstacle
	for _, r := range p.rules {
		if !r.Terminal() || r == d.Rule || !slices.ContainsFunc(wanted, func(w string) bool { return strings.EqualFold(w, r.keyword) }) {
			continue
		}
		o := Obstacle{Rule: r, Range: r.Range(), Text: r.String(), Action: r.action}
		s.findObstacle(ctx, &o, data, lookups)
		if o.At == nil && d.Rule != nil {
			before := d.Rule.Range()
			o.Before = &before
		}
		obstacles = append(obstacles, o)
	}
	return obstacles, nil
}

// findObstacle runs the tests on the way to a rule from the outside in.
func (s *Set) findObstacle(ctx context.Context, o *Obstacle, data Data, lookups Lookups) {
	var path []*Rule
	for r := o.Rule; r != nil; r = r.parent {
		path = append(path, r)
	}
	slices.Reverse(path)
	e := o.Rule.program.unit.start(ctx, data, lookups)
	defer e.stop()
	for _, r := range path {
		b := newTraceBuilder(s.options.Redact)
		e.tracer = b.add
		b.add(Event{Kind: RuleStart, Rule: r})
		holds, err := e.tests(r, 0)
		if err == nil && holds != r.negated {
			continue
		}
		o.At = b.roots[0]
		o.At.Outcome = outcomeOf(false, err)
		for _, t := range o.At.Tests {
			if t.Outcome == Failed || t.Outcome == False && !r.negated {
				o.Test = t
			}
		}
		return
	}
}

// String tells the obstacle in one line.
func (o *Obstacle) String() string {
	what := fmt.Sprintf("%s  %s", o.Range, o.Text)
	switch {
	case o.At == nil && o.Before != nil:
		return fmt.Sprintf("%s: holds, but the rule at %s comes first", what, o.Before)
	case o.At == nil:
		return what + ": holds"
	}
	where := ""
	if o.At.Rule != o.Rule {
		where = fmt.Sprintf(" of the block at %s", o.At.Range)
	}
	if o.Test == nil {
		return fmt.Sprintf("%s: all tests%s hold, and it is negated", what, where)
	}
	return fmt.Sprintf("%s: %s%s is %s%s", what, o.Test.Text, where, o.Test.Outcome, o.Test.details())
}

// WriteObstacles writes obstacles for people, one a line.
func WriteObstacles(w io.Writer, obstacles []Obstacle) error {
	for i := range obstacles {
		if _, err := fmt.Fprintln(w, obstacles[i].String()); err != nil {
			return err
		}
	}
	return nil
}
