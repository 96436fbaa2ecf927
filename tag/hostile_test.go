package tag_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/sqlite"
	"github.com/kojikit/kojikit/tag"
)

// filteredChain returns tags that inherit one from the other by links with filters.
func filteredChain(n int) *lists {
	l := &lists{}
	for id := koji.TagID(1); int(id) <= n; id++ {
		l.links = append(l.links, tag.Link{Child: id, Parent: id + 1, PkgFilter: storage.Null("a")})
	}
	return l
}

// Each step has the patterns of all before it: their number is bounded, too.
func TestPatternsOfALongInheritance(t *testing.T) {
	opts := tag.Options{MaxSteps: 200}
	steps, err := tag.NewResolver(tag.Static(filteredChain(100)), opts).Inheritance(t.Context(), 1, koji.Now)
	require.NoError(t, err)
	require.Len(t, steps[99].Filter, 100)
	_, err = tag.NewResolver(tag.Static(filteredChain(180)), opts).Inheritance(t.Context(), 1, koji.Now)
	require.ErrorIs(t, err, koji.ErrLimit)
	require.ErrorContains(t, err, "patterns")
}

// leaving cancels the question when it has told what packages there are.
type leaving struct {
	*lists
	cancel func()
}

func (l leaving) Packages(ctx context.Context, at koji.EventID, q tag.PackageQuery) ([]tag.Package, error) {
	rows, err := l.lists.Packages(ctx, at, q)
	l.cancel()
	return rows, err
}

func TestFiltersStopWhenCancelled(t *testing.T) {
	l := &lists{tags: []tag.Info{{ID: 1, Exists: true}}, links: []tag.Link{{Child: 1, Parent: 2, PkgFilter: storage.Null(`(?=a)`)}}}
	for i := range 3 {
		l.packages = append(l.packages, tag.Package{ID: koji.PackageID(i + 1), Name: fmt.Sprint("a", i), Tag: 2})
	}
	for name, ask := range map[string]func(context.Context, *tag.Resolver) error{
		"packages": func(ctx context.Context, r *tag.Resolver) error {
			_, err := r.Packages(ctx, 1, tag.PackageOptions{Inherit: true})
			return err
		},
		"entries": func(ctx context.Context, r *tag.Resolver) error {
			_, err := r.PackageEntries(ctx, 1, []string{"a1"}, koji.Now)
			return err
		},
		"explain": func(ctx context.Context, r *tag.Resolver) error {
			_, err := r.ExplainPackage(ctx, 1, "a1", koji.Now)
			return err
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		err := ask(ctx, tag.NewResolver(tag.Static(leaving{l, cancel}), tag.Options{}))
		require.ErrorIs(t, err, context.Canceled, name)
	}
}

// One thing more of a kind costs no more than its rows: PostgreSQL takes those
// together, SQLite one by one.
func TestStatementsOfLargeChanges(t *testing.T) {
	var statements atomic.Int64
	store, err := sqlite.Open(t.Context(), sqlite.Memory, sqlite.Options{
		Trace: func(context.Context, string, time.Duration, error) { statements.Add(1) },
	})
	w := newWorldIn(t, opened(t, store, err))
	const few, many = 4, 12
	var parents []tag.LinkChange
	var builds []koji.BuildID
	for i := range many {
		parents = append(parents, tag.LinkChange{Link: tag.Link{Parent: w.tag(fmt.Sprint("parent", i)), Priority: i}})
		builds = append(builds, w.newBuild(fmt.Sprint("bash-", i)))
	}
	for name, tt := range map[string]struct {
		each   int // statements for one thing more
		change func(e *tag.Editor, id koji.TagID, n int) error
	}{
		"links": {1, func(e *tag.Editor, id koji.TagID, n int) error {
			return e.SetInheritance(w.ctx, id, parents[:n], false)
		}},
		"extra": {1, func(e *tag.Editor, id koji.TagID, n int) error {
			extra := make(map[string]json.RawMessage)
			for i := range n {
				extra[fmt.Sprint("key", i)] = json.RawMessage("1")
			}
			return e.Edit(w.ctx, id, tag.Changes{Extra: extra})
		}},
		"builds": {2, func(e *tag.Editor, id koji.TagID, n int) error { return e.MassTag(w.ctx, id, builds[:n]) }},
	} {
		count := func(n int) int {
			id := w.tag(fmt.Sprint(name, n))
			before := statements.Load()
			w.update(func(_ *storage.Tx, e *tag.Editor) error { return tt.change(e, id, n) })
			return int(statements.Load() - before)
		}
		require.Equal(t, tt.each*(many-few), count(many)-count(few), name)
	}
	remove := func(n int) int {
		before := statements.Load()
		w.update(func(_ *storage.Tx, e *tag.Editor) error { return e.Delete(w.ctx, w.tag(fmt.Sprint("builds", n))) })
		return int(statements.Load() - before)
	}
	require.Equal(t, remove(few), remove(many), "taggings are ended together")
}
