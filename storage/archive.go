package storage

import (
	"database/sql"

	"github.com/kojikit/kojikit/koji"
)

// ArchiveType is a kind of file that builds may contain, told by its
// extension.
type ArchiveType struct {
	ID          int64            `db:"id"`
	Name        string           `db:"name"`
	Description string           `db:"description"`
	Extensions  string           `db:"extensions"`       // separated by blanks, without the leading dot
	Compression sql.Null[string] `db:"compression_type"` // zip, tar or null: how to look inside
}

// ArchiveTypeFilter selects archive types.
type ArchiveTypeFilter struct {
	ID   Match[int64]  `db:"id"`
	Name Match[string] `db:"name"`
}

var archiveTypes = define[ArchiveType, ArchiveTypeFilter](Kind{
	Table: "archivetypes", Key: []string{"id"}, Serial: true,
	Unique: []Unique{{Columns: []string{"name"}}},
})

// ArchiveTypes is the table of archive types.
func (tx *Tx) ArchiveTypes() Table[ArchiveType, ArchiveTypeFilter] {
	return Table[ArchiveType, ArchiveTypeFilter]{tx, archiveTypes}
}

// Archive is one file of a build that is not an rpm.
type Archive struct {
	ID           koji.ArchiveID             `db:"id"`
	Type         int64                      `db:"type_id"`
	BType        sql.Null[koji.BTypeID]     `db:"btype_id"`
	Build        koji.BuildID               `db:"build_id"`
	Buildroot    sql.Null[koji.BuildrootID] `db:"buildroot_id"` // null for imported files
	Filename     string                     `db:"filename"`
	Size         int64                      `db:"size"`     // bytes of the file
	Checksum     string                     `db:"checksum"` // hex
	ChecksumType koji.ChecksumType          `db:"checksum_type"`
	MetadataOnly bool                       `db:"metadata_only"`
	Extra        sql.Null[string]           `db:"extra"` // JSON text
}

// ArchiveFilter selects archives.
type ArchiveFilter struct {
	ID        Match[koji.ArchiveID]   `db:"id"`
	Type      Match[int64]            `db:"type_id"`
	BType     Match[koji.BTypeID]     `db:"btype_id"`
	Build     Match[koji.BuildID]     `db:"build_id"`
	Buildroot Match[koji.BuildrootID] `db:"buildroot_id"`
	Filename  Match[string]           `db:"filename"`
	Checksum  Match[string]           `db:"checksum"`
}

var archives = define[Archive, ArchiveFilter](Kind{
	Table: "archiveinfo", Key: []string{"id"}, Serial: true,
	Index: [][]string{{"build_id"}, {"buildroot_id"}, {"type_id"}, {"filename"}},
	Refs:  []Ref{{"type_id", "archivetypes"}, {"btype_id", "btype"}, {"build_id", "build"}, {"buildroot_id", "buildroot"}},
})

// Archives is the table of archives.
func (tx *Tx) Archives() Table[Archive, ArchiveFilter] {
	return Table[Archive, ArchiveFilter]{tx, archives}
}

// MavenArchive is what an archive is called in a Maven repository.
type MavenArchive struct {
	Archive    koji.ArchiveID `db:"archive_id"`
	GroupID    string         `db:"group_id"`
	ArtifactID string         `db:"artifact_id"`
	Version    string         `db:"version"`
}

// MavenArchiveFilter selects Maven archives.
type MavenArchiveFilter struct {
	Archive    Match[koji.ArchiveID] `db:"archive_id"`
	GroupID    Match[string]         `db:"group_id"`
	ArtifactID Match[string]         `db:"artifact_id"`
	Version    Match[string]         `db:"version"`
}

var mavenArchives = define[MavenArchive, MavenArchiveFilter](Kind{
	Table: "maven_archives", Key: []string{"archive_id"},
	Refs: []Ref{{"archive_id", "archiveinfo"}},
})

// MavenArchives is the table of Maven archives.
func (tx *Tx) MavenArchives() Table[MavenArchive, MavenArchiveFilter] {
	return Table[MavenArchive, MavenArchiveFilter]{tx, mavenArchives}
}

// WinArchive is what is known of a file of a Windows build.
type WinArchive struct {
	Archive   koji.ArchiveID   `db:"archive_id"`
	RelPath   string           `db:"relpath"`   // directory below that of the build
	Platforms string           `db:"platforms"` // separated by blanks
	Flags     sql.Null[string] `db:"flags"`     // separated by blanks
}

// WinArchiveFilter selects Windows archives.
type WinArchiveFilter struct {
	Archive Match[koji.ArchiveID] `db:"archive_id"`
}

var winArchives = define[WinArchive, WinArchiveFilter](Kind{
	Table: "win_archives", Key: []string{"archive_id"},
	Refs: []Ref{{"archive_id", "archiveinfo"}},
})

// WinArchives is the table of files of Windows builds.
func (tx *Tx) WinArchives() Table[WinArchive, WinArchiveFilter] {
	return Table[WinArchive, WinArchiveFilter]{tx, winArchives}
}

// ImageArchive is the architecture of an image.
type ImageArchive struct {
	Archive koji.ArchiveID `db:"archive_id"`
	Arch    string         `db:"arch"`
}

// ImageArchiveFilter selects image archives.
type ImageArchiveFilter struct {
	Archive Match[koji.ArchiveID] `db:"archive_id"`
	Arch    Match[string]         `db:"arch"`
}

var imageArchives = define[ImageArchive, ImageArchiveFilter](Kind{
	Table: "image_archives", Key: []string{"archive_id"},
	Refs: []Ref{{"archive_id", "archiveinfo"}},
})

// ImageArchives is the table of image archives.
func (tx *Tx) ImageArchives() Table[ImageArchive, ImageArchiveFilter] {
	return Table[ImageArchive, ImageArchiveFilter]{tx, imageArchives}
}

// ArchiveComponent says that an archive contains another one.
type ArchiveComponent struct {
	Archive   koji.ArchiveID `db:"archive_id"`
	Component koji.ArchiveID `db:"component_id"`
}

// ArchiveComponentFilter selects contained archives.
type ArchiveComponentFilter struct {
	Archive   Match[koji.ArchiveID] `db:"archive_id"`
	Component Match[koji.ArchiveID] `db:"component_id"`
}

var archiveComponents = define[ArchiveComponent, ArchiveComponentFilter](Kind{
	Table: "archive_components", Key: []string{"archive_id", "component_id"},
	Index: [][]string{{"component_id"}},
	Refs:  []Ref{{"archive_id", "archiveinfo"}, {"component_id", "archiveinfo"}},
})

// ArchiveComponents is the table of archives within archives.
func (tx *Tx) ArchiveComponents() Table[ArchiveComponent, ArchiveComponentFilter] {
	return Table[ArchiveComponent, ArchiveComponentFilter]{tx, archiveComponents}
}

// ArchiveRPMComponent says that an archive, an image for example, contains an
// rpm.
type ArchiveRPMComponent struct {
	Archive koji.ArchiveID `db:"archive_id"`
	RPM     koji.RPMID     `db:"rpm_id"`
}

// ArchiveRPMComponentFilter selects contained rpms.
type ArchiveRPMComponentFilter struct {
	Archive Match[koji.ArchiveID] `db:"archive_id"`
	RPM     Match[koji.RPMID]     `db:"rpm_id"`
}

var archiveRPMComponents = define[ArchiveRPMComponent, ArchiveRPMComponentFilter](Kind{
	Table: "archive_rpm_components", Key: []string{"archive_id", "rpm_id"},
	Index: [][]string{{"rpm_id"}},
	Refs:  []Ref{{"archive_id", "archiveinfo"}, {"rpm_id", "rpminfo"}},
})

// ArchiveRPMComponents is the table of rpms within archives.
func (tx *Tx) ArchiveRPMComponents() Table[ArchiveRPMComponent, ArchiveRPMComponentFilter] {
	return Table[ArchiveRPMComponent, ArchiveRPMComponentFilter]{tx, archiveRPMComponents}
}
