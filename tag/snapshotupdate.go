package tag

import (
	"context"
	"database/sql"
	"slices"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// UpdateSnapshot makes a tag that exists show what another one shows: settings,
// packages, builds and groups, as far as the options say. What is as wanted is left
// as it is, so that doing it again changes nothing.
//
// Packages that only dst lists are blocked there; those that both list stay as dst
// lists them. Builds come to be in the order of the source, by package; builds that
// only dst has are taken out of it with remove, and count as the oldest without.
// Groups that only dst has, and what only dst has in a group, go with remove. Only
// what is missing in groups is added; how things are in a group is not compared.
//
// A locked tag is koji.ErrState unless forced. It takes the permission tag; untagging
// takes a tag that is open to the actor besides, which force lets an admin pass.
func (e *Editor) UpdateSnapshot(ctx context.Context, src, dst koji.TagID, remove bool, o SnapshotOptions) error {
	if err := e.Require(ctx, tagPermission); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	from, err := existing(ctx, e.reader, src, o.At)
	if err != nil {
		return err
	}
	to, err := e.active(ctx, dst)
	if err != nil {
		return err
	}
	if err := o.unlocked("source", &from); err != nil {
		return err
	}
	if err := o.unlocked("target", &to); err != nil {
		return err
	}
	return e.tx.Try(ctx, func() error {
		if !o.WithoutConfig {
			if err := e.updateConfig(ctx, &from, &to); err != nil {
				return err
			}
		}
		if !o.WithoutPackages {
			if err := e.updatePackages(ctx, src, dst, o.At); err != nil {
				return err
			}
		}
		if !o.WithoutGroups {
			if err := e.updateGroups(ctx, src, dst, o.At, remove); err != nil {
				return err
			}
		}
		if o.WithoutBuilds {
			return nil
		}
		return e.updateBuilds(ctx, src, &to, remove, &o)
	})
}

func (e *Editor) updateConfig(ctx context.Context, from, to *Info) error {
	c := Changes{
		Arches: &from.Arches, Permission: &from.Permission, Locked: &from.Locked, Extra: settings(from),
	}
	// Without Maven these may be looked at, not touched.
	if from.MavenSupport != to.MavenSupport {
		c.MavenSupport = &from.MavenSupport
	}
	if from.MavenIncludeAll != to.MavenIncludeAll {
		c.MavenIncludeAll = &from.MavenIncludeAll
	}
	for key, value := range to.Extra {
		if _, wanted := c.Extra[key]; value.Valid && !wanted {
			c.RemoveExtra = append(c.RemoveExtra, key)
		}
	}
	slices.Sort(c.RemoveExtra)
	return e.Edit(ctx, to.ID, c)
}

func (e *Editor) updatePackages(ctx context.Context, src, dst koji.TagID, at koji.EventID) error {
	wanted, err := e.resolver.Packages(ctx, src, PackageOptions{At: at, Inherit: true})
	if err != nil {
		return err
	}
	have, err := e.resolver.Packages(ctx, dst, PackageOptions{Inherit: true})
	if err != nil {
		return err
	}
	id := func(p Package) (koji.PackageID, bool) { return p.ID, true }
	inSource, inTarget := index(wanted, id), index(have, id)
	write := slices.DeleteFunc(wanted, func(p Package) bool { return inTarget[p.ID] })
	for _, p := range have {
		if !inSource[p.ID] && !p.Blocked {
			p.Blocked = true
			write = append(write, p)
		}
	}
	return e.writeEntries(ctx, dst, write)
}

// updateBuilds brings the builds of a tag into the order of those of another.
func (e *Editor) updateBuilds(ctx context.Context, src koji.TagID, to *Info, remove bool, o *SnapshotOptions) error {
	wanted, err := e.snapshotBuilds(ctx, src, o)
	if err != nil {
		return err
	}
	have, err := e.resolver.Builds(ctx, to.ID, BuildOptions{})
	if err != nil {
		return err
	}
	slices.Reverse(have)
	listed, err := e.resolver.Packages(ctx, src, PackageOptions{At: o.At, Inherit: true, WithoutOwners: true})
	if err != nil {
		return err
	}
	target := make(map[koji.PackageID][]koji.BuildID)
	for i := range have {
		target[have[i].Package] = append(target[have[i].Package], have[i].ID)
	}
	order := make(map[koji.PackageID][]koji.BuildID)
	for i := range wanted {
		order[wanted[i].Package] = append(order[wanted[i].Package], wanted[i].ID)
	}
	var drop, add []koji.BuildID
	for i := range listed {
		d, a := reorder(target[listed[i].ID], order[listed[i].ID], remove)
		drop, add = append(drop, d...), append(add, a...)
	}
	if len(drop) > 0 {
		if err := e.assertAccess(ctx, to, o.Force); err != nil {
			return err
		}
		f := storage.TagListingFilter{Tag: storage.Is(to.ID), Build: storage.Is(drop...)}
		if _, err := e.tx.TagListings().Revoke(ctx, f); err != nil {
			return err
		}
	}
	return e.insertListings(ctx, to.ID, add)
}

// reorder returns which of the builds that a tag has of a package to untag, and
// which to tag then, to have the wanted ones in the wanted order; all oldest first.
// What is not wanted goes with remove, else it counts as the oldest. A build that
// stands where it should, after what is kept, is left alone.
func reorder(have, wanted []koji.BuildID, remove bool) (drop, add []koji.BuildID) {
	want := make(map[koji.BuildID]bool, len(wanted))
	for _, b := range wanted {
		want[b] = true
	}
	rest := make([]koji.BuildID, 0, len(have))
	var others []koji.BuildID
	for _, b := range have {
		switch {
		case want[b] || !remove:
			rest = append(rest, b)
			if !want[b] {
				others = append(others, b)
			}
		default:
			drop = append(drop, b)
		}
	}
	for _, b := range slices.Concat(others, wanted) {
		at := slices.Index(rest, b)
		if at >= 0 {
			drop, rest = append(drop, rest[:at]...), rest[at+1:]
			continue
		}
		drop, rest = append(drop, rest...), nil
		add = append(add, b)
	}
	return append(drop, rest...), add
}

func (e *Editor) updateGroups(ctx context.Context, src, dst koji.TagID, at koji.EventID, remove bool) error {
	wanted, err := e.resolver.Groups(ctx, src, GroupOptions{At: at, Inherit: true, Blocked: true})
	if err != nil {
		return err
	}
	if err := e.updateGroupConfigs(ctx, dst, wanted, remove); err != nil {
		return err
	}
	have, err := e.resolver.Groups(ctx, dst, GroupOptions{Inherit: true, Blocked: true})
	if err != nil {
		return err
	}
	byID := index(have, func(g Group) (koji.GroupID, Group) { return g.ID, g })
	for i := range wanted {
		if wanted[i].Blocked {
			continue
		}
		g := byID[wanted[i].ID]
		if err := e.updateGroup(ctx, dst, &wanted[i], &g, remove); err != nil {
			return err
		}
	}
	return nil
}

// updateGroupConfigs gives a tag the groups that it lacks or blocks otherwise, and
// with remove ends or blocks those that are not wanted.
func (e *Editor) updateGroupConfigs(ctx context.Context, dst koji.TagID, wanted []Group, remove bool) error {
	tags, err := e.resolver.Order(ctx, dst, koji.Now)
	if err != nil {
		return err
	}
	opts := GroupOptions{Blocked: true, WithoutPackages: true, WithoutRequirements: true}
	have, err := groups(ctx, e.reader, tags, opts)
	if err != nil {
		return err
	}
	inherited, err := groups(ctx, e.reader, tags[1:], opts)
	if err != nil {
		return err
	}
	inSource := index(wanted, func(g Group) (koji.GroupID, bool) { return g.ID, true })
	inParents := index(inherited, func(g Group) (koji.GroupID, bool) { return g.ID, !g.Blocked })
	inTarget := index(have, func(g Group) (koji.GroupID, sql.Null[bool]) { return g.ID, storage.Null(g.Blocked) })
	var rows []storage.GroupConfig
	for i := range wanted {
		if inTarget[wanted[i].ID] != storage.Null(wanted[i].Blocked) {
			rows = append(rows, groupRow(dst, &wanted[i]))
		}
	}
	var gone []koji.GroupID
	for i := range have {
		g := &have[i]
		switch {
		case !remove || inSource[g.ID] || g.Blocked:
		case inParents[g.ID]:
			row := groupRow(dst, g)
			row.Blocked = true
			rows = append(rows, row)
		default:
			gone = append(gone, g.ID)
		}
	}
	gone = append(gone, column(rows, func(g *storage.GroupConfig) koji.GroupID { return g.Group })...)
	if len(gone) > 0 {
		f := storage.GroupConfigFilter{Tag: storage.Is(dst), Group: storage.Is(gone...)}
		if _, err := e.tx.GroupConfigs().Revoke(ctx, f); err != nil {
			return err
		}
	}
	return e.tx.GroupConfigs().InsertAll(ctx, rows)
}

// updateGroup gives a group what it lacks, and with remove takes away what it has of
// its own beyond.
func (e *Editor) updateGroup(ctx context.Context, dst koji.TagID, want, have *Group, remove bool) error {
	packages := entryChanges(want.Packages, have.Packages, remove, func(p *GroupPackage) (string, bool, bool) {
		return p.Package, p.Blocked, p.Tag == dst
	})
	if len(packages.revoke) > 0 {
		f := storage.GroupPackageFilter{Tag: storage.Is(dst), Group: storage.Is(want.ID), Package: storage.Is(packages.revoke...)}
		if _, err := e.tx.GroupPackages().Revoke(ctx, f); err != nil {
			return err
		}
	}
	err := e.tx.GroupPackages().InsertAll(ctx, column(packages.add, func(p *GroupPackage) storage.GroupPackage { return packageRow(dst, p) }))
	if err != nil {
		return err
	}
	required := entryChanges(want.Requirements, have.Requirements, remove, func(q *GroupRequirement) (koji.GroupID, bool, bool) {
		return q.Required, q.Blocked, q.Tag == dst
	})
	if len(required.revoke) > 0 {
		f := storage.GroupRequirementFilter{Tag: storage.Is(dst), Group: storage.Is(want.ID), Required: storage.Is(required.revoke...)}
		if _, err := e.tx.GroupRequirements().Revoke(ctx, f); err != nil {
			return err
		}
	}
	return e.tx.GroupRequirements().InsertAll(ctx, column(required.add, func(q *GroupRequirement) storage.GroupRequirement { return requirementRow(dst, q) }))
}

// groupChanges are what is to be done with the entries of a group.
type groupChanges[R any, K comparable] struct {
	add    []R
	revoke []K // own entries that go, or that others replace
}

func entryChanges[R any, K comparable](want, have []R, remove bool, look func(*R) (key K, blocked, own bool)) groupChanges[R, K] {
	var c groupChanges[R, K]
	shown, wanted := make(map[K]bool), make(map[K]bool)
	for i := range have {
		if key, blocked, _ := look(&have[i]); !blocked {
			shown[key] = true
		}
	}
	for i := range want {
		key, blocked, _ := look(&want[i])
		wanted[key] = !blocked
		if !blocked && !shown[key] {
			c.add = append(c.add, want[i])
			c.revoke = append(c.revoke, key)
		}
	}
	for i := range have {
		if key, blocked, own := look(&have[i]); remove && own && !blocked && !wanted[key] {
			c.revoke = append(c.revoke, key)
		}
	}
	return c
}
