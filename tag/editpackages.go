package tag

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// Entry says how a package is to be listed for a tag. What is left out is taken
// from the entry that decides now, of the tag or an ancestor.
type Entry struct {
	Owner       koji.UserID      // 0 to leave it out
	Blocked     sql.Null[bool]   // null to leave it out
	ExtraArches sql.Null[string] // separated by blanks; null to leave it out, empty to clear
	// Force lifts a block, lets the actor own a new entry without owner, and adds
	// one with Update.
	Force  bool
	Update bool // change an entry, do not add one
}

// AddPackage lists a package for a tag or changes how it is listed, making the
// package known if it is new. If the entry that decides is as wanted already
// nothing is written, be it the tag's own or inherited.
//
// A new entry without owner, an update of nothing, and the unblocking of a
// blocked package are refused unless forced. The policy package_list decides.
func (e *Editor) AddPackage(ctx context.Context, tag koji.TagID, name string, entry Entry) error {
	if err := e.login(); err != nil {
		return err
	}
	if name == "" {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "package without a name for tag %d", tag)
	}
	info, err := e.active(ctx, tag)
	if err != nil {
		return err
	}
	if err := e.checkOwner(ctx, entry.Owner); err != nil {
		return err
	}
	if err := e.decideOnList(ctx, tag, name, entry.action(), entry.Force); err != nil {
		return err
	}
	arches, err := koji.ParseArches(entry.ExtraArches.V, koji.ArchesOptions{Strict: true})
	if err != nil {
		return err
	}
	want := Package{Name: name, Tag: tag, Owner: entry.Owner, Blocked: entry.Blocked.V}
	want.ExtraArches = sql.Null[string]{V: strings.Join(arches, " "), Valid: entry.ExtraArches.Valid}
	now, err := e.resolver.PackageEntry(ctx, tag, name, koji.Now)
	listed := err == nil
	switch {
	case errors.Is(err, koji.ErrNotFound):
		if entry.Update && !entry.Force {
			return koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "package %q is not listed for tag %q: nothing to update", name, info.Name)
		}
	case err != nil:
		return err
	default:
		want.ID = now.ID
		if want.Owner == 0 {
			want.Owner = now.Owner
		}
		if !entry.Blocked.Valid {
			want.Blocked = now.Blocked
		}
		if !entry.ExtraArches.Valid {
			want.ExtraArches = now.ExtraArches
		}
		same := want.Owner == now.Owner && want.Blocked == now.Blocked && want.ExtraArches == now.ExtraArches
		switch {
		case entry.Force:
		case same:
			return nil
		case now.Blocked && !want.Blocked:
			return koji.Errorf(koji.ErrState, koji.FaultGeneric, "package %q is blocked in tag %q", name, info.Name)
		}
	}
	if want.Owner == 0 {
		if !entry.Force {
			return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "package %q has no owner in tag %q: owner not specified", name, info.Name)
		}
		want.Owner = e.tx.Actor
	}
	return e.tx.Try(ctx, func() error {
		switch {
		case !listed || want.Blocked != now.Blocked || want.ExtraArches != now.ExtraArches,
			want.Owner != now.Owner && now.Tag != tag && e.opts.Strict:
			return e.writeEntry(ctx, &want)
		case want.Owner != now.Owner:
			// For an inherited entry this owner never shows: there is no entry
			// of the tag's own that it could be the owner of. Koji does so.
			return e.writeOwner(ctx, &want)
		}
		return nil
	})
}

// action is what the policy knows the change by.
func (entry *Entry) action() string {
	switch {
	case entry.Update:
		return "update"
	case entry.Blocked.V:
		return "block"
	default:
		return "add"
	}
}

func (e *Editor) decideOnList(ctx context.Context, tag koji.TagID, name, action string, force bool) error {
	return e.decide(ctx, Change{Policy: PackageListPolicy, Action: action, Tag: tag, Package: name, Force: force})
}

func (e *Editor) checkOwner(ctx context.Context, id koji.UserID) error {
	if id == 0 {
		return nil
	}
	n, err := e.tx.Users().Count(ctx, storage.UserFilter{ID: storage.Is(id)})
	if err == nil && n == 0 {
		err = koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such user: %d", id)
	}
	return err
}

// writeEntry replaces a tag's own entry, owner included, making the package known
// if it is new.
func (e *Editor) writeEntry(ctx context.Context, p *Package) error {
	if p.ID == 0 {
		row, err := e.pkg(ctx, p.Name)
		if errors.Is(err, koji.ErrNotFound) {
			row = storage.Package{Name: p.Name}
			err = e.tx.Packages().Insert(ctx, &row)
		}
		if err != nil {
			return err
		}
		p.ID = row.ID
	}
	if err := e.revokeEntry(ctx, p.Tag, p.ID); err != nil {
		return err
	}
	row := storage.TagPackage{Package: p.ID, Tag: p.Tag, Blocked: p.Blocked, ExtraArches: p.ExtraArches}
	if err := e.tx.TagPackages().Insert(ctx, &row); err != nil {
		return err
	}
	return e.writeOwner(ctx, p)
}

func (e *Editor) revokeEntry(ctx context.Context, tag koji.TagID, pkg koji.PackageID) error {
	_, err := e.tx.TagPackages().Revoke(ctx, storage.TagPackageFilter{Package: storage.Is(pkg), Tag: storage.Is(tag)})
	return err
}

func (e *Editor) writeOwner(ctx context.Context, p *Package) error {
	f := storage.TagOwnerFilter{Package: storage.Is(p.ID), Tag: storage.Is(p.Tag)}
	if _, err := e.tx.TagOwners().Revoke(ctx, f); err != nil {
		return err
	}
	return e.tx.TagOwners().Insert(ctx, &storage.TagOwner{Package: p.ID, Tag: p.Tag, Owner: p.Owner})
}

// BlockPackage blocks a package that a tag lists or inherits; one that does
// neither is koji.ErrNotFound. The policy package_list decides.
func (e *Editor) BlockPackage(ctx context.Context, tag koji.TagID, name string, force bool) error {
	if err := e.login(); err != nil {
		return err
	}
	if _, _, err := e.listed(ctx, tag, name); err != nil {
		return err
	}
	return e.AddPackage(ctx, tag, name, Entry{Blocked: storage.Null(true), Force: force})
}

// UnblockPackage lifts a block: a tag's own entry is removed if the inherited one
// then serves, otherwise an unblocked entry with the same owner and arches takes
// its place. A package that is not blocked is koji.ErrState. The policy
// package_list decides, which force lets an admin pass.
func (e *Editor) UnblockPackage(ctx context.Context, tag koji.TagID, name string, force bool) error {
	if err := e.onList(ctx, tag, name, "unblock", force); err != nil {
		return err
	}
	info, now, err := e.listed(ctx, tag, name)
	if err != nil {
		return err
	}
	if !now.Blocked {
		return koji.Errorf(koji.ErrState, koji.FaultGeneric, "package %q is not blocked in tag %q", name, info.Name)
	}
	return e.tx.Try(ctx, func() error {
		want := now
		want.Tag, want.Blocked = tag, false
		if now.Tag != tag {
			return e.writeEntry(ctx, &want)
		}
		if err := e.revokeEntry(ctx, tag, now.ID); err != nil {
			return err
		}
		rest, err := e.resolver.PackageEntry(ctx, tag, name, koji.Now)
		if errors.Is(err, koji.ErrNotFound) || err == nil && rest.Blocked {
			return e.writeEntry(ctx, &want)
		}
		return err
	})
}

// listed returns a tag and the entry that decides on a package there.
func (e *Editor) listed(ctx context.Context, tag koji.TagID, name string) (Info, Package, error) {
	info, err := e.active(ctx, tag)
	if err != nil {
		return info, Package{}, err
	}
	if _, err := e.pkg(ctx, name); err != nil {
		return info, Package{}, err
	}
	p, err := e.resolver.PackageEntry(ctx, tag, name, koji.Now)
	if errors.Is(err, koji.ErrNotFound) {
		err = koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "package %q is not in the package list of tag %q", name, info.Name)
	}
	return info, p, err
}

// RemovePackage removes a tag's own entry for a package, if there is one. Builds
// stay tagged, hidden until the package is listed again. The policy package_list
// decides, which force lets an admin pass.
func (e *Editor) RemovePackage(ctx context.Context, tag koji.TagID, name string, force bool) error {
	if err := e.onList(ctx, tag, name, "remove", force); err != nil {
		return err
	}
	p, err := e.pkg(ctx, name)
	if err != nil {
		return err
	}
	return e.revokeEntry(ctx, tag, p.ID)
}

// onList asks the policy about a change of how a known package is listed.
func (e *Editor) onList(ctx context.Context, tag koji.TagID, name, action string, force bool) error {
	if err := e.login(); err != nil {
		return err
	}
	if _, err := e.active(ctx, tag); err != nil {
		return err
	}
	if _, err := e.pkg(ctx, name); err != nil {
		return err
	}
	return e.decideOnList(ctx, tag, name, action, force)
}
