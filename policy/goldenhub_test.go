package policy_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/kojikit/kojikit/internal/golden"
	"github.com/kojikit/kojikit/internal/policygolden"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
)

// hubCalls answers about a hub whose database the case holds.
func hubCalls(t testing.TB, c *golden.Case) golden.Calls {
	var input struct {
		Tables map[string]json.RawMessage
		Tasks  []policygolden.Task
	}
	c.Input(&input)
	db := &tables{}
	db.load(t, input.Tables)
	for _, task := range input.Tasks {
		db.tasks[int64(task.ID)] = &policy.Task{Method: task.Method, Args: task.Request}
	}
	return policygolden.Calls(t, input.Tasks, db.as)
}

// tables is the database of a case.
type tables struct {
	rows  map[string][]map[string]any
	tasks map[int64]*policy.Task
}

func (db *tables) load(t testing.TB, raw map[string]json.RawMessage) {
	db.rows = make(map[string][]map[string]any)
	db.tasks = make(map[int64]*policy.Task)
	for name, text := range raw {
		if name == "events" {
			continue
		}
		var table struct {
			Columns []string
			Rows    [][]any
		}
		if err := json.Unmarshal(text, &table); err != nil {
			t.Fatal(err)
		}
		for _, values := range table.Rows {
			row := make(map[string]any)
			for i, column := range table.Columns {
				row[column] = values[i]
			}
			db.rows[name] = append(db.rows[name], row)
		}
	}
	// What every fresh database holds.
	for i, name := range []string{
		"admin", "appliance", "dist-repo", "host", "image", "image-import", "livecd", "maven-import", "repo", "sign", "tag",
		"target", "win-admin", "win-import", "draft-promoter",
	} {
		db.add("permissions", i+1, name)
	}
	for i, name := range []string{"rpm", "maven", "win", "image"} {
		db.add("btype", i+1, name)
	}
	db.add("volume", 0, "DEFAULT")
}

func (db *tables) add(table string, id int, name string) {
	db.rows[table] = append(db.rows[table], map[string]any{"id": float64(id), "name": name})
}

// as returns the lookups of a session; anonymous if user is nil.
func (db *tables) as(user *int64) policy.Lookups { return &tableLookups{tables: db, session: user} }

type tableLookups struct {
	*tables
	session *int64
}

// where yields the rows with a value in a column.
func (db *tables) where(table, column string, value any) []map[string]any {
	var out []map[string]any
	for _, row := range db.rows[table] {
		if row[column] == value {
			out = append(out, row)
		}
	}
	return out
}

// active yields those that are valid now.
func (db *tables) active(table, column string, value any) []map[string]any {
	var out []map[string]any
	for _, row := range db.where(table, column, value) {
		if row["active"] == true {
			out = append(out, row)
		}
	}
	return out
}

// at yields those that were valid at an event.
func (db *tables) at(table, column string, value any, event koji.EventID) []map[string]any {
	if event == koji.Now {
		return db.active(table, column, value)
	}
	var out []map[string]any
	for _, row := range db.where(table, column, value) {
		revoke, revoked := row["revoke_event"].(float64)
		if row["create_event"].(float64) <= float64(event) && (!revoked || float64(event) < revoke) {
			out = append(out, row)
		}
	}
	return out
}

func text(x any) string { s, _ := x.(string); return s }

func number(x any) int64 { f, _ := x.(float64); return int64(f) }

// find looks up a row by reference.
func (db *tables) find(table string, ref policy.Ref) map[string]any {
	rows := db.where(table, "id", float64(ref.ID))
	if ref.Name != "" {
		rows = db.where(table, "name", ref.Name)
	}
	if len(rows) == 0 {
		return nil
	}
	return rows[0]
}

func (db *tables) name(table string, id int64) string {
	return text(db.find(table, policy.ByID(id))["name"])
}

func (db *tableLookups) SessionUser(ctx context.Context) (*policy.User, error) {
	if db.session == nil {
		return nil, nil
	}
	return db.User(ctx, policy.ByID(*db.session))
}

func (db *tableLookups) User(_ context.Context, ref policy.Ref) (*policy.User, error) {
	row := db.find("users", ref)
	if row == nil {
		return nil, nil
	}
	return &policy.User{ID: koji.UserID(number(row["id"])), Name: text(row["name"])}, nil
}

func (db *tableLookups) Access(_ context.Context, user koji.UserID) (*policy.Access, error) {
	access := &policy.Access{}
	permissions := db.active("user_perms", "user_id", float64(user))
	for _, row := range db.active("user_groups", "user_id", float64(user)) {
		group := number(row["group_id"])
		access.Groups = append(access.Groups, policy.User{ID: koji.UserID(group), Name: db.name("users", group)})
		permissions = append(permissions, db.active("user_perms", "user_id", row["group_id"])...)
	}
	for _, row := range permissions {
		access.Permissions = append(access.Permissions, db.name("permissions", number(row["perm_id"])))
	}
	return access, nil
}

func (db *tableLookups) Names(_ context.Context, table policy.Table, refs []policy.Ref) ([]*policy.Name, error) {
	out := make([]*policy.Name, len(refs))
	for i, ref := range refs {
		if row := db.find(table.String(), ref); row != nil {
			out[i] = &policy.Name{ID: number(row["id"]), Name: text(row["name"])}
		}
	}
	return out, nil
}

func (db *tableLookups) Tags(_ context.Context, refs []policy.TagRef) ([]*policy.Tag, error) {
	out := make([]*policy.Tag, len(refs))
	for i, ref := range refs {
		row := db.find("tag", ref.Ref)
		if row == nil {
			continue
		}
		tag := &policy.Tag{ID: koji.TagID(number(row["id"])), Name: text(row["name"])}
		if db.active("tag_config", "tag_id", row["id"]) == nil {
			if !ref.Deleted {
				continue
			}
			for _, old := range db.where("tag_config", "tag_id", row["id"]) {
				tag.Event = max(tag.Event, koji.EventID(number(old["revoke_event"])-1))
			}
		}
		out[i] = tag
	}
	return out, nil
}

func (db *tableLookups) Ancestors(_ context.Context, tags []policy.Tag) ([][]string, error) {
	out := make([][]string, len(tags))
	for i, tag := range tags {
		w := inheritance{db: db.tables, root: tag.ID, event: tag.Event, seen: make(map[koji.TagID]int64)}
		w.visit(tag.ID, unlimited)
		delete(w.seen, tag.ID)
		for id := range w.seen {
			out[i] = append(out[i], db.name("tag", int64(id)))
		}
	}
	return out, nil
}

// inheritance finds all tags that a tag inherits from.
type inheritance struct {
	db    *tables
	root  koji.TagID
	event koji.EventID
	seen  map[koji.TagID]int64 // how many levels were left
}

const unlimited = 1 << 30

func (w *inheritance) visit(tag koji.TagID, left int64) {
	if before, ok := w.seen[tag]; ok && before >= left {
		return
	}
	w.seen[tag] = left
	if left < 1 {
		return
	}
	for _, link := range w.db.at("tag_inheritance", "tag_id", float64(tag), w.event) {
		if link["intransitive"] == true && tag != w.root {
			continue
		}
		next := left
		if left != unlimited {
			next--
		}
		if limit, ok := link["maxdepth"].(float64); ok {
			if next = int64(limit); left != unlimited {
				next = min(next, left) - 1
			}
		}
		w.visit(koji.TagID(number(link["parent_id"])), next)
	}
}

func (db *tableLookups) Target(_ context.Context, ref policy.Ref) (*policy.Target, error) {
	row := db.find("build_target", ref)
	if row == nil {
		return nil, nil
	}
	for _, config := range db.active("build_target_config", "build_target_id", row["id"]) {
		return &policy.Target{
			ID: koji.TargetID(number(row["id"])), Name: text(row["name"]), BuildTag: koji.TagID(number(config["build_tag"])),
		}, nil
	}
	return nil, nil
}

func (db *tableLookups) Channel(context.Context, policy.Ref) (*policy.Channel, error) {
	return nil, errors.New("no case asks for channels")
}

func (db *tableLookups) Build(_ context.Context, ref policy.BuildRef) (*policy.Build, error) {
	for _, row := range db.rows["build"] {
		pkg := db.name("package", number(row["pkg_id"]))
		if ref.ID != 0 && number(row["id"]) != int64(ref.ID) {
			continue
		}
		if ref.ID == 0 && (pkg != ref.Name || row["version"] != ref.Version || row["release"] != ref.Release) {
			continue
		}
		build := &policy.Build{
			ID: koji.BuildID(number(row["id"])), Package: policy.Name{ID: number(row["pkg_id"]), Name: pkg},
			Version: text(row["version"]), Release: text(row["release"]), Draft: row["draft"] == true,
			Volume: db.name("volume", number(row["volume_id"])), Owner: koji.UserID(number(row["owner"])),
			Task: koji.TaskID(number(row["task_id"])),
		}
		build.OwnerIsGroup = number(db.find("users", policy.ByID(build.Owner))["usertype"]) == 2
		if source, ok := row["source"].(string); ok {
			build.Source = &source
		}
		return build, nil
	}
	return nil, nil
}

func (db *tableLookups) BuildTags(_ context.Context, build koji.BuildID) ([]string, error) {
	var names []string
	for _, row := range db.active("tag_listing", "build_id", float64(build)) {
		names = append(names, db.name("tag", number(row["tag_id"])))
	}
	return names, nil
}

func (db *tableLookups) BuildTypes(_ context.Context, build koji.BuildID) ([]string, error) {
	var names []string
	for _, row := range db.where("build_types", "build_id", float64(build)) {
		names = append(names, db.name("btype", number(row["btype_id"])))
	}
	for _, name := range []string{"maven", "win", "image"} {
		if db.where(name+"_builds", "build_id", float64(build)) != nil {
			names = append(names, name)
		}
	}
	return names, nil
}

func (db *tableLookups) BuildBuildroots(ctx context.Context, build koji.BuildID) (*policy.BuildOrigin, error) {
	origin := &policy.BuildOrigin{}
	seen := make(map[any]bool)
	for _, table := range []string{"rpminfo", "archiveinfo"} {
		for _, row := range db.where(table, "build_id", float64(build)) {
			id := row["buildroot_id"]
			switch {
			case id == nil:
				origin.Imported = true
			case !seen[id]:
				seen[id] = true
				roots, err := db.Buildroots(ctx, []koji.BuildrootID{koji.BuildrootID(number(id))})
				if err != nil {
					return nil, err
				}
				origin.Buildroots = append(origin.Buildroots, *roots[0])
			}
		}
	}
	return origin, nil
}

func (db *tableLookups) Buildroots(_ context.Context, ids []koji.BuildrootID) ([]*policy.Buildroot, error) {
	out := make([]*policy.Buildroot, len(ids))
	for i, id := range ids {
		row := db.find("buildroot", policy.ByID(id))
		if row == nil {
			rows := db.where("buildroot", "id", float64(id))
			if rows == nil {
				continue
			}
			row = rows[0]
		}
		root := &policy.Buildroot{ID: id}
		if cg, ok := row["cg_id"].(float64); ok {
			root.ContentGenerator = db.name("content_generator", int64(cg))
		}
		for _, standard := range db.where("standard_buildroot", "buildroot_id", float64(id)) {
			repo := db.find("repo", policy.ByID(number(standard["repo_id"])))
			event := koji.EventID(number(repo["create_event"]))
			if len(db.at("tag_config", "tag_id", repo["tag_id"], event)) > 0 {
				tag := number(repo["tag_id"])
				root.Tag = &policy.Tag{ID: koji.TagID(tag), Name: db.name("tag", tag), Event: event}
			}
		}
		out[i] = root
	}
	return out, nil
}

func (db *tableLookups) Task(_ context.Context, id koji.TaskID) (*policy.Task, error) {
	return db.tasks[int64(id)], nil
}
