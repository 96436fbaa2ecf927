package policy

import (
	"context"
	"iter"
	"slices"

	"github.com/kojikit/kojikit/koji"
)

// Program is a compiled policy. It is immutable and safe for concurrent use.
type Program struct {
	name  string
	text  Text
	unit  *unit
	hook  *Hook // nil if no hook is known by that name
	top   ruleset
	rules []*Rule          // all, in the order of the text
	asks  func() LookupSet // what Needs says, found out once
}

// Rule is one rule of a program.
type Rule struct {
	program *Program
	node    *ruleNode
	parent  *Rule // whose block the rule stands in
	index   int   // in program.rules
	depth   int
	tests   []*Test
	negated bool
	report  string // what rule reports show of the rule
	action  string
	keyword string   // first word of action, in lower case
	reason  string   // the rest
	block   *ruleset // nil for a rule with an action
}

// ruleset is a list of rules, outermost or of a block.
type ruleset struct {
	rules []*Rule
	runs  []dispatch // by their first rule
}

// Test is one test of a rule.
type Test struct {
	rule  *Rule
	node  *testNode
	index int // in rule.tests
	def   *Definition
	args  []string
	text  string // as written, without white space around it
	words string // with one space between words
	compiled
}

// Name returns the name of the policy.
func (p *Program) Name() string { return p.name }

// BuiltIn reports whether the rules are those of the hook, and not of a text.
func (p *Program) BuiltIn() bool { return p.text.File == defaultFile }

// Hook returns what is known of the place where Koji evaluates policies of this
// name, or nil.
func (p *Program) Hook() *Hook { return p.hook }

// Rules yields all rules in the order of the text; those of a block follow the
// rule that leads into it.
func (p *Program) Rules() iter.Seq[*Rule] { return slices.Values(p.rules) }

// Top returns the rules of the outermost level.
func (p *Program) Top() []*Rule { return slices.Clone(p.top.rules) }

// Actions returns the first words of all actions, each once, in the order of the
// text. An empty action has no first word and is an error ([koji.ErrInvalid]).
func (p *Program) Actions() ([]string, error) {
	var out []string
	seen := make(map[string]bool)
	for _, r := range p.rules {
		if r.block != nil {
			continue
		}
		w := words(r.action)
		if len(w) == 0 {
			return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "policy %s, %s: the action is empty", p.name, r.Range())
		}
		word := r.action[w[0].from:w[0].to]
		if !seen[word] {
			seen[word] = true
			out = append(out, word)
		}
	}
	return out, nil
}

// Needs tells what the rules of the program may read: keys of the data, sorted,
// and look-ups, also through other policies.
func (p *Program) Needs() (keys []string, asks LookupSet) {
	n := needs{keys: make(map[string]bool), visited: make(map[*Program]bool)}
	n.program(p)
	return sortedKeys(n.keys), n.asks
}

// Program returns the program that the rule belongs to.
func (r *Rule) Program() *Program { return r.program }

// Parent returns the rule whose block the rule stands in, or nil.
func (r *Rule) Parent() *Rule { return r.parent }

// Index returns the position of the rule among all of its program, from 0.
func (r *Rule) Index() int { return r.index }

// Depth returns how many blocks the rule stands in.
func (r *Rule) Depth() int { return r.depth }

// Range returns where the rule stands.
func (r *Rule) Range() Range { return r.node.at() }

// Tests returns the tests, all of which must be true, or one false if the rule is
// negated.
func (r *Rule) Tests() []*Test { return slices.Clone(r.tests) }

// Negated reports whether the rule was written with !!.
func (r *Rule) Negated() bool { return r.negated }

// Terminal reports whether the rule has an action, and no block.
func (r *Rule) Terminal() bool { return r.block == nil }

// Action returns the action of a terminal rule.
func (r *Rule) Action() string { return r.action }

// Block returns the rules of the rule's block.
func (r *Rule) Block() []*Rule {
	if r.block == nil {
		return nil
	}
	return slices.Clone(r.block.rules)
}

// Needs is [Program.Needs] for one rule, without those of its block.
func (r *Rule) Needs() (keys []string, asks LookupSet) {
	n := needs{keys: make(map[string]bool), visited: make(map[*Program]bool)}
	n.rule(r)
	return sortedKeys(n.keys), n.asks
}

// String returns the rule as it was written, without indentation and comment.
func (r *Rule) String() string {
	s := r.report
	if r.block != nil {
		return s + "{"
	}
	return s + r.action
}

// Rule returns the rule that the test belongs to.
func (t *Test) Rule() *Rule { return t.rule }

// Index returns the position of the test in its rule, from 0.
func (t *Test) Index() int { return t.index }

// Definition returns the definition of the test; nil if it does not exist, which
// only Options.DeferUnknownTests allows.
func (t *Test) Definition() *Definition { return t.def }

// Args returns the words behind the test's name.
func (t *Test) Args() []string { return slices.Clone(t.args) }

// Range returns where the test stands.
func (t *Test) Range() Range { return t.node.at() }

// String returns the test as it was written, without white space around it.
func (t *Test) String() string { return t.text }

// Eval runs the test alone.
func (t *Test) Eval(ctx context.Context, data Data, lookups Lookups) (bool, error) {
	e := t.rule.program.unit.start(ctx, data, lookups)
	defer e.stop()
	ok, err := t.check(e)
	if err != nil {
		return false, e.place(err, t.rule.program, t.rule, t)
	}
	return ok, nil
}

// Reads returns which keys of the data the test reads, those that its arguments name
// included.
func (t *Test) Reads() Reads {
	switch {
	case t.compiled.reads != nil:
		return *t.compiled.reads
	case t.def != nil:
		return t.def.Reads
	}
	return Reads{}
}

// needs collects keys and look-ups.
type needs struct {
	keys    map[string]bool
	asks    LookupSet
	visited map[*Program]bool
}

func (n *needs) program(p *Program) {
	if n.visited[p] {
		return
	}
	n.visited[p] = true
	for _, r := range p.rules {
		n.rule(r)
	}
}

func (n *needs) rule(r *Rule) {
	for _, t := range r.tests {
		for _, key := range t.Reads().Keys {
			n.keys[key] = true
		}
		if t.def == nil {
			continue
		}
		n.asks |= t.def.Asks
		if t.target() != nil {
			n.program(t.target())
		}
	}
}

// target returns the program that a test of the kind policy evaluates, or nil.
func (t *Test) target() *Program {
	if t.def == nil || len(t.def.Args) == 0 || t.def.Args[0].Kind != ArgPolicy || len(t.args) == 0 {
		return nil
	}
	return t.rule.program.unit.programs[t.args[0]]
}
