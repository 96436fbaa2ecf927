package policy

import "time"

// RuleTrace is what happened to one rule in an evaluation.
type RuleTrace struct {
	Rule    *Rule   `json:"-"`
	Range   Range   `json:"range"`
	Text    string  `json:"text"`
	Outcome Outcome `json:"outcome"`
	// Tests are all tests of the rule, also those that were not run.
	Tests []*TestTrace `json:"tests"`
	// Block are the rules of the rule's block that were reached.
	Block []*RuleTrace `json:"block,omitempty"`
}

// TestTrace is what happened to one test in an evaluation.
type TestTrace struct {
	Test    *Test   `json:"-"`
	Text    string  `json:"text"`
	Range   Range   `json:"range"`
	Outcome Outcome `json:"outcome"`
	Note
	Error string `json:"error,omitempty"`
	// Policy are the rules that a test named policy went through.
	Policy []*RuleTrace `json:"policy,omitempty"`
}

// traceBuilder makes a tree of the events of an evaluation.
type traceBuilder struct {
	redact func(string, Value) Value
	roots  []*RuleTrace
	frames []traceFrame
	rules  int
	tests  int
}

// traceFrame is a program that is being evaluated.
type traceFrame struct {
	roots *[]*RuleTrace
	rules map[*Rule]*RuleTrace
}

func newTraceBuilder(redact func(string, Value) Value) *traceBuilder {
	b := &traceBuilder{redact: redact}
	b.push(&b.roots)
	return b
}

func (b *traceBuilder) push(roots *[]*RuleTrace) {
	b.frames = append(b.frames, traceFrame{roots: roots, rules: make(map[*Rule]*RuleTrace)})
}

// add takes the next event.
func (b *traceBuilder) add(ev Event) {
	frame := b.frames[len(b.frames)-1]
	switch ev.Kind {
	case RuleStart:
		r := newRuleTrace(ev.Rule)
		frame.rules[ev.Rule] = r
		if parent := frame.rules[ev.Rule.parent]; parent != nil {
			parent.Block = append(parent.Block, r)
		} else {
			*frame.roots = append(*frame.roots, r)
		}
		b.rules++
	case TestStart:
		b.push(&frame.rules[ev.Rule].Tests[ev.Test.index].Policy)
		b.tests++
	case TestDone:
		b.frames = b.frames[:len(b.frames)-1]
		frame = b.frames[len(b.frames)-1]
		r := frame.rules[ev.Rule]
		r.Tests[ev.Test.index].finish(ev, b.redact)
		if ev.Err != nil {
			r.Outcome = Failed
		}
	case RuleDone:
		frame.rules[ev.Rule].Outcome = ev.Outcome
	}
}

func newRuleTrace(r *Rule) *RuleTrace {
	t := &RuleTrace{Rule: r, Range: r.Range(), Text: r.String(), Tests: make([]*TestTrace, len(r.tests))}
	for i, test := range r.tests {
		t.Tests[i] = &TestTrace{Test: test, Text: test.text, Range: test.Range()}
	}
	return t
}

func (t *TestTrace) finish(ev Event, redact func(string, Value) Value) {
	t.Outcome, t.Note = ev.Outcome, *ev.Note
	if ev.Err != nil {
		t.Error = problemOf(ev.Err)
	}
	key := ""
	if keys := t.Test.Reads().Keys; len(keys) > 0 {
		key = keys[0]
	}
	for i, v := range t.Compared {
		t.Compared[i] = redact(key, v)
	}
	for i, d := range t.Derived {
		t.Derived[i].Value = redact(d.Key, d.Value)
	}
}

// totalTime sums up the time of tests, without those inside of other policies.
func totalTime(rules []*RuleTrace) time.Duration {
	var sum time.Duration
	for _, r := range rules {
		for _, t := range r.Tests {
			sum += t.Time
		}
		sum += totalTime(r.Block)
	}
	return sum
}
