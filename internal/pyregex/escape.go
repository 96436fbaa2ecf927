package pyregex

import (
	"errors"
	"fmt"
	"strconv"
	"unicode"
)

// escape reads what follows a backslash outside of brackets.
func (p *parser) escape() (*node, error) {
	r := p.next()
	if set := namedSet(r); set != nil {
		n := p.node(opClass)
		n.class.sets = []charSet{*set}
		return n, nil
	}
	switch r {
	case 'A':
		return p.node(opTextStart), nil
	case 'Z':
		return p.node(opTextEnd), nil
	case 'b':
		return p.node(opWord), nil
	case 'B':
		return p.node(opNotWord), nil
	}
	var c rune
	var err error
	switch {
	case r == '0':
		c, err = p.octal(r, 3)
	case isDigit(r):
		if !p.isOctal(r) {
			return p.numberedRef(r)
		}
		c, err = p.octal(r, 3)
	default:
		c, err = p.char(r)
	}
	if err != nil {
		return nil, err
	}
	return p.literal(c), nil
}

// isOctal tells whether a digit other than 0 and what follows it are the code of
// a character: three octal digits. Otherwise they are a group's number.
func (p *parser) isOctal(first rune) bool {
	if first > '7' || p.pos+2 > len(p.in) {
		return false
	}
	return isOctalDigit(p.in[p.pos]) && isOctalDigit(p.in[p.pos+1])
}

func isOctalDigit(r rune) bool { return '0' <= r && r <= '7' }

// octal reads the rest of a code of at most so many octal digits.
func (p *parser) octal(first rune, digits int) (rune, error) {
	c := first - '0'
	for i := 1; i < digits && isOctalDigit(p.peek()); i++ {
		c = c*8 + p.next() - '0'
	}
	if c > 0o377 {
		return 0, fmt.Errorf("octal escape %#o is too large", c)
	}
	return c, nil
}

// char reads an escape that means one character, inside brackets and outside.
func (p *parser) char(r rune) (rune, error) {
	switch r {
	case -1:
		return 0, errors.New("bad escape at the end of the pattern")
	case 'a':
		return '\a', nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'v':
		return '\v', nil
	case 'x':
		return p.hex(2)
	case 'u':
		return p.hex(4)
	case 'U':
		return p.hex(8)
	}
	if r < unicode.MaxASCII && wordASCII(r) && r != '_' {
		return 0, fmt.Errorf("bad escape \\%c", r)
	}
	return r, nil
}

// hex reads the code of a character of exactly so many hexadecimal digits.
func (p *parser) hex(digits int) (rune, error) {
	if p.pos+digits > len(p.in) {
		return 0, errors.New("incomplete escape")
	}
	c, err := strconv.ParseUint(string(p.in[p.pos:p.pos+digits]), 16, 32)
	if err != nil || c > unicode.MaxRune {
		return 0, errors.New("bad character code in escape")
	}
	p.pos += digits
	return rune(c), nil
}

// numberedRef reads a reference to a group by a number of one or two digits.
func (p *parser) numberedRef(first rune) (*node, error) {
	group := int(first - '0')
	if isDigit(p.peek()) {
		group = group*10 + int(p.next()-'0')
	}
	return p.ref(group)
}

// ref returns a reference to what a group matched.
func (p *parser) ref(group int) (*node, error) {
	switch {
	case group == 0 || group > p.groups:
		return nil, fmt.Errorf("invalid group reference %d", group)
	case p.open[group]:
		return nil, fmt.Errorf("reference to group %d inside of it", group)
	}
	if err := p.checkBehind(group); err != nil {
		return nil, err
	}
	n := p.node(opBackref)
	n.group = group
	return n, nil
}
