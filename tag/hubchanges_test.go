package tag_test

import (
	"errors"

	"github.com/kojikit/kojikit/internal/golden"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/tag"
)

type changeArgs struct {
	Tag     ref
	Before  *event
	After   *event
	Inherit bool
}

func (h *hub) tagLastChangeEvent(q *golden.Query) (any, error) {
	args := changeArgs{Inherit: true}
	q.Args(&args)
	id, err := h.tag(args.Tag, false)
	if err != nil {
		return nil, err
	}
	opts := tag.ChangeOptions{Inherit: args.Inherit}
	if args.Before != nil {
		opts.Event = args.Before.at
	}
	return orNone(h.r.LastChange(h.ctx, id, opts))
}

func (h *hub) tagFirstChangeEvent(q *golden.Query) (any, error) {
	args := changeArgs{Inherit: true}
	q.Args(&args)
	id, err := h.tag(args.Tag, false)
	if err != nil {
		return nil, err
	}
	opts := tag.ChangeOptions{Inherit: args.Inherit}
	if args.After != nil {
		opts.Event = args.After.at
	}
	return orNone(h.r.FirstChange(h.ctx, id, opts))
}

func (h *hub) tagChangedSinceEvent(q *golden.Query) (any, error) {
	var args struct {
		Event   koji.EventID
		TagList []koji.TagID
	}
	q.Args(&args)
	return h.r.ChangedSince(h.ctx, args.TagList, args.Event)
}

func orNone(event koji.EventID, err error) (any, error) { return null(event, event != koji.Now), err }

// getTagAuto answers getTag for the event "auto".
func (h *hub) getTagAuto(info ref, strict, blocked bool) (any, error) {
	id, err := h.tag(info, false)
	var found tag.Info
	var deleted koji.EventID
	if err == nil {
		found, deleted, err = h.r.LastKnown(h.ctx, id)
	}
	if errors.Is(err, koji.ErrNotFound) && !strict {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	m := infoMap(&found)
	m["extra"] = extraMap(found.Extra, blocked)
	if deleted != koji.Now {
		m["revoke_event"], m["query_event"] = deleted, deleted-1
	}
	return m, nil
}
