package xmltext

import (
	"strings"
	"unicode/utf8"
)

// AppendText appends s as character data. Control characters that XML cannot
// hold are left out, and what is not UTF-8 is taken for Latin-1.
func AppendText(dst []byte, s string) []byte {
	for {
		i := indexText(s)
		if i < 0 {
			return append(dst, s...)
		}
		if s[i] >= utf8.RuneSelf {
			return appendWideText(dst, s)
		}
		dst = append(dst, s[:i]...)
		dst = append(dst, reference(s[i])...)
		s = s[i+1:]
	}
}

// appendWideText is AppendText for a string that is not all ASCII.
func appendWideText(dst []byte, s string) []byte {
	for r := range characters(s) {
		if r < utf8.RuneSelf {
			dst = append(dst, reference(byte(r))...)
		} else {
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

// AppendAttr appends s as the value of an attribute, without the quotes.
func AppendAttr(dst []byte, s string) []byte {
	for {
		i := indexAttr(s)
		if i < 0 {
			return append(dst, s...)
		}
		if s[i] >= utf8.RuneSelf {
			return appendWideAttr(dst, s)
		}
		dst = append(dst, s[:i]...)
		dst = append(dst, attrReference(s[i])...)
		s = s[i+1:]
	}
}

// appendWideAttr is AppendAttr for a string that is not all ASCII. Clients take
// the characters themselves as well, but upstream writes references.
func appendWideAttr(dst []byte, s string) []byte {
	for r := range characters(s) {
		if r < utf8.RuneSelf {
			dst = append(dst, attrReference(byte(r))...)
		} else {
			dst = append(dst, "&#x"...)
			dst = appendUpperHex(dst, uint32(r))
			dst = append(dst, ';')
		}
	}
	return dst
}

// reference returns the ASCII character c as it stands in character data.
func reference(c byte) string {
	switch c {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '\r':
		return "&#13;"
	}
	if Forbidden(c) {
		return ""
	}
	return ascii[c : c+1]
}

// attrReference returns the ASCII character c as it stands in an attribute.
func attrReference(c byte) string {
	switch c {
	case '"':
		return "&quot;"
	case '\t':
		return "&#9;"
	case '\n':
		return "&#10;"
	default:
		return reference(c)
	}
}

// ascii holds every ASCII character at its own index.
var ascii = func() string {
	var b [utf8.RuneSelf]byte
	for i := range b {
		b[i] = byte(i)
	}
	return string(b[:])
}()

func appendUpperHex(dst []byte, v uint32) []byte {
	const digits = "0123456789ABCDEF"
	shift := 28
	for shift > 0 && v>>shift == 0 {
		shift -= 4
	}
	for ; shift >= 0; shift -= 4 {
		dst = append(dst, digits[v>>shift&0xf])
	}
	return dst
}

// characters yields the characters of s: those of its UTF-8, or else of its
// Latin-1, where the bytes 0x80 to 0xBF are left out. The two characters
// beyond the reach of XML are left out as well.
func characters(s string) func(yield func(rune) bool) {
	return func(yield func(rune) bool) {
		if utf8.ValidString(s) {
			for _, r := range s {
				if r != 0xfffe && r != 0xffff && !yield(r) {
					return
				}
			}
			return
		}
		for i := range len(s) {
			if c := s[i]; (c < 0x80 || c >= 0xc0) && !yield(rune(c)) {
				return
			}
		}
	}
}

// Forbidden tells whether XML cannot hold the ASCII character c.
func Forbidden(c byte) bool { return c < ' ' && c != '\t' && c != '\n' && c != '\r' }

// IndexForbidden returns the index of the first control character that XML
// cannot hold, or -1.
func IndexForbidden(s string) int {
	for i := 0; i < len(s); i++ {
		if i+8 <= len(s) && below(load(s[i:]), ' ')&highBits == 0 {
			i += 7
		} else if Forbidden(s[i]) {
			return i
		}
	}
	return -1
}

// Valid returns s as the text that it is written as, without any escaping.
func Valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for r := range characters(s) {
		b.WriteRune(r)
	}
	return b.String()
}
