package pyregex

import "unicode"

// class is a set of characters: ranges and named sets.
type class struct {
	ranges []charRange
	sets   []charSet
}

// charRange is the characters from lo to hi.
type charRange struct{ lo, hi rune }

// charSet is \d, \s or \w, or with not set their opposite.
type charSet struct {
	name rune // d, s or w
	not  bool
}

// body returns the inside of a bracket expression that stands for the set
// without its negation. Python counts as word characters what is alphanumeric in
// Unicode's sense, and the underscore.
func (s charSet) body(ascii bool) string {
	switch {
	case s.name == 'd' && ascii:
		return `0-9`
	case s.name == 'd':
		return `\p{Nd}`
	case s.name == 's' && ascii:
		return `\t-\r `
	case s.name == 's':
		return `\t-\r\x1c-\x20\x85\xa0\p{Z}`
	case ascii:
		return `0-9A-Z_a-z`
	default:
		return `\p{L}\p{N}_`
	}
}

// containsASCII tells whether the set contains an ASCII character.
func (s charSet) containsASCII(c rune, ascii bool) bool {
	var in bool
	switch s.name {
	case 'd':
		in = '0' <= c && c <= '9'
	case 's':
		in = c == ' ' || '\t' <= c && c <= '\r' || !ascii && 0x1c <= c && c <= 0x1f
	default:
		in = wordASCII(c)
	}
	return in != s.not
}

func wordASCII(c rune) bool {
	return c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// containsASCII tells whether the class, before negation, contains an ASCII
// character; with fold, in either case.
func (c *class) containsASCII(r rune, fold, ascii bool) bool {
	if fold {
		return c.containsASCII(unicode.ToLower(r), false, ascii) || c.containsASCII(unicode.ToUpper(r), false, ascii)
	}
	for _, x := range c.ranges {
		if x.lo <= r && r <= x.hi {
			return true
		}
	}
	for _, s := range c.sets {
		if s.containsASCII(r, ascii) {
			return true
		}
	}
	return false
}
