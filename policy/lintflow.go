package policy

import (
	"slices"
	"strings"

	"github.com/kojikit/kojikit/policy/internal/globset"
)

// Bounds that keep the effort for very long policies linear.
const (
	maxEarlier  = 1000 // rules that one is compared with
	maxTests    = 100  // tests of a rule; those of longer ones are not compared
	maxPatterns = 200  // patterns of a test, likewise
)

// flow looks for rules that are never reached or never match. The earlier rules are
// those of the scopes around the set that come before it.
func (l *linter) flow(set *ruleset, earlier []*Rule) {
	decided := false
	for i, r := range set.rules {
		if decided {
			l.report(CodeUnreachable, r.Range(), r, "the rule is never reached: one before it always decides", "")
			return
		}
		decided = r.decides()
		l.neverTrue(r)
		switch {
		case r.block != nil && len(r.block.rules) == 0:
			l.report(CodeEmptyBlock, r.Range(), r, "the block holds no rule", "")
		case i > 0 && sameTests(set.rules[i-1], r) && r.block == nil && set.rules[i-1].block == nil && set.rules[i-1].action != r.action:
			l.report(CodeContradiction, r.Range(), r, "the rule before has the same tests and another action", "")
		default:
			l.shadowed(r, earlier)
		}
		if r.block != nil {
			l.flow(r.block, earlier)
		} else {
			earlier = append(earlier, r)
		}
	}
}

// neverTrue looks for tests that exclude each other.
func (l *linter) neverTrue(r *Rule) {
	switch r.Constant() {
	case False:
		l.report(CodeNeverTrue, r.Range(), r, "the rule never matches", "")
		return
	case True:
		return
	}
	if r.negated || len(r.tests) > maxTests {
		return
	}
	for i, t := range r.tests {
		for _, other := range guards(r, i) {
			if excludes(t, other) {
				l.report(CodeNeverTrue, t.Range(), r, "the rule never matches: "+quote(t.text)+" and "+quote(other.text)+" exclude each other", "")
				return
			}
		}
	}
}

// excludes reports whether two tests are never true together.
func excludes(a, b *Test) bool {
	return a.subject != nil && a.subject == b.subject && a.subject.text != nil && !a.patterns.empty() && !b.patterns.empty() &&
		len(a.patterns.texts) <= maxPatterns && len(b.patterns.texts) <= maxPatterns &&
		globset.Disjoint(a.patterns.texts, b.patterns.texts)
}

// shadowed looks for an earlier rule that matches whenever this one does.
func (l *linter) shadowed(r *Rule, earlier []*Rule) {
	if r.Constant() == False || len(r.tests) > maxTests {
		return
	}
	for _, e := range earlier[max(0, len(earlier)-maxEarlier):] {
		if !r.implies(e) {
			continue
		}
		if r.block == nil && e.action == r.action && e.parent == r.parent && sameTests(e, r) {
			l.report(CodeDuplicateRule, r.Range(), r, "the rule stands already at "+e.Range().String(), "")
		} else {
			l.report(CodeShadowed, r.Range(), r, "the rule is never reached: "+quote(e.String())+" at "+e.Range().String()+" matches whenever it would", "")
		}
		return
	}
}

// sameTests reports whether two rules match alike, by what is written.
func sameTests(a, b *Rule) bool {
	return a.negated == b.negated && slices.EqualFunc(a.tests, b.tests, func(x, y *Test) bool { return x.words == y.words })
}

// implies reports whether an earlier rule matches whenever this one would.
func (r *Rule) implies(e *Rule) bool {
	if e.Constant() == True {
		return true
	}
	if len(e.tests) > maxTests {
		return false
	}
	if e.negated {
		// It matches unless all its tests hold. If then all tests of a negated r
		// hold too, r cannot match where e does not.
		return r.negated && len(r.tests) > 0 && !slices.ContainsFunc(r.tests, func(t *Test) bool {
			return !slices.ContainsFunc(e.tests, func(other *Test) bool { return other.implies(t) })
		})
	}
	var held []*Test
	if !r.negated {
		held = r.tests
	}
	for p := r.parent; p != nil; p = p.parent {
		if !p.negated {
			held = append(slices.Clip(held), p.tests...)
		}
	}
	return !slices.ContainsFunc(e.tests, func(t *Test) bool {
		return t.Constant() != True && !slices.ContainsFunc(held, func(other *Test) bool { return other.implies(t) })
	})
}

// implies reports whether another test is true whenever this one is.
func (t *Test) implies(other *Test) bool {
	if t.def == nil || other.def == nil {
		return false
	}
	if other.Constant() == True || t.words == other.words {
		return true
	}
	if t.subject != nil && t.subject == other.subject {
		if len(t.patterns.texts) > maxPatterns || len(other.patterns.texts) > maxPatterns {
			return false
		}
		return !slices.ContainsFunc(t.patterns.texts, func(p string) bool {
			return !slices.ContainsFunc(other.patterns.texts, func(wider string) bool { return globset.Contains(wider, p) })
		})
	}
	return other.def.Name == "has" && len(other.args) > 0 && t.requires(other.args[0])
}

// patterns looks at the patterns of a rule's tests.
func (l *linter) patterns(r *Rule) {
	for _, t := range r.tests {
		if t.def == nil || t.patterns == nil {
			continue
		}
		if t.patterns.empty() {
			l.report(CodeNoPattern, t.Range(), r, "the test has no pattern and is never true", "write "+t.def.usage())
			continue
		}
		first := len(t.args) - len(t.patterns.texts)
		for i, p := range t.patterns.texts {
			at := t.argRange(first + i)
			if problem, suggestion := suspicious(p); problem != "" {
				l.report(CodeSuspiciousPattern, at, r, quote(p)+": "+problem, suggestion)
			}
			l.redundant(t, i, at)
		}
	}
}

// redundant looks for another pattern that matches all that one does.
func (l *linter) redundant(t *Test, i int, at Range) {
	texts := t.patterns.texts
	if len(texts) > maxPatterns {
		return
	}
	for k, other := range texts {
		if k == i || !globset.Contains(other, texts[i]) || k > i && globset.Contains(texts[i], other) {
			continue
		}
		l.report(CodeRedundantPattern, at, t.rule, quote(other)+" matches all that "+quote(texts[i])+" does", "")
		return
	}
}

// suspicious tells how a pattern reads like one of another language.
func suspicious(p string) (problem, suggestion string) {
	open := strings.IndexByte(p, '[')
	switch {
	case strings.ContainsAny(p, `"'`):
		return "quotes are literal characters", "write the pattern without quotes"
	case strings.Contains(p, "{") && strings.Contains(p, ",") && strings.Contains(p, "}"):
		return "braces are literal characters", "write several patterns with spaces between"
	case strings.HasPrefix(p, "^") || strings.HasSuffix(p, "$"):
		return "a pattern covers the whole text; ^ and $ are literal characters", "leave them out"
	case strings.HasPrefix(p, ".*") || strings.Contains(p, ".+") || strings.Contains(strings.TrimSuffix(p, ".*"), ".*"):
		return "a dot is a literal character", "write * for any text, ? for one character"
	case strings.Contains(p, "|"):
		return "| is a literal character", "write several patterns with spaces between"
	case strings.Contains(p, `\`):
		return `\ is a literal character`, "write [*] for a literal star"
	case strings.Contains(p, "[^"):
		return "[^...] is a set that contains ^", "write [!...]"
	case open >= 0 && !strings.Contains(p[open:], "]"):
		return "the [ is not closed and a literal character", "close it with ]"
	}
	return "", ""
}
