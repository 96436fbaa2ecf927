package koji_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/hosttool"
	"github.com/kojikit/kojikit/koji"
)

func TestMatchGlob(t *testing.T) {
	tests := []struct {
		pattern     string
		matches     []string
		matchesNone []string
	}{
		{"", []string{""}, []string{"a"}},
		{"abc", []string{"abc"}, []string{"ABC", "abcd", "xabc", ""}},
		{"*", []string{"", "a", "a/b", ".hidden", "line1\nline2"}, nil},
		{"a**b", []string{"ab", "a/b", "axxb"}, []string{"a", "ba"}},
		{"*-build", []string{"f40-build", "-build"}, []string{"f40-build2", "build"}},
		{"?", []string{"a", "é", "日", "\n", "/"}, []string{"", "ab", "日本"}},
		{"a*b*c", []string{"abc", "a1b2c", "abbcc", "aXbXbXc"}, []string{"acb", "ab", "abcd"}},
		{"[a-c]", []string{"a", "b", "c"}, []string{"d", "-", "", "ab"}},
		{"[!a-c]", []string{"d", "-", "!", "\n"}, []string{"a", "c", ""}},
		{"[^a]", []string{"^", "a"}, []string{"b"}},
		{"[]a]", []string{"]", "a"}, []string{"[", ""}},
		{"[!]a]", []string{"[", "b"}, []string{"]", "a"}},
		{"[]", []string{"[]"}, []string{"[", "]"}},
		{"[!]", []string{"[!]"}, []string{"a", "[", "!"}},
		{"x[y", []string{"x[y"}, []string{"xy"}},
		{"[[]x]", []string{"[x]"}, []string{"x"}},
		{"[z-a]", nil, []string{"z", "a", "-", "m", ""}},
		{"[!z-a]", []string{"z", "-", "m"}, []string{"", "zz"}},
		{"[b-a-c]", []string{"-", "c"}, []string{"a", "b"}},
		{"[a-c-e]", []string{"a", "b", "c", "-", "e"}, []string{"d"}},
		{"[-a]", []string{"-", "a"}, []string{"b"}},
		{"[a-]", []string{"-", "a"}, []string{"b"}},
		{"[!-a]", []string{"b", "!"}, []string{"-", "a"}},
		{"[--0]", []string{"-", ".", "/", "0"}, []string{"1", ","}},
		{`[\]]`, []string{`\]`}, []string{`\`, "]"}},
		{`\*`, []string{`\`, `\x`}, []string{"*"}},
		{"[*]", []string{"*"}, []string{"a", ""}},
		{"{a,b}", []string{"{a,b}"}, []string{"a", "b"}},
		{"[é-ü]", []string{"é", "ö"}, []string{"a"}},
	}
	for _, tt := range tests {
		g := koji.CompileGlob(tt.pattern)
		require.Equal(t, tt.pattern, g.String())
		for _, s := range tt.matches {
			require.True(t, koji.MatchGlob(tt.pattern, s), "%q should match %q", tt.pattern, s)
			require.True(t, g.Match(s), "compiled %q should match %q", tt.pattern, s)
		}
		for _, s := range tt.matchesNone {
			require.False(t, koji.MatchGlob(tt.pattern, s), "%q should not match %q", tt.pattern, s)
			require.False(t, g.Match(s), "compiled %q should not match %q", tt.pattern, s)
		}
	}
}

func TestZeroGlobMatchesTheEmptyText(t *testing.T) {
	var g koji.Glob
	require.True(t, g.Match(""))
	require.False(t, g.Match("a"))
}

func TestGlobsMatchIfOneDoes(t *testing.T) {
	require.False(t, koji.Globs(nil).Match(""))
	require.False(t, koji.ParseGlobs(" \t\n").Match(""))
	require.True(t, koji.CompileGlobs("").Match(""))

	list := koji.ParseGlobs("*-build\tkernel\u00a0f4?\u001crawhide")
	require.Len(t, list, 4)
	for s, want := range map[string]bool{"f40-build": true, "kernel": true, "f41": true, "rawhide": true, "f4": false, "": false} {
		require.Equal(t, want, list.Match(s), s)
	}
}

// The number of steps is bounded by the product of the lengths. With backtracking
// into earlier stars these would not end.
func TestHostileGlobsAreFast(t *testing.T) {
	start := time.Now()
	text := strings.Repeat("a", 10_000)
	require.False(t, koji.MatchGlob(strings.Repeat("*a", 200)+"*b", text))
	require.False(t, koji.MatchGlob(strings.Repeat("*[ab]?", 100)+"c", text))
	require.True(t, koji.MatchGlob(strings.Repeat("[", 100_000), strings.Repeat("[", 100_000)))
	require.False(t, koji.MatchGlob(strings.Repeat("[x]*", 10_000), text))
	require.True(t, koji.MatchGlob(strings.Repeat("*", 1_000_000), text))
	require.Less(t, time.Since(start), 10*time.Second)
}

// Random patterns and texts are matched by the function that Koji uses.
func TestGlobsAgreeWithPython(t *testing.T) {
	python := hosttool.Need(t, "python3")
	random := rand.New(rand.NewPCG(3, 4))
	text := func(alphabet string, most int) string {
		runes := []rune(alphabet)
		out := make([]rune, random.IntN(most+1))
		for i := range out {
			out[i] = runes[random.IntN(len(runes))]
		}
		return string(out)
	}
	var pairs [][2]string
	for range 20_000 {
		pairs = append(pairs, [2]string{text("ab-*?[]!^\\é\n", 8), text("aab-[]!^\\é\n", 5)})
	}
	in, err := json.Marshal(pairs)
	require.NoError(t, err)
	cmd := exec.Command(python, "-c", `
import fnmatch, json, sys
json.dump([fnmatch.fnmatchcase(s, pattern) for pattern, s in json.load(sys.stdin)], sys.stdout)`)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	require.NoError(t, err)

	var answers []bool
	require.NoError(t, json.Unmarshal(out, &answers))
	require.Len(t, answers, len(pairs))
	matched := 0
	for i, p := range pairs {
		require.Equal(t, answers[i], koji.MatchGlob(p[0], p[1]), "pattern %q, text %q", p[0], p[1])
		if answers[i] {
			matched++
		}
	}
	require.Greater(t, matched, 500, "the pairs must show both answers")
}
