package koji

// NVR is the name, version and release of a build, with the epoch that a
// written NVR may carry.
//
// In Koji the epoch is not part of a build's identity: two builds that differ
// only in it are the same build.
type NVR struct {
	Name    string
	Version string
	Release string
	Epoch   string // text as written before the first colon; empty for none
}

// NVRA is an [NVR] with the architecture of one rpm.
type NVRA struct {
	NVR
	Arch     string // "src" for source packages
	Location string // text after an @, in Koji the name of an external repo; empty for none
}
