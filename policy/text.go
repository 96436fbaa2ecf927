package policy

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text is the source of one policy: its name, its rules, and where they stand.
type Text struct {
	Name string // of the policy
	File string // for positions; may be empty
	Body string // the rules

	// lines are those of the file that Body was read from, in the order of
	// Body's lines; nil if Body is the whole file.
	lines []sourceLine
}

// NewText returns the text of a policy that was not read from a file.
func NewText(name, body string) Text { return Text{Name: name, Body: body} }

// sourceLines cuts the body at the line ends of files. Those that only a policy
// knows do not count: an editor would not either.
func (t Text) sourceLines() []sourceLine {
	if t.lines != nil {
		return t.lines
	}
	return splitFile(t.File, t.Body)
}

// splitFile cuts a file into lines at LF, CR and CRLF.
func splitFile(file, body string) []sourceLine {
	var lines []sourceLine
	for n := 1; body != ""; n++ {
		end := strings.IndexAny(body, "\r\n")
		if end < 0 {
			lines = append(lines, sourceLine{file: file, line: n, text: body})
			break
		}
		lines = append(lines, sourceLine{file: file, line: n, text: body[:end]})
		if strings.HasPrefix(body[end:], "\r\n") {
			end++
		}
		body = body[end+1:]
	}
	return lines
}

// isLineEnd reports whether a character ends a line of a policy. It is the set of
// Python's str.splitlines.
func isLineEnd(r rune) bool {
	switch r {
	case '\n', '\r', '\v', '\f', 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029:
		return true
	}
	return false
}

// isSpace reports whether a character separates words. It is the set of Python's
// str.split, which has four separators more than Unicode's white space.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f
}

func trimSpace(s string) string { return strings.TrimFunc(s, isSpace) }

// span is a part of a line, by byte offsets.
type span struct{ from, to int }

// trim shortens a span by white space at its ends. A span of nothing but white
// space becomes empty at its end.
func (p span) trim(s string) span {
	part := s[p.from:p.to]
	left := len(part) - len(strings.TrimLeftFunc(part, isSpace))
	p.from += left
	p.to = p.from + len(strings.TrimRightFunc(part[left:], isSpace))
	return p
}

// words returns the words of s as spans.
func words(s string) []span {
	var out []span
	start := -1
	for i, r := range s {
		switch {
		case isSpace(r):
			if start >= 0 {
				out = append(out, span{start, i})
				start = -1
			}
		case start < 0:
			start = i
		}
	}
	if start >= 0 {
		out = append(out, span{start, len(s)})
	}
	return out
}

// policyLines cuts a line of a file at the line ends that only policies know.
func policyLines(s string) []span {
	var out []span
	start := 0
	for i, r := range s {
		if isLineEnd(r) {
			out = append(out, span{start, i})
			start = i + utf8.RuneLen(r)
		}
	}
	return append(out, span{start, len(s)})
}
