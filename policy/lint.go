package policy

import "slices"

// Lint looks for rules that are valid and hardly meant: that can never match, that
// use data their hook does not pass, whose actions their hook does not know, and so
// on; see the codes. The built-in rules are not looked at.
func (s *Set) Lint() Issues {
	issues := s.lint(s.current.Load())
	issues.sort()
	return issues
}

// Lint returns all issues of texts, those of [New] and those of [Set.Lint]. Texts
// with fatal problems are looked at as far as they can be understood.
func Lint(texts []Text, o Options) Issues {
	s := newSet(o)
	u, issues := s.compile(texts)
	for _, i := range s.lint(u) {
		// Strict mode finds some of them while it compiles.
		if !i.Fatal {
			issues = append(issues, i)
		}
	}
	issues.sort()
	return issues
}

func (s *Set) lint(u *unit) Issues {
	var issues Issues
	for _, name := range sortedKeys(u.programs) {
		p := u.programs[name]
		if p.BuiltIn() {
			continue
		}
		l := &linter{options: &s.options, program: p}
		l.actions(&p.top)
		l.flow(&p.top, nil)
		l.catchAll()
		for _, r := range p.rules {
			l.patterns(r)
			l.data(r)
			l.order(r)
		}
		issues = append(issues, l.issues...)
	}
	return issues
}

// defaultFile is the name of the file of built-in rules.
const defaultFile = "(default)"

// checkActions finds what strict mode refuses and only a hook makes wrong.
func (c *compiler) checkActions(o *Options) Issues {
	var issues Issues
	for _, name := range sortedKeys(c.unit.programs) {
		l := &linter{options: o, program: c.unit.programs[name]}
		l.actions(&l.program.top)
		l.catchAll()
		for _, i := range l.issues {
			if i.Fatal {
				issues = append(issues, i)
			}
		}
	}
	return issues
}

// linter looks at one program.
type linter struct {
	options *Options
	program *Program
	issues  Issues
}

func (l *linter) report(code Code, at Range, r *Rule, message, suggestion string) {
	var line *sourceLine
	if r != nil {
		line = r.node.source
	}
	l.issues = append(l.issues, l.options.Mode.issue(code, l.program.name, at, line, message, suggestion))
}

// grammar returns the language of the program's actions.
func (l *linter) grammar() Grammar {
	if l.program.hook == nil {
		return FreeActions
	}
	return l.program.hook.Actions
}

// actions looks at what rules do.
func (l *linter) actions(set *ruleset) {
	for _, r := range set.rules {
		if r.block != nil {
			l.actions(r.block)
			continue
		}
		g := l.grammar()
		if problem, suggestion := g.check(r.action, l.options.Channels, l.options.Volumes); problem != "" {
			l.report(CodeInvalidAction, r.node.actionAt(), r, problem, suggestion)
		}
		if g == AccessActions && r.keyword == "deny" && r.reason == "" {
			l.report(CodeDenyReason, r.node.actionAt(), r, "the denial gives no reason", "write deny REASON: users see it")
		}
		if g == ChannelActions {
			l.guardedChannel(r)
		}
	}
}

// guardedChannel looks for actions that fail without a parent or a requested
// channel.
func (l *linter) guardedChannel(r *Rule) {
	need := ""
	switch r.keyword {
	case "parent":
		need = "parent"
	case "req":
		need = "req_channel"
	}
	if need == "" || slices.ContainsFunc(guards(r, len(r.tests)), func(t *Test) bool { return t.requires(need) }) {
		return
	}
	suggestion := "test has req_channel before"
	if need == "parent" {
		suggestion = "test is_child_task before"
	}
	l.report(CodeUnguardedAction, r.node.actionAt(), r, "the action fails for tasks without "+need, suggestion)
}

// guards returns the tests that hold whenever a test of a rule is run: those before
// it, and all of the rules whose blocks it stands in.
func guards(r *Rule, before int) []*Test {
	var out []*Test
	if before < len(r.tests) || !r.negated {
		out = append(out, r.tests[:before]...)
	}
	for p := r.parent; p != nil; p = p.parent {
		if !p.negated {
			out = append(out, p.tests...)
		}
	}
	return out
}

// requires reports whether the test is false if a key of the data is absent or
// null.
func (t *Test) requires(key string) bool {
	reads := t.Reads()
	if len(reads.Keys) != 1 || reads.Keys[0] != key || reads.Absent != False {
		return false
	}
	return reads.Null == False || key == "req_channel"
}

// catchAll looks for access policies that may match nothing.
func (l *linter) catchAll() {
	if l.grammar() != AccessActions || l.program.top.exhaustive() {
		return
	}
	at := Range{File: l.program.text.File}
	var last *Rule
	if n := len(l.program.rules); n > 0 {
		last = l.program.rules[n-1]
		at = last.Range()
	}
	l.report(CodeNoCatchAll, at, last, "what no rule matches is denied without a word", "end with all :: deny REASON")
}

// exhaustive reports whether the rules lead to an action whatever the data.
func (set *ruleset) exhaustive() bool {
	return slices.ContainsFunc(set.rules, (*Rule).decides)
}

// decides reports whether the rule leads to an action whatever the data.
func (r *Rule) decides() bool {
	return r.Constant() == True && (r.block == nil || r.block.exhaustive())
}

// order looks for look-ups that a cheaper test could spare.
func (l *linter) order(r *Rule) {
	if len(r.tests) > maxTests {
		return
	}
	for i, t := range r.tests {
		if !l.looksUp(t) {
			continue
		}
		for _, later := range r.tests[i+1:] {
			if later.cheap() {
				l.report(CodeExpensiveFirst, t.Range(), r,
					"test "+t.def.Name+" looks something up although "+quote(later.text)+" may settle the rule", "put "+later.text+" first")
				return
			}
		}
	}
}

// looksUp reports whether the test needs a look-up with the data of the hook. What
// it knows of the build may be in the data.
func (l *linter) looksUp(t *Test) bool {
	if t.def == nil || t.def.Asks == 0 {
		return false
	}
	hook, keys := l.program.hook, t.Reads().Keys
	fromBuild := slices.Contains(keys, "build") && t.def.Asks&(AsksUser|AsksTags|AsksNames) == 0
	return hook == nil || !fromBuild || hook.key("build") != nil
}

// cheap reports whether the test needs no look-up and may be run before any other.
func (t *Test) cheap() bool {
	if t.def == nil || t.def.Asks != 0 || t.def.Fails || t.Constant() != NotRun || t.target() != nil {
		return false
	}
	reads := t.Reads()
	if reads.Absent == Failed || reads.Null == Failed {
		return false
	}
	return !slices.ContainsFunc(reads.Keys, func(key string) bool { return len(key) > 0 && key[0] == '_' })
}
