package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kojikit/kojikit/koji"
)

// Severity says how bad an [Issue] is.
type Severity uint8

// The severities, in rising order.
const (
	Advice  Severity = iota // could be better
	Warning                 // probably not what was meant
	Error                   // wrong: refused, or certain to surprise
)

// String returns advice, warning or error.
func (s Severity) String() string {
	switch s {
	case Advice:
		return "advice"
	case Warning:
		return "warning"
	}
	return "error"
}

// MarshalText returns the name of the severity.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Issue is one problem of a rule text or of a configuration file.
type Issue struct {
	Code       Code     `json:"code"`
	Severity   Severity `json:"severity"`
	Fatal      bool     `json:"fatal"`            // the text cannot be used because of it
	Policy     string   `json:"policy,omitempty"` // empty for a problem of the file
	Range      Range    `json:"range"`
	Message    string   `json:"message"`
	Suggestion string   `json:"suggestion,omitempty"` // what to do about it
	Source     string   `json:"source,omitempty"`     // the line at Range, for rendering

	indent int // code points of the file's line before Source
}

// String returns the issue as one line: position, severity, message, code and
// suggestion.
func (i Issue) String() string {
	var b strings.Builder
	if pos := i.Range.String(); pos != "" {
		fmt.Fprintf(&b, "%s: ", pos)
	}
	fmt.Fprintf(&b, "%s: ", i.Severity)
	if i.Policy != "" {
		fmt.Fprintf(&b, "policy %s: ", i.Policy)
	}
	fmt.Fprintf(&b, "%s [%s]", i.Message, i.Code)
	if i.Suggestion != "" {
		fmt.Fprintf(&b, "; %s", i.Suggestion)
	}
	return b.String()
}

// Issues is a list of problems. The zero value is an empty list.
type Issues []Issue

// Err returns an error that tells all fatal issues, or nil if there is none. Its
// kind is [koji.ErrInvalid].
func (list Issues) Err() error {
	var lines []string
	for _, i := range list {
		if i.Fatal {
			lines = append(lines, i.String())
		}
	}
	if lines == nil {
		return nil
	}
	return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "%s", strings.Join(lines, "\n"))
}

// Count returns how many issues are at least as bad as a severity.
func (list Issues) Count(least Severity) int {
	n := 0
	for _, i := range list {
		if i.Severity >= least {
			n++
		}
	}
	return n
}

// sort orders the issues by place, keeping the order of those at one place.
func (list Issues) sort() {
	slices.SortStableFunc(list, func(a, b Issue) int {
		return cmp.Or(
			cmp.Compare(a.Range.File, b.Range.File),
			comparePolicies(a, b),
			cmp.Compare(a.Range.Line, b.Range.Line),
			cmp.Compare(a.Range.Column, b.Range.Column),
		)
	})
}

// comparePolicies keeps apart texts that were not read from a file.
func comparePolicies(a, b Issue) int {
	if a.Range.File != "" {
		return 0
	}
	return cmp.Compare(a.Policy, b.Policy)
}

// Code is the stable name of a kind of problem.
type Code string

// Problems that refuse a text in either mode.
const (
	CodeEncoding    Code = "encoding"     // the text is not UTF-8
	CodeLimit       Code = "limit"        // larger or deeper than this package takes
	CodeINI         Code = "ini-syntax"   // the configuration file cannot be read
	CodeBadLine     Code = "bad-line"     // neither :: nor !!
	CodeEmptyTest   Code = "empty-test"   // nothing before ::, or between two &&
	CodeNesting     Code = "nesting"      // braces do not match
	CodeUnknownTest Code = "unknown-test" // no test of that name in this policy
	CodeBadArgument Code = "bad-argument" // an argument that the test refuses
)

// Problems with an outcome in compatible mode that is hardly what was meant. They
// refuse a text in strict mode.
const (
	CodeSeparatorInAction Code = "separator-in-action" // cut at the last :: or !!, not the first
	CodeNegationLost      Code = "negation-lost"       // a !! before a :: does not negate
	CodeStrayColon        Code = "stray-colon"         // ::: leaves a colon to the test
	CodeCommentInAction   Code = "comment-in-action"   // text behind # that looks meant
	CodeBraceAction       Code = "brace-action"        // { with more behind it opens no block
	CodeClosingRule       Code = "closing-rule"        // tests before a closing brace
	CodeEmptyAction       Code = "empty-action"        // nothing behind ::
	CodeTestInAction      Code = "test-in-action"      // && behind ::
	CodeUnusedArgument    Code = "unused-argument"     // the test reads fewer arguments
	CodeMissingArgument   Code = "missing-argument"    // the test fails when it is run
	CodeWrongArgument     Code = "wrong-argument"      // the test fails when it is run
	CodeBareNumber        Code = "bare-number"         // a duration without a unit counts nothing
	CodeUndefinedPolicy   Code = "undefined-policy"    // test policy names none
	CodePolicyLoop        Code = "policy-loop"         // test policy comes back to itself
	CodeInvalidAction     Code = "invalid-action"      // not an action of this hook
	CodeNoCatchAll        Code = "no-catch-all"        // an access policy that may match nothing
)

// Problems that [Set.Lint] finds in texts that mean what they say.
const (
	CodeUnreachable       Code = "unreachable"          // behind a rule that always decides
	CodeShadowed          Code = "shadowed"             // an earlier rule takes all it would
	CodeNeverTrue         Code = "never-true"           // no data can make it match
	CodeDuplicateRule     Code = "duplicate-rule"       // twice in one policy
	CodeEmptyBlock        Code = "empty-block"          // a block without rules
	CodeContradiction     Code = "contradiction"        // same tests, other action, right behind
	CodeDenyReason        Code = "deny-without-reason"  // people will ask
	CodeUnguardedAction   Code = "unguarded-action"     // an action that fails unless something is so
	CodeTestFails         Code = "test-fails"           // the hook's data makes the test fail
	CodeTestNeverTrue     Code = "test-never-true"      // the hook's data makes the test false
	CodeUnknownField      Code = "unknown-field"        // the hook has no such data
	CodeSuspiciousPattern Code = "suspicious-pattern"   // reads like another pattern language
	CodeRedundantPattern  Code = "redundant-pattern"    // another pattern of the test takes all it would
	CodeNoPattern         Code = "no-pattern"           // a pattern test without patterns is false
	CodeExpensiveFirst    Code = "expensive-test-first" // a look-up before a test that needs none
	CodeGluedComment      Code = "glued-comment"        // # right behind text
)

// codeInfo is what is fixed for a code.
type codeInfo struct {
	severity Severity // in compatible mode
	refuses  modes    // in which modes it is fatal
	summary  string
}

type modes uint8

const (
	inNoMode modes = iota
	inStrict
	inBoth
)

var codeTable = map[Code]codeInfo{
	CodeEncoding:    {Error, inBoth, "The text is not valid UTF-8."},
	CodeLimit:       {Error, inBoth, "The text is larger or nested deeper than is accepted."},
	CodeINI:         {Error, inBoth, "The configuration file cannot be read."},
	CodeBadLine:     {Error, inBoth, "A line holds neither :: nor !!."},
	CodeEmptyTest:   {Error, inBoth, "A test is missing before ::, !! or beside &&."},
	CodeNesting:     {Error, inBoth, "The braces of blocks do not match."},
	CodeUnknownTest: {Error, inBoth, "No test of this name exists in this policy."},
	CodeBadArgument: {Error, inBoth, "A test refuses one of its arguments."},

	CodeSeparatorInAction: {Error, inStrict, "The line holds :: (or !!) twice; it is cut at the last one."},
	CodeNegationLost:      {Error, inStrict, "A !! before a :: does not negate the rule."},
	CodeStrayColon:        {Warning, inStrict, "A colon too many before an action becomes an argument."},
	CodeCommentInAction:   {Warning, inStrict, "The text behind # is a comment, although it looks meant."},
	CodeBraceAction:       {Warning, inStrict, "A { with more text behind it opens no block."},
	CodeClosingRule:       {Warning, inStrict, "Tests before a closing brace are ignored."},
	CodeEmptyAction:       {Warning, inStrict, "A rule has no action."},
	CodeTestInAction:      {Warning, inStrict, "A && behind :: is part of the action."},
	CodeUnusedArgument:    {Warning, inStrict, "A test ignores some of its arguments."},
	CodeMissingArgument:   {Error, inStrict, "A test lacks an argument and fails when it is run."},
	CodeWrongArgument:     {Error, inStrict, "A test refuses an argument when it is run."},
	CodeBareNumber:        {Warning, inStrict, "A number without a unit counts nothing in a duration."},
	CodeUndefinedPolicy:   {Error, inStrict, "The test policy names a policy that is not defined."},
	CodePolicyLoop:        {Error, inStrict, "The test policy leads back to itself."},
	CodeInvalidAction:     {Error, inStrict, "The action is not one that this policy's hook knows."},
	CodeNoCatchAll:        {Warning, inStrict, "An access policy may match nothing and then denies."},

	CodeUnreachable:       {Warning, inNoMode, "A rule stands behind one that always decides."},
	CodeShadowed:          {Warning, inNoMode, "An earlier rule matches whenever this one would."},
	CodeNeverTrue:         {Warning, inNoMode, "No data can make the rule match."},
	CodeDuplicateRule:     {Warning, inNoMode, "The same rule stands twice in one place."},
	CodeEmptyBlock:        {Warning, inNoMode, "A block holds no rule."},
	CodeContradiction:     {Warning, inNoMode, "Two neighbours with the same tests differ in their action."},
	CodeDenyReason:        {Advice, inNoMode, "A denial gives no reason."},
	CodeUnguardedAction:   {Error, inNoMode, "The action fails unless a test before it rules that out."},
	CodeTestFails:         {Error, inNoMode, "The data of this policy's hook makes the test fail."},
	CodeTestNeverTrue:     {Warning, inNoMode, "The data of this policy's hook never makes the test true."},
	CodeUnknownField:      {Warning, inNoMode, "The data of this policy's hook has no such field."},
	CodeSuspiciousPattern: {Warning, inNoMode, "A pattern reads like one of another pattern language."},
	CodeRedundantPattern:  {Advice, inNoMode, "Another pattern of the same test matches all that this one does."},
	CodeNoPattern:         {Warning, inNoMode, "A pattern test without patterns is always false."},
	CodeExpensiveFirst:    {Advice, inNoMode, "A test that needs a look-up stands before one that needs none."},
	CodeGluedComment:      {Warning, inNoMode, "A # right behind text begins a comment."},
}

// Codes returns all codes, sorted.
func Codes() []Code {
	list := make([]Code, 0, len(codeTable))
	for c := range codeTable {
		list = append(list, c)
	}
	slices.Sort(list)
	return list
}

// Summary returns a sentence about the problems of this code.
func (c Code) Summary() string { return codeTable[c].summary }

// refuses reports whether problems of a code refuse a text in the mode.
func (m Mode) refuses(code Code) bool {
	in := codeTable[code].refuses
	return in == inBoth || in == inStrict && m == Strict
}

// maxIssues is how many issues are told of one text. What refuses it is among them.
const maxIssues = 1000

// collector collects issues.
type collector struct {
	mode    Mode
	issues  Issues
	refused bool // one is fatal
}

// full reports whether one more issue of a code would say nothing new.
func (c *collector) full(code Code) bool {
	return len(c.issues) >= maxIssues && (c.refused || !c.mode.refuses(code))
}

func (c *collector) add(i Issue) {
	c.issues = append(c.issues, i)
	c.refused = c.refused || i.Fatal
}

// Mode chooses how much of what Koji accepts is accepted.
type Mode uint8

const (
	// Compatible accepts exactly the texts that Koji accepts, with the same
	// outcome, and reports what is hardly meant.
	Compatible Mode = iota
	// Strict refuses texts that mean something else than they seem to: see the
	// codes that say so.
	Strict
)

// issue makes an issue with the severity that its code has in a mode.
func (m Mode) issue(code Code, policy string, at Range, line *sourceLine, message, suggestion string) Issue {
	info := codeTable[code]
	i := Issue{
		Code: code, Severity: info.severity, Policy: policy, Range: at, Message: message, Suggestion: suggestion,
	}
	if line != nil {
		i.Source, i.indent = line.text, line.runs
	}
	if i.Fatal = m.refuses(code); i.Fatal {
		i.Severity = Error
	}
	return i
}
