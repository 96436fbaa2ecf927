package tag_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// counting counts the questions that a Reader is asked.
type counting struct {
	*lists
	links, content int
}

func (c *counting) Links(ctx context.Context, at koji.EventID, q tag.LinkQuery) ([]tag.Link, error) {
	c.links++
	return c.lists.Links(ctx, at, q)
}

func (c *counting) Packages(ctx context.Context, at koji.EventID, q tag.PackageQuery) ([]tag.Package, error) {
	c.content++
	return c.lists.Packages(ctx, at, q)
}

func (c *counting) TaggedBuilds(ctx context.Context, at koji.EventID, q tag.TaggedBuildQuery) ([]tag.TaggedBuild, error) {
	c.content++
	return c.lists.TaggedBuilds(ctx, at, q)
}

func (c *counting) Builds(ctx context.Context, q tag.BuildQuery) ([]tag.Build, error) {
	c.content++
	return c.lists.Builds(ctx, q)
}

func TestQueriesAreAsManyWhateverTheInheritance(t *testing.T) {
	l := &lists{tags: []tag.Info{{ID: 1, Exists: true}}}
	for id := koji.TagID(2); id < 100; id++ {
		l.links = append(l.links, tag.Link{Child: 1, Parent: id, Priority: int(id)}, tag.Link{Child: id, Parent: 1000})
	}
	c := &counting{lists: l}
	_, err := tag.NewResolver(tag.Static(c), tag.Options{}).Builds(t.Context(), 1, tag.BuildOptions{Inherit: true})
	require.NoError(t, err)
	require.Equal(t, 1, c.links)
	require.Equal(t, 3, c.content, "packages, tagged builds, their details")
}

func TestDeepInheritance(t *testing.T) {
	const depth = 3000 // three times what Koji's recursion can take
	l := &lists{}
	for id := koji.TagID(1); id <= depth; id++ {
		l.links = append(l.links, tag.Link{Child: id, Parent: id + 1})
	}
	r := tag.NewResolver(tag.Static(l), tag.Options{})
	steps, err := r.Inheritance(t.Context(), 1, koji.Now)
	require.NoError(t, err)
	require.Len(t, steps, depth)
	require.Equal(t, depth, steps[depth-1].Depth)
	down, err := r.Descendants(t.Context(), depth+1, koji.Now)
	require.NoError(t, err)
	require.Len(t, down, depth)
}

// diamonds returns k diamonds, one on the other, whose first branch is filtered:
// the walk comes to each tag again for every way to it.
func diamonds(k int) *lists {
	l := &lists{}
	for i := range k {
		top := koji.TagID(3*i + 1)
		l.links = append(l.links,
			tag.Link{Child: top, Parent: top + 1, Priority: 0, PkgFilter: storage.Null("x")},
			tag.Link{Child: top, Parent: top + 2, Priority: 1},
			tag.Link{Child: top + 1, Parent: top + 3},
			tag.Link{Child: top + 2, Parent: top + 3},
		)
	}
	return l
}

func TestStackedDiamonds(t *testing.T) {
	const k = 8
	steps, err := tag.NewResolver(tag.Static(diamonds(k)), tag.Options{}).Inheritance(t.Context(), 1, koji.Now)
	require.NoError(t, err)
	require.Len(t, steps, 4*(1<<k-1))

	r := tag.NewResolver(tag.Static(diamonds(40)), tag.Options{})
	_, err = r.Inheritance(t.Context(), 1, koji.Now)
	require.ErrorIs(t, err, koji.ErrLimit)
	_, err = r.Builds(t.Context(), 1, tag.BuildOptions{AllowMissing: true})
	require.ErrorIs(t, err, koji.ErrLimit)
	_, err = tag.NewResolver(tag.Static(diamonds(2)), tag.Options{MaxSteps: 11}).Inheritance(t.Context(), 1, koji.Now)
	require.ErrorIs(t, err, koji.ErrLimit)
}

func TestFiltersThatDoNotServe(t *testing.T) {
	l := &lists{
		tags:     []tag.Info{{ID: 1, Exists: true}},
		links:    []tag.Link{{Child: 1, Parent: 2, PkgFilter: storage.Null("(")}},
		packages: []tag.Package{{ID: 1, Name: strings.Repeat("a", 60) + "!", Tag: 2}},
	}
	r := tag.NewResolver(tag.Static(l), tag.Options{MatchTimeout: 50 * time.Millisecond})
	for _, tt := range []struct {
		pattern string
		kind    error
	}{{"(", koji.ErrInvalid}, {`(?=(a+)+$)`, koji.ErrLimit}} {
		l.links[0].PkgFilter = storage.Null(tt.pattern)
		_, err := r.Packages(t.Context(), 1, tag.PackageOptions{Inherit: true})
		require.ErrorIs(t, err, tt.kind)
		_, err = r.Builds(t.Context(), 1, tag.BuildOptions{})
		require.ErrorIs(t, err, tt.kind, "the package list is inherited")
		_, err = r.ExplainPackage(t.Context(), 1, l.packages[0].Name, koji.Now)
		require.ErrorIs(t, err, tt.kind)
		_, err = r.Packages(t.Context(), 1, tag.PackageOptions{})
		require.NoError(t, err, "the tag's own list needs no filter")
		_, err = r.Inheritance(t.Context(), 1, koji.Now)
		require.NoError(t, err)
	}
}

// broken fails at one of the questions.
type broken struct {
	*lists
	at int
	n  *int
}

var errBroken = fmt.Errorf("broken")

func (b broken) fail() error {
	if *b.n++; *b.n == b.at {
		return errBroken
	}
	return nil
}

func (b broken) Tags(ctx context.Context, at koji.EventID, q tag.InfoQuery) ([]tag.Info, error) {
	rows, _ := b.lists.Tags(ctx, at, q)
	return rows, b.fail()
}

func (b broken) Links(ctx context.Context, at koji.EventID, q tag.LinkQuery) ([]tag.Link, error) {
	rows, _ := b.lists.Links(ctx, at, q)
	return rows, b.fail()
}

func (b broken) Packages(ctx context.Context, at koji.EventID, q tag.PackageQuery) ([]tag.Package, error) {
	rows, _ := b.lists.Packages(ctx, at, q)
	return rows, b.fail()
}

func (b broken) TaggedBuilds(ctx context.Context, at koji.EventID, q tag.TaggedBuildQuery) ([]tag.TaggedBuild, error) {
	rows, _ := b.lists.TaggedBuilds(ctx, at, q)
	return rows, b.fail()
}

func (b broken) Builds(ctx context.Context, q tag.BuildQuery) ([]tag.Build, error) {
	rows, _ := b.lists.Builds(ctx, q)
	return rows, b.fail()
}

func (b broken) RPMs(context.Context, tag.RPMQuery) ([]tag.RPM, error) { return nil, b.fail() }

func TestErrorsOfTheSourceCome(t *testing.T) {
	l := &lists{
		tags:   []tag.Info{{ID: 1, Exists: true}},
		links:  []tag.Link{{Child: 1, Parent: 2}},
		builds: []tag.Build{{BuildDetails: &storage.BuildDetails{Build: storage.Build{ID: 1, State: koji.BuildComplete}}, Tag: 2}},
	}
	questions := map[string]func(r *tag.Resolver) error{
		"rpms": func(r *tag.Resolver) error {
			_, _, err := r.RPMs(t.Context(), 1, tag.RPMOptions{})
			return err
		},
		"build": func(r *tag.Resolver) error {
			_, err := r.ExplainBuild(t.Context(), 1, 1, tag.BuildOptions{Inherit: true})
			return err
		},
	}
	for name, ask := range questions {
		for at := 1; ; at++ {
			n := 0
			err := ask(tag.NewResolver(tag.Static(broken{l, at, &n}), tag.Options{}))
			if n < at { // asked less than that
				require.NoError(t, err)
				require.Greater(t, at, 5)
				break
			}
			require.ErrorIs(t, err, errBroken, "%s: question %d", name, at)
		}
	}
}
