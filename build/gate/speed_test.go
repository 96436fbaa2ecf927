package gate_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/build/gate"
	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/postgres"
	"github.com/kojikit/kojikit/tag"
)

// tagRules is a policy of 30 rules of what sites test. All are looked at, and the
// last one matches.
func tagRules() string {
	var b strings.Builder
	b.WriteString("has_perm autosign && operation tag && tag *-updates :: allow\n")
	for i := range 7 {
		fmt.Fprintf(&b, "tag f%d f%d-* && has_perm release-%d :: allow\n", i, i, i)
		fmt.Fprintf(&b, "fromtag f%d-testing && user_in_group releng-%d :: allow\n", i, i)
		fmt.Fprintf(&b, "hastag f%d-released :: {\n  is_build_owner :: allow\n}\n", i)
	}
	return b.String() + "package kernel* :: deny Ask the owners\nall :: allow\n"
}

// counted is a PostgreSQL store that counts the queries it is asked, without the
// beginnings and ends of transactions.
func counted(t testing.TB) (*storage.Store, *atomic.Int64) {
	var queries atomic.Int64
	store := openPostgres(t, postgres.Options{Trace: func(_ context.Context, statement string, _ time.Duration, _ error) {
		switch {
		case strings.HasPrefix(statement, "BEGIN"), statement == "ROLLBACK", statement == "COMMIT", strings.HasPrefix(statement, "SELECT now()"):
		default:
			queries.Add(1)
		}
	}})
	return store, &queries
}

func (w *world) move() *policy.TagOperation {
	return &policy.TagOperation{Operation: "move", Tag: policy.ByID(w.f40), FromTag: policy.ByID(w.candidate), Build: w.build}
}

func compileRules(t testing.TB) *policy.Program {
	p := newSet(t, policy.Options{}, map[string]string{"tag": tagRules()}).Program("tag")
	rules := 0
	for range p.Rules() {
		rules++
	}
	require.GreaterOrEqual(t, rules, 30)
	return p
}

func TestTagPolicyTakesTwoQueries(t *testing.T) {
	store, queries := counted(t)
	w := newWorld(t, store)
	p := compileRules(t)
	require.NoError(t, store.View(t.Context(), func(tx *storage.Tx) error {
		queries.Store(0)
		d, err := p.Eval(t.Context(), w.move(), gate.Within(tx, w.bob))
		require.NoError(t, err)
		require.Equal(t, "allow", d.Action)
		require.EqualValues(t, 2, queries.Load())
		require.Equal(t, 1, d.Lookups)
		return nil
	}))
}

func TestTwentyTagRulesCostOneLookup(t *testing.T) {
	store, queries := counted(t)
	w := newWorld(t, store)
	var rules strings.Builder
	for i := range 20 {
		fmt.Fprintf(&rules, "tag f%d :: allow\n", i)
	}
	p := newSet(t, policy.Options{}, map[string]string{"tag": rules.String()}).Program("tag")
	queries.Store(0)
	d, err := p.Eval(t.Context(), w.move(), gate.Over(store, w.bob))
	require.NoError(t, err)
	require.False(t, d.Matched)
	require.Equal(t, 1, d.Lookups)
	require.EqualValues(t, 1, queries.Load())
}

// How many queries many decisions take does not depend on their number.
func TestManyChangesTakeNoMoreQueries(t *testing.T) {
	store, queries := counted(t)
	w := newWorld(t, store)
	g := gate.New(newSet(t, policy.Options{}, map[string]string{"tag": strings.ReplaceAll(tagRules(), "kernel*", "glibc")}))
	ctx := t.Context()
	var changes []tag.Change
	require.NoError(t, store.Update(ctx, func(tx *storage.Tx) error {
		tx.Actor = w.root
		for i := range 100 {
			id := w.newBuild(ctx, t, tx, storage.Build{Package: w.kernel, Version: fmt.Sprint(i), Release: "1", Owner: w.bob})
			changes = append(changes, tag.Change{Policy: tag.TagPolicy, Action: "move", User: w.bob, Tag: w.f40, From: w.candidate, Build: id})
		}
		return nil
	}))
	require.NoError(t, store.View(ctx, func(tx *storage.Tx) error {
		queries.Store(0)
		require.NoError(t, g.Decide(ctx, tx, changes...))
		require.EqualValues(t, 2, queries.Load())
		return nil
	}))
}

func BenchmarkTagPolicy(b *testing.B) {
	w := newWorld(b, openPostgres(b, postgres.Options{}))
	p, data := compileRules(b), w.move()
	eval := func(b *testing.B, lookups policy.Lookups) {
		d, err := p.Eval(context.Background(), data, lookups)
		if err != nil || !d.Matched {
			b.Fatal(d, err)
		}
	}
	b.Run("cold", func(b *testing.B) {
		b.ReportAllocs()
		err := w.store.View(b.Context(), func(tx *storage.Tx) error {
			for b.Loop() {
				eval(b, gate.Within(tx, w.bob))
			}
			return nil
		})
		require.NoError(b, err)
	})
	b.Run("cold with transaction", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			eval(b, gate.Over(w.store, w.bob))
		}
	})
	warm := policy.NewScope(gate.Over(w.store, w.bob))
	b.Run("warm", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			eval(b, warm)
		}
	})
	b.Run("warm in parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				eval(b, warm)
			}
		})
	})
	b.Run("one by one", func(b *testing.B) {
		b.ReportAllocs()
		err := w.store.View(b.Context(), func(tx *storage.Tx) error {
			for b.Loop() {
				eval(b, single{gate.Within(tx, w.bob)})
			}
			return nil
		})
		require.NoError(b, err)
	})
}

func BenchmarkDecide(b *testing.B) {
	w := newWorld(b, stores["memory"](b))
	g := gate.New(newSet(b, policy.Options{}, map[string]string{"tag": "tag f40 && hastag f40-candidate && is_build_owner :: allow"}))
	change := tag.Change{Policy: tag.TagPolicy, Action: "tag", User: w.alice, Tag: w.f40, Build: w.build}
	b.ReportAllocs()
	err := w.store.View(b.Context(), func(tx *storage.Tx) error {
		for b.Loop() {
			if err := g.Decide(b.Context(), tx, change); err != nil {
				return err
			}
		}
		return nil
	})
	require.NoError(b, err)
}
