package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/tag"
)

func diffCommands() []command {
	return []command{
		{name: "diff", args: "TAG[@EVENT] TAG[@EVENT]", help: "what the second has that the first has not, and the other way round", run: diff, min: 2, max: 2},
	}
}

func diff(ctx context.Context, t *tool) (*table, error) {
	var states [2]tag.State
	for i, arg := range t.args {
		var err error
		if states[i], err = t.state(ctx, arg); err != nil {
			return nil, err
		}
	}
	d, err := t.resolver.Diff(ctx, states[0], states[1], tag.DiffOptions{})
	if err != nil {
		return nil, err
	}
	found := &table{columns: []string{"of", "name", "before", "after"}, text: printableLines(d.String())}
	if d.Empty() {
		found.text = "no difference\n"
	}
	for _, c := range d.Settings {
		found.add("setting", c.Name, maybe(c.Before), maybe(c.After))
	}
	pairs(found, "inheritance", d.Inheritance, func(s *tag.Step) (string, string) {
		what := fmt.Sprintf("depth %d from %s%s", s.Depth, s.ChildName, limits(s))
		if s.NextDepth.Valid {
			what += fmt.Sprintf(", %d more levels", s.NextDepth.V)
		}
		if len(s.Filter) > 0 {
			what += fmt.Sprintf(", filtered by %q", s.Filter)
		}
		return s.ParentName, what
	})
	pairs(found, "package", d.Packages, func(p *tag.Package) (string, string) {
		what := "listed by " + p.TagName
		if p.Blocked {
			what = "blocked by " + p.TagName
		}
		what += ", owner " + p.OwnerName
		if p.ExtraArches.V != "" {
			what += ", extra arches " + p.ExtraArches.V
		}
		return p.Name, what
	})
	pairs(found, "build", d.Builds, func(b *tag.Build) (string, string) {
		return b.Name, b.NVR().String() + " of " + b.TagName
	})
	for i := range d.Groups {
		g := &d.Groups[i]
		found.add("group", g.Name, nil, strings.TrimSpace(g.String()))
	}
	pairs(found, "external repository", d.ExternalRepos, func(r *tag.ExternalRepo) (string, string) {
		what := fmt.Sprintf("%s, priority %d of %s, %s", r.URL, r.Priority, r.TagName, r.MergeMode)
		if r.Arches.V != "" {
			what += ", arches " + r.Arches.V
		}
		return r.Name, what
	})
	return found, nil
}

// pairs adds a row for each pair.
func pairs[T any](found *table, of string, list []tag.Pair[T], describe func(*T) (name, what string)) {
	for _, p := range list {
		var name string
		var before, after any
		if p.Before != nil {
			name, before = describe(p.Before)
		}
		if p.After != nil {
			name, after = describe(p.After)
		}
		found.add(of, name, before, after)
	}
}

// state reads an argument that names a tag and perhaps an event. No name of a tag
// has an @ in it.
func (t *tool) state(ctx context.Context, arg string) (tag.State, error) {
	name, event, past := strings.Cut(arg, "@")
	at := t.at
	if past {
		n, err := strconv.ParseInt(event, 10, 64)
		if err != nil || n <= 0 {
			return tag.State{}, fmt.Errorf("%q: there is no event %q", arg, event)
		}
		at = koji.EventID(n)
		if err := t.happened(ctx, at); err != nil {
			return tag.State{}, fmt.Errorf("%q: %w", arg, err)
		}
	}
	info, err := t.resolver.Lookup(ctx, name, at)
	return tag.State{Tag: info.ID, At: at}, err
}
