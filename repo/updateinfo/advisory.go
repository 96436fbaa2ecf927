package updateinfo

import (
	"path"
	"strings"
	"time"

	"github.com/kojikit/kojikit/repo/rpmmd"
)

// Advisory says what an update changes and why. Fields that are empty are not
// written.
type Advisory struct {
	From    string // who publishes it
	Status  string // stable, testing, final, ...
	Type    string // security, bugfix, enhancement or newpackage
	Version string // of the advisory

	ID, Title       string
	Issued, Updated string // as of [Date]
	Rights, Release string
	PushCount       string
	Severity        string // Critical, Important, Moderate, Low or None
	Summary         string
	Description     string
	Solution        string
	RebootSuggested bool

	References  []Reference
	Collections []Collection
}

// Date returns t as advisories have it, in UTC.
func Date(t time.Time) string { return t.UTC().Format(time.DateTime) }

// Reference is where there is more about an advisory.
type Reference struct {
	Href, ID string
	Type     string // bugzilla, cve, vendor, self, other, ...
	Title    string
}

// Collection is the packages of an advisory that are for one distribution, or for
// one module of it.
type Collection struct {
	Short, Name string
	Module      *Module // nil for none
	Packages    []Package
}

// Module is a module of which packages are part.
type Module struct {
	Name, Stream, Version, Context, Arch string
}

// Package is a package that the advisory is about.
type Package struct {
	Name, Version, Release, Epoch, Arch string

	Src              string // file name of the source package
	Filename         string
	Sums             []rpmmd.Checksum // of the file
	RebootSuggested  bool
	RestartSuggested bool
	ReloginSuggested bool
}

// PackageOf returns a package of a repository as one of an advisory.
func PackageOf(p *rpmmd.Package) Package {
	return Package{
		Name: p.Name, Version: p.Version, Release: p.Release, Epoch: p.Epoch, Arch: p.Arch,
		Src: p.SourceRPM, Filename: path.Base(p.Location.Href), Sums: []rpmmd.Checksum{p.Checksum},
	}
}

// build returns the name, version and release of the build that the package is
// of.
func build(p *rpmmd.Package) string {
	if p.SourceRPM == "" {
		return p.Name + "-" + p.Version + "-" + p.Release
	}
	nvr := strings.TrimSuffix(p.SourceRPM, ".rpm")
	return strings.TrimSuffix(nvr, path.Ext(nvr))
}
