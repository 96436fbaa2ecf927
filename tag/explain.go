package tag

import (
	"context"
	"slices"

	"github.com/kojikit/kojikit/koji"
)

// Outcome is what became of a package list entry that a resolution came by.
type Outcome uint8

// Outcomes of entries.
const (
	Decides    Outcome = iota // the first to apply
	Overridden                // applies, after another
	Filtered                  // does not match a pattern on the way
)

// ExplainedEntry is an entry of a package list with what became of it.
type ExplainedEntry struct {
	Package
	Position int    // index of the step in the tag's inheritance, -1 for the tag itself
	Path     []Link // from the tag to the one that holds the entry
	Outcome  Outcome
	Pattern  string // that the package does not match, if Filtered
	Filter   Link   // that has the pattern, if Filtered
}

// PackageExplanation says why a package is, or is not, in the list of a tag. Its
// String is an account of it for people.
type PackageExplanation struct {
	TagName string
	Name    string // of the package
	// Entries are those of the package along the inheritance, in its order.
	Entries []ExplainedEntry
}

// Entry returns the entry that decides, which may be a block, or nil.
func (x *PackageExplanation) Entry() *ExplainedEntry {
	for i := range x.Entries {
		if x.Entries[i].Outcome == Decides {
			return &x.Entries[i]
		}
	}
	return nil
}

// ExplainPackage tells why a package is, or is not, in the list of a tag at an
// event, inheritance included.
func (r *Resolver) ExplainPackage(ctx context.Context, tag koji.TagID, name string, at koji.EventID) (PackageExplanation, error) {
	var x PackageExplanation
	if name == "" {
		return x, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "explanation of a package without a name")
	}
	err := r.view(ctx, func(src Reader) error {
		info, err := existing(ctx, src, tag, at)
		if err != nil {
			return err
		}
		steps, err := r.inheritance(ctx, src, tag, at)
		if err != nil {
			return err
		}
		x, err = r.explainPackage(ctx, src, &info, steps, name, at)
		return err
	})
	return x, err
}

func (r *Resolver) explainPackage(ctx context.Context, src Reader, info *Info, steps []Step, name string, at koji.EventID) (PackageExplanation, error) {
	x := PackageExplanation{TagName: info.Name, Name: name}
	filters, err := newFilters(steps, r.opts.MatchTimeout)
	if err != nil {
		return x, err
	}
	byTag, err := entries(ctx, src, order(info.ID, steps), PackageOptions{At: at, Package: name})
	if err != nil {
		return x, err
	}
	decided := false
	for i := -1; i < len(steps); i++ {
		holder, patterns := info.ID, []string(nil)
		if i >= 0 {
			holder, patterns = steps[i].Parent, steps[i].Filter
		}
		for _, p := range byTag[holder].named(name) {
			e := ExplainedEntry{Package: p, Position: i, Path: path(steps, i)}
			bad, err := filters.mismatch(ctx, patterns, name)
			switch {
			case err != nil:
				return x, err
			case bad >= 0:
				e.Outcome, e.Pattern, e.Filter = Filtered, patterns[bad], filterLink(e.Path, bad)
			case decided:
				e.Outcome = Overridden
			}
			decided = decided || bad < 0
			x.Entries = append(x.Entries, e)
		}
	}
	return x, nil
}

// path returns the links that a walk took to step i, none for -1.
func path(steps []Step, i int) []Link {
	var links []Link
	for ; i >= 0; i = steps[i].From {
		links = append(links, steps[i].Link)
	}
	slices.Reverse(links)
	return links
}

// filterLink returns the n-th link of a path that has a pattern.
func filterLink(path []Link, n int) Link {
	for _, l := range path {
		if l.PkgFilter.V == "" {
			continue
		}
		if n == 0 {
			return l
		}
		n--
	}
	return Link{}
}

// Verdict says whether a build is listed for a tag, and if not, what keeps it out.
type Verdict uint8

// Verdicts. Where several things keep a build out it is the first of these.
const (
	Listed            Verdict = iota
	NotTagged                 // in the tag, or in one that it inherits from
	NotInherited              // tagged in an ancestor, but only the tag's own builds were asked for
	WrongState                // not COMPLETE
	NotAskedFor               // package, prefix, owner, drafts or type of the options
	PackageNotListed          // nowhere along the inheritance
	PackageFiltered           // listed only where a link's filter keeps it out
	PackageBlocked            // the entry that decides is a block
	BehindOtherBuilds         // enough builds of the package come before it
)

// ExplainedTagging is a tagging of a build within a tag's inheritance.
type ExplainedTagging struct {
	Build
	Position int    // index of the step in the tag's inheritance, -1 for the tag itself
	Path     []Link // from the tag to the one that holds the build
}

// BuildExplanation says why a build is, or is not, listed for a tag. Its String
// is an account of it for people.
type BuildExplanation struct {
	TagName string
	Build   koji.BuildID
	NVR     koji.NVR
	State   koji.BuildState
	Verdict Verdict
	// Tagging is the one that counts: the nearest, nil if there is none.
	Tagging *ExplainedTagging
	// Elsewhere names the tags with the build that the tag does not inherit from.
	Elsewhere []string
	// CutOff tells of those of them that links lead to what ends the way.
	CutOff []CutOff
	// Package explains the entry of the package list that decides.
	Package PackageExplanation
	// Before are the builds of the package that come before this one, After those
	// that come after it, in order. With BuildOptions.Latest the first so many
	// of all are listed, the others hidden behind them.
	Before []Build
	After  []Build
	Latest int // as asked for
}

// ExplainBuild tells why a build is, or is not, among those that
// [Resolver.Builds] lists for a tag. A build that does not exist is koji.ErrNotFound.
func (r *Resolver) ExplainBuild(ctx context.Context, tag koji.TagID, build koji.BuildID, opts BuildOptions) (BuildExplanation, error) {
	var x BuildExplanation
	err := r.view(ctx, func(src Reader) error {
		info, err := existing(ctx, src, tag, opts.At)
		if err != nil {
			return err
		}
		steps, err := r.inheritance(ctx, src, tag, opts.At)
		if err != nil {
			return err
		}
		x, err = r.explainBuild(ctx, src, &info, steps, build, opts)
		return err
	})
	return x, err
}

func (r *Resolver) explainBuild(ctx context.Context, src Reader, info *Info, steps []Step, build koji.BuildID, opts BuildOptions) (BuildExplanation, error) {
	x := BuildExplanation{TagName: info.Name, Build: build, Latest: opts.Latest}
	taggings, err := src.TaggedBuilds(ctx, opts.At, TaggedBuildQuery{ID: build, AnyState: true})
	if err != nil {
		return x, err
	}
	if err := x.place(ctx, src, info, steps, taggings); err != nil {
		return x, err
	}
	reached := order(info.ID, steps)
	var beyond []koji.TagID
	for i := range taggings {
		if !slices.Contains(reached, taggings[i].Tag) {
			beyond = append(beyond, taggings[i].Tag)
		}
	}
	if x.CutOff, err = cutOffs(ctx, src, info.ID, opts.At, beyond); err != nil {
		return x, err
	}
	if x.Tagging == nil {
		x.Verdict = NotTagged
		return x, nil
	}
	b := &x.Tagging.Build
	if x.Package, err = r.explainPackage(ctx, src, info, steps, b.Name, opts.At); err != nil {
		return x, err
	}
	asked, err := r.rank(ctx, src, &x, info, steps, opts)
	if err != nil {
		return x, err
	}
	entry := x.Package.Entry()
	switch {
	case !opts.Inherit && x.Tagging.Position >= 0:
		x.Verdict = NotInherited
	case b.State != koji.BuildComplete:
		x.Verdict = WrongState
	case !asked:
		x.Verdict = NotAskedFor
	case len(x.Package.Entries) == 0:
		x.Verdict = PackageNotListed
	case entry == nil:
		x.Verdict = PackageFiltered
	case entry.Blocked:
		x.Verdict = PackageBlocked
	case opts.Latest != 0 && len(x.Before) >= opts.Latest:
		x.Verdict = BehindOtherBuilds
	}
	return x, nil
}

// place finds the nearest of a build's taggings.
func (x *BuildExplanation) place(ctx context.Context, src Reader, info *Info, steps []Step, taggings []TaggedBuild) error {
	position := map[koji.TagID]int{info.ID: -1}
	for i := range steps {
		if _, known := position[steps[i].Parent]; !known {
			position[steps[i].Parent] = i
		}
	}
	var elsewhere []koji.TagID
	nearest := -1
	for i, t := range taggings {
		p, reached := position[t.Tag]
		switch {
		case !reached:
			elsewhere = append(elsewhere, t.Tag)
		case nearest < 0 || p < position[taggings[nearest].Tag]:
			nearest = i
		}
	}
	counts := TaggedBuild{Build: x.Build}
	if nearest >= 0 {
		counts = taggings[nearest]
	}
	builds, err := details(ctx, src, info, steps, []TaggedBuild{counts}, "")
	if err != nil {
		return err
	}
	if len(builds) == 0 {
		return koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such build: %d", x.Build)
	}
	x.NVR, x.State = builds[0].NVR(), builds[0].State
	if nearest >= 0 {
		i := position[counts.Tag]
		x.Tagging = &ExplainedTagging{Build: builds[0], Position: i, Path: path(steps, i)}
	}
	if len(elsewhere) == 0 {
		return nil
	}
	tags, err := src.Tags(ctx, koji.Now, InfoQuery{IDs: elsewhere})
	for _, t := range tags {
		x.Elsewhere = append(x.Elsewhere, t.Name)
	}
	slices.Sort(x.Elsewhere)
	return err
}

// rank finds the builds of the package before and after the build. It reports
// whether the options select the build at all.
func (r *Resolver) rank(ctx context.Context, src Reader, x *BuildExplanation, info *Info, steps []Step, opts BuildOptions) (bool, error) {
	b := &x.Tagging.Build
	if opts.Package != "" && opts.Package != b.Name || !hasPrefix(b.Name, opts.Prefix) {
		return false, nil
	}
	if !opts.Inherit {
		steps = nil
	}
	opts.Package, opts.Latest = b.Name, 0
	byTag, err := tagged(ctx, src, order(info.ID, steps), opts)
	if err != nil {
		return false, err
	}
	var list []TaggedBuild
	place := -1 // of the build in the list
	for _, t := range r.visits(info.ID, steps) {
		for _, other := range byTag[t] {
			if place < 0 && other.Build == b.ID && other.Tag == b.Tag {
				place = len(list)
			}
			list = append(list, other)
		}
	}
	builds, err := details(ctx, src, info, steps, list, opts.Type)
	switch {
	case err != nil:
		return false, err
	case place < 0 || len(builds) < len(list):
		x.Before = builds
		return false, nil
	}
	x.Before, x.After = builds[:place:place], builds[place+1:]
	return true, nil
}
