package rpmmd

import "strconv"

// WarningKind is what a [Warning] is about.
type WarningKind int

// Kinds of warnings. The first two leave a package out of the repository.
const (
	Unreadable         WarningKind = iota // the file cannot be read or is not a sound RPM
	ForbiddenCharacter                    // a string holds a character that XML cannot hold
	BadDependency                         // a dependency was skipped: its epoch is not a number
	DuplicateNEVRA                        // another file of the repository has the same name, version and arch
	DuplicatePkgID                        // another file of the repository has the same content
)

var warningKinds = [...]string{"unreadable", "forbidden character", "bad dependency", "duplicate NEVRA", "duplicate pkgid"}

// String returns the name of the kind; an unknown one prints as its number.
func (k WarningKind) String() string {
	if k < 0 || int(k) >= len(warningKinds) {
		return strconv.Itoa(int(k))
	}
	return warningKinds[k]
}

// Warning is something about a package that its owner should know of, but that
// does not keep the repository from being written.
type Warning struct {
	Kind  WarningKind
	Href  string // location of the package
	NEVRA string // empty if it could not be read
	Err   error  // says it all
}

// LeftOut tells whether the package is missing from the repository.
func (w Warning) LeftOut() bool { return w.Kind <= ForbiddenCharacter }

// Error returns the text of the underlying error.
func (w Warning) Error() string { return w.Err.Error() }

// Unwrap returns the underlying error.
func (w Warning) Unwrap() error { return w.Err }

func (p *Package) warning(kind WarningKind, err error) Warning {
	return Warning{Kind: kind, Href: p.Location.Href, NEVRA: p.NEVRA(), Err: err}
}
