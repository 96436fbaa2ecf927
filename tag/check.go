package tag

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kojikit/kojikit/internal/pyregex"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// Finding is what is questionable about a tag.
type Finding uint8

// Findings.
const (
	Loop        Finding = iota // a link leads back to a tag that it comes from; it is not followed
	BadFilter                  // a package filter does not compile: every package list that needs it fails
	UnknownArch                // an architecture that is not known, by a slip of the pen perhaps
	InUse                      // other tags inherit from the tag, or build targets use it: think before deleting it
)

// String returns the finding in a few words, such as "unknown arch".
func (f Finding) String() string { return name(f, "loop", "bad filter", "unknown arch", "in use") }

// Warning is something questionable about a tag that Koji allows.
type Warning struct {
	Finding Finding
	Text    string // says what, for people
}

// Check looks for questionable things in a tag and in what it inherits, as the
// transaction has it, which may be a reading one. Nothing of what it finds is refused
// by Koji. To check a change before it is made, check in [Editor.Preview]. A tag that
// does not exist is koji.ErrNotFound, an inheritance beyond the bounds of [Options]
// koji.ErrLimit.
func (e *Editor) Check(ctx context.Context, tag koji.TagID) ([]Warning, error) {
	info, err := e.active(ctx, tag)
	if err != nil {
		return nil, err
	}
	if _, err := e.resolver.Inheritance(ctx, tag, koji.Now); err != nil {
		return nil, err
	}
	var list []Warning
	for _, a := range strings.Fields(info.Arches.V) {
		if !knownArch(a) {
			list = append(list, Warning{UnknownArch, fmt.Sprintf("tag %s: architecture %q is not known", info.Name, a)})
		}
	}
	up, err := loadUp(ctx, e.reader, koji.Now)
	if err != nil {
		return nil, err
	}
	for child, links := range up {
		if child != tag { // intransitive links are followed from their own child only
			up[child] = slices.DeleteFunc(links, func(l Link) bool { return l.Intransitive })
		}
	}
	list = append(list, loops(tag, up)...)
	list = append(list, badFilters(tag, up, e.resolver.opts.MatchTimeout)...)
	uses, err := e.uses(ctx, tag)
	return append(list, uses...), err
}

// uses finds the tags and build targets that use a tag.
func (e *Editor) uses(ctx context.Context, tag koji.TagID) ([]Warning, error) {
	children, err := e.tx.Inheritances().List(ctx, koji.Now, storage.InheritanceFilter{Parent: storage.Is(tag)})
	if err != nil {
		return nil, err
	}
	names, err := e.reader.tagNames(ctx, column(children, func(l *storage.Inheritance) koji.TagID { return l.Tag }))
	if err != nil {
		return nil, err
	}
	var list []Warning
	for _, name := range slices.Sorted(maps.Values(names)) {
		list = append(list, Warning{InUse, fmt.Sprintf("tag %s inherits from it", name)})
	}
	for _, u := range []struct {
		use string
		f   storage.TargetConfigFilter
	}{
		{"builds with it", storage.TargetConfigFilter{BuildTag: storage.Is(tag)}},
		{"builds for it", storage.TargetConfigFilter{DestTag: storage.Is(tag)}},
	} {
		configs, err := e.tx.TargetConfigs().List(ctx, koji.Now, u.f)
		if err != nil {
			return nil, err
		}
		ids := column(configs, func(c *storage.TargetConfig) koji.TargetID { return c.Target })
		targets, err := e.tx.Targets().List(ctx, storage.TargetFilter{ID: storage.Is(ids...)})
		if err != nil {
			return nil, err
		}
		for _, t := range targets {
			list = append(list, Warning{InUse, fmt.Sprintf("build target %s %s", t.Name, u.use)})
		}
	}
	return list, nil
}

// loops finds the links that lead back, each once.
func loops(root koji.TagID, links map[koji.TagID][]Link) []Warning {
	type node struct {
		tag  koji.TagID
		next int
	}
	const onPath, done = 1, 2
	var list []Warning
	state := map[koji.TagID]int{root: onPath}
	path := []node{{tag: root}}
	for len(path) > 0 {
		n := &path[len(path)-1]
		if n.next == len(links[n.tag]) {
			state[n.tag] = done
			path = path[:len(path)-1]
			continue
		}
		l := &links[n.tag][n.next]
		n.next++
		switch state[l.Parent] {
		case onPath:
			list = append(list, Warning{Loop, fmt.Sprintf("link from %s to %s closes a loop", l.ChildName, l.ParentName)})
		case done:
		default:
			state[l.Parent] = onPath
			path = append(path, node{tag: l.Parent})
		}
	}
	return list
}

// badFilters finds the filters that do not compile, in the order of the walk's tags.
func badFilters(root koji.TagID, links map[koji.TagID][]Link, timeout time.Duration) []Warning {
	var list []Warning
	seen := map[koji.TagID]bool{root: true}
	for queue := []koji.TagID{root}; len(queue) > 0; queue = queue[1:] {
		for _, l := range links[queue[0]] {
			if !seen[l.Parent] {
				seen[l.Parent] = true
				queue = append(queue, l.Parent)
			}
			if l.PkgFilter.V == "" {
				continue
			}
			if _, err := pyregex.Compile(l.PkgFilter.V, timeout); err != nil {
				list = append(list, Warning{BadFilter, fmt.Sprintf("filter of the link from %s to %s: %v", l.ChildName, l.ParentName, err)})
			}
		}
	}
	return list
}

// otherArches are those without relatives, of which package koji has nothing to say.
var otherArches = []string{"aarch64", "i386", "ia64", "loongarch64", "noarch", "ppc", "ppc64le", "riscv64", "s390", "src"}

func knownArch(a string) bool {
	return slices.Contains(otherArches, a) || len(koji.ArchList(a)) > 2 || koji.BaseArch(a) != a
}
