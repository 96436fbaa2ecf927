package policy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kojikit/kojikit/policy"
)

func format(t testing.TB, text string) string {
	t.Helper()
	tree, issues := policy.Parse(policy.NewText("main", text), policy.Compatible)
	require.NoError(t, issues.Err())
	return tree.Format()
}

func TestFormat(t *testing.T) {
	for name, c := range map[string]struct{ in, out string }{
		"spacing":   {"all&&none::x", "all && none :: x\n"},
		"words":     {" match \t f   a*\u3000b !!  x   y  ", "match f a* b !! x   y\n"},
		"blocks":    {"all::{\nall::{\nnone::a\n}\n  }\nall::b", "all :: {\n    all :: {\n        none :: a\n    }\n}\nall :: b\n"},
		"comments":  {"#one\nall::{#two\n    # three\n}  #  four ", "#one\nall :: {  #two\n    # three\n}  #  four\n"},
		"blanks":    {"\n\n\nall::a\n\n\n\nall::b\n\n\n", "all :: a\n\nall :: b\n"},
		"closing":   {"all :: {\n none :: x\n  all  :: } # end", "all :: {\n    none :: x\nall :: }  # end\n"},
		"no action": {"all ::  # empty", "all ::  # empty\n"},
		"odd ends":  {"all::a\rall::b\u2028all::c", "all :: a\nall :: b\nall :: c\n"},
		"cut":       {"all ::: x", "all : :: x\n"},
		"empty":     {" \n ", ""},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.out, format(t, c.in))
			require.Equal(t, c.out, format(t, c.out))
		})
	}
}

// rapidText draws rule texts that Koji accepts, with all the freedom of spacing.
func rapidText() *rapid.Generator[string] {
	blank := rapid.SampledFrom([]string{"", " ", "  ", "\t", "\u00a0"})
	space := rapid.SampledFrom([]string{" ", "  ", "\t", " \u3000", "\x1f"})
	test := rapid.Custom(func(t *rapid.T) string {
		words := rapid.SampledFrom([][]string{
			{"all"}, {"none"}, {"true"}, {"has", "a"}, {"bool", "a"}, {"match", "a", "x*", "y"}, {"match", "b", "[!x]?"},
			{"compare", "n", ">=", "3"}, {"match_any", "l", "x"}, {"match_all", "l", "*"}, {"target", "f*", "!!", "x"},
		}).Draw(t, "words")
		return strings.Join(words, space.Draw(t, "space"))
	})
	action := rapid.SampledFrom([]string{"allow", "deny  too bad", "x && y", "{ x", "", "a:b"})
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		open := 0
		for range rapid.IntRange(0, 12).Draw(t, "lines") {
			b.WriteString(blank.Draw(t, "indent"))
			switch kind := rapid.IntRange(0, 9).Draw(t, "kind"); {
			case kind == 0:
			case kind == 1 && open > 0:
				open--
				b.WriteString("}")
			default:
				tests := rapid.SliceOfN(test, 1, 3).Draw(t, "tests")
				sep := blank.Draw(t, "before") + "&&" + blank.Draw(t, "after")
				b.WriteString(strings.Join(tests, sep))
				b.WriteString(blank.Draw(t, "gap") + rapid.SampledFrom([]string{"::", "!!"}).Draw(t, "sign") + blank.Draw(t, "gap"))
				if kind < 5 {
					open++
					b.WriteString("{")
				} else {
					b.WriteString(action.Draw(t, "action"))
				}
			}
			b.WriteString(rapid.SampledFrom([]string{"\n", "\n", "  # note\n", "\r\n", "\x0b"}).Draw(t, "end"))
		}
		return b.String() + strings.Repeat("}\n", open)
	})
}

func rapidData() *rapid.Generator[policy.Values] {
	value := rapid.SampledFrom([]policy.Value{
		policy.Null(), policy.String("x"), policy.String("yx"), policy.Int(3), policy.Float(2.5), policy.Bool(true),
		policy.Strings("x", "y"), policy.List(),
	})
	return rapid.Custom(func(t *rapid.T) policy.Values {
		data := make(policy.Values)
		for _, key := range []string{"a", "b", "n", "l", "target"} {
			if rapid.Bool().Draw(t, "has "+key) {
				data[key] = value.Draw(t, key)
			}
		}
		return data
	})
}

func TestFormattedTextMeansTheSame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapidText().Draw(rt, "text")
		tree, issues := policy.Parse(policy.NewText("main", text), policy.Compatible)
		require.NoError(t, issues.Err())
		formatted := tree.Format()
		requireSameDecision(t, text, formatted, rapidData().Draw(rt, "data"))
		require.Equal(t, formatted, format(t, formatted), "formatting it again changes nothing")
	})
}

// requireSameDecision evaluates two texts that must not differ but in their
// reports.
func requireSameDecision(t testing.TB, one, other string, data policy.Values) {
	t.Helper()
	a, errA := compile(t, one).Eval(t.Context(), data, nil)
	b, errB := compile(t, other).Eval(t.Context(), data, nil)
	require.Equal(t, errA == nil, errB == nil)
	require.Equal(t, a.Matched, b.Matched)
	require.Equal(t, a.Action, b.Action)
}
