package policytest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/policy/internal/globset"
)

// symbols are the tests of two policies, grouped by the value that they look at.
type symbols struct {
	groups []*group
	member map[string]int // group of a test, by its words
	words  map[*policy.Test]string
}

// group is the tests of one value, and all values that they tell apart.
type group struct {
	name    string // the key of the data, or the test's name
	isKey   bool
	several bool // the value is a set of texts of which any may match
	mayFail bool
	tests   map[string]*policy.Test // by words
	order   []string                // the words, sorted
	values  []candidate
	known   map[string]bool // outcomes of values, in this order
}

// candidate is a value with the outcomes of the group's tests on it.
type candidate struct {
	value   policy.Value
	absent  bool
	answers map[string]policy.Outcome // by words
}

// state is what is assumed about the groups: the answers given, and the candidates
// that they leave.
type state []groupState

type groupState struct {
	answers map[string]policy.Outcome
	left    []int
	failed  bool // the value cannot be had
}

// wordsOf returns a test with one space between its words.
func wordsOf(t *policy.Test) string {
	return strings.Join(append([]string{t.Definition().Name}, t.Args()...), " ")
}

func newSymbols(ctx context.Context, before, after *policy.Set, name string) *symbols {
	s := &symbols{member: make(map[string]int), words: make(map[*policy.Test]string)}
	byName := make(map[string]*group)
	visited := make(map[*policy.Program]bool)
	for _, set := range []*policy.Set{before, after} {
		s.collect(set, name, byName, visited)
	}
	for _, key := range slices.Sorted(maps.Keys(byName)) {
		g := byName[key]
		g.findValues(ctx)
		for words := range g.tests {
			s.member[words] = len(s.groups)
		}
		s.groups = append(s.groups, g)
	}
	return s
}

// collect groups the tests of a policy and of those that it refers to.
func (s *symbols) collect(set *policy.Set, name string, groups map[string]*group, visited map[*policy.Program]bool) {
	p := set.Program(name)
	if p == nil || visited[p] {
		return
	}
	visited[p] = true
	for r := range p.Rules() {
		for _, t := range r.Tests() {
			if other, ok := otherPolicy(t); ok {
				s.collect(set, other, groups, visited)
				continue
			}
			if t.Definition() == nil || t.Constant() != policy.NotRun {
				continue
			}
			g := groupOf(t)
			if groups[g.name] == nil {
				groups[g.name] = g
			}
			s.words[t] = wordsOf(t)
			groups[g.name].tests[s.words[t]] = t
		}
	}
}

// groupOf returns the empty group that a test belongs to.
func groupOf(t *policy.Test) *group {
	d := t.Definition()
	g := &group{tests: make(map[string]*policy.Test), mayFail: d.Fails}
	keys := t.Reads().Keys
	switch {
	case len(keys) == 1 && d.Asks == 0 && d.Derives == "" && !d.Fails:
		g.name, g.isKey = "data "+keys[0], true
	case d.Text != nil:
		g.name = d.Name
	case d.Texts != nil:
		g.name, g.several = d.Name, true
	default:
		g.name = wordsOf(t)
	}
	return g
}

// findValues finds one value of each kind that the tests tell apart.
func (g *group) findValues(ctx context.Context) {
	g.order = slices.Sorted(maps.Keys(g.tests))
	g.known = make(map[string]bool)
	switch {
	case g.isKey:
		g.keyValues(ctx)
	case g.isText():
		g.textValues()
	default:
		for words := range g.tests {
			g.values = []candidate{
				{answers: map[string]policy.Outcome{words: policy.True}},
				{answers: map[string]policy.Outcome{words: policy.False}},
			}
		}
	}
}

func (g *group) isText() bool {
	for _, t := range g.tests {
		return t.Definition().Text != nil || t.Definition().Texts != nil
	}
	return false
}

// add adds a value, unless there is one already that no test tells from it.
func (g *group) add(c candidate) {
	outcomes := make([]byte, len(g.order))
	for i, words := range g.order {
		outcomes[i] = byte(c.answers[words])
	}
	if !g.known[string(outcomes)] {
		g.known[string(outcomes)] = true
		g.values = append(g.values, c)
	}
}

// textValues are the classes of texts that the tests' patterns tell apart.
func (g *group) textValues() {
	if !g.several {
		none := candidate{absent: true, answers: make(map[string]policy.Outcome)}
		for words := range g.tests {
			none.answers[words] = policy.False
		}
		g.add(none)
	}
	for _, text := range examples(g.patterns(func(t *policy.Test) []string { return t.Args() })) {
		c := candidate{value: policy.String(text), answers: make(map[string]policy.Outcome)}
		for words, t := range g.tests {
			c.answers[words] = policy.False
			if slices.ContainsFunc(t.Args(), func(p string) bool { return koji.MatchGlob(p, text) }) {
				c.answers[words] = policy.True
			}
		}
		g.add(c)
	}
}

// patterns returns the patterns of all tests, each once.
func (g *group) patterns(of func(*policy.Test) []string) []string {
	var out []string
	for _, words := range g.order {
		out = append(out, of(g.tests[words])...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// examples returns one text of each class that patterns tell apart, and the patterns
// themselves should the classes be too many.
func examples(patterns []string) []string {
	classes, _ := globset.Classes(patterns)
	var out []string
	for _, c := range classes {
		out = append(out, c.Example)
	}
	return append(out, patterns...)
}

// keyValues are values of a key of the data: found by trying.
func (g *group) keyValues(ctx context.Context) {
	key := strings.TrimPrefix(g.name, "data ")
	texts := examples(g.patterns(func(t *policy.Test) []string {
		args := t.Args()
		if d := t.Definition(); len(d.Args) > 0 && d.Args[0].Kind == policy.ArgField {
			args = args[min(1, len(args)):]
		}
		return args
	}))
	tries := []policy.Value{
		policy.Null(), policy.Bool(false), policy.Bool(true), policy.String(""), policy.Int(0), policy.Int(1),
		policy.List(), policy.List(policy.Null()), policy.Map(nil), policy.Map(map[string]policy.Value{"x": policy.Null()}),
	}
	for _, text := range texts {
		tries = append(tries, policy.String(text), policy.Strings(text))
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			tries = append(tries, policy.Float(f), policy.Float(f-1), policy.Float(f-0.5), policy.Float(f+0.5), policy.Float(f+1))
		}
	}
	const mostPairs = 50
	for _, a := range texts[:min(len(texts), mostPairs)] {
		for _, b := range texts[:min(len(texts), mostPairs)] {
			tries = append(tries, policy.Strings(a, b))
		}
		tries = append(tries, policy.List(policy.String(a), policy.Null()))
	}
	g.try(ctx, policy.Values{}, candidate{absent: true})
	for _, v := range tries {
		g.try(ctx, policy.Values{key: v}, candidate{value: v})
	}
}

// try adds a value with the outcomes of the tests on it.
func (g *group) try(ctx context.Context, data policy.Values, c candidate) {
	c.answers = make(map[string]policy.Outcome)
	for words, t := range g.tests {
		ok, err := t.Eval(ctx, data, nil)
		switch {
		case err != nil:
			c.answers[words] = policy.Failed
		case ok:
			c.answers[words] = policy.True
		default:
			c.answers[words] = policy.False
		}
	}
	g.add(c)
}

// start returns the state in which nothing is assumed.
func (s *symbols) start() state {
	st := make(state, len(s.groups))
	for i, g := range s.groups {
		st[i].left = make([]int, len(g.values))
		for k := range g.values {
			st[i].left[k] = k
		}
	}
	return st
}

// answer returns what a state says about a test; NotRun if it leaves that open.
func (s *symbols) answer(st state, t *policy.Test) policy.Outcome {
	if t.Definition() == nil {
		return policy.Failed
	}
	words := s.words[t]
	i := s.member[words]
	g, gs := s.groups[i], &st[i]
	if gs.failed {
		return policy.Failed
	}
	if answer := gs.answers[words]; answer != policy.NotRun || g.several {
		return answer
	}
	// All values that are left may agree.
	agreed := policy.NotRun
	for _, k := range gs.left {
		answer := g.values[k].answers[words]
		if agreed != policy.NotRun && answer != agreed {
			return policy.NotRun
		}
		agreed = answer
	}
	if g.mayFail && len(gs.answers) == 0 {
		return policy.NotRun
	}
	return agreed
}

// assume returns the state with one more answer, if that is possible.
func (s *symbols) assume(st state, t *policy.Test, answer policy.Outcome) (state, bool) {
	words := s.words[t]
	i := s.member[words]
	g := s.groups[i]
	next := slices.Clone(st)
	gs := &next[i]
	if answer == policy.Failed && !g.isKey {
		// The value itself cannot be had, whatever test wants it.
		gs.failed = true
		return next, g.mayFail && len(gs.answers) == 0
	}
	gs.answers = maps.Clone(gs.answers)
	if gs.answers == nil {
		gs.answers = make(map[string]policy.Outcome)
	}
	gs.answers[words] = answer
	if g.several {
		return next, g.possible(gs.answers)
	}
	gs.left = nil
	for _, k := range st[i].left {
		if g.values[k].answers[words] == answer {
			gs.left = append(gs.left, k)
		}
	}
	return next, len(gs.left) > 0
}

// possible reports whether some set of texts gives the answers: each true test needs
// a text that no false one matches.
func (g *group) possible(answers map[string]policy.Outcome) bool {
	for words, answer := range answers {
		if answer == policy.True && g.textFor(words, answers) == nil {
			return false
		}
	}
	return true
}

// textFor returns a text that a test matches and no false one does.
func (g *group) textFor(words string, answers map[string]policy.Outcome) *candidate {
	for i := range g.values {
		c := &g.values[i]
		if c.answers[words] != policy.True {
			continue
		}
		fits := true
		for other, answer := range answers {
			if answer == policy.False && c.answers[other] == policy.True {
				fits = false
			}
		}
		if fits {
			return c
		}
	}
	return nil
}

// witness returns the case that a state describes.
func (s *symbols) witness(st state) *Witness {
	w := &Witness{Data: make(policy.Values)}
	for i, g := range s.groups {
		gs := &st[i]
		switch {
		case gs.failed:
			w.Assumed = append(w.Assumed, g.name+" fails")
		case len(gs.answers) == 0:
		case g.isKey:
			if c := g.values[gs.left[0]]; !c.absent {
				w.Data[strings.TrimPrefix(g.name, "data ")] = c.value
			}
		case g.several:
			w.Assumed = append(w.Assumed, fmt.Sprintf("%s is of %s", g.name, g.texts(gs.answers)))
		case g.isText():
			w.Assumed = append(w.Assumed, fmt.Sprintf("%s is %s", g.name, g.values[gs.left[0]].value))
		default:
			w.Assumed = append(w.Assumed, fmt.Sprintf("%s is %s", g.name, gs.answers[g.name]))
		}
	}
	return w
}

// texts returns a set of texts that gives the answers.
func (g *group) texts(answers map[string]policy.Outcome) policy.Value {
	var out []string
	for _, words := range slices.Sorted(maps.Keys(answers)) {
		if answers[words] != policy.True {
			continue
		}
		if c := g.textFor(words, answers); c != nil {
			text, _ := c.value.Text()
			out = append(out, text)
		}
	}
	slices.Sort(out)
	return policy.Strings(slices.Compact(out)...)
}
