package policy

import (
	"errors"
	"slices"
	"strings"
	"sync"
)

// compiler turns the trees of one set into programs.
type compiler struct {
	collector
	unit    *unit
	tests   *Registry
	defers  bool // unknown tests fail when they are run
	hooks   map[string]*Hook
	program *Program
	parsed  Issues // what the parser reported
}

// compile adds the program of a tree to the unit. The tree may be that of a text
// that is refused: the tests of what could be read are checked all the same.
func (c *compiler) compile(tree *Tree) {
	p := &Program{name: tree.Name(), text: tree.text, unit: c.unit, hook: c.hooks[tree.Name()]}
	p.asks = sync.OnceValue(func() LookupSet {
		_, asks := p.Needs()
		return asks
	})
	c.program = p
	c.program.top = c.rules(tree.rules, nil, 0)
	for _, node := range tree.ignored {
		c.rule(node, nil, 0)
	}
	c.unit.programs[tree.Name()] = c.program
}

func (c *compiler) rules(nodes []*ruleNode, parent *Rule, depth int) ruleset {
	set := ruleset{rules: make([]*Rule, 0, len(nodes))}
	for _, node := range nodes {
		r := c.rule(node, parent, depth)
		r.index = len(c.program.rules)
		c.program.rules = append(c.program.rules, r)
		if node.opens {
			block := c.rules(node.block, r, depth+1)
			r.block = &block
		}
		set.rules = append(set.rules, r)
	}
	set.runs = findRuns(set.rules)
	return set
}

func (c *compiler) rule(node *ruleNode, parent *Rule, depth int) *Rule {
	r := &Rule{
		program: c.program, node: node, parent: parent, depth: depth, negated: node.negated,
	}
	raw := make([]string, len(node.tests))
	for i := range node.tests {
		raw[i] = node.tests[i].raw
	}
	r.report = strings.Join(raw, "&&") + ":: "
	if r.negated {
		r.report = strings.Join(raw, "&&") + "!! "
	}
	if !node.opens {
		r.action = node.action
		if w := words(node.action); len(w) > 0 {
			r.keyword = strings.ToLower(node.action[w[0].from:w[0].to])
			r.reason = strings.TrimLeftFunc(node.action[w[0].to:], isSpace)
		}
	}
	r.tests = make([]*Test, len(node.tests))
	for i := range node.tests {
		r.tests[i] = c.test(r, i, &node.tests[i])
	}
	return r
}

// report reports a problem with an argument of a test, or with the whole test if
// there is no such argument.
func (c *compiler) report(code Code, t *Test, arg int, message, suggestion string) {
	if !c.full(code) {
		c.add(c.mode.issue(code, c.program.name, t.argRange(arg), t.node.source, message, suggestion))
	}
}

// wholeTest stands for an argument where the whole test is meant.
const wholeTest = -1

// test compiles a test. One that cannot be compiled fails when it is run; the
// issues tell whether the program may be used at all.
func (c *compiler) test(r *Rule, index int, node *testNode) *Test {
	t := &Test{rule: r, node: node, index: index, text: trimSpace(node.raw)}
	if len(node.words) == 0 || c.full(CodeUnknownTest) {
		return t // it will not be run, for the text is refused
	}
	for i := range node.words[1:] {
		t.args = append(t.args, node.word(i+1))
	}
	name := node.word(0)
	t.words = strings.Join(append([]string{name}, t.args...), " ")
	t.def = c.tests.Find(name, c.program.name)
	if t.def == nil {
		c.unknown(t, node)
		t.check = func(*Env) (bool, error) {
			return false, failure(UnknownTest, "", "there is no test %s", name)
		}
		return t
	}
	call := &Call{
		Policy: c.program.name, Args: t.args, node: node, unit: c.unit, mode: c.mode,
		report: func(code Code, arg int, message, suggestion string) {
			c.report(code, t, arg, message, suggestion)
		},
	}
	var err error
	t.compiled, err = t.def.compile(call)
	if err != nil {
		arg, suggestion := wholeTest, ""
		var bad *argumentError
		if errors.As(err, &bad) {
			arg, suggestion = bad.arg, bad.suggestion
		}
		c.report(CodeBadArgument, t, arg, "test "+name+": "+err.Error(), suggestion)
	} else {
		c.arity(t)
	}
	for _, key := range t.Reads().Keys {
		c.unit.key(key)
		if i := slices.Index(tagKeys[:], key); i >= 0 && t.def.Asks&AsksTags != 0 {
			c.unit.tagKeys[i] = true
		}
	}
	if t.def.Derives != "" {
		c.unit.key(t.def.Derives)
	}
	return t
}

// argRange returns the place of an argument; that of the test if it has none.
func (t *Test) argRange(arg int) Range {
	if arg < 0 || arg >= len(t.args) {
		return t.Range()
	}
	return t.node.wordAt(arg + 1)
}

func (c *compiler) unknown(t *Test, node *testNode) {
	if len(c.issues) >= maxIssues && c.defers {
		return
	}
	name := node.word(0)
	suggestion := didYouMean(name, c.tests.Names(c.program.name))
	message := "there is no test " + name
	for _, d := range c.tests.byName[name] {
		message = "the test " + name + " is only for policy " + strings.Join(d.Policies, ", ")
	}
	if name == "&" && suggestion == "" {
		suggestion = "write && with two characters"
	}
	i := c.mode.issue(CodeUnknownTest, c.program.name, node.wordAt(0), t.rule.node.source, message, suggestion)
	if c.defers {
		i.Fatal, i.Severity = false, Warning
	}
	c.add(i)
}

// arity reports arguments that are missing or never read.
func (c *compiler) arity(t *Test) {
	args := t.def.Args
	for i, a := range args {
		if i < len(t.args) || a.Optional || a.Repeat {
			continue
		}
		c.report(CodeMissingArgument, t, wholeTest,
			"test "+t.def.Name+" lacks its "+a.Name+" and fails when it is run", "write "+t.def.usage())
		return
	}
	n := len(args)
	if n > 0 && args[n-1].takesRest() || len(t.args) <= n {
		return
	}
	c.report(CodeUnusedArgument, t, n,
		"test "+t.def.Name+" ignores "+quote(strings.Join(t.args[n:], " ")), "write "+t.def.usage())
}

// takesRest reports whether everything from the argument on belongs to it.
func (a Arg) takesRest() bool { return a.Repeat || a.Kind == ArgNumber || a.Kind == ArgDuration }

// usage shows how a test is written.
func (d *Definition) usage() string {
	parts := []string{d.Name}
	for _, a := range d.Args {
		name := strings.ToUpper(a.Name)
		if a.Kind == ArgWord {
			name = strings.Join(a.Words, "|")
		}
		if a.Repeat {
			name += "..."
		}
		if a.Optional || a.Repeat {
			name = "[" + name + "]"
		}
		parts = append(parts, name)
	}
	return strings.Join(parts, " ")
}

// compile makes a test of one occurrence.
func (d *Definition) compile(c *Call) (compiled, error) {
	switch {
	case d.Key != "":
		return c.unit.keySubject(d.Key).test(c.Args), nil
	case d.Text != nil:
		return c.unit.subject(subjectID{def: d}, subject{text: d.Text}).test(c.Args), nil
	case d.Texts != nil:
		return c.unit.subject(subjectID{def: d}, subject{texts: d.Texts}).test(c.Args), nil
	case d.build != nil:
		return d.build(c)
	}
	check, err := d.Compile(c)
	return compiled{check: check}, err
}
