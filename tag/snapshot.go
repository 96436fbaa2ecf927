package tag

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// SnapshotOptions say what of a tag to copy. The zero value copies its own
// settings, the packages, the latest builds and the groups that it has or inherits,
// as they are now. Links and external repositories are never copied.
type SnapshotOptions struct {
	At              koji.EventID // state of the source
	WithoutConfig   bool
	WithoutPackages bool // builds cannot be copied without
	WithoutBuilds   bool
	WithoutGroups   bool
	AllBuilds       bool // not only the latest of each package
	OwnBuilds       bool // without inherited ones
	Force           bool // even if a tag is locked
}

// check refuses what cannot be done.
func (o *SnapshotOptions) check() error {
	if o.WithoutPackages && !o.WithoutBuilds {
		return koji.Errorf(koji.ErrInvalid, koji.FaultParameter, "builds can't be used without packages in a snapshot")
	}
	return nil
}

// unlocked refuses a locked tag unless forced.
func (o *SnapshotOptions) unlocked(what string, t *Info) error {
	if t.Locked && !o.Force {
		return koji.Errorf(koji.ErrState, koji.FaultGeneric, "%s tag %s is locked", what, t.Name)
	}
	return nil
}

// Snapshot makes a tag that shows what another one shows, without inheriting from
// it, and returns its id. A tag of the name is koji.ErrExists, a locked source
// koji.ErrState unless forced. A locked source copied by force, with its settings,
// makes a locked tag. It takes the permission tag; neither policy is asked.
//
// Settings, packages and groups are of one event. Builds are tagged oldest first,
// at so many events as their order takes.
func (e *Editor) Snapshot(ctx context.Context, src koji.TagID, name string, o SnapshotOptions) (koji.TagID, error) {
	if err := e.Require(ctx, tagPermission); err != nil {
		return 0, err
	}
	if err := o.check(); err != nil {
		return 0, err
	}
	known, err := e.reader.Tags(ctx, koji.Now, InfoQuery{Names: []string{name}})
	if err != nil {
		return 0, err
	}
	if len(known) > 0 && known[0].Exists {
		return 0, koji.Errorf(koji.ErrExists, koji.FaultGeneric, "target tag %q exists", name)
	}
	from, err := existing(ctx, e.reader, src, o.At)
	if err != nil {
		return 0, err
	}
	if err := o.unlocked("source", &from); err != nil {
		return 0, err
	}
	var dst koji.TagID
	err = e.tx.Try(ctx, func() error {
		var c Config
		if !o.WithoutConfig {
			c = Config{
				Arches: from.Arches.V, Permission: from.Permission, Locked: from.Locked,
				MavenSupport: from.MavenSupport, MavenIncludeAll: from.MavenIncludeAll, Extra: settings(&from),
			}
		}
		if dst, err = e.Create(ctx, name, c); err != nil {
			return err
		}
		if !o.WithoutPackages {
			if err := e.copyPackages(ctx, src, dst, o.At); err != nil {
				return err
			}
		}
		if !o.WithoutGroups {
			if err := e.copyGroups(ctx, src, dst, o.At); err != nil {
				return err
			}
		}
		if o.WithoutBuilds {
			return nil
		}
		builds, err := e.snapshotBuilds(ctx, src, &o)
		if err != nil {
			return err
		}
		return e.insertListings(ctx, dst, column(builds, func(b *Build) koji.BuildID { return b.ID }))
	})
	return dst, err
}

// settings returns the free settings of a tag that are not blocked.
func settings(t *Info) map[string]json.RawMessage {
	extra := make(map[string]json.RawMessage)
	for key, value := range t.Extra {
		if value.Valid {
			extra[key] = json.RawMessage(value.V)
		}
	}
	return extra
}

// copyPackages gives a new tag the package list of another.
func (e *Editor) copyPackages(ctx context.Context, src, dst koji.TagID, at koji.EventID) error {
	list, err := e.resolver.Packages(ctx, src, PackageOptions{At: at, Inherit: true})
	if err != nil {
		return err
	}
	return e.writeEntries(ctx, dst, list)
}

// writeEntries gives a tag entries of its own, owners included, in place of those it
// has for these packages.
func (e *Editor) writeEntries(ctx context.Context, tag koji.TagID, list []Package) error {
	if len(list) == 0 {
		return nil
	}
	ids := storage.Is(column(list, func(p *Package) koji.PackageID { return p.ID })...)
	if _, err := e.tx.TagPackages().Revoke(ctx, storage.TagPackageFilter{Tag: storage.Is(tag), Package: ids}); err != nil {
		return err
	}
	if _, err := e.tx.TagOwners().Revoke(ctx, storage.TagOwnerFilter{Tag: storage.Is(tag), Package: ids}); err != nil {
		return err
	}
	err := e.tx.TagPackages().InsertAll(ctx, column(list, func(p *Package) storage.TagPackage {
		return storage.TagPackage{Package: p.ID, Tag: tag, Blocked: p.Blocked, ExtraArches: p.ExtraArches}
	}))
	if err != nil {
		return err
	}
	return e.tx.TagOwners().InsertAll(ctx, column(list, func(p *Package) storage.TagOwner {
		return storage.TagOwner{Package: p.ID, Tag: tag, Owner: p.Owner}
	}))
}

// snapshotBuilds returns the builds to copy, oldest first, each once: where it
// counts as newest.
func (e *Editor) snapshotBuilds(ctx context.Context, src koji.TagID, o *SnapshotOptions) ([]Build, error) {
	opts := BuildOptions{At: o.At, Inherit: !o.OwnBuilds}
	if !o.AllBuilds {
		opts.Latest = 1
	}
	list, err := e.resolver.Builds(ctx, src, opts)
	if err != nil {
		return nil, err
	}
	seen := make(map[koji.BuildID]bool, len(list))
	list = slices.DeleteFunc(list, func(b Build) bool {
		again := seen[b.ID]
		seen[b.ID] = true
		return again
	})
	slices.Reverse(list)
	return list, nil
}

// insertListings tags builds that may be tagged and are not, in their order. Those
// with ascending ids share an event, within which the ids order them.
func (e *Editor) insertListings(ctx context.Context, tag koji.TagID, builds []koji.BuildID) error {
	for len(builds) > 0 {
		n := 1
		for n < len(builds) && builds[n] > builds[n-1] {
			n++
		}
		if _, err := e.tx.NewEvent(ctx); err != nil {
			return err
		}
		run := builds[:n]
		err := e.tx.TagListings().InsertAll(ctx, column(run, func(b *koji.BuildID) storage.TagListing {
			return storage.TagListing{Build: *b, Tag: tag}
		}))
		if err != nil {
			return err
		}
		builds = builds[n:]
	}
	return nil
}

// copyGroups gives a new tag the groups of another.
func (e *Editor) copyGroups(ctx context.Context, src, dst koji.TagID, at koji.EventID) error {
	list, err := e.resolver.Groups(ctx, src, GroupOptions{At: at, Inherit: true})
	if err != nil {
		return err
	}
	var packages []storage.GroupPackage
	var requirements []storage.GroupRequirement
	for i := range list {
		for j := range list[i].Packages {
			packages = append(packages, packageRow(dst, &list[i].Packages[j]))
		}
		for j := range list[i].Requirements {
			requirements = append(requirements, requirementRow(dst, &list[i].Requirements[j]))
		}
	}
	err = e.tx.GroupConfigs().InsertAll(ctx, column(list, func(g *Group) storage.GroupConfig { return groupRow(dst, g) }))
	if err == nil {
		err = e.tx.GroupPackages().InsertAll(ctx, packages)
	}
	if err == nil {
		err = e.tx.GroupRequirements().InsertAll(ctx, requirements)
	}
	return err
}

func groupRow(tag koji.TagID, g *Group) storage.GroupConfig {
	return storage.GroupConfig{
		Group: g.ID, Tag: tag, Blocked: g.Blocked, Exported: g.Exported, DisplayName: g.DisplayName,
		IsDefault: g.IsDefault, UserVisible: g.UserVisible, Description: g.Description,
		LangOnly: g.LangOnly, BiarchOnly: g.BiarchOnly,
	}
}

func packageRow(tag koji.TagID, p *GroupPackage) storage.GroupPackage {
	return storage.GroupPackage{
		Group: p.Group, Tag: tag, Package: p.Package, Blocked: p.Blocked, Type: p.Type,
		BaseArchOnly: p.BaseArchOnly, Requires: p.Requires,
	}
}

func requirementRow(tag koji.TagID, q *GroupRequirement) storage.GroupRequirement {
	return storage.GroupRequirement{
		Group: q.Group, Tag: tag, Required: q.Required, Blocked: q.Blocked, Type: q.Type, IsMetaPackage: q.IsMetaPackage,
	}
}
