package policy_test

import (
	"compress/gzip"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/hosttool"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
)

// matches reports what the test match says of a pattern, several times over: alone,
// and in a list so long that names are found by hash.
func matches(t testing.TB, pattern, text string) bool {
	t.Helper()
	long := pattern + strings.Repeat(" \U0010ffff", 9)
	set, issues := policy.New([]policy.Text{
		policy.NewText("one", "match f "+pattern+" :: y"), policy.NewText("many", "match f "+long+" :: y"),
	}, policy.Options{NoDefaults: true})
	require.NoError(t, issues.Err())
	one, err := set.Eval(t.Context(), "one", policy.Values{"f": policy.String(text)}, nil)
	require.NoError(t, err)
	many, err := set.Eval(t.Context(), "many", policy.Values{"f": policy.String(text)}, nil)
	require.NoError(t, err)
	require.Equal(t, one.Matched, many.Matched || text == "\U0010ffff" && one.Matched)
	return one.Matched
}

// canStand reports whether a pattern can be written in a rule.
func canStand(pattern string) bool {
	return pattern != "" && len(strings.Fields(pattern)) == 1 && !strings.ContainsAny(pattern, "#\x1c\x1d\x1e\x1f\u00a0") &&
		!strings.Contains(pattern, "&&") && !strings.Contains(pattern, "::") && strings.Fields(pattern)[0] == pattern &&
		strings.ToValidUTF8(pattern, "") == pattern
}

func FuzzPatterns(f *testing.F) {
	for _, p := range []string{"a*", "*a", "*a*", "a", "**", "a**", "[a*", "*]", "[!]a]*", "?*", "a[*]"} {
		f.Add(p, "aXa")
	}
	for _, g := range goldenGlobs(f) {
		for _, pattern := range g.patterns {
			f.Add(pattern, g.text)
		}
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if !canStand(pattern) || strings.ToValidUTF8(text, "") != text || text == "\U0010ffff" {
			return
		}
		if got, want := matches(t, pattern, text), koji.MatchGlob(pattern, text); got != want {
			t.Fatalf("%q matches %q: %v, want %v", pattern, text, got, want)
		}
	})
}

// goldenGlob is what Koji said of a text that was tried on patterns.
type goldenGlob struct {
	patterns []string
	text     string
	matched  bool
}

// goldenGlobs returns what the golden answers about texts of rules without blocks
// tell: of rules with one test for globs the one that decided matched, and those
// before it did not.
func goldenGlobs(t testing.TB) []goldenGlob {
	t.Helper()
	file, err := os.Open("testdata/golden/policy/rules.jsonl.gz")
	require.NoError(t, err)
	defer file.Close()
	plain, err := gzip.NewReader(file)
	require.NoError(t, err)
	var globs []goldenGlob
	for d := json.NewDecoder(plain); d.More(); {
		var c struct {
			Input   struct{ Text string }
			Queries []struct {
				Args struct{ Data map[string]any }
				Want json.RawMessage
			}
		}
		require.NoError(t, d.Decode(&c))
		set, _ := policy.New([]policy.Text{policy.NewText("main", c.Input.Text)}, policy.Options{NoDefaults: true})
		if set == nil {
			continue
		}
		rules := set.Program("main").Top()
		if slices.ContainsFunc(rules, func(r *policy.Rule) bool { return !r.Terminal() }) {
			continue
		}
		for _, q := range c.Queries {
			var want struct {
				Action *string
				Report string `json:"last_rule"`
			}
			if json.Unmarshal(q.Want, &want) != nil || want.Report == "" {
				continue
			}
			for _, r := range rules {
				decided := want.Action != nil && r.String() == want.Report
				if g, ok := globOf(r, q.Args.Data); ok {
					g.matched = decided
					globs = append(globs, g)
				}
				if decided {
					break
				}
			}
		}
	}
	return globs
}

// globOf returns the one test of a rule, if it tries globs on a text of the data.
func globOf(r *policy.Rule, data map[string]any) (goldenGlob, bool) {
	if len(r.Tests()) != 1 || r.Negated() {
		return goldenGlob{}, false
	}
	test := r.Tests()[0]
	field, patterns := "target", test.Args()
	switch name, _, _ := strings.Cut(test.String(), " "); {
	case name == "match" && len(patterns) > 0:
		field, patterns = patterns[0], patterns[1:]
	case name != "target":
		return goldenGlob{}, false
	}
	text, ok := data[field].(string)
	return goldenGlob{patterns: patterns, text: text}, ok
}

func TestPatternsMatchAsGoldenTells(t *testing.T) {
	table := goldenGlobs(t)
	require.Greater(t, len(table), 100)
	outcomes := make(map[bool]int)
	for _, g := range table {
		reference := slices.ContainsFunc(g.patterns, func(p string) bool { return koji.MatchGlob(p, g.text) })
		require.Equal(t, g.matched, reference, "%q on %q", g.patterns, g.text)
		for _, p := range g.patterns {
			if canStand(p) {
				require.Equal(t, koji.MatchGlob(p, g.text), matches(t, p, g.text), "%q on %q", p, g.text)
			}
		}
		outcomes[g.matched]++
	}
	t.Log(outcomes)
}

const pythonGlobs = `
import fnmatch, json, sys
print(json.dumps([fnmatch.fnmatchcase(text, pattern) for pattern, text in json.load(sys.stdin)]))
`

func TestPatternsMatchAsPythonDoes(t *testing.T) {
	python := hosttool.Need(t, "python3")
	random := rand.New(rand.NewPCG(1, 2))
	draw := func(from []string, most int) string {
		var b strings.Builder
		for range 1 + random.IntN(most) {
			b.WriteString(from[random.IntN(len(from))])
		}
		return b.String()
	}
	var pairs [][2]string
	for len(pairs) < 3000 {
		p := draw([]string{"a", "b", "é", "*", "*", "?", "[", "]", "[ab]", "[!a]", "[a-c]", "[c-a]", "-", "!", "^", `\`}, 6)
		pairs = append(pairs, [2]string{p, draw([]string{"a", "b", "c", "é", "[", "]", "-", "!", "\n", "^"}, 5)})
	}
	input, err := json.Marshal(pairs)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), python, "-c", pythonGlobs)
	cmd.Stdin = strings.NewReader(string(input))
	output, err := cmd.Output()
	require.NoError(t, err)
	var want []bool
	require.NoError(t, json.Unmarshal(output, &want))
	for i, pair := range pairs {
		require.Equal(t, want[i], matches(t, pair[0], pair[1]), "%q", pair)
	}
}
