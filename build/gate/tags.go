package gate

import (
	"context"
	"slices"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// Tags implements [policy.Lookups].
func (l *Lookups) Tags(ctx context.Context, refs []policy.TagRef) ([]*policy.Tag, error) {
	return read(ctx, l, func(tx *storage.Tx) ([]*policy.Tag, error) {
		f := newFetch(policy.Questions{Asks: policy.AsksTags, Tags: refs}, l.session)
		if err := f.run(ctx, tx); err != nil {
			return nil, err
		}
		found := f.tagFinder()
		tags := make([]*policy.Tag, len(refs))
		var gone []koji.TagID
		for i, ref := range refs {
			tags[i] = found.tag(ref.Ref)
			if row := found.row(ref.Ref); tags[i] == nil && row != nil && ref.Deleted {
				tags[i] = &policy.Tag{ID: row.ID, Name: row.Name}
				gone = append(gone, row.ID)
			}
		}
		last, err := lastEvents(ctx, tx, gone)
		for i, t := range tags {
			if t == nil || !slices.Contains(gone, t.ID) {
				continue
			}
			if t.Event = last[t.ID]; t.Event == koji.Now {
				tags[i] = nil // it never had a configuration
			}
		}
		return tags, err
	})
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

// Ancestors implements [policy.Lookups]. It reads the links of an event once,
// however many tags there are.
func (l *Lookups) Ancestors(ctx context.Context, tags []policy.Tag) ([][]string, error) {
	return read(ctx, l, func(tx *storage.Tx) ([][]string, error) {
		out := make([][]koji.TagID, len(tags))
		links := linksByEvent{}
		err := tag.TxSource(tx).View(ctx, func(r tag.Reader) error {
			for i, t := range tags {
				known, err := links.of(ctx, r, t.Event)
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

// linksByEvent are the links of all tags at events, each read once.
type linksByEvent map[koji.EventID]*links

// of returns what a resolver reads the links of an event from.
func (all linksByEvent) of(ctx context.Context, r tag.Reader, at koji.EventID) (*links, error) {
	if all[at] == nil {
		rows, err := r.Links(ctx, at, tag.LinkQuery{})
		if err != nil {
			return nil, err
		}
		all[at] = &links{r, rows}
	}
	return all[at], nil
}

// links are the links of all tags at one event.
type links struct {
	tag.Reader
	rows []tag.Link
}

// Links implements [tag.Reader], for the question that a walk begins with.
func (l *links) Links(context.Context, koji.EventID, tag.LinkQuery) ([]tag.Link, error) {
	return l.rows, nil
}
