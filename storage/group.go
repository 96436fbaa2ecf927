package storage

import (
	"database/sql"

	"github.com/kojikit/kojikit/koji"
)

// Group is the name of a comps group.
type Group struct {
	ID   koji.GroupID `db:"id"`
	Name string       `db:"name"`
}

// GroupFilter selects group names.
type GroupFilter struct {
	ID   Match[koji.GroupID] `db:"id"`
	Name Match[string]       `db:"name"`
}

var groups = define[Group, GroupFilter](Kind{
	Table: "groups", Key: []string{"id"}, Serial: true,
	Unique: []Unique{{Columns: []string{"name"}}},
})

// Groups is the table of group names.
func (tx *Tx) Groups() Table[Group, GroupFilter] {
	return Table[Group, GroupFilter]{tx, groups}
}

// GroupConfig holds the settings of a group in a tag.
type GroupConfig struct {
	Group       koji.GroupID     `db:"group_id"`
	Tag         koji.TagID       `db:"tag_id"`
	Blocked     bool             `db:"blocked"`
	Exported    sql.Null[bool]   `db:"exported"`
	DisplayName string           `db:"display_name"`
	IsDefault   sql.Null[bool]   `db:"is_default"`
	UserVisible sql.Null[bool]   `db:"uservisible"`
	Description sql.Null[string] `db:"description"`
	LangOnly    sql.Null[string] `db:"langonly"`
	BiarchOnly  sql.Null[bool]   `db:"biarchonly"`
	Version
}

// GroupConfigFilter selects group settings.
type GroupConfigFilter struct {
	Group   Match[koji.GroupID] `db:"group_id"`
	Tag     Match[koji.TagID]   `db:"tag_id"`
	Blocked Match[bool]         `db:"blocked"`
}

var groupConfigs = define[GroupConfig, GroupConfigFilter](Kind{
	Table: "group_config", Key: []string{"group_id", "tag_id"},
	Index: [][]string{{"tag_id"}},
	Refs:  []Ref{{"group_id", "groups"}, {"tag_id", "tag"}},
})

// GroupConfigs is the table of group settings in tags.
func (tx *Tx) GroupConfigs() Versioned[GroupConfig, GroupConfigFilter] {
	return Versioned[GroupConfig, GroupConfigFilter]{tx, groupConfigs}
}

// GroupPackage is an rpm name in a group of a tag.
type GroupPackage struct {
	Group        koji.GroupID     `db:"group_id"`
	Tag          koji.TagID       `db:"tag_id"`
	Package      string           `db:"package"`
	Blocked      bool             `db:"blocked"`
	Type         string           `db:"type"` // mandatory, default, optional or conditional
	BaseArchOnly sql.Null[bool]   `db:"basearchonly"`
	Requires     sql.Null[string] `db:"requires"`
	Version
}

// GroupPackageFilter selects packages of groups.
type GroupPackageFilter struct {
	Group   Match[koji.GroupID] `db:"group_id"`
	Tag     Match[koji.TagID]   `db:"tag_id"`
	Package Match[string]       `db:"package"`
	Blocked Match[bool]         `db:"blocked"`
}

var groupPackages = define[GroupPackage, GroupPackageFilter](Kind{
	Table: "group_package_listing", Key: []string{"group_id", "tag_id", "package"},
	Index: [][]string{{"tag_id"}},
	Refs:  []Ref{{"group_id", "groups"}, {"tag_id", "tag"}},
})

// GroupPackages is the table of packages of groups.
func (tx *Tx) GroupPackages() Versioned[GroupPackage, GroupPackageFilter] {
	return Versioned[GroupPackage, GroupPackageFilter]{tx, groupPackages}
}

// GroupRequirement says that a group of a tag includes another group.
type GroupRequirement struct {
	Group         koji.GroupID     `db:"group_id"`
	Tag           koji.TagID       `db:"tag_id"`
	Required      koji.GroupID     `db:"req_id"`
	Blocked       bool             `db:"blocked"`
	Type          sql.Null[string] `db:"type"`
	IsMetaPackage bool             `db:"is_metapkg"`
	Version
}

// GroupRequirementFilter selects groups within groups.
type GroupRequirementFilter struct {
	Group    Match[koji.GroupID] `db:"group_id"`
	Tag      Match[koji.TagID]   `db:"tag_id"`
	Required Match[koji.GroupID] `db:"req_id"`
	Blocked  Match[bool]         `db:"blocked"`
}

var groupRequirements = define[GroupRequirement, GroupRequirementFilter](Kind{
	Table: "group_req_listing", Key: []string{"group_id", "tag_id", "req_id"},
	Index: [][]string{{"tag_id"}},
	Refs:  []Ref{{"group_id", "groups"}, {"tag_id", "tag"}, {"req_id", "groups"}},
})

// GroupRequirements is the table of groups within groups.
func (tx *Tx) GroupRequirements() Versioned[GroupRequirement, GroupRequirementFilter] {
	return Versioned[GroupRequirement, GroupRequirementFilter]{tx, groupRequirements}
}
