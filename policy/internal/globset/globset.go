// Package globset reasons about shell patterns: whether one matches all that
// another does, whether two have anything in common, and which of several can match
// at the same time. The patterns are those of koji.Glob.
package globset

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kojikit/kojikit/koji"
)

// Class is a set of texts that the same patterns match.
type Class struct {
	Matches []bool // by pattern
	Example string // a shortest text of the class
}

// maxStates bounds the search. Patterns of real policies need a few hundred.
const maxStates = 1 << 15

// Classes returns the classes of texts that patterns tell apart. It is complete
// unless the patterns are so entangled that the search was given up.
func Classes(patterns []string) (classes []Class, complete bool) {
	m := newMachine(patterns)
	seen := make(map[string]bool)
	complete = m.search(func(state []int32, example func() string) bool {
		matches := m.matches(state)
		key := bits(matches)
		if !seen[key] {
			seen[key] = true
			classes = append(classes, Class{matches, example()})
		}
		return true
	})
	return classes, complete
}

// Contains reports whether a pattern matches everything that another one does. It is
// false too if that was too hard to find out.
func Contains(pattern, other string) bool {
	if pattern == "*" || pattern == other {
		return true
	}
	if !utf8.ValidString(pattern) || !utf8.ValidString(other) {
		return false // the search knows characters only
	}
	if !strings.ContainsAny(other, "*?[") {
		return koji.MatchGlob(pattern, other)
	}
	if !strings.ContainsAny(pattern, "*?[") || differ(pattern, other) {
		return false
	}
	m := newMachine([]string{pattern, other})
	contained := true
	complete := m.search(func(state []int32, _ func() string) bool {
		matches := m.matches(state)
		contained = matches[0] || !matches[1]
		return contained
	})
	return contained && complete
}

// Disjoint reports whether no text is matched by a pattern of each list. It is false
// too if that was too hard to find out.
func Disjoint(a, b []string) bool {
	for _, one := range a {
		for _, other := range b {
			if !disjoint(one, other) {
				return false
			}
		}
	}
	return true
}

func disjoint(a, b string) bool {
	if !utf8.ValidString(a) || !utf8.ValidString(b) {
		return false
	}
	if !strings.ContainsAny(a, "*?[") {
		return !koji.MatchGlob(b, a)
	}
	if !strings.ContainsAny(b, "*?[") {
		return !koji.MatchGlob(a, b)
	}
	if differ(a, b) {
		return true
	}
	m := newMachine([]string{a, b})
	apart := true
	complete := m.search(func(state []int32, _ func() string) bool {
		matches := m.matches(state)
		apart = !matches[0] || !matches[1]
		return apart
	})
	return apart && complete
}

// differ reports whether two patterns begin or end with different literal text, so
// that they have nothing in common. It spares most searches.
func differ(a, b string) bool {
	const special = "*?["
	before, beforeB := a[:strings.IndexAny(a, special)], b[:strings.IndexAny(b, special)]
	n := min(len(before), len(beforeB))
	if before[:n] != beforeB[:n] {
		return true
	}
	// A ] may end a set.
	const end = "*?]["
	after, afterB := a[strings.LastIndexAny(a, end)+1:], b[strings.LastIndexAny(b, end)+1:]
	n = min(len(after), len(afterB))
	return after[len(after)-n:] != afterB[len(afterB)-n:]
}

func bits(list []bool) string {
	out := make([]byte, len(list))
	for i, b := range list {
		if b {
			out[i] = 1
		}
	}
	return string(out)
}

// machine is a nondeterministic automaton of all patterns side by side. A state of
// the search is the set of its positions that can be reached by one text.
type machine struct {
	items  []item  // of all patterns, each followed by an end
	starts []int32 // of the patterns
	runes  []rune  // one of each set of characters that no pattern tells apart
}

// item is one part of a pattern.
type item struct {
	kind    itemKind
	pattern int
	ranges  []runeRange
	negate  bool
}

type itemKind uint8

const (
	itemSet itemKind = iota // also a single character
	itemAny
	itemStar
	itemEnd
)

type runeRange struct{ first, last rune }

func newMachine(patterns []string) *machine {
	m := &machine{}
	for i, p := range patterns {
		m.starts = append(m.starts, int32(len(m.items)))
		for _, it := range parse(p) {
			it.pattern = i
			m.items = append(m.items, it)
		}
		m.items = append(m.items, item{kind: itemEnd, pattern: i})
	}
	m.runes = m.alphabet()
	return m
}

// search visits the states that can be reached, those of short texts first. It
// reports whether it visited all; visit may return false to end it.
func (m *machine) search(visit func(state []int32, example func() string) bool) (complete bool) {
	type node struct {
		state  []int32
		parent int
		rune   rune
	}
	start := m.close(m.starts)
	nodes := []node{{state: start, parent: -1}}
	seen := map[string]bool{key(start): true}
	for at := 0; at < len(nodes); at++ {
		example := func() string {
			var runes []rune
			for i := at; nodes[i].parent >= 0; i = nodes[i].parent {
				runes = append(runes, nodes[i].rune)
			}
			slices.Reverse(runes)
			return string(runes)
		}
		if !visit(nodes[at].state, example) {
			return true
		}
		for _, r := range m.runes {
			next := m.step(nodes[at].state, r)
			k := key(next)
			if seen[k] {
				continue
			}
			if len(nodes) == maxStates {
				return false
			}
			seen[k] = true
			nodes = append(nodes, node{next, at, r})
		}
	}
	return true
}

func key(state []int32) string {
	out := make([]byte, 0, 4*len(state))
	for _, p := range state {
		out = binary.LittleEndian.AppendUint32(out, uint32(p))
	}
	return string(out)
}

// step returns the positions behind a character.
func (m *machine) step(state []int32, r rune) []int32 {
	var next []int32
	for _, p := range state {
		switch it := &m.items[p]; it.kind {
		case itemStar:
			next = append(next, p)
		case itemAny:
			next = append(next, p+1)
		case itemSet:
			if it.has(r) {
				next = append(next, p+1)
			}
		case itemEnd:
		}
	}
	return m.close(next)
}

// close adds the positions that need no character.
func (m *machine) close(state []int32) []int32 {
	out := slices.Clone(state)
	for i := 0; i < len(out); i++ {
		if m.items[out[i]].kind == itemStar {
			out = append(out, out[i]+1)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// matches tells which patterns match a text that leads to a state.
func (m *machine) matches(state []int32) []bool {
	out := make([]bool, len(m.starts))
	for _, p := range state {
		if m.items[p].kind == itemEnd {
			out[m.items[p].pattern] = true
		}
	}
	return out
}

func (it *item) has(r rune) bool {
	in := slices.ContainsFunc(it.ranges, func(x runeRange) bool { return x.first <= r && r <= x.last })
	return in != it.negate
}

// alphabet returns one character for each set of characters that no item tells
// apart.
func (m *machine) alphabet() []rune {
	const last = '\U0010FFFF'
	borders := []rune{0, 0xd800, 0xe000}
	for _, it := range m.items {
		for _, x := range it.ranges {
			borders = append(borders, x.first, x.last+1)
		}
	}
	slices.Sort(borders)
	borders = slices.Compact(borders)
	var out []rune
	for i, first := range borders {
		end := rune(last + 1)
		if i+1 < len(borders) {
			end = borders[i+1]
		}
		if first < end && first <= last && first != 0xd800 {
			out = append(out, readable(first, end))
		}
	}
	// Those that people can read come first, and so into the examples.
	slices.SortStableFunc(out, func(a, b rune) int { return rank(a) - rank(b) })
	return out
}

// readable returns a character of first up to, not including, end: one that people
// can read if there is one.
func readable(first, end rune) rune {
	for _, r := range "xyzabcdefghijklmnopqrstuvwABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._+ " {
		if first <= r && r < end {
			return r
		}
	}
	return first
}

func rank(r rune) int {
	switch {
	case 'a' <= r && r <= 'z':
		return 0
	case '0' <= r && r <= '9', 'A' <= r && r <= 'Z':
		return 1
	case ' ' < r && r < 127:
		return 2
	}
	return 3
}

// parse reads a pattern.
func parse(pattern string) []item {
	var items []item
	runes := []rune(pattern)
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; r {
		case '*':
			items = append(items, item{kind: itemStar})
		case '?':
			items = append(items, item{kind: itemAny})
		case '[':
			if set, length := parseSet(runes[i+1:]); length > 0 {
				items = append(items, set)
				i += length
				continue
			}
			fallthrough
		default:
			items = append(items, item{kind: itemSet, ranges: []runeRange{{r, r}}})
		}
	}
	return items
}

// parseSet reads a set behind its opening bracket. The length includes the closing
// one; it is zero if there is none.
func parseSet(s []rune) (set item, length int) {
	from := 0
	if len(s) > 0 && s[0] == '!' {
		set.negate = true
		from = 1
	}
	end := from
	if end < len(s) && s[end] == ']' {
		end++
	}
	for end < len(s) && s[end] != ']' {
		end++
	}
	if end >= len(s) {
		return item{}, 0
	}
	for i := from; i < end; i++ {
		if i+2 < end && s[i+1] == '-' {
			if s[i] <= s[i+2] {
				set.ranges = append(set.ranges, runeRange{s[i], s[i+2]})
			}
			i += 2
			continue
		}
		set.ranges = append(set.ranges, runeRange{s[i], s[i]})
	}
	return set, end + 1
}
