package tag_test

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/golden"
	"github.com/kojikit/kojikit/internal/tabledump"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// hub answers API calls in the form in which clients see them.
type hub struct {
	t     testing.TB
	ctx   context.Context
	store *storage.Store
	r     *tag.Resolver
}

func newHub(t testing.TB, c *golden.Case, store *storage.Store) *hub {
	var input struct {
		Tables tabledump.Tables
		Events []koji.EventID // first and last, if all between exist
	}
	c.Input(&input)
	if len(input.Events) == 2 {
		for id := input.Events[0]; id <= input.Events[1]; id++ {
			input.Tables.Events = append(input.Tables.Events, id)
		}
	}
	require.NoError(t, tabledump.Load(t.Context(), store, input.Tables))
	return &hub{t: t, ctx: t.Context(), store: store, r: tag.NewResolver(tag.NewSource(store), tag.Options{})}
}

func (h *hub) calls() golden.Calls {
	return golden.Calls{
		"getTag":                 h.getTag,
		"getInheritanceData":     h.getInheritanceData,
		"getFullInheritance":     h.getFullInheritance,
		"listPackages":           h.listPackages,
		"checkTagPackage":        h.checkTagPackage,
		"getPackageConfig":       h.getPackageConfig,
		"listTagged":             h.listTagged,
		"getLatestBuilds":        h.getLatestBuilds,
		"listTaggedRPMS":         h.listTaggedRPMS,
		"getLatestRPMS":          h.getLatestRPMS,
		"getTagGroups":           h.getTagGroups,
		"queryHistory":           h.queryHistory,
		"listTags":               h.listTags,
		"listTaggedArchives":     h.listTaggedArchives,
		"getLatestMavenArchives": h.getLatestMavenArchives,
		"untaggedBuilds":         h.untaggedBuilds,
		"getNextRelease":         h.getNextRelease,
		"getBuildTarget":         h.getBuildTarget,
		"getBuildTargets":        h.getBuildTargets,
		"getExternalRepoList":    h.getExternalRepoList,
		"getTagExternalRepos":    h.getTagExternalRepos,
		"listExternalRepos":      h.listExternalRepos,
		"getExternalRepo":        h.getExternalRepo,
		"getBuildConfig":         h.getBuildConfig,
		"tagLastChangeEvent":     h.tagLastChangeEvent,
		"tagFirstChangeEvent":    h.tagFirstChangeEvent,
		"tagChangedSinceEvent":   h.tagChangedSinceEvent,
	}
}

// ref is a name or an id, as the API takes them.
type ref struct {
	name string
	id   int64
}

func (r *ref) UnmarshalJSON(text []byte) error {
	if text[0] == '"' {
		return json.Unmarshal(text, &r.name)
	}
	return json.Unmarshal(text, &r.id)
}

// event is an event as the API takes it: 0 is a moment before everything.
type event struct {
	at   koji.EventID
	auto bool // the end of what is asked about, if it has ended
}

func (e *event) UnmarshalJSON(text []byte) error {
	if string(text) == `"auto"` {
		e.auto = true
		return nil
	}
	var id *koji.EventID
	err := json.Unmarshal(text, &id)
	if id != nil {
		if e.at = *id; e.at == 0 {
			e.at = -1
		}
	}
	return err
}

// tag returns the id that a reference means in the table of names. An unknown id
// goes through if anyID.
func (h *hub) tag(r ref, anyID bool) (koji.TagID, error) {
	if r.name == "" && anyID {
		return koji.TagID(r.id), nil
	}
	return find(h, r, func(tx *storage.Tx) ([]storage.Tag, error) {
		if r.name != "" {
			return tx.Tags().List(h.ctx, storage.TagFilter{Name: storage.Is(r.name)})
		}
		return tx.Tags().List(h.ctx, storage.TagFilter{ID: storage.Is(koji.TagID(r.id))})
	}, func(t storage.Tag) koji.TagID { return t.ID })
}

func (h *hub) packageName(r ref) (string, error) {
	return find(h, r, func(tx *storage.Tx) ([]storage.Package, error) {
		if r.name != "" {
			return tx.Packages().List(h.ctx, storage.PackageFilter{Name: storage.Is(r.name)})
		}
		return tx.Packages().List(h.ctx, storage.PackageFilter{ID: storage.Is(koji.PackageID(r.id))})
	}, func(p storage.Package) string { return p.Name })
}

func (h *hub) user(r ref) (koji.UserID, error) {
	return find(h, r, func(tx *storage.Tx) ([]storage.User, error) {
		if r.name != "" {
			return tx.Users().List(h.ctx, storage.UserFilter{Name: storage.Is(r.name)})
		}
		return tx.Users().List(h.ctx, storage.UserFilter{ID: storage.Is(koji.UserID(r.id))})
	}, func(u storage.User) koji.UserID { return u.ID })
}

func find[R, V any](h *hub, r ref, list func(*storage.Tx) ([]R, error), value func(R) V) (v V, err error) {
	err = h.store.View(h.ctx, func(tx *storage.Tx) error {
		rows, err := list(tx)
		if err == nil && len(rows) == 0 {
			err = koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such entry: %v", r)
		}
		if err == nil {
			v = value(rows[0])
		}
		return err
	})
	return v, err
}

func (h *hub) getTag(q *golden.Query) (any, error) {
	var args struct {
		TagInfo ref
		Event   event
		Strict  bool
		Blocked bool
	}
	q.Args(&args)
	if args.Event.auto {
		return h.getTagAuto(args.TagInfo, args.Strict, args.Blocked)
	}
	id, err := h.tag(args.TagInfo, false)
	var info tag.Info
	if err == nil {
		info, err = h.r.Tag(h.ctx, id, args.Event.at)
	}
	if errors.Is(err, koji.ErrNotFound) && !args.Strict {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	m := infoMap(&info)
	m["extra"] = extraMap(info.Extra, args.Blocked)
	if args.Event.at != koji.Now {
		m["query_event"] = args.Event.at
	}
	return m, nil
}

func infoMap(info *tag.Info) map[string]any {
	return map[string]any{
		"id": info.ID, "name": info.Name, "arches": null(info.Arches.V, info.Arches.Valid),
		"perm_id": null(info.Permission.V, info.Permission.Valid), "perm": null(info.PermissionName, info.Permission.Valid),
		"locked": info.Locked, "maven_support": info.MavenSupport, "maven_include_all": info.MavenIncludeAll,
	}
}

func extraMap(settings map[string]sql.Null[string], blocked bool) map[string]any {
	m := make(map[string]any)
	for k, v := range settings {
		if blocked {
			m[k] = []any{!v.Valid, extra(v.V, v.Valid)}
		} else if v.Valid {
			m[k] = extra(v.V, v.Valid)
		}
	}
	return m
}

func (h *hub) getBuildConfig(q *golden.Query) (any, error) {
	var args struct {
		Tag   ref
		Event event
	}
	q.Args(&args)
	id, err := h.tag(args.Tag, false)
	if err != nil {
		return nil, err
	}
	c, err := h.r.BuildConfig(h.ctx, id, args.Event.at)
	if err != nil {
		return nil, err
	}
	m := infoMap(&c.Info)
	m["extra"] = extraMap(c.Extra, false)
	if args.Event.at != koji.Now {
		m["query_event"] = args.Event.at
	}
	from := make(map[string]any)
	for key, origin := range c.ExtraFrom {
		from[key] = map[string]any{"id": origin.ID, "name": origin.Name}
	}
	var arches any
	if c.ArchesFrom != nil {
		arches = map[string]any{"id": c.ArchesFrom.ID, "name": c.ArchesFrom.Name}
	}
	m["config_inheritance"] = map[string]any{"arches": arches, "extra": from}
	return m, nil
}

func null(v any, valid bool) any {
	if !valid {
		return nil
	}
	return v
}

func linkMap(l *tag.Link) map[string]any {
	return map[string]any{
		"parent_id": l.Parent, "name": l.ParentName, "priority": l.Priority, "maxdepth": null(l.MaxDepth.V, l.MaxDepth.Valid),
		"intransitive": l.Intransitive, "noconfig": l.NoConfig, "pkg_filter": null(l.PkgFilter.V, l.PkgFilter.Valid),
		"child_id": l.Child,
	}
}

func (h *hub) getInheritanceData(q *golden.Query) (any, error) {
	var args struct {
		Tag   ref
		Event event
	}
	q.Args(&args)
	id, err := h.tag(args.Tag, false)
	if err != nil {
		return nil, err
	}
	links, err := h.r.Links(h.ctx, id, args.Event.at)
	list := []any{}
	for i := range links {
		list = append(list, linkMap(&links[i]))
	}
	return list, err
}

func (h *hub) getFullInheritance(q *golden.Query) (any, error) {
	var args struct {
		Tag     ref
		Event   event
		Reverse bool
		Stops   any
		Jumps   any
	}
	q.Args(&args)
	for _, gone := range []any{args.Stops, args.Jumps} {
		if text, _ := json.Marshal(gone); !slices.Contains([]string{"null", "{}", "[]", "0", "false", `""`}, string(text)) {
			return nil, koji.Errorf(koji.ErrInvalid, koji.FaultParameter, "option is no more")
		}
	}
	id, err := h.tag(args.Tag, true)
	if err != nil {
		return nil, err
	}
	walk := h.r.Inheritance
	if args.Reverse {
		walk = h.r.ReverseInheritance
	}
	steps, err := walk(h.ctx, id, args.Event.at)
	list := []any{}
	for i := range steps {
		s := &steps[i]
		m := linkMap(&s.Link)
		m["currdepth"], m["nextdepth"], m["filter"] = s.Depth, null(s.NextDepth.V, s.NextDepth.Valid), append([]string{}, s.Filter...)
		if args.Reverse {
			delete(m, "child_id")
			m["tag_id"], m["name"] = s.Child, s.ChildName
		}
		list = append(list, m)
	}
	return list, err
}

func packageMap(p *tag.Package, owners bool) map[string]any {
	m := map[string]any{
		"package_id": p.ID, "package_name": p.Name, "tag_id": p.Tag, "tag_name": p.TagName,
		"extra_arches": null(p.ExtraArches.V, p.ExtraArches.Valid), "blocked": p.Blocked,
	}
	if owners {
		m["owner_id"], m["owner_name"] = p.Owner, p.OwnerName
	}
	return m
}

func (h *hub) listPackages(q *golden.Query) (any, error) {
	args := struct {
		TagID       *ref
		UserID      *ref
		PkgID       *ref
		Prefix      string
		Inherited   bool
		WithDups    bool  `json:"with_dups"`
		Event       event // ignored without tag, user and package
		QueryOpts   queryOpts
		WithOwners  bool `json:"with_owners"`
		WithBlocked bool `json:"with_blocked"`
	}{WithOwners: true, WithBlocked: true}
	q.Args(&args)
	if args.TagID == nil && args.UserID == nil && args.PkgID == nil {
		return h.allPackages(args.Prefix, args.QueryOpts)
	}
	if args.UserID != nil && !args.WithOwners {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "a user without owners")
	}
	opts := tag.PackageOptions{
		At: args.Event.at, Inherit: args.Inherited, Prefix: args.Prefix, Duplicates: args.WithDups,
		WithoutBlocked: !args.WithBlocked, WithoutOwners: !args.WithOwners,
	}
	var err error
	var id koji.TagID
	if args.TagID != nil {
		if id, err = h.tag(*args.TagID, false); err != nil {
			return nil, err
		}
	}
	if args.UserID != nil {
		if opts.Owner, err = h.user(*args.UserID); err != nil {
			return nil, err
		}
	}
	if args.PkgID != nil {
		if opts.Package, err = h.packageName(*args.PkgID); err != nil {
			return nil, err
		}
	}
	var list []tag.Package
	if args.TagID != nil {
		list, err = h.r.Packages(h.ctx, id, opts)
	} else {
		list, err = h.r.Listings(h.ctx, opts)
	}
	if err != nil {
		return nil, err
	}
	rows := make([]map[string]any, len(list))
	for i := range list {
		rows[i] = packageMap(&list[i], args.WithOwners)
	}
	return args.QueryOpts.apply(rows), nil
}

// allPackages lists packages, tagged or not. Its prefix goes to the database as
// the beginning of a pattern in which _ is any character.
func (h *hub) allPackages(prefix string, opts queryOpts) (any, error) {
	rows := []map[string]any{}
	err := h.store.View(h.ctx, func(tx *storage.Tx) error {
		list, err := tx.Packages().List(h.ctx, storage.PackageFilter{})
		for _, p := range list {
			if strings.HasPrefix(strings.ToLower(p.Name), strings.ToLower(prefix)) || prefix == "_" {
				rows = append(rows, map[string]any{"package_id": p.ID, "package_name": p.Name})
			}
		}
		return err
	})
	return opts.apply(rows), err
}

// queryOpts are the API's options to order and cut a list.
type queryOpts struct {
	Order     string
	Offset    int
	Limit     int
	CountOnly bool
}

func (o queryOpts) apply(rows []map[string]any) any {
	if field, desc := strings.CutPrefix(o.Order, "-"); field != "" {
		slices.SortStableFunc(rows, func(a, b map[string]any) int {
			var c int
			switch v := a[field].(type) {
			case string:
				c = cmp.Compare(v, b[field].(string))
			case koji.PackageID:
				c = cmp.Compare(v, b[field].(koji.PackageID))
			default:
				panic(fmt.Sprintf("order by %s", field))
			}
			if desc {
				c = -c
			}
			return c
		})
	}
	if o.Offset > 0 {
		rows = rows[min(o.Offset, len(rows)):]
	}
	if o.Limit > 0 {
		rows = rows[:min(o.Limit, len(rows))]
	}
	if o.CountOnly {
		return len(rows)
	}
	return rows
}

func (h *hub) checkTagPackage(q *golden.Query) (any, error) {
	var args struct{ Tag, Pkg ref }
	q.Args(&args)
	entry, err := h.entry(args.Tag, args.Pkg, koji.Now)
	if errors.Is(err, koji.ErrNotFound) {
		return false, nil
	}
	return err == nil && !entry.Blocked, err
}

func (h *hub) getPackageConfig(q *golden.Query) (any, error) {
	var args struct {
		Tag, Pkg ref
		Event    event
	}
	q.Args(&args)
	entry, err := h.entry(args.Tag, args.Pkg, args.Event.at)
	if errors.Is(err, koji.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return packageMap(&entry, true), nil
}

func (h *hub) entry(t, p ref, at koji.EventID) (tag.Package, error) {
	id, err := h.tag(t, false)
	if err != nil {
		return tag.Package{}, err
	}
	name, err := h.packageName(p)
	if err != nil {
		return tag.Package{}, err
	}
	return h.r.PackageEntry(h.ctx, id, name, at)
}
