package storage

import (
	"database/sql"
	"time"

	"github.com/kojikit/kojikit/koji"
)

// Task is a piece of work: to be done, under way or done.
type Task struct {
	ID             koji.TaskID           `db:"id"`
	State          koji.TaskState        `db:"state"`
	CreateTime     time.Time             `db:"create_time"`
	StartTime      sql.Null[time.Time]   `db:"start_time"`
	CompletionTime sql.Null[time.Time]   `db:"completion_time"`
	Channel        koji.ChannelID        `db:"channel_id"`
	Host           sql.Null[koji.HostID] `db:"host_id"` // null while FREE
	Parent         sql.Null[koji.TaskID] `db:"parent"`
	Label          sql.Null[string]      `db:"label"`   // unique within the parent
	Waiting        sql.Null[bool]        `db:"waiting"` // for subtasks
	Awaited        sql.Null[bool]        `db:"awaited"` // by the parent
	Owner          koji.UserID           `db:"owner"`
	Method         sql.Null[string]      `db:"method"`
	Request        sql.Null[string]      `db:"request"` // XML-RPC parameters
	Result         sql.Null[string]      `db:"result"`  // XML-RPC response
	ETA            sql.Null[int]         `db:"eta"`
	Arch           string                `db:"arch"`
	Priority       sql.Null[int]         `db:"priority"`
	Weight         float64               `db:"weight"`
}

// check refuses what the schema forbids.
func (r *Task) check() error {
	switch {
	case r.Label.Valid && !r.Parent.Valid:
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "task %d has a label and no parent", r.ID)
	case r.Weight < 0:
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "task %d has a weight below zero: %g", r.ID, r.Weight)
	}
	return nil
}

// TaskFilter selects tasks.
type TaskFilter struct {
	ID             Match[koji.TaskID]    `db:"id"`
	State          Match[koji.TaskState] `db:"state"`
	Channel        Match[koji.ChannelID] `db:"channel_id"`
	Host           Match[koji.HostID]    `db:"host_id"`
	Parent         Match[koji.TaskID]    `db:"parent"`
	Label          Match[string]         `db:"label"`
	Owner          Match[koji.UserID]    `db:"owner"`
	Method         Match[string]         `db:"method"`
	Arch           Match[string]         `db:"arch"`
	CreateTime     Match[time.Time]      `db:"create_time"`
	CompletionTime Match[time.Time]      `db:"completion_time"`
}

var tasks = define[Task, TaskFilter](Kind{
	Table: "task", Key: []string{"id"}, Serial: true,
	Unique: []Unique{{Columns: []string{"parent", "label"}}},
	Index:  [][]string{{"state"}, {"host_id"}, {"parent"}},
	Refs:   []Ref{{"channel_id", "channels"}, {"host_id", "host"}, {"parent", "task"}, {"owner", "users"}},
})

// Tasks is the table of tasks.
func (tx *Tx) Tasks() Table[Task, TaskFilter] {
	return Table[Task, TaskFilter]{tx, tasks}
}
