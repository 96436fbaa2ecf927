package storage

import (
	"database/sql"
	"time"

	"github.com/kojikit/kojikit/koji"
)

// Channel is a group of hosts that take tasks of some kind.
type Channel struct {
	ID          koji.ChannelID   `db:"id"`
	Name        string           `db:"name"`
	Description sql.Null[string] `db:"description"`
	Enabled     bool             `db:"enabled"`
	Comment     sql.Null[string] `db:"comment"`
}

// ChannelFilter selects channels.
type ChannelFilter struct {
	ID      Match[koji.ChannelID] `db:"id"`
	Name    Match[string]         `db:"name"`
	Enabled Match[bool]           `db:"enabled"`
}

var channels = define[Channel, ChannelFilter](Kind{
	Table: "channels", Key: []string{"id"}, Serial: true,
	Unique: []Unique{{Columns: []string{"name"}}},
})

// Channels is the table of channels.
func (tx *Tx) Channels() Table[Channel, ChannelFilter] {
	return Table[Channel, ChannelFilter]{tx, channels}
}

// Host is a machine that runs tasks. Its settings are in [HostConfig].
type Host struct {
	ID         koji.HostID         `db:"id"`
	User       koji.UserID         `db:"user_id"` // its account
	Name       string              `db:"name"`
	UpdateTime sql.Null[time.Time] `db:"update_time"` // when it was last heard of
	TaskLoad   float64             `db:"task_load"`   // sum of the weights of its tasks
	Ready      bool                `db:"ready"`
}

// check refuses what the schema forbids.
func (r *Host) check() error {
	if r.TaskLoad < 0 {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "host %s has a load below zero: %g", r.Name, r.TaskLoad)
	}
	return nil
}

// HostFilter selects hosts.
type HostFilter struct {
	ID    Match[koji.HostID] `db:"id"`
	User  Match[koji.UserID] `db:"user_id"`
	Name  Match[string]      `db:"name"`
	Ready Match[bool]        `db:"ready"`
}

var hosts = define[Host, HostFilter](Kind{
	Table: "host", Key: []string{"id"}, Serial: true,
	Unique: []Unique{{Columns: []string{"name"}}},
	Index:  [][]string{{"user_id"}},
	Refs:   []Ref{{"user_id", "users"}},
})

// Hosts is the table of hosts.
func (tx *Tx) Hosts() Table[Host, HostFilter] {
	return Table[Host, HostFilter]{tx, hosts}
}

// HostConfig holds the settings of a host; an active one is its existence.
type HostConfig struct {
	Host        koji.HostID      `db:"host_id"`
	Arches      sql.Null[string] `db:"arches"`   // separated by blanks
	Capacity    float64          `db:"capacity"` // highest load, more than 1
	Description sql.Null[string] `db:"description"`
	Comment     sql.Null[string] `db:"comment"`
	Enabled     bool             `db:"enabled"`
	Version
}

// check refuses what the schema forbids.
func (r *HostConfig) check() error {
	if r.Capacity <= 1 {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "host %d has a capacity that is not above 1: %g", r.Host, r.Capacity)
	}
	return r.Version.check()
}

// HostConfigFilter selects host settings.
type HostConfigFilter struct {
	Host    Match[koji.HostID] `db:"host_id"`
	Enabled Match[bool]        `db:"enabled"`
}

var hostConfigs = define[HostConfig, HostConfigFilter](Kind{
	Table: "host_config", Key: []string{"host_id"},
	Refs: []Ref{{"host_id", "host"}},
})

// HostConfigs is the table of host settings.
func (tx *Tx) HostConfigs() Versioned[HostConfig, HostConfigFilter] {
	return Versioned[HostConfig, HostConfigFilter]{tx, hostConfigs}
}

// HostChannel says that a host belongs to a channel.
type HostChannel struct {
	Host    koji.HostID    `db:"host_id"`
	Channel koji.ChannelID `db:"channel_id"`
	Version
}

// HostChannelFilter selects hosts of channels.
type HostChannelFilter struct {
	Host    Match[koji.HostID]    `db:"host_id"`
	Channel Match[koji.ChannelID] `db:"channel_id"`
}

var hostChannels = define[HostChannel, HostChannelFilter](Kind{
	Table: "host_channels", Key: []string{"host_id", "channel_id"},
	Index: [][]string{{"channel_id"}},
	Refs:  []Ref{{"host_id", "host"}, {"channel_id", "channels"}},
})

// HostChannels is the table of hosts of channels.
func (tx *Tx) HostChannels() Versioned[HostChannel, HostChannelFilter] {
	return Versioned[HostChannel, HostChannelFilter]{tx, hostChannels}
}
