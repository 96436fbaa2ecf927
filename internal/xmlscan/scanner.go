package xmlscan

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kojikit/kojikit/internal/xmltext"
	"github.com/kojikit/kojikit/koji"
)

// Scanner reads an XML document token by token, with memory for the greatest
// token only. It knows as much of XML 1.0 as metadata needs: no document type
// definitions, no encodings but UTF-8, and elements go by their local names.
// Tags that do not match, characters that XML forbids and unknown entities are
// errors; so is whatever is larger than a limit.
//
// The first error stays: methods do nothing after it, and Err returns it. A
// Scanner is not safe for concurrent use.
type Scanner struct {
	Element []byte // local name of the start tag just read

	name   string // of the document, for errors
	source io.Reader
	limit  int // bytes of one tag or text
	err    error

	window     []byte // bytes read from source
	start, end int    // of what is not consumed, in window
	offset     int64  // of the start of window in the document
	exhausted  bool   // source is at its end
	mark       int64  // where the bounded element began
	bound      int64  // bytes that it may have; 0 for no bound

	open    []byte // names of the open elements, one after the other
	ends    []int  // where each of them ends
	rooted  bool   // the root element has been seen
	closing bool   // the start tag just read was that of an empty element

	attrs []attribute
	text  []byte // character data just read, unescaped

	scratch []byte // for unescape
	value   []byte // for content
	arena   strings.Builder
}

// attribute is one of the start tag just read. Its value is escaped as it was.
type attribute struct{ name, value []byte }

// Token is a part of a document.
type Token int

// Tokens.
const (
	None  Token = iota // the end of the document, or an error
	Start              // the start tag of an element
	End                // the end of an element
	Text               // character data
)

const (
	firstWindow = 64 << 10
	greatDepth  = 64
	arenaSize   = 16 << 10
)

// New returns a scanner of the document that r holds. Errors call it name. Limit
// is the number of bytes that one tag or text may have.
func New(name string, r io.Reader, limit int) *Scanner {
	return &Scanner{name: name, source: r, limit: limit, window: make([]byte, firstWindow)}
}

// Err returns the first error there was.
func (s *Scanner) Err() error { return s.err }

// Bound lets the document go on for n bytes: those of an element whose start tag
// was just read, or of the whole document if nothing was.
// Bound(0) lifts the bound.
func (s *Scanner) Bound(n int64) { s.mark, s.bound = s.offset+int64(s.start), n }

// Fail notes an error at the present position, unless there was one before. Kind
// is one of the errors of package koji.
func (s *Scanner) Fail(kind error, format string, args ...any) {
	if s.err == nil {
		args = append([]any{s.name, s.offset + int64(s.start)}, args...)
		s.err = koji.Errorf(kind, koji.FaultGeneric, "%s: byte %d: "+format, args...)
	}
}

// Depth returns the number of open elements.
func (s *Scanner) Depth() int { return len(s.ends) }

// rest returns what is read but not consumed.
func (s *Scanner) rest() []byte { return s.window[s.start:s.end] }

// more reads more, and tells whether there was any.
func (s *Scanner) more() bool {
	if s.exhausted || s.err != nil {
		return false
	}
	if s.start > 0 {
		copy(s.window, s.rest())
		s.offset += int64(s.start)
		s.end -= s.start
		s.start = 0
	}
	if s.end == len(s.window) {
		if s.end >= s.limit {
			s.Fail(koji.ErrLimit, "a tag or text of more than %d bytes", s.limit)
			return false
		}
		s.window = append(s.window, make([]byte, s.end)...)
	}
	for range 100 {
		n, err := s.source.Read(s.window[s.end:])
		s.end += n
		switch {
		case err == io.EOF:
			s.exhausted = true
			return n > 0
		case err != nil:
			s.err = err
			return false
		case n > 0:
			return true
		}
	}
	s.err = io.ErrNoProgress
	return false
}

// find returns the index in rest of the first sep from index from on, reading
// on as needed, or -1.
func (s *Scanner) find(sep string, from int) int {
	for {
		rest := s.rest()
		if from < len(rest) {
			if i := index(rest[from:], sep); i >= 0 {
				return from + i
			}
			from = max(from, len(rest)-len(sep)+1)
		}
		if !s.more() {
			return -1
		}
	}
}

// index is [bytes.Index], quicker for the single character that most calls look
// for.
func index(b []byte, sep string) int {
	if len(sep) == 1 {
		return bytes.IndexByte(b, sep[0])
	}
	return bytes.Index(b, []byte(sep))
}

// trimBlanks removes white space from the start.
func trimBlanks(b []byte) []byte {
	for i, c := range b {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return b[i:]
		}
	}
	return nil
}

// hasPrefix tells whether the document goes on with prefix.
func (s *Scanner) hasPrefix(prefix string) bool {
	for len(s.rest()) < len(prefix) {
		if !bytes.HasPrefix([]byte(prefix), s.rest()) || !s.more() {
			return false
		}
	}
	return bytes.HasPrefix(s.rest(), []byte(prefix))
}

// Next reads the next token that means something.
func (s *Scanner) Next() Token {
	for s.err == nil {
		if s.closing {
			s.closing = false
			return s.pop()
		}
		if s.start == s.end && !s.more() {
			if s.err == nil && (s.Depth() > 0 || !s.rooted) {
				s.Fail(koji.ErrInvalid, "the document ends too early: %w", io.ErrUnexpectedEOF)
			}
			return None
		}
		if s.bound > 0 && s.offset+int64(s.start)-s.mark > s.bound {
			s.Fail(koji.ErrLimit, "more than %d bytes", s.bound)
			return None
		}
		if t, ok := s.read(); ok {
			return t
		}
	}
	return None
}

// read reads what comes next; it is not ok if that is to be skipped.
func (s *Scanner) read() (Token, bool) {
	switch {
	case s.window[s.start] != '<':
		return s.readText()
	case s.hasPrefix("</"):
		return s.readEnd(), true
	case s.hasPrefix("<?"):
		s.skipInstruction()
		return 0, false
	case s.hasPrefix("<!--"):
		s.skipPast("-->", 4)
		return 0, false
	case s.hasPrefix("<![CDATA["):
		i := s.find("]]>", 9)
		if i < 0 {
			return s.truncated(), true
		}
		s.text = s.rest()[9:i]
		s.start += i + 3
		s.checkText(s.text)
		return Text, true
	case s.hasPrefix("<!"):
		s.skipDoctype()
		return 0, false
	default:
		return s.readStart(), true
	}
}

// truncated fails because something does not end.
func (s *Scanner) truncated() Token {
	s.Fail(koji.ErrInvalid, "the document ends too early: %w", io.ErrUnexpectedEOF)
	return None
}

func (s *Scanner) skipPast(sep string, from int) {
	i := s.find(sep, from)
	if i < 0 {
		s.truncated()
		return
	}
	s.start += i + len(sep)
}

// skipInstruction skips a processing instruction. The one that begins a document
// may name an encoding.
func (s *Scanner) skipInstruction() {
	i := s.find("?>", 2)
	if i < 0 {
		s.truncated()
		return
	}
	if bytes.HasPrefix(s.rest(), []byte("<?xml ")) {
		_, encoding, found := bytes.Cut(s.rest()[:i], []byte("encoding="))
		if found && len(encoding) > 0 {
			encoding, _, _ = bytes.Cut(encoding[1:], encoding[:1])
			switch strings.ToLower(string(encoding)) {
			case "utf-8", "us-ascii", "ascii":
			default:
				s.Fail(koji.ErrInvalid, "encoding %.40q is not supported", encoding)
				return
			}
		}
	}
	s.start += i + 2
}

// skipDoctype skips a document type declaration. Those that define anything are
// refused.
func (s *Scanner) skipDoctype() {
	i := s.find(">", 2)
	if i < 0 {
		s.truncated()
		return
	}
	if s.rooted || !bytes.HasPrefix(s.rest(), []byte("<!DOCTYPE")) || bytes.IndexByte(s.rest()[:i], '[') >= 0 {
		s.Fail(koji.ErrInvalid, "declarations are not supported")
		return
	}
	s.start += i + 1
}

// readText reads character data up to the next tag. Outside the root element
// there may be none but white space.
func (s *Scanner) readText() (Token, bool) {
	i := s.find("<", 0)
	if s.err != nil {
		return None, true
	}
	if i < 0 {
		i = len(s.rest())
	}
	raw := s.rest()[:i]
	if s.Depth() == 0 {
		if !s.rooted && s.offset+int64(s.start) == 0 {
			raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
		}
		if len(trimBlanks(raw)) > 0 {
			s.Fail(koji.ErrInvalid, "text outside of the root element")
			return None, true
		}
		s.start += i
		return 0, false
	}
	s.text = s.unescape(raw, false)
	s.start += i
	return Text, true
}

// readEnd reads an end tag.
func (s *Scanner) readEnd() Token {
	i := s.find(">", 2)
	if i < 0 {
		return s.truncated()
	}
	name := bytes.TrimRight(s.rest()[2:i], " \t\r\n")
	if s.Depth() == 0 || !bytes.Equal(name, s.innermost()) {
		s.Fail(koji.ErrInvalid, "end tag %.40q does not match", name)
		return None
	}
	s.start += i + 1
	return s.pop()
}

// innermost returns the full name of the element opened last.
func (s *Scanner) innermost() []byte {
	n := len(s.ends)
	if n == 1 {
		return s.open
	}
	return s.open[s.ends[n-2]:]
}

// pop closes the element opened last.
func (s *Scanner) pop() Token {
	s.ends = s.ends[:len(s.ends)-1]
	if n := len(s.ends); n > 0 {
		s.open = s.open[:s.ends[n-1]]
	} else {
		s.open = s.open[:0]
	}
	return End
}

// readStart reads a start tag and opens its element.
func (s *Scanner) readStart() Token {
	n, ok := s.tagEnd()
	if !ok {
		return s.truncated()
	}
	tag := s.rest()[1 : n-1]
	if s.closing = bytes.HasSuffix(tag, []byte("/")); s.closing {
		tag = tag[:len(tag)-1]
	}
	name, rest := cutName(tag)
	if len(name) == 0 || s.Depth() == 0 && s.rooted || s.Depth() == greatDepth {
		s.Fail(koji.ErrInvalid, "unexpected tag %.40q", tag)
		return None
	}
	s.attrs = s.attrs[:0]
	for {
		rest = trimBlanks(rest)
		if len(rest) == 0 {
			break
		}
		var a attribute
		a.name, rest = cutName(rest)
		rest = trimBlanks(rest)
		if len(a.name) == 0 || len(rest) == 0 || rest[0] != '=' {
			s.Fail(koji.ErrInvalid, "tag %.40q: malformed attribute", tag)
			return None
		}
		rest = trimBlanks(rest[1:])
		if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
			s.Fail(koji.ErrInvalid, "tag %.40q: value of attribute %.40q has no quotes", tag, a.name)
			return None
		}
		end := bytes.IndexByte(rest[1:], rest[0]) + 1 // tagEnd has seen it
		a.value, rest = rest[1:end], rest[end+1:]
		s.attrs = append(s.attrs, a)
	}
	s.start += n
	s.rooted = true
	s.open = append(s.open, name...)
	s.ends = append(s.ends, len(s.open))
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	s.Element = name
	return Start
}

// tagEnd returns the length of the tag that rest starts with, once all of it is
// there.
func (s *Scanner) tagEnd() (n int, ok bool) {
	var quote byte
	i := 1
	for {
		rest := s.rest()
		for ; i < len(rest); i++ {
			switch c := rest[i]; {
			case quote != 0:
				if c == quote {
					quote = 0
				}
			case c == '"' || c == '\'':
				quote = c
			case c == '>':
				return i + 1, true
			case c == '<':
				s.Fail(koji.ErrInvalid, "a tag within a tag")
				return 0, false
			}
		}
		if !s.more() {
			return 0, false
		}
	}
}

// cutName splits b after the name it starts with.
func cutName(b []byte) (name, rest []byte) {
	for i, c := range b {
		switch c {
		case ' ', '\t', '\r', '\n', '=', '"', '\'', '/', '<', '>', '&':
			return b[:i], b[i:]
		}
	}
	return b, nil
}

// unescape returns raw with its references resolved and its line ends (in an
// attribute: its white space) normalised. The result is valid until the next
// call, or until more is read.
func (s *Scanner) unescape(raw []byte, attr bool) []byte {
	if isPlain(raw) {
		return raw
	}
	s.checkText(raw)
	out := s.scratch[:0]
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case c == '&':
			semicolon := bytes.IndexByte(raw[i:min(len(raw), i+12)], ';')
			if semicolon < 0 {
				s.Fail(koji.ErrInvalid, "reference %.12q does not end", raw[i:])
				return nil
			}
			r, ok := resolve(raw[i+1 : i+semicolon])
			if !ok {
				s.Fail(koji.ErrInvalid, "unknown reference %q", raw[i:i+semicolon+1])
				return nil
			}
			out = utf8.AppendRune(out, r)
			i += semicolon
		case c == '\r' && i+1 < len(raw) && raw[i+1] == '\n':
		case attr && (c == '\t' || c == '\n' || c == '\r'):
			out = append(out, ' ')
		case c == '\r':
			out = append(out, '\n')
		default:
			out = append(out, c)
		}
	}
	s.scratch = out
	return out
}

// isPlain tells whether raw stands for itself.
func isPlain(raw []byte) bool {
	for _, c := range raw {
		if c < ' ' || c == '&' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// checkText fails on what is not UTF-8 or holds characters that XML forbids.
func (s *Scanner) checkText(b []byte) {
	if !utf8.Valid(b) {
		s.Fail(koji.ErrInvalid, "text is not UTF-8")
	}
	for _, c := range b {
		if xmltext.Forbidden(c) {
			s.Fail(koji.ErrInvalid, "control character 0x%02x", c)
			return
		}
	}
	if bytes.Contains(b, []byte("\ufffe")) || bytes.Contains(b, []byte("\uffff")) {
		s.Fail(koji.ErrInvalid, "a character that XML forbids")
	}
}

// resolve returns the character that a reference stands for.
func resolve(name []byte) (rune, bool) {
	switch string(name) {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, isNumber := bytes.CutPrefix(name, []byte("#"))
	if !isNumber {
		return 0, false
	}
	base := 10
	if hex, ok := bytes.CutPrefix(digits, []byte("x")); ok {
		base, digits = 16, hex
	}
	n, err := strconv.ParseUint(string(digits), base, 21)
	r := rune(n)
	if err != nil || !utf8.ValidRune(r) || r == 0xfffe || r == 0xffff || r < utf8.RuneSelf && xmltext.Forbidden(byte(r)) {
		return 0, false
	}
	return r, true
}
