package tag

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"github.com/kojikit/kojikit/koji"
)

// CutOff says why a tag does not inherit from another one although links lead there.
type CutOff struct {
	TagName string // of the one that is not reached
	Path    []Link // that leads to it, the shortest one
	// By is the link of the path that stands in the way: an intransitive one, which
	// is followed from its own child only, or one whose depth limit ends the walk
	// before the tag is reached.
	By Link
}

// cutOffs finds which of some tags a tag would inherit from if no link were
// intransitive or limited.
func cutOffs(ctx context.Context, src Reader, root koji.TagID, at koji.EventID, tags []koji.TagID) ([]CutOff, error) {
	if len(tags) == 0 {
		return nil, nil
	}
	rows, err := src.Links(ctx, at, LinkQuery{})
	if err != nil {
		return nil, err
	}
	links := make(map[koji.TagID][]Link)
	for _, l := range rows {
		links[l.Child] = append(links[l.Child], l)
	}
	way := map[koji.TagID]Link{root: {}} // the link by which a tag is first reached
	for queue := []koji.TagID{root}; len(queue) > 0; queue = queue[1:] {
		list := links[queue[0]]
		sortByPriority(list)
		for _, l := range list {
			if _, known := way[l.Parent]; !known {
				way[l.Parent] = l
				queue = append(queue, l.Parent)
			}
		}
	}
	var list []CutOff
	for _, t := range tags {
		if _, reached := way[t]; !reached || t == root {
			continue
		}
		var c CutOff
		for id := t; id != root; id = way[id].Child {
			c.Path = append(c.Path, way[id])
		}
		slices.Reverse(c.Path)
		c.TagName = c.Path[len(c.Path)-1].ParentName
		var cut bool
		if c.By, cut = obstacle(c.Path); cut {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b CutOff) int { return cmp.Compare(a.TagName, b.TagName) })
	return list, nil
}

// obstacle returns the link of a path that keeps a walk from its end.
func obstacle(path []Link) (Link, bool) {
	var left sql.Null[int]
	var limit Link
	for i, l := range path {
		switch {
		case left.Valid && left.V < 1:
			return limit, true
		case l.Intransitive && i > 0:
			return l, true
		}
		next := nextDepth(l.MaxDepth, left)
		if l.MaxDepth.Valid && (!left.Valid || next.V < left.V-1) {
			limit = l
		}
		left = next
	}
	return Link{}, false
}
