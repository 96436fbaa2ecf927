package rpmmd

import "strings"

// Layout tells where files are for clients that are below a directory here. The
// zero value leaves the paths as they are.
type Layout struct {
	Base    string // xml:base of all locations: a URL, or a path; none if empty
	Prefix  string // directory that paths get in front; how many slashes it ends in does not matter
	CutDirs int    // number of leading directories that paths lose
}

// Location returns the location of a file whose path, relative to the directory
// and with slashes, is given. The name of the file is never cut off.
func (l Layout) Location(path string) Location {
	for range l.CutDirs {
		_, rest, ok := strings.Cut(path, "/")
		if !ok {
			break
		}
		path = rest
	}
	if l.Prefix != "" {
		path = strings.TrimRight(l.Prefix, "/") + "/" + path
	}
	return Location{Href: path, Base: l.Base}
}
