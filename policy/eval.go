package policy

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Eval evaluates the program: it takes the first rule, in the order of the text,
// whose tests hold and that leads to an action. data may be nil, and so may
// lookups for policies that need none.
//
// The error is an [EvalError].
func (p *Program) Eval(ctx context.Context, data Data, lookups Lookups) (Decision, error) {
	e := p.unit.start(ctx, data, lookups)
	defer e.stop()
	return e.decide(p)
}

// Trace is [Program.Eval] that tells tracer about every rule and test as they are
// evaluated. Tracing takes several times as long.
func (p *Program) Trace(ctx context.Context, data Data, lookups Lookups, tracer func(Event)) (Decision, error) {
	e := p.unit.start(ctx, data, lookups)
	defer e.stop()
	e.tracer = tracer
	return e.decide(p)
}

// Event is one step of an evaluation.
type Event struct {
	Kind EventKind
	Rule *Rule
	// Test, Note and Err belong to a TestDone.
	Test *Test
	Note *Note
	Err  error
	// Outcome is that of the test, or of the rule's tests all together with its
	// sign.
	Outcome Outcome
}

// EventKind says what an [Event] tells.
type EventKind uint8

// The kinds of events. Between RuleStart and RuleDone of a rule come its tests;
// between RuleStart of a test named policy and its TestDone comes the evaluation of
// the other policy; behind a RuleDone with outcome True, if the rule has a block,
// come the rules of the block.
const (
	RuleStart EventKind = iota
	TestStart
	TestDone
	RuleDone
)

// Note is what a test did.
type Note struct {
	Compared []Value       `json:"compared,omitempty"` // what patterns and conditions were tried on
	Derived  []Derived     `json:"derived,omitempty"`
	Lookups  int           `json:"lookups,omitempty"` // questions that went to the look-ups
	Time     time.Duration `json:"time"`
}

// Derived is a key of the data that a test wrote.
type Derived struct {
	Key   string `json:"key"`
	Value Value  `json:"value"`
}

// Decision is the outcome of an evaluation.
type Decision struct {
	// Policy is the name of the policy.
	Policy string
	// Matched reports whether a rule led to an action. The action may be empty.
	Matched bool
	// Action is the action as it was written.
	Action string
	// Rule is the rule with the action; nil if none matched.
	Rule *Rule
	// Lookups is how many questions went to the look-ups.
	Lookups int

	path  [4]*Rule // the rules of the report, as many as there are
	steps int
	more  []*Rule // the path beyond its length
}

// Keyword returns the first word of the action in lower case.
func (d *Decision) Keyword() string {
	if d.Rule == nil {
		return ""
	}
	return d.Rule.keyword
}

// Reason returns the action without its first word.
func (d *Decision) Reason() string {
	if d.Rule == nil {
		return ""
	}
	return d.Rule.reason
}

// Path returns the rules that matched since evaluation last reached one of the
// outermost level, among them those whose block led to nothing.
func (d *Decision) Path() []*Rule {
	n := min(d.steps, len(d.path))
	return append(append(make([]*Rule, 0, d.steps), d.path[:n]...), d.more...)
}

// Report returns the text that Koji logs, and shows in denials, about the rule that
// decided: the tests on the way to it as they were written, and the action or "(no
// match)".
func (d *Decision) Report() string {
	if d.Policy == "" {
		return ""
	}
	var b strings.Builder
	for i, r := range d.Path() {
		if i > 0 {
			b.WriteString("... ")
		}
		b.WriteString(r.report)
	}
	if d.Matched {
		b.WriteString(d.Action)
	} else {
		b.WriteString("(no match)")
	}
	return b.String()
}

func (e *Env) decide(p *Program) (Decision, error) {
	d := Decision{Policy: p.name}
	if err := e.ctx.Err(); err != nil {
		return d, e.place(lookupFailure(err), p, nil, nil)
	}
	e.program, e.scope.plan = p, e.plan
	rule, err := e.rules(&p.top, 0)
	if e.scope.answers != nil {
		d.Lookups = e.scope.Asked() - e.asked
	}
	if err != nil {
		return d, err
	}
	if rule != nil {
		d.Matched, d.Action, d.Rule = true, rule.action, rule
	}
	d.steps = len(e.frames)
	if n := copy(d.path[:], e.frames); n < d.steps {
		d.more = append(d.more, e.frames[n:]...)
	}
	return d, nil
}

// inBlock is the mark of rules in a block.
const inBlock = -1

// rules returns the terminal rule that a set of rules leads to, or nil. For rules
// of the outermost level mark is how many frames belong to somebody else.
func (e *Env) rules(set *ruleset, mark int) (*Rule, error) {
	runs := set.runs
	for i := 0; i < len(set.rules); i++ {
		if len(runs) > 0 && runs[0].first == i && e.tracer == nil {
			rule, err := e.run(set, &runs[0], mark)
			if rule != nil || err != nil {
				return rule, err
			}
			i = runs[0].end - 1
			runs = runs[1:]
			continue
		}
		rule, err := e.rule(set.rules[i], mark, 0)
		if rule != nil || err != nil {
			return rule, err
		}
	}
	return nil, nil
}

// run evaluates a run of rules that begin with tests for names.
func (e *Env) run(set *ruleset, d *dispatch, mark int) (*Rule, error) {
	first := set.rules[d.first]
	v, err := d.subject.text(e)
	if err == nil && v.kind != KindText && v.kind != KindNull {
		err = badType(d.subject.key, v, "text")
	}
	if err != nil {
		return nil, e.place(err, first.program, first, first.tests[0])
	}
	last := d.first
	if v.kind == KindText {
		for _, last = range d.byName[v.text] {
			rule, err := e.rule(set.rules[last], mark, 1)
			if rule != nil || err != nil {
				return rule, err
			}
		}
	}
	// Passing by the other rules means to reach them.
	if mark != inBlock && last != d.end-1 {
		e.frames = e.frames[:mark]
	}
	return nil, nil
}

// rule evaluates one rule, from one of its tests on.
func (e *Env) rule(r *Rule, mark, from int) (*Rule, error) {
	if mark != inBlock {
		e.frames = e.frames[:mark]
	}
	if e.tracer != nil {
		e.tracer(Event{Kind: RuleStart, Rule: r})
	}
	holds, err := e.tests(r, from)
	if err != nil {
		return nil, err
	}
	holds = holds != r.negated
	if e.tracer != nil {
		e.tracer(Event{Kind: RuleDone, Rule: r, Outcome: outcomeOf(holds, nil)})
	}
	if !holds {
		return nil, nil
	}
	e.frames = append(e.frames, r)
	if r.block == nil {
		return r, nil
	}
	return e.rules(r.block, inBlock)
}

// tests runs the tests of a rule up to the first that is false.
func (e *Env) tests(r *Rule, from int) (bool, error) {
	for _, t := range r.tests[from:] {
		var ok bool
		var err error
		if e.tracer != nil {
			ok, err = e.traced(t)
		} else {
			ok, err = t.check(e)
		}
		if err != nil {
			return false, e.place(err, r.program, r, t)
		}
		if !ok {
			return false, nil
		}
	}
	return true, nil
}

// traced runs one test and tells the tracer.
func (e *Env) traced(t *Test) (bool, error) {
	outer := e.note
	note := &Note{}
	e.note = note
	asked := 0
	if e.scope.answers != nil {
		asked = e.scope.Asked()
	}
	e.tracer(Event{Kind: TestStart, Rule: t.rule, Test: t})
	start := time.Now()
	ok, err := t.check(e)
	note.Time = time.Since(start)
	if e.scope.answers != nil {
		note.Lookups = e.scope.Asked() - asked
	}
	e.note = outer
	e.tracer(Event{Kind: TestDone, Rule: t.rule, Test: t, Outcome: outcomeOf(ok, err), Note: note, Err: err})
	return ok, err
}

// place adds the place to an error of a test, unless an inner policy has.
func (e *Env) place(err error, p *Program, r *Rule, t *Test) error {
	var at *EvalError
	if !errors.As(err, &at) {
		err = lookupFailure(err)
		errors.As(err, &at)
	}
	if at.Policy != "" {
		return err
	}
	placed := *at
	placed.Policy, placed.Rule = p.name, r
	placed.Range = Range{File: p.text.File}
	if t != nil {
		placed.Test, placed.Range = t.text, t.Range()
	}
	return &placed
}
