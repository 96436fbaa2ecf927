package storage

import (
	"database/sql"
	"time"

	"github.com/kojikit/kojikit/koji"
)

// Repo is a repository generated from a tag.
type Repo struct {
	ID           koji.RepoID            `db:"id"`
	CreationTime time.Time              `db:"creation_time"`
	CreateEvent  koji.EventID           `db:"create_event"` // the event whose content it shows
	StateTime    time.Time              `db:"state_time"`
	BeginEvent   sql.Null[koji.EventID] `db:"begin_event"` // last change of the tag it includes
	EndEvent     sql.Null[koji.EventID] `db:"end_event"`   // first change it lacks; null while current
	Tag          koji.TagID             `db:"tag_id"`
	State        koji.RepoState         `db:"state"`
	Dist         bool                   `db:"dist"`
	Opts         sql.Null[string]       `db:"opts"`        // JSON text
	CustomOpts   sql.Null[string]       `db:"custom_opts"` // JSON text
	Task         sql.Null[koji.TaskID]  `db:"task_id"`
}

// check refuses what the schema forbids.
func (r *Repo) check() error {
	if err := checkJSON("repo.opts", r.Opts); err != nil {
		return err
	}
	return checkJSON("repo.custom_opts", r.CustomOpts)
}

// RepoFilter selects repositories.
type RepoFilter struct {
	ID    Match[koji.RepoID]    `db:"id"`
	Tag   Match[koji.TagID]     `db:"tag_id"`
	State Match[koji.RepoState] `db:"state"`
	Dist  Match[bool]           `db:"dist"`
}

var repos = define[Repo, RepoFilter](Kind{
	Table: "repo", Key: []string{"id"}, Serial: true, Index: [][]string{{"tag_id"}},
	Refs: []Ref{{"create_event", "events"}, {"begin_event", "events"}, {"end_event", "events"}, {"tag_id", "tag"}, {"task_id", "task"}},
})

// Repos is the table of repositories.
func (tx *Tx) Repos() Table[Repo, RepoFilter] { return Table[Repo, RepoFilter]{tx, repos} }
