package tag

import (
	"context"
	"database/sql"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// Source is where a [Resolver] reads from.
//
// View calls fn with a Reader that shows one state for as long as fn runs, and
// returns the error of fn. The Reader is used by one goroutine and not after fn
// has returned. [NewSource] reads a store; anything else that can answer the
// questions of a [Reader] will do, by way of [Static] if it is always the same.
type Source interface {
	View(ctx context.Context, fn func(Reader) error) error
}

// Reader answers what a resolution has to know about tags, always for many tags
// at once. Methods that take an event ask for the state at it; koji.Now is the
// present. Rows may come in any order. A tag, package or build that is not there
// simply has no row: absence is not an error.
//
// Ids must be right. Names of tags and users only show in answers and
// explanations, and may be left out; names of packages are matched by filters.
type Reader interface {
	// Tags returns the tags with the given ids or names, those that do not
	// exist at the event included as long as their name is known.
	Tags(ctx context.Context, at koji.EventID, q InfoQuery) ([]Info, error)
	// Links returns the links whose child is one of the tags, or those of all
	// tags: there are not many of them. Answers call ancestors by ParentName.
	Links(ctx context.Context, at koji.EventID, q LinkQuery) ([]Link, error)
	// Packages returns entries of package lists, their tags' names included.
	Packages(ctx context.Context, at koji.EventID, q PackageQuery) ([]Package, error)
	// TaggedBuilds returns taggings of builds, by default of those in state
	// COMPLETE. There may be hundreds of thousands.
	TaggedBuilds(ctx context.Context, at koji.EventID, q TaggedBuildQuery) ([]TaggedBuild, error)
	// Builds returns what is known of builds in any state, without regard to
	// where they are tagged: Tag, TagName and Event are filled in by the Resolver.
	Builds(ctx context.Context, q BuildQuery) ([]Build, error)
	// RPMs returns the rpms of builds. Rpms are not versioned.
	RPMs(ctx context.Context, q RPMQuery) ([]RPM, error)
}

// Static returns a Source whose every view is r.
func Static(r Reader) Source { return static{r} }

type static struct{ Reader }

func (s static) View(_ context.Context, fn func(Reader) error) error { return fn(s.Reader) }

// InfoQuery selects tags that have one of the ids or one of the names.
type InfoQuery struct {
	IDs   []koji.TagID
	Names []string
}

// PackageQuery selects entries of package lists. An entry must meet every field
// that is set.
type PackageQuery struct {
	Tags          []koji.TagID // whose lists to read; nil for those of all tags
	Name          string       // of the package
	Owner         koji.UserID
	WithoutOwners bool // leave the owner out, and return entries that have none as well
}

// LinkQuery selects inheritance links.
type LinkQuery struct {
	Children []koji.TagID // nil for all tags
}

// TaggedBuildQuery selects tagged builds. A build must meet every field that is set.
type TaggedBuildQuery struct {
	Tags   []koji.TagID // nil for all tags, if ID is set
	Name   string       // of the package
	ID     koji.BuildID
	Owner  string // name of the user who owns the build
	Drafts Drafts
	// Type is maven, win or image for builds that are in the table of such
	// builds, or else a name of the btype table. An unknown one is
	// koji.ErrInvalid.
	Type string
	// AnyState asks for builds in other states than COMPLETE as well.
	AnyState bool
}

// BuildQuery selects builds.
type BuildQuery struct {
	IDs []koji.BuildID
	// Type asks for what builds of that type have beyond others: see Build.
	Type string
}

// RPMQuery selects rpms.
type RPMQuery struct {
	Builds     []koji.BuildID
	Arches     []string // nil for all
	Signatures bool     // one row for each signature of an rpm
}

// Info describes a tag at an event.
type Info struct {
	ID              koji.TagID
	Name            string // today's; names are not versioned
	Exists          bool   // the tag has a configuration; if not, the fields below are zero
	Arches          sql.Null[string]
	Permission      sql.Null[koji.PermissionID]
	PermissionName  string
	Locked          bool
	MavenSupport    bool
	MavenIncludeAll bool
	// Extra holds the tag's own free settings as JSON text, nothing inherited.
	// A null value blocks what would be inherited under the key.
	Extra map[string]sql.Null[string]
}

// Link is one tag's inheritance from another.
type Link struct {
	Child        koji.TagID
	Parent       koji.TagID
	ChildName    string
	ParentName   string
	Priority     int // lower first; unique per child
	MaxDepth     sql.Null[int]
	Intransitive bool
	NoConfig     bool
	PkgFilter    sql.Null[string] // Python regular expression; null or empty for none
}

// Package is an entry of a tag's package list.
type Package struct {
	ID          koji.PackageID
	Name        string
	Tag         koji.TagID // whose list holds it
	TagName     string
	Owner       koji.UserID // 0 if owners were left out, or there is none
	OwnerName   string
	Blocked     bool
	ExtraArches sql.Null[string]
}

// TaggedBuild is a build in a tag: as much of it as tells which builds a tag shows.
type TaggedBuild struct {
	Tag     koji.TagID
	Build   koji.BuildID
	Package koji.PackageID
	Event   koji.EventID // of the tagging
}

// Build is a build in a tag.
type Build struct {
	// BuildDetails is what is known of the build itself. Several answers may
	// share it, so it must not be changed.
	*storage.BuildDetails
	Tag      koji.TagID
	TagName  string
	Event    koji.EventID    // of the tagging
	Maven    *koji.MavenInfo // if builds of type maven were asked for
	Platform string          // if builds of type win were asked for
}

// RPM is an rpm of a tagged build.
type RPM struct {
	storage.RPM
	// SigKey is the key of one signature of the rpm if those were asked for:
	// empty for the header without signature, null if the rpm has none at all.
	SigKey sql.Null[string]
}

// Drafts tells what to do with draft builds.
type Drafts uint8

// Choices of draft builds.
const (
	DraftsToo  Drafts = iota // like any other
	DraftsOnly               // nothing but drafts
	NoDrafts                 // no drafts
)
