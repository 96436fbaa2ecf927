package policytest

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
)

// Coverage counts what evaluations reach of the policies of a set: rules that
// matched, tests that were true and false, actions that were taken. It is safe for
// concurrent use. As JSON it can be kept and merged with that of other test runs.
type Coverage struct {
	mu       sync.Mutex
	Policies []*PolicyCoverage `json:"policies"`
	rules    map[ruleID]*RuleCoverage
}

// PolicyCoverage is the coverage of one policy.
type PolicyCoverage struct {
	Policy string          `json:"policy"`
	Rules  []*RuleCoverage `json:"rules"`
}

// RuleCoverage tells how often a rule was evaluated with which outcome.
type RuleCoverage struct {
	Range    policy.Range `json:"range"`
	Text     string       `json:"text"`
	Depth    int          `json:"depth,omitempty"`
	Terminal bool         `json:"terminal,omitempty"` // has an action
	// Never tells that no data can make the rule match.
	Never      bool            `json:"never,omitempty"`
	Matched    int             `json:"matched"`
	NotMatched int             `json:"not_matched"`
	Failed     int             `json:"failed,omitempty"`
	Tests      []*TestCoverage `json:"tests"`
}

// TestCoverage tells how often a test was run with which outcome.
type TestCoverage struct {
	Text string `json:"text"`
	// Constant tells that the outcome is always the same.
	Constant bool `json:"constant,omitempty"`
	True     int  `json:"true"`
	False    int  `json:"false"`
	Failed   int  `json:"failed,omitempty"`
}

// ruleID names a rule over several sets of the same texts.
type ruleID struct {
	policy string
	index  int
	text   string
}

// NewCoverage returns the coverage of the policies of a set, without those that are
// built in.
func NewCoverage(set *policy.Set) *Coverage {
	c := &Coverage{rules: make(map[ruleID]*RuleCoverage)}
	for _, name := range set.Names() {
		p := set.Program(name)
		if p.BuiltIn() {
			continue
		}
		pc := &PolicyCoverage{Policy: name}
		for r := range p.Rules() {
			pc.Rules = append(pc.Rules, newRuleCoverage(r))
		}
		c.Policies = append(c.Policies, pc)
	}
	c.index()
	return c
}

func newRuleCoverage(r *policy.Rule) *RuleCoverage {
	rc := &RuleCoverage{
		Range: r.Range(), Text: r.String(), Depth: r.Depth(), Terminal: r.Terminal(), Never: r.Constant() == policy.False,
	}
	for _, t := range r.Tests() {
		rc.Tests = append(rc.Tests, &TestCoverage{Text: t.String(), Constant: t.Constant() != policy.NotRun})
	}
	return rc
}

func (c *Coverage) index() {
	c.rules = make(map[ruleID]*RuleCoverage)
	for _, p := range c.Policies {
		for i, r := range p.Rules {
			c.rules[ruleID{p.Policy, i, r.Text}] = r
		}
	}
}

// Observe counts an event of policy.Program.Trace. Rules that the coverage does not
// know are ignored.
func (c *Coverage) Observe(ev policy.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rules == nil {
		c.index() // it was read from JSON
	}
	rc := c.rules[ruleID{ev.Rule.Program().Name(), ev.Rule.Index(), ev.Rule.String()}]
	if rc == nil {
		return
	}
	switch ev.Kind {
	case policy.RuleDone:
		if ev.Outcome == policy.True {
			rc.Matched++
		} else {
			rc.NotMatched++
		}
	case policy.TestDone:
		tc := rc.Tests[ev.Test.Index()]
		switch ev.Outcome {
		case policy.True:
			tc.True++
		case policy.False:
			tc.False++
		default:
			tc.Failed++
			rc.Failed++
		}
	}
}

// observer returns Observe, or nil for no coverage.
func (c *Coverage) observer() func(policy.Event) {
	if c == nil {
		return nil
	}
	return c.Observe
}

// Merge adds the counts of another coverage of the same texts. Rules that only the
// other one knows are an error ([koji.ErrMismatch]): the texts have changed.
func (c *Coverage) Merge(other *Coverage) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rules == nil {
		c.index()
	}
	for _, p := range other.Policies {
		for i, r := range p.Rules {
			mine := c.rules[ruleID{p.Policy, i, r.Text}]
			if mine == nil || len(mine.Tests) != len(r.Tests) {
				return koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "coverage of policy %s: another text has the rule %q", p.Policy, r.Text)
			}
			mine.add(r)
		}
	}
	return nil
}

func (r *RuleCoverage) add(other *RuleCoverage) {
	r.Matched += other.Matched
	r.NotMatched += other.NotMatched
	r.Failed += other.Failed
	for i, t := range other.Tests {
		r.Tests[i].True += t.True
		r.Tests[i].False += t.False
		r.Tests[i].Failed += t.Failed
	}
}

// Ratio is how many of some things are covered.
type Ratio struct{ Covered, Total int }

// String returns COVERED/TOTAL.
func (r Ratio) String() string { return fmt.Sprintf("%d/%d", r.Covered, r.Total) }

func (r *Ratio) add(covered bool) {
	r.Total++
	if covered {
		r.Covered++
	}
}

// Totals counts what is covered of all policies.
type Totals struct {
	Rules    Ratio // that can match; covered when they have
	Actions  Ratio // rules among them that have an action
	Outcomes Ratio // true and false of each test; of a constant one, that it was run
}

// Percent returns how much of rules and outcomes is covered, from 0 to 100. Without
// any it is 100.
func (t Totals) Percent() float64 {
	total := t.Rules.Total + t.Outcomes.Total
	if total == 0 {
		return 100
	}
	return 100 * float64(t.Rules.Covered+t.Outcomes.Covered) / float64(total)
}

// Totals returns how much is covered.
func (c *Coverage) Totals() Totals {
	c.mu.Lock()
	defer c.mu.Unlock()
	var t Totals
	for _, p := range c.Policies {
		for _, r := range p.Rules {
			r.count(&t)
		}
	}
	return t
}

// Percent returns how much is covered, see [Totals.Percent].
func (c *Coverage) Percent() float64 { return c.Totals().Percent() }

func (r *RuleCoverage) count(t *Totals) {
	if !r.Never {
		t.Rules.add(r.Matched > 0)
		if r.Terminal {
			t.Actions.add(r.Matched > 0)
		}
	}
	for _, test := range r.Tests {
		if test.Constant {
			t.Outcomes.add(test.True+test.False > 0)
			continue
		}
		t.Outcomes.add(test.True > 0)
		t.Outcomes.add(test.False > 0)
	}
}

// Uncovered is something that no evaluation reached.
type Uncovered struct {
	Policy string
	Range  policy.Range // of the rule
	Text   string       // of the rule
	What   string       // such as "never matched"
}

// Uncovered tells what is not covered, in the order of the texts.
func (c *Coverage) Uncovered() []Uncovered {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []Uncovered
	for _, p := range c.Policies {
		for _, r := range p.Rules {
			for _, what := range r.missing() {
				out = append(out, Uncovered{p.Policy, r.Range, r.Text, what})
			}
		}
	}
	return out
}

// Missing is [Coverage.Uncovered] with a line for each.
func (c *Coverage) Missing() []string {
	var out []string
	for _, u := range c.Uncovered() {
		out = append(out, fmt.Sprintf("%s: policy %s: %s: %s", u.Range, u.Policy, u.Text, u.What))
	}
	return out
}

func (r *RuleCoverage) missing() []string {
	if r.Matched+r.NotMatched+r.Failed == 0 {
		return []string{"never reached"}
	}
	var out []string
	if r.Matched == 0 && !r.Never {
		out = append(out, "never matched")
	}
	for _, t := range r.Tests {
		switch {
		case t.True+t.False+t.Failed == 0:
			out = append(out, "test "+t.Text+" never run")
		case t.Constant:
		case t.True == 0:
			out = append(out, "test "+t.Text+" never true")
		case t.False == 0:
			out = append(out, "test "+t.Text+" never false")
		}
	}
	return out
}

// Gate fails the test if less than the wanted percentage is covered, and tells what
// is missing.
func (c *Coverage) Gate(tb testing.TB, percent float64) {
	tb.Helper()
	if got := c.Percent(); got < percent {
		tb.Errorf("policy coverage is %.1f %%, want %.1f %%; missing:\n%s", got, percent, strings.Join(c.Missing(), "\n"))
	}
}

// WriteText writes the coverage for people: every rule with its counts.
func (c *Coverage) WriteText(w io.Writer) error {
	totals := c.Totals()
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	for _, p := range c.Policies {
		fmt.Fprintf(&b, "policy %s\n", p.Policy)
		for _, r := range p.Rules {
			mark := " "
			if len(r.missing()) > 0 {
				mark = "!"
			}
			fmt.Fprintf(&b, "%s %6d %6d  %s%s\n", mark, r.Matched, r.NotMatched, strings.Repeat("    ", r.Depth), r.Text)
			for _, what := range r.missing() {
				fmt.Fprintf(&b, "                   %s%s\n", strings.Repeat("    ", r.Depth), what)
			}
		}
	}
	fmt.Fprintf(&b, "covered: %.1f %% (rules %s, actions %s, outcomes of tests %s)\n",
		totals.Percent(), totals.Rules, totals.Actions, totals.Outcomes)
	_, err := io.WriteString(w, b.String())
	return err
}

// Untaken returns the rules with an action that no evaluation took.
func (c *Coverage) Untaken() []*RuleCoverage {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []*RuleCoverage
	for _, p := range c.Policies {
		out = append(out, slices.DeleteFunc(slices.Clone(p.Rules), func(r *RuleCoverage) bool { return !r.Terminal || r.Matched > 0 })...)
	}
	return out
}
