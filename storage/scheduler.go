package storage

import (
	"database/sql"
	"time"

	"github.com/kojikit/kojikit/koji"
)

// TaskRun is an assignment of a task to a host.
type TaskRun struct {
	ID         int64       `db:"id"`
	Task       koji.TaskID `db:"task_id"`
	Host       koji.HostID `db:"host_id"`
	Active     bool        `db:"active"`
	CreateTime time.Time   `db:"create_time"`
}

// TaskRunFilter selects assignments.
type TaskRunFilter struct {
	ID         Match[int64]       `db:"id"`
	Task       Match[koji.TaskID] `db:"task_id"`
	Host       Match[koji.HostID] `db:"host_id"`
	Active     Match[bool]        `db:"active"`
	CreateTime Match[time.Time]   `db:"create_time"`
}

var taskRuns = define[TaskRun, TaskRunFilter](Kind{
	Table: "scheduler_task_runs", Key: []string{"id"}, Serial: true,
	Index: [][]string{{"task_id"}, {"host_id"}, {"create_time"}},
	Refs:  []Ref{{"task_id", "task"}, {"host_id", "host"}},
})

// TaskRuns is the table of assignments of tasks.
func (tx *Tx) TaskRuns() Table[TaskRun, TaskRunFilter] {
	return Table[TaskRun, TaskRunFilter]{tx, taskRuns}
}

// TaskRefusal says that a host does not take a task.
type TaskRefusal struct {
	ID      int64            `db:"id"`
	Task    koji.TaskID      `db:"task_id"`
	Host    koji.HostID      `db:"host_id"`
	ByHost  bool             `db:"by_host"` // the host says so itself
	Soft    bool             `db:"soft"`    // may be lifted after a while
	Message sql.Null[string] `db:"msg"`
	Time    time.Time        `db:"time"`
}

// TaskRefusalFilter selects refusals.
type TaskRefusalFilter struct {
	ID   Match[int64]       `db:"id"`
	Task Match[koji.TaskID] `db:"task_id"`
	Host Match[koji.HostID] `db:"host_id"`
}

var taskRefusals = define[TaskRefusal, TaskRefusalFilter](Kind{
	Table: "scheduler_task_refusals", Key: []string{"id"}, Serial: true,
	Unique: []Unique{{Columns: []string{"task_id", "host_id"}}},
	Refs:   []Ref{{"task_id", "task"}, {"host_id", "host"}},
})

// TaskRefusals is the table of refusals of tasks.
func (tx *Tx) TaskRefusals() Table[TaskRefusal, TaskRefusalFilter] {
	return Table[TaskRefusal, TaskRefusalFilter]{tx, taskRefusals}
}

// SchedulerHostData is what the scheduler was told about a host.
type SchedulerHostData struct {
	Host koji.HostID      `db:"host_id"`
	Data sql.Null[string] `db:"data"` // JSON text
}

// check refuses what the schema forbids.
func (r *SchedulerHostData) check() error {
	return checkJSON("scheduler_host_data.data", r.Data)
}

// SchedulerHostDataFilter selects data of hosts.
type SchedulerHostDataFilter struct {
	Host Match[koji.HostID] `db:"host_id"`
}

var schedulerHosts = define[SchedulerHostData, SchedulerHostDataFilter](Kind{
	Table: "scheduler_host_data", Key: []string{"host_id"},
	Refs: []Ref{{"host_id", "host"}},
})

// SchedulerHosts is the table of data of hosts for the scheduler.
func (tx *Tx) SchedulerHosts() Table[SchedulerHostData, SchedulerHostDataFilter] {
	return Table[SchedulerHostData, SchedulerHostDataFilter]{tx, schedulerHosts}
}

// SchedulerData is what the scheduler remembers under a name.
type SchedulerData struct {
	Name string           `db:"name"`
	Data sql.Null[string] `db:"data"` // JSON text
}

// check refuses what the schema forbids.
func (r *SchedulerData) check() error {
	return checkJSON("scheduler_sys_data.data", r.Data)
}

// SchedulerDataFilter selects data of the scheduler.
type SchedulerDataFilter struct {
	Name Match[string] `db:"name"`
}

var schedulerStates = define[SchedulerData, SchedulerDataFilter](Kind{
	Table: "scheduler_sys_data", Key: []string{"name"},
})

// SchedulerStates is the table of data of the scheduler.
func (tx *Tx) SchedulerStates() Table[SchedulerData, SchedulerDataFilter] {
	return Table[SchedulerData, SchedulerDataFilter]{tx, schedulerStates}
}

// SchedulerMessage is a line of the scheduler's log.
type SchedulerMessage struct {
	ID   int64                 `db:"id"`
	Task sql.Null[koji.TaskID] `db:"task_id"`
	Host sql.Null[koji.HostID] `db:"host_id"`
	Time time.Time             `db:"msg_time"`
	Text string                `db:"msg"`
}

// SchedulerMessageFilter selects log messages.
type SchedulerMessageFilter struct {
	ID   Match[int64]       `db:"id"`
	Task Match[koji.TaskID] `db:"task_id"`
	Host Match[koji.HostID] `db:"host_id"`
}

var schedulerMessages = define[SchedulerMessage, SchedulerMessageFilter](Kind{
	Table: "scheduler_log_messages", Key: []string{"id"}, Serial: true,
	Index: [][]string{{"task_id"}, {"host_id"}},
	Refs:  []Ref{{"task_id", "task"}, {"host_id", "host"}},
})

// SchedulerMessages is the table of log messages of the scheduler.
func (tx *Tx) SchedulerMessages() Table[SchedulerMessage, SchedulerMessageFilter] {
	return Table[SchedulerMessage, SchedulerMessageFilter]{tx, schedulerMessages}
}
