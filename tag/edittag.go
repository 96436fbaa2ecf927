package tag

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// Config is what a tag is created with.
type Config struct {
	Arches          string                      // separated by blanks
	Permission      sql.Null[koji.PermissionID] // that changes of its content demand
	Locked          bool
	MavenSupport    bool
	MavenIncludeAll bool
	Extra           map[string]json.RawMessage // free settings; nil means JSON null
	Parent          koji.TagID                 // to inherit from with priority 0; 0 for none
}

// Create makes a tag and returns its id: that of a deleted tag of the name, with
// its history, if there is one. A tag of the name is koji.ErrExists, a parent that
// does not exist koji.ErrNotFound.
//
// A tag without arches has an empty list of its own, as in Koji, and so does not
// inherit one; [Editor.Edit] lets it, by null for Arches. It takes the permission tag.
func (e *Editor) Create(ctx context.Context, name string, c Config) (koji.TagID, error) {
	if err := e.Require(ctx, tagPermission); err != nil {
		return 0, err
	}
	if err := koji.CheckName("tag", name); err != nil {
		return 0, err
	}
	arches, err := koji.ParseArches(c.Arches, koji.ArchesOptions{Strict: true})
	if err != nil {
		return 0, err
	}
	if (c.MavenSupport || c.MavenIncludeAll) && !e.opts.Maven {
		return 0, noMaven(name)
	}
	extra, err := compact(c.Extra)
	if err != nil {
		return 0, err
	}
	known, err := e.reader.Tags(ctx, koji.Now, InfoQuery{Names: []string{name}})
	if err != nil {
		return 0, err
	}
	if len(known) > 0 && known[0].Exists {
		return 0, koji.Errorf(koji.ErrExists, koji.FaultGeneric, "tag %q exists", name)
	}
	if c.Parent != 0 {
		if _, err := e.active(ctx, c.Parent); err != nil {
			return 0, koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "parent of new tag %q: %w", name, err)
		}
	}
	if err := e.checkPermission(ctx, c.Permission); err != nil {
		return 0, err
	}
	row := storage.Tag{Name: name}
	if len(known) > 0 {
		row.ID = known[0].ID
	}
	config := storage.TagConfig{
		Arches: storage.Null(strings.Join(arches, " ")), Permission: c.Permission,
		Locked: c.Locked, MavenSupport: c.MavenSupport, MavenIncludeAll: c.MavenIncludeAll,
	}
	err = e.tx.Try(ctx, func() error { return e.insertTag(ctx, &row, &config, extra, c.Parent) })
	return row.ID, err
}

// insertTag writes the rows of a new tag; row gets its id unless it has one.
func (e *Editor) insertTag(ctx context.Context, row *storage.Tag, config *storage.TagConfig, extra map[string]string, parent koji.TagID) error {
	if row.ID == 0 {
		if err := e.tx.Tags().Insert(ctx, row); err != nil {
			return err
		}
	}
	config.Tag = row.ID
	if err := e.tx.TagConfigs().Insert(ctx, config); err != nil {
		return err
	}
	settings := column(slices.Sorted(maps.Keys(extra)), func(key *string) storage.TagExtra {
		return storage.TagExtra{Tag: row.ID, Key: *key, Value: storage.Null(extra[*key])}
	})
	if err := e.tx.TagExtras().InsertAll(ctx, settings); err != nil {
		return err
	}
	if parent == 0 {
		return nil
	}
	return e.tx.Inheritances().Insert(ctx, &storage.Inheritance{Tag: row.ID, Parent: parent, PkgFilter: storage.Null("")})
}

func noMaven(name string) error {
	return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "tag %q: Maven support is not enabled", name)
}

func (e *Editor) checkPermission(ctx context.Context, id sql.Null[koji.PermissionID]) error {
	if !id.Valid {
		return nil
	}
	n, err := e.tx.Permissions().Count(ctx, storage.PermissionFilter{ID: storage.Is(id.V)})
	if err == nil && n == 0 {
		err = koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such permission: %d", id.V)
	}
	return err
}

// compact checks free settings and turns them into what is stored.
func compact(extra map[string]json.RawMessage) (map[string]string, error) {
	values := make(map[string]string, len(extra))
	for key, raw := range extra {
		if raw == nil {
			raw = json.RawMessage("null")
		}
		if !json.Valid(raw) {
			return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "value of extra %q is not JSON: %.100q", key, raw)
		}
		values[key] = string(raw)
	}
	return values, nil
}

// Changes are new settings of a tag. Fields that are nil or empty leave theirs
// alone.
type Changes struct {
	Name            string
	Arches          *sql.Null[string] // null lets the tag inherit them
	Permission      *sql.Null[koji.PermissionID]
	Locked          *bool
	MavenSupport    *bool
	MavenIncludeAll *bool
	Extra           map[string]json.RawMessage // to set; nil values mean JSON null
	RemoveExtra     []string                   // keys that must be set
	BlockExtra      []string                   // keys to hide what is inherited under them
}

// Edit changes the settings of a tag. What is as wanted already is not written
// anew, except for blocks. The name is not versioned: it shows at every past event.
//
// It takes the permission tag.
func (e *Editor) Edit(ctx context.Context, tag koji.TagID, c Changes) error {
	if err := e.Require(ctx, tagPermission); err != nil {
		return err
	}
	info, err := e.active(ctx, tag)
	if err != nil {
		return err
	}
	if (c.MavenSupport != nil || c.MavenIncludeAll != nil) && !e.opts.Maven {
		return noMaven(info.Name)
	}
	if c.Name == info.Name {
		c.Name = ""
	}
	if c.Name != "" {
		if err := e.checkNewName(ctx, c.Name); err != nil {
			return err
		}
	}
	config, err := e.newConfig(ctx, &info, &c)
	if err != nil {
		return err
	}
	extra, err := e.newExtra(&info, &c)
	if err != nil {
		return err
	}
	return e.tx.Try(ctx, func() error {
		if c.Name != "" {
			if err := e.tx.Tags().Update(ctx, &storage.Tag{ID: tag, Name: c.Name}); err != nil {
				return err
			}
		}
		if config != nil {
			if _, err := e.tx.TagConfigs().Revoke(ctx, storage.TagConfigFilter{Tag: storage.Is(tag)}); err != nil {
				return err
			}
			if err := e.tx.TagConfigs().Insert(ctx, config); err != nil {
				return err
			}
		}
		return e.writeExtra(ctx, tag, extra, c.RemoveExtra)
	})
}

// checkNewName reports whether a tag may be renamed so: names of deleted tags are
// taken too.
func (e *Editor) checkNewName(ctx context.Context, name string) error {
	if err := koji.CheckName("tag", name); err != nil {
		return err
	}
	taken, err := e.tx.Tags().List(ctx, storage.TagFilter{Name: storage.Is(name)})
	if err == nil && len(taken) > 0 {
		err = koji.Errorf(koji.ErrExists, koji.FaultGeneric, "name %q is taken by tag %d", name, taken[0].ID)
	}
	return err
}

// newConfig returns the row that the changes make of a tag's configuration, nil
// if there is no difference.
func (e *Editor) newConfig(ctx context.Context, info *Info, c *Changes) (*storage.TagConfig, error) {
	old := storage.TagConfig{
		Tag: info.ID, Arches: info.Arches, Permission: info.Permission, Locked: info.Locked,
		MavenSupport: info.MavenSupport, MavenIncludeAll: info.MavenIncludeAll,
	}
	row := old
	if c.Permission != nil {
		if err := e.checkPermission(ctx, *c.Permission); err != nil {
			return nil, err
		}
		row.Permission = *c.Permission
	}
	if c.Arches != nil {
		arches, err := koji.ParseArches(c.Arches.V, koji.ArchesOptions{Strict: true})
		if err != nil {
			return nil, err
		}
		row.Arches = sql.Null[string]{V: strings.Join(arches, " "), Valid: c.Arches.Valid}
	}
	for _, f := range []struct{ to, from *bool }{
		{&row.Locked, c.Locked}, {&row.MavenSupport, c.MavenSupport}, {&row.MavenIncludeAll, c.MavenIncludeAll},
	} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	if row == old {
		return nil, nil
	}
	return &row, nil
}

// newExtra returns the values that the changes set anew; null for a block.
func (e *Editor) newExtra(info *Info, c *Changes) (map[string]sql.Null[string], error) {
	values, err := compact(c.Extra)
	if err != nil {
		return nil, err
	}
	rows := make(map[string]sql.Null[string])
	ending := make(map[string]bool)
	for _, key := range slices.Concat(c.RemoveExtra, c.BlockExtra) {
		ending[key] = true
	}
	for key, value := range values {
		if ending[key] {
			return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "tag %q: extra %q to be both set and removed or blocked", info.Name, key)
		}
		if own := info.Extra[key]; !own.Valid || !sameJSON(own.V, value) {
			rows[key] = storage.Null(value)
		}
	}
	var unknown []string
	for _, key := range c.RemoveExtra {
		if own, set := info.Extra[key]; !set || !own.Valid && !e.opts.Strict {
			unknown = append(unknown, key)
		}
	}
	if len(unknown) > 0 {
		return nil, koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "tag %q has no extra %s", info.Name, strings.Join(unknown, ", "))
	}
	for _, key := range c.BlockExtra {
		rows[key] = sql.Null[string]{}
	}
	return rows, nil
}

func sameJSON(a, b string) bool {
	var values [2]any
	for i, text := range []string{a, b} {
		d := json.NewDecoder(bytes.NewReader([]byte(text)))
		d.UseNumber()
		if d.Decode(&values[i]) != nil {
			return false
		}
	}
	return reflect.DeepEqual(values[0], values[1])
}

func (e *Editor) writeExtra(ctx context.Context, tag koji.TagID, rows map[string]sql.Null[string], remove []string) error {
	keys := slices.Sorted(maps.Keys(rows))
	if gone := append(keys, remove...); len(gone) > 0 {
		f := storage.TagExtraFilter{Tag: storage.Is(tag), Key: storage.Is(gone...)}
		if _, err := e.tx.TagExtras().Revoke(ctx, f); err != nil {
			return err
		}
	}
	return e.tx.TagExtras().InsertAll(ctx, column(keys, func(key *string) storage.TagExtra {
		return storage.TagExtra{Tag: tag, Key: *key, Value: rows[*key]}
	}))
}

// Delete ends a tag with all its content, its links, to parents and from children,
// and the build targets that build with it or for it. Nobody is asked whether the
// tag is in use. Everything can still be read at earlier events. It takes the
// permission tag.
func (e *Editor) Delete(ctx context.Context, tag koji.TagID) error {
	if err := e.Require(ctx, tagPermission); err != nil {
		return err
	}
	if _, err := e.active(ctx, tag); err != nil {
		return err
	}
	id := storage.Is(tag)
	revokes := []func() (int, error){
		func() (int, error) { return e.tx.TagConfigs().Revoke(ctx, storage.TagConfigFilter{Tag: id}) },
		func() (int, error) { return e.tx.TagExtras().Revoke(ctx, storage.TagExtraFilter{Tag: id}) },
		func() (int, error) { return e.tx.Inheritances().Revoke(ctx, storage.InheritanceFilter{Tag: id}) },
		func() (int, error) { return e.tx.Inheritances().Revoke(ctx, storage.InheritanceFilter{Parent: id}) },
		func() (int, error) { return e.tx.TargetConfigs().Revoke(ctx, storage.TargetConfigFilter{BuildTag: id}) },
		func() (int, error) { return e.tx.TargetConfigs().Revoke(ctx, storage.TargetConfigFilter{DestTag: id}) },
		func() (int, error) { return e.tx.TagListings().Revoke(ctx, storage.TagListingFilter{Tag: id}) },
		func() (int, error) { return e.tx.TagPackages().Revoke(ctx, storage.TagPackageFilter{Tag: id}) },
		func() (int, error) { return e.tx.TagOwners().Revoke(ctx, storage.TagOwnerFilter{Tag: id}) },
		func() (int, error) {
			return e.tx.TagExternalRepos().Revoke(ctx, storage.TagExternalRepoFilter{Tag: id})
		},
		func() (int, error) { return e.tx.GroupConfigs().Revoke(ctx, storage.GroupConfigFilter{Tag: id}) },
		func() (int, error) {
			return e.tx.GroupRequirements().Revoke(ctx, storage.GroupRequirementFilter{Tag: id})
		},
		func() (int, error) { return e.tx.GroupPackages().Revoke(ctx, storage.GroupPackageFilter{Tag: id}) },
	}
	return e.tx.Try(ctx, func() error {
		for _, revoke := range revokes {
			if _, err := revoke(); err != nil {
				return err
			}
		}
		return nil
	})
}
