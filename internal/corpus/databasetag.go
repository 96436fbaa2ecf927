package corpus

import (
	"fmt"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// version is that of a row made at an event and ended, unless that is zero, at
// another one.
func (f *filler) version(from, to koji.EventID) storage.Version {
	v := storage.Version{CreateEvent: from, Creator: f.user(uint64(from))}
	if to != 0 {
		v.RevokeEvent, v.Revoker = storage.Null(to), storage.Null(f.user(uint64(to)))
	}
	return v
}

func (f *filler) tags() error {
	var names []storage.Tag
	for r := range releases {
		name := fmt.Sprintf("f%d", r+20)
		for which, suffix := range []string{"-build", "-override", "-updates", "", "-pending", "-testing", "-signing", "-candidate"} {
			names = append(names, storage.Tag{ID: f.tag(r, which), Name: name + suffix})
		}
	}
	for n := range f.sides {
		names = append(names, storage.Tag{ID: f.sideTag(n), Name: fmt.Sprintf("f%d-build-side-%d", f.sideRelease(n)+20, n+1)})
	}
	var configs []storage.TagConfig
	var extras []storage.TagExtra
	for i, t := range names {
		from := koji.EventID(i%(setupEvents-10) + 2)
		configs = append(configs,
			storage.TagConfig{Tag: t.ID, Arches: storage.Null(""), Version: f.version(from-1, from)},
			storage.TagConfig{Tag: t.ID, Arches: storage.Null("x86_64 aarch64"), Version: f.version(from, 0)})
		extras = append(extras, storage.TagExtra{Tag: t.ID, Key: "mock.new_chroot", Value: storage.Null("0"), Version: f.version(from, 0)})
	}
	return f.store.Update(f.ctx, func(tx *storage.Tx) error {
		if err := tx.Tags().InsertAll(f.ctx, names); err != nil {
			return err
		}
		if err := tx.TagConfigs().RestoreAll(f.ctx, configs); err != nil {
			return err
		}
		return tx.TagExtras().RestoreAll(f.ctx, extras)
	})
}

// sideRelease returns the release that a side tag belongs to.
func (f *filler) sideRelease(n int) int { return n * releases / f.sides }

func (f *filler) links() error {
	var links []storage.Inheritance
	add := func(child, parent koji.TagID) {
		links = append(links, storage.Inheritance{Tag: child, Parent: parent, Version: f.version(setupEvents, 0)})
	}
	for r := range releases {
		add(f.tag(r, buildTag), f.tag(r, overrideTag))
		add(f.tag(r, overrideTag), f.tag(r, updatesTag))
		add(f.tag(r, updatesTag), f.tag(r, baseTag))
		for s := range stages + 1 {
			add(f.tag(r, stageTags+s), f.tag(r, updatesTag))
		}
		if !firstOfLine(r) {
			add(f.tag(r, baseTag), f.tag(r-1, updatesTag))
		}
	}
	for n := range f.sides {
		add(f.sideTag(n), f.tag(f.sideRelease(n), buildTag))
	}
	return f.store.Update(f.ctx, func(tx *storage.Tx) error { return tx.Inheritances().RestoreAll(f.ctx, links) })
}

// firstOfLine tells whether a release takes over nothing. The newest release is
// the last of its line.
func firstOfLine(r int) bool { return (releases-1-r)%line == line-1 || r == 0 }

// lists fills the package lists: of the first release of each line whole, of
// those that follow what changes.
func (f *filler) lists() error {
	for r := range releases {
		var entries []storage.TagPackage
		var owners []storage.TagOwner
		for p := range f.names {
			blocked := p%25 == 23 && !firstOfLine(r) && (releases-1-r)%line == 0
			if !firstOfLine(r) && !blocked && (p+r)%33 != 0 {
				continue
			}
			pkg, tag, at := koji.PackageID(p+1), f.tag(r, baseTag), setupEvents-2+koji.EventID(p%2)
			entries = append(entries, storage.TagPackage{Package: pkg, Tag: tag, Blocked: blocked, Version: f.version(at, 0)})
			owner := storage.TagOwner{Package: pkg, Tag: tag, Owner: f.user(f.random(p, 8))}
			owner.Version = f.version(at-1, at)
			owners = append(owners, owner)
			owner.Owner, owner.Version = f.user(f.random(p+r, 8)), f.version(at, 0)
			owners = append(owners, owner)
		}
		err := f.store.Update(f.ctx, func(tx *storage.Tx) error {
			if err := tx.TagPackages().RestoreAll(f.ctx, entries); err != nil {
				return err
			}
			return tx.TagOwners().RestoreAll(f.ctx, owners)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// listings tags the builds: in the candidates of their release, then in one stage
// after the other, then where they stay. Some are tagged in a side tag or in the
// override tag as well.
func (f *filler) listings() error {
	return each(f, f.total(),
		func(tx *storage.Tx, list []storage.TagListing) error { return tx.TagListings().RestoreAll(f.ctx, list) },
		func(n int, list []storage.TagListing) []storage.TagListing {
			r, id := n/f.builds, f.buildID(n)
			add := func(tag koji.TagID, from, to koji.EventID) {
				list = append(list, storage.TagListing{Build: id, Tag: tag, Version: f.version(from, to)})
			}
			for s := range stages {
				add(f.tag(r, stageTags+stages-s), f.event(n, s), f.event(n, s+1))
			}
			final := updatesTag
			if n%f.builds < f.base {
				final = baseTag
			}
			add(f.tag(r, final), f.event(n, stages), 0)
			switch {
			case n%12 == 0 && r == releases-1:
				add(f.tag(r, overrideTag), f.event(n, 1), 0)
			case n%6 == 1:
				side := f.sideTag((n / 6) % f.sides)
				add(side, f.event(n, 0), f.event(n, 2))
			}
			return list
		})
}

func (f *filler) groups() error {
	var groups []storage.Group
	var configs []storage.GroupConfig
	var packages []storage.GroupPackage
	for g, name := range []string{"build", "srpm-build", "core", "standard"} {
		groups = append(groups, storage.Group{ID: koji.GroupID(g + 1), Name: name})
		for r := range releases {
			if !firstOfLine(r) && r != releases-1 {
				continue
			}
			configs = append(configs, storage.GroupConfig{
				Group: groups[g].ID, Tag: f.tag(r, buildTag), DisplayName: name, Version: f.version(setupEvents, 0),
			})
			for p := range min(40, len(f.names)) {
				packages = append(packages, storage.GroupPackage{
					Group: groups[g].ID, Tag: f.tag(r, buildTag), Package: f.names[p], Type: "mandatory", Version: f.version(setupEvents, 0),
				})
			}
		}
	}
	return f.store.Update(f.ctx, func(tx *storage.Tx) error {
		if err := tx.Groups().InsertAll(f.ctx, groups); err != nil {
			return err
		}
		if err := tx.GroupConfigs().RestoreAll(f.ctx, configs); err != nil {
			return err
		}
		return tx.GroupPackages().RestoreAll(f.ctx, packages)
	})
}
