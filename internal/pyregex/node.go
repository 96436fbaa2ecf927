package pyregex

import "math"

// op is what a node does.
type op uint8

const (
	opLiteral     op = iota // char
	opAny                   // .
	opClass                 // [...], or \d outside of brackets
	opStart                 // ^
	opEnd                   // $
	opTextStart             // \A
	opTextEnd               // \Z
	opWord                  // \b
	opNotWord               // \B
	opEmpty                 //
	opConcat                // subs in order
	opAlternate             // one of subs
	opRepeat                // subs[0], min to max times
	opGroup                 // (subs[0]), number group
	opBackref               // what group matched
	opAhead                 // (?=subs[0])
	opBehind                // (?<=subs[0])
	opAtomic                // (?>subs[0])
	opConditional           // subs[0] if group matched, else subs[1]
)

// node is a part of a parsed pattern.
type node struct {
	op    op
	subs  []*node
	char  rune
	class class
	group int // number of a group, from 1
	// not negates opClass, opAhead, opBehind.
	not bool
	// Flags in force where the node stands.
	fold, multiline, dotAll, ascii bool

	min, max   int // of opRepeat; max < 0 is no limit
	lazy       bool
	possessive bool
}

// infinite is the width of a node without bound.
const infinite = math.MaxInt32

// maxExpanded bounds how large a pattern may get when its counted repetitions
// are written out, as Go's regexp does.
const maxExpanded = 20000

// width returns the least and the greatest length of text that a node matches.
// groups holds the widths of the groups before it.
func (n *node) width(groups map[int][2]int) (lo, hi int) {
	switch n.op {
	case opLiteral, opAny, opClass:
		return 1, 1
	case opConcat:
		for _, s := range n.subs {
			l, h := s.width(groups)
			lo, hi = add(lo, l), add(hi, h)
		}
		return lo, hi
	case opAlternate, opConditional:
		lo = infinite
		for _, s := range n.subs {
			l, h := s.width(groups)
			lo, hi = min(lo, l), max(hi, h)
		}
		return lo, hi
	case opRepeat:
		lo, hi = n.subs[0].width(groups)
		if n.max < 0 {
			return multiply(lo, n.min), multiply(hi, infinite)
		}
		return multiply(lo, n.min), multiply(hi, n.max)
	case opGroup:
		lo, hi = n.subs[0].width(groups)
		groups[n.group] = [2]int{lo, hi}
		return lo, hi
	case opAtomic:
		return n.subs[0].width(groups)
	case opBackref:
		w := groups[n.group]
		return w[0], w[1]
	default:
		return 0, 0
	}
}

func add(a, b int) int { return min(a+b, infinite) }

func multiply(a, b int) int {
	if a == 0 || b == 0 {
		return 0
	}
	if a > infinite/b {
		return infinite
	}
	return a * b
}

// regular tells whether a finite automaton can match the node, on ASCII text.
func (n *node) regular() bool {
	switch n.op {
	case opBackref, opAhead, opBehind, opAtomic, opConditional:
		return false
	case opLiteral:
		if n.char >= 0x80 {
			return false
		}
	case opClass:
		for _, r := range n.class.ranges {
			if r.hi >= 0x80 {
				return false
			}
		}
	case opRepeat:
		if n.possessive {
			return false
		}
	}
	for _, s := range n.subs {
		if !s.regular() {
			return false
		}
	}
	return true
}

// size returns the number of nodes with counted repetitions written out.
func (n *node) size() int {
	total := 1
	for _, s := range n.subs {
		total = add(total, s.size())
	}
	if n.op == opRepeat {
		total = multiply(total, max(n.min, n.max, 1))
	}
	return total
}
