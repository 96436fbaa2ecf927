package tag_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/pyregex"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// step is one operation in its transaction.
type step struct {
	*replay
	tx     *storage.Tx
	o      *operation
	result *any // of the call
}

func (s step) args(v any) {
	require.NoError(s.t, json.Unmarshal(s.o.Args, v), "%s", s.o.Args)
}

func (s step) edit() *tag.Editor { return tag.NewEditor(s.tx, s.opts) }

// unknown is the id of what is referred to by a name that nothing bears. The
// Editor is to refuse it when its turn comes.
const unknown = -1

// The lookups that the API does before it acts.

func (s step) tag(r ref) (koji.TagID, error) {
	if r.name == "" {
		return koji.TagID(r.id), nil
	}
	t, err := s.tx.Tags().Get(s.ctx, storage.TagFilter{Name: storage.Is(r.name)})
	if errors.Is(err, koji.ErrNotFound) {
		return unknown, nil
	}
	return t.ID, err
}

func (s step) pkg(r ref) (string, error) {
	if r.name != "" {
		return r.name, nil
	}
	p, err := s.tx.Packages().Get(s.ctx, storage.PackageFilter{ID: storage.Is(koji.PackageID(r.id))})
	if errors.Is(err, koji.ErrNotFound) {
		return "", nil
	}
	return p.Name, err
}

func (s step) tagAndPackage(t, p ref) (koji.TagID, string, error) {
	id, err := s.tag(t)
	if err != nil {
		return 0, "", err
	}
	name, err := s.pkg(p)
	return id, name, err
}

func (s step) user(r ref) (koji.UserID, error) {
	if r.name == "" {
		return koji.UserID(r.id), nil
	}
	u, err := s.tx.Users().Get(s.ctx, storage.UserFilter{Name: storage.Is(r.name)})
	if errors.Is(err, koji.ErrNotFound) {
		return unknown, nil
	}
	return u.ID, err
}

func (s step) permission(r *ref) (sql.Null[koji.PermissionID], error) {
	switch {
	case r == nil:
		return sql.Null[koji.PermissionID]{}, nil
	case r.name == "":
		return storage.Null(koji.PermissionID(r.id)), nil
	}
	p, err := s.tx.Permissions().Get(s.ctx, storage.PermissionFilter{Name: storage.Is(r.name)})
	if errors.Is(err, koji.ErrNotFound) {
		return storage.Null[koji.PermissionID](unknown), nil
	}
	return storage.Null(p.ID), err
}

func (s step) build(r ref) (koji.BuildID, error) {
	if r.name == "" {
		return koji.BuildID(r.id), nil
	}
	nvr, err := koji.ParseNVR(r.name)
	if err != nil {
		return 0, err
	}
	p, err := s.tx.Packages().Get(s.ctx, storage.PackageFilter{Name: storage.Is(nvr.Name)})
	if err != nil {
		return 0, err
	}
	b, err := s.tx.Builds().Get(s.ctx, storage.BuildFilter{
		Package: storage.Is(p.ID), Version: storage.Is(nvr.Version), Release: storage.Is(nvr.Release),
	})
	return b.ID, err
}

func (s step) addUser() error {
	var u storage.User
	s.args(&struct {
		Name             *string
		Status, UserType any
	}{&u.Name, &u.Status, &u.Type})
	err := s.tx.Users().Insert(s.ctx, &u)
	*s.result = u.ID
	return err
}

func (s step) firstGrant() error {
	var args struct {
		UserID koji.UserID       `json:"user_id"`
		PermID koji.PermissionID `json:"perm_id"`
	}
	s.args(&args)
	return s.tx.UserPermissions().Insert(s.ctx, &storage.UserPermission{User: args.UserID, Permission: args.PermID})
}

func (s step) grant() error {
	var args struct {
		UserInfo   ref
		Permission ref
	}
	s.args(&args)
	user, err := s.user(args.UserInfo)
	if err != nil {
		return err
	}
	p, err := s.permission(&args.Permission)
	if err != nil {
		return err
	}
	return s.tx.UserPermissions().Insert(s.ctx, &storage.UserPermission{User: user, Permission: p.V})
}

func (s step) newEvent() error {
	_, err := s.tx.NewEvent(s.ctx)
	return err
}

func (s step) newBuild() error {
	var args struct {
		Data struct {
			Name    string
			Version string
			Release string
			State   koji.BuildState
			Draft   bool
			Owner   koji.UserID
		}
	}
	s.args(&args)
	d := args.Data
	b := storage.Build{Version: d.Version, Release: d.Release, State: d.State, Draft: d.Draft, Owner: d.Owner}
	if b.Owner == 0 {
		b.Owner = s.o.User
	}
	require.NoError(s.t, json.Unmarshal(s.o.Result, &b.ID))
	*s.result = b.ID
	if b.Draft {
		b.Release += fmt.Sprintf(",draft_%d", b.ID)
	}
	if b.State != koji.BuildBuilding {
		b.CompletionTime = storage.Null(time.Unix(0, 0))
	}
	p, err := s.tx.Packages().Get(s.ctx, storage.PackageFilter{Name: storage.Is(d.Name)})
	if errors.Is(err, koji.ErrNotFound) {
		p = storage.Package{Name: d.Name}
		err = s.tx.Packages().Insert(s.ctx, &p)
	}
	if err != nil {
		return err
	}
	b.Package = p.ID
	if b.CreateEvent, err = s.tx.Event(s.ctx); err != nil {
		return err
	}
	err = s.tx.Builds().Insert(s.ctx, &b)
	if errors.Is(err, koji.ErrExists) {
		err = s.tx.Builds().Update(s.ctx, &b)
	}
	return err
}

func (s step) setBuildState() error {
	var args struct {
		BuildID koji.BuildID `json:"build_id"`
		State   koji.BuildState
	}
	s.args(&args)
	b, err := s.tx.Builds().Get(s.ctx, storage.BuildFilter{ID: storage.Is(args.BuildID)})
	if err != nil {
		return err
	}
	b.State = args.State
	if b.CompletionTime.Valid = b.State != koji.BuildBuilding; b.CompletionTime.Valid {
		b.CompletionTime.V = time.Unix(0, 0)
	}
	return s.tx.Builds().Update(s.ctx, &b)
}

func (s step) promoteBuild() error {
	var args struct{ Build ref }
	s.args(&args)
	id, err := s.build(args.Build)
	if err != nil {
		return err
	}
	b, err := s.tx.Builds().Get(s.ctx, storage.BuildFilter{ID: storage.Is(id)})
	if err != nil {
		return err
	}
	b.Release, _, _ = strings.Cut(b.Release, ",draft_")
	b.Draft = false
	if s.o.Event != nil {
		if _, err := s.tx.Event(s.ctx); err != nil {
			return err
		}
	}
	return s.tx.Builds().Update(s.ctx, &b)
}

func (s step) createTag() error {
	var args struct {
		Name            string
		Parent          *ref
		Arches          string
		Perm            *ref
		Locked          bool
		MavenSupport    bool `json:"maven_support"`
		MavenIncludeAll bool `json:"maven_include_all"`
		Extra           map[string]json.RawMessage
	}
	s.args(&args)
	c := tag.Config{
		Arches: args.Arches, Locked: args.Locked, MavenSupport: args.MavenSupport,
		MavenIncludeAll: args.MavenIncludeAll, Extra: args.Extra,
	}
	var err error
	if args.Parent != nil {
		if c.Parent, err = s.tag(*args.Parent); err != nil {
			return err
		}
	}
	if c.Permission, err = s.permission(args.Perm); err != nil {
		return err
	}
	id, err := s.edit().Create(s.ctx, args.Name, c)
	*s.result = id
	return err
}

func (s step) editTag() error {
	var args struct {
		TagInfo         ref
		Name            string
		Arches          *string
		Locked          *bool
		MavenSupport    *bool `json:"maven_support"`
		MavenIncludeAll *bool `json:"maven_include_all"`
		PermID          *ref  `json:"perm_id"`
		Perm            *ref
		Extra           map[string]json.RawMessage
		RemoveExtra     []string `json:"remove_extra"`
		BlockExtra      []string `json:"block_extra"`
	}
	s.args(&args)
	id, err := s.tag(args.TagInfo)
	if err != nil {
		return err
	}
	c := tag.Changes{
		Name: args.Name, Locked: args.Locked, MavenSupport: args.MavenSupport, MavenIncludeAll: args.MavenIncludeAll,
		Extra: args.Extra, RemoveExtra: args.RemoveExtra, BlockExtra: args.BlockExtra,
	}
	var given map[string]any // null is not the same as absent
	s.args(&given)
	if _, ok := given["arches"]; ok {
		c.Arches = new(sql.Null[string])
		if args.Arches != nil {
			*c.Arches = storage.Null(*args.Arches)
		}
	}
	perm := args.Perm
	_, byID := given["perm_id"]
	if byID {
		perm = args.PermID
	}
	if _, ok := given["perm"]; ok || byID {
		p, err := s.permission(perm)
		if err != nil {
			return err
		}
		c.Permission = &p
	}
	return s.edit().Edit(s.ctx, id, c)
}

func (s step) deleteTag() error {
	var args struct{ TagInfo ref }
	s.args(&args)
	id, err := s.tag(args.TagInfo)
	if err != nil {
		return err
	}
	return s.edit().Delete(s.ctx, id)
}

func (s step) setInheritance() error {
	var args struct {
		Tag   ref
		Data  json.RawMessage
		Clear bool
	}
	s.args(&args)
	var data []map[string]any
	if args.Data[0] == '{' {
		args.Data = slices.Concat([]byte("["), args.Data, []byte("]"))
	}
	require.NoError(s.t, json.Unmarshal(args.Data, &data))
	id, err := s.tag(args.Tag)
	if err != nil {
		return err
	}
	if _, err := s.tx.Tags().Get(s.ctx, storage.TagFilter{ID: storage.Is(id)}); err == nil {
		if err := s.edit().Require(s.ctx, "tag"); err != nil {
			return err
		}
	}
	var changes []tag.LinkChange
	for _, m := range data {
		var c tag.LinkChange
		c.Delete, _ = m["delete link"].(bool)
		for _, key := range []string{"parent_id", "priority", "maxdepth", "intransitive", "noconfig", "pkg_filter"} {
			if _, ok := m[key]; !ok && (key == "parent_id" || !c.Delete) {
				return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "no value for %s", key)
			}
		}
		parent, _ := m["parent_id"].(float64)
		priority, _ := m["priority"].(float64)
		c.Parent, c.Priority = koji.TagID(parent), int(priority)
		if d, ok := m["maxdepth"].(float64); ok {
			c.MaxDepth = storage.Null(int(d))
		}
		c.Intransitive, _ = m["intransitive"].(bool)
		c.NoConfig, _ = m["noconfig"].(bool)
		if f, ok := m["pkg_filter"].(string); ok {
			c.PkgFilter = storage.Null(f)
		}
		changes = append(changes, c)
	}
	bad := s.hideBadFilters(id, changes)
	if err := s.edit().SetInheritance(s.ctx, id, changes, args.Clear); err != nil {
		return err
	}
	return s.storeBadFilters(id, bad)
}

// hideBadFilters puts others in the place of filters that do not compile, which an
// Editor refuses where they are not already. It returns what they stand for.
func (s step) hideBadFilters(child koji.TagID, changes []tag.LinkChange) map[string]string {
	stored, err := tag.NewResolver(tag.TxSource(s.tx), s.opts).Links(s.ctx, child, koji.Now)
	require.NoError(s.t, err)
	bad := make(map[string]string)
	for i := range changes {
		c := &changes[i]
		if _, err := pyregex.Compile(c.PkgFilter.V, time.Second); err == nil || c.Delete {
			continue
		}
		if slices.ContainsFunc(stored, func(l tag.Link) bool { return l.Parent == c.Parent && l.PkgFilter == c.PkgFilter }) {
			continue
		}
		name := fmt.Sprintf("bad filter %d", i)
		bad[name], c.PkgFilter.V = c.PkgFilter.V, name
		s.notDone["filters that do not compile, refused"]++
	}
	return bad
}

// storeBadFilters undoes hideBadFilters in the rows, as an old hub left them.
func (s step) storeBadFilters(child koji.TagID, bad map[string]string) error {
	if len(bad) == 0 {
		return nil
	}
	rows, err := s.tx.Inheritances().List(s.ctx, koji.Now, storage.InheritanceFilter{Tag: storage.Is(child)})
	if err != nil {
		return err
	}
	for _, row := range rows {
		pattern, hidden := bad[row.PkgFilter.V]
		if !hidden {
			continue
		}
		f := storage.InheritanceFilter{Tag: storage.Is(child), Parent: storage.Is(row.Parent)}
		if _, err := s.tx.Inheritances().Revoke(s.ctx, f); err != nil {
			return err
		}
		row.PkgFilter.V = pattern
		if err := s.tx.Inheritances().Insert(s.ctx, &row); err != nil {
			return err
		}
	}
	return nil
}

func (s step) addPackage() error {
	var args struct {
		TagInfo     ref
		PkgInfo     ref
		Owner       *ref
		Block       *bool
		ExtraArches *string `json:"extra_arches"`
		Force       bool
		Update      bool
	}
	s.args(&args)
	id, name, err := s.tagAndPackage(args.TagInfo, args.PkgInfo)
	if err != nil {
		return err
	}
	e := tag.Entry{Force: args.Force, Update: args.Update}
	if args.Owner != nil {
		if e.Owner, err = s.user(*args.Owner); err != nil {
			return err
		}
	}
	if args.Block != nil {
		e.Blocked = storage.Null(*args.Block)
	}
	if args.ExtraArches != nil {
		e.ExtraArches = storage.Null(*args.ExtraArches)
	}
	return s.edit().AddPackage(s.ctx, id, name, e)
}

func (s step) setOwner() error {
	var args struct {
		TagInfo, PkgInfo, Owner ref
		Force                   bool
	}
	s.args(&args)
	id, name, err := s.tagAndPackage(args.TagInfo, args.PkgInfo)
	if err != nil {
		return err
	}
	owner, err := s.user(args.Owner)
	if err != nil {
		return err
	}
	return s.edit().AddPackage(s.ctx, id, name, tag.Entry{Owner: owner, Force: args.Force, Update: true})
}

func (s step) setArches() error {
	var args struct {
		TagInfo, PkgInfo ref
		Arches           string
	}
	s.args(&args)
	id, name, err := s.tagAndPackage(args.TagInfo, args.PkgInfo)
	if err != nil {
		return err
	}
	return s.edit().AddPackage(s.ctx, id, name, tag.Entry{ExtraArches: storage.Null(args.Arches), Update: true})
}

func (s step) onPackage(change func(ctx context.Context, id koji.TagID, name string, force bool) error) error {
	var args struct {
		TagInfo, PkgInfo ref
		Force            bool
	}
	s.args(&args)
	id, name, err := s.tagAndPackage(args.TagInfo, args.PkgInfo)
	if err != nil {
		return err
	}
	return change(s.ctx, id, name, args.Force)
}

func (s step) blockPackage() error   { return s.onPackage(s.edit().BlockPackage) }
func (s step) unblockPackage() error { return s.onPackage(s.edit().UnblockPackage) }
func (s step) removePackage() error  { return s.onPackage(s.edit().RemovePackage) }

type taggingArgs struct {
	Tag    ref
	Build  ref
	Force  bool
	Strict *bool
}

func (s step) tagging() (a taggingArgs, id koji.TagID, build koji.BuildID, err error) {
	s.args(&a)
	if id, err = s.tag(a.Tag); err == nil {
		build, err = s.build(a.Build)
	}
	return a, id, build, err
}

func (s step) tagBuild() error {
	args, id, build, err := s.tagging()
	if err != nil {
		return err
	}
	return s.edit().Tag(s.ctx, id, build, args.Force)
}

func (s step) untagBuild() error {
	args, id, build, err := s.tagging()
	if err != nil {
		return err
	}
	if err := s.edit().Require(s.ctx, "tag"); err != nil {
		return err
	}
	err = s.edit().Untag(s.ctx, id, build, args.Force)
	if args.Strict != nil && !*args.Strict && koji.FaultCodeOf(err) == koji.FaultTag {
		err = nil
	}
	return err
}

func (s step) massTag() error {
	var args struct {
		Tag    ref
		Builds []ref
	}
	s.args(&args)
	id, err := s.tag(args.Tag)
	if err != nil {
		return err
	}
	var builds []koji.BuildID
	if err := s.edit().Require(s.ctx, "tag"); err != nil {
		return err
	}
	for _, r := range args.Builds {
		b, err := s.build(r)
		if err != nil {
			return err
		}
		builds = append(builds, b)
	}
	return s.edit().MassTag(s.ctx, id, builds)
}
