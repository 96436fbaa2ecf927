package storage

import (
	"github.com/kojikit/kojikit/koji"
)

// Target is the name of a build target. The target exists at an event if it
// has a [TargetConfig] there.
type Target struct {
	ID   koji.TargetID `db:"id"`
	Name string        `db:"name"`
}

// TargetFilter selects build target names.
type TargetFilter struct {
	ID   Match[koji.TargetID] `db:"id"`
	Name Match[string]        `db:"name"`
}

var targets = define[Target, TargetFilter](Kind{
	Table: "build_target", Key: []string{"id"}, Serial: true,
	Unique: []Unique{{Columns: []string{"name"}}},
})

// Targets is the table of build target names, those of deleted targets included.
func (tx *Tx) Targets() Table[Target, TargetFilter] {
	return Table[Target, TargetFilter]{tx, targets}
}

// TargetConfig holds the two tags of a build target.
type TargetConfig struct {
	Target   koji.TargetID `db:"build_target_id"`
	BuildTag koji.TagID    `db:"build_tag"` // gives the packages to build with
	DestTag  koji.TagID    `db:"dest_tag"`  // gets what was built
	Version
}

// TargetConfigFilter selects build target settings.
type TargetConfigFilter struct {
	Target   Match[koji.TargetID] `db:"build_target_id"`
	BuildTag Match[koji.TagID]    `db:"build_tag"`
	DestTag  Match[koji.TagID]    `db:"dest_tag"`
}

var targetConfigs = define[TargetConfig, TargetConfigFilter](Kind{
	Table: "build_target_config", Key: []string{"build_target_id"},
	Refs: []Ref{{"build_target_id", "build_target"}, {"build_tag", "tag"}, {"dest_tag", "tag"}},
})

// TargetConfigs is the table of build target settings.
func (tx *Tx) TargetConfigs() Versioned[TargetConfig, TargetConfigFilter] {
	return Versioned[TargetConfig, TargetConfigFilter]{tx, targetConfigs}
}
