package policy

import (
	"strings"
	"unicode/utf8"
)

// FormatConfig gives the policies in a configuration file of a hub, such as
// hub.conf, the layout of [Tree.Format]; name is for positions. Rules stand four
// spaces deeper than the name of their policy and four more in each block, and so
// do comments between them, unless they begin the line. Everything else stays as it
// is, the number of lines included.
//
// The result is read as the content is. If that has fatal problems, it is returned
// unchanged; see the issues.
func FormatConfig(name, content string) (string, Issues) {
	file, issues := readINI(name, content)
	section := file["policy"]
	if issues.Err() != nil || section == nil {
		return content, issues
	}
	f := configFormatter{lines: splitFile(name, strings.TrimPrefix(content, "\ufeff")), changed: make(map[int]string)}
	for _, o := range section.list {
		tree, found := parse(o.text(o.name), Compatible)
		issues = append(issues, found...)
		// A line of a file may hold several of a policy, which no editor shows.
		if tree != nil && len(tree.lines) == len(o.lines) {
			f.option(o, tree)
		}
	}
	if issues.Err() != nil {
		return content, issues
	}
	return f.write(content), issues
}

// configFormatter collects lines of a file that change, by their number.
type configFormatter struct {
	lines   []sourceLine
	changed map[int]string
}

// option lays out the lines of one policy.
func (f *configFormatter) option(o *iniOption, tree *Tree) {
	header := f.lines[o.at.Line-1].text
	base := strings.Repeat(" ", utf8.RuneCountInString(header[:o.at.Column-1]))
	indent := func(depth int) string { return base + strings.Repeat("    ", depth+1) }
	for i := range tree.lines {
		l, at := &tree.lines[i], o.lines[i].line
		var b strings.Builder
		l.write(&b)
		text := b.String()
		switch {
		case i == 0:
			name := strings.TrimRightFunc(header[:o.lines[0].col], isSpace)
			f.changed[at] = strings.TrimRightFunc(name+" "+text, isSpace)
		case text == "":
			f.changed[at] = ""
		default:
			f.changed[at] = indent(l.depth) + text
		}
		if i > 0 {
			depth := l.depth
			if l.kind == closeLine || l.kind == closingRuleLine {
				depth++
			}
			f.comments(o.lines[i-1].line, at, indent(depth))
		}
	}
}

// comments moves the comments between two lines, which the reader of configuration
// files drops.
func (f *configFormatter) comments(after, before int, indent string) {
	for n := after + 1; n < before; n++ {
		text := f.lines[n-1].text
		if comment := trimSpace(text); comment != "" && isSpace(rune(text[0])) {
			f.changed[n] = indent + comment
		}
	}
}

// write returns the content with the changed lines, each with the end it has.
func (f *configFormatter) write(content string) string {
	var b strings.Builder
	rest := content
	if text, ok := strings.CutPrefix(rest, "\ufeff"); ok {
		b.WriteString("\ufeff")
		rest = text
	}
	for _, l := range f.lines {
		text, ok := f.changed[l.line]
		if !ok {
			text = l.text
		}
		b.WriteString(text)
		rest = rest[len(l.text):]
		end := min(len(rest), 1)
		if strings.HasPrefix(rest, "\r\n") {
			end = 2
		}
		b.WriteString(rest[:end])
		rest = rest[end:]
	}
	return b.String()
}
