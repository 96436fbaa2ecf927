package storage

import (
	"database/sql"
	"time"

	"github.com/kojikit/kojikit/koji"
)

// NamedLink is an inheritance link with the names of its tags.
type NamedLink struct {
	Tag          koji.TagID       `db:"tag_id"`
	TagName      string           `db:"tag_id.name"`
	Parent       koji.TagID       `db:"parent_id"`
	ParentName   string           `db:"parent_id.name"`
	Priority     int              `db:"priority"`
	MaxDepth     sql.Null[int]    `db:"maxdepth"`
	Intransitive bool             `db:"intransitive"`
	NoConfig     bool             `db:"noconfig"`
	PkgFilter    sql.Null[string] `db:"pkg_filter"`
}

var namedLinks = defineView[NamedLink, InheritanceFilter](inheritances)

// NamedLinks is a view of the inheritance links.
func (tx *Tx) NamedLinks() Versioned[NamedLink, InheritanceFilter] {
	return Versioned[NamedLink, InheritanceFilter]{tx, namedLinks}
}

// NamedTagPackage is an entry of a package list with the name of the package.
type NamedTagPackage struct {
	Package     koji.PackageID   `db:"package_id"`
	Name        string           `db:"package_id.name"`
	Tag         koji.TagID       `db:"tag_id"`
	Blocked     bool             `db:"blocked"`
	ExtraArches sql.Null[string] `db:"extra_arches"`
}

// NamedTagPackageFilter selects package list entries.
type NamedTagPackageFilter struct {
	Package Match[koji.PackageID] `db:"package_id"`
	Name    Match[string]         `db:"package_id.name"`
	Tag     Match[koji.TagID]     `db:"tag_id"`
}

var namedTagPackages = defineView[NamedTagPackage, NamedTagPackageFilter](tagPackages)

// NamedTagPackages is a view of the package lists.
func (tx *Tx) NamedTagPackages() Versioned[NamedTagPackage, NamedTagPackageFilter] {
	return Versioned[NamedTagPackage, NamedTagPackageFilter]{tx, namedTagPackages}
}

// NamedTagOwner is the owner of a package in a tag with the user's name.
type NamedTagOwner struct {
	Package   koji.PackageID `db:"package_id"`
	Tag       koji.TagID     `db:"tag_id"`
	Owner     koji.UserID    `db:"owner"`
	OwnerName string         `db:"owner.name"`
}

// NamedTagOwnerFilter selects package owners.
type NamedTagOwnerFilter struct {
	Package Match[koji.PackageID] `db:"package_id"`
	Name    Match[string]         `db:"package_id.name"`
	Tag     Match[koji.TagID]     `db:"tag_id"`
	Owner   Match[koji.UserID]    `db:"owner"`
}

var namedTagOwners = defineView[NamedTagOwner, NamedTagOwnerFilter](tagOwners)

// NamedTagOwners is a view of the package owners.
func (tx *Tx) NamedTagOwners() Versioned[NamedTagOwner, NamedTagOwnerFilter] {
	return Versioned[NamedTagOwner, NamedTagOwnerFilter]{tx, namedTagOwners}
}

// TaggedBuild is the tagging of a build with the package of the build: as little
// as tells what the latest builds in a tag are, which may have some hundred
// thousand taggings.
type TaggedBuild struct {
	Tag     koji.TagID     `db:"tag_id"`
	Build   koji.BuildID   `db:"build_id"`
	Event   koji.EventID   `db:"create_event"` // of the tagging
	Package koji.PackageID `db:"build_id.pkg_id"`
}

// TaggedBuildFilter selects tagged builds.
type TaggedBuildFilter struct {
	Tag     Match[koji.TagID]      `db:"tag_id"`
	Build   Match[koji.BuildID]    `db:"build_id"`
	Package Match[koji.PackageID]  `db:"build_id.pkg_id"`
	State   Match[koji.BuildState] `db:"build_id.state"`
	Draft   Match[bool]            `db:"build_id.draft"`
	Owner   Match[koji.UserID]     `db:"build_id.owner"`
}

var taggedBuilds = defineView[TaggedBuild, TaggedBuildFilter](tagListings)

// TaggedBuilds is a view of the tagged builds.
func (tx *Tx) TaggedBuilds() Versioned[TaggedBuild, TaggedBuildFilter] {
	return Versioned[TaggedBuild, TaggedBuildFilter]{tx, taggedBuilds}
}

// BuildDetails is a build with what its references say.
type BuildDetails struct {
	Build
	Name         string           `db:"pkg_id.name"` // of the package
	OwnerName    string           `db:"owner.name"`
	PromoterName sql.Null[string] `db:"promoter.name"`
	VolumeName   string           `db:"volume_id.name"`
	CreationTime time.Time        `db:"create_event.time"`
}

// NVR returns the name, version and release of the build.
func (b *BuildDetails) NVR() koji.NVR {
	return koji.NVR{Name: b.Name, Version: b.Version, Release: b.Release}
}

var buildDetails = defineView[BuildDetails, BuildFilter](builds)

// BuildDetails is a view of the builds.
func (tx *Tx) BuildDetails() Table[BuildDetails, BuildFilter] {
	return Table[BuildDetails, BuildFilter]{tx, buildDetails}
}
