package rpmmd

import (
	"iter"
	"strings"

	"github.com/kojikit/kojikit/internal/xmltext"
	"github.com/kojikit/kojikit/koji"
)

// Package is the metadata of one RPM, in the terms of repository metadata.
//
// Strings are bytes as the RPM carries them. Rendering takes those that are not
// UTF-8 for Latin-1; [Package.Check] tells whether all can be rendered.
type Package struct {
	Name, Epoch, Version, Release string // Epoch is "0" for none
	Arch                          string // "src" for all source packages

	Checksum Checksum // of the whole file; its value is the pkgid
	Location Location

	Summary, Description string
	Packager, URL        string
	License, Vendor      string
	Group, BuildHost     string
	SourceRPM            string // file name; empty for source packages

	FileTime, BuildTime int64 // seconds since 1970 UTC

	Size          int64 // of the file, in bytes
	InstalledSize int64 // of the installed files, in bytes
	ArchiveSize   int64 // of the uncompressed payload, in bytes

	HeaderStart, HeaderEnd int64 // byte range of the main header in the file

	Provides, Requires, Conflicts, Obsoletes    []Dependency
	Suggests, Enhances, Recommends, Supplements []Dependency

	Files []File

	// FileDigests are the digests of the files, if they have been read: as many as
	// Files, in lower-case hexadecimal, empty for what has none. DigestType is
	// their type: md5, sha256, ...
	FileDigests []string
	DigestType  string

	Changelogs []Changelog // oldest first
}

// NEVRA returns the identity of the package as NAME-EPOCH:VERSION-RELEASE.ARCH.
func (p *Package) NEVRA() string {
	return p.Name + "-" + p.Epoch + ":" + p.Version + "-" + p.Release + "." + p.Arch
}

// Location says where a file is.
type Location struct {
	Href string // relative to Base, or to the repository if Base is empty
	Base string // a URL, or empty
}

// Sense is the comparison that a dependency makes, a set of the bits of RPM's
// dependency flags.
type Sense uint8

// Comparisons. SenseAny, the zero value, compares nothing.
const (
	SenseAny Sense = 0
	SenseLT  Sense = 2
	SenseGT  Sense = 4
	SenseEQ  Sense = 8
	SenseLE  Sense = SenseLT | SenseEQ
	SenseGE  Sense = SenseGT | SenseEQ
)

// senseOf returns the comparison in RPM dependency flags. Combinations that mean
// nothing compare nothing.
func senseOf(flags uint64) Sense {
	switch s := Sense(flags & 0xf); s {
	case SenseLT, SenseGT, SenseEQ, SenseLE, SenseGE:
		return s
	default:
		return SenseAny
	}
}

// parseSense returns the comparison that repository metadata calls s.
func parseSense(s []byte) Sense {
	switch string(s) {
	case "LT":
		return SenseLT
	case "GT":
		return SenseGT
	case "EQ":
		return SenseEQ
	case "LE":
		return SenseLE
	case "GE":
		return SenseGE
	default:
		return SenseAny
	}
}

// String returns the name of the comparison in repository metadata: LT, GT, EQ,
// LE, GE, or nothing.
func (s Sense) String() string {
	switch s {
	case SenseLT:
		return "LT"
	case SenseGT:
		return "GT"
	case SenseEQ:
		return "EQ"
	case SenseLE:
		return "LE"
	case SenseGE:
		return "GE"
	default:
		return ""
	}
}

// Dependency is one provided, required, ... capability.
type Dependency struct {
	Name                    string
	Epoch, Version, Release string // each may be empty; not rendered without a comparison
	Sense                   Sense
	Pre                     bool // needed while a scriptlet runs; only for requires
}

// File is one file that a package holds or claims. Dir ends in a slash, except
// in source packages, where it is empty.
type File struct {
	Dir, Base string
	Type      FileType
}

// Path returns the path of the file.
func (f File) Path() string { return f.Dir + f.Base }

// PrimaryFiles yields the files that primary.xml lists, see [Package.AppendPrimary].
func (p *Package) PrimaryFiles() iter.Seq[*File] { return primaryFiles(p.Files) }

// primaryFiles yields the files that primary.xml lists: clients look there first
// for what packages are likely to require.
func primaryFiles(files []File) iter.Seq[*File] {
	return func(yield func(*File) bool) {
		var dir string     // the last one
		var all, none bool // what its path tells about the files directly in it
		for i := range files {
			f := &files[i]
			if i == 0 || f.Dir != dir {
				dir = f.Dir
				all = primaryDir(dir)
				none = !all && strings.HasSuffix(dir, "/") && dir != "/usr/lib/"
			}
			if !all && (none && strings.IndexByte(f.Base, '/') < 0 || !primaryPath(f.Path())) {
				continue
			}
			if !yield(f) {
				return
			}
		}
	}
}

func primaryPath(path string) bool { return primaryDir(path) || path == "/usr/lib/sendmail" }

// primaryDir tells whether all paths that begin with dir are primary.
func primaryDir(dir string) bool {
	return strings.HasPrefix(dir, "/etc/") || strings.Contains(dir, "bin/")
}

// FileType is the kind of a [File].
type FileType uint8

// Kinds of files.
const (
	RegularFile FileType = iota // all that are neither of the others, symbolic links too
	Directory
	GhostFile // owned by the package but not in it
)

// String returns the name of the type in repository metadata: "dir", "ghost",
// or nothing for a regular file.
func (t FileType) String() string {
	switch t {
	case Directory:
		return "dir"
	case GhostFile:
		return "ghost"
	default:
		return ""
	}
}

// Changelog is one entry of the changelog of a package.
type Changelog struct {
	Time   int64 // seconds since 1970 UTC
	Author string
	Text   string
}

// Check reports whether the package can be part of a repository. It cannot if
// any of its strings holds a control character other than tab, line feed and
// carriage return: XML has no way to write them. The error is
// [koji.ErrInvalid] and names the package, the field and the character.
func (p *Package) Check() error {
	if i, field, value := p.forbidden(); i >= 0 {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric,
			"package %q (%s): control character 0x%02x in %s at byte %d of %.60q",
			p.NEVRA(), p.Location.Href, value[i], field, i, value)
	}
	return nil
}

// forbidden finds the first control character that XML cannot hold. It returns
// its index in the value of a field, or -1.
func (p *Package) forbidden() (i int, field, value string) {
	for _, f := range [...]struct{ name, value string }{
		{"name", p.Name}, {"epoch", p.Epoch}, {"version", p.Version}, {"release", p.Release}, {"arch", p.Arch},
		{"location", p.Location.Href}, {"location base", p.Location.Base},
		{"summary", p.Summary}, {"description", p.Description},
		{"packager", p.Packager}, {"url", p.URL}, {"license", p.License}, {"vendor", p.Vendor},
		{"group", p.Group}, {"buildhost", p.BuildHost}, {"sourcerpm", p.SourceRPM},
	} {
		if i := xmltext.IndexForbidden(f.value); i >= 0 {
			return i, f.name, f.value
		}
	}
	for _, list := range p.dependencies() {
		for _, d := range *list.deps {
			for _, s := range [...]string{d.Name, d.Epoch, d.Version, d.Release} {
				if i := xmltext.IndexForbidden(s); i >= 0 {
					return i, list.name, s
				}
			}
		}
	}
	var dir string
	for _, f := range p.Files {
		if f.Dir != dir {
			if i := xmltext.IndexForbidden(f.Dir); i >= 0 {
				return i, "files", f.Dir
			}
			dir = f.Dir
		}
		if i := xmltext.IndexForbidden(f.Base); i >= 0 {
			return i, "files", f.Base
		}
	}
	if i := xmltext.IndexForbidden(p.DigestType); i >= 0 {
		return i, "digest type", p.DigestType
	}
	for _, s := range p.FileDigests {
		if i := xmltext.IndexForbidden(s); i >= 0 {
			return i, "file digests", s
		}
	}
	for _, c := range p.Changelogs {
		for _, s := range [...]string{c.Author, c.Text} {
			if i := xmltext.IndexForbidden(s); i >= 0 {
				return i, "changelog", s
			}
		}
	}
	return -1, "", ""
}

// dependencyList is one of the eight lists of a package with its name in
// repository metadata.
type dependencyList struct {
	name string
	deps *[]Dependency
}

// dependencies returns the lists in the order of primary.xml.
func (p *Package) dependencies() [8]dependencyList {
	return [...]dependencyList{
		{"provides", &p.Provides},
		{"requires", &p.Requires},
		{"conflicts", &p.Conflicts},
		{"obsoletes", &p.Obsoletes},
		{"suggests", &p.Suggests},
		{"enhances", &p.Enhances},
		{"recommends", &p.Recommends},
		{"supplements", &p.Supplements},
	}
}
