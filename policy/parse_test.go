package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/policy"
)

// compile makes a set of one policy of generic tests, which must be accepted.
func compile(t testing.TB, text string) *policy.Program {
	t.Helper()
	set, issues := policy.New([]policy.Text{policy.NewText("main", text)}, policy.Options{NoDefaults: true})
	require.NoError(t, issues.Err())
	return set.Program("main")
}

// decide evaluates a program without data or lookups.
func decide(t testing.TB, p *policy.Program) policy.Decision {
	t.Helper()
	d, err := p.Eval(t.Context(), nil, nil)
	require.NoError(t, err)
	return d
}

const noMatch = "\x00no match"

func TestParsedTextDecides(t *testing.T) {
	lines := func(l ...string) string { return strings.Join(l, "\n") }
	for _, c := range []struct {
		number int // in the specification's list of cases
		text   string
		action string
		report string
	}{
		{1, "true :: allow", "allow", "true :: allow"},
		{2, "false :: allow", noMatch, "(no match)"},
		{3, "none !! allow", "allow", "none !! allow"},
		{4, "all::allow", "allow", "all:: allow"},
		{5, "all ::: allow", "allow", "all ::: allow"},
		{6, "all\t::\tallow\tme", "allow\tme", "all\t:: allow\tme"},
		{7, "true :: allow  a   b  ", "allow  a   b", "true :: allow  a   b"},
		{8, "", noMatch, "(no match)"},
		{8, " \n\t\n  ", noMatch, "(no match)"},
		{8, "# one\n  # two", noMatch, "(no match)"},
		{9, "all :: deny bug #1", "deny bug", "all :: deny bug"},
		{10, "all :: deny see a::b", "b", "all :: deny see a:: b"},
		{11, "none !! deny a::b", noMatch, "(no match)"},
		{12, "all !! a !! b", noMatch, "(no match)"},
		{13, "all :: { foo", "{ foo", "all :: { foo"},
		{13, "all :: {}", "{}", "all :: {}"},
		{14, "all ::", "", "all :: "},
		{19, lines("all :: {", "all :: x", "all :: }"), "x", "all :: ... all :: x"},
		{20, lines("all :: {  # c", "all :: x", "}  # end"), "x", "all :: ... all :: x"},
		{26, lines("all :: {", "none :: a", "}", "all :: b"), "b", "all :: b"},
		{27, lines("all :: {", "all :: {", "none :: x", "}", "all :: y", "}"), "y", "all :: ... all :: ... all :: y"},
		{28, lines("all :: {", "none :: x", "}"), noMatch, "all :: (no match)"},
		{28, lines("all :: {", "none :: x", "}", "none :: y"), noMatch, "(no match)"},
		{29, lines("none !! {", "all :: in", "}"), "in", "none !! ... all :: in"},
		{29, lines("all !! {", "all :: in", "}", "all :: out"), "out", "all :: out"},
		{30, "all && none !! y", "y", "all && none !! y"},
		{31, lines("all :: {", "all :: {", "all :: allow", "}", "}"), "allow", "all :: ... all :: ... all :: allow"},
		{0, "all :: all && none", "all && none", "all :: all && none"},
		{0, "all foo bar :: x", "x", "all foo bar :: x"},
		{0, "none !! all :: x", noMatch, "(no match)"},
		{0, "none :: x\u2028all :: y\x0bnone :: z", "y", "all :: y"},
	} {
		t.Run(fmt.Sprintf("case %d/%s", c.number, c.text), func(t *testing.T) {
			d := decide(t, compile(t, c.text))
			require.Equal(t, c.report, d.Report())
			require.Equal(t, c.action != noMatch, d.Matched)
			if d.Matched {
				require.Equal(t, c.action, d.Action)
			}
		})
	}
}

func TestActionList(t *testing.T) {
	for text, want := range map[string][]string{
		"":               nil,   // case 8
		"all !! a !! b":  {"b"}, // case 12
		"all :: {\n}":    nil,   // a block has no action
		"all :: x\n":     {"x"}, // one
		"all :: x y\n\n": {"x"}, // its first word
		"true :: untag x\nfalse :: {\n  true :: keep\n}\nfalse :: untag": {"untag", "keep"}, // case 33
	} {
		actions, err := compile(t, text).Actions()
		require.NoError(t, err)
		require.Equal(t, want, actions, text)
	}
	_, err := compile(t, "all ::").Actions()
	require.Error(t, err, "an empty action has no first word")
}

// issuesOf returns the problems of a text of one policy.
func issuesOf(text string, o policy.Options) policy.Issues {
	o.NoDefaults = true
	_, issues := policy.New([]policy.Text{policy.NewText("main", text)}, o)
	return issues
}

func TestParseProblems(t *testing.T) {
	for _, c := range []struct {
		number int
		text   string
		at     string
		code   policy.Code
	}{
		{15, ":: x", "1:1", policy.CodeEmptyTest},
		{15, "!! x", "1:1", policy.CodeEmptyTest},
		{15, "&& all :: x", "1:1", policy.CodeEmptyTest},
		{15, "all && :: x", "1:8", policy.CodeEmptyTest},
		{15, "all && && all :: x", "1:8", policy.CodeEmptyTest},
		{16, "all &&& all :: x", "1:7", policy.CodeUnknownTest},
		{17, "foo", "1:1", policy.CodeBadLine},
		{17, "  foo", "1:3", policy.CodeBadLine},
		{17, "} foo", "1:1", policy.CodeBadLine},
		{17, "}}", "1:1", policy.CodeBadLine},
		{17, "all : : x", "1:1", policy.CodeBadLine},
		{18, "}", "1:1", policy.CodeNesting},
		{18, "all :: }", "1:8", policy.CodeNesting},
		{18, "all :: {", "1:8", policy.CodeNesting},
		{21, "ALL :: x", "1:1", policy.CodeUnknownTest},
		{23, "has :: x", "1:1", policy.CodeBadArgument},
		{23, "compare f == 2 :: x", "1:11", policy.CodeBadArgument},
		{23, "compare f > x :: x", "1:13", policy.CodeBadArgument},
		{23, "compare f >2 :: x", "1:1", policy.CodeBadArgument},
		{23, "compare f > :: x", "1:1", policy.CodeBadArgument},
		{25, "nosuch && true :: x", "1:1", policy.CodeUnknownTest},
		{25, "true && nosuch :: x", "1:9", policy.CodeUnknownTest},
		{0, "all :: \xff", "1:1", policy.CodeEncoding},
	} {
		t.Run(fmt.Sprintf("case %d/%s", c.number, c.text), func(t *testing.T) {
			issues := issuesOf(c.text, policy.Options{})
			require.Error(t, issues.Err())
			var fatal policy.Issues
			for _, i := range issues {
				if i.Fatal {
					fatal = append(fatal, i)
				}
			}
			require.Len(t, fatal, 1)
			require.Equal(t, c.code, fatal[0].Code)
			require.Equal(t, c.at, fatal[0].Range.String())
			require.Equal(t, policy.Error, fatal[0].Severity)
		})
	}
}

// Case 22: all problems are told in one run.
func TestAllProblemsAreTold(t *testing.T) {
	text := "all :: a\nfoo\nall :: b\n\nnosuch :: c\n# d\nall :: e\n\n  has :: f\nall :: g\n"
	var lines []int
	for _, i := range issuesOf(text, policy.Options{}) {
		lines = append(lines, i.Range.Line)
	}
	require.Equal(t, []int{2, 5, 9}, lines)
}

func TestSuggestions(t *testing.T) {
	for text, want := range map[string]string{
		"ALL :: x":               "did you mean all?",
		"has_prem admin :: x":    "did you mean has_perm?",
		"operatoin tag :: x":     "did you mean operation?",
		"compare f == 2 :: x":    "write =",
		"all : allow":            "write :: in place of :",
		"all ! allow":            "write !! in place of !",
		"} all :: x":             "write } on a line of its own",
		"quite_another_one :: x": "",
	} {
		issues := issuesOf(text, policy.Options{})
		require.NotEmpty(t, issues, text)
		if strings.HasPrefix(text, "}") {
			continue // a test named } is unknown
		}
		require.Equal(t, want, issues[0].Suggestion, text)
	}
}

func TestSurprisesAreToldAndRefusedInStrictMode(t *testing.T) {
	for _, c := range []struct {
		text     string
		code     policy.Code
		severity policy.Severity
	}{
		{"all :: deny see a::b", policy.CodeSeparatorInAction, policy.Error},
		{"all !! a !! b", policy.CodeSeparatorInAction, policy.Error},
		{"none !! deny see a::b", policy.CodeNegationLost, policy.Error},
		{"none !! all :: x", policy.CodeNegationLost, policy.Error},
		{"all ::: allow", policy.CodeStrayColon, policy.Warning},
		{"all :: deny bug #12", policy.CodeCommentInAction, policy.Warning},
		{"all :: { allow", policy.CodeBraceAction, policy.Warning},
		{"all :: {}", policy.CodeBraceAction, policy.Warning},
		{"all :: {\nall :: x\nall :: }", policy.CodeClosingRule, policy.Warning},
		{"all ::", policy.CodeEmptyAction, policy.Warning},
		{"all :: all && none", policy.CodeTestInAction, policy.Warning},
		{"all foo bar :: x", policy.CodeUnusedArgument, policy.Warning},
		{"has f g :: x", policy.CodeUnusedArgument, policy.Warning},
		{"bool :: x", policy.CodeMissingArgument, policy.Error},      // case 24
		{"match :: x", policy.CodeMissingArgument, policy.Error},     // case 24
		{"match_any :: x", policy.CodeMissingArgument, policy.Error}, // case 24
		{"policy other :: x", policy.CodeUndefinedPolicy, policy.Error},
		{"policy main :: x", policy.CodePolicyLoop, policy.Error},
	} {
		t.Run(c.text, func(t *testing.T) {
			compatible := issuesOf(c.text, policy.Options{})
			require.NoError(t, compatible.Err())
			found := find(compatible, c.code)
			require.NotNil(t, found, "%v", compatible)
			require.Equal(t, c.severity, found.Severity)

			strict := issuesOf(c.text, policy.Options{Mode: policy.Strict})
			require.Error(t, strict.Err())
			found = find(strict, c.code)
			require.NotNil(t, found)
			require.True(t, found.Fatal)
		})
	}
}

func find(issues policy.Issues, code policy.Code) *policy.Issue {
	for i := range issues {
		if issues[i].Code == code {
			return &issues[i]
		}
	}
	return nil
}

// Case 11: strict mode shows the first of the two separators.
func TestStrictModeShowsLostNegation(t *testing.T) {
	i := find(issuesOf("none !! deny a::b", policy.Options{Mode: policy.Strict}), policy.CodeNegationLost)
	require.Equal(t, "1:6", i.Range.String())
	require.Equal(t, 8, i.Range.EndColumn)
}

func TestUnknownTestsMayBeDeferred(t *testing.T) {
	set, issues := policy.New([]policy.Text{policy.NewText("main", "none && plugin_test x :: a\nplugin_test x :: b")},
		policy.Options{DeferUnknownTests: true})
	require.NoError(t, issues.Err())
	require.Equal(t, 2, issues.Count(policy.Warning))
	_, err := set.Eval(t.Context(), "main", nil, nil)
	var failed *policy.EvalError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, policy.UnknownTest, failed.Kind)
	require.Equal(t, "2:1", failed.Range.String())
}

func TestBoundsAreKept(t *testing.T) {
	deep := strings.Repeat("all :: {\n", 901) + "all :: x\n" + strings.Repeat("}\n", 901)
	require.NotNil(t, find(issuesOf(deep, policy.Options{}), policy.CodeLimit))
	deep = strings.Repeat("all :: {\n", 900) + "all :: x\n" + strings.Repeat("}\n", 900)
	require.Equal(t, "x", decide(t, compile(t, deep)).Action)
	wide := "all :: x # " + strings.Repeat("y", 1<<20)
	require.NotNil(t, find(issuesOf(wide, policy.Options{}), policy.CodeLimit))
	long := strings.Repeat("# much\n", 3<<20)
	require.NotNil(t, find(issuesOf(long, policy.Options{}), policy.CodeLimit))
}

// A text full of problems is read in time linear to its size, and what refuses it is
// told.
func TestManyProblemsAreCutShort(t *testing.T) {
	line := strings.Repeat("all x && ", 100000)
	for _, text := range []string{
		strings.Repeat(line+"all :: x\n", 10) + "nosuch :: x",
		strings.Repeat(line+"all :: x\n", 10) + "foo",
		strings.Repeat("&&", 400000) + " :: x",
		strings.Repeat("nosuch &&", 100000) + "nosuch :: x",
		strings.Repeat("all :: x #1\n", 5000) + "foo",
	} {
		issues := issuesOf(text, policy.Options{})
		require.Error(t, issues.Err())
		require.Less(t, len(issues), 3000)
	}
	require.NoError(t, issuesOf(strings.Repeat("all x :: x #1\n", 5000), policy.Options{}).Err())
}

func TestPositionsCountBytesAndCodePoints(t *testing.T) {
	issues := issuesOf("\n  match ä é && nosuch x :: y", policy.Options{})
	require.Len(t, issues, 1)
	require.Equal(t, policy.Range{
		Line: 2, Column: 18, EndColumn: 24, RuneColumn: 16, EndRuneColumn: 22,
	}, issues[0].Range)
}
