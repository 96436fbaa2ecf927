package tag

import (
	"context"
	"database/sql"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// defaultGroupType is how things are in a group unless it is said otherwise.
const defaultGroupType = "mandatory"

// GroupPackageSettings say how an rpm is in a group of a tag. A field that is nil
// leaves its setting as it is, inherited or the tag's own; for a new entry it means
// mandatory or null.
type GroupPackageSettings struct {
	Type         *string // usually mandatory, default, optional or conditional
	BaseArchOnly *sql.Null[bool]
	Requires     *sql.Null[string]
	Block        bool // hide the rpm in the group, inherited or not
	Force        bool // lift a block; write anew what is as wanted
}

// AddGroupPackage puts an rpm, given by name, into a group that a tag has or
// inherits, or changes how it is in there. An entry that is as wanted already is
// not written. A blocked one is koji.ErrState unless forced. It takes the
// permission tag.
func (e *Editor) AddGroupPackage(ctx context.Context, tag koji.TagID, group, name string, s GroupPackageSettings) error {
	row, err := e.openGroup(ctx, tag, group)
	if err != nil {
		return err
	}
	tags, err := e.resolver.Order(ctx, tag, koji.Now)
	if err != nil {
		return err
	}
	f := storage.GroupPackageFilter{Tag: storage.Is(tags...), Group: storage.Is(row.ID), Package: storage.Is(name)}
	rows, err := e.tx.GroupPackages().List(ctx, koji.Now, f)
	if err != nil {
		return err
	}
	now := first(rows, tags, func(p *storage.GroupPackage) koji.TagID { return p.Tag })
	want := storage.GroupPackage{Type: defaultGroupType}
	if now != nil {
		if now.Blocked && !s.Force {
			return koji.Errorf(koji.ErrState, koji.FaultGeneric, "package %s is blocked in group %s of tag %d", name, group, tag)
		}
		want = *now
		want.Version = storage.Version{}
	}
	want.Blocked = s.Block
	take(&want.Type, s.Type)
	take(&want.BaseArchOnly, s.BaseArchOnly)
	take(&want.Requires, s.Requires)
	if err := checkGroupType("package "+name+" of group "+group, want.Type); err != nil {
		return err
	}
	if now != nil && !s.Block && !s.Force {
		old := *now
		old.Version = storage.Version{}
		if old == want {
			return nil
		}
	}
	want.Tag, want.Group, want.Package = tag, row.ID, name
	return e.tx.Try(ctx, func() error {
		f.Tag = storage.Is(tag)
		if _, err := e.tx.GroupPackages().Revoke(ctx, f); err != nil {
			return err
		}
		return e.tx.GroupPackages().Insert(ctx, &want)
	})
}

// BlockGroupPackage hides an rpm in a group, whether or not it was ever there. It
// takes the permission tag.
func (e *Editor) BlockGroupPackage(ctx context.Context, tag koji.TagID, group, name string, force bool) error {
	return e.AddGroupPackage(ctx, tag, group, name, GroupPackageSettings{Block: true, Force: force})
}

// UnblockGroupPackage lifts the block of an rpm in a group that is the tag's own
// (koji.ErrState if there is none). It takes the permission tag.
func (e *Editor) UnblockGroupPackage(ctx context.Context, tag koji.TagID, group, name string) error {
	row, _, err := e.groupOf(ctx, tag, group)
	if err != nil {
		return err
	}
	f := storage.GroupPackageFilter{
		Tag: storage.Is(tag), Group: storage.Is(row.ID), Package: storage.Is(name), Blocked: storage.Is(true),
	}
	n, err := e.tx.GroupPackages().Count(ctx, koji.Now, f)
	if err == nil && n == 0 {
		err = koji.Errorf(koji.ErrState, koji.FaultGeneric, "package %s is NOT blocked in group %d, tag %d", name, row.ID, tag)
	}
	if err != nil {
		return err
	}
	_, err = e.tx.GroupPackages().Revoke(ctx, f)
	return err
}

// RemoveGroupPackage removes a tag's own entry for an rpm in a group, if there is
// one. It takes the permission tag.
func (e *Editor) RemoveGroupPackage(ctx context.Context, tag koji.TagID, group, name string) error {
	row, _, err := e.groupOf(ctx, tag, group)
	if err != nil {
		return err
	}
	f := storage.GroupPackageFilter{Tag: storage.Is(tag), Group: storage.Is(row.ID), Package: storage.Is(name)}
	_, err = e.tx.GroupPackages().Revoke(ctx, f)
	return err
}

// GroupRequirementSettings say how a group is in another group of a tag. A field
// that is nil leaves its setting as it is, inherited or the tag's own; for a new
// entry it means mandatory or false.
type GroupRequirementSettings struct {
	Type          *sql.Null[string]
	IsMetaPackage *bool
	Block         bool // hide the required group, inherited or not
	Force         bool // lift a block
}

// AddGroupRequirement makes a group that a tag has or inherits include another one,
// or changes how it does. The other need only be known by name; it does not show as
// long as the tag has none such. An entry that is as wanted already is not written.
// A blocked one is koji.ErrState unless forced. It takes the permission tag.
//
// As in Koji, force alone does not lift a block: something must change besides. With
// [Options].Strict it does.
func (e *Editor) AddGroupRequirement(ctx context.Context, tag koji.TagID, group, required string, s GroupRequirementSettings) error {
	row, err := e.openGroup(ctx, tag, group)
	if err != nil {
		return err
	}
	req, err := e.group(ctx, required)
	if err != nil {
		return err
	}
	now, err := e.requirement(ctx, tag, row.ID, req.ID)
	if err != nil {
		return err
	}
	want := storage.GroupRequirement{Type: storage.Null(defaultGroupType)}
	if now != nil {
		if now.Blocked && !s.Force {
			return koji.Errorf(koji.ErrState, koji.FaultGeneric, "group %s is blocked in group %s of tag %d", required, group, tag)
		}
		want = *now
		want.Version = storage.Version{}
	}
	take(&want.Type, s.Type)
	take(&want.IsMetaPackage, s.IsMetaPackage)
	if err := checkGroupType("group "+required+" of group "+group, want.Type.V); err != nil {
		return err
	}
	if now != nil && !s.Block {
		old := *now
		old.Version = storage.Version{}
		if e.opts.Strict {
			want.Blocked = false
		}
		if old == want {
			return nil
		}
	}
	want.Tag, want.Group, want.Required, want.Blocked = tag, row.ID, req.ID, s.Block
	return e.tx.Try(ctx, func() error {
		if _, err := e.tx.GroupRequirements().Revoke(ctx, ownRequirement(tag, row.ID, req.ID)); err != nil {
			return err
		}
		return e.tx.GroupRequirements().Insert(ctx, &want)
	})
}

func ownRequirement(tag koji.TagID, group, required koji.GroupID) storage.GroupRequirementFilter {
	return storage.GroupRequirementFilter{Tag: storage.Is(tag), Group: storage.Is(group), Required: storage.Is(required)}
}

// requirement returns the entry of a group in another that shows in a tag, nil if
// there is none.
func (e *Editor) requirement(ctx context.Context, tag koji.TagID, group, required koji.GroupID) (*storage.GroupRequirement, error) {
	other, err := e.groupEntry(ctx, tag, required)
	if err != nil || other == nil || other.Blocked {
		return nil, err
	}
	tags, err := e.resolver.Order(ctx, tag, koji.Now)
	if err != nil {
		return nil, err
	}
	f := ownRequirement(tag, group, required)
	f.Tag = storage.Is(tags...)
	rows, err := e.tx.GroupRequirements().List(ctx, koji.Now, f)
	return first(rows, tags, func(q *storage.GroupRequirement) koji.TagID { return q.Tag }), err
}

// BlockGroupRequirement hides a group in another group, whether or not it was ever
// there. It takes the permission tag.
func (e *Editor) BlockGroupRequirement(ctx context.Context, tag koji.TagID, group, required string, force bool) error {
	return e.AddGroupRequirement(ctx, tag, group, required, GroupRequirementSettings{Block: true, Force: force})
}

// UnblockGroupRequirement lifts the block of a group in another group that is the
// tag's own (koji.ErrState if there is none). It takes the permission tag.
func (e *Editor) UnblockGroupRequirement(ctx context.Context, tag koji.TagID, group, required string) error {
	f, err := e.requirementOf(ctx, tag, group, required)
	if err != nil {
		return err
	}
	f.Blocked = storage.Is(true)
	n, err := e.tx.GroupRequirements().Count(ctx, koji.Now, f)
	if err == nil && n == 0 {
		err = koji.Errorf(koji.ErrState, koji.FaultGeneric, "group %s is NOT blocked in group %s, tag %d", required, group, tag)
	}
	if err != nil {
		return err
	}
	_, err = e.tx.GroupRequirements().Revoke(ctx, f)
	return err
}

// RemoveGroupRequirement removes a tag's own entry for a group in another group, if
// there is one. It takes the permission tag.
func (e *Editor) RemoveGroupRequirement(ctx context.Context, tag koji.TagID, group, required string) error {
	f, err := e.requirementOf(ctx, tag, group, required)
	if err != nil {
		return err
	}
	_, err = e.tx.GroupRequirements().Revoke(ctx, f)
	return err
}

func (e *Editor) requirementOf(ctx context.Context, tag koji.TagID, group, required string) (storage.GroupRequirementFilter, error) {
	row, _, err := e.groupOf(ctx, tag, group)
	if err != nil {
		return storage.GroupRequirementFilter{}, err
	}
	req, err := e.group(ctx, required)
	return ownRequirement(tag, row.ID, req.ID), err
}
