package rpmmd

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/kojikit/kojikit/koji"
)

// root reads the start tag of the document, which must have one of the names.
func (s *scanner) root(names ...string) {
	if s.next() == tokenStart && !slices.Contains(names, string(s.element)) {
		s.fail(koji.ErrInvalid, "root element is %.40q, want %q", s.element, names[0])
	}
}

// child moves on to the next start tag among the children of the open element at
// the given depth, skipping what is left of the child before. It returns false
// when that element ends.
func (s *scanner) child(depth int) bool {
	for {
		switch s.next() {
		case tokenStart:
			if s.depth() == depth+1 {
				return true
			}
		case tokenEnd:
			if s.depth() < depth {
				return false
			}
		case tokenNone:
			return false
		}
	}
}

// finish reads the rest of the document and returns the error there was.
func (s *scanner) finish() error {
	for s.next() != tokenNone {
		continue
	}
	return s.err
}

// attr returns the value of an attribute of the start tag just read, "" if it
// has none.
func (s *scanner) attr(name string) []byte {
	for _, a := range s.attrs {
		if string(a.name) == name {
			return s.unescape(a.value, true)
		}
	}
	return nil
}

// attrString is attr for a value to keep.
func (s *scanner) attrString(name string) string { return s.keep(s.attr(name)) }

// attrInt is attr for a number.
func (s *scanner) attrInt(name string) int64 { return s.parseInt(s.attr(name)) }

// parseInt parses a number; old generators wrote fractions, which do not count.
// None at all is zero.
func (s *scanner) parseInt(b []byte) int64 {
	b, _, _ = bytes.Cut(bytes.TrimSpace(b), []byte("."))
	if len(b) == 0 {
		return 0
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		s.fail(koji.ErrInvalid, "%.40q is not a number", b)
	}
	return n
}

// content reads the character data of the element just opened through its end
// tag. That of elements within it does not count. The result is valid until the
// next call.
func (s *scanner) content() []byte {
	depth := s.depth()
	s.value = s.value[:0]
	for {
		switch s.next() {
		case tokenText:
			if s.depth() == depth {
				s.value = append(s.value, s.text...)
			}
		case tokenEnd:
			if s.depth() < depth {
				return s.value
			}
		case tokenNone:
			return nil
		}
	}
}

// contentString is content for text to keep.
func (s *scanner) contentString() string { return s.keep(s.content()) }

// keep returns b as a string that stays. Many of them share one allocation.
func (s *scanner) keep(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) > arenaSize/4 {
		return string(b)
	}
	if s.arena.Len()+len(b) > s.arena.Cap() {
		s.arena = strings.Builder{}
		s.arena.Grow(arenaSize)
	}
	start := s.arena.Len()
	s.arena.Write(b)
	return s.arena.String()[start:]
}
