package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/tag"
)

func treeCommands() []command {
	return []command{
		{name: "tree", args: "TAG", help: "what a tag inherits from, in the order that counts", run: tree, min: 1, max: 1},
		{name: "children", args: "TAG", help: "the tags that inherit from a tag, directly or not", run: children, min: 1, max: 1},
	}
}

func tree(ctx context.Context, t *tool) (*table, error) {
	info, err := t.tag(ctx, t.args[0])
	if err != nil {
		return nil, err
	}
	steps, err := t.resolver.Inheritance(ctx, info.ID, t.at)
	if err != nil {
		return nil, err
	}
	found := &table{columns: []string{"depth", "tag", "id", "child", "priority", "maxdepth", "intransitive", "noconfig", "filters"}}
	names := map[koji.TagID]string{info.ID: info.Name}
	var text strings.Builder
	fmt.Fprintln(&text, printable(info.Name))
	last := lastSiblings(steps)
	for i := range steps {
		s := &steps[i]
		names[s.Parent] = s.ParentName
		found.add(s.Depth, s.ParentName, s.Parent, names[s.Child], s.Priority, maybe(s.MaxDepth), s.Intransitive, s.NoConfig, s.Filter)
		fmt.Fprintf(&text, "%s%s%s\n", branches(steps, last, i), printable(s.ParentName), printable(limits(s)))
	}
	found.text = text.String()
	return found, nil
}

// limits says what a link does not let through.
func limits(s *tag.Step) string {
	text := fmt.Sprintf("  (%d)", s.Priority)
	if s.MaxDepth.Valid {
		text += fmt.Sprintf(" maxdepth %d", s.MaxDepth.V)
	}
	if s.Intransitive {
		text += " intransitive"
	}
	if s.NoConfig {
		text += " noconfig"
	}
	if s.PkgFilter.V != "" {
		text += fmt.Sprintf(" filter %q", s.PkgFilter.V)
	}
	return text
}

// lastSiblings tells of each step whether no other follows it from the same place.
func lastSiblings(steps []tag.Step) []bool {
	last := make([]bool, len(steps))
	seen := make(map[int]bool)
	for i := len(steps) - 1; i >= 0; i-- {
		last[i] = !seen[steps[i].From]
		seen[steps[i].From] = true
	}
	return last
}

// branches draws the lines that lead to a step.
func branches(steps []tag.Step, last []bool, i int) string {
	line := "├─ "
	if last[i] {
		line = "└─ "
	}
	for from := steps[i].From; from >= 0; from = steps[from].From {
		if last[from] {
			line = "   " + line
		} else {
			line = "│  " + line
		}
	}
	return line
}

func children(ctx context.Context, t *tool) (*table, error) {
	info, err := t.tag(ctx, t.args[0])
	if err != nil {
		return nil, err
	}
	ids, err := t.resolver.Descendants(ctx, info.ID, t.at)
	if err != nil {
		return nil, err
	}
	names, err := t.tagNames(ctx, ids)
	if err != nil {
		return nil, err
	}
	found := &table{columns: []string{"tag", "id"}}
	for _, id := range ids {
		found.add(names[id], id)
	}
	return found, nil
}
