package xmlscan

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/kojikit/kojikit/koji"
)

// Root reads the start tag of the document, which must have one of the names.
func (s *Scanner) Root(names ...string) {
	if s.Next() == Start && !slices.Contains(names, string(s.Element)) {
		s.Fail(koji.ErrInvalid, "root element is %.40q, want %q", s.Element, names[0])
	}
}

// Child moves on to the next start tag among the children of the open element at
// the given depth, skipping what is left of the child before. It returns false
// when that element ends.
func (s *Scanner) Child(depth int) bool {
	for {
		switch s.Next() {
		case Start:
			if s.Depth() == depth+1 {
				return true
			}
		case End:
			if s.Depth() < depth {
				return false
			}
		case None:
			return false
		}
	}
}

// Finish reads the rest of the document and returns the error there was.
func (s *Scanner) Finish() error {
	for s.Next() != None {
		continue
	}
	return s.err
}

// Attr returns the value of an attribute of the start tag just read, "" if it
// has none.
func (s *Scanner) Attr(name string) []byte {
	for _, a := range s.attrs {
		if string(a.name) == name {
			return s.unescape(a.value, true)
		}
	}
	return nil
}

// AttrString is Attr for a value to keep.
func (s *Scanner) AttrString(name string) string { return s.Keep(s.Attr(name)) }

// AttrInt is Attr for a number.
func (s *Scanner) AttrInt(name string) int64 { return s.ParseInt(s.Attr(name)) }

// ParseInt parses a number; old generators wrote fractions, which do not count.
// None at all is zero.
func (s *Scanner) ParseInt(b []byte) int64 {
	b, _, _ = bytes.Cut(bytes.TrimSpace(b), []byte("."))
	if len(b) == 0 {
		return 0
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		s.Fail(koji.ErrInvalid, "%.40q is not a number", b)
	}
	return n
}

// Content reads the character data of the element just opened through its end
// tag. That of elements within it does not count. The result is valid until the
// Next call.
func (s *Scanner) Content() []byte {
	depth := s.Depth()
	s.value = s.value[:0]
	for {
		switch s.Next() {
		case Text:
			if s.Depth() == depth {
				s.value = append(s.value, s.text...)
			}
		case End:
			if s.Depth() < depth {
				return s.value
			}
		case None:
			return nil
		}
	}
}

// ContentString is Content for text to keep.
func (s *Scanner) ContentString() string { return s.Keep(s.Content()) }

// Keep returns b as a string that stays. Many of them share one allocation.
func (s *Scanner) Keep(b []byte) string {
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
