package tag

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/kojikit/kojikit/koji"
)

// State is a tag at an event.
type State struct {
	Tag koji.TagID
	At  koji.EventID
}

// Pair is a thing in two states. Before is nil if it came, After if it went.
type Pair[T any] struct {
	Before, After *T
}

// SettingChange is a change of a setting of a tag, own or inherited. Settings have
// the names arches, permission, locked, maven_support and maven_include_all; free
// ones are called extra.KEY and have JSON text as values. What is not set is null.
type SettingChange struct {
	Name          string
	Before, After sql.Null[string]
}

// GroupDifference is what became of a comps group.
type GroupDifference struct {
	Name         string
	Settings     Pair[Group] // both nil if its settings are the same
	Packages     []Pair[GroupPackage]
	Requirements []Pair[GroupRequirement]
}

// Difference is what two states of a tag, or two tags, differ in: not in what was
// written, but in what it comes to with inheritance. Its String lists it for people.
// A tag that does not exist has nothing.
type Difference struct {
	Before, After Info
	Settings      []SettingChange
	// Inheritance holds the steps of the walk that came, went, or lead along another
	// link or from elsewhere, in the order of the walk.
	Inheritance []Pair[Step]
	// Packages holds the entries that decide on packages, by name of the package.
	Packages []Pair[Package]
	// Builds holds the latest builds of packages, by name of the package: a build
	// that comes from another tag now is a change too. With DiffOptions.AllBuilds it
	// holds all builds that came, went, or come from another tag, by name, then id.
	Builds        []Pair[Build]
	Groups        []GroupDifference    // by name
	ExternalRepos []Pair[ExternalRepo] // by name
}

// Empty tells whether there is no difference.
func (d *Difference) Empty() bool {
	return len(d.Settings) == 0 && len(d.Inheritance) == 0 && len(d.Packages) == 0 && len(d.Builds) == 0 &&
		len(d.Groups) == 0 && len(d.ExternalRepos) == 0
}

// DiffOptions say what to compare. The zero value compares the latest builds, and
// all else.
type DiffOptions struct {
	AllBuilds bool // not only the latest of each package
}

// Diff compares two states: of one tag at two events, or of two tags. What it takes
// grows in proportion to what is in them. Groups and external repositories are
// compared if the source knows of them.
func (r *Resolver) Diff(ctx context.Context, before, after State, opts DiffOptions) (*Difference, error) {
	var d *Difference
	err := r.source.View(ctx, func(src Reader) error {
		a, err := r.resolved(ctx, src, before, opts)
		if err != nil {
			return err
		}
		b, err := r.resolved(ctx, src, after, opts)
		if err != nil {
			return err
		}
		d = a.diff(b, opts)
		return nil
	})
	return d, err
}

// Preview tells what a change would make of some tags, without making it: it lets
// change do its work, compares, and undoes everything. An error of change is
// returned. The transaction must be one that may write. To see what a change of a tag
// does to those that inherit from it, name these; see [Resolver.Descendants].
func (e *Editor) Preview(ctx context.Context, change func() error, tags ...koji.TagID) ([]*Difference, error) {
	var opts DiffOptions
	before := make([]*resolved, len(tags))
	for i, t := range tags {
		var err error
		if before[i], err = e.resolver.resolved(ctx, e.reader, State{Tag: t}, opts); err != nil {
			return nil, err
		}
	}
	var list []*Difference
	undo := errors.New("seen")
	err := e.tx.Try(ctx, func() error {
		if err := change(); err != nil {
			return err
		}
		for i, t := range tags {
			after, err := e.resolver.resolved(ctx, e.reader, State{Tag: t}, opts)
			if err != nil {
				return err
			}
			list = append(list, before[i].diff(after, opts))
		}
		return undo
	})
	if err == undo { //nolint:errorlint // made just here, and not wrapped unless undoing fails
		err = nil
	}
	return list, err
}

// resolved is all that a tag comes to.
type resolved struct {
	info     Info
	settings map[string]string
	steps    []Step
	packages []Package
	builds   []Build
	groups   []Group
	repos    []ExternalRepo
}

// resolved reads a state in a number of queries that does not depend on its size.
func (r *Resolver) resolved(ctx context.Context, src Reader, s State, opts DiffOptions) (*resolved, error) {
	one := NewResolver(Static(src), r.opts)
	c := &resolved{info: Info{ID: s.Tag}}
	known, err := src.Tags(ctx, s.At, InfoQuery{IDs: []koji.TagID{s.Tag}})
	if err != nil {
		return nil, err
	}
	if len(known) == 0 || !known[0].Exists {
		if len(known) > 0 {
			c.info.Name = known[0].Name
		}
		return c, nil
	}
	config, err := one.BuildConfig(ctx, s.Tag, s.At)
	if err != nil {
		return nil, err
	}
	c.info = known[0]
	c.settings = settingsOf(&config.Info)
	if c.steps, err = one.Inheritance(ctx, s.Tag, s.At); err != nil {
		return nil, err
	}
	if c.packages, err = one.Packages(ctx, s.Tag, PackageOptions{At: s.At, Inherit: true}); err != nil {
		return nil, err
	}
	builds := BuildOptions{At: s.At, Inherit: true, Latest: 1}
	if opts.AllBuilds {
		builds.Latest = 0
	}
	if c.builds, err = one.Builds(ctx, s.Tag, builds); err != nil {
		return nil, err
	}
	if _, ok := src.(GroupReader); ok {
		if c.groups, err = one.Groups(ctx, s.Tag, GroupOptions{At: s.At, Inherit: true}); err != nil {
			return nil, err
		}
	}
	if _, ok := src.(ExternalRepoReader); ok {
		if c.repos, err = one.ExternalRepos(ctx, s.Tag, s.At); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// settingsOf writes settings as texts.
func settingsOf(t *Info) map[string]string {
	m := map[string]string{
		"locked": strconv.FormatBool(t.Locked), "maven_support": strconv.FormatBool(t.MavenSupport),
		"maven_include_all": strconv.FormatBool(t.MavenIncludeAll),
	}
	if t.Arches.Valid {
		m["arches"] = t.Arches.V
	}
	if t.Permission.Valid {
		m["permission"] = t.PermissionName
	}
	for key, value := range t.Extra {
		m["extra."+key] = value.V
	}
	return m
}

// diff compares a state with a later one.
func (c *resolved) diff(d *resolved, opts DiffOptions) *Difference {
	diff := &Difference{Before: c.info, After: d.info}
	for _, key := range slices.Sorted(maps.Keys(union(c.settings, d.settings))) {
		change := SettingChange{Name: key, Before: lookUp(c.settings, key), After: lookUp(d.settings, key)}
		if change.Before != change.After {
			diff.Settings = append(diff.Settings, change)
		}
	}
	// An own entry of one tag is like an own entry of the other.
	holder := func(t koji.TagID) koji.TagID {
		if t == c.info.ID || t == d.info.ID {
			return 0
		}
		return t
	}
	diff.Inheritance = pairs(numbered(c.steps), numbered(d.steps), func(s *numberedStep) stepKey { return s.key },
		func(a, b *numberedStep) bool {
			return sameLink(&a.Link, &b.Link, holder) && a.Depth == b.Depth && a.NextDepth == b.NextDepth && slices.Equal(a.Filter, b.Filter)
		}, func(s *numberedStep) *Step { return &s.Step })
	diff.Packages = byName(pairs(c.packages, d.packages, func(p *Package) koji.PackageID { return p.ID },
		func(a, b *Package) bool {
			return a.Blocked == b.Blocked && a.ExtraArches == b.ExtraArches && a.Owner == b.Owner && holder(a.Tag) == holder(b.Tag)
		}, same), func(p *Package) string { return p.Name })
	sameBuild := func(a, b *Build) bool { return a.ID == b.ID && holder(a.Tag) == holder(b.Tag) }
	if opts.AllBuilds {
		diff.Builds = pairs(c.builds, d.builds, func(b *Build) koji.BuildID { return b.ID }, sameBuild, same)
	} else {
		diff.Builds = pairs(c.builds, d.builds, func(b *Build) int64 { return int64(b.Package) }, sameBuild, same)
	}
	diff.Builds = byName(diff.Builds, func(b *Build) string { return b.Name })
	diff.Groups = diffGroups(c.groups, d.groups)
	diff.ExternalRepos = byName(pairs(c.repos, d.repos, func(x *ExternalRepo) koji.ExternalRepoID { return x.ID },
		func(a, b *ExternalRepo) bool {
			x, y := *a, *b
			x.Tag, y.Tag, x.TagName, y.TagName = holder(x.Tag), holder(y.Tag), "", ""
			return x == y
		}, same), func(x *ExternalRepo) string { return x.Name })
	return diff
}
