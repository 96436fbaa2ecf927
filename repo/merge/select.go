package merge

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

// entry is a package of one of the sources, by what the choice depends on.
type entry struct {
	name, epoch, version, release, arch string

	href, base string // base as in the source
	source     build  // what it was built of
	repo       int    // index of the source
	ordinal    int    // of the package in the source
}

// build is the source package that a package was built of; the name is empty if
// that cannot be told.
type build struct{ name, version, release string }

// selection chooses among the packages of the sources, which it is shown in their
// order.
type selection struct {
	mode    Mode
	arches  map[string]bool // nil for all
	blocked map[string]bool // names of source packages
	bases   []string        // of the sources

	origins map[string]origin // of source packages, by name
	entries []entry
}

// origin says where the packages of a source package are taken from.
type origin struct {
	repo   int
	source build
}

func newSelection(o *Options, sources []Source) *selection {
	s := &selection{mode: o.Mode, blocked: map[string]bool{}, origins: map[string]origin{}}
	for _, name := range o.Blocked {
		s.blocked[name] = true
	}
	arches := slices.Concat(o.Arches, []string{"noarch"})
	if o.Mode != Bare || o.ArchExpand {
		arches = ExpandArches(o.Arches)
	}
	if len(o.Arches) > 0 || o.Mode != Bare {
		s.arches = map[string]bool{}
		for _, arch := range arches {
			s.arches[arch] = true
		}
	}
	for i := range sources {
		s.bases = append(s.bases, strings.TrimRight(sources[i].URL, "/"))
	}
	return s
}

// see takes note of a package. One that could pass for several lines of a list of
// packages is refused.
func (s *selection) see(p *rpmmd.Package, repo, ordinal int) error {
	for _, part := range [...]string{p.Name, p.Version, p.Release, p.Arch} {
		if strings.ContainsAny(part, " \t\r\n") {
			return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "package %q (%s): white space in its name", p.NEVRA(), p.Location.Href)
		}
	}
	var source build
	if nvra, err := koji.ParseNVRA(p.SourceRPM); err == nil && s.mode != Bare {
		source = build{nvra.Name, nvra.Version, nvra.Release}
		s.originate(source, repo)
	}
	if s.arches != nil && !s.arches[p.Arch] {
		return nil
	}
	switch {
	case s.mode == Bare || p.SourceRPM == "":
	case source.name == "" && s.mode == Koji, s.blocked[source.name]:
		return nil
	}
	s.entries = append(s.entries, entry{
		p.Name, p.Epoch, p.Version, p.Release, p.Arch, p.Location.Href, p.Location.Base, source, repo, ordinal,
	})
	return nil
}

// originate finds the repository that the packages of a source package come from:
// the first one that has any, and of those the ones of the newest version.
func (s *selection) originate(source build, repo int) {
	known, ok := s.origins[source.name]
	if !ok || known.repo == repo && compareBuilds(source, known.source) > 0 {
		s.origins[source.name] = origin{repo, source}
	}
}

func compareBuilds(a, b build) int {
	return cmp.Or(koji.CompareVersion(a.version, b.version), koji.CompareVersion(a.release, b.release))
}

// choose returns the packages that are taken, in the order of the merged
// repository, with their final bases.
func (s *selection) choose() []entry {
	type file struct{ name, version, release, arch string }
	type identity struct{ name, arch, evr string }
	files := map[file]bool{}
	identities := map[identity]bool{}
	taken := s.entries[:0]
	for _, e := range s.entries {
		if s.mode == Koji && e.source.name != "" && s.origins[e.source.name].source != e.source {
			continue
		}
		if s.mode != Simple {
			f := file{e.name, e.version, e.release, e.arch}
			id := identity{e.name, e.arch, canonicalEVR(e.epoch, e.version, e.release)}
			if s.mode == Koji && files[f] || identities[id] {
				continue
			}
			files[f], identities[id] = true, true
		}
		if e.repo > 0 && e.base == "" {
			e.base = s.bases[e.repo]
		}
		taken = append(taken, e)
	}
	slices.SortStableFunc(taken, func(a, b entry) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.href, b.href), strings.Compare(a.base, b.base))
	})
	return taken
}

// nvra returns the name of the package's file, without its suffix.
func (e *entry) nvra() string {
	return e.name + "-" + e.version + "-" + e.release + "." + e.arch
}

// canonicalEVR returns a text that is the same for all that RPM takes for equal.
func canonicalEVR(epoch, version, release string) string {
	var b strings.Builder
	appendCanonical(&b, cmp.Or(epoch, "0"))
	b.WriteByte(':')
	appendCanonical(&b, version)
	b.WriteByte('-')
	appendCanonical(&b, release)
	return b.String()
}

// appendCanonical appends a version as RPM compares it: numbers without leading
// zeros, runs of letters, tildes and carets, each ended by a dot.
func appendCanonical(b *strings.Builder, version string) {
	for i := 0; i < len(version); {
		class := classOf(version[i])
		end := i + 1
		for end < len(version) && classOf(version[end]) == class {
			end++
		}
		run := version[i:end]
		switch class {
		case digits:
			b.WriteString(cmp.Or(strings.TrimLeft(run, "0"), "0"))
			b.WriteByte('.')
		case letters:
			b.WriteString(run)
			b.WriteByte('.')
		case marks:
			b.WriteString(run)
		}
		i = end
	}
}

// Classes of the characters of a version.
const (
	separators = iota
	digits
	letters
	marks
)

func classOf(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return digits
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		return letters
	case c == '~' || c == '^':
		return marks
	default:
		return separators
	}
}
