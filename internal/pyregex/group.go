package pyregex

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// group reads what follows an opening parenthesis. It returns nil for a comment
// and for flags, which only the first item may be.
func (p *parser) group(first bool) (*node, error) {
	if !p.accept('?') {
		return p.capture("")
	}
	switch r := p.next(); r {
	case ':':
		return p.enclosed(p.flags)
	case '#':
		if !p.comment(')') {
			return nil, errors.New("unterminated comment")
		}
		return nil, nil
	case 'P':
		return p.named()
	case '=', '!':
		n := p.node(opAhead)
		n.not = r == '!'
		return p.around(n)
	case '<':
		n := p.node(opBehind)
		n.not = p.peek() == '!'
		if !p.accept('!') && !p.accept('=') {
			return nil, errors.New("unknown extension ?<")
		}
		return p.lookbehind(n)
	case '>':
		return p.around(p.node(opAtomic))
	case '(':
		return p.conditional()
	default:
		return p.inlineFlags(r, first)
	}
}

// enclosed reads up to the closing parenthesis with the given flags in force.
func (p *parser) enclosed(f flags) (*node, error) {
	saved := p.flags
	p.flags = f
	n, err := p.alternatives(false)
	p.flags = saved
	if err != nil {
		return nil, err
	}
	if !p.accept(')') {
		return nil, errors.New("missing ), unterminated subpattern")
	}
	return n, nil
}

func (p *parser) around(n *node) (*node, error) {
	sub, err := p.enclosed(p.flags)
	n.subs = []*node{sub}
	return n, err
}

func (p *parser) lookbehind(n *node) (*node, error) {
	outermost := p.behind == 0
	if outermost {
		p.behind = p.groups + 1
	}
	n, err := p.around(n)
	if outermost {
		p.behind = 0
	}
	if err != nil {
		return nil, err
	}
	if lo, hi := n.subs[0].width(p.widths); lo != hi {
		return nil, errors.New("look-behind requires fixed-width pattern")
	}
	return n, nil
}

// checkBehind refuses what a lookbehind may not refer to.
func (p *parser) checkBehind(group int) error {
	switch {
	case p.behind == 0:
		return nil
	case p.open[group]:
		return fmt.Errorf("reference to group %d inside of it", group)
	case group >= p.behind:
		return fmt.Errorf("reference to group %d of the same lookbehind", group)
	}
	return nil
}

// capture reads a group that captures, with or without a name.
func (p *parser) capture(name string) (*node, error) {
	p.groups++
	n := p.node(opGroup)
	n.group = p.groups
	if name != "" {
		if _, taken := p.names[name]; taken {
			return nil, fmt.Errorf("redefinition of group name %q", name)
		}
		p.names[name] = n.group
	}
	p.open[n.group] = true
	sub, err := p.enclosed(p.flags)
	if err != nil {
		return nil, err
	}
	delete(p.open, n.group)
	n.subs = []*node{sub}
	n.width(p.widths)
	return n, nil
}

// named reads (?P<name>...) and (?P=name).
func (p *parser) named() (*node, error) {
	switch {
	case p.accept('<'):
		name, err := p.until('>')
		if err != nil {
			return nil, err
		}
		if !identifier(name) {
			return nil, fmt.Errorf("bad group name %q", name)
		}
		return p.capture(name)
	case p.accept('='):
		name, err := p.until(')')
		if err != nil {
			return nil, err
		}
		group, known := p.names[name]
		if !known {
			return nil, fmt.Errorf("unknown group name %q", name)
		}
		return p.ref(group)
	default:
		return nil, errors.New("unknown extension ?P")
	}
}

// until reads a name and the character behind it.
func (p *parser) until(end rune) (string, error) {
	start := p.pos
	if !p.comment(end) {
		return "", errors.New("missing group name or its end")
	}
	return string(p.in[start : p.pos-1]), nil
}

func identifier(s string) bool {
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return s != ""
}

// conditional reads (?(group)yes|no) behind the second parenthesis.
func (p *parser) conditional() (*node, error) {
	name, err := p.until(')')
	if err != nil {
		return nil, err
	}
	n := p.node(opConditional)
	if identifier(name) {
		group, known := p.names[name]
		if !known {
			return nil, fmt.Errorf("unknown group name %q", name)
		}
		n.group = group
	} else if n.group, err = groupNumber(name); err != nil {
		return nil, err
	}
	if err := p.checkBehind(n.group); err != nil {
		return nil, err
	}
	p.refs = append(p.refs, n.group)
	sub, err := p.enclosed(p.flags)
	if err != nil {
		return nil, err
	}
	switch {
	case sub.op != opAlternate:
		n.subs = []*node{sub, p.node(opEmpty)}
	case len(sub.subs) > 2:
		return nil, errors.New("conditional backref with more than two branches")
	default:
		n.subs = sub.subs
	}
	return n, nil
}

// groupNumber reads the decimal number of a group.
func groupNumber(s string) (int, error) {
	q := parser{in: []rune(s)}
	n, found := q.number()
	if !found || q.pos < len(q.in) || n == 0 || n > maxLength {
		return 0, fmt.Errorf("bad group name or number %q", s)
	}
	return n, nil
}

// inlineFlags reads (?aimsux) and (?aimsux-imsx:...) from their first letter on.
func (p *parser) inlineFlags(r rune, first bool) (*node, error) {
	f, on, off := p.flags, "", ""
	for ; r != ')' && r != ':'; r = p.next() {
		switch {
		case r == '-' && !strings.Contains(off, "-"):
			off = "-"
			continue
		case r < 0 || !strings.ContainsRune("aimsux", r):
			return nil, errors.New("unknown extension or inline flag")
		}
		if off == "" {
			on += string(r)
			f.set(r, true)
			continue
		}
		if strings.ContainsRune("au"+on, r) {
			return nil, errors.New("inline flag cannot be turned off")
		}
		off += string(r)
		f.set(r, false)
	}
	switch {
	case off == "-" || on == "" && off == "":
		return nil, errors.New("missing flag")
	case strings.ContainsRune(on, 'a') && strings.ContainsRune(on, 'u'):
		return nil, errors.New("flags a and u are incompatible")
	case r == ':':
		return p.enclosed(f)
	case off != "":
		return nil, errors.New("missing : behind flags")
	case !first:
		return nil, errors.New("global flags not at the start of the expression")
	}
	p.flags = f
	return nil, nil
}

func (f *flags) set(r rune, on bool) {
	switch r {
	case 'a':
		f.ascii = on
	case 'u':
		f.ascii = !on
	case 'i':
		f.fold = on
	case 'm':
		f.multiline = on
	case 's':
		f.dotAll = on
	case 'x':
		f.verbose = on
	}
}
