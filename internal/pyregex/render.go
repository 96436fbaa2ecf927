package pyregex

import (
	"fmt"
	"strconv"
	"strings"
)

// linear renders the node for Go's regexp, to be used on ASCII text without line
// breaks. Such text leaves a finite alphabet, so every character becomes an
// explicit set, and ends of lines are ends of the text.
func (n *node) linear() string {
	var b strings.Builder
	n.writeLinear(&b)
	return b.String()
}

func (n *node) writeLinear(b *strings.Builder) {
	switch n.op {
	case opLiteral, opClass, opAny:
		n.writeASCII(b)
	case opStart, opTextStart:
		b.WriteString(`\A`)
	case opEnd, opTextEnd:
		b.WriteString(`\z`)
	case opWord:
		b.WriteString(`\b`)
	case opNotWord:
		b.WriteString(`\B`)
	case opConcat, opGroup:
		b.WriteString(`(?:`)
		for _, s := range n.subs {
			s.writeLinear(b)
		}
		b.WriteString(`)`)
	case opAlternate:
		n.writeAlternatives(b, (*node).writeLinear)
	case opRepeat:
		b.WriteString(`(?:`)
		n.subs[0].writeLinear(b)
		b.WriteString(`)`)
		n.writeCount(b)
	}
}

// writeASCII writes the set of ASCII characters that a node for one character
// matches.
func (n *node) writeASCII(b *strings.Builder) {
	c := n.class
	switch n.op {
	case opAny:
		b.WriteString(`[\x00-\x7f]`)
		return
	case opLiteral:
		c = class{ranges: []charRange{{n.char, n.char}}}
	}
	b.WriteByte('[')
	empty := true
	for r := rune(0); r < 0x80; r++ {
		if c.containsASCII(r, n.fold, n.ascii) == n.not {
			continue
		}
		empty = false
		lo := r
		for r < 0x7f && c.containsASCII(r+1, n.fold, n.ascii) != n.not {
			r++
		}
		fmt.Fprintf(b, `\x%02x-\x%02x`, lo, r)
	}
	if empty {
		b.WriteString(`^\x00-\x{10ffff}`)
	}
	b.WriteByte(']')
}

func (n *node) writeAlternatives(b *strings.Builder, write func(*node, *strings.Builder)) {
	b.WriteString(`(?:`)
	for i, s := range n.subs {
		if i > 0 {
			b.WriteByte('|')
		}
		write(s, b)
	}
	b.WriteByte(')')
}

func (n *node) writeCount(b *strings.Builder) {
	switch {
	case n.max < 0 && n.min == 0:
		b.WriteByte('*')
	case n.max < 0:
		fmt.Fprintf(b, "{%d,}", n.min)
	default:
		fmt.Fprintf(b, "{%d,%d}", n.min, n.max)
	}
	if n.lazy {
		b.WriteByte('?')
	}
}

// full renders the node for regexp2, any text. Its dialect is .NET's: classes
// can be subtracted, \w and $ differ, groups with names are counted apart. So
// every construct is written out in terms that mean the same.
func (n *node) full() string {
	var b strings.Builder
	n.writeFull(&b)
	return b.String()
}

func (n *node) writeFull(b *strings.Builder) {
	switch n.op {
	case opLiteral:
		n.writeFolded(b, func() { writeChar(b, n.char) })
	case opAny:
		if n.dotAll {
			b.WriteString(`(?s:.)`)
		} else {
			b.WriteString(`[^\n]`)
		}
	case opClass:
		n.writeFolded(b, func() { n.writeClass(b) })
	case opStart:
		if n.multiline {
			b.WriteString(`(?m:^)`)
		} else {
			b.WriteString(`\A`)
		}
	case opTextStart:
		b.WriteString(`\A`)
	case opEnd:
		if n.multiline {
			b.WriteString(`(?=\n|\z)`)
		} else {
			b.WriteString(`(?=\n?\z)`)
		}
	case opTextEnd:
		b.WriteString(`\z`)
	case opWord, opNotWord:
		n.writeBoundary(b)
	case opConcat:
		b.WriteString(`(?:`)
		for _, s := range n.subs {
			s.writeFull(b)
		}
		b.WriteString(`)`)
	case opAlternate:
		n.writeAlternatives(b, (*node).writeFull)
	case opRepeat:
		n.writeRepeat(b)
	case opGroup:
		fmt.Fprintf(b, `(?<%d>`, n.group)
		n.subs[0].writeFull(b)
		b.WriteString(`)`)
	case opBackref:
		n.writeFolded(b, func() { fmt.Fprintf(b, `\k<%d>`, n.group) })
	case opAhead, opBehind, opAtomic:
		b.WriteString(lookaround(n))
		n.subs[0].writeFull(b)
		b.WriteString(`)`)
	case opConditional:
		fmt.Fprintf(b, `(?(%d)`, n.group)
		n.subs[0].writeFull(b)
		b.WriteByte('|')
		n.subs[1].writeFull(b)
		b.WriteByte(')')
	}
}

func lookaround(n *node) string {
	switch {
	case n.op == opAtomic:
		return `(?>`
	case n.op == opAhead && !n.not:
		return `(?=`
	case n.op == opAhead:
		return `(?!`
	case !n.not:
		return `(?<=`
	default:
		return `(?<!`
	}
}

func (n *node) writeFolded(b *strings.Builder, write func()) {
	if !n.fold {
		write()
		return
	}
	b.WriteString(`(?i:`)
	write()
	b.WriteByte(')')
}

func (n *node) writeRepeat(b *strings.Builder) {
	if n.possessive {
		b.WriteString(`(?>`)
	}
	b.WriteString(`(?:`)
	n.subs[0].writeFull(b)
	b.WriteByte(')')
	n.writeCount(b)
	if n.possessive {
		b.WriteByte(')')
	}
}

// writeBoundary writes what \b and \B mean by Python's word characters. In an
// empty text neither matches.
func (n *node) writeBoundary(b *strings.Builder) {
	word := charSet{name: 'w'}.body(n.ascii)
	if n.op == opWord {
		fmt.Fprintf(b, `(?:(?<=[%s])(?![%s])|(?<![%s])(?=[%s]))`, word, word, word, word)
	} else {
		fmt.Fprintf(b, `(?:(?<=[%s])(?=[%s])|(?<![%s])(?![%s])(?s:(?<=.)|(?=.)))`, word, word, word, word)
	}
}

// writeClass writes a class. A negated set inside, as in [a\W], cannot stand in
// a bracket expression beside others, so it becomes an alternative.
func (n *node) writeClass(b *strings.Builder) {
	var body strings.Builder
	var others []string
	for _, r := range n.class.ranges {
		writeChar(&body, r.lo)
		if r.hi != r.lo {
			body.WriteByte('-')
			writeChar(&body, r.hi)
		}
	}
	for _, s := range n.class.sets {
		if s.not {
			others = append(others, `[^`+s.body(n.ascii)+`]`)
		} else {
			body.WriteString(s.body(n.ascii))
		}
	}
	if len(others) == 0 {
		b.WriteByte('[')
		if n.not {
			b.WriteByte('^')
		}
		b.WriteString(body.String() + `]`)
		return
	}
	if body.Len() > 0 {
		others = append(others, `[`+body.String()+`]`)
	}
	set := strings.Join(others, `|`)
	if n.not {
		b.WriteString(`(?!` + set + `)(?s:.)`)
	} else {
		b.WriteString(`(?:` + set + `)`)
	}
}

// writeChar writes a character that stands for itself, within brackets and
// without.
func writeChar(b *strings.Builder, r rune) {
	switch {
	case r < 0x80 && wordASCII(r):
		b.WriteRune(r)
	case r < 0x80:
		b.WriteString(`\x`)
		if r < 0x10 {
			b.WriteByte('0')
		}
		b.WriteString(strconv.FormatInt(int64(r), 16))
	default:
		b.WriteRune(r)
	}
}
