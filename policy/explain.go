package policy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Explanation tells why a policy decided as it did.
type Explanation struct {
	Policy  string `json:"policy"`
	Matched bool   `json:"matched"`
	Action  string `json:"action,omitempty"`
	Range   Range  `json:"range"`            // of the rule that decided
	Report  string `json:"report,omitempty"` // see [Decision.Report]
	Error   string `json:"error,omitempty"`  // why there is no decision
	// Rules are those that were reached, in the order of the text.
	Rules   []*RuleTrace `json:"rules"`
	Unread  int          `json:"unread"` // rules that were not reached
	Lookups int          `json:"lookups"`
	// Time is how long the tests took.
	Time time.Duration `json:"time"`
}

// Explain evaluates a policy and tells every step. A policy that is not defined is
// an error, a test that fails is part of the explanation.
func (s *Set) Explain(ctx context.Context, name string, data Data, lookups Lookups) (*Explanation, error) {
	p := s.Program(name)
	if p == nil {
		return nil, errNoPolicy(name)
	}
	if lookups != nil {
		lookups = NewScope(lookups)
	}
	b := newTraceBuilder(s.options.Redact)
	d, err := p.Trace(ctx, data, lookups, b.add)
	x := &Explanation{
		Policy: name, Matched: d.Matched, Action: d.Action, Rules: b.roots, Lookups: d.Lookups, Time: totalTime(b.roots),
		Unread: len(p.rules) - countRules(b.roots),
	}
	if err != nil {
		x.Error = err.Error()
		return x, nil
	}
	x.Report = d.Report()
	if d.Rule != nil {
		x.Range = d.Rule.Range()
	}
	return x, nil
}

func countRules(rules []*RuleTrace) int {
	n := len(rules)
	for _, r := range rules {
		n += countRules(r.Block)
	}
	return n
}

// problemOf returns the message of an error without the place of the test.
func problemOf(err error) string {
	var e *EvalError
	if errors.As(err, &e) {
		return e.Problem()
	}
	return err.Error()
}

// WriteText writes the explanation for people.
func (x *Explanation) WriteText(w io.Writer) error {
	var b strings.Builder
	switch {
	case x.Error != "":
		fmt.Fprintf(&b, "policy %s failed: %s\n", x.Policy, x.Error)
	case x.Matched:
		fmt.Fprintf(&b, "policy %s: %s\n  decided by %s  %s\n", x.Policy, quote(x.Action), x.Range, x.Report)
	default:
		fmt.Fprintf(&b, "policy %s: no rule matches\n", x.Policy)
	}
	writeRules(&b, x.Rules, 1)
	if x.Unread > 0 {
		fmt.Fprintf(&b, "  %d more not reached\n", x.Unread)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeRules(b *strings.Builder, rules []*RuleTrace, depth int) {
	indent := strings.Repeat("  ", depth)
	for _, r := range rules {
		fmt.Fprintf(b, "%s%s  %s  => %s\n", indent, r.Range, r.Text, r.Outcome)
		for _, t := range r.Tests {
			fmt.Fprintf(b, "%s    %s: %s%s\n", indent, t.Text, t.Outcome, t.details())
			writeRules(b, t.Policy, depth+3)
		}
		writeRules(b, r.Block, depth+1)
	}
}

// details returns what is known of the test besides its outcome.
func (t *TestTrace) details() string {
	var parts []string
	for _, v := range t.Compared {
		parts = append(parts, "looked at "+v.String())
	}
	for _, d := range t.Derived {
		parts = append(parts, "set "+d.Key+" to "+d.Value.String())
	}
	switch {
	case t.Lookups == 1:
		parts = append(parts, "1 look-up")
	case t.Lookups > 1:
		parts = append(parts, fmt.Sprintf("%d look-ups", t.Lookups))
	}
	if t.Error != "" {
		parts = append(parts, t.Error)
	}
	if parts == nil {
		return ""
	}
	return " (" + strings.Join(parts, "; ") + ")"
}
