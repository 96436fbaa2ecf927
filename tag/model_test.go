package tag_test

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// lists is a Reader over plain lists, without history. It returns no more than
// the interface asks for.
type lists struct {
	tags     []tag.Info
	links    []tag.Link
	packages []tag.Package
	builds   []tag.Build
}

func pick[T any](rows []T, keep func(*T) bool) []T {
	var out []T
	for i := range rows {
		if keep(&rows[i]) {
			out = append(out, rows[i])
		}
	}
	return out
}

func (l *lists) Tags(_ context.Context, _ koji.EventID, q tag.InfoQuery) ([]tag.Info, error) {
	return pick(l.tags, func(t *tag.Info) bool { return slices.Contains(q.IDs, t.ID) || slices.Contains(q.Names, t.Name) }), nil
}

func (l *lists) Links(_ context.Context, _ koji.EventID, q tag.LinkQuery) ([]tag.Link, error) {
	return pick(l.links, func(x *tag.Link) bool { return q.Children == nil || slices.Contains(q.Children, x.Child) }), nil
}

func (l *lists) Packages(_ context.Context, _ koji.EventID, q tag.PackageQuery) ([]tag.Package, error) {
	return pick(l.packages, func(p *tag.Package) bool {
		return (q.Tags == nil || slices.Contains(q.Tags, p.Tag)) && (q.Name == "" || q.Name == p.Name)
	}), nil
}

func (l *lists) TaggedBuilds(_ context.Context, _ koji.EventID, q tag.TaggedBuildQuery) ([]tag.TaggedBuild, error) {
	var rows []tag.TaggedBuild
	for _, b := range l.builds {
		if (q.Tags == nil || slices.Contains(q.Tags, b.Tag)) && (q.Name == "" || q.Name == b.Name) &&
			(q.ID == 0 || q.ID == b.ID) && (q.AnyState || b.State == koji.BuildComplete) &&
			(q.Drafts == tag.DraftsToo || b.Draft == (q.Drafts == tag.DraftsOnly)) {
			rows = append(rows, tag.TaggedBuild{Tag: b.Tag, Build: b.ID, Package: b.Package, Event: b.Event})
		}
	}
	return rows, nil
}

func (l *lists) Builds(_ context.Context, q tag.BuildQuery) ([]tag.Build, error) {
	var rows []tag.Build
	for _, b := range l.builds {
		if slices.Contains(q.IDs, b.ID) {
			rows = append(rows, tag.Build{BuildDetails: b.BuildDetails})
		}
	}
	return rows, nil
}

func (l *lists) RPMs(context.Context, tag.RPMQuery) ([]tag.RPM, error) { return nil, nil }

// drawLists draws up to 6 tags with links of all kinds, 3 packages and some
// builds.
func drawLists(t *rapid.T) *lists {
	l := &lists{}
	n := rapid.IntRange(1, 6).Draw(t, "tags")
	depths := []sql.Null[int]{{}, {}, {}, storage.Null(-1), storage.Null(0), storage.Null(1), storage.Null(2), storage.Null(3)}
	patterns := []sql.Null[string]{{}, {}, {}, storage.Null(""), storage.Null("a"), storage.Null("[ab]"), storage.Null("c$")}
	for id := koji.TagID(1); int(id) <= n; id++ {
		l.tags = append(l.tags, tag.Info{ID: id, Name: fmt.Sprintf("t%d", id), Exists: true})
		parents := rapid.SliceOfDistinct(rapid.IntRange(1, n), rapid.ID[int]).Draw(t, "parents")
		for priority, parent := range parents {
			l.links = append(l.links, tag.Link{
				Child: id, Parent: koji.TagID(parent), ParentName: fmt.Sprintf("t%d", parent), Priority: priority,
				MaxDepth:     rapid.SampledFrom(depths).Draw(t, "maxdepth"),
				Intransitive: rapid.IntRange(0, 4).Draw(t, "intransitive") == 0,
				NoConfig:     rapid.IntRange(0, 3).Draw(t, "noconfig") == 0,
				PkgFilter:    rapid.SampledFrom(patterns).Draw(t, "filter"),
			})
		}
		for p, name := range []string{"a", "b", "c"} {
			if rapid.Bool().Draw(t, "listed") {
				l.packages = append(l.packages, tag.Package{
					ID: koji.PackageID(p + 1), Name: name, Tag: id, Owner: 1, Blocked: rapid.IntRange(0, 3).Draw(t, "blocked") == 0,
				})
			}
		}
	}
	for b := range rapid.IntRange(0, 8).Draw(t, "builds") {
		build := tag.Build{BuildDetails: &storage.BuildDetails{Name: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "package")}}
		build.ID, build.Package = koji.BuildID(b+1), koji.PackageID(build.Name[0]-'a'+1)
		build.State = rapid.SampledFrom([]koji.BuildState{koji.BuildComplete, koji.BuildComplete, koji.BuildComplete, koji.BuildDeleted}).Draw(t, "state")
		build.Draft = rapid.IntRange(0, 3).Draw(t, "draft") == 0
		for _, id := range rapid.SliceOfNDistinct(rapid.IntRange(1, n), 0, 2, rapid.ID[int]).Draw(t, "tagged in") {
			build.Tag, build.Event = koji.TagID(id), koji.EventID(rapid.IntRange(1, 5).Draw(t, "event"))
			build.TagName = fmt.Sprintf("t%d", id)
			l.builds = append(l.builds, build)
		}
	}
	// The order of a Reader's rows means nothing.
	l.links = rapid.Permutation(l.links).Draw(t, "links")
	l.builds = rapid.Permutation(l.builds).Draw(t, "builds")
	return l
}

// modelStep is a record of the specification's walk.
type modelStep struct {
	Link      tag.Link
	Depth     int
	NextDepth sql.Null[int]
	Filter    []string
}

// model is the specification's walk, word by word and recursive.
type model struct {
	l       *lists
	root    koji.TagID
	reverse bool
	history map[koji.TagID][]modelStep
	result  []modelStep
}

func newModel(l *lists, root koji.TagID, reverse bool) *model {
	m := &model{l: l, root: root, reverse: reverse, history: make(map[koji.TagID][]modelStep)}
	m.enter(root, []koji.TagID{root}, 1, sql.Null[int]{}, false, nil)
	return m
}

func (m *model) links(id koji.TagID) []tag.Link {
	links := pick(m.l.links, func(x *tag.Link) bool { return !m.reverse && x.Child == id || m.reverse && x.Parent == id })
	slices.SortFunc(links, func(a, b tag.Link) int {
		if a.Priority != b.Priority {
			return a.Priority - b.Priority
		}
		return int(a.Child - b.Child)
	})
	return links
}

func (m *model) enter(id koji.TagID, path []koji.TagID, depth int, limit sql.Null[int], noConfig bool, patterns []string) {
	if limit.Valid && limit.V < 1 {
		return
	}
	for _, link := range m.links(id) {
		p := link.Parent
		if m.reverse {
			p = link.Child
		}
		if slices.Contains(path, p) {
			continue
		}
		if !m.reverse && link.Intransitive && id != m.root {
			continue
		}
		if m.reverse && link.MaxDepth.Valid && link.MaxDepth.V < depth-1 {
			continue
		}
		var next sql.Null[int]
		switch {
		case m.reverse:
		case !link.MaxDepth.Valid && limit.Valid:
			next = storage.Null(limit.V - 1)
		case link.MaxDepth.Valid && !limit.Valid:
			next = link.MaxDepth
		case link.MaxDepth.Valid:
			next = storage.Null(min(link.MaxDepth.V, limit.V) - 1)
		}
		if link.NoConfig {
			noConfig = true
		}
		filter := slices.Clone(patterns)
		if link.PkgFilter.V != "" {
			filter = append(filter, link.PkgFilter.V)
		}
		redundant := slices.ContainsFunc(m.history[p], func(r modelStep) bool {
			deep := !r.NextDepth.Valid || next.Valid && r.NextDepth.V >= next.V
			return deep && (!r.Link.NoConfig || noConfig) && len(r.Filter) == 0
		})
		if redundant {
			continue
		}
		step := modelStep{link, depth, next, filter}
		m.history[p] = append(m.history[p], step)
		m.result = append(m.result, step)
		if m.reverse && link.Intransitive {
			continue
		}
		m.enter(p, append(slices.Clone(path), p), depth+1, next, noConfig, filter)
	}
}

// shape reduces steps to what the model knows.
func shape(steps []tag.Step) []modelStep {
	var out []modelStep
	for _, s := range steps {
		out = append(out, modelStep{s.Link, s.Depth, s.NextDepth, append([]string(nil), s.Filter...)})
	}
	return out
}

func TestWalkIsTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLists(t)
		r := tag.NewResolver(tag.Static(l), tag.Options{})
		contains := make(map[koji.TagID][]koji.TagID) // descendants by tag
		for _, info := range l.tags {
			steps, err := r.Inheritance(context.Background(), info.ID, koji.Now)
			require.NoError(t, err)
			m := newModel(l, info.ID, false)
			require.Equal(t, m.result, shape(steps))
			order, err := r.Order(context.Background(), info.ID, koji.Now)
			require.NoError(t, err)
			require.Equal(t, info.ID, order[0])
			for _, id := range order[1:] {
				contains[id] = append(contains[id], info.ID)
			}
			for i, s := range steps {
				if s.From < 0 {
					require.Equal(t, info.ID, s.Child)
				} else {
					require.Less(t, s.From, i)
					require.Equal(t, steps[s.From].Parent, s.Child)
				}
			}
			steps, err = r.ReverseInheritance(context.Background(), info.ID, koji.Now)
			require.NoError(t, err)
			require.Equal(t, newModel(l, info.ID, true).result, shape(steps))
		}
		for _, info := range l.tags {
			got, err := r.Descendants(context.Background(), info.ID, koji.Now)
			require.NoError(t, err)
			require.Equal(t, contains[info.ID], got, "descendants of %d", info.ID)
		}
	})
}

// modelEntries resolves a package list as the specification says.
func modelEntries(l *lists, root koji.TagID) map[koji.PackageID]tag.Package {
	entries := make(map[koji.PackageID]tag.Package)
	take := func(id koji.TagID, patterns []string) {
		for _, p := range l.packages {
			if _, taken := entries[p.ID]; taken || p.Tag != id {
				continue
			}
			all := true
			for _, pattern := range patterns {
				all = all && regexp.MustCompile(`\A(?:`+pattern+`)`).MatchString(p.Name)
			}
			if all {
				entries[p.ID] = p
			}
		}
	}
	take(root, nil)
	for _, s := range newModel(l, root, false).result {
		take(s.Link.Parent, s.Filter)
	}
	return entries
}

// modelBuilds lists builds as the specification says, with or without its
// repetitions.
func modelBuilds(l *lists, root koji.TagID, opts tag.BuildOptions, once bool) []tag.Build {
	tags := []koji.TagID{root}
	if opts.Inherit {
		for _, s := range newModel(l, root, false).result {
			if !once || !slices.Contains(tags, s.Link.Parent) {
				tags = append(tags, s.Link.Parent)
			}
		}
	}
	entries := modelEntries(l, root)
	count := make(map[koji.PackageID]int)
	list := []tag.Build{}
	for _, id := range tags {
		builds := pick(l.builds, func(b *tag.Build) bool {
			return b.Tag == id && b.State == koji.BuildComplete && (opts.Drafts == tag.DraftsToo || b.Draft == (opts.Drafts == tag.DraftsOnly))
		})
		slices.SortFunc(builds, func(a, b tag.Build) int {
			if a.Event != b.Event {
				return int(b.Event - a.Event)
			}
			return int(b.ID - a.ID)
		})
		for _, b := range builds {
			if e, ok := entries[b.Package]; !ok || e.Blocked {
				continue
			}
			count[b.Package]++
			if opts.Latest == 0 || count[b.Package] <= opts.Latest {
				list = append(list, b)
			}
		}
	}
	return list
}

func TestContentIsTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLists(t)
		ctx := context.Background()
		strict := rapid.Bool().Draw(t, "strict")
		opts := tag.BuildOptions{
			Inherit: rapid.Bool().Draw(t, "inherit"), Latest: rapid.IntRange(-1, 3).Draw(t, "latest"),
			Drafts: rapid.SampledFrom([]tag.Drafts{tag.DraftsToo, tag.DraftsOnly, tag.NoDrafts}).Draw(t, "drafts"),
		}
		r := tag.NewResolver(tag.Static(l), tag.Options{Strict: strict})
		for _, info := range l.tags {
			want := modelEntries(l, info.ID)
			packages, err := r.Packages(ctx, info.ID, tag.PackageOptions{Inherit: true})
			require.NoError(t, err)
			require.Len(t, packages, len(want))
			for _, p := range packages {
				require.Equal(t, want[p.ID], p)
				x, err := r.ExplainPackage(ctx, info.ID, p.Name, koji.Now)
				require.NoError(t, err)
				require.Equal(t, p, x.Entry().Package)
			}
			builds, err := r.Builds(ctx, info.ID, opts)
			require.NoError(t, err)
			require.Equal(t, modelBuilds(l, info.ID, opts, strict), builds)
			for b := range l.builds {
				x, err := r.ExplainBuild(ctx, info.ID, l.builds[b].ID, opts)
				require.NoError(t, err)
				listed := slices.ContainsFunc(builds, func(other tag.Build) bool { return other.ID == l.builds[b].ID })
				require.Equal(t, listed, x.Verdict == tag.Listed, x.String())
			}
		}
	})
}
