package globset_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy/internal/globset"
)

func TestContains(t *testing.T) {
	for _, c := range []struct {
		pattern, other string
		want           bool
	}{
		{"*", "f40*", true},
		{"f*", "f40*", true},
		{"f40*", "f*", false},
		{"f4?", "f4[0-9]", true},
		{"f4[0-9]", "f4?", false},
		{"*-build", "f*-build", true},
		{"*a*b*", "*b*a*", false},
		{"*a*", "*b*a*", true},
		{"[!x]*", "[a-c]y", true},
		{"f40", "f40", true},
		{"f40", "f4*", false},
		{"[", "[", true},
		{"?*", "*?", true},
	} {
		require.Equal(t, c.want, globset.Contains(c.pattern, c.other), "%s %s", c.pattern, c.other)
	}
}

func TestDisjoint(t *testing.T) {
	require.True(t, globset.Disjoint([]string{"tag"}, []string{"untag", "move"}))
	require.True(t, globset.Disjoint([]string{"f*"}, []string{"e*", "[g-z]*"}))
	require.False(t, globset.Disjoint([]string{"f*"}, []string{"*f"}))
	require.True(t, globset.Disjoint([]string{"[z-a]*"}, []string{"*"}))
}

func TestClasses(t *testing.T) {
	classes, complete := globset.Classes([]string{"f40*", "*-build"})
	require.True(t, complete)
	examples := make(map[string]string)
	for _, c := range classes {
		name := ""
		for _, m := range c.Matches {
			name += map[bool]string{true: "1", false: "0"}[m]
		}
		examples[name] = c.Example
	}
	require.Equal(t, map[string]string{"00": "", "10": "f40", "01": "-build", "11": "f40-build"}, examples)
}

// Every class is what it says, and every text is in one.
func TestClassesAgreeWithMatching(t *testing.T) {
	part := rapid.SampledFrom([]string{"a", "b", "*", "?", "[ab]", "[!a]", "[a-c]", "[", "]", "!", "-", "[]-]", "é"})
	rapid.Check(t, func(rt *rapid.T) {
		patterns := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) string {
			s := ""
			for _, p := range rapid.SliceOfN(part, 0, 6).Draw(rt, "parts") {
				s += p
			}
			return s
		}), 1, 3).Draw(rt, "patterns")
		classes, complete := globset.Classes(patterns)
		if !complete {
			rt.Skip()
		}
		found := make(map[string]bool)
		vector := func(text string) string {
			v := ""
			for _, p := range patterns {
				v += map[bool]string{true: "1", false: "0"}[koji.MatchGlob(p, text)]
			}
			return v
		}
		for _, c := range classes {
			v := ""
			for _, m := range c.Matches {
				v += map[bool]string{true: "1", false: "0"}[m]
			}
			require.Equal(t, vector(c.Example), v, "%q %q", patterns, c.Example)
			found[v] = true
		}
		text := rapid.StringOfN(rapid.RuneFrom([]rune("abcé[]!-z")), 0, 8, -1).Draw(rt, "text")
		require.True(t, found[vector(text)], "%q %q", patterns, text)
	})
}

func FuzzContains(f *testing.F) {
	f.Add("f*", "f4[0-9]", "f40")
	f.Add("[!a-c]?", "*", "dx")
	f.Add("[]-]", "[", "]")
	f.Add("*\xc0", "*\xb0", "\xd9")
	f.Fuzz(func(t *testing.T, pattern, other, text string) {
		if len(pattern) > 12 || len(other) > 12 {
			return // the search is bounded, but slow for a fuzz target
		}
		one, two := koji.MatchGlob(pattern, text), koji.MatchGlob(other, text)
		if globset.Contains(pattern, other) && two && !one {
			t.Fatalf("%q matches %q, %q does not", other, text, pattern)
		}
		if globset.Disjoint([]string{pattern}, []string{other}) && one && two {
			t.Fatalf("%q and %q match %q", pattern, other, text)
		}
	})
}
