package tag

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// Step is a link as an inheritance walk came along it.
type Step struct {
	Link
	Depth     int           // number of links from the start of the walk; 1 for its own
	NextDepth sql.Null[int] // how many levels beyond the parent the walk may go; null for no limit
	// Filter lists the patterns of all links on the way. A package list entry
	// of the parent is inherited if its package matches every one.
	Filter []string
	// From is the index in the walk of the step that led to Child, -1 at the
	// start.
	From int
}

// loadUp reads the links of all tags, keyed by child and in order of priority.
// They must not be changed.
func loadUp(ctx context.Context, r Reader, at koji.EventID) (map[koji.TagID][]Link, error) {
	if c, ok := r.(*cacheReader); ok {
		return c.links(ctx, at)
	}
	rows, err := r.Links(ctx, at, LinkQuery{})
	return byChild(rows), err
}

func byChild(rows []Link) map[koji.TagID][]Link {
	links := make(map[koji.TagID][]Link)
	for _, l := range rows {
		links[l.Child] = append(links[l.Child], l)
	}
	for _, list := range links {
		sortByPriority(list)
	}
	return links
}

func sortByPriority(links []Link) {
	slices.SortFunc(links, func(a, b Link) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Child, b.Child))
	})
}

// node is a tag on the path of a walk, with the state it was entered in.
type node struct {
	tag      koji.TagID
	links    []Link
	next     int // index of the link to take next
	depth    int // of the steps from here
	step     int // that led here
	maxDepth sql.Null[int]
	noConfig bool
	filter   []string
}

// patternsPerStep bounds the patterns of a walk: each step has those of all before
// it on the way, which on a long way is more than memory can hold.
const patternsPerStep = 64

// walk goes from the root along its links, by priority, taking each tag's own
// links before the next link beside it. Reverse walks go from parent to child:
// that is how Koji lists descendants, and it misses some, for an intransitive
// link met first, or a depth limit, can hide another way to the same tag.
func walk(root koji.TagID, links map[koji.TagID][]Link, reverse bool, limit int) ([]Step, error) {
	var steps []Step
	patterns := 0
	seen := make(map[koji.TagID]*visits)
	onPath := map[koji.TagID]bool{root: true}
	path := []*node{{tag: root, links: links[root], depth: 1, step: -1}}
	for len(path) > 0 {
		n := path[len(path)-1]
		if n.next == len(n.links) {
			delete(onPath, n.tag)
			path = path[:len(path)-1]
			continue
		}
		l := n.links[n.next]
		n.next++
		if l.Intransitive && !reverse && l.Child != root {
			continue // never followed
		}
		var to koji.TagID
		var follow bool
		step := Step{Link: l, Depth: n.depth, Filter: n.filter, From: n.step}
		if reverse {
			to, follow = l.Child, !l.Intransitive
			if l.MaxDepth.Valid && l.MaxDepth.V < n.depth-1 {
				continue
			}
		} else {
			step.NextDepth = nextDepth(l.MaxDepth, n.maxDepth)
			to, follow = l.Parent, !step.NextDepth.Valid || step.NextDepth.V > 0
		}
		if onPath[to] {
			continue
		}
		// The flag leaks to the links beside this one, as it does in Koji.
		n.noConfig = n.noConfig || l.NoConfig
		if l.PkgFilter.V != "" {
			step.Filter = append(slices.Clip(n.filter), l.PkgFilter.V)
		}
		v := seen[to]
		if v == nil {
			v = new(visits)
			seen[to] = v
		}
		if v.cover(step.NextDepth, n.noConfig) {
			continue
		}
		v.add(&step)
		if len(steps) == limit {
			return nil, koji.Errorf(koji.ErrLimit, koji.FaultGeneric, "inheritance of tag %d has more than %d steps", root, limit)
		}
		if patterns += len(step.Filter); patterns > limit*patternsPerStep {
			return nil, koji.Errorf(koji.ErrLimit, koji.FaultGeneric,
				"inheritance of tag %d has more than %d patterns in its steps", root, limit*patternsPerStep)
		}
		steps = append(steps, step)
		if follow {
			onPath[to] = true
			path = append(path, &node{
				tag: to, links: links[to], depth: n.depth + 1, step: len(steps) - 1,
				maxDepth: step.NextDepth, noConfig: n.noConfig, filter: step.Filter,
			})
		}
	}
	return steps, nil
}

// nextDepth is the limit behind a link, given its own and that of the walk so
// far. A link's own limit counts one less where another limit is in force.
func nextDepth(link, walk sql.Null[int]) sql.Null[int] {
	switch {
	case link.Valid && walk.Valid:
		return storage.Null(min(link.V, walk.V) - 1)
	case walk.Valid:
		return storage.Null(walk.V - 1)
	default:
		return link
	}
}

// visits sums up the steps to one tag that can make a later one redundant: those
// without filter. Of each sort only the one that reaches deepest matters.
type visits struct {
	config   reach // without noconfig
	noConfig reach
}

// reach is the greatest depth limit of some steps.
type reach struct {
	any       bool // there is a step
	unlimited bool
	depth     int
}

func (r *reach) covers(depth sql.Null[int]) bool {
	return r.any && (r.unlimited || depth.Valid && r.depth >= depth.V)
}

func (r *reach) add(depth sql.Null[int]) {
	switch {
	case !depth.Valid:
		r.unlimited = true
	case !r.any:
		r.depth = depth.V
	default:
		r.depth = max(r.depth, depth.V)
	}
	r.any = true
}

// cover tells whether an earlier step already gave all that one with the given
// limit and flag would give. The flag is the walk's, theirs is the link's own.
func (v *visits) cover(depth sql.Null[int], noConfig bool) bool {
	return v.config.covers(depth) || noConfig && v.noConfig.covers(depth)
}

func (v *visits) add(s *Step) {
	switch {
	case len(s.Filter) > 0:
	case s.NoConfig:
		v.noConfig.add(s.NextDepth)
	default:
		v.config.add(s.NextDepth)
	}
}
