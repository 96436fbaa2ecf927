package policy

// Tree is the parsed text of one policy, with all positions and comments. It is
// immutable.
type Tree struct {
	text  Text
	lines []treeLine  // for [Tree.Format]: every line, also blank ones
	rules []*ruleNode // of the outermost level
	// ignored are the tests of closing lines: they must be valid, and that is all.
	ignored []*ruleNode
}

// ruleNode is a rule as it was written.
type ruleNode struct {
	source     *sourceLine
	span       span // in source, as are all
	tests      []testNode
	negated    bool
	action     string
	actionSpan span // of the separator if there is no action
	opens      bool // the rule leads into block
	block      []*ruleNode
}

func (n *ruleNode) at() Range       { return n.source.at(n.span.from, n.span.to) }
func (n *ruleNode) actionAt() Range { return n.source.at(n.actionSpan.from, n.actionSpan.to) }

// testNode is one test of a rule.
type testNode struct {
	raw    string // with the white space around it, as rule reports show it
	source *sourceLine
	from   int    // of raw in source
	words  []span // in raw
}

// at returns the place of the test without the white space around it.
func (n *testNode) at() Range {
	s := span{n.from, n.from + len(n.raw)}.trim(n.source.text)
	return n.source.at(s.from, s.to)
}

// word returns a word of the test; the first is its name.
func (n *testNode) word(i int) string { return n.raw[n.words[i].from:n.words[i].to] }

func (n *testNode) wordAt(i int) Range {
	return n.source.at(n.from+n.words[i].from, n.from+n.words[i].to)
}

// treeLine is one line of the policy for the formatter.
type treeLine struct {
	kind    lineKind
	depth   int
	rule    *ruleNode
	comment string // from the # on, or empty
}

type lineKind uint8

const (
	blankLine lineKind = iota // nothing, or only a comment
	ruleLine
	closeLine       // }
	closingRuleLine // tests :: }
)

// Name returns the name of the policy.
func (t *Tree) Name() string { return t.text.Name }
