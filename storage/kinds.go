package storage

import "slices"

// Kinds returns the tables of this package, each after those it refers to.
func Kinds() []*Kind { return slices.Clone(kinds) }

// kinds is where a record kind is made known to backends: a new one is defined
// beside its record type and listed here.
var kinds = []*Kind{
	events, users, permissions, volumes, packages, btypes, externalRepos,
	tags, tagConfigs, tagExtras, inheritances, tagPackages, tagOwners, tagUpdates,
	builds, buildTypes, mavenBuilds, winBuilds, imageBuilds, tagListings,
	rpms, rpmSignatures, rpmChecksums,
	repos,
}
