package policy

import (
	"strings"
	"unicode/utf8"
)

// iniFile is a configuration file as Python's RawConfigParser reads it, with the
// place of everything.
type iniFile map[string]*iniSection

// iniSection holds options in their order and by name.
type iniSection struct {
	list   []*iniOption
	byName map[string]*iniOption
}

// iniOption is an option with the lines of its value, stripped of the white space
// around them.
type iniOption struct {
	name  string // in lower case
	at    Range  // of the name
	lines []sourceLine
}

// value returns the option's value, its lines joined as Koji sees them.
func (o *iniOption) value() string {
	var b strings.Builder
	for i, l := range o.lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(l.text)
	}
	return b.String()
}

const maxFileSize = 64 << 20 // bytes of one configuration file

// iniReader reads one file. It goes on after a problem, to find all of them.
type iniReader struct {
	file    iniFile
	issues  Issues
	section *iniSection
	option  *iniOption
	indent  int // code points before the line that began the option or section
}

// readINI reads a configuration file, as much of it as can be read: with a fatal
// issue, what is there is good only for finding more problems.
func readINI(name, content string) (iniFile, Issues) {
	r := &iniReader{file: make(iniFile)}
	if len(content) > maxFileSize {
		r.report(CodeLimit, Range{File: name}, nil, "the file is longer than 64 MiB", "")
		return r.file, r.issues
	}
	content = strings.TrimPrefix(content, "\ufeff")
	for _, line := range splitFile(name, content) {
		if !utf8.ValidString(line.text) {
			r.report(CodeEncoding, line.at(0, len(line.text)), nil, "the line is not valid UTF-8", "save the file as UTF-8")
			continue
		}
		r.line(&line)
	}
	for _, s := range r.file {
		for _, o := range s.list {
			o.trim()
		}
	}
	return r.file, r.issues
}

func (r *iniReader) report(code Code, at Range, line *sourceLine, message, suggestion string) {
	r.issues = append(r.issues, Compatible.issue(code, "", at, line, message, suggestion))
}

func (r *iniReader) line(line *sourceLine) {
	content := span{0, len(line.text)}.trim(line.text)
	if content.from == content.to {
		if r.option != nil {
			r.option.lines = append(r.option.lines, r.part(line, content))
		}
		return
	}
	if c := line.text[content.from]; c == '#' || c == ';' {
		return
	}
	indent := utf8.RuneCountInString(line.text[:content.from])
	if r.option != nil && indent > r.indent {
		r.option.lines = append(r.option.lines, r.part(line, content))
		return
	}
	r.indent = indent
	text := line.text[content.from:content.to]
	if text[0] == '[' {
		if end := strings.LastIndexByte(text, ']'); end > 1 {
			r.openSection(text[1:end], line, content)
			return
		}
	}
	if r.section == nil {
		r.report(CodeINI, line.at(content.from, content.to), line,
			"the line stands before the first section", "begin the section with [policy]")
		return
	}
	r.openOption(line, content)
}

// defaultSection is the name of the section whose options stand in all others.
const defaultSection = "DEFAULT"

func (r *iniReader) openSection(name string, line *sourceLine, content span) {
	r.option = nil
	r.section = r.file[name]
	if r.section == nil {
		r.section = &iniSection{byName: make(map[string]*iniOption)}
		r.file[name] = r.section
	} else if name != defaultSection {
		r.report(CodeINI, line.at(content.from, content.to), line,
			"section "+quote(name)+" is there twice", "put its options under the first")
	}
}

func (r *iniReader) openOption(line *sourceLine, content span) {
	text := line.text[content.from:content.to]
	cut := strings.IndexAny(text, "=:")
	if cut < 0 {
		suggestion := "write NAME = VALUE"
		if text == "}" || strings.Contains(text, "!!") {
			suggestion = "indent it: a line of a policy stands deeper than the policy's name"
		}
		r.report(CodeINI, line.at(content.from, content.to), line, "the line is no option: "+quote(text), suggestion)
		return
	}
	name := span{content.from, content.from + cut}.trim(line.text)
	if name.from == name.to {
		r.report(CodeINI, line.at(content.from, content.from+cut+1), line, "the option has no name", "")
		return
	}
	o := &iniOption{
		name:  strings.ToLower(line.text[name.from:name.to]),
		at:    line.at(name.from, name.to),
		lines: []sourceLine{r.part(line, span{content.from + cut + 1, content.to}.trim(line.text))},
	}
	r.option = o
	if r.section.byName[o.name] != nil {
		r.report(CodeINI, o.at, line, "option "+quote(o.name)+" is there twice in its section",
			"keep one: a second definition does not add to the first")
		return
	}
	r.section.byName[o.name] = o
	r.section.list = append(r.section.list, o)
}

// part returns the piece s of a line.
func (r *iniReader) part(line *sourceLine, s span) sourceLine {
	at := line.at(s.from, s.to)
	return sourceLine{
		file: line.file, line: line.line, text: line.text[s.from:s.to],
		col: at.Column - 1, runs: at.RuneColumn - 1,
	}
}

// trim removes the blank lines at the end of a value.
func (o *iniOption) trim() {
	for len(o.lines) > 1 && o.lines[len(o.lines)-1].text == "" {
		o.lines = o.lines[:len(o.lines)-1]
	}
}
