package rpmmd

import (
	"cmp"
	"strings"
)

// Order is an order of packages.
type Order int

const (
	// ByFile is the order of what is made of files: by the base name of the
	// location, then by its directory.
	ByFile Order = iota
	// ByName is the order of merged repositories: by name, then by location,
	// relative to its base before the base.
	ByName
)

// Compare tells which of two packages comes first, as [strings.Compare] does.
func (o Order) Compare(a, b *Package) int {
	if o == ByFile {
		return compareHref(a.Location.Href, b.Location.Href)
	}
	return cmp.Or(
		strings.Compare(a.Name, b.Name),
		strings.Compare(a.Location.Href, b.Location.Href),
		strings.Compare(a.Location.Base, b.Location.Base),
	)
}
