package storage

import "slices"

// Kinds returns the tables of this package, each after those it refers to.
func Kinds() []*Kind { return slices.Clone(kinds) }

// kinds is where a record kind is made known to backends: a new one is defined
// beside its record type and listed here.
var kinds = []*Kind{
	events, eventLabels, users, krbPrincipals, userGroups, permissions, userPermissions, sessions,
	volumes, locks, contentGenerators, cgUsers, queuedMessages,
	channels, hosts, hostConfigs, hostChannels,
	tasks, taskRuns, taskRefusals, schedulerHosts, schedulerStates, schedulerMessages,
	packages, btypes, externalRepos, externalRepoConfigs, externalRepoStates,
	tags, tagConfigs, tagExtras, inheritances, tagPackages, tagOwners, tagUpdates, tagExternalRepos,
	targets, targetConfigs, groups, groupConfigs, groupPackages, groupRequirements,
	notifications, notificationBlocks,
	builds, buildTypes, buildReservations, mavenBuilds, winBuilds, imageBuilds, tagListings,
	repos, repoRequests,
	buildroots, standardBuildroots, buildrootTools,
	rpms, rpmSignatures, rpmChecksums, buildrootRPMs,
	archiveTypes, archives, archiveComponents, archiveRPMComponents, buildrootArchives,
	mavenArchives, winArchives, imageArchives,
}
