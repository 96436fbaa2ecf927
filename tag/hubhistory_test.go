package tag_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"time"

	"github.com/kojikit/kojikit/internal/golden"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

type historyArgs struct {
	Tables      []string
	Tag         *ref
	Build       koji.BuildID
	Package     *ref
	User        *ref
	Group       *ref
	XKey        *string
	Active      *bool
	Editor      *ref
	AfterEvent  koji.EventID
	BeforeEvent koji.EventID
	After       json.Number
	Before      json.Number
	QueryOpts   queryOpts
}

func (h *hub) historyQuery(args *historyArgs) (q tag.HistoryQuery, err error) {
	q = tag.HistoryQuery{
		Tables: args.Tables, Build: args.Build, AfterEvent: args.AfterEvent, BeforeEvent: args.BeforeEvent,
		After: seconds(args.After), Before: seconds(args.Before), Limit: args.QueryOpts.Limit, Offset: args.QueryOpts.Offset,
	}
	if args.Active != nil {
		q.Activity = tag.RevokedOnly
		if *args.Active {
			q.Activity = tag.ActiveOnly
		}
	}
	if args.XKey != nil {
		q.ExtraKey = storage.Null(*args.XKey)
	}
	if args.Tag != nil {
		if q.Tag, err = h.tag(*args.Tag, false); err != nil {
			return q, err
		}
	}
	if args.Package != nil {
		if q.Package, err = h.packageID(*args.Package); err != nil {
			return q, err
		}
	}
	for of, id := range map[*ref]*koji.UserID{args.User: &q.User, args.Editor: &q.Editor} {
		if of != nil {
			if *id, err = h.user(*of); err != nil {
				return q, err
			}
		}
	}
	if args.Group != nil {
		q.Group, err = find(h, *args.Group, func(tx *storage.Tx) ([]storage.Group, error) {
			return tx.Groups().List(h.ctx, storage.GroupFilter{Name: storage.Is(args.Group.name)})
		}, func(g storage.Group) koji.GroupID { return g.ID })
		if errors.Is(err, koji.ErrNotFound) { // which matters only if it would be looked for
			q.Group = -1
			if tables, e := q.Selected(); e != nil || len(tables) == 0 {
				err = e
			}
		}
	}
	return q, err
}

func seconds(n json.Number) time.Time {
	f, err := n.Float64()
	if err != nil {
		return time.Time{}
	}
	return time.UnixMicro(int64(f * 1e6)).UTC()
}

func (h *hub) queryHistory(q *golden.Query) (any, error) {
	var args historyArgs
	q.Args(&args)
	query, err := h.historyQuery(&args)
	if err != nil {
		return nil, err
	}
	tables, err := query.Selected()
	if err != nil {
		return nil, err
	}
	rows := make(map[string][]map[string]any)
	for _, table := range tables {
		rows[table] = []map[string]any{}
	}
	err = h.catalog(func(c *tag.Catalog) error {
		for r, err := range c.History(h.ctx, query) {
			if err != nil {
				return err
			}
			rows[r.Table] = append(rows[r.Table], revisionMap(&query, &r))
		}
		return nil
	})
	if !args.QueryOpts.CountOnly {
		return rows, err
	}
	count := make(map[string]int)
	for table := range rows {
		count[table] = len(rows[table])
	}
	return count, err
}

func revisionMap(q *tag.HistoryQuery, r *tag.Revision) map[string]any {
	m := map[string]any{
		"active": null(true, r.Active()), "creator_name": r.CreatorName, "revoker_name": null(r.RevokerName, !r.Active()),
		"create_ts": r.CreateTime.Unix(), "revoke_ts": null(r.RevokeTime.Unix(), !r.Active()),
	}
	row := reflect.ValueOf(r.Row)
	for _, f := range reflect.VisibleFields(row.Type()) {
		if name, ok := f.Tag.Lookup("db"); ok {
			v := row.FieldByIndex(f.Index)
			if v.Kind() == reflect.Struct { // all that are not plain values may be null
				m[name] = null(v.FieldByName("V").Interface(), v.FieldByName("Valid").Bool())
			} else {
				m[name] = v.Interface()
			}
		}
	}
	if _, ok := m["perm_id"]; ok {
		m["permission.name"] = nil
	}
	for key, name := range r.Names {
		m[key] = name
	}
	if b := r.Build; b != nil {
		m["name"], m["version"], m["release"], m["epoch"] = b.Name, b.Version, b.Release, null(b.Epoch.V, b.Epoch.Valid)
		m["build.state"] = b.State
	}
	for key, mark := range q.Marks(r) {
		m["_created_"+key], m["_revoked_"+key] = mark.Created, null(mark.Revoked.V, mark.Revoked.Valid)
	}
	return m
}
