package storage

import (
	"database/sql"

	"github.com/kojikit/kojikit/koji"
)

// ExternalRepoConfig holds the address of an external repository; an active
// one is its existence.
type ExternalRepoConfig struct {
	ExternalRepo koji.ExternalRepoID `db:"external_repo_id"`
	URL          string              `db:"url"`
	Version
}

// ExternalRepoConfigFilter selects external repository settings.
type ExternalRepoConfigFilter struct {
	ExternalRepo Match[koji.ExternalRepoID] `db:"external_repo_id"`
	URL          Match[string]              `db:"url"`
}

var externalRepoConfigs = define[ExternalRepoConfig, ExternalRepoConfigFilter](Kind{
	Table: "external_repo_config", Key: []string{"external_repo_id"},
	Refs: []Ref{{"external_repo_id", "external_repo"}},
})

// ExternalRepoConfigs is the table of external repository settings.
func (tx *Tx) ExternalRepoConfigs() Versioned[ExternalRepoConfig, ExternalRepoConfigFilter] {
	return Versioned[ExternalRepoConfig, ExternalRepoConfigFilter]{tx, externalRepoConfigs}
}

// ExternalRepoData is what a watcher has noted about an external repository.
type ExternalRepoData struct {
	ExternalRepo koji.ExternalRepoID `db:"external_repo_id"`
	Data         sql.Null[string]    `db:"data"` // JSON text
	Version
}

// check refuses what the schema forbids.
func (r *ExternalRepoData) check() error {
	if err := checkJSON("external_repo_data.data", r.Data); err != nil {
		return err
	}
	return r.Version.check()
}

// ExternalRepoDataFilter selects notes on external repositories.
type ExternalRepoDataFilter struct {
	ExternalRepo Match[koji.ExternalRepoID] `db:"external_repo_id"`
}

var externalRepoStates = define[ExternalRepoData, ExternalRepoDataFilter](Kind{
	Table: "external_repo_data", Key: []string{"external_repo_id"},
	Refs: []Ref{{"external_repo_id", "external_repo"}},
})

// ExternalRepoStates is the table of notes on external repositories.
func (tx *Tx) ExternalRepoStates() Versioned[ExternalRepoData, ExternalRepoDataFilter] {
	return Versioned[ExternalRepoData, ExternalRepoDataFilter]{tx, externalRepoStates}
}

// TagExternalRepo says that a tag takes rpms from an external repository too.
type TagExternalRepo struct {
	Tag          koji.TagID          `db:"tag_id"`
	ExternalRepo koji.ExternalRepoID `db:"external_repo_id"`
	Priority     int                 `db:"priority"` // lower first; unique per tag
	MergeMode    string              `db:"merge_mode"`
	Arches       sql.Null[string]    `db:"arches"` // separated by blanks
	Version
}

// TagExternalRepoFilter selects external repositories of tags.
type TagExternalRepoFilter struct {
	Tag          Match[koji.TagID]          `db:"tag_id"`
	ExternalRepo Match[koji.ExternalRepoID] `db:"external_repo_id"`
}

var tagExternalRepos = define[TagExternalRepo, TagExternalRepoFilter](Kind{
	Table: "tag_external_repos", Key: []string{"tag_id", "priority"},
	Unique: []Unique{{Columns: []string{"tag_id", "external_repo_id"}}},
	Index:  [][]string{{"external_repo_id"}},
	Refs:   []Ref{{"tag_id", "tag"}, {"external_repo_id", "external_repo"}},
})

// TagExternalRepos is the table of external repositories of tags.
func (tx *Tx) TagExternalRepos() Versioned[TagExternalRepo, TagExternalRepoFilter] {
	return Versioned[TagExternalRepo, TagExternalRepoFilter]{tx, tagExternalRepos}
}
