package koji

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Glob is a compiled shell pattern, as Koji uses them in policies and searches:
// those of Python's fnmatch on a POSIX system. It is immutable and safe for
// concurrent use.
//
//   - * matches any run of characters, also slashes, newlines and a leading dot;
//   - ? matches any one character;
//   - [...] matches one character of a set of characters and ranges, [!...] one
//     that is not in it. A ] right at the start belongs to the set, as does a -
//     at either end; a range whose ends are in the wrong order is empty. A [
//     without its ] stands for itself;
//   - everything else stands for itself: there is no escape character.
//
// Matching is case-sensitive and covers the whole text. Characters are Unicode
// code points. The time is at most proportional to the product of the lengths of
// pattern and text.
type Glob struct {
	pattern string
	literal bool // the pattern has no special character
	items   []globItem
}

type globItem struct {
	kind   globKind
	char   rune        // of a globChar
	negate bool        // of a globSet
	ranges []runeRange // of a globSet
}

type globKind uint8

const (
	globChar globKind = iota
	globAny
	globStar
	globSet
)

type runeRange struct{ first, last rune }

// MatchGlob reports whether a text matches a shell pattern. To use a pattern many
// times, see [CompileGlob].
func MatchGlob(pattern, s string) bool {
	if !strings.ContainsAny(pattern, "*?[") {
		return pattern == s
	}
	return CompileGlob(pattern).Match(s)
}

// CompileGlob compiles a shell pattern. There are no invalid patterns.
func CompileGlob(pattern string) Glob {
	g := Glob{pattern: pattern}
	if !strings.ContainsAny(pattern, "*?[") {
		g.literal = true
		return g
	}
	g.items = make([]globItem, 0, utf8.RuneCountInString(pattern))
	lastClose := strings.LastIndexByte(pattern, ']')
	for i := 0; i < len(pattern); {
		c, size := utf8.DecodeRuneInString(pattern[i:])
		item := globItem{kind: globChar, char: c}
		switch c {
		case '*':
			item.kind = globStar
		case '?':
			item.kind = globAny
		case '[':
			if i > lastClose {
				break // spares the search for a bracket that is not there
			}
			if set, length, ok := parseGlobSet(pattern[i+1:]); ok {
				item, size = set, 1+length
			}
		}
		i += size
		if n := len(g.items); item.kind == globStar && n > 0 && g.items[n-1].kind == globStar {
			continue
		}
		g.items = append(g.items, item)
	}
	return g
}

// parseGlobSet reads a set behind its opening bracket and returns it with the
// number of bytes up to and including the closing one.
func parseGlobSet(s string) (set globItem, length int, ok bool) {
	set.kind = globSet
	body, negate := strings.CutPrefix(s, "!")
	set.negate = negate
	start := 0
	if strings.HasPrefix(body, "]") {
		start = 1
	}
	end := strings.IndexByte(body[start:], ']')
	if end < 0 {
		return globItem{}, 0, false
	}
	body = body[:start+end]
	set.ranges = globRanges([]rune(body))
	length = len(body) + 1
	if negate {
		length++
	}
	return set, length, true
}

func globRanges(members []rune) []runeRange {
	ranges := make([]runeRange, 0, len(members))
	for i := 0; i < len(members); {
		if i+2 < len(members) && members[i+1] == '-' {
			if members[i] <= members[i+2] {
				ranges = append(ranges, runeRange{members[i], members[i+2]})
			}
			i += 3
			continue
		}
		ranges = append(ranges, runeRange{members[i], members[i]})
		i++
	}
	return ranges
}

// String returns the pattern.
func (g Glob) String() string { return g.pattern }

// Match reports whether a text matches the pattern.
func (g Glob) Match(s string) bool {
	if g.literal || g.items == nil {
		return s == g.pattern
	}
	// On a mismatch only the last star may take one more character: an earlier
	// one that took more could not lead to anything new.
	at, pos := 0, 0
	star, starPos := -1, 0
	for pos < len(s) {
		if at < len(g.items) && g.items[at].kind == globStar {
			if at == len(g.items)-1 {
				return true
			}
			star, starPos = at, pos
			at++
			continue
		}
		c, size := utf8.DecodeRuneInString(s[pos:])
		if at < len(g.items) && g.items[at].matches(c) {
			at++
			pos += size
			continue
		}
		if star < 0 {
			return false
		}
		_, size = utf8.DecodeRuneInString(s[starPos:])
		starPos += size
		at, pos = star+1, starPos
	}
	for at < len(g.items) && g.items[at].kind == globStar {
		at++
	}
	return at == len(g.items)
}

func (item *globItem) matches(c rune) bool {
	switch item.kind {
	case globAny:
		return true
	case globSet:
		in := slices.ContainsFunc(item.ranges, func(r runeRange) bool { return r.first <= c && c <= r.last })
		return in != item.negate
	}
	return item.char == c
}

// Globs is a list of patterns of which one has to match.
type Globs []Glob

// CompileGlobs compiles patterns.
func CompileGlobs(patterns ...string) Globs {
	list := make(Globs, len(patterns))
	for i, p := range patterns {
		list[i] = CompileGlob(p)
	}
	return list
}

// ParseGlobs compiles the patterns of a text, which are separated by blanks.
func ParseGlobs(text string) Globs {
	return CompileGlobs(strings.FieldsFunc(text, isBlank)...)
}

// Match reports whether a text matches one of the patterns. No pattern matches
// nothing.
func (list Globs) Match(s string) bool {
	return slices.ContainsFunc(list, func(g Glob) bool { return g.Match(s) })
}
