package rpmmd

import (
	"path"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/koji/rpmfile"
)

// Bits of RPM's dependency flags.
const (
	// flagsPre are those of requirements of scriptlets that run when the package
	// is installed.
	flagsPre       = flagsLegacyPre | 1<<5 | 1<<7
	flagsLegacyPre = 1<<6 | 1<<9 | 1<<10
	// flagMissingOK marks what became a weak dependency of its own later.
	flagMissingOK = 1 << 19
	// flagStrong tells the strong from the weak in the lists that old
	// distributions used for weak dependencies.
	flagStrong = 1 << 27
)

// dependencies fills the eight lists of a package whose files are there already.
func (x *extractor) dependencies(p *Package, h *rpmfile.Header, o ReadOptions) {
	parse := func(c capability) (Dependency, bool) {
		d, ok := c.dependency()
		if !ok && o.Warn != nil {
			o.Warn(p.warning(BadDependency, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric,
				"package %q (%s): dependency %.60q: epoch of %.60q is not a number", p.NEVRA(), p.Location.Href, c.name, c.evr)))
		}
		return d, ok
	}
	add := func(list *[]Dependency, c capability) {
		if d, ok := parse(c); ok {
			*list = append(*list, d)
		}
	}
	all := func(list *[]Dependency, tags capabilityTags) {
		if e, ok := h.Lookup(tags.name); ok && *list == nil {
			*list = make([]Dependency, 0, e.Count)
		}
		for c := range capabilities(h, tags) {
			add(list, c)
		}
	}
	all(&p.Provides, tagsProvide)
	all(&p.Conflicts, tagsConflict)
	all(&p.Obsoletes, tagsObsolete)
	x.requirements.pre = flagsPre
	if o.LegacyPre {
		x.requirements.pre = flagsLegacyPre
	}
	x.requires(p, h, parse)
	all(&p.Recommends, tagsRecommend)
	all(&p.Suggests, tagsSuggest)
	all(&p.Supplements, tagsSupplement)
	all(&p.Enhances, tagsEnhance)
	for c := range capabilities(h, tagsOldSuggest) {
		if c.flags&flagStrong != 0 {
			add(&p.Recommends, c)
		} else {
			add(&p.Suggests, c)
		}
	}
	for c := range capabilities(h, tagsOldEnhance) {
		if c.flags&flagStrong != 0 {
			add(&p.Supplements, c)
		} else {
			add(&p.Enhances, c)
		}
	}
}

// requires fills the requires, and the recommends of packages that mark them as
// requires of a kind.
func (x *extractor) requires(p *Package, h *rpmfile.Header, parse func(capability) (Dependency, bool)) {
	names, ok := h.Lookup(rpmfile.TagRequireName)
	if !ok {
		return
	}
	r := &x.requirements
	r.reset(p, h)
	p.Requires = make([]Dependency, 0, names.Count)
	var newest Dependency // of the requirements of the C library
	for c := range capabilities(h, tagsRequire) {
		if !r.wanted(c) {
			continue
		}
		d, ok := parse(c)
		switch {
		case !ok:
		case c.flags&flagMissingOK != 0:
			p.Recommends = append(p.Recommends, d)
		default:
			v := r.variant(c)
			r.last[c.name], d.Pre = v, v.pre
			if !strings.HasPrefix(d.Name, libc) {
				p.Requires = append(p.Requires, d)
			} else if newest.Name == "" || libcExceeds(d.Name, newest.Name) {
				newest = d
			}
		}
	}
	if newest.Name != "" {
		p.Requires = append(p.Requires, newest)
	}
}

// requirements decides which requirements of a package its metadata lists.
type requirements struct {
	pre      uint64 // the flags that mark those of scriptlets
	files    []File
	owned    map[ownedPath]bool // of the files in primary.xml; filled when needed
	provided map[capabilityKey]bool
	last     map[string]requirementVariant // by name, the last one listed
}

// ownedPath is a path, split at its last slash.
type ownedPath struct{ dir, base string }

type requirementVariant struct {
	evr   string
	sense Sense
	pre   bool
}

func (r *requirements) variant(c capability) requirementVariant {
	return requirementVariant{c.evr, senseOf(c.flags), c.flags&r.pre != 0}
}

func (r *requirements) reset(p *Package, h *rpmfile.Header) {
	r.files = p.Files
	recycle(&r.owned)
	recycle(&r.provided)
	recycle(&r.last)
	for c := range capabilities(h, tagsProvide) {
		r.provided[c.key()] = true
	}
}

// recycle empties a map, or replaces one that was so full that emptying it
// would take longer.
func recycle[K comparable, V any](m *map[K]V) {
	if *m == nil || len(*m) > 1000 {
		*m = map[K]V{}
	} else {
		clear(*m)
	}
}

// wanted tells whether a requirement is neither one that rpm itself or the
// package fulfils, nor a repetition.
func (r *requirements) wanted(c capability) bool {
	switch {
	case strings.HasPrefix(c.name, "rpmlib("):
		return false
	case strings.HasPrefix(c.name, "/") && primaryPath(c.name) && r.owns(c.name):
		return false
	case r.provided[c.key()]:
		return false
	}
	last, ok := r.last[c.name]
	return !ok || last != r.variant(c)
}

// owns tells whether the package holds a path, which is one of a primary file.
func (r *requirements) owns(name string) bool {
	if len(r.owned) == 0 {
		r.owned[ownedPath{}] = true // filled, though there may be none
		for f := range primaryFiles(r.files) {
			owned := ownedPath{f.Dir, f.Base}
			if !strings.HasSuffix(f.Dir, "/") || strings.IndexByte(f.Base, '/') >= 0 {
				owned.dir, owned.base = path.Split(f.Path())
			}
			r.owned[owned] = true
		}
	}
	dir, base := path.Split(name)
	return r.owned[ownedPath{dir, base}]
}

// capability is a dependency as a header carries it.
type capability struct {
	name, evr string
	flags     uint64
}

// capabilityKey identifies a capability whatever its flags say beyond the
// comparison.
type capabilityKey struct {
	name, evr string
	sense     Sense
}

func (c capability) key() capabilityKey {
	return capabilityKey{c.name, c.evr, senseOf(c.flags)}
}

// capabilityTags are the tags of three parallel arrays.
type capabilityTags struct {
	name, flags, version rpmfile.Tag
}

var (
	tagsProvide    = capabilityTags{rpmfile.TagProvideName, rpmfile.TagProvideFlags, rpmfile.TagProvideVersion}
	tagsRequire    = capabilityTags{rpmfile.TagRequireName, rpmfile.TagRequireFlags, rpmfile.TagRequireVersion}
	tagsConflict   = capabilityTags{rpmfile.TagConflictName, rpmfile.TagConflictFlags, rpmfile.TagConflictVersion}
	tagsObsolete   = capabilityTags{rpmfile.TagObsoleteName, rpmfile.TagObsoleteFlags, rpmfile.TagObsoleteVersion}
	tagsRecommend  = capabilityTags{rpmfile.TagRecommendName, rpmfile.TagRecommendFlags, rpmfile.TagRecommendVersion}
	tagsSuggest    = capabilityTags{rpmfile.TagSuggestName, rpmfile.TagSuggestFlags, rpmfile.TagSuggestVersion}
	tagsSupplement = capabilityTags{rpmfile.TagSupplementName, rpmfile.TagSupplementFlags, rpmfile.TagSupplementVersion}
	tagsEnhance    = capabilityTags{rpmfile.TagEnhanceName, rpmfile.TagEnhanceFlags, rpmfile.TagEnhanceVersion}
	tagsOldSuggest = capabilityTags{rpmfile.TagOldSuggestsName, rpmfile.TagOldSuggestsFlags, rpmfile.TagOldSuggestsVersion}
	tagsOldEnhance = capabilityTags{rpmfile.TagOldEnhancesName, rpmfile.TagOldEnhancesFlags, rpmfile.TagOldEnhancesVersion}
)

// capabilities yields the dependencies of three parallel arrays in their order.
func capabilities(h *rpmfile.Header, tags capabilityTags) func(yield func(capability) bool) {
	return func(yield func(capability) bool) {
		names, ok := h.Lookup(tags.name)
		if !ok {
			return
		}
		flags, versions := h.Uints(tags.flags), h.Strings(tags.version)
		i := 0
		for name := range names.StringSeq() {
			c := capability{name: name, flags: flags.At(i)}
			if i < len(versions) {
				c.evr = versions[i]
			}
			if !yield(c) {
				return
			}
			i++
		}
	}
}

// dependency returns the capability as repository metadata states it. It is not
// ok if the epoch is not a number; upstream skips such a dependency.
func (c capability) dependency() (d Dependency, ok bool) {
	d = Dependency{Name: c.name, Sense: senseOf(c.flags)}
	if c.evr == "" {
		return d, true
	}
	epoch, rest, found := strings.Cut(c.evr, ":")
	if !found {
		epoch, rest = "", c.evr
	}
	if epoch == "" {
		epoch = "0"
	} else if !isInteger(epoch) {
		return d, false
	}
	d.Epoch = epoch
	d.Version, d.Release, _ = strings.Cut(rest, "-")
	return d, true
}

// isInteger tells whether C's strtol takes the whole of s for a number: upstream
// asks it.
func isInteger(s string) bool {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	if s != "" && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// libc is the start of the names of what the C library provides. Each version
// of its symbols implies the older ones, so one requirement is enough.
const libc = "libc.so.6"

// libcExceeds tells whether the requirement b asks for a later C library than a
// does. Both look like libc.so.6(GLIBC_2.34)(64bit), or are hostile: whichever
// is less like it loses.
func libcExceeds(b, a string) bool {
	_, a, okA := strings.Cut(a, "(")
	_, b, okB := strings.Cut(b, "(")
	if !okA || !okB {
		return okB
	}
	a, _, okA = strings.Cut(a, ")")
	b, _, okB = strings.Cut(b, ")")
	if !okA || !okB {
		return okB
	}
	if a == "" || b == "" {
		return b != ""
	}
	i, j := strings.IndexAny(a, "0123456789"), strings.IndexAny(b, "0123456789")
	if i < 0 || j < 0 {
		return j >= 0
	}
	return koji.CompareVersion(b[j:], a[i:]) > 0
}
