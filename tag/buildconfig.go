package tag

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"github.com/kojikit/kojikit/koji"
)

// BuildConfig is what a tag says about builds made in it, settings of ancestors
// included.
type BuildConfig struct {
	Info                      // Arches and Extra with what is inherited, Extra without blocked keys
	ArchesFrom *Ref           // the ancestor that gave the arches; nil if none did
	ExtraFrom  map[string]Ref // the ancestor that decided on a key, by a value or by blocking it
}

// Ref names a tag.
type Ref struct {
	ID   koji.TagID
	Name string
}

// BuildConfig returns the build configuration of a tag at an event: its own, with
// the arches, if it has none, and the extra settings of ancestors, the nearest
// first. Whether it is locked, its permission and its Maven settings are not
// inherited. Filters do not apply. A link with noconfig gives nothing of the tag
// it leads to; in Koji it does not stand in the way of what lies behind that, see
// [Options]. A tag that does not exist is koji.ErrNotFound.
func (r *Resolver) BuildConfig(ctx context.Context, tag koji.TagID, at koji.EventID) (BuildConfig, error) {
	var c BuildConfig
	err := r.source.View(ctx, func(src Reader) error {
		info, err := existing(ctx, src, tag, at)
		if err != nil {
			return err
		}
		ancestors, err := r.configOrder(ctx, src, tag, at)
		if err != nil {
			return err
		}
		rows, err := src.Tags(ctx, at, InfoQuery{IDs: ancestors})
		if err != nil {
			return err
		}
		byID := make(map[koji.TagID]*Info, len(rows))
		for i := range rows {
			byID[rows[i].ID] = &rows[i]
		}
		c = BuildConfig{Info: info, ExtraFrom: make(map[string]Ref)}
		c.Extra = maps.Clone(info.Extra)
		for _, id := range ancestors {
			if a := byID[id]; a != nil && a.Exists {
				c.inherit(a, r.opts.Strict || r.opts.EmptyArchesInherit)
			}
		}
		maps.DeleteFunc(c.Extra, func(_ string, v sql.Null[string]) bool { return !v.Valid })
		return nil
	})
	return c, err
}

// configOrder returns the ancestors whose configuration a tag inherits, the
// nearest first.
func (r *Resolver) configOrder(ctx context.Context, src Reader, tag koji.TagID, at koji.EventID) ([]koji.TagID, error) {
	if !r.opts.Strict && !r.opts.StrictNoConfig {
		steps, err := r.inheritance(ctx, src, tag, at)
		if err != nil {
			return nil, err
		}
		steps = slices.DeleteFunc(slices.Clone(steps), func(s Step) bool { return s.NoConfig })
		return order(tag, steps)[1:], nil
	}
	links, err := loadUp(ctx, src, at)
	if err != nil {
		return nil, err
	}
	// Without the links that stop it, a walk comes to those tags alone that
	// configuration has a way from.
	links = maps.Clone(links)
	for child, list := range links {
		links[child] = slices.DeleteFunc(slices.Clone(list), func(l Link) bool { return l.NoConfig })
	}
	steps, err := walk(tag, links, false, r.opts.MaxSteps)
	return order(tag, steps)[1:], err
}

// inherit adds what an ancestor has and c has not. Arches may count as absent
// when they are empty.
func (c *BuildConfig) inherit(a *Info, emptyIsAbsent bool) {
	absent := func(arches sql.Null[string]) bool { return !arches.Valid || emptyIsAbsent && arches.V == "" }
	if absent(c.Arches) && !absent(a.Arches) {
		c.Arches, c.ArchesFrom = a.Arches, &Ref{a.ID, a.Name}
	}
	for key, value := range a.Extra {
		if _, decided := c.Extra[key]; !decided {
			c.Extra[key] = value
			c.ExtraFrom[key] = Ref{a.ID, a.Name}
		}
	}
}
