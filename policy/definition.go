package policy

import (
	"fmt"
	"strings"
)

// Definition defines a test: its name, its arguments, the data it reads and how it
// is run. The rest of what is known about a test, from arity diagnostics to lint
// and documentation, follows from its definition.
//
// Exactly one of Key, Text, Texts and Compile says how the test is run.
type Definition struct {
	Name string
	// Policies are those in which the test exists; empty means all.
	Policies []string
	// Override allows the definition to replace one of the same name.
	Override bool
	// Doc is one sentence about when the test is true.
	Doc string

	// Args are the arguments. A definition with Key, Text or Texts takes patterns,
	// and Args may be empty.
	Args []Arg
	// Reads tells which keys of the data the test reads besides those that its
	// arguments name.
	Reads Reads
	// Derives is the key of the data that the test writes, if any.
	Derives string
	// Asks tells which look-ups the test may need.
	Asks LookupSet
	// Fails reports that the test may fail even if all keys it reads are present
	// and look-ups are answered, for instance because an object does not exist.
	Fails bool

	// Key makes a test of whether one of the patterns matches the text under a
	// key of the data. An absent key and null are false.
	Key string
	// Text makes a test of whether one of the patterns matches a text. Null is
	// false, anything else but a text an error.
	Text func(*Env) (Value, error)
	// Texts makes a test of whether one of the patterns matches one of several
	// texts.
	Texts func(*Env) ([]string, error)
	// Compile checks the arguments and returns the test. It is called once for
	// each occurrence, the test for each evaluation, by many goroutines at once.
	Compile func(*Call) (Check, error)

	// build is Compile for the tests of this package that tell more of themselves.
	build func(*Call) (compiled, error)
	// constant is the outcome of a test that looks at nothing.
	constant Outcome
}

// Check runs a compiled test.
type Check func(*Env) (bool, error)

// Arg describes one argument of a test.
type Arg struct {
	Kind     ArgKind
	Name     string   // for documentation
	Words    []string // of an ArgWord: what it may be
	Optional bool
	Repeat   bool // the last argument: any number of them, also none
}

// ArgKind is the kind of an argument.
type ArgKind uint8

// The kinds of arguments.
const (
	ArgPattern  ArgKind = iota // a glob
	ArgField                   // a key of the data
	ArgOperator                // < > <= >= = !=
	ArgNumber                  // a number
	ArgDuration                // numbers with units of time, to the end of the test
	ArgWord                    // one of a few words
	ArgPolicy                  // the name of a policy
)

// patternArgs are the arguments of most tests.
func patternArgs() []Arg { return []Arg{{Kind: ArgPattern, Name: "pattern", Repeat: true}} }

// Reads tells which data a test needs.
type Reads struct {
	// Keys are read in this order until one is present.
	Keys []string
	// Absent is what the test does if none of the keys is present.
	Absent Outcome
	// Null is what the test does if the first key that is present is null.
	Null Outcome
}

// Outcome is how a test ended.
type Outcome uint8

// The outcomes of a test.
const (
	NotRun Outcome = iota // a test before it decided, or the outcome is not known
	False
	True
	Failed
)

// String returns the outcome in words.
func (o Outcome) String() string { return [...]string{"not run", "false", "true", "failed"}[o] }

// MarshalText returns the outcome in words.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// outcomeOf returns the outcome of a check.
func outcomeOf(ok bool, err error) Outcome {
	switch {
	case err != nil:
		return Failed
	case ok:
		return True
	}
	return False
}

// LookupSet is a set of look-ups, one bit for each method of [Lookups].
type LookupSet uint16

// The look-ups, by the method of [Lookups].
const (
	AsksUser LookupSet = 1 << iota // SessionUser and User
	AsksAccess
	AsksNames
	AsksTags
	AsksAncestors
	AsksTarget
	AsksBuild
	AsksBuildTags
	AsksBuildTypes
	AsksBuildBuildroots
	AsksBuildroots
	AsksTask
)

// String returns the names of the methods, separated by spaces.
func (s LookupSet) String() string {
	names := [...]string{
		"User", "Access", "Names", "Tags", "Ancestors", "Target", "Build", "BuildTags",
		"BuildTypes", "BuildBuildroots", "Buildroots", "Task",
	}
	var out []string
	for i, name := range names {
		if s&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return strings.Join(out, " ")
}

// Call is one occurrence of a test in a rule text, as its definition's Compile
// sees it.
type Call struct {
	Policy string
	Args   []string

	node   *testNode
	unit   *unit
	mode   Mode
	report func(Code, int, string, string) // a problem with an argument
}

// Tail returns the text of the test from an argument on, as it was written.
func (c *Call) Tail(arg int) string {
	if arg+1 >= len(c.node.words) {
		return ""
	}
	return c.node.raw[c.node.words[arg+1].from:]
}

// Refuse returns the error of an argument that is not valid.
func (c *Call) Refuse(arg int, format string, args ...any) error {
	return &argumentError{arg: arg, message: fmt.Sprintf(format, args...)}
}

// refuseWith is Refuse with a suggestion.
func (c *Call) refuseWith(arg int, suggestion, format string, args ...any) error {
	return &argumentError{arg: arg, suggestion: suggestion, message: fmt.Sprintf(format, args...)}
}

// argumentError is a problem with one argument.
type argumentError struct {
	arg                 int
	message, suggestion string
}

func (e *argumentError) Error() string { return e.message }

// compiled is a test ready to be run.
type compiled struct {
	check    Check
	subject  *subject  // what patterns are tried on, if that is what the test does
	patterns *patterns // with subject
	reads    *Reads    // if other than the definition's
}
