package policy_test

import (
	"encoding/json"
	"math/rand/v2"
	"os/exec"
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
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if !canStand(pattern) || strings.ToValidUTF8(text, "") != text || text == "\U0010ffff" {
			return
		}
		if got, want := matches(t, pattern, text), koji.MatchGlob(pattern, text); got != want {
			t.Fatalf("%q matches %q: %v, want %v", pattern, text, got, want)
		}
	})
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
