package koji

import "strings"

// MavenInfo names a Maven artifact by its coordinates.
type MavenInfo struct {
	GroupID    string
	ArtifactID string
	Version    string
}

// String returns GROUP-ARTIFACT-VERSION, Koji's label of an artifact.
func (m MavenInfo) String() string { return m.name() + "-" + m.Version }

// NVR returns the name and version of the build that an artifact belongs to. The
// version has underscores for hyphens; the release is left empty, for it is not
// known from the coordinates (see [NextRelease]).
func (m MavenInfo) NVR() NVR {
	return NVR{Name: m.name(), Version: strings.ReplaceAll(m.Version, "-", "_")}
}

func (m MavenInfo) name() string { return m.GroupID + "-" + m.ArtifactID }
