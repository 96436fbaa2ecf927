package tag

import (
	"context"

	"github.com/kojikit/kojikit/koji"
)

// ChangeReader is a [Reader] that knows when tags changed.
type ChangeReader interface {
	Reader
	// Lives returns when tags came to be and ended. One that never existed has no
	// row.
	Lives(ctx context.Context, tags []koji.TagID) ([]Life, error)
	// FirstChange returns the first event after that of the query that changed
	// what it asks about, koji.Now if there is none.
	FirstChange(ctx context.Context, q ChangeQuery) (koji.EventID, error)
	// LastChange returns the last event before that of the query, or the last of
	// all if that is koji.Now. It returns koji.Now if there is none.
	LastChange(ctx context.Context, q ChangeQuery) (koji.EventID, error)
}

// Life is the time in which a tag exists.
type Life struct {
	Tag   koji.TagID
	First koji.EventID // when it came to be, for the first time if there are several
	// Ended is when it was deleted last; koji.Now while it exists.
	Ended koji.EventID
}

// ChangeQuery asks for a change of the content or of the settings of some tags:
// of taggings, links, package lists, free settings, groups and external
// repositories, and also what a tag update tells of. Owners and names do not count.
type ChangeQuery struct {
	Tags  []koji.TagID
	Event koji.EventID
	// WithoutRepos leaves out changes of the external repositories themselves,
	// those that the tags have at the event.
	WithoutRepos bool
}

// ChangeOptions say which changes of a tag to find.
type ChangeOptions struct {
	// Event is where to look from: changes before it, or after it, count, by way
	// of the inheritance that the tag has there. koji.Now is the end of all time
	// for the last change, its beginning for the first.
	Event koji.EventID
	// Inherit counts changes of ancestors too.
	Inherit bool
}

// LastKnown returns a tag as it is or, if it has been deleted, as it was just
// before that, with the event of the deletion, which is koji.Now otherwise. A tag
// that never existed is koji.ErrNotFound.
//
// The source must be a [ChangeReader]; one that is not is koji.ErrUnsupported.
func (r *Resolver) LastKnown(ctx context.Context, tag koji.TagID) (info Info, deleted koji.EventID, err error) {
	err = r.viewChanges(ctx, func(src ChangeReader) error {
		life, err := lived(ctx, src, tag)
		if err != nil {
			return err
		}
		at := koji.Now
		if deleted = life.Ended; deleted != koji.Now {
			at = deleted - 1
		}
		info, err = existing(ctx, src, tag, at)
		return err
	})
	return info, deleted, err
}

// LastChange returns the last event that changed a tag: its content, settings,
// links, groups or external repositories, but not owners or names. If the tag has
// been deleted, nothing later counts. koji.Now says that there is no such event; a
// tag that never existed is koji.ErrNotFound.
//
// A tag whose last change is not after an event is at present as it was then. The
// source must be a [ChangeReader]; one that is not is koji.ErrUnsupported.
func (r *Resolver) LastChange(ctx context.Context, tag koji.TagID, opts ChangeOptions) (koji.EventID, error) {
	if c, ok := r.source.(*Cache); ok && opts.Event == koji.Now {
		return c.lastChange(ctx, changeKey{tag, opts.Inherit}, func() (koji.EventID, error) { return r.lastChange(ctx, tag, opts) })
	}
	return r.lastChange(ctx, tag, opts)
}

func (r *Resolver) lastChange(ctx context.Context, tag koji.TagID, opts ChangeOptions) (koji.EventID, error) {
	var last koji.EventID
	err := r.viewChanges(ctx, func(src ChangeReader) error {
		life, err := lived(ctx, src, tag)
		if err != nil {
			return err
		}
		if last = life.Ended; last != koji.Now && opts.Event == koji.Now {
			return nil
		}
		tags, err := r.changing(ctx, src, tag, opts)
		if err != nil {
			return err
		}
		found, err := src.LastChange(ctx, ChangeQuery{Tags: tags, Event: opts.Event})
		if last == koji.Now || found < last {
			last = found
		}
		return err
	})
	return last, err
}

// FirstChange returns the first event that changed a tag after another one, or
// that made it if opts.Event is koji.Now. What counts is as for
// [Resolver.LastChange], and changes of ancestors only from when the tag exists.
func (r *Resolver) FirstChange(ctx context.Context, tag koji.TagID, opts ChangeOptions) (koji.EventID, error) {
	var first koji.EventID
	err := r.viewChanges(ctx, func(src ChangeReader) error {
		life, err := lived(ctx, src, tag)
		if err != nil {
			return err
		}
		if first = life.First; opts.Event == koji.Now {
			return nil
		}
		tags, err := r.changing(ctx, src, tag, opts)
		if err != nil {
			return err
		}
		found, err := src.FirstChange(ctx, ChangeQuery{Tags: tags, Event: opts.Event})
		if found == koji.Now || found > first {
			first = found
		}
		return err
	})
	return first, err
}

// ChangedSince tells whether any of some tags has changed after an event. Neither
// their ancestors nor the external repositories themselves count.
func (r *Resolver) ChangedSince(ctx context.Context, tags []koji.TagID, event koji.EventID) (bool, error) {
	var first koji.EventID
	err := r.viewChanges(ctx, func(src ChangeReader) error {
		var err error
		first, err = src.FirstChange(ctx, ChangeQuery{Tags: tags, Event: event, WithoutRepos: true})
		return err
	})
	return first != koji.Now, err
}

func (r *Resolver) viewChanges(ctx context.Context, fn func(ChangeReader) error) error {
	return r.source.View(ctx, func(src Reader) error {
		reader, err := able[ChangeReader](src, "changes")
		if err != nil {
			return err
		}
		return fn(reader)
	})
}

// lived returns the life of a tag that exists or has existed.
func lived(ctx context.Context, src ChangeReader, tag koji.TagID) (Life, error) {
	lives, err := src.Lives(ctx, []koji.TagID{tag})
	if err != nil {
		return Life{}, err
	}
	if len(lives) == 0 {
		return Life{}, koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such tag: %d", tag)
	}
	return lives[0], nil
}

// changing returns the tags whose changes count as those of a tag.
func (r *Resolver) changing(ctx context.Context, src Reader, tag koji.TagID, opts ChangeOptions) ([]koji.TagID, error) {
	if !opts.Inherit {
		return []koji.TagID{tag}, nil
	}
	steps, err := r.inheritance(ctx, src, tag, opts.Event)
	return order(tag, steps), err
}
