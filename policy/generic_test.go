package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
)

func TestGenericTests(t *testing.T) {
	const failed = koji.FaultGeneric
	list := policy.Strings
	for _, c := range []struct {
		number int
		test   string
		data   policy.Values
		want   any
	}{
		{24, "bool", nil, failed}, {24, "match", nil, failed}, {24, "match_any", nil, failed},
		{34, "has f", one("f", null()), true}, {34, "has f", nil, false},
		{35, "bool f", one("f", str("0")), true}, {35, "bool f", one("f", str("false")), true},
		{35, "bool f", one("f", num(0)), false}, {35, "bool f", one("f", str("")), false},
		{35, "bool f", one("f", policy.List()), false}, {35, "bool f", one("f", policy.Map(nil)), false},
		{35, "bool f", one("f", null()), false}, {35, "bool f", one("f", policy.Float(0)), false}, {35, "bool f", nil, false},
		{36, "match f a*", one("f", null()), false}, {36, "match f a*", nil, false}, {36, "match f *", one("f", str("")), true},
		{36, "match f *", one("f", num(1)), failed}, {36, "match f *", one("f", policy.Bool(true)), failed},
		{36, "match f *", one("f", list("a")), failed}, {36, "match f", one("f", num(5)), false},
		{36, "match f *", one("f", policy.Bytes([]byte("a"))), failed},
		{37, "match_any f 1", one("f", policy.List(num(1), num(2))), true},
		{37, "match_any f True", one("f", policy.List(policy.Bool(true))), true},
		{37, "match_any f *", one("f", policy.List(null())), false},
		{37, "match_any f *", one("f", str("abc")), false}, {37, "match_any f *", one("f", policy.Map(nil)), false},
		{37, "match_any f *", one("f", policy.List()), false}, {37, "match_any f 1.0", one("f", policy.List(policy.Float(1))), true},
		{37, "match_any f 1e+16", one("f", policy.List(policy.Float(1e16))), true},
		{37, "match_any f *", one("f", policy.List(policy.List())), false},
		{38, "match_all f a*", one("f", list("a", "ab")), true}, {38, "match_all f a*", one("f", policy.List()), false},
		{38, "match_all f a*", one("f", policy.List(str("a"), null())), false},
		{39, "compare f != 2", nil, false}, {39, "compare f != 2", one("f", null()), true}, {39, "compare f != 2", one("f", num(3)), true},
		{39, "compare f > 2", one("f", null()), failed}, {39, "compare f > 2", one("f", str("3")), failed},
		{39, "compare f = 1", one("f", policy.Bool(true)), true}, {39, "compare f = 2.0", one("f", num(2)), true},
		{39, "compare f > 1_000", one("f", num(1001)), true}, {39, "compare f > 1e3", one("f", num(1001)), true},
		{39, "compare f < inf", one("f", num(1<<62)), true}, {39, "compare f = nan", one("f", policy.Float(1)), false},
		{0, "compare f != nan", one("f", num(1)), true}, {0, "compare f >= -nan", one("f", num(1)), false},
		{0, "compare f = 9007199254740993", one("f", policy.Float(9007199254740992)), false},
		{0, "compare f > 9007199254740992.0", one("f", num(9007199254740993)), true},
		{0, "compare f < 99999999999999999999999", one("f", num(1<<62)), true},
		{0, "compare f < 99999999999999999999999", one("f", policy.Float(1e30)), false},
		{0, "compare f > 99999999999999999999999", one("f", policy.Float(1e30)), true},
		{0, "compare f = \u0663", one("f", num(3)), true},
		{0, "target f4*", one("target", str("f40")), true}, {0, "target f4*", one("target", num(301)), true},
		{0, "target f4*", one("target", num(999)), false},
	} {
		t.Run(fmt.Sprintf("case %d/%s/%v", c.number, c.test, c.data), func(t *testing.T) {
			require.Equal(t, c.want, outcome(t, nil, "", c.test, c.data))
		})
	}
}

func TestGlobs(t *testing.T) { // case 40
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"A*", "abc", false}, {"a[b", "a[b", true}, {`a\*`, `a\zz`, true}, {"[]]x", "]x", true}, {"[z-a]x", "bx", false},
		{"[!z-a]x", "bx", true}, {"[^a]x", "^x", true}, {"a*c", "a/b\nc", true}, {"a?c", "a/c", true}, {"a", "a\n", false},
		{"[a-]x", "-x", true}, {"[[]x", "[x", true}, {`"a"`, "a", false}, {"{a,b}", "a", false}, {"**", "", true},
	} {
		require.Equal(t, c.want, outcome(t, nil, "", "match f "+c.pattern, one("f", str(c.text))), "%s %q", c.pattern, c.text)
	}
}

func TestDeepBlocksPickTheirLevel(t *testing.T) { // case 32
	var b strings.Builder
	for level := 1; level <= 5; level++ {
		fmt.Fprintf(&b, "match DEPTH %d :: level %d\nall :: {\n", level, level)
	}
	b.WriteString("all :: the end\n" + strings.Repeat("}\n", 5))
	p := compile(t, b.String())
	for depth, want := range map[string]string{"3": "level 3", "99": "the end"} {
		d, err := p.Eval(t.Context(), one("DEPTH", str(depth)), nil)
		require.NoError(t, err)
		require.Equal(t, want, d.Action)
	}
}

func TestFirstFalseTestEndsTheRule(t *testing.T) { // case 30
	tests, err := policy.GenericTests().With(policy.Definition{
		Name: "boom", Compile: func(*policy.Call) (policy.Check, error) {
			return func(*policy.Env) (bool, error) { return false, fmt.Errorf("boom") }, nil
		},
	})
	require.NoError(t, err)
	require.Equal(t, false, outcome2(t, tests, "false && boom"))
	require.Equal(t, koji.FaultGeneric, outcome2(t, tests, "true && boom"))
}

func outcome2(t *testing.T, tests *policy.Registry, test string) any {
	set, issues := policy.New([]policy.Text{policy.NewText("main", test+" :: x")}, policy.Options{Tests: tests, NoDefaults: true})
	require.NoError(t, issues.Err())
	d, err := set.Eval(t.Context(), "main", nil, nil)
	if err != nil {
		return koji.FaultCodeOf(err)
	}
	return d.Matched
}
