package storage

import (
	"database/sql"

	"github.com/kojikit/kojikit/koji"
)

// Tag is the name of a tag. The tag exists at an event if it has a [TagConfig]
// there.
type Tag struct {
	ID   koji.TagID `db:"id"`
	Name string     `db:"name"`
}

// TagFilter selects tag names.
type TagFilter struct {
	ID   Match[koji.TagID] `db:"id"`
	Name Match[string]     `db:"name"`
}

var tags = define[Tag, TagFilter](Kind{
	Table: "tag", Key: []string{"id"}, Serial: true, Unique: []Unique{{Columns: []string{"name"}}},
})

// Tags is the table of tag names, those of deleted tags included.
func (tx *Tx) Tags() Table[Tag, TagFilter] { return Table[Tag, TagFilter]{tx, tags} }

// TagConfig holds the settings of a tag; an active one is the tag's existence.
type TagConfig struct {
	Tag             koji.TagID                  `db:"tag_id"`
	Arches          sql.Null[string]            `db:"arches"` // separated by blanks
	Permission      sql.Null[koji.PermissionID] `db:"perm_id"`
	Locked          bool                        `db:"locked"`
	MavenSupport    bool                        `db:"maven_support"`
	MavenIncludeAll bool                        `db:"maven_include_all"`
	Version
}

// TagConfigFilter selects tag settings.
type TagConfigFilter struct {
	Tag        Match[koji.TagID]        `db:"tag_id"`
	Permission Match[koji.PermissionID] `db:"perm_id"`
}

var tagConfigs = define[TagConfig, TagConfigFilter](Kind{
	Table: "tag_config", Key: []string{"tag_id"},
	Refs: []Ref{{"tag_id", "tag"}, {"perm_id", "permissions"}},
})

// TagConfigs is the table of tag settings.
func (tx *Tx) TagConfigs() Versioned[TagConfig, TagConfigFilter] {
	return Versioned[TagConfig, TagConfigFilter]{tx, tagConfigs}
}

// TagExtra is a free setting of a tag.
type TagExtra struct {
	Tag   koji.TagID       `db:"tag_id"`
	Key   string           `db:"key"`
	Value sql.Null[string] `db:"value"` // JSON text; null blocks an inherited value
	Version
}

// TagExtraFilter selects free settings.
type TagExtraFilter struct {
	Tag Match[koji.TagID] `db:"tag_id"`
	Key Match[string]     `db:"key"`
}

var tagExtras = define[TagExtra, TagExtraFilter](Kind{
	Table: "tag_extra", Key: []string{"tag_id", "key"}, Refs: []Ref{{"tag_id", "tag"}},
})

// TagExtras is the table of free settings of tags.
func (tx *Tx) TagExtras() Versioned[TagExtra, TagExtraFilter] {
	return Versioned[TagExtra, TagExtraFilter]{tx, tagExtras}
}

// Inheritance is a link from a tag to one it inherits from.
type Inheritance struct {
	Tag          koji.TagID       `db:"tag_id"`    // the child
	Parent       koji.TagID       `db:"parent_id"` // where the content comes from
	Priority     int              `db:"priority"`  // lower first; unique per child
	MaxDepth     sql.Null[int]    `db:"maxdepth"`  // levels beyond the parent; null for no limit
	Intransitive bool             `db:"intransitive"`
	NoConfig     bool             `db:"noconfig"`
	PkgFilter    sql.Null[string] `db:"pkg_filter"` // Python regular expression on package names
	Version
}

// InheritanceFilter selects links.
type InheritanceFilter struct {
	Tag    Match[koji.TagID] `db:"tag_id"`
	Parent Match[koji.TagID] `db:"parent_id"`
}

var inheritances = define[Inheritance, InheritanceFilter](Kind{
	Table: "tag_inheritance", Key: []string{"tag_id", "priority"},
	Unique: []Unique{{Columns: []string{"tag_id", "parent_id"}}}, Index: [][]string{{"parent_id"}},
	Refs: []Ref{{"tag_id", "tag"}, {"parent_id", "tag"}},
})

// Inheritances is the table of inheritance links.
func (tx *Tx) Inheritances() Versioned[Inheritance, InheritanceFilter] {
	return Versioned[Inheritance, InheritanceFilter]{tx, inheritances}
}

// TagPackage is an entry of a tag's package list.
type TagPackage struct {
	Package     koji.PackageID   `db:"package_id"`
	Tag         koji.TagID       `db:"tag_id"`
	Blocked     bool             `db:"blocked"`
	ExtraArches sql.Null[string] `db:"extra_arches"` // separated by blanks
	Version
}

// TagPackageFilter selects package list entries.
type TagPackageFilter struct {
	Package Match[koji.PackageID] `db:"package_id"`
	Tag     Match[koji.TagID]     `db:"tag_id"`
	Blocked Match[bool]           `db:"blocked"`
}

var tagPackages = define[TagPackage, TagPackageFilter](Kind{
	Table: "tag_packages", Key: []string{"package_id", "tag_id"}, Index: [][]string{{"tag_id"}},
	Refs: []Ref{{"package_id", "package"}, {"tag_id", "tag"}},
})

// TagPackages is the table of package lists.
func (tx *Tx) TagPackages() Versioned[TagPackage, TagPackageFilter] {
	return Versioned[TagPackage, TagPackageFilter]{tx, tagPackages}
}

// TagOwner is the owner of a package in a tag. It is a table of its own so that
// a change of owner does not count as a change of the tag's content.
type TagOwner struct {
	Package koji.PackageID `db:"package_id"`
	Tag     koji.TagID     `db:"tag_id"`
	Owner   koji.UserID    `db:"owner"`
	Version
}

// TagOwnerFilter selects package owners.
type TagOwnerFilter struct {
	Package Match[koji.PackageID] `db:"package_id"`
	Tag     Match[koji.TagID]     `db:"tag_id"`
	Owner   Match[koji.UserID]    `db:"owner"`
}

var tagOwners = define[TagOwner, TagOwnerFilter](Kind{
	Table: "tag_package_owners", Key: []string{"package_id", "tag_id"}, Index: [][]string{{"tag_id"}},
	Refs: []Ref{{"package_id", "package"}, {"tag_id", "tag"}, {"owner", "users"}},
})

// TagOwners is the table of package owners.
func (tx *Tx) TagOwners() Versioned[TagOwner, TagOwnerFilter] {
	return Versioned[TagOwner, TagOwnerFilter]{tx, tagOwners}
}

// TagListing is the tagging of a build. Its create event is the time of the
// tagging.
type TagListing struct {
	Build koji.BuildID `db:"build_id"`
	Tag   koji.TagID   `db:"tag_id"`
	Version
}

// TagListingFilter selects taggings.
type TagListingFilter struct {
	Build Match[koji.BuildID] `db:"build_id"`
	Tag   Match[koji.TagID]   `db:"tag_id"`
}

var tagListings = define[TagListing, TagListingFilter](Kind{
	Table: "tag_listing", Key: []string{"build_id", "tag_id"}, Index: [][]string{{"tag_id"}},
	Refs: []Ref{{"build_id", "build"}, {"tag_id", "tag"}},
})

// TagListings is the table of tagged builds.
func (tx *Tx) TagListings() Versioned[TagListing, TagListingFilter] {
	return Versioned[TagListing, TagListingFilter]{tx, tagListings}
}

// TagUpdate notes a change of a tag's content that left no versioned row.
type TagUpdate struct {
	ID      int64              `db:"id"`
	Tag     koji.TagID         `db:"tag_id"`
	Event   koji.EventID       `db:"update_event"`
	Updater koji.UserID        `db:"updater_id"`
	Type    koji.TagUpdateType `db:"update_type"`
}

// TagUpdateFilter selects notes of changes.
type TagUpdateFilter struct {
	Tag   Match[koji.TagID]   `db:"tag_id"`
	Event Match[koji.EventID] `db:"update_event"`
}

var tagUpdates = define[TagUpdate, TagUpdateFilter](Kind{
	Table: "tag_updates", Key: []string{"id"}, Serial: true,
	Index: [][]string{{"tag_id"}, {"update_event"}},
	Refs:  []Ref{{"tag_id", "tag"}, {"update_event", "events"}, {"updater_id", "users"}},
})

// TagUpdates is the table of unversioned changes of tags.
func (tx *Tx) TagUpdates() Table[TagUpdate, TagUpdateFilter] {
	return Table[TagUpdate, TagUpdateFilter]{tx, tagUpdates}
}
