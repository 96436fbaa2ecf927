package tag

import (
	"fmt"
	"strings"
)

// String returns an account of the explanation, a line for each thing to know.
func (x PackageExplanation) String() string {
	var b strings.Builder
	e := x.Entry()
	switch {
	case e == nil && len(x.Entries) == 0:
		fmt.Fprintf(&b, "package %s is not listed for %s: no tag in its inheritance has it\n", x.Name, x.TagName)
	case e == nil:
		fmt.Fprintf(&b, "package %s is not listed for %s: filtered\n", x.Name, x.TagName)
	case e.Blocked:
		fmt.Fprintf(&b, "package %s is blocked in %s\n", x.Name, x.TagName)
	default:
		fmt.Fprintf(&b, "package %s is listed for %s\n", x.Name, x.TagName)
	}
	for i := range x.Entries {
		b.WriteString("  " + x.Entries[i].String() + "\n")
	}
	return b.String()
}

// String returns the verdict in a few words, such as "package blocked".
func (v Verdict) String() string {
	return name(v, "listed", "not tagged", "not inherited", "wrong state", "not asked for",
		"package not listed", "package filtered", "package blocked", "behind other builds")
}

// String returns the outcome in a word, such as "overridden".
func (o Outcome) String() string { return name(o, "decides", "overridden", "filtered") }

// name returns the name of a value whose names are given from zero on.
func name[T ~uint8](v T, names ...string) string {
	if int(v) >= len(names) {
		return fmt.Sprintf("unknown (%d)", v)
	}
	return names[v]
}

// String returns what became of the entry, in one line.
func (e ExplainedEntry) String() string {
	text := fmt.Sprintf("%s lists it", e.TagName)
	if e.Blocked {
		text = fmt.Sprintf("%s blocks it", e.TagName)
	}
	if e.OwnerName != "" {
		text += fmt.Sprintf(" (owner %s)", e.OwnerName)
	}
	text += way(e.Path)
	switch e.Outcome {
	case Overridden:
		text += ": overridden"
	case Filtered:
		text += fmt.Sprintf(": filtered by %q on the link to %s", e.Pattern, e.Filter.ParentName)
	}
	return text
}

// way names the tags of a path that lead to its end.
func way(path []Link) string {
	if len(path) < 2 {
		return ""
	}
	var names []string
	for _, l := range path[:len(path)-1] {
		names = append(names, l.ParentName)
	}
	return ", by way of " + strings.Join(names, ", ")
}

// String returns an account of the explanation, a line for each thing to know.
func (x BuildExplanation) String() string {
	var b strings.Builder
	if x.Verdict == Listed {
		fmt.Fprintf(&b, "%s is in %s\n", x.NVR, x.TagName)
	} else {
		fmt.Fprintf(&b, "%s is not in %s: %s\n", x.NVR, x.TagName, x.reason())
	}
	if x.Tagging != nil {
		fmt.Fprintf(&b, "  tagged in %s at event %d%s\n", x.Tagging.TagName, x.Tagging.Event, way(x.Tagging.Path))
	}
	if len(x.Elsewhere) > 0 {
		fmt.Fprintf(&b, "  tagged in %s, not inherited from\n", strings.Join(x.Elsewhere, ", "))
	}
	for i := range x.CutOff {
		c := &x.CutOff[i]
		reason := fmt.Sprintf("limited to %d levels more", c.By.MaxDepth.V)
		if c.By.Intransitive {
			reason = "intransitive"
		}
		fmt.Fprintf(&b, "  %s is not reached: the link from %s to %s is %s\n", c.TagName, c.By.ChildName, c.By.ParentName, reason)
	}
	for i := range x.Package.Entries {
		fmt.Fprintf(&b, "  package %s: %s\n", x.Package.Name, x.Package.Entries[i].String())
	}
	x.writeHidden(&b)
	return b.String()
}

func (x *BuildExplanation) reason() string {
	switch x.Verdict {
	case NotTagged:
		if len(x.Elsewhere) == 0 {
			return "not tagged there, nor anywhere else"
		}
		return "not tagged there or in a tag that it inherits from"
	case NotInherited:
		return "tagged in an ancestor, and inherited builds were not asked for"
	case WrongState:
		return fmt.Sprintf("its state is %s", x.State)
	case NotAskedFor:
		return "not one of the builds that were asked for"
	case PackageNotListed:
		return fmt.Sprintf("package %s is not listed", x.Package.Name)
	case PackageFiltered:
		return fmt.Sprintf("package %s is filtered", x.Package.Name)
	case PackageBlocked:
		return fmt.Sprintf("package %s is blocked", x.Package.Name)
	case BehindOtherBuilds:
		if len(x.Before) == 1 {
			return fmt.Sprintf("1 build of %s comes before it", x.Package.Name)
		}
		return fmt.Sprintf("%d builds of %s come before it", len(x.Before), x.Package.Name)
	default:
		return "for no known reason"
	}
}

// writeHidden names the builds that a limit puts this one, or behind this one.
func (x *BuildExplanation) writeHidden(b *strings.Builder) {
	switch {
	case x.Verdict == BehindOtherBuilds:
		for i := range x.Before[:max(min(x.Latest, len(x.Before)), 0)] {
			o := &x.Before[i]
			fmt.Fprintf(b, "  hidden by %s of %s, tagged at event %d\n", o.NVR(), o.TagName, o.Event)
		}
	case x.Verdict == Listed && x.Latest > 0:
		all := len(x.Before) + 1
		for i := range x.After {
			if all++; all <= x.Latest {
				continue
			}
			o := &x.After[i]
			later := ""
			if o.Event > x.Tagging.Event {
				later = ", though tagged later"
			}
			fmt.Fprintf(b, "  hides %s of %s%s (event %d)\n", o.NVR(), o.TagName, later, o.Event)
		}
	}
}
