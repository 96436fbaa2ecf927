package tag_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/golden"
	"github.com/kojikit/kojikit/internal/tabledump"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/memory"
	"github.com/kojikit/kojikit/tag"
)

// TestReplay does the operations of the golden histories with an Editor, each at
// the event and with the ids that it had, and compares the rows of the tables
// that hold tags, links, package lists and taggings at the end.
func TestReplay(t *testing.T) {
	done, notDone := make(map[string]int), make(map[string]int)
	golden.Each(t, "tags", func(t *testing.T, l golden.Line) {
		var c struct {
			Input struct {
				Features []string
				Options  struct{ EnableMaven bool }
				Ops      []operation
				Tables   tabledump.Tables
			}
		}
		require.NoError(t, json.Unmarshal(l.Text, &c))
		for feature, reason := range map[string]string{
			"tables-only": "no operations", "snapshot": "snapshots come later", "badregex": "bad filters are refused here",
		} {
			if slices.Contains(c.Input.Features, feature) {
				notDone["cases: "+reason]++
				t.Skip(reason)
			}
		}
		p := &replay{
			t: t, ctx: t.Context(), store: memory.Open(memory.Options{}), done: done, notDone: notDone,
			opts: tag.Options{Maven: c.Input.Options.EnableMaven, Gate: tag.DefaultGate{}},
		}
		for ops := c.Input.Ops; len(ops) > 0; {
			n := 1
			if ops[0].Op == "_new_event" { // what follows at the same event is one transaction
				for i := range ops {
					if ops[i].Event != nil && *ops[i].Event == *ops[0].Event {
						n = i + 1
					}
				}
			}
			p.transaction(ops[:n])
			ops = ops[n:]
		}
		want, err := tabledump.Open(t.Context(), c.Input.Tables)
		require.NoError(t, err)
		wantRows, gotRows := tagRows(t, want), tagRows(t, p.store)
		for table := range wantRows {
			require.Equal(t, wantRows[table], gotRows[table], table)
		}
	})
	fmt.Printf("golden tags: %d operations replayed: %s\n", sum(done), counts(done))
	fmt.Printf("golden tags: not replayed: %s\n", counts(notDone))
}

// operation is one step of a history.
type operation struct {
	Op      string
	Args    json.RawMessage
	User    koji.UserID
	Event   *koji.EventID
	Events  []koji.EventID
	Result  json.RawMessage
	Created map[string]json.RawMessage
	Error   *struct {
		Class   string
		Code    koji.FaultCode
		Message string
	}
}

// replay is a history in the course of being done again.
type replay struct {
	t             testing.TB
	ctx           context.Context
	store         *storage.Store
	opts          tag.Options
	last          koji.EventID
	done, notDone map[string]int
}

// transaction does some operations at one event.
func (p *replay) transaction(ops []operation) {
	ctx := p.ctx
	err := p.store.Update(ctx, func(tx *storage.Tx) error {
		if e := ops[0].Event; e != nil && *e > p.last+1 {
			if err := tx.Events().Insert(ctx, &storage.Event{ID: *e - 1, Time: tabledump.EventTime(*e - 1)}); err != nil {
				return err
			}
		}
		for i := range ops {
			if err := p.do(tx, &ops[i]); err != nil {
				return fmt.Errorf("%s(%s): %w", ops[i].Op, ops[i].Args, err)
			}
		}
		return nil
	})
	require.NoError(p.t, err)
	require.NoError(p.t, p.store.View(ctx, func(tx *storage.Tx) error {
		rows, err := tx.Events().List(ctx, storage.EventFilter{}, storage.Page{Order: []storage.Order{{Column: "id", Desc: true}}, Limit: 1})
		if len(rows) > 0 {
			p.last = rows[0].ID
		}
		return err
	}))
	if o := &ops[0]; o.Event != nil && p.knows(o) {
		want := *o.Event
		if len(o.Events) > 0 {
			want = o.Events[len(o.Events)-1]
		}
		require.Equal(p.t, want, p.last, "event of %s(%s)", o.Op, o.Args)
	}
}

func (p *replay) knows(o *operation) bool {
	_, known := p.steps(nil, nil)[o.Op]
	return known && o.Error == nil
}

func (p *replay) do(tx *storage.Tx, o *operation) error {
	if err := p.create(tx, o); err != nil {
		return err
	}
	tx.Actor = o.User
	step := p.steps(tx, o)[o.Op]
	switch {
	case step == nil:
		p.notDone[o.Op]++
		return nil
	case o.Error != nil && (o.Op == "_new_build" || o.Op == "promoteBuild"):
		p.notDone["refused "+o.Op]++
		return nil
	}
	p.done[o.Op]++
	before := p.event(tx)
	err := tx.Try(p.ctx, step)
	switch {
	case o.Error == nil && err == nil:
		if o.Event == nil && p.event(tx) != before {
			return errors.New("used an event without changing anything")
		}
		return nil
	case o.Error == nil:
		return err
	case err == nil:
		return fmt.Errorf("want error %s %q", o.Error.Class, o.Error.Message)
	case o.Error.Code != koji.FaultOther && koji.FaultCodeOf(err) != o.Error.Code:
		return fmt.Errorf("want error %d %q, got %d: %w", o.Error.Code, o.Error.Message, koji.FaultCodeOf(err), err)
	}
	return nil
}

func (p *replay) event(tx *storage.Tx) int {
	n, err := tx.Events().Count(p.ctx, storage.EventFilter{})
	require.NoError(p.t, err)
	return n
}

// create puts the names that an operation brought up into their tables, for the
// ids they had.
func (p *replay) create(tx *storage.Tx, o *operation) error {
	for table, text := range o.Created {
		var pairs [][2]json.RawMessage
		if json.Unmarshal(text, &pairs) != nil {
			continue // ids without names
		}
		for _, pair := range pairs {
			var id int64
			var name string
			require.NoError(p.t, json.Unmarshal(pair[0], &id))
			require.NoError(p.t, json.Unmarshal(pair[1], &name))
			var err error
			switch table {
			case "tag":
				err = tx.Tags().Insert(p.ctx, &storage.Tag{ID: koji.TagID(id), Name: name})
			case "package":
				err = tx.Packages().Insert(p.ctx, &storage.Package{ID: koji.PackageID(id), Name: name})
			case "permissions":
				err = tx.Permissions().Insert(p.ctx, &storage.Permission{ID: koji.PermissionID(id), Name: name})
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// steps returns what the operations are. Those that make no difference to the
// tables that are compared are missing.
func (p *replay) steps(tx *storage.Tx, o *operation) map[string]func() error {
	s := step{p, tx, o}
	return map[string]func() error{
		"_add_user":            s.addUser,
		"_grant_permission":    s.firstGrant,
		"grantPermission":      s.grant,
		"_new_event":           s.newEvent,
		"_new_build":           s.newBuild,
		"_set_build_state":     s.setBuildState,
		"promoteBuild":         s.promoteBuild,
		"createTag":            s.createTag,
		"editTag2":             s.editTag,
		"deleteTag":            s.deleteTag,
		"setInheritanceData":   s.setInheritance,
		"packageListAdd":       s.addPackage,
		"packageListSetOwner":  s.setOwner,
		"packageListSetArches": s.setArches,
		"packageListBlock":     s.blockPackage,
		"packageListUnblock":   s.unblockPackage,
		"packageListRemove":    s.removePackage,
		"tagBuildBypass":       s.tagBuild,
		"untagBuildBypass":     s.untagBuild,
		"massTag":              s.massTag,
	}
}

// tagRows returns all versions of the rows that the replay makes. Values of free
// settings are spelled alike.
func tagRows(t testing.TB, store *storage.Store) map[string]any {
	rows := make(map[string]any)
	require.NoError(t, store.View(t.Context(), func(tx *storage.Tx) error {
		ctx := t.Context()
		var err error
		keep := func(table string, list any, e error) {
			rows[table] = list
			err = errors.Join(err, e)
		}
		tags, e := tx.Tags().List(ctx, storage.TagFilter{})
		keep("tag", tags, e)
		configs, e := tx.TagConfigs().History(ctx, storage.TagConfigFilter{})
		keep("tag_config", configs, e)
		extras, e := tx.TagExtras().History(ctx, storage.TagExtraFilter{})
		for i := range extras {
			if extras[i].Value.Valid {
				var v any
				require.NoError(t, json.Unmarshal([]byte(extras[i].Value.V), &v))
				text, _ := json.Marshal(v)
				extras[i].Value.V = string(text)
			}
		}
		keep("tag_extra", extras, e)
		links, e := tx.Inheritances().History(ctx, storage.InheritanceFilter{})
		keep("tag_inheritance", links, e)
		packages, e := tx.TagPackages().History(ctx, storage.TagPackageFilter{})
		keep("tag_packages", packages, e)
		owners, e := tx.TagOwners().History(ctx, storage.TagOwnerFilter{})
		keep("tag_package_owners", owners, e)
		listings, e := tx.TagListings().History(ctx, storage.TagListingFilter{})
		keep("tag_listing", listings, e)
		return err
	}))
	return rows
}
