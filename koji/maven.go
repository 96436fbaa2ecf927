package koji

// MavenInfo names a Maven artifact: its coordinates.
type MavenInfo struct {
	GroupID    string
	ArtifactID string
	Version    string
}
