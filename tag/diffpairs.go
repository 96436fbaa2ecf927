package tag

import (
	"cmp"
	"database/sql"
	"slices"

	"github.com/kojikit/kojikit/koji"
)

// pairs compares two lists by key. It returns what is not the same: what went or
// changed in the order of before, then what came in the order of after. Of entries
// with one key the first counts.
func pairs[T any, K comparable, V any](before, after []T, key func(*T) K, equal func(a, b *T) bool, value func(*T) *V) []Pair[V] {
	var list []Pair[V]
	left := make(map[K]*T, len(after))
	for i := range after {
		if k := key(&after[i]); left[k] == nil {
			left[k] = &after[i]
		}
	}
	seen := make(map[K]bool, len(before))
	for i := range before {
		b := &before[i]
		k := key(b)
		if seen[k] {
			continue
		}
		seen[k] = true
		a := left[k]
		switch {
		case a == nil:
			list = append(list, Pair[V]{Before: value(b)})
		case !equal(b, a):
			list = append(list, Pair[V]{Before: value(b), After: value(a)})
		}
	}
	for i := range after {
		if k := key(&after[i]); !seen[k] {
			seen[k] = true
			list = append(list, Pair[V]{After: value(&after[i])})
		}
	}
	return list
}

func same[T any](v *T) *T { return v }

// byName sorts pairs by the names of what is in them.
func byName[T any](list []Pair[T], name func(*T) string) []Pair[T] {
	slices.SortStableFunc(list, func(a, b Pair[T]) int {
		return cmp.Compare(name(cmp.Or(a.After, a.Before)), name(cmp.Or(b.After, b.Before)))
	})
	return list
}

// union has the keys of both maps.
func union(a, b map[string]string) map[string]bool {
	m := make(map[string]bool, len(a)+len(b))
	for key := range a {
		m[key] = true
	}
	for key := range b {
		m[key] = true
	}
	return m
}

func lookUp(m map[string]string, key string) sql.Null[string] {
	v, ok := m[key]
	return sql.Null[string]{V: v, Valid: ok}
}

// stepKey distinguishes steps of a walk: the n-th that leads to a tag.
type stepKey struct {
	parent koji.TagID
	n      int
}

type numberedStep struct {
	Step
	key stepKey
}

func numbered(steps []Step) []numberedStep {
	count := make(map[koji.TagID]int)
	list := make([]numberedStep, len(steps))
	for i, s := range steps {
		list[i] = numberedStep{s, stepKey{s.Parent, count[s.Parent]}}
		count[s.Parent]++
	}
	return list
}

func sameLink(a, b *Link, holder func(koji.TagID) koji.TagID) bool {
	x, y := *a, *b
	x.Child, y.Child = holder(x.Child), holder(y.Child)
	x.ChildName, y.ChildName = "", ""
	return x == y
}

// diffGroups compares groups and what is in them. Which tag has them is of no
// matter: a group is what it holds.
func diffGroups(before, after []Group) []GroupDifference {
	var list []GroupDifference
	old := index(before, func(g Group) (koji.GroupID, *Group) { return g.ID, &g })
	for i := range after {
		if d := diffGroup(old[after[i].ID], &after[i]); d != nil {
			list = append(list, *d)
		}
		delete(old, after[i].ID)
	}
	for _, g := range old {
		list = append(list, *diffGroup(g, nil))
	}
	slices.SortFunc(list, func(a, b GroupDifference) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func diffGroup(before, after *Group) *GroupDifference {
	d := GroupDifference{Name: cmp.Or(after, before).Name}
	var a, b Group
	if before != nil {
		a = *before
	}
	if after != nil {
		b = *after
	}
	changed := before == nil || after == nil || settingsOfGroup(&a) != settingsOfGroup(&b)
	if changed {
		d.Settings = Pair[Group]{before, after}
	}
	d.Packages = pairs(a.Packages, b.Packages, func(p *GroupPackage) string { return p.Package }, func(p, q *GroupPackage) bool {
		x, y := *p, *q
		x.Tag, y.Tag = 0, 0
		return x == y
	}, same)
	d.Requirements = pairs(a.Requirements, b.Requirements, func(q *GroupRequirement) koji.GroupID { return q.Required }, func(p, q *GroupRequirement) bool {
		x, y := *p, *q
		x.Tag, y.Tag = 0, 0
		return x == y
	}, same)
	if !changed && len(d.Packages) == 0 && len(d.Requirements) == 0 {
		return nil
	}
	return &d
}

// groupSettings are those fields of a group that say how it is.
type groupSettings struct {
	blocked                                      bool
	name                                         string
	exported, isDefault, userVisible, biarchOnly sql.Null[bool]
	description, langOnly                        sql.Null[string]
}

func settingsOfGroup(g *Group) groupSettings {
	return groupSettings{
		blocked: g.Blocked, name: g.DisplayName, exported: g.Exported, isDefault: g.IsDefault,
		userVisible: g.UserVisible, biarchOnly: g.BiarchOnly, description: g.Description, langOnly: g.LangOnly,
	}
}
