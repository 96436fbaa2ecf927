package tag

import (
	"context"
	"database/sql"
	"errors"
	"unicode/utf8"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// GroupSettings are settings of a comps group in a tag. A field that is nil leaves
// its setting as it is, inherited or the tag's own; for a new group it means the
// default: the group's name for DisplayName, true for Exported and UserVisible,
// false for BiarchOnly, null for others.
type GroupSettings struct {
	DisplayName *string
	Description *sql.Null[string]
	LangOnly    *sql.Null[string]
	Exported    *sql.Null[bool]
	IsDefault   *sql.Null[bool]
	UserVisible *sql.Null[bool]
	BiarchOnly  *sql.Null[bool]
	Block       bool // hide the group, inherited or not
	Force       bool // lift a block
}

// AddGroup gives a tag a group or changes its settings there, making the name of
// the group known if it is new. If the group is as wanted already nothing is
// written, be it the tag's own or inherited. A blocked group is koji.ErrState
// unless forced. It takes the permission tag.
func (e *Editor) AddGroup(ctx context.Context, tag koji.TagID, name string, s GroupSettings) error {
	if err := e.Require(ctx, tagPermission); err != nil {
		return err
	}
	info, err := e.active(ctx, tag)
	if err != nil {
		return err
	}
	if name == "" || utf8.RuneCountInString(name) > maxGroupName {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "group name %.60q is empty or longer than %d characters", name, maxGroupName)
	}
	row, err := e.group(ctx, name)
	if err != nil && !errors.Is(err, koji.ErrNotFound) {
		return err
	}
	now, err := e.groupEntry(ctx, tag, row.ID)
	if err != nil {
		return err
	}
	yes, no := storage.Null(true), storage.Null(false)
	want := storage.GroupConfig{Tag: tag, DisplayName: name, Exported: yes, UserVisible: yes, BiarchOnly: no}
	if now != nil {
		if now.Blocked && !s.Force {
			return koji.Errorf(koji.ErrState, koji.FaultGeneric, "group %s is blocked in tag %s", name, info.Name)
		}
		want = *now
		want.Version = storage.Version{}
	}
	want.Blocked = s.Block
	take(&want.DisplayName, s.DisplayName)
	take(&want.Description, s.Description)
	take(&want.LangOnly, s.LangOnly)
	take(&want.Exported, s.Exported)
	take(&want.IsDefault, s.IsDefault)
	take(&want.UserVisible, s.UserVisible)
	take(&want.BiarchOnly, s.BiarchOnly)
	if now != nil {
		old := *now
		old.Version = storage.Version{}
		if old == want {
			return nil
		}
	}
	return e.tx.Try(ctx, func() error {
		if row.ID == 0 {
			row.Name = name
			if err := e.tx.Groups().Insert(ctx, &row); err != nil {
				return err
			}
		}
		if _, err := e.tx.GroupConfigs().Revoke(ctx, storage.GroupConfigFilter{Tag: storage.Is(tag), Group: storage.Is(row.ID)}); err != nil {
			return err
		}
		want.Tag, want.Group = tag, row.ID
		return e.tx.GroupConfigs().Insert(ctx, &want)
	})
}

// Bounds of Koji's tables.
const (
	maxGroupName = 50
	maxGroupType = 25
)

// take overwrites a setting if another is given.
func take[T any](setting, given *T) {
	if given != nil {
		*setting = *given
	}
}

// BlockGroup hides a group in a tag, whether or not it was ever there. One that is
// blocked already is koji.ErrState unless forced. It takes the permission tag.
func (e *Editor) BlockGroup(ctx context.Context, tag koji.TagID, name string, force bool) error {
	return e.AddGroup(ctx, tag, name, GroupSettings{Block: true, Force: force})
}

// UnblockGroup lifts the block of a group that is the tag's own (koji.ErrState if
// there is none), so that what is inherited shows again. It takes the permission
// tag.
func (e *Editor) UnblockGroup(ctx context.Context, tag koji.TagID, name string) error {
	row, info, err := e.groupOf(ctx, tag, name)
	if err != nil {
		return err
	}
	f := storage.GroupConfigFilter{Tag: storage.Is(tag), Group: storage.Is(row.ID), Blocked: storage.Is(true)}
	n, err := e.tx.GroupConfigs().Count(ctx, koji.Now, f)
	if err == nil && n == 0 {
		err = koji.Errorf(koji.ErrState, koji.FaultGeneric, "group %s is NOT blocked in tag %s", name, info.Name)
	}
	if err != nil {
		return err
	}
	_, err = e.tx.GroupConfigs().Revoke(ctx, f)
	return err
}

// RemoveGroup removes a tag's own settings of a group; if there are none it is
// koji.ErrNotFound unless forced. What the tag put into the group stays. It takes
// the permission tag.
func (e *Editor) RemoveGroup(ctx context.Context, tag koji.TagID, name string, force bool) error {
	row, info, err := e.groupOf(ctx, tag, name)
	if err != nil {
		return err
	}
	f := storage.GroupConfigFilter{Tag: storage.Is(tag), Group: storage.Is(row.ID)}
	if !force {
		n, err := e.tx.GroupConfigs().Count(ctx, koji.Now, f)
		if err == nil && n == 0 {
			err = koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no group: %s found for tag: %s", name, info.Name)
		}
		if err != nil {
			return err
		}
	}
	_, err = e.tx.GroupConfigs().Revoke(ctx, f)
	return err
}

// group returns a group by name.
func (e *Editor) group(ctx context.Context, name string) (storage.Group, error) {
	g, err := e.tx.Groups().Get(ctx, storage.GroupFilter{Name: storage.Is(name)})
	if errors.Is(err, koji.ErrNotFound) {
		return g, koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such group: %q", name)
	}
	return g, err
}

// groupOf asks for the permission to change a tag's groups and returns what is to
// be changed.
func (e *Editor) groupOf(ctx context.Context, tag koji.TagID, name string) (storage.Group, Info, error) {
	if err := e.Require(ctx, tagPermission); err != nil {
		return storage.Group{}, Info{}, err
	}
	info, err := e.active(ctx, tag)
	if err != nil {
		return storage.Group{}, info, err
	}
	row, err := e.group(ctx, name)
	return row, info, err
}

// groupEntry returns the settings of a group that a tag has or inherits, nil if
// there are none. It reads nothing about other groups.
func (e *Editor) groupEntry(ctx context.Context, tag koji.TagID, id koji.GroupID) (*storage.GroupConfig, error) {
	tags, err := e.resolver.Order(ctx, tag, koji.Now)
	if err != nil {
		return nil, err
	}
	rows, err := e.tx.GroupConfigs().List(ctx, koji.Now, storage.GroupConfigFilter{Tag: storage.Is(tags...), Group: storage.Is(id)})
	return first(rows, tags, func(g *storage.GroupConfig) koji.TagID { return g.Tag }), err
}

// first returns the row of the first tag that has one, or nil.
func first[R any](rows []R, tags []koji.TagID, tag func(*R) koji.TagID) *R {
	for _, t := range tags {
		for i := range rows {
			if tag(&rows[i]) == t {
				return &rows[i]
			}
		}
	}
	return nil
}

// openGroup returns a group that something can be put into: one that the tag has
// or inherits, and that is not blocked there.
func (e *Editor) openGroup(ctx context.Context, tag koji.TagID, name string) (storage.Group, error) {
	row, info, err := e.groupOf(ctx, tag, name)
	if err != nil {
		return row, err
	}
	entry, err := e.groupEntry(ctx, tag, row.ID)
	switch {
	case err != nil:
		return row, err
	case entry == nil:
		return row, koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "group %s not present in tag %s", name, info.Name)
	case entry.Blocked:
		return row, koji.Errorf(koji.ErrState, koji.FaultGeneric, "group %s is blocked in tag %s", name, info.Name)
	}
	return row, nil
}

func checkGroupType(what, typ string) error {
	if utf8.RuneCountInString(typ) > maxGroupType {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "%s: type %.40q is longer than %d characters", what, typ, maxGroupType)
	}
	return nil
}
