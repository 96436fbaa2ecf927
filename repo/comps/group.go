package comps

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kojikit/kojikit/tag"
)

// Options say how groups of a tag become comps.
type Options struct {
	// Expand gives each group the packages of the groups that it requires, and of
	// those that they require, and so on, as repositories for builds need it:
	// clients do not look at required groups. Without it the requirements
	// themselves are written.
	Expand bool
}

// FromGroups returns the groups of a tag, as [tag.Resolver.Groups] gives them, as
// comps ordered by name. Groups, packages and requirements that are blocked are
// left out.
//
// An expanded group has the packages of every other group once, the nearer groups
// before those that are further away and otherwise in the order in which they are
// required. A package that the group lists itself is not repeated; one that two of
// the other groups list comes twice, as in Koji.
func FromGroups(groups []tag.Group, o Options) *Comps {
	byName := make(map[string]*tag.Group, len(groups))
	for i := range groups {
		if g := &groups[i]; !g.Blocked {
			byName[g.Name] = g
		}
	}
	c := &Comps{}
	for i := range groups {
		g := &groups[i]
		if g.Blocked {
			continue
		}
		group := Group{
			ID:          g.Name,
			Name:        Text{Value: g.DisplayName},
			Description: Text{Value: g.Description.V},
			Default:     g.IsDefault.V,
			UserVisible: g.UserVisible.V,
			BiarchOnly:  g.BiarchOnly.V,
			LangOnly:    g.LangOnly.V,
			Packages:    packages(g.Packages, nil),
		}
		if o.Expand {
			group.Expansions = expand(g, byName)
		} else {
			group.Groups = requirements(g.Requirements)
		}
		c.Groups = append(c.Groups, group)
	}
	slices.SortFunc(c.Groups, func(a, b Group) int { return strings.Compare(a.ID, b.ID) })
	return c
}

// packages returns the packages that are neither blocked nor listed elsewhere, by
// name.
func packages(list []tag.GroupPackage, listed map[string]bool) []Package {
	var result []Package
	for _, p := range list {
		if !p.Blocked && !listed[p.Package] {
			result = append(result, Package{Name: p.Package, Type: p.Type, Requires: p.Requires.V, BaseArchOnly: p.BaseArchOnly.V})
		}
	}
	slices.SortStableFunc(result, func(a, b Package) int { return cmp.Compare(a.Name, b.Name) })
	return result
}

func requirements(list []tag.GroupRequirement) []Requirement {
	var result []Requirement
	for _, q := range list {
		if !q.Blocked {
			result = append(result, Requirement{ID: q.Name, Type: q.Type.V, MetaPackage: q.IsMetaPackage})
		}
	}
	return result
}

// expand returns what a group has because of the groups that it requires.
func expand(g *tag.Group, byName map[string]*tag.Group) []Expansion {
	listed := map[string]bool{}
	for _, p := range g.Packages {
		if !p.Blocked {
			listed[p.Package] = true
		}
	}
	var result []Expansion
	seen := map[string]bool{g.Name: true}
	queue := slices.Clone(g.Requirements)
	for len(queue) > 0 {
		q := queue[0]
		queue = queue[1:]
		if q.Blocked || seen[q.Name] {
			continue
		}
		seen[q.Name] = true
		other, ok := byName[q.Name]
		if !ok {
			result = append(result, Expansion{ID: q.Name, Missing: true})
			continue
		}
		result = append(result, Expansion{ID: q.Name, Packages: packages(other.Packages, listed)})
		queue = append(queue, other.Requirements...)
	}
	return result
}
