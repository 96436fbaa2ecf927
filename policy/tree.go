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
	at      Range
	source  *sourceLine
	tests   []testNode
	negated bool
	action  string
	// actionAt is the place of the action; of the separator if there is none.
	actionAt Range
	opens    bool // the rule leads into block
	block    []*ruleNode
}

// testNode is one test of a rule.
type testNode struct {
	raw   string // with the white space around it, as rule reports show it
	at    Range  // without the white space
	words []wordNode
}

type wordNode struct {
	text string
	span span // in raw
	at   Range
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
