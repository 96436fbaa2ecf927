package tag

import (
	"context"
	"sync"
	"time"

	"github.com/kojikit/kojikit/koji"
)

// CacheReader is a [Reader] whose answers a [Cache] can keep, for it tells what has
// changed since.
type CacheReader interface {
	Reader
	// News returns the last event, koji.Now if there was none yet, and the tags
	// that tag updates later than an event tell of, for builds in them have
	// changed. After koji.Now it need not name any.
	News(ctx context.Context, since koji.EventID) (last koji.EventID, updated []koji.TagID, err error)
	// Changed returns which of the tags have changed after an event: their
	// settings, package lists with owners or taggings. A tag may be named twice.
	Changed(ctx context.Context, tags []koji.TagID, after koji.EventID) ([]koji.TagID, error)
}

// CacheOptions configure a [Cache]. The zero value is useful.
type CacheOptions struct {
	// Bytes is about how much memory the cache may take; zero means 256 MiB. What
	// was not asked for longest is dropped.
	Bytes int64
	// Lag is how far answers about the present may be behind: for so long the
	// source is not asked whether there is a new event. Zero asks every time.
	Lag time.Duration
	// FactAge is how old things may be that change without an event, see [Cache];
	// zero means ten minutes.
	FactAge time.Duration
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
}

// Cache keeps what tags contain, so that a [Resolver] over it answers from memory.
// All questions share it. It keeps each tag by itself: the change of one costs a
// reload of that one, whatever inherits from it.
//
// A question about the present is one about the last event there is, and what was
// at an event does not change. So the cache need not look again at what it has for
// a past event; for a new one it asks which of the tags in question have changed.
//
// Some things change without an event: names of tags, packages and users; owner,
// state and other properties of builds, but for what a tag update tells of. They
// are read anew when they are older than CacheOptions.FactAge. Signatures,
// archives, groups and all that is not mentioned here are not kept, and neither
// are answers about builds of one owner or type, or about drafts.
//
// It relies on events that become visible in ascending order, as those of a
// [storage.Store] do. Where a stock hub writes to the same database, an event can
// become visible after a later one; its changes may be missed until the next one
// of the tag, or for CacheOptions.FactAge.
//
// A Cache is safe for concurrent use if its source is. The source's Readers must
// be [CacheReader]s, or questions fail with koji.ErrUnsupported.
type Cache struct {
	source  Source
	opts    CacheOptions
	loading chan struct{} // holds an element while somebody reads from the source

	mu      sync.Mutex
	last    koji.EventID // seen so far
	checked time.Time    // when it was
	read    time.Time    // when the oldest facts were
	start   koji.EventID // the last one then
	young   generation   // what was used lately
	old     generation   // what was used before that
	size    int64        // of young

	changes   map[changeKey]koji.EventID // the last ones of tags
	changesAt koji.EventID               // the last event when they were read
}

// changeKey is what the last change is known of.
type changeKey struct {
	tag     koji.TagID
	inherit bool
}

// NewCache returns an empty cache over a source, such as that of [NewSource].
func NewCache(src Source, opts CacheOptions) *Cache {
	if opts.Bytes == 0 {
		opts.Bytes = 256 << 20
	}
	if opts.FactAge == 0 {
		opts.FactAge = 10 * time.Minute
	}
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	return &Cache{source: src, opts: opts, loading: make(chan struct{}, 1)}
}

// View implements [Source]. It calls fn with a Reader of the source itself, which
// knows nothing of the cache; only a [Resolver] made over c answers from it.
func (c *Cache) View(ctx context.Context, fn func(Reader) error) error { return c.source.View(ctx, fn) }

// look calls fn with a Reader that answers from the cache as far as it can. It
// reads from the source when that is needed, at one event throughout.
func (c *Cache) look(ctx context.Context, fn func(Reader) error) error {
	last, err := c.event(ctx)
	if err != nil {
		return err
	}
	if last == koji.Now { // nothing has happened yet: nothing is known to stay
		return c.source.View(ctx, fn)
	}
	return fn(&cacheReader{c, last})
}

// event returns the last event, and lets go what has become too old.
func (c *Cache) event(ctx context.Context) (koji.EventID, error) {
	now := c.opts.Clock()
	c.mu.Lock()
	last := c.last
	fresh := last != koji.Now && c.opts.Lag > 0 && now.Sub(c.checked) < c.opts.Lag
	if now.Sub(c.read) >= c.opts.FactAge {
		c.young, c.old, c.size, c.read, c.start = generation{}, generation{}, 0, now, last
	}
	c.mu.Unlock()
	if fresh {
		return last, nil
	}
	since, updated := last, []koji.TagID(nil)
	err := c.view(ctx, func(src CacheReader) error {
		var err error
		last, updated, err = src.News(ctx, since)
		return err
	})
	if err != nil {
		return koji.Now, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.start == koji.Now {
		c.start = last
	} else if since != koji.Now {
		c.forgetAll(updated)
	}
	c.last, c.checked = max(c.last, last), now
	return last, nil
}

// lastChange returns when something changed last: from memory if nothing at all has
// happened since that was found out.
func (c *Cache) lastChange(ctx context.Context, key changeKey, find func() (koji.EventID, error)) (koji.EventID, error) {
	last, err := c.event(ctx)
	if err != nil {
		return koji.Now, err
	}
	c.mu.Lock()
	event, known := c.changes[key]
	known = known && c.changesAt == last
	c.mu.Unlock()
	if known {
		return event, nil
	}
	// What find reads may be newer than last, never older: then it is found out once
	// more at the next question.
	event, err = find()
	if err != nil {
		return koji.Now, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changes == nil || c.changesAt != last {
		c.changes, c.changesAt = make(map[changeKey]koji.EventID), last
	}
	c.changes[key] = event
	return event, nil
}

// view reads from the source.
func (c *Cache) view(ctx context.Context, fn func(CacheReader) error) error {
	return c.source.View(ctx, func(src Reader) error {
		reader, err := able[CacheReader](src, "changes to keep answers by")
		if err != nil {
			return err
		}
		return fn(reader)
	})
}

// load reads from the source unless found says that somebody else has done so
// meanwhile. One at a time does, so that nothing is read twice.
func (c *Cache) load(ctx context.Context, found func() bool, fn func(CacheReader) error) error {
	select {
	case c.loading <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-c.loading }()
	if found() {
		return nil
	}
	return c.view(ctx, fn)
}
