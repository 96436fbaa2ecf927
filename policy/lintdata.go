package policy

import (
	"slices"
	"strings"
)

// data looks for tests that the data of the hook make fail, or never true.
func (l *linter) data(r *Rule) {
	if l.program.hook == nil {
		return
	}
	for i, t := range r.tests {
		if t.def == nil {
			continue
		}
		reads := t.Reads()
		if len(reads.Keys) == 0 {
			continue
		}
		l.reads(t, reads, guards(r, i))
	}
}

// reads compares what a test reads with what the hook passes.
func (l *linter) reads(t *Test, reads Reads, held []*Test) {
	hook := l.program.hook
	var known []*Key
	for _, name := range reads.Keys {
		if k := hook.key(name); k != nil {
			known = append(known, k)
		}
	}
	switch {
	case len(known) == 0:
		l.unknownKeys(t, reads)
	case len(known) == 1 && known[0].Optional && reads.Absent == Failed && !guardsAbsence(held, known[0].Name):
		l.report(CodeTestFails, t.Range(), t.rule, "the test fails where data "+known[0].Name+" is absent",
			"test has "+known[0].Name+" before")
	case known[0].Nullable && reads.Null == Failed && !guardsNull(held, known[0]):
		l.report(CodeTestFails, t.Range(), t.rule, "the test fails where data "+known[0].Name+" is null", guardSuggestion(known[0]))
	default:
		l.values(t, known[0])
	}
}

// unknownKeys reports a test of data that the hook does not pass.
func (l *linter) unknownKeys(t *Test, reads Reads) {
	if len(t.args) > 0 && len(reads.Keys) == 1 && t.args[0] == reads.Keys[0] && t.def.Args[0].Kind == ArgField {
		l.unknownField(t)
		return
	}
	keys := strings.Join(reads.Keys, " nor ")
	if len(reads.Keys) > 1 {
		keys = "neither " + keys
	} else {
		keys = "no " + keys
	}
	switch reads.Absent {
	case Failed:
		l.report(CodeTestFails, t.Range(), t.rule, "the data of policy "+l.program.name+" hold "+keys+": the test fails", "")
	case False:
		l.report(CodeTestNeverTrue, t.Range(), t.rule, "the data of policy "+l.program.name+" hold "+keys+": the test is never true", "")
	}
}

// unknownField reports a test that names a key which the hook does not pass and no
// test derives.
func (l *linter) unknownField(t *Test) {
	name := t.args[0]
	var names []string
	for _, k := range l.program.hook.Keys {
		names = append(names, k.Name)
	}
	for _, r := range l.program.rules {
		for _, other := range r.tests {
			if other.def == nil {
				continue
			}
			if other.def.Derives == name || other.target() != nil {
				return // another policy may derive it
			}
			if other.def.Derives != "" {
				names = append(names, other.def.Derives)
			}
		}
	}
	l.report(CodeUnknownField, t.argRange(0), t.rule, "the data of policy "+l.program.name+" hold no "+name, didYouMean(name, names))
}

// values reports names that a key never has.
func (l *linter) values(t *Test, k *Key) {
	if k.Values == nil || t.subject == nil || t.subject.key != k.Name {
		return
	}
	for i, p := range t.patterns.texts {
		one := newPatterns([]string{p})
		if !slices.ContainsFunc(k.Values, one.match) {
			first := len(t.args) - len(t.patterns.texts)
			l.report(CodeTestNeverTrue, t.argRange(first+i), t.rule,
				quote(p)+" matches none of the values of "+k.Name+": "+strings.Join(k.Values, ", "), didYouMean(p, k.Values))
		}
	}
}

// guardsAbsence reports whether a test that holds rules out that a key is absent.
func guardsAbsence(held []*Test, key string) bool {
	return slices.ContainsFunc(held, func(t *Test) bool {
		reads := t.Reads()
		return len(reads.Keys) == 1 && reads.Keys[0] == key && reads.Absent == False
	})
}

// guardsNull reports whether a test that holds rules out that a key is null.
func guardsNull(held []*Test, k *Key) bool {
	return slices.ContainsFunc(held, func(t *Test) bool {
		if t.requires(k.Name) {
			return true
		}
		if k.NullIf == nil || t.subject == nil || t.subject.key != k.NullIf.Key {
			return false
		}
		return !slices.ContainsFunc(k.NullIf.Values, t.patterns.match)
	})
}

func guardSuggestion(k *Key) string {
	if k.NullIf != nil {
		return "test " + k.NullIf.Key + " before: it is null for " + strings.Join(k.NullIf.Values, ", ")
	}
	return "test bool " + k.Name + " before"
}
