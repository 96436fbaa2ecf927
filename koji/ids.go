package koji

// Identifiers are the serial integers of a Koji database. They are typed so
// that a build id cannot be passed where a tag id is meant. Zero is never a
// valid id, except for [DefaultVolumeID] and [InternalRepoID].
type (
	// ArchiveID names a row of archiveinfo.
	ArchiveID int64
	// BTypeID names a build type (rpm, maven, win, image, ...).
	BTypeID int64
	// BuildID names a build.
	BuildID int64
	// BuildrootID names a buildroot.
	BuildrootID int64
	// CGID names a content generator.
	CGID int64
	// ChannelID names a channel.
	ChannelID int64
	// ExternalRepoID names an external repository.
	ExternalRepoID int64
	// GroupID names a comps group.
	GroupID int64
	// HostID names a build host.
	HostID int64
	// PackageID names a source package.
	PackageID int64
	// PermissionID names a permission.
	PermissionID int64
	// RepoID names a repository generated from a tag.
	RepoID int64
	// RPMID names a row of rpminfo.
	RPMID int64
	// TagID names a tag.
	TagID int64
	// TargetID names a build target.
	TargetID int64
	// TaskID names a task.
	TaskID int64
	// UserID names a user.
	UserID int64
	// VolumeID names a storage volume.
	VolumeID int64
)

// Ids that every Koji database holds.
const (
	// DefaultVolumeID is the id of the volume named [DefaultVolume].
	DefaultVolumeID VolumeID = 0
	// InternalRepoID is the external_repo id that stands for rpms built or
	// imported here, whose name is INTERNAL.
	InternalRepoID ExternalRepoID = 0
)

// EventID is a point of Koji's logical clock. Every change of versioned data
// happens at an event, and every versioned question can be asked at one.
// [Now], the zero value, asks for the current state.
type EventID int64

// Now is the [EventID] that stands for the current state.
const Now EventID = 0
