package tag_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/golden"
	"github.com/kojikit/kojikit/internal/tabledump"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// TestReplay does the operations of the golden histories with an Editor, each at
// the event and with the ids that it had, and compares the rows of the tables
// that hold tags, links, package lists and taggings at the end. As many cases are
// done over each backend as by TestGolden.
func TestReplay(t *testing.T) {
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) { testReplay(t, &b) })
	}
}

func testReplay(t *testing.T, b *backend) {
	open := b.opener(t)
	done, notDone := make(map[string]int), make(map[string]int)
	refused := 0
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
			"tables-only": "no operations",
		} {
			if slices.Contains(c.Input.Features, feature) {
				notDone["cases: "+reason]++
				t.Skip(reason)
			}
		}
		b.choose(t, l.Number)
		store := open(t)
		p := &replay{
			t: t, ctx: t.Context(), store: store.Store, done: done, notDone: notDone, refused: &refused,
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
			if store.rewind != nil && slices.ContainsFunc(ops[:n], func(o operation) bool { return o.Error != nil }) {
				store.rewind()
			}
			ops = ops[n:]
		}
		want, err := tabledump.Open(t.Context(), c.Input.Tables)
		require.NoError(t, err)
		wantRows, gotRows := tagRows(t, want), tagRows(t, p.store)
		if p.snapshots != nil {
			require.Equal(t, p.snapshots.orders(wantRows["tag_listing"]), p.snapshots.orders(gotRows["tag_listing"]))
			p.snapshots.level(wantRows)
			p.snapshots.level(gotRows)
		}
		for table := range wantRows {
			require.Equal(t, wantRows[table], gotRows[table], table)
		}
	})
	fmt.Printf("golden tags over %s: %d operations replayed, %d of them refused: %s\n", b.name, sum(done), refused, counts(done))
	fmt.Printf("golden tags over %s: not replayed: %s\n", b.name, counts(notDone))
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
	refused       *int
	snapshots     snapshots
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
	for i := range ops {
		p.created(&ops[i])
	}
	require.NoError(p.t, p.store.View(ctx, func(tx *storage.Tx) error {
		rows, err := tx.Events().List(ctx, storage.EventFilter{}, storage.Page{Order: []storage.Order{{Column: "id", Desc: true}}, Limit: 1})
		if len(rows) > 0 {
			p.last = rows[0].ID
		}
		return err
	}))
	// A snapshot takes as many events as the order of its builds does.
	if o := &ops[0]; o.Event != nil && p.knows(o) && o.Op != "snapshotTag" {
		want := *o.Event
		if len(o.Events) > 0 {
			want = o.Events[len(o.Events)-1]
		}
		require.Equal(p.t, want, p.last, "event of %s(%s)", o.Op, o.Args)
	}
}

func (p *replay) knows(o *operation) bool {
	_, known := p.steps(nil, nil, nil)[o.Op]
	return known && o.Error == nil
}

func (p *replay) do(tx *storage.Tx, o *operation) error {
	if err := p.prepareIDs(tx, o); err != nil {
		return err
	}
	tx.Actor = o.User
	var result any
	step := p.steps(tx, o, &result)[o.Op]
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
	if o.Error != nil {
		*p.refused++
		switch code := koji.FaultCodeOf(err); {
		case err == nil:
			return fmt.Errorf("want error %s %q", o.Error.Class, o.Error.Message)
		case o.Error.Code != koji.FaultOther && code != o.Error.Code:
			return fmt.Errorf("want error %d %q, got %d: %w", o.Error.Code, o.Error.Message, code, err)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if o.Event == nil && p.event(tx) != before {
		return errors.New("used an event without changing anything")
	}
	if len(o.Result) > 0 {
		if diff := golden.Diff(o.Result, result); diff != "" {
			return errors.New("result " + diff)
		}
	}
	return nil
}

func (p *replay) event(tx *storage.Tx) int {
	n, err := tx.Events().Count(p.ctx, storage.EventFilter{})
	require.NoError(p.t, err)
	return n
}

// made returns the names that an operation brought up by table, with their ids in
// ascending order.
func (o *operation) made(t testing.TB) map[string][]named {
	tables := make(map[string][]named)
	for table, text := range o.Created {
		var pairs [][2]json.RawMessage
		if json.Unmarshal(text, &pairs) != nil {
			continue // ids without names
		}
		for _, pair := range pairs {
			var n named
			require.NoError(t, json.Unmarshal(pair[0], &n.id))
			require.NoError(t, json.Unmarshal(pair[1], &n.name))
			tables[table] = append(tables[table], n)
		}
	}
	return tables
}

type named struct {
	id   int64
	name string
}

// prepareIDs sees to it that the operation's first new rows get the ids that they
// had.
func (p *replay) prepareIDs(tx *storage.Tx, o *operation) error {
	for table, list := range o.made(p.t) {
		before := list[0].id - 1
		if before < 1 {
			continue
		}
		var err error
		const name = "id before"
		switch table {
		case "tag":
			err = skip(p.ctx, tx.Tags(), storage.TagFilter{ID: storage.Is(koji.TagID(before))}, storage.Tag{ID: koji.TagID(before), Name: name})
		case "package":
			err = skip(p.ctx, tx.Packages(), storage.PackageFilter{ID: storage.Is(koji.PackageID(before))}, storage.Package{ID: koji.PackageID(before), Name: name})
		case "users":
			err = skip(p.ctx, tx.Users(), storage.UserFilter{ID: storage.Is(koji.UserID(before))}, storage.User{ID: koji.UserID(before), Name: name})
		case "permissions":
			err = skip(p.ctx, tx.Permissions(), storage.PermissionFilter{ID: storage.Is(koji.PermissionID(before))}, storage.Permission{ID: koji.PermissionID(before), Name: name})
		case "groups":
			err = skip(p.ctx, tx.Groups(), storage.GroupFilter{ID: storage.Is(koji.GroupID(before))}, storage.Group{ID: koji.GroupID(before), Name: name})
		case "build_target":
			err = skip(p.ctx, tx.Targets(), storage.TargetFilter{ID: storage.Is(koji.TargetID(before))}, storage.Target{ID: koji.TargetID(before), Name: name})
		case "external_repo":
			err = skip(p.ctx, tx.ExternalRepos(), storage.ExternalRepoFilter{ID: storage.Is(koji.ExternalRepoID(before))}, storage.ExternalRepo{ID: koji.ExternalRepoID(before), Name: name})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// skip uses up ids until that of row.
func skip[R, F any](ctx context.Context, table storage.Table[R, F], f F, row R) error {
	n, err := table.Count(ctx, f)
	if err != nil || n > 0 {
		return err
	}
	if err := table.Insert(ctx, &row); err != nil {
		return err
	}
	_, err = table.Delete(ctx, f)
	return err
}

// created checks that there are the names that an operation brought up.
func (p *replay) created(o *operation) {
	for table, list := range o.made(p.t) {
		for _, n := range list {
			rows := rowsOf(p.t, p.store, table, n.id)
			require.Len(p.t, rows, 1, "%s %d %s", table, n.id, n.name)
			require.Equal(p.t, n.name, reflect.ValueOf(rows[0]).FieldByName("Name").String(), "%s %d", table, n.id)
		}
	}
}

// rowsOf returns all versions of the rows of a table, or the row with an id.
func rowsOf(t testing.TB, store *storage.Store, table string, id int64) (rows []any) {
	i := slices.IndexFunc(storage.Kinds(), func(k *storage.Kind) bool { return k.Table == table })
	require.GreaterOrEqual(t, i, 0, table)
	k := storage.Kinds()[i]
	q := storage.Query{All: true}
	if id != 0 {
		value := reflect.ValueOf(id).Convert(k.Columns[k.Column("id")].Type).Interface()
		q.Where = []storage.Cond{{Column: "id", Op: storage.OpIn, Values: []any{value}}}
	}
	ctx := t.Context()
	tx, err := store.Backend().Begin(ctx, false)
	require.NoError(t, err)
	require.NoError(t, tx.Select(ctx, k, q, func(row any) bool {
		rows = append(rows, reflect.ValueOf(row).Elem().Interface())
		return true
	}))
	require.NoError(t, tx.Rollback(ctx))
	return rows
}

// steps returns what the operations are. Those that make no difference to the
// tables that are compared are missing.
func (p *replay) steps(tx *storage.Tx, o *operation, result *any) map[string]func() error {
	s := step{p, tx, o, result}
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

		"groupListAdd":              s.addGroup,
		"groupListBlock":            s.blockGroup,
		"groupListUnblock":          s.unblockGroup,
		"groupListRemove":           s.removeGroup,
		"groupPackageListAdd":       s.addGroupPackage,
		"groupPackageListBlock":     s.blockGroupPackage,
		"groupPackageListUnblock":   s.unblockGroupPackage,
		"groupPackageListRemove":    s.removeGroupPackage,
		"groupReqListAdd":           s.addGroupRequirement,
		"groupReqListBlock":         s.blockGroupRequirement,
		"groupReqListUnblock":       s.unblockGroupRequirement,
		"groupReqListRemove":        s.removeGroupRequirement,
		"snapshotTag":               s.snapshot,
		"createBuildTarget":         s.createTarget,
		"editBuildTarget":           s.editTarget,
		"deleteBuildTarget":         s.deleteTarget,
		"createExternalRepo":        s.createExternalRepo,
		"editExternalRepo":          s.editExternalRepo,
		"deleteExternalRepo":        s.deleteExternalRepo,
		"addExternalRepoToTag":      s.addExternalRepoToTag,
		"editTagExternalRepo":       s.editTagExternalRepo,
		"removeExternalRepoFromTag": s.removeExternalRepoFromTag,
	}
}

// tagTables are the tables that the replayed operations write to.
var tagTables = []string{
	"tag", "tag_config", "tag_extra", "tag_inheritance", "tag_packages", "tag_package_owners", "tag_listing", "package",
	"groups", "group_config", "group_package_listing", "group_req_listing", "build_target", "build_target_config",
	"external_repo", "external_repo_config", "tag_external_repos", "users", "user_perms",
}

// tagRows returns all versions of the rows of these tables. Values of free settings
// are spelled alike.
func tagRows(t testing.TB, store *storage.Store) map[string][]any {
	tables := make(map[string][]any)
	for _, table := range tagTables {
		tables[table] = rowsOf(t, store, table, 0)
	}
	for i, row := range tables["tag_extra"] {
		extra := row.(storage.TagExtra)
		if extra.Value.Valid {
			var v any
			require.NoError(t, json.Unmarshal([]byte(extra.Value.V), &v))
			text, err := json.Marshal(v)
			require.NoError(t, err)
			extra.Value.V = string(text)
		}
		tables["tag_extra"][i] = extra
	}
	return tables
}
