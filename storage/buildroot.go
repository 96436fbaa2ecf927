package storage

import (
	"database/sql"

	"github.com/kojikit/kojikit/koji"
)

// Buildroot is an environment in which something was built: one of this
// system, or one that a content generator reported.
type Buildroot struct {
	ID            koji.BuildrootID    `db:"id"`
	Type          koji.BuildrootType  `db:"br_type"`
	CG            sql.Null[koji.CGID] `db:"cg_id"`
	CGVersion     sql.Null[string]    `db:"cg_version"`
	ContainerType sql.Null[string]    `db:"container_type"`
	ContainerArch sql.Null[string]    `db:"container_arch"`
	HostOS        sql.Null[string]    `db:"host_os"`
	HostArch      sql.Null[string]    `db:"host_arch"`
	Extra         sql.Null[string]    `db:"extra"` // JSON text
}

// check refuses what the schema forbids.
func (r *Buildroot) check() error {
	if r.CG.Valid != r.CGVersion.Valid || r.ContainerType.Valid != r.ContainerArch.Valid {
		return koji.Errorf(koji.ErrInvalid, koji.FaultBuildroot,
			"buildroot %d has one without the other: content generator and its version, container type and architecture", r.ID)
	}
	return nil
}

// BuildrootFilter selects buildroots.
type BuildrootFilter struct {
	ID   Match[koji.BuildrootID]   `db:"id"`
	Type Match[koji.BuildrootType] `db:"br_type"`
	CG   Match[koji.CGID]          `db:"cg_id"`
}

var buildroots = define[Buildroot, BuildrootFilter](Kind{
	Table: "buildroot", Key: []string{"id"}, Serial: true,
	Refs: []Ref{{"cg_id", "content_generator"}},
})

// Buildroots is the table of buildroots.
func (tx *Tx) Buildroots() Table[Buildroot, BuildrootFilter] {
	return Table[Buildroot, BuildrootFilter]{tx, buildroots}
}

// StandardBuildroot is what is known of a buildroot of this system beyond
// [Buildroot].
type StandardBuildroot struct {
	Buildroot   koji.BuildrootID       `db:"buildroot_id"`
	Host        koji.HostID            `db:"host_id"`
	Repo        koji.RepoID            `db:"repo_id"`
	Task        koji.TaskID            `db:"task_id"`
	CreateEvent koji.EventID           `db:"create_event"`
	RetireEvent sql.Null[koji.EventID] `db:"retire_event"`
	State       koji.BuildrootState    `db:"state"`
}

// StandardBuildrootFilter selects standard buildroots.
type StandardBuildrootFilter struct {
	Buildroot Match[koji.BuildrootID]    `db:"buildroot_id"`
	Host      Match[koji.HostID]         `db:"host_id"`
	Repo      Match[koji.RepoID]         `db:"repo_id"`
	Task      Match[koji.TaskID]         `db:"task_id"`
	State     Match[koji.BuildrootState] `db:"state"`
}

var standardBuildroots = define[StandardBuildroot, StandardBuildrootFilter](Kind{
	Table: "standard_buildroot", Key: []string{"buildroot_id"},
	Refs: []Ref{{"buildroot_id", "buildroot"}, {"host_id", "host"}, {"repo_id", "repo"}, {"task_id", "task"}, {"create_event", "events"}},
})

// StandardBuildroots is the table of buildroots of this system.
func (tx *Tx) StandardBuildroots() Table[StandardBuildroot, StandardBuildrootFilter] {
	return Table[StandardBuildroot, StandardBuildrootFilter]{tx, standardBuildroots}
}

// BuildrootRPM says that an rpm was installed in a buildroot.
type BuildrootRPM struct {
	Buildroot koji.BuildrootID `db:"buildroot_id"`
	RPM       koji.RPMID       `db:"rpm_id"`
	IsUpdate  bool             `db:"is_update"` // added while building
}

// BuildrootRPMFilter selects rpms in buildroots.
type BuildrootRPMFilter struct {
	Buildroot Match[koji.BuildrootID] `db:"buildroot_id"`
	RPM       Match[koji.RPMID]       `db:"rpm_id"`
}

var buildrootRPMs = define[BuildrootRPM, BuildrootRPMFilter](Kind{
	Table: "buildroot_listing", Key: []string{"buildroot_id", "rpm_id"},
	Index: [][]string{{"rpm_id"}},
	Refs:  []Ref{{"buildroot_id", "buildroot"}, {"rpm_id", "rpminfo"}},
})

// BuildrootRPMs is the table of rpms that were installed in buildroots.
func (tx *Tx) BuildrootRPMs() Table[BuildrootRPM, BuildrootRPMFilter] {
	return Table[BuildrootRPM, BuildrootRPMFilter]{tx, buildrootRPMs}
}

// BuildrootArchive says that an archive was used in a buildroot.
type BuildrootArchive struct {
	Buildroot  koji.BuildrootID `db:"buildroot_id"`
	Archive    koji.ArchiveID   `db:"archive_id"`
	ProjectDep bool             `db:"project_dep"` // a dependency of what was built, not of the tools
}

// BuildrootArchiveFilter selects archives in buildroots.
type BuildrootArchiveFilter struct {
	Buildroot Match[koji.BuildrootID] `db:"buildroot_id"`
	Archive   Match[koji.ArchiveID]   `db:"archive_id"`
}

var buildrootArchives = define[BuildrootArchive, BuildrootArchiveFilter](Kind{
	Table: "buildroot_archives", Key: []string{"buildroot_id", "archive_id"},
	Index: [][]string{{"archive_id"}},
	Refs:  []Ref{{"buildroot_id", "buildroot"}, {"archive_id", "archiveinfo"}},
})

// BuildrootArchives is the table of archives that were used in buildroots.
func (tx *Tx) BuildrootArchives() Table[BuildrootArchive, BuildrootArchiveFilter] {
	return Table[BuildrootArchive, BuildrootArchiveFilter]{tx, buildrootArchives}
}

// BuildrootTool is a tool that a content generator reported for a buildroot.
type BuildrootTool struct {
	Buildroot koji.BuildrootID `db:"buildroot_id"`
	Tool      string           `db:"tool"`
	Version   string           `db:"version"`
}

// BuildrootToolFilter selects tools of buildroots.
type BuildrootToolFilter struct {
	Buildroot Match[koji.BuildrootID] `db:"buildroot_id"`
	Tool      Match[string]           `db:"tool"`
}

var buildrootTools = define[BuildrootTool, BuildrootToolFilter](Kind{
	Table: "buildroot_tools_info", Key: []string{"buildroot_id", "tool"},
	Refs: []Ref{{"buildroot_id", "buildroot"}},
})

// BuildrootTools is the table of tools of buildroots.
func (tx *Tx) BuildrootTools() Table[BuildrootTool, BuildrootToolFilter] {
	return Table[BuildrootTool, BuildrootToolFilter]{tx, buildrootTools}
}
