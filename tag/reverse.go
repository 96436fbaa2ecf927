package tag

import (
	"context"
	"maps"
	"slices"

	"github.com/kojikit/kojikit/koji"
)

// loadDown reads the links of all tags, keyed by parent.
func loadDown(ctx context.Context, r Reader, at koji.EventID) (map[koji.TagID][]Link, error) {
	rows, err := r.Links(ctx, at, LinkQuery{})
	if err != nil {
		return nil, err
	}
	links := make(map[koji.TagID][]Link)
	for _, l := range rows {
		links[l.Parent] = append(links[l.Parent], l)
	}
	for _, list := range links {
		sortByPriority(list)
	}
	return links, nil
}

// descendants returns the tags whose own walk comes to root, in ascending order.
//
// A depth limit bounds how many links may follow the limited one, and allows one
// less behind another limit. So what decides is the shortest way from a tag to
// root, found apart for walks that arrive at the tag with a limit in force and
// without.
func descendants(root koji.TagID, links map[koji.TagID][]Link) []koji.TagID {
	type arrival struct {
		tag     koji.TagID
		limited bool
	}
	distance := map[arrival]int{{root, true}: 0, {root, false}: 0} // links left to root
	queue := []arrival{{root, true}, {root, false}}
	found := make(map[koji.TagID]bool)
	for len(queue) > 0 {
		a := queue[0]
		queue = queue[1:]
		for _, l := range links[a.tag] {
			for _, limited := range []bool{false, true} {
				if !leads(&l, limited, a.limited, distance[a]) {
					continue
				}
				from := arrival{l.Child, limited}
				if _, known := distance[from]; known {
					continue
				}
				found[l.Child] = true
				if !l.Intransitive {
					distance[from] = distance[a] + 1
					queue = append(queue, from)
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// leads tells whether a walk that comes to a link's child with or without a
// limit in force arrives at its parent in the given way and may go on from there
// for so many links more.
func leads(l *Link, limited, thenLimited bool, links int) bool {
	if !l.MaxDepth.Valid {
		return limited == thenLimited
	}
	if limited && links > 0 {
		links++
	}
	return thenLimited && (links == 0 || l.MaxDepth.V >= links)
}
