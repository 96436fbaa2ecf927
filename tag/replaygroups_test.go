package tag_test

import (
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// groupArgs are those of all calls about groups.
type groupArgs struct {
	TagInfo ref
	GrpInfo ref
	PkgName string `json:"pkg_name"`
	ReqInfo ref
	Block   bool
	Force   bool
}

// grouping reads the arguments of a call about groups. What is unknown has an empty
// name.
func (s step) grouping() (a groupArgs, id koji.TagID, group, required string, err error) {
	s.args(&a)
	if id, err = s.tag(a.TagInfo); err != nil {
		return a, id, "", "", err
	}
	if group, err = s.group(a.GrpInfo); err != nil {
		return a, id, "", "", err
	}
	required, err = s.group(a.ReqInfo)
	return a, id, group, required, err
}

func (s step) group(r ref) (string, error) {
	if r.name != "" {
		return r.name, nil
	}
	g, err := s.tx.Groups().Get(s.ctx, storage.GroupFilter{ID: storage.Is(koji.GroupID(r.id))})
	if errors.Is(err, koji.ErrNotFound) {
		err = nil
	}
	return g.Name, err
}

// given returns an argument that was passed, be it null.
func given[T any](s step, name string) *sql.Null[T] {
	var all map[string]json.RawMessage
	s.args(&all)
	text, ok := all[name]
	if !ok {
		return nil
	}
	var v *T
	if err := json.Unmarshal(text, &v); err != nil {
		s.t.Fatal(err)
	}
	if v == nil {
		return &sql.Null[T]{}
	}
	return &sql.Null[T]{V: *v, Valid: true}
}

// must returns an argument that was passed and is not null.
func must[T any](s step, name string) *T {
	v := given[T](s, name)
	if v == nil {
		return nil
	}
	return &v.V
}

func (s step) addGroup() error {
	a, id, group, _, err := s.grouping()
	if err != nil {
		return err
	}
	return s.edit().AddGroup(s.ctx, id, group, tag.GroupSettings{
		DisplayName: must[string](s, "display_name"), Description: given[string](s, "description"),
		LangOnly: given[string](s, "langonly"), Exported: given[bool](s, "exported"),
		IsDefault: given[bool](s, "is_default"), UserVisible: given[bool](s, "uservisible"),
		BiarchOnly: given[bool](s, "biarchonly"), Block: a.Block, Force: a.Force,
	})
}

func (s step) blockGroup() error {
	a, id, group, _, err := s.grouping()
	if err != nil {
		return err
	}
	return s.edit().BlockGroup(s.ctx, id, group, a.Force)
}

func (s step) unblockGroup() error {
	_, id, group, _, err := s.grouping()
	if err != nil {
		return err
	}
	return s.edit().UnblockGroup(s.ctx, id, group)
}

func (s step) removeGroup() error {
	a, id, group, _, err := s.grouping()
	if err != nil {
		return err
	}
	return s.edit().RemoveGroup(s.ctx, id, group, a.Force)
}

func (s step) addGroupPackage() error {
	a, id, group, _, err := s.grouping()
	if err != nil {
		return err
	}
	return s.edit().AddGroupPackage(s.ctx, id, group, a.PkgName, tag.GroupPackageSettings{
		Type: must[string](s, "type"), BaseArchOnly: given[bool](s, "basearchonly"), Requires: given[string](s, "requires"),
		Block: a.Block, Force: a.Force,
	})
}

func (s step) blockGroupPackage() error {
	a, id, group, _, err := s.grouping()
	if err != nil {
		return err
	}
	return s.edit().BlockGroupPackage(s.ctx, id, group, a.PkgName, a.Force)
}

func (s step) unblockGroupPackage() error {
	a, id, group, _, err := s.grouping()
	if err != nil {
		return err
	}
	return s.edit().UnblockGroupPackage(s.ctx, id, group, a.PkgName)
}

func (s step) removeGroupPackage() error {
	a, id, group, _, err := s.grouping()
	if err != nil {
		return err
	}
	return s.edit().RemoveGroupPackage(s.ctx, id, group, a.PkgName)
}

func (s step) addGroupRequirement() error {
	a, id, group, required, err := s.grouping()
	if err != nil {
		return err
	}
	return s.edit().AddGroupRequirement(s.ctx, id, group, required, tag.GroupRequirementSettings{
		Type: given[string](s, "type"), IsMetaPackage: must[bool](s, "is_metapkg"), Block: a.Block, Force: a.Force,
	})
}

func (s step) blockGroupRequirement() error {
	a, id, group, required, err := s.grouping()
	if err != nil {
		return err
	}
	return s.edit().BlockGroupRequirement(s.ctx, id, group, required, a.Force)
}

func (s step) unblockGroupRequirement() error {
	_, id, group, required, err := s.grouping()
	if err != nil {
		return err
	}
	return s.edit().UnblockGroupRequirement(s.ctx, id, group, required)
}

func (s step) removeGroupRequirement() error {
	_, id, group, required, err := s.grouping()
	if err != nil {
		return err
	}
	return s.edit().RemoveGroupRequirement(s.ctx, id, group, required)
}
