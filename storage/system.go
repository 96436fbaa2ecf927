package storage

import (
	"database/sql"
	"time"

	"github.com/kojikit/kojikit/koji"
)

// Event is a tick of the logical clock.
type Event struct {
	ID   koji.EventID `db:"id"`
	Time time.Time    `db:"time"`
}

// EventFilter selects events.
type EventFilter struct {
	ID   Match[koji.EventID] `db:"id"`
	Time Match[time.Time]    `db:"time"`
}

var events = define[Event, EventFilter](Kind{Table: "events", Key: []string{"id"}, Serial: true})

// Events is the table of events. New ones come from [Tx.Event]; inserting is
// for importing history.
func (tx *Tx) Events() Table[Event, EventFilter] { return Table[Event, EventFilter]{tx, events} }

// User is a person, a build host's account, or a group of users.
type User struct {
	ID       koji.UserID      `db:"id"`
	Name     string           `db:"name"`
	Password sql.Null[string] `db:"password"`
	Status   koji.UserStatus  `db:"status"`
	Type     koji.UserType    `db:"usertype"`
}

// UserFilter selects users.
type UserFilter struct {
	ID     Match[koji.UserID]     `db:"id"`
	Name   Match[string]          `db:"name"`
	Status Match[koji.UserStatus] `db:"status"`
	Type   Match[koji.UserType]   `db:"usertype"`
}

var users = define[User, UserFilter](Kind{
	Table: "users", Key: []string{"id"}, Serial: true, Unique: []Unique{{Columns: []string{"name"}}},
})

// Users is the table of users.
func (tx *Tx) Users() Table[User, UserFilter] { return Table[User, UserFilter]{tx, users} }

// Permission is a named right that users can hold and tags can demand.
type Permission struct {
	ID          koji.PermissionID `db:"id"`
	Name        string            `db:"name"`
	Description sql.Null[string]  `db:"description"`
}

// PermissionFilter selects permissions.
type PermissionFilter struct {
	ID   Match[koji.PermissionID] `db:"id"`
	Name Match[string]            `db:"name"`
}

var permissions = define[Permission, PermissionFilter](Kind{
	Table: "permissions", Key: []string{"id"}, Serial: true, Unique: []Unique{{Columns: []string{"name"}}},
})

// Permissions is the table of permissions.
func (tx *Tx) Permissions() Table[Permission, PermissionFilter] {
	return Table[Permission, PermissionFilter]{tx, permissions}
}

// Volume is a place for build directories. Volume 0 is named DEFAULT.
type Volume struct {
	ID   koji.VolumeID `db:"id"`
	Name string        `db:"name"`
}

// VolumeFilter selects volumes.
type VolumeFilter struct {
	ID   Match[koji.VolumeID] `db:"id"`
	Name Match[string]        `db:"name"`
}

var volumes = define[Volume, VolumeFilter](Kind{
	Table: "volume", Key: []string{"id"}, Serial: true, Unique: []Unique{{Columns: []string{"name"}}},
})

// Volumes is the table of volumes.
func (tx *Tx) Volumes() Table[Volume, VolumeFilter] { return Table[Volume, VolumeFilter]{tx, volumes} }

// ExternalRepo is the name of an rpm repository made elsewhere. Row 0, named
// INTERNAL, stands for rpms of this system.
type ExternalRepo struct {
	ID   koji.ExternalRepoID `db:"id"`
	Name string              `db:"name"`
}

// ExternalRepoFilter selects external repositories.
type ExternalRepoFilter struct {
	ID   Match[koji.ExternalRepoID] `db:"id"`
	Name Match[string]              `db:"name"`
}

var externalRepos = define[ExternalRepo, ExternalRepoFilter](Kind{
	Table: "external_repo", Key: []string{"id"}, Serial: true, Unique: []Unique{{Columns: []string{"name"}}},
})

// ExternalRepos is the table of external repositories.
func (tx *Tx) ExternalRepos() Table[ExternalRepo, ExternalRepoFilter] {
	return Table[ExternalRepo, ExternalRepoFilter]{tx, externalRepos}
}
