package koji

import "strings"

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

// ParseNVR splits the text NAME-VERSION-RELEASE at its last two hyphens. What
// precedes the first colon of the name is the epoch. Version and release must
// not be empty; nothing else is checked (see [NVR.Validate]).
func ParseNVR(s string) (NVR, error) {
	r := strings.LastIndexByte(s, '-')
	if r < 0 || r == len(s)-1 {
		return NVR{}, invalidFormat(s)
	}
	v := strings.LastIndexByte(s[:r], '-')
	if v < 0 || v == r-1 {
		return NVR{}, invalidFormat(s)
	}
	nvr := NVR{Name: s[:v], Version: s[v+1 : r], Release: s[r+1:]}
	if epoch, name, ok := strings.Cut(nvr.Name, ":"); ok {
		nvr.Epoch, nvr.Name = epoch, name
	}
	return nvr, nil
}

// ParseNVRA splits the text NAME-VERSION-RELEASE.ARCH, which may end in .rpm.
// What follows the first @ is the location.
func ParseNVRA(s string) (NVRA, error) {
	rest, location, _ := strings.Cut(s, "@")
	rest = strings.TrimSuffix(rest, ".rpm")
	dot := strings.LastIndexByte(rest, '.')
	if dot < 0 || dot == len(rest)-1 {
		return NVRA{}, invalidFormat(s)
	}
	nvr, err := ParseNVR(rest[:dot])
	if err != nil {
		return NVRA{}, invalidFormat(s)
	}
	return NVRA{NVR: nvr, Arch: rest[dot+1:], Location: location}, nil
}

func invalidFormat(s string) error {
	return Errorf(ErrInvalid, FaultGeneric, "invalid format: %q", s)
}

// String returns NAME-VERSION-RELEASE, without the epoch.
func (v NVR) String() string { return v.Name + "-" + v.Version + "-" + v.Release }

// Label returns EPOCH:NAME-VERSION-RELEASE, without the epoch if there is none.
// [ParseNVR] reads it back.
func (v NVR) Label() string {
	if v.Epoch == "" {
		return v.String()
	}
	return v.Epoch + ":" + v.String()
}

// Validate reports whether the parts can name a build's directory; everything
// that becomes a path or a row passes it first. It is stricter than Koji, which
// checks only the name: version and release must not be empty, contain a slash or
// a control character, nor be "." or ".." (else [ErrUnsafePath]), and they must
// pass [NVR.Check]. Which characters a name may have beyond that is for
// [CheckName] to say.
func (v NVR) Validate() error {
	if err := checkRelative("name", v.Name); err != nil {
		return err
	}
	return v.validateVersion()
}

// ValidateRegular is [NVR.Validate] for a build that is no draft: its release must
// not contain the mark of one (see [DraftRelease]).
func (v NVR) ValidateRegular() error {
	if strings.Contains(v.Release, draftMark) {
		return Errorf(ErrInvalid, FaultGeneric, "%s: release %q is that of a draft", v, v.Release)
	}
	return v.Validate()
}

func (v NVR) validateVersion() error {
	if err := checkElement("version", v.Version); err != nil {
		return err
	}
	if err := checkElement("release", v.Release); err != nil {
		return err
	}
	return v.Check()
}

// Check reports whether version and release are free of hyphens, which is all
// that Koji asks of an NVR before it looks up or makes a build.
func (v NVR) Check() error {
	if strings.Contains(v.Version, "-") {
		return Errorf(ErrInvalid, FaultGeneric, "%s: version %q contains a hyphen", v, v.Version)
	}
	if strings.Contains(v.Release, "-") {
		return Errorf(ErrInvalid, FaultGeneric, "%s: release %q contains a hyphen", v, v.Release)
	}
	return nil
}

// String returns NAME-VERSION-RELEASE.ARCH, without epoch and location.
func (a NVRA) String() string { return a.NVR.String() + "." + a.Arch }

// IsSource reports whether the rpm is a source package: whether its architecture
// is src. Koji counts nosrc among the others.
func (a NVRA) IsSource() bool { return a.Arch == "src" }

// Filename returns the name of the rpm's file: NAME-VERSION-RELEASE.ARCH.rpm.
func (a NVRA) Filename() string { return a.String() + ".rpm" }

// Check is [NVR.Check], and the architecture must not contain a dot.
func (a NVRA) Check() error {
	if err := a.NVR.Check(); err != nil {
		return err
	}
	if strings.Contains(a.Arch, ".") {
		return Errorf(ErrInvalid, FaultGeneric, "%s: arch %q contains a dot", a, a.Arch)
	}
	return nil
}

// Validate is [NVR.Validate] for an rpm, whose name has no slash; the
// architecture must be one path element without a dot.
func (a NVRA) Validate() error {
	if err := checkElement("name", a.Name); err != nil {
		return err
	}
	if err := a.validateVersion(); err != nil {
		return err
	}
	if err := checkElement("arch", a.Arch); err != nil {
		return err
	}
	return a.Check()
}
