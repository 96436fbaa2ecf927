package pyregex_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/hosttool"
	"github.com/kojikit/kojikit/internal/pyregex"
	"github.com/kojikit/kojikit/koji"
)

func Example() {
	re, err := pyregex.Compile(`^(?!kernel$)`, time.Second)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"kernel", "kernel-tools"} {
		ok, err := re.Match(name)
		fmt.Println(name, ok, err)
	}
	// Output:
	// kernel false <nil>
	// kernel-tools true <nil>
}

// The answers are those of Python 3.11.
func TestMatchAsPython(t *testing.T) {
	tests := []struct {
		expr    string
		match   []string
		refuses []string
	}{
		{`lib`, []string{"lib", "libfoo"}, []string{"", "foolib", "LIB"}},
		{`^kernel$`, []string{"kernel", "kernel\n"}, []string{"kernel-tools", "kernel\n\n", "kernel\nx"}},
		{`\Akernel\Z`, []string{"kernel"}, []string{"kernel\n"}},
		{`(?m)a$`, []string{"a", "a\nb"}, []string{"ab"}},
		{`^(?!kernel$)`, []string{"", "kernel-tools"}, []string{"kernel"}},
		{`^(?!.*-devel$)`, []string{"foo-devel-static"}, []string{"foo-devel"}},
		{`python(?=3)`, []string{"python3"}, []string{"python", "python2"}},
		{`.*(?<!a)b`, []string{"cb", "b"}, []string{"ab"}},
		{`(.)\1`, []string{"aab"}, []string{"aba"}},
		{`(?P<x>l)ib(?P=x)`, []string{"libl"}, []string{"lib"}},
		{`k(?#comment)ernel`, []string{"kernel"}, nil},
		{`(?x) ker nel # all of it`, []string{"kernel"}, []string{"ker nel"}},
		{`(?i)KERNEL`, []string{"kernel", "\u212aernel"}, nil},
		{`(?i:k)ernel`, []string{"Kernel"}, []string{"KERNEL"}},
		{`a{,2}b`, []string{"b", "aab"}, []string{"aaab"}},
		{`a{,}b`, []string{"b", "aaab"}, nil},
		{`a{b`, []string{"a{b"}, nil},
		{`a{}`, []string{"a{}"}, []string{"a"}},
		{`[]a]`, []string{"]", "a"}, []string{"b"}},
		{`[^]a]`, []string{"b"}, []string{"]", "a"}},
		{`[a-z-[aeiou]]`, []string{"a]", "-]", "[]"}, []string{"b", "}]"}},
		{`[a&&b]`, []string{"&"}, nil},
		{`[^\W\d]+$`, []string{"abc_", "é"}, []string{"1", "a1", "-"}},
		{`[a\W]`, []string{"a", "-"}, []string{"b", "1"}},
		{`[^a\W]`, []string{"b", "1"}, []string{"a", "-"}},
		{`\w+$`, []string{"a_1", "é", "²", "٣"}, []string{"a-b", "a\u0301", "\u203f"}},
		{`(?a)\w+$`, []string{"a_1"}, []string{"é"}},
		{`\d$`, []string{"1", "٣"}, []string{"²", "a"}},
		{`\s$`, []string{" ", "\x1c", "\u2003", "\u0085"}, []string{"\u200b"}},
		{`(?a)\s$`, []string{" ", "\v"}, []string{"\x1c", "\u2003"}},
		{`git\b`, []string{"git", "git-core"}, []string{"gitk", "gité"}},
		{`.$`, []string{"a", "é", "a\n"}, []string{"\n"}},
		{`(?s).$`, []string{"\n"}, nil},
		{`\101\x42\u0043\U00000044\n`, []string{"ABCD\n"}, nil},
		{`[\101\b]`, []string{"A", "\b"}, []string{"1"}},
		{`\.\-\_`, []string{".-_"}, []string{"a-_"}},
		{`(a)?(?(1)b|c)`, []string{"ab", "c"}, []string{"b", "ac"}},
		{`(?>a+)ab`, nil, []string{"aaab"}},
		{`a++ab`, nil, []string{"aaab"}},
		{`(?:a|ab)(?:c|bcd)$`, []string{"abcd", "abc", "ac"}, []string{"ab"}},
		{`gcc|`, []string{"", "anything"}, nil},
		{`(?:a{500}){3}`, []string{strings.Repeat("a", 1500)}, []string{strings.Repeat("a", 1499)}},
	}
	for _, tt := range tests {
		re, err := pyregex.Compile(tt.expr, time.Second)
		require.NoError(t, err)
		require.Equal(t, tt.expr, re.String())
		for _, s := range tt.match {
			ok, err := re.Match(s)
			require.NoError(t, err)
			require.True(t, ok, "%s on %q", tt.expr, s)
		}
		for _, s := range tt.refuses {
			ok, err := re.Match(s)
			require.NoError(t, err)
			require.False(t, ok, "%s on %q", tt.expr, s)
		}
	}
}

// Python 3.11 refuses these, except for the last.
var bad = []string{
	`(`, `)`, `(unclosed`, `a)`, `*start`, `+`, `a**`, `a{1}{2}`, `^*`, `\b+`, `(?i)*`, `a|*`, `{2}`,
	`[z-a]`, `[`, `[a`, `[]`, `[\d-a]`, `[a-\d]`, `a\`, `\q`, `[\q]`, `[\8]`, `\1`, `(a)\2`, `(\1)`, `\x1`, `\u12`, `\U00110000`,
	`\400`, `a{2,1}`, `a{99999999999}`, `(?P<n`, `(?P<1>a)`, `(?P<n>a)(?P<n>b)`, `(?P=n)`, `(?P>n)`, `(?<n>a)`, `(?`, `(?<`,
	`(?<=a*)b`, `(?<=a|bc)`, `(?<=(a)\1)`, `(?(1)a|b|c)(x)`, `(?(2)a)(x)`, `(?(n)a)`, `(?(0)a)`, `a(?i)b`, `(?i`, `(?-i)a`,
	`(?i-i:a)`, `(?-:a)`, `(?au)a`, `(?L)a`, `(?-a:x)`, `(?#`, `(?y)`,
	`\N{DIGIT ONE}`,
}

func TestCompileRefusesWhatPythonRefuses(t *testing.T) {
	for _, expr := range bad {
		_, err := pyregex.Compile(expr, 0)
		require.ErrorIs(t, err, koji.ErrInvalid, expr)
		require.ErrorContains(t, err, fmt.Sprintf("%q", expr))
	}
	_, err := pyregex.Compile(strings.Repeat("(", 100000), 0)
	require.ErrorIs(t, err, koji.ErrInvalid)
	_, err = pyregex.Compile(strings.Repeat("(?:", 1000)+strings.Repeat(")", 1000), 0)
	require.ErrorIs(t, err, koji.ErrInvalid)
}

func TestMatchEndsInTime(t *testing.T) {
	re, err := pyregex.Compile(`(?=(a+)+$)`, 100*time.Millisecond)
	require.NoError(t, err)
	start := time.Now()
	_, err = re.Match(strings.Repeat("a", 60) + "b")
	require.ErrorIs(t, err, koji.ErrLimit)
	require.Less(t, time.Since(start), 5*time.Second)

	re, err = pyregex.Compile(`(a+)+$`, 0) // no need to go back
	require.NoError(t, err)
	ok, err := re.Match(strings.Repeat("a", 100000) + "b")
	require.NoError(t, err)
	require.False(t, ok)
}

// oracle answers with Python's re what each line of its input asks.
const oracle = `
import json, re, sys, warnings
warnings.simplefilter("ignore")
for line in sys.stdin:
    expr, texts = json.loads(line)
    try:
        r = re.compile(expr)
        answer = [bool(r.match(s)) for s in texts]
    except Exception:
        answer = None
    print(json.dumps(answer), flush=True)
`

// The patterns are random strings of pieces that mean something, right and wrong
// ones; every pattern is tried on random texts.
func TestAgainstPython(t *testing.T) {
	python := hosttool.Need(t, "python3")
	out, err := exec.Command(python, "-c", "import sys; print(sys.version_info[:2] == (3, 11))").Output()
	require.NoError(t, err)
	if strings.TrimSpace(string(out)) != "True" {
		t.Skip("Python 3.11 not found, whose dialect this is: python3 is another version")
	}
	cmd := exec.Command(python, "-c", oracle)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	pipe, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	answers := json.NewDecoder(bufio.NewReader(pipe))
	questions := json.NewEncoder(in)

	rng := rand.New(rand.NewPCG(1, 2))
	accepted := 0
	const n = 4000
	for range n {
		expr := join(rng, pieces, 1+rng.IntN(8))
		texts := make([]string, 12)
		for i := range texts {
			texts[i] = join(rng, letters, rng.IntN(6))
		}
		require.NoError(t, questions.Encode([]any{expr, texts}))
		var want []bool
		require.NoError(t, answers.Decode(&want))

		re, err := pyregex.Compile(expr, time.Second)
		require.Equal(t, want == nil, err != nil, "%q: %v", expr, err)
		if err != nil {
			continue
		}
		accepted++
		for i, s := range texts {
			ok, err := re.Match(s)
			require.NoError(t, err)
			require.Equal(t, want[i], ok, "%q on %q", expr, s)
		}
	}
	t.Logf("%d of %d patterns compile", accepted, n)
	require.NoError(t, in.Close())
	require.NoError(t, cmd.Wait())
}

var pieces = strings.Split(`a b k K - . ^ $ | * + ? *? ++ {2} {1,2} {,2} {2,} {,} { } , 1 _ \d \D \w \W \s \S \b \B \A \Z \1 \2 \n \. `+
	`\x61 [ab] [^ab] [a-k] [\w-] [^\W\d] [\D] []a] [^k] ( ) (?: (?= (?! (?<= (?<! (?> (?P<x> (?P=x) (?(1) (?i) (?i: (?s: (?m: (?a: (?-i: (?x) (?#c) é`, " ")

var letters = strings.Split("a,b,k,K,-,1,_, ,\n,é,É,²,\u212a,ſ,\x1c,.", ",")

func join(rng *rand.Rand, from []string, n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(from[rng.IntN(len(from))])
	}
	return b.String()
}

func FuzzCompile(f *testing.F) {
	for _, expr := range bad {
		f.Add(expr, "kernel")
	}
	for _, p := range pieces {
		f.Add("(a)"+p+"b", "aab")
	}
	f.Add(`(?x) [a-z]{1,3}(?<=b)(?(1)c|d)`, "abc\n")
	f.Fuzz(func(t *testing.T, expr, s string) {
		re, err := pyregex.Compile(expr, 50*time.Millisecond)
		if err != nil {
			require.ErrorIs(t, err, koji.ErrInvalid)
			return
		}
		if _, err := re.Match(s); err != nil {
			require.ErrorIs(t, err, koji.ErrLimit)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	for _, expr := range []string{`^(python3|perl).*`, `^(?!kernel$)`} {
		b.Run(expr, func(b *testing.B) {
			re, err := pyregex.Compile(expr, time.Second)
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := re.Match("kernel-headers"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pyregex.Compile(`^(?!.*-devel$)[a-z]+`, time.Second); err != nil {
			b.Fatal(err)
		}
	}
}
