package storage

import "github.com/kojikit/kojikit/koji"

// MavenBuild is what a build of Maven artifacts is called there.
type MavenBuild struct {
	Build      koji.BuildID `db:"build_id"`
	GroupID    string       `db:"group_id"`
	ArtifactID string       `db:"artifact_id"`
	Version    string       `db:"version"`
}

// MavenBuildFilter selects Maven builds.
type MavenBuildFilter struct {
	Build      Match[koji.BuildID] `db:"build_id"`
	GroupID    Match[string]       `db:"group_id"`
	ArtifactID Match[string]       `db:"artifact_id"`
}

var mavenBuilds = define[MavenBuild, MavenBuildFilter](Kind{
	Table: "maven_builds", Key: []string{"build_id"}, Refs: []Ref{{"build_id", "build"}},
})

// MavenBuilds is the table of builds of Maven artifacts.
func (tx *Tx) MavenBuilds() Table[MavenBuild, MavenBuildFilter] {
	return Table[MavenBuild, MavenBuildFilter]{tx, mavenBuilds}
}

// WinBuild is the platform of a Windows build.
type WinBuild struct {
	Build    koji.BuildID `db:"build_id"`
	Platform string       `db:"platform"`
}

// WinBuildFilter selects Windows builds.
type WinBuildFilter struct {
	Build Match[koji.BuildID] `db:"build_id"`
}

var winBuilds = define[WinBuild, WinBuildFilter](Kind{
	Table: "win_builds", Key: []string{"build_id"}, Refs: []Ref{{"build_id", "build"}},
})

// WinBuilds is the table of Windows builds.
func (tx *Tx) WinBuilds() Table[WinBuild, WinBuildFilter] {
	return Table[WinBuild, WinBuildFilter]{tx, winBuilds}
}

// ImageBuild marks a build that holds images.
type ImageBuild struct {
	Build koji.BuildID `db:"build_id"`
}

// ImageBuildFilter selects image builds.
type ImageBuildFilter struct {
	Build Match[koji.BuildID] `db:"build_id"`
}

var imageBuilds = define[ImageBuild, ImageBuildFilter](Kind{
	Table: "image_builds", Key: []string{"build_id"}, Refs: []Ref{{"build_id", "build"}},
})

// ImageBuilds is the table of builds that hold images.
func (tx *Tx) ImageBuilds() Table[ImageBuild, ImageBuildFilter] {
	return Table[ImageBuild, ImageBuildFilter]{tx, imageBuilds}
}
