package pyregex

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Bounds on patterns.
const (
	maxLength  = 1 << 16
	maxNesting = 200
)

// flags are the settings that inline flags change.
type flags struct{ fold, multiline, dotAll, ascii, verbose bool }

// parser reads a pattern by recursive descent.
type parser struct {
	in     []rune
	pos    int
	depth  int
	groups int            // number opened so far
	open   map[int]bool   // groups whose end has not been read
	names  map[string]int // of named groups
	widths map[int][2]int // of closed groups
	behind int            // first group that the lookbehind being read may not refer to; 0 outside
	refs   []int          // groups that conditions name, to be checked at the end
	flags  flags          // in force
}

func parse(expr string) (*node, error) {
	if len(expr) > maxLength {
		return nil, fmt.Errorf("longer than %d bytes", maxLength)
	}
	p := &parser{
		in: []rune(expr), open: make(map[int]bool), names: make(map[string]int), widths: make(map[int][2]int),
	}
	root, err := p.alternatives(true)
	if err != nil {
		return nil, fmt.Errorf("at position %d: %w", p.pos, err)
	}
	if p.pos < len(p.in) {
		return nil, fmt.Errorf("at position %d: unbalanced parenthesis", p.pos)
	}
	for _, g := range p.refs {
		if g > p.groups {
			return nil, fmt.Errorf("invalid group reference %d", g)
		}
	}
	return root, nil
}

// peek returns the next character, or -1 at the end.
func (p *parser) peek() rune {
	if p.pos < len(p.in) {
		return p.in[p.pos]
	}
	return -1
}

// next reads a character, or returns -1 at the end.
func (p *parser) next() rune {
	r := p.peek()
	if r >= 0 {
		p.pos++
	}
	return r
}

// accept reads the next character if it is r.
func (p *parser) accept(r rune) bool {
	if p.peek() == r {
		p.pos++
		return true
	}
	return false
}

// node returns a node that carries the flags in force.
func (p *parser) node(o op, subs ...*node) *node {
	f := p.flags
	return &node{op: o, subs: subs, fold: f.fold, multiline: f.multiline, dotAll: f.dotAll, ascii: f.ascii}
}

func (p *parser) literal(r rune) *node {
	n := p.node(opLiteral)
	n.char = r
	return n
}

// alternatives reads up to the end or a closing parenthesis. Only the beginning
// of the first alternative of the whole pattern may set flags for all of it.
func (p *parser) alternatives(top bool) (*node, error) {
	if p.depth++; p.depth > maxNesting {
		return nil, fmt.Errorf("nested deeper than %d", maxNesting)
	}
	defer func() { p.depth-- }()
	var list []*node
	for {
		n, err := p.sequence(top && len(list) == 0)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
		if !p.accept('|') {
			break
		}
	}
	if len(list) == 1 {
		return list[0], nil
	}
	return p.node(opAlternate, list...), nil
}

// sequence reads one alternative.
func (p *parser) sequence(first bool) (*node, error) {
	seq := p.node(opConcat)
	for {
		switch r := p.peek(); {
		case r < 0 || r == '|' || r == ')':
			return seq, nil
		case p.flags.verbose && strings.ContainsRune(" \t\n\r\v\f", r):
			p.pos++
		case p.flags.verbose && r == '#':
			p.comment('\n')
		case strings.ContainsRune("*+?{", r):
			if err := p.repeat(seq); err != nil {
				return nil, err
			}
		default:
			n, err := p.item(first && len(seq.subs) == 0)
			if err != nil {
				return nil, err
			}
			if n != nil {
				seq.subs = append(seq.subs, n)
			}
		}
	}
}

// comment skips to behind the next end character and tells whether there is one.
func (p *parser) comment(end rune) bool {
	for {
		switch p.next() {
		case end:
			return true
		case -1:
			return false
		}
	}
}

// item reads what a repetition may follow. It returns nil for a comment and for
// flags.
func (p *parser) item(first bool) (*node, error) {
	switch r := p.next(); r {
	case '.':
		return p.node(opAny), nil
	case '^':
		return p.node(opStart), nil
	case '$':
		return p.node(opEnd), nil
	case '[':
		return p.class()
	case '\\':
		return p.escape()
	case '(':
		return p.group(first)
	default:
		return p.literal(r), nil
	}
}

// repeat reads a repetition and puts it around the last item of seq.
func (p *parser) repeat(seq *node) error {
	rep := p.node(opRepeat)
	switch p.next() {
	case '*':
		rep.max = -1
	case '+':
		rep.min, rep.max = 1, -1
	case '?':
		rep.max = 1
	default:
		start := p.pos
		ok, err := p.count(rep)
		if err != nil {
			return err
		}
		if !ok {
			p.pos = start
			seq.subs = append(seq.subs, p.literal('{'))
			return nil
		}
	}
	if len(seq.subs) == 0 {
		return errors.New("nothing to repeat")
	}
	last := &seq.subs[len(seq.subs)-1]
	switch (*last).op {
	case opStart, opEnd, opTextStart, opTextEnd, opWord, opNotWord:
		return errors.New("nothing to repeat")
	case opRepeat:
		return errors.New("multiple repeat")
	}
	if p.accept('?') {
		rep.lazy = true
	} else if p.accept('+') {
		rep.possessive = true
	}
	rep.subs = []*node{*last}
	*last = rep
	return nil
}

// count reads what follows an opening brace. It returns false if that is not a
// count, so that the brace stands for itself.
func (p *parser) count(rep *node) (bool, error) {
	if p.peek() == '}' {
		return false, nil
	}
	lo, bounded := p.number()
	hi := lo
	if p.accept(',') {
		hi, bounded = p.number()
	}
	switch {
	case !p.accept('}'):
		return false, nil
	case lo == infinite || hi == infinite:
		return false, errors.New("the repetition number is too large")
	case !bounded:
		hi = -1
	case hi < lo:
		return false, errors.New("min repeat greater than max repeat")
	}
	rep.min, rep.max = lo, hi
	return true, nil
}

// number reads decimal digits, perhaps none. A large number becomes infinite.
func (p *parser) number() (n int, found bool) {
	for isDigit(p.peek()) {
		n = add(multiply(n, 10), int(p.next()-'0'))
		found = true
	}
	return n, found
}

// class reads a bracket expression behind its opening bracket.
func (p *parser) class() (*node, error) {
	n := p.node(opClass)
	n.not = p.accept('^')
	for first := true; ; first = false {
		if p.peek() == ']' && !first {
			p.pos++
			return n, nil
		}
		lo, set, err := p.classItem()
		if err != nil {
			return nil, err
		}
		if p.peek() == '-' && p.pos+1 < len(p.in) && p.in[p.pos+1] != ']' {
			p.pos++
			hi, set2, err := p.classItem()
			switch {
			case err != nil:
				return nil, err
			case set != nil || set2 != nil || hi < lo:
				return nil, errors.New("bad character range")
			}
			n.class.ranges = append(n.class.ranges, charRange{lo, hi})
			continue
		}
		if set != nil {
			n.class.sets = append(n.class.sets, *set)
		} else {
			n.class.ranges = append(n.class.ranges, charRange{lo, lo})
		}
	}
}

// classItem reads a character or a named set inside brackets.
func (p *parser) classItem() (rune, *charSet, error) {
	switch r := p.next(); r {
	case -1:
		return 0, nil, errors.New("unterminated character set")
	case '\\':
		r = p.next()
		if set := namedSet(r); set != nil {
			return 0, set, nil
		}
		switch {
		case r == 'b':
			return '\b', nil, nil
		case '0' <= r && r <= '7':
			c, err := p.octal(r, 3)
			return c, nil, err
		}
		c, err := p.char(r)
		return c, nil, err
	default:
		return r, nil, nil
	}
}

func namedSet(r rune) *charSet {
	switch r {
	case 'd', 's', 'w':
		return &charSet{name: r}
	case 'D', 'S', 'W':
		return &charSet{name: unicode.ToLower(r), not: true}
	}
	return nil
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }
