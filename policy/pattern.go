package policy

import (
	"strings"

	"github.com/kojikit/kojikit/koji"
)

// patterns is a list of globs of which one has to match. Most globs of real
// policies are a name or a name with a star at one end, and are compared as such.
type patterns struct {
	texts []string
	list  []pattern
	names map[string]bool // those without special characters, if there are many
}

type pattern struct {
	form patternForm
	part string // what the text must be, begin or end with
	glob koji.Glob
}

type patternForm uint8

const (
	formExact   patternForm = iota // name
	formPrefix                     // name*
	formSuffix                     // *name
	formGeneral                    // everything else
)

// manyNames is where a hash of names begins to be faster than comparing each.
const manyNames = 8

func newPatterns(texts []string) *patterns {
	p := &patterns{texts: texts}
	names := 0
	for _, text := range texts {
		one := newPattern(text)
		p.list = append(p.list, one)
		if one.form == formExact {
			names++
		}
	}
	if names < manyNames {
		return p
	}
	p.names = make(map[string]bool, names)
	others := p.list[:0]
	for _, one := range p.list {
		if one.form == formExact {
			p.names[one.part] = true
		} else {
			others = append(others, one)
		}
	}
	p.list = others
	return p
}

func newPattern(text string) pattern {
	inner := strings.Trim(text, "*")
	before, after := strings.HasPrefix(text, "*"), strings.HasSuffix(text, "*")
	switch {
	case strings.ContainsAny(inner, "*?[") || before && after:
		return pattern{form: formGeneral, glob: koji.CompileGlob(text)}
	case before:
		return pattern{form: formSuffix, part: inner}
	case after:
		return pattern{form: formPrefix, part: inner}
	}
	return pattern{form: formExact, part: text}
}

// match reports whether one of the globs matches.
func (p *patterns) match(s string) bool {
	if p.names != nil && p.names[s] {
		return true
	}
	for i := range p.list {
		one := &p.list[i]
		switch one.form {
		case formExact:
			if s == one.part {
				return true
			}
		case formPrefix:
			if strings.HasPrefix(s, one.part) {
				return true
			}
		case formSuffix:
			if strings.HasSuffix(s, one.part) {
				return true
			}
		case formGeneral:
			if one.glob.Match(s) {
				return true
			}
		}
	}
	return false
}

// empty reports whether there is no pattern, so that nothing matches.
func (p *patterns) empty() bool { return len(p.texts) == 0 }

// exact returns the names that are matched if there are no other globs.
func (p *patterns) exact() ([]string, bool) {
	for _, one := range p.list {
		if one.form != formExact {
			return nil, false
		}
	}
	return p.texts, len(p.texts) > 0
}
