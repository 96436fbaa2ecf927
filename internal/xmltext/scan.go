package xmltext

import (
	"math/bits"
	"unicode/utf8"
)

// The strings of a repository are many and nearly all plain: these functions
// look at eight bytes at a time. Each byte of a word is tested in its lane; the
// test sets the high bit of the lane. A lane above one that passed may be wrong,
// as the subtraction borrows from it, so only the lowest one counts.

const (
	lanes    = 0x0101010101010101 // one in each lane
	highBits = 0x80 * lanes
)

// load returns the first eight bytes of s as a word, the first one lowest.
func load(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// below tests for bytes less than c; it also passes bytes of c+0x80 and more.
func below(word uint64, c byte) uint64 { return word - uint64(c)*lanes }

// equal tests for bytes equal to c; it also passes some from 0x80.
func equal(word uint64, c byte) uint64 { return below(word^uint64(c)*lanes, 1) }

// indexText returns the index of the first byte of s that may not stand for
// itself in character data, or is not ASCII, or -1.
func indexText(s string) int {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if m := oddInText(load(s[i:])) & highBits; m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '&' || c == '<' || c == '>' || c >= utf8.RuneSelf {
			return i
		}
	}
	return -1
}

// indexAttr is indexText for attributes.
func indexAttr(s string) int {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		w := load(s[i:])
		if m := (oddInText(w) | equal(w, '"')) & highBits; m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '&' || c == '<' || c == '>' || c == '"' || c >= utf8.RuneSelf {
			return i
		}
	}
	return -1
}

// oddInText tests for bytes that may not stand for themselves in character data.
// Setting bit 1 makes '<' into '>'.
func oddInText(w uint64) uint64 {
	return w | below(w, ' ') | equal(w, '&') | equal(w|0x02*lanes, '>')
}

// IsASCII tells whether s is free of non-ASCII characters.
func IsASCII(s string) bool {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if load(s[i:])&highBits != 0 {
			return false
		}
	}
	for ; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
