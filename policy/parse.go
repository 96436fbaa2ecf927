package policy

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of what is parsed: far above any real policy, low enough that a hostile
// text can exhaust neither memory nor stack, nor time.
const (
	maxTextSize = 16 << 20 // bytes of one policy
	maxLineSize = 1 << 20  // bytes of one line
	maxNesting  = 900      // blocks inside blocks; Koji itself gives up near 1000
)

// Parse reads the text of a policy. It does not stop at the first problem: the
// issues tell all of them. The tree is nil if one of them is fatal.
//
// The tests need not exist; their names and arguments are checked by [New].
func Parse(text Text, mode Mode) (*Tree, Issues) {
	tree, issues := parse(text, mode)
	if issues.Err() != nil {
		return nil, issues
	}
	return tree, issues
}

// parse is Parse with a tree of what could be read.
func parse(text Text, mode Mode) (*Tree, Issues) {
	p := &parser{tree: &Tree{text: text}, collector: collector{mode: mode}}
	p.parse(text)
	return p.tree, p.issues
}

type parser struct {
	collector
	tree *Tree
	open []*ruleNode // rules whose blocks are open
}

func (p *parser) parse(text Text) {
	if len(text.Body) > maxTextSize {
		p.report(CodeLimit, Range{File: text.File}, nil, "the text is longer than 16 MiB", "")
		return
	}
	lines := text.sourceLines()
	for i := range lines {
		line := &lines[i]
		if !utf8.ValidString(line.text) {
			p.report(CodeEncoding, line.at(0, len(line.text)), nil, "the line is not valid UTF-8", "save the file as UTF-8")
			continue
		}
		if len(line.text) > maxLineSize {
			p.report(CodeLimit, Range{File: line.file, Line: line.line}, nil, "the line is longer than 1 MiB", "")
			continue
		}
		for _, s := range policyLines(line.text) {
			p.line(line, s)
		}
	}
	for _, r := range p.open {
		p.report(CodeNesting, r.actionAt(), r.source, "the block is not closed", "add a line with } behind its rules")
	}
}

func (p *parser) report(code Code, at Range, line *sourceLine, message, suggestion string) {
	if !p.full(code) {
		p.add(p.mode.issue(code, p.tree.text.Name, at, line, message, suggestion))
	}
}

// line parses line.text[s.from:s.to].
func (p *parser) line(line *sourceLine, s span) {
	body, comment := s, ""
	if at := strings.IndexByte(line.text[s.from:s.to], '#'); at >= 0 {
		body.to = s.from + at
		comment = trimSpace(line.text[body.to:s.to])
	}
	glued := comment != "" && body.trim(line.text).to == body.to && body.to > body.from
	body = body.trim(line.text)
	content := line.text[body.from:body.to]
	switch content {
	case "":
		p.addLine(treeLine{kind: blankLine, comment: comment})
	case "}":
		p.close(line, body)
		p.addLine(treeLine{kind: closeLine, comment: comment})
	default:
		p.rule(line, body, comment)
		p.checkComment(line, body, comment, glued)
	}
}

func (p *parser) addLine(l treeLine) {
	l.depth = len(p.open)
	if l.rule != nil && l.rule.opens {
		l.depth-- // the rule itself stands outside of its block
	}
	p.tree.lines = append(p.tree.lines, l)
}

func (p *parser) close(line *sourceLine, s span) {
	if len(p.open) == 0 {
		p.report(CodeNesting, line.at(s.from, s.to), line, "} closes no block", "remove it, or open a block with { before")
		return
	}
	p.open = p.open[:len(p.open)-1]
}

// rule parses a line that is neither blank nor a closing brace.
func (p *parser) rule(line *sourceLine, s span, comment string) {
	content := line.text[s.from:s.to]
	negated := false
	cut := strings.LastIndex(content, "::")
	if cut < 0 {
		cut = strings.LastIndex(content, "!!")
		negated = true
	}
	if cut < 0 {
		p.badLine(line, s)
		return
	}
	r := &ruleNode{source: line, span: s, negated: negated}
	left := span{s.from, s.from + cut}
	right := span{left.to + 2, s.to}.trim(line.text)
	r.action, r.actionSpan = line.text[right.from:right.to], right
	if r.action == "" {
		r.actionSpan = span{left.to, left.to + 2}
	}
	r.tests = p.tests(line, left)
	p.checkSeparators(line, left, r)

	if r.action == "}" {
		p.close(line, right)
		p.report(CodeClosingRule, r.at(), line, "the tests before } are ignored", "write } on a line of its own")
		p.tree.ignored = append(p.tree.ignored, r)
		p.addLine(treeLine{kind: closingRuleLine, rule: r, comment: comment})
		return
	}
	r.opens = r.action == "{"
	p.append(r)
	p.checkAction(r)
	p.addLine(treeLine{kind: ruleLine, rule: r, comment: comment})
}

// append puts a rule into the innermost open block and opens its own.
func (p *parser) append(r *ruleNode) {
	if len(p.open) == 0 {
		p.tree.rules = append(p.tree.rules, r)
	} else {
		outer := p.open[len(p.open)-1]
		outer.block = append(outer.block, r)
	}
	if !r.opens {
		return
	}
	p.open = append(p.open, r)
	if len(p.open) == maxNesting+1 {
		p.report(CodeLimit, r.at(), r.source, "the blocks are nested deeper than 900 levels", "")
	}
}

// tests cuts the part before the separator at every &&.
func (p *parser) tests(line *sourceLine, left span) []testNode {
	var tests []testNode
	for from := left.from; ; {
		to := left.to
		next := strings.Index(line.text[from:to], "&&")
		if next >= 0 {
			to = from + next
		}
		test := testNode{raw: line.text[from:to], source: line, from: from}
		test.words = words(test.raw)
		if test.words == nil && !p.full(CodeEmptyTest) {
			p.report(CodeEmptyTest, test.at(), line, "a test is missing here", "write all for a rule that always matches")
		}
		tests = append(tests, test)
		if next < 0 {
			return tests
		}
		from = to + 2
	}
}

func (p *parser) badLine(line *sourceLine, s span) {
	content := line.text[s.from:s.to]
	at := line.at(s.from, s.to)
	suggestion := "write TESTS :: ACTION"
	colon := strings.IndexByte(content, ':')
	switch {
	case strings.HasPrefix(content, "}"):
		suggestion = "write } on a line of its own"
	case colon >= 0 && s.from == 0 && colon == 0:
		suggestion = "the rule stood at the start of its line, where it begins an option of the file: indent it"
	case colon >= 0:
		suggestion = "write :: in place of :"
	case strings.Contains(content, "!"):
		suggestion = "write !! in place of !"
	}
	p.report(CodeBadLine, at, line, "the line holds neither :: nor !!: "+quote(content), suggestion)
}

// checkSeparators reports separators in the tests, where they mean nothing.
func (p *parser) checkSeparators(line *sourceLine, left span, r *ruleNode) {
	tests := line.text[left.from:left.to]
	sign := "::"
	if r.negated {
		sign = "!!"
	}
	if at := strings.Index(tests, sign); at >= 0 {
		p.report(CodeSeparatorInAction, line.at(left.from+at, left.from+at+2), line,
			"the line holds "+sign+" twice and is cut at the last one: the action is "+quote(r.action),
			"keep "+sign+" out of the action")
	} else if strings.HasSuffix(tests, ":") {
		p.report(CodeStrayColon, line.at(left.to-1, left.to), line,
			"the first colon of ::: belongs to the test", "write ::")
	}
	if at := strings.Index(tests, "!!"); at >= 0 && !r.negated {
		p.report(CodeNegationLost, line.at(left.from+at, left.from+at+2), line,
			"a line with :: is never negated: the action is "+quote(r.action)+" and !! an argument of the test",
			"keep :: out of the action of a rule with !!")
	}
}

func (p *parser) checkAction(r *ruleNode) {
	switch {
	case r.opens:
	case r.action == "":
		p.report(CodeEmptyAction, r.actionAt(), r.source, "the rule has no action: its result is the empty text", "")
	case strings.HasPrefix(r.action, "{"):
		p.report(CodeBraceAction, r.actionAt(), r.source,
			"only { alone opens a block: the action is "+quote(r.action), "put what follows { on the next line")
	case strings.Contains(r.action, "&&"):
		p.report(CodeTestInAction, r.actionAt(), r.source,
			"only what stands before the separator is tested: the action is "+quote(r.action), "")
	}
}

// checkComment reports comments that look as if their author took them for text.
func (p *parser) checkComment(line *sourceLine, body span, comment string, glued bool) {
	if comment == "" {
		return
	}
	from := strings.IndexByte(line.text[body.to:], '#') + body.to
	at := line.at(from, from+len(comment))
	switch {
	case glued:
		p.report(CodeGluedComment, at, line,
			"# begins a comment, also right behind text: "+quote(comment)+" is dropped", "put a space before a comment")
	case len(comment) > 1 && comment[1] >= '0' && comment[1] <= '9':
		p.report(CodeCommentInAction, at, line,
			"# begins a comment: "+quote(comment)+" is not part of the action", "write the number without #")
	}
}

// quote shows a piece of a text in a message.
func quote(s string) string {
	const most = 80
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "..."
	}
	return strconv.Quote(s)
}
