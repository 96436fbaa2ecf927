package koji

// The enumerations below are stored and sent as numbers. Their String methods
// return Koji's names; an unknown number prints as its decimal text.

// BuildState is the state of a build.
type BuildState int

// States of a build.
const (
	BuildBuilding BuildState = iota
	BuildComplete
	BuildDeleted
	BuildFailed
	BuildCanceled
)

// String returns Koji's name of the state, for example COMPLETE.
func (s BuildState) String() string { return enumName(int(s), buildStates) }

// TaskState is the state of a task.
type TaskState int

// States of a task.
const (
	TaskFree TaskState = iota
	TaskOpen
	TaskClosed
	TaskCanceled
	TaskAssigned
	TaskFailed
)

// String returns Koji's name of the state, for example OPEN.
func (s TaskState) String() string { return enumName(int(s), taskStates) }

// RepoState is the state of a repository.
type RepoState int

// States of a repository.
const (
	RepoInit RepoState = iota
	RepoReady
	RepoExpired
	RepoDeleted
	RepoProblem
)

// String returns Koji's name of the state, for example READY.
func (s RepoState) String() string { return enumName(int(s), repoStates) }

// BuildrootState is the state of a standard buildroot.
type BuildrootState int

// States of a buildroot.
const (
	BuildrootInit BuildrootState = iota
	BuildrootWaiting
	BuildrootBuilding
	BuildrootExpired
)

// String returns Koji's name of the state, for example WAITING.
func (s BuildrootState) String() string { return enumName(int(s), buildrootStates) }

// BuildrootType tells who made a buildroot.
type BuildrootType int

// Types of buildroots.
const (
	BuildrootStandard BuildrootType = iota // made by a builder of this hub
	BuildrootExternal                      // reported by a content generator
)

// String returns Koji's name of the type, for example STANDARD.
func (t BuildrootType) String() string { return enumName(int(t), buildrootTypes) }

// ChecksumType is the kind of a stored checksum.
type ChecksumType int

// Checksum types.
const (
	ChecksumMD5 ChecksumType = iota
	ChecksumSHA1
	ChecksumSHA256
)

// String returns Koji's name of the checksum type, for example sha256.
func (t ChecksumType) String() string { return enumName(int(t), checksumTypes) }

// TagUpdateType tells why an unversioned change touched a tag's content.
type TagUpdateType int

// Types of tag updates.
const (
	TagUpdateVolumeChange TagUpdateType = iota
	TagUpdateImport
	TagUpdateManual
	TagUpdateDraftPromotion
)

// String returns Koji's name of the update type, for example IMPORT.
func (t TagUpdateType) String() string { return enumName(int(t), tagUpdateTypes) }

// UserType tells what a user row stands for.
type UserType int

// Types of users.
const (
	UserNormal UserType = iota
	UserHost
	UserGroup
)

// String returns Koji's name of the user type, for example HOST.
func (t UserType) String() string { return enumName(int(t), userTypes) }

// UserStatus tells whether a user may log in.
type UserStatus int

// States of a user account.
const (
	UserActive UserStatus = iota // Koji's name is NORMAL
	UserBlocked
)

// String returns Koji's name of the status, NORMAL or BLOCKED.
func (s UserStatus) String() string { return enumName(int(s), userStatuses) }

// DepType is the kind of an RPM dependency.
type DepType int

// Kinds of dependencies, with Koji's numbers.
const (
	DepRequire DepType = iota
	DepProvide
	DepObsolete
	DepConflict
	DepSuggest
	DepEnhance
	DepSupplement
	DepRecommend
)

// String returns Koji's name of the dependency type, for example REQUIRE.
func (t DepType) String() string { return enumName(int(t), depTypes) }
