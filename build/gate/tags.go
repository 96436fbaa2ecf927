package gate

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// Tags implements [policy.Lookups].
func (l *Lookups) Tags(ctx context.Context, refs []policy.TagRef) ([]*policy.Tag, error) {
	return read(ctx, l, func(tx *storage.Tx) ([]*policy.Tag, error) {
		byName := make([]policy.Ref, len(refs))
		for i, ref := range refs {
			byName[i] = ref.Ref
		}
		names, err := tagNames(ctx, tx, byName)
		if err != nil {
			return nil, err
		}
		tags := make([]*policy.Tag, len(refs))
		for i, name := range names {
			if name != nil {
				tags[i] = &policy.Tag{ID: koji.TagID(name.ID), Name: name.Name}
			}
		}
		return tags, configure(ctx, tx, refs, tags)
	})
}

// configure completes tags, and removes those that do not exist as it was asked.
func configure(ctx context.Context, tx *storage.Tx, refs []policy.TagRef, tags []*policy.Tag) error {
	active, err := activeTags(ctx, tx, tags)
	if err != nil {
		return err
	}
	var live, gone []koji.TagID
	for i, t := range tags {
		switch {
		case t == nil:
		case active[t.ID]:
			live = append(live, t.ID)
		case refs[i].Deleted:
			gone = append(gone, t.ID)
		default:
			tags[i] = nil
		}
	}
	ends, err := lastEvents(ctx, tx, gone)
	if err != nil {
		return err
	}
	sidetags, err := sidetagSettings(ctx, tx, live)
	if err != nil {
		return err
	}
	for i, t := range tags {
		if t == nil {
			continue
		}
		t.Sidetag, t.SidetagOwner = sidetags[t.ID].is, sidetags[t.ID].owner
		if !active[t.ID] {
			if t.Event = ends[t.ID]; t.Event == koji.Now {
				tags[i] = nil // never had a configuration
			}
		}
	}
	return nil
}

func activeTags(ctx context.Context, tx *storage.Tx, tags []*policy.Tag) (map[koji.TagID]bool, error) {
	var ids []koji.TagID
	for _, t := range tags {
		if t != nil {
			ids = append(ids, t.ID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := tx.TagConfigs().List(ctx, koji.Now, storage.TagConfigFilter{Tag: storage.Is(ids...)})
	return index(rows, func(c *storage.TagConfig) (koji.TagID, bool) { return c.Tag, true }), err
}

// lastEvents returns the last events at which deleted tags existed.
func lastEvents(ctx context.Context, tx *storage.Tx, tags []koji.TagID) (map[koji.TagID]koji.EventID, error) {
	if len(tags) == 0 {
		return nil, nil
	}
	rows, err := tx.TagConfigs().History(ctx, storage.TagConfigFilter{Tag: storage.Is(tags...)})
	last := make(map[koji.TagID]koji.EventID)
	for _, c := range rows {
		last[c.Tag] = max(last[c.Tag], c.RevokeEvent.V-1)
	}
	return last, err
}

// sidetag is what a tag's free settings say about its being one.
type sidetag struct {
	is    bool
	owner koji.UserID
}

func sidetagSettings(ctx context.Context, tx *storage.Tx, tags []koji.TagID) (map[koji.TagID]sidetag, error) {
	if len(tags) == 0 {
		return nil, nil
	}
	rows, err := tx.TagExtras().List(ctx, koji.Now, storage.TagExtraFilter{
		Tag: storage.Is(tags...), Key: storage.Is("sidetag", "sidetag_user_id"),
	})
	settings := make(map[koji.TagID]sidetag)
	for _, e := range rows {
		s := settings[e.Tag]
		if e.Key == "sidetag" {
			s.is = truthy(e.Value)
		} else if json.Unmarshal([]byte(e.Value.V), &s.owner) != nil {
			s.owner = 0 // whatever it says, it names no user
		}
		settings[e.Tag] = s
	}
	return settings, err
}

// truthy tells whether a free setting, which is JSON, is true in a condition.
func truthy(text sql.Null[string]) bool {
	var v policy.Value
	return text.Valid && json.Unmarshal([]byte(text.V), &v) == nil && v.Truthy()
}

// Ancestors implements [policy.Lookups]. It reads one level of the inheritance of
// all tags of an event at a time.
func (l *Lookups) Ancestors(ctx context.Context, tags []policy.Tag) ([][]string, error) {
	return read(ctx, l, func(tx *storage.Tx) ([][]string, error) {
		out := make([][]koji.TagID, len(tags))
		links := linksByEvent{}
		err := tag.TxSource(tx).View(ctx, func(r tag.Reader) error {
			for i, t := range tags {
				known, err := links.of(ctx, tx, r, tags, t.Event)
				if err != nil {
					return err
				}
				steps, err := tag.NewResolver(tag.Static(known), tag.Options{}).Inheritance(ctx, t.ID, t.Event)
				if err != nil {
					return err
				}
				out[i] = ids(steps, func(s *tag.Step) koji.TagID { return s.Parent })
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		return nameAll(ctx, tx, out)
	})
}

// nameAll returns the names of lists of tags.
func nameAll(ctx context.Context, tx *storage.Tx, lists [][]koji.TagID) ([][]string, error) {
	var all []koji.TagID
	for _, list := range lists {
		all = append(all, list...)
	}
	names, err := namesOfTags(ctx, tx, ids(all, func(id *koji.TagID) koji.TagID { return *id }))
	out := make([][]string, len(lists))
	for i, list := range lists {
		for _, id := range list {
			out[i] = append(out[i], names[id])
		}
	}
	return out, err
}

func namesOfTags(ctx context.Context, tx *storage.Tx, tags []koji.TagID) (map[koji.TagID]string, error) {
	if len(tags) == 0 {
		return nil, nil
	}
	rows, err := tx.Tags().List(ctx, storage.TagFilter{ID: storage.Is(tags...)})
	return index(rows, func(t *storage.Tag) (koji.TagID, string) { return t.ID, t.Name }), err
}

// linksByEvent are the inheritances of tags at events.
type linksByEvent map[koji.EventID]*links

// of returns all links that the tags of an event can inherit along.
func (all linksByEvent) of(ctx context.Context, tx *storage.Tx, r tag.Reader, tags []policy.Tag, at koji.EventID) (*links, error) {
	if all[at] == nil {
		all[at] = &links{Reader: r, tx: tx, up: make(map[koji.TagID][]tag.Link)}
		var level []koji.TagID
		for _, t := range tags {
			if t.Event == at {
				level = append(level, t.ID)
			}
		}
		for len(level) > 0 {
			rows, err := all[at].ParentLinks(ctx, at, level)
			if err != nil {
				return nil, err
			}
			level = nil
			for _, l := range rows {
				if _, known := all[at].up[l.Parent]; !known {
					level = append(level, l.Parent)
				}
			}
		}
	}
	return all[at], nil
}

// links are the links of an inheritance at one event, each read once and without
// names.
type links struct {
	tag.Reader
	tx *storage.Tx
	up map[koji.TagID][]tag.Link
}

// ParentLinks implements [tag.Reader].
func (l *links) ParentLinks(ctx context.Context, at koji.EventID, children []koji.TagID) ([]tag.Link, error) {
	var missing []koji.TagID
	for _, id := range children {
		if _, known := l.up[id]; !known {
			missing = append(missing, id)
			l.up[id] = nil
		}
	}
	if missing != nil {
		rows, err := l.tx.Inheritances().List(ctx, at, storage.InheritanceFilter{Tag: storage.Is(missing...)})
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			l.up[r.Tag] = append(l.up[r.Tag], tag.Link{
				Child: r.Tag, Parent: r.Parent, Priority: r.Priority, MaxDepth: r.MaxDepth,
				Intransitive: r.Intransitive, NoConfig: r.NoConfig, PkgFilter: r.PkgFilter,
			})
		}
	}
	var out []tag.Link
	for _, id := range children {
		out = append(out, l.up[id]...)
	}
	return out, nil
}
