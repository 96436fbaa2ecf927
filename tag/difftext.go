package tag

import (
	"database/sql"
	"fmt"
	"strings"
)

// String lists the differences under headings, a line for each: what came begins
// with a plus sign, what went with a minus sign, what changed with an asterisk.
// Without any it is empty.
func (d *Difference) String() string {
	var b strings.Builder
	section(&b, "settings", d.Settings, func(c *SettingChange) string {
		switch {
		case !c.Before.Valid:
			return fmt.Sprintf("+ %s: %s", c.Name, c.After.V)
		case !c.After.Valid:
			return fmt.Sprintf("- %s: %s", c.Name, c.Before.V)
		default:
			return fmt.Sprintf("* %s: %s -> %s", c.Name, c.Before.V, c.After.V)
		}
	})
	section(&b, "inheritance", d.Inheritance, func(p *Pair[Step]) string {
		return p.text(func(s *Step) string { return s.ParentName }, describeStep)
	})
	section(&b, "packages", d.Packages, func(p *Pair[Package]) string {
		return p.text(func(p *Package) string { return p.Name }, describePackage)
	})
	section(&b, "builds", d.Builds, func(p *Pair[Build]) string {
		return p.text(func(*Build) string { return "" }, func(b *Build) string {
			return b.NVR().String() + " of " + b.TagName
		})
	})
	section(&b, "groups", d.Groups, (*GroupDifference).String)
	section(&b, "external repositories", d.ExternalRepos, func(p *Pair[ExternalRepo]) string {
		return p.text(func(x *ExternalRepo) string { return x.Name }, describeRepo)
	})
	return b.String()
}

// section writes a heading and a line for each entry, if there are any.
func section[T any](b *strings.Builder, heading string, list []T, line func(*T) string) {
	if len(list) == 0 {
		return
	}
	b.WriteString(heading + "\n")
	for i := range list {
		b.WriteString("  " + strings.ReplaceAll(line(&list[i]), "\n", "\n  ") + "\n")
	}
}

// text writes a pair in one line: its name and how it is described.
func (p *Pair[T]) text(name, describe func(*T) string) string {
	full := func(v *T) string { return strings.TrimSpace(name(v) + " " + describe(v)) }
	switch {
	case p.Before == nil:
		return "+ " + full(p.After)
	case p.After == nil:
		return "- " + full(p.Before)
	default:
		return "* " + full(p.Before) + " -> " + describe(p.After)
	}
}

func describeStep(s *Step) string {
	parts := []string{fmt.Sprintf("priority %d", s.Priority)}
	if s.Depth > 1 {
		parts = append(parts, "by way of "+s.ChildName)
		if s.ChildName == "" {
			parts[1] = fmt.Sprintf("%d levels up", s.Depth)
		}
	}
	if s.NextDepth.Valid {
		parts = append(parts, fmt.Sprintf("%d levels beyond", s.NextDepth.V))
	}
	if s.Intransitive {
		parts = append(parts, "intransitive")
	}
	if s.NoConfig {
		parts = append(parts, "noconfig")
	}
	for _, f := range s.Filter {
		parts = append(parts, fmt.Sprintf("filter %q", f))
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func describePackage(p *Package) string {
	parts := []string{"of " + p.TagName}
	if p.Blocked {
		parts = append(parts, "blocked")
	}
	if p.OwnerName != "" {
		parts = append(parts, "owner "+p.OwnerName)
	}
	if p.ExtraArches.V != "" {
		parts = append(parts, "arches "+p.ExtraArches.V)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func describeRepo(x *ExternalRepo) string {
	text := fmt.Sprintf("(%s, of %s, priority %d, %s", x.URL, x.TagName, x.Priority, x.MergeMode)
	if x.Arches.V != "" {
		text += ", arches " + x.Arches.V
	}
	return text + ")"
}

// String writes the difference in a line for the group and one for each thing in it.
func (d GroupDifference) String() string {
	lines := []string{"* " + d.Name}
	switch s := d.Settings; {
	case s.Before == nil && s.After != nil:
		lines[0] = "+ " + d.Name
	case s.Before != nil && s.After == nil:
		lines[0] = "- " + d.Name
	case s.Before != nil:
		lines[0] += " " + describeGroup(s.Before) + " -> " + describeGroup(s.After)
	}
	for i := range d.Packages {
		lines = append(lines, "  "+d.Packages[i].text(func(p *GroupPackage) string { return p.Package }, func(p *GroupPackage) string {
			return describeEntry(p.Type, p.Requires)
		}))
	}
	for i := range d.Requirements {
		lines = append(lines, "  "+d.Requirements[i].text(func(q *GroupRequirement) string { return "@" + q.Name }, func(q *GroupRequirement) string {
			return describeEntry(q.Type.V, sql.Null[string]{})
		}))
	}
	return strings.Join(lines, "\n")
}

func describeGroup(g *Group) string {
	return fmt.Sprintf("(%q, %q, default %t, visible %t)", g.DisplayName, g.Description.V, g.IsDefault.V, g.UserVisible.V)
}

func describeEntry(typ string, requires sql.Null[string]) string {
	if requires.V != "" {
		return fmt.Sprintf("(%s, requires %s)", typ, requires.V)
	}
	return "(" + typ + ")"
}
