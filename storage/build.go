package storage

import (
	"database/sql"
	"time"

	"github.com/kojikit/kojikit/koji"
)

// Package is a source package: what builds of one name have in common.
type Package struct {
	ID   koji.PackageID `db:"id"`
	Name string         `db:"name"`
}

// PackageFilter selects packages.
type PackageFilter struct {
	ID   Match[koji.PackageID] `db:"id"`
	Name Match[string]         `db:"name"`
}

var packages = define[Package, PackageFilter](Kind{
	Table: "package", Key: []string{"id"}, Serial: true, Unique: []Unique{{Columns: []string{"name"}}},
})

// Packages is the table of packages.
func (tx *Tx) Packages() Table[Package, PackageFilter] {
	return Table[Package, PackageFilter]{tx, packages}
}

// Build is one build of a package. Name and volume name are in their tables.
type Build struct {
	ID             koji.BuildID          `db:"id"`
	Volume         koji.VolumeID         `db:"volume_id"`
	Package        koji.PackageID        `db:"pkg_id"`
	Version        string                `db:"version"`
	Release        string                `db:"release"`
	Epoch          sql.Null[int]         `db:"epoch"`
	Draft          bool                  `db:"draft"`
	Source         sql.Null[string]      `db:"source"`
	CreateEvent    koji.EventID          `db:"create_event"`
	StartTime      sql.Null[time.Time]   `db:"start_time"`
	CompletionTime sql.Null[time.Time]   `db:"completion_time"` // null while BUILDING, set otherwise
	PromotionTime  sql.Null[time.Time]   `db:"promotion_time"`
	State          koji.BuildState       `db:"state"`
	Task           sql.Null[koji.TaskID] `db:"task_id"`
	Owner          koji.UserID           `db:"owner"`
	Promoter       sql.Null[koji.UserID] `db:"promoter"`
	CG             sql.Null[koji.CGID]   `db:"cg_id"`
	Extra          sql.Null[string]      `db:"extra"` // JSON text
}

// check refuses what the schema forbids.
func (b *Build) check() error {
	switch {
	case b.CompletionTime.Valid && b.State == koji.BuildBuilding:
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "build %s-%s of package %d has state %s and a completion time",
			b.Version, b.Release, b.Package, b.State)
	case !b.CompletionTime.Valid && b.State != koji.BuildBuilding:
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "build %s-%s of package %d has state %s and no completion time",
			b.Version, b.Release, b.Package, b.State)
	case b.Draft && (b.PromotionTime.Valid || b.Promoter.Valid):
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "draft build %d is promoted", b.ID)
	}
	if id, _ := koji.DraftID(b.Release); b.Draft && id != b.ID {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "release of draft build %d does not end in its id: %q", b.ID, b.Release)
	}
	return nil
}

// BuildFilter selects builds.
type BuildFilter struct {
	ID      Match[koji.BuildID]    `db:"id"`
	Package Match[koji.PackageID]  `db:"pkg_id"`
	Version Match[string]          `db:"version"`
	Release Match[string]          `db:"release"`
	State   Match[koji.BuildState] `db:"state"`
	Draft   Match[bool]            `db:"draft"`
	Owner   Match[koji.UserID]     `db:"owner"`
	Volume  Match[koji.VolumeID]   `db:"volume_id"`
	Task    Match[koji.TaskID]     `db:"task_id"`
}

var builds = define[Build, BuildFilter](Kind{
	Table: "build", Key: []string{"id"}, Serial: true,
	Unique: []Unique{{Columns: []string{"pkg_id", "version", "release"}}},
	Refs: []Ref{
		{"volume_id", "volume"}, {"pkg_id", "package"}, {"create_event", "events"}, {"task_id", "task"},
		{"owner", "users"}, {"promoter", "users"}, {"cg_id", "content_generator"},
	},
})

// Builds is the table of builds.
func (tx *Tx) Builds() Table[Build, BuildFilter] { return Table[Build, BuildFilter]{tx, builds} }

// BType is a kind of build content: rpm, maven, win, image, or one added later.
type BType struct {
	ID   koji.BTypeID `db:"id"`
	Name string       `db:"name"`
}

// BTypeFilter selects build types.
type BTypeFilter struct {
	ID   Match[koji.BTypeID] `db:"id"`
	Name Match[string]       `db:"name"`
}

var btypes = define[BType, BTypeFilter](Kind{
	Table: "btype", Key: []string{"id"}, Serial: true, Unique: []Unique{{Columns: []string{"name"}}},
})

// BTypes is the table of build types.
func (tx *Tx) BTypes() Table[BType, BTypeFilter] { return Table[BType, BTypeFilter]{tx, btypes} }

// BuildType says that a build holds content of a type.
type BuildType struct {
	Build koji.BuildID `db:"build_id"`
	BType koji.BTypeID `db:"btype_id"`
}

// BuildTypeFilter selects build types of builds.
type BuildTypeFilter struct {
	Build Match[koji.BuildID] `db:"build_id"`
	BType Match[koji.BTypeID] `db:"btype_id"`
}

var buildTypes = define[BuildType, BuildTypeFilter](Kind{
	Table: "build_types", Key: []string{"build_id", "btype_id"},
	Refs: []Ref{{"build_id", "build"}, {"btype_id", "btype"}},
})

// BuildTypes is the table of the types of builds.
func (tx *Tx) BuildTypes() Table[BuildType, BuildTypeFilter] {
	return Table[BuildType, BuildTypeFilter]{tx, buildTypes}
}
