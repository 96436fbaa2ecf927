package tag

import (
	"context"

	"github.com/kojikit/kojikit/storage"
)

// historyTable is a table with a history.
type historyTable struct {
	name      string
	selectors selector // what it can be selected by
	// parts returns in how many parts the rows are read that a selection wants,
	// which may have rows in common.
	parts func(s *selection) int
	// read reads some rows of a part, by the event that made them.
	read func(ctx context.Context, tx *storage.Tx, s *selection, part int, v storage.VersionFilter, limit int) ([]Revision, error)
	// refs returns what a row refers to.
	refs func(row any) []reference
}

func newHistoryTable[R comparable, F any](
	name string, selectors selector, table func(*storage.Tx) storage.Versioned[R, F],
	filters func(*selection) []F, refs func(*R) []reference,
) historyTable {
	return historyTable{
		name: name, selectors: selectors,
		parts: func(s *selection) int { return len(filters(s)) },
		read: func(ctx context.Context, tx *storage.Tx, s *selection, part int, v storage.VersionFilter, limit int) ([]Revision, error) {
			var list []Revision
			page := storage.Page{Order: []storage.Order{{Column: "create_event"}}, Limit: limit}
			for row, err := range table(tx).Versions(ctx, filters(s)[part], v, page) {
				if err != nil {
					return nil, err
				}
				list = append(list, Revision{Table: name, Row: row, Version: *storage.VersionOf(&row)})
			}
			return list, nil
		},
		refs: func(row any) []reference {
			r := row.(R)
			return refs(&r)
		},
	}
}

// historyTables are the tables with a history, of tags first.
var historyTables = []historyTable{
	newHistoryTable("tag_config", byTag|byPermission, (*storage.Tx).TagConfigs,
		func(s *selection) []storage.TagConfigFilter {
			return []storage.TagConfigFilter{{Tag: is(s.Tag), Permission: is(s.Permission)}}
		},
		func(r *storage.TagConfig) []reference {
			refs := []reference{refer("tag.name", tagNames, r.Tag)}
			if r.Permission.Valid {
				refs = append(refs, refer("permission.name", permissionNames, r.Permission.V))
			}
			return refs
		}),
	newHistoryTable("tag_extra", byTag|byExtraKey, (*storage.Tx).TagExtras,
		func(s *selection) []storage.TagExtraFilter {
			f := storage.TagExtraFilter{Tag: is(s.Tag)}
			if s.ExtraKey.Valid {
				f.Key = storage.Is(s.ExtraKey.V)
			}
			return []storage.TagExtraFilter{f}
		},
		func(r *storage.TagExtra) []reference { return []reference{refer("tag.name", tagNames, r.Tag)} }),
	newHistoryTable("tag_inheritance", byTag, (*storage.Tx).Inheritances,
		func(s *selection) []storage.InheritanceFilter {
			if s.Tag == 0 {
				return []storage.InheritanceFilter{{}}
			}
			return []storage.InheritanceFilter{{Tag: is(s.Tag)}, {Parent: is(s.Tag)}}
		},
		func(r *storage.Inheritance) []reference {
			return []reference{refer("tag.name", tagNames, r.Tag), refer("parent.name", tagNames, r.Parent)}
		}),
	newHistoryTable("tag_listing", byTag|byBuild|byPackage, (*storage.Tx).TagListings,
		func(s *selection) []storage.TagListingFilter {
			return []storage.TagListingFilter{{Tag: is(s.Tag), Build: s.builds}}
		},
		func(r *storage.TagListing) []reference { return []reference{refer("tag.name", tagNames, r.Tag)} }),
	newHistoryTable("tag_packages", byTag|byPackage, (*storage.Tx).TagPackages,
		func(s *selection) []storage.TagPackageFilter {
			return []storage.TagPackageFilter{{Tag: is(s.Tag), Package: is(s.Package)}}
		},
		func(r *storage.TagPackage) []reference {
			return []reference{refer("tag.name", tagNames, r.Tag), refer("package.name", packageNames, r.Package)}
		}),
	newHistoryTable("tag_package_owners", byTag|byPackage|byUser, (*storage.Tx).TagOwners,
		func(s *selection) []storage.TagOwnerFilter {
			return []storage.TagOwnerFilter{{Tag: is(s.Tag), Package: is(s.Package), Owner: is(s.User)}}
		},
		func(r *storage.TagOwner) []reference {
			return []reference{
				refer("tag.name", tagNames, r.Tag), refer("package.name", packageNames, r.Package), refer("owner.name", userNames, r.Owner),
			}
		}),
	newHistoryTable("tag_external_repos", byTag|byExternalRepo, (*storage.Tx).TagExternalRepos,
		func(s *selection) []storage.TagExternalRepoFilter {
			return []storage.TagExternalRepoFilter{{Tag: is(s.Tag), ExternalRepo: is(s.ExternalRepo)}}
		},
		func(r *storage.TagExternalRepo) []reference {
			return []reference{refer("tag.name", tagNames, r.Tag), refer("external_repo.name", externalRepoNames, r.ExternalRepo)}
		}),
	newHistoryTable("external_repo_config", byExternalRepo, (*storage.Tx).ExternalRepoConfigs,
		func(s *selection) []storage.ExternalRepoConfigFilter {
			return []storage.ExternalRepoConfigFilter{{ExternalRepo: is(s.ExternalRepo)}}
		},
		func(r *storage.ExternalRepoConfig) []reference {
			return []reference{refer("external_repo.name", externalRepoNames, r.ExternalRepo)}
		}),
	newHistoryTable("external_repo_data", byExternalRepo, (*storage.Tx).ExternalRepoStates,
		func(s *selection) []storage.ExternalRepoDataFilter {
			return []storage.ExternalRepoDataFilter{{ExternalRepo: is(s.ExternalRepo)}}
		},
		func(r *storage.ExternalRepoData) []reference {
			return []reference{refer("external_repo.name", externalRepoNames, r.ExternalRepo)}
		}),
	newHistoryTable("build_target_config", byTag|byTarget, (*storage.Tx).TargetConfigs,
		func(s *selection) []storage.TargetConfigFilter {
			if s.Tag == 0 {
				return []storage.TargetConfigFilter{{Target: is(s.Target)}}
			}
			return []storage.TargetConfigFilter{{Target: is(s.Target), BuildTag: is(s.Tag)}, {Target: is(s.Target), DestTag: is(s.Tag)}}
		},
		func(r *storage.TargetConfig) []reference {
			return []reference{
				refer("build_target.name", targetNames, r.Target),
				refer("build_tag.name", tagNames, r.BuildTag), refer("dest_tag.name", tagNames, r.DestTag),
			}
		}),
	newHistoryTable("group_config", byTag|byGroup, (*storage.Tx).GroupConfigs,
		func(s *selection) []storage.GroupConfigFilter {
			return []storage.GroupConfigFilter{{Tag: is(s.Tag), Group: is(s.Group)}}
		},
		func(r *storage.GroupConfig) []reference {
			return []reference{refer("tag.name", tagNames, r.Tag), refer("group.name", groupNames, r.Group)}
		}),
	newHistoryTable("group_package_listing", byTag|byGroup|byPackage, (*storage.Tx).GroupPackages,
		func(s *selection) []storage.GroupPackageFilter {
			return []storage.GroupPackageFilter{{Tag: is(s.Tag), Group: is(s.Group), Package: is(s.packageName)}}
		},
		func(r *storage.GroupPackage) []reference {
			return []reference{refer("tag.name", tagNames, r.Tag), refer("group.name", groupNames, r.Group)}
		}),
	newHistoryTable("group_req_listing", byTag|byGroup, (*storage.Tx).GroupRequirements,
		func(s *selection) []storage.GroupRequirementFilter {
			if s.Group == 0 {
				return []storage.GroupRequirementFilter{{Tag: is(s.Tag)}}
			}
			return []storage.GroupRequirementFilter{{Tag: is(s.Tag), Group: is(s.Group)}, {Tag: is(s.Tag), Required: is(s.Group)}}
		},
		func(r *storage.GroupRequirement) []reference {
			return []reference{
				refer("tag.name", tagNames, r.Tag), refer("group.name", groupNames, r.Group), refer("req.name", groupNames, r.Required),
			}
		}),
	newHistoryTable("user_perms", byUser|byPermission, (*storage.Tx).UserPermissions,
		func(s *selection) []storage.UserPermissionFilter {
			return []storage.UserPermissionFilter{{User: is(s.User), Permission: is(s.Permission)}}
		},
		func(r *storage.UserPermission) []reference {
			return []reference{refer("user.name", userNames, r.User), refer("permission.name", permissionNames, r.Permission)}
		}),
	newHistoryTable("user_groups", byUser, (*storage.Tx).UserGroups,
		func(s *selection) []storage.UserGroupFilter {
			if s.User == 0 {
				return []storage.UserGroupFilter{{}}
			}
			return []storage.UserGroupFilter{{User: is(s.User)}, {Group: is(s.User)}}
		},
		func(r *storage.UserGroup) []reference {
			return []reference{refer("user.name", userNames, r.User), refer("group.name", userNames, r.Group)}
		}),
	newHistoryTable("cg_users", byCG|byUser, (*storage.Tx).CGUsers,
		func(s *selection) []storage.CGUserFilter {
			return []storage.CGUserFilter{{CG: is(s.CG), User: is(s.User)}}
		},
		func(r *storage.CGUser) []reference {
			return []reference{refer("user.name", userNames, r.User), refer("content_generator.name", cgNames, r.CG)}
		}),
	newHistoryTable("host_config", byHost, (*storage.Tx).HostConfigs,
		func(s *selection) []storage.HostConfigFilter { return []storage.HostConfigFilter{{Host: is(s.Host)}} },
		func(r *storage.HostConfig) []reference { return []reference{refer("host.name", hostNames, r.Host)} }),
	newHistoryTable("host_channels", byHost|byChannel, (*storage.Tx).HostChannels,
		func(s *selection) []storage.HostChannelFilter {
			return []storage.HostChannelFilter{{Host: is(s.Host), Channel: is(s.Channel)}}
		},
		func(r *storage.HostChannel) []reference {
			return []reference{refer("host.name", hostNames, r.Host), refer("channels.name", channelNames, r.Channel)}
		}),
}
