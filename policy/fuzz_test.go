package policy_test

import (
	"testing"
	"testing/fstest"

	"github.com/kojikit/kojikit/policy"
)

// ruleSeeds begin the search of the fuzz targets that read rules.
var ruleSeeds = []string{
	"", "all :: allow", "none !! deny a::b", "all ::: x", "all && none !! {\n  has a :: b # c\n}\n",
	"match f [!a-z]* ** ]\u2028compare n >= 1_0.5e3 :: {\nall :: }", "match_any l \x1f x :: ::\r\n} foo",
	"all :: {\nall :: {\nnone :: x\n}\n}\nall !! y", "compare n != -inf&&bool f&&match_all l 1.0 True None!!x",
	"target git*#x :: y", "policy main :: a\npolicy p2 !! b", "&& :: x\n&&&\n}}\n!!::!!",
}

func FuzzParse(f *testing.F) {
	for _, s := range ruleSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tree, issues := policy.Parse(policy.NewText("main", text), policy.Compatible)
		if (tree == nil) != (issues.Err() != nil) {
			t.Fatalf("tree %v, issues %v", tree, issues)
		}
		_, strict := policy.New([]policy.Text{policy.NewText("main", text)}, policy.Options{Mode: policy.Strict})
		set, compatible := policy.New([]policy.Text{policy.NewText("main", text)}, policy.Options{})
		if strict.Err() == nil && set == nil {
			t.Fatalf("strict mode takes what compatible mode refuses: %v", compatible)
		}
		for _, i := range compatible {
			if r := i.Range; r.Line > 0 && (r.Column < 1 || r.EndColumn < r.Column || r.RuneColumn > r.Column) {
				t.Fatalf("impossible range %+v", r)
			}
		}
	})
}

// fuzzData are data of every type under the keys that the seeds use.
func fuzzData(text string, n int64, f float64, b bool) policy.Values {
	return policy.Values{
		"f": policy.String(text), "a": policy.Null(), "n": policy.Int(n), "b": policy.Bool(b), "target": policy.String(text),
		"l": policy.List(policy.String(text), policy.Int(n), policy.Float(f), policy.Bool(b), policy.Null()),
		"x": policy.Float(f), "m": policy.Map(map[string]policy.Value{"id": policy.Int(n)}), "y": policy.Bytes([]byte(text)),
	}
}

func FuzzFormat(f *testing.F) {
	for _, s := range ruleSeeds {
		f.Add(s, "x", int64(3), 1.5, true)
	}
	f.Fuzz(func(t *testing.T, text, value string, n int64, x float64, b bool) {
		tree, issues := policy.Parse(policy.NewText("main", text), policy.Compatible)
		if issues.Err() != nil {
			return
		}
		formatted := tree.Format()
		if again := format(t, formatted); again != formatted {
			t.Fatalf("%q is formatted to %q", formatted, again)
		}
		before, _ := policy.New([]policy.Text{policy.NewText("main", text)}, policy.Options{Tests: policy.GenericTests()})
		if before == nil {
			return
		}
		after, issues := policy.New([]policy.Text{policy.NewText("main", formatted)}, policy.Options{Tests: policy.GenericTests()})
		if after == nil {
			t.Fatalf("%q is refused: %v", formatted, issues)
		}
		data := fuzzData(value, n, x, b)
		d1, err1 := before.Eval(t.Context(), "main", data, nil)
		d2, err2 := after.Eval(t.Context(), "main", data, nil)
		if (err1 == nil) != (err2 == nil) || d1.Matched != d2.Matched || d1.Action != d2.Action {
			t.Fatalf("%q decides %v %v, formatted %q %v %v", text, d1, err1, formatted, d2, err2)
		}
	})
}

func FuzzReadConfig(f *testing.F) {
	for _, s := range iniDocuments {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, document string) {
		fsys := fstest.MapFS{"f": {Data: []byte(document)}}
		config, issues := policy.ReadConfig(fsys, "f")
		if issues.Err() == nil {
			policy.New(config.Texts, policy.Options{})
		}
	})
}

// FuzzEval evaluates any text that is accepted on data of every type, traced and
// not: the two must agree.
func FuzzEval(f *testing.F) {
	for _, s := range ruleSeeds {
		f.Add(s, "x", int64(3), 1.5, true)
	}
	f.Fuzz(func(t *testing.T, text, value string, n int64, x float64, b bool) {
		set, _ := policy.New([]policy.Text{policy.NewText("main", text)}, policy.Options{DeferUnknownTests: true})
		if set == nil {
			return
		}
		p := set.Program("main")
		data := fuzzData(value, n, x, b)
		d1, err1 := p.Eval(t.Context(), data, nil)
		d2, err2 := p.Trace(t.Context(), data, nil, func(policy.Event) {})
		if (err1 == nil) != (err2 == nil) || d1.Action != d2.Action || d1.Report() != d2.Report() {
			t.Fatalf("%v %v, traced %v %v", d1, err1, d2, err2)
		}
	})
}
