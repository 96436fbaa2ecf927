package policy_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
)

// freeRules is a policy of n rules that look at the data alone. Only the last
// matches.
func freeRules(n int) string {
	var b strings.Builder
	for i := range n - 1 {
		switch i % 5 {
		case 0:
			fmt.Fprintf(&b, "operation move && method m%d :: deny Not here\n", i)
		case 1:
			fmt.Fprintf(&b, "method build-%d* createrepo-%d :: allow\n", i, i)
		case 2:
			fmt.Fprintf(&b, "match arch a%d* *-%d :: allow\n", i, i)
		case 3:
			fmt.Fprintf(&b, "has key%d && bool scratch :: allow\n", i%7)
		case 4:
			fmt.Fprintf(&b, "compare number > %d :: deny Too many\n", 1000+i)
		}
	}
	return b.String() + "all :: allow\n"
}

func benchData() policy.Values {
	return policy.Values{
		"operation": policy.String("tag"), "method": policy.String("build"), "arch": policy.String("x86_64"),
		"number": policy.Int(3), "scratch": policy.Bool(false), "tag": policy.Int(201), "build": policy.Int(501), "fromtag": policy.Null(),
	}
}

func benchmarkEval(b *testing.B, p *policy.Program, data policy.Data, lookups policy.Lookups) {
	b.Helper()
	b.ReportAllocs()
	ctx := context.Background()
	for b.Loop() {
		d, err := p.Eval(ctx, data, lookups)
		if err != nil || !d.Matched {
			b.Fatal(d, err)
		}
	}
}

func BenchmarkEvalLookupFree(b *testing.B) {
	for _, n := range []int{30, 500} {
		b.Run(fmt.Sprintf("%d rules", n), func(b *testing.B) {
			benchmarkEval(b, compile(b, freeRules(n)), benchData(), nil)
		})
	}
}

func BenchmarkEvalParallel(b *testing.B) {
	p := compile(b, freeRules(30))
	data := benchData()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if d, err := p.Eval(context.Background(), data, nil); err != nil || !d.Matched {
				b.Error(d, err)
			}
		}
	})
}

func BenchmarkEvalTraced(b *testing.B) {
	p := compile(b, freeRules(30))
	data := benchData()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Trace(context.Background(), data, nil, func(policy.Event) {}); err != nil {
			b.Fatal(err)
		}
	}
}

// nameRules is a long list of tags, as sites write them.
func nameRules(n int) string {
	var b strings.Builder
	for i := range n - 1 {
		fmt.Fprintf(&b, "tag f%d-updates-candidate :: allow\n", i)
	}
	return b.String() + "all :: deny Not a candidate\n"
}

// tagRules is a policy of 30 rules of what sites test.
func tagRules() string {
	var b strings.Builder
	b.WriteString("has_perm autosign && operation tag && tag *-updates :: allow\n")
	for i := range 7 {
		fmt.Fprintf(&b, "tag f%d f%d-* && has_perm release-%d :: allow\n", i, i, i)
		fmt.Fprintf(&b, "fromtag f%d-testing && user_in_group releng-%d :: allow\n", i, i)
		fmt.Fprintf(&b, "hastag f%d-released !! {\n  package kernel-%d && is_build_owner :: allow\n}\n", i, i)
	}
	return b.String() + "all :: deny Ask release engineering\n"
}

func BenchmarkEvalLookups(b *testing.B) {
	data := &policy.TagOperation{Operation: "move", Tag: policy.ByID(koji.TagID(201)), FromTag: policy.ByID(koji.TagID(203)), Build: 501}
	for name, text := range map[string]string{"tag policy of 30 rules": tagRules(), "500 tag names": nameRules(500)} {
		p := newSet(b, policy.Options{}, map[string]string{"tag": text}).Program("tag")
		lookups := world().As("alice")
		b.Run(name+"/cold", func(b *testing.B) { benchmarkEval(b, p, data, lookups) })
		b.Run(name+"/warm", func(b *testing.B) { benchmarkEval(b, p, data, policy.NewScope(lookups)) })
	}
}

func BenchmarkDefaultPolicies(b *testing.B) {
	set := newSet(b, policy.Options{}, nil)
	scope := policy.NewScope(world().As("root1"))
	parent := &policy.ParentTask{ID: 7, Channel: 1, Priority: 20}
	for name, data := range map[string]policy.Data{
		"package_list":    &policy.PackageListChange{Tag: 201, Action: "add", Package: policy.ByName("bash")},
		"channel":         &policy.TaskCreation{Method: "buildArch", Owner: 101, Parent: parent},
		"priority":        &policy.TaskCreation{Method: "buildArch", Owner: 101, Parent: parent},
		"volume":          &policy.BuildPlacement{Package: "bash", ImportType: "rpm"},
		"vm":              &policy.WinBuildRequest{VMName: "win10", Tag: 201},
		"draft_promotion": &policy.DraftPromotion{Build: 501, UserID: 101},
		"build_from_srpm": &policy.BuildStart{Method: "build", UserID: 103},
	} {
		b.Run(name, func(b *testing.B) { benchmarkEval(b, set.Program(name), data, scope) })
	}
}

func BenchmarkCompile1000Rules(b *testing.B) {
	texts := []policy.Text{policy.NewText("tag", freeRules(1000))}
	b.ReportAllocs()
	for b.Loop() {
		if _, issues := policy.New(texts, policy.Options{NoDefaults: true}); issues.Err() != nil {
			b.Fatal(issues)
		}
	}
}

func BenchmarkLint1000Rules(b *testing.B) {
	set := newSet(b, policy.Options{}, map[string]string{"tag": freeRules(1000)})
	b.ReportAllocs()
	for b.Loop() {
		set.Lint()
	}
}

func TestTagPolicyNeedsAtMostFourQuestions(t *testing.T) {
	set := newSet(t, policy.Options{}, map[string]string{"tag": tagRules()})
	data := &policy.TagOperation{Operation: "move", Tag: policy.ByID(koji.TagID(201)), FromTag: policy.ByID(koji.TagID(203)), Build: 501, UserID: 101}
	d, err := set.Eval(t.Context(), "tag", data, world().As(""))
	require.NoError(t, err)
	require.Equal(t, "deny Ask release engineering", d.Action)
	require.LessOrEqual(t, d.Lookups, 4)
}
