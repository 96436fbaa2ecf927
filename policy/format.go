package policy

import "strings"

// Format returns the text in canonical layout: four spaces for each level, one
// space between words and around &&, :: and !!, two before a comment, no white
// space at line ends, and at most one blank line in a row. Comments, the order of
// rules and the wording of actions stay.
//
// The result means the same as the text. Only the spacing in its rule reports (see
// [Decision.Report]) differs. Formatting it again changes nothing.
func (t *Tree) Format() string {
	var b strings.Builder
	blank := true // so that no blank line begins the text
	for _, l := range t.lines {
		if l.kind == blankLine && l.comment == "" {
			if !blank {
				b.WriteByte('\n')
			}
			blank = true
			continue
		}
		blank = false
		for range l.depth {
			b.WriteString("    ")
		}
		l.write(&b)
		b.WriteByte('\n')
	}
	text := b.String()
	if blank && text != "" {
		text = text[:len(text)-1]
	}
	return text
}

// write writes the line without its indentation.
func (l *treeLine) write(b *strings.Builder) {
	switch l.kind {
	case blankLine:
		b.WriteString(l.comment)
		return
	case closeLine:
		b.WriteByte('}')
	case ruleLine, closingRuleLine:
		l.rule.write(b)
	}
	if l.comment != "" {
		b.WriteString("  ")
		b.WriteString(l.comment)
	}
}

func (r *ruleNode) write(b *strings.Builder) {
	for i, test := range r.tests {
		if i > 0 {
			b.WriteString(" && ")
		}
		for k := range test.words {
			if k > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(test.word(k))
		}
	}
	if r.negated {
		b.WriteString(" !!")
	} else {
		b.WriteString(" ::")
	}
	if r.action != "" {
		b.WriteByte(' ')
		b.WriteString(r.action)
	}
}
