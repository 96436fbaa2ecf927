package storage

import (
	"database/sql"
	"time"

	"github.com/kojikit/kojikit/koji"
)

// RepoRequest asks for a repository of a tag.
type RepoRequest struct {
	ID         int64                  `db:"id"`
	CreateTime time.Time              `db:"create_time"`
	Owner      koji.UserID            `db:"owner"`
	Priority   int                    `db:"priority"` // lower first
	Tag        koji.TagID             `db:"tag_id"`
	AtEvent    sql.Null[koji.EventID] `db:"at_event"`  // of exactly that state
	MinEvent   sql.Null[koji.EventID] `db:"min_event"` // of that state or a later one
	Opts       string                 `db:"opts"`      // JSON text
	UpdateTime time.Time              `db:"update_time"`
	Active     bool                   `db:"active"`
	Task       sql.Null[koji.TaskID]  `db:"task_id"`
	Tries      int                    `db:"tries"`
	Repo       sql.Null[koji.RepoID]  `db:"repo_id"` // set when it is there
}

// check refuses what the schema forbids.
func (r *RepoRequest) check() error {
	switch {
	case r.Active && r.Repo.Valid:
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "request %d for a repository is active and fulfilled", r.ID)
	case r.AtEvent.Valid && r.MinEvent.Valid:
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "request %d for a repository has two events", r.ID)
	}
	return checkJSON("repo_queue.opts", Null(r.Opts))
}

// RepoRequestFilter selects requests.
type RepoRequestFilter struct {
	ID     Match[int64]       `db:"id"`
	Tag    Match[koji.TagID]  `db:"tag_id"`
	Active Match[bool]        `db:"active"`
	Task   Match[koji.TaskID] `db:"task_id"`
	Repo   Match[koji.RepoID] `db:"repo_id"`
}

var repoRequests = define[RepoRequest, RepoRequestFilter](Kind{
	Table: "repo_queue", Key: []string{"id"}, Serial: true,
	Index: [][]string{{"tag_id"}, {"active"}},
	Refs:  []Ref{{"owner", "users"}, {"tag_id", "tag"}, {"at_event", "events"}, {"min_event", "events"}, {"task_id", "task"}, {"repo_id", "repo"}},
})

// RepoRequests is the table of requests for repositories.
func (tx *Tx) RepoRequests() Table[RepoRequest, RepoRequestFilter] {
	return Table[RepoRequest, RepoRequestFilter]{tx, repoRequests}
}
