package tag

import (
	"context"
	"time"

	"github.com/kojikit/kojikit/koji"
)

// Options configure a [Resolver] or an [Editor]. The zero value answers as Koji
// does.
type Options struct {
	// Strict mends what Koji does against its users' expectation. A tag that an
	// inheritance comes to twice shows its builds once. Blocked entries that are
	// left out of a package list still hide what they block. A new owner of an
	// inherited package takes effect, by an entry of the tag's own. A free setting
	// that is blocked can be removed. EmptyArchesInherit and StrictNoConfig are on.
	Strict bool
	// EmptyArchesInherit lets a tag whose arches are empty inherit them, as one
	// that has none does. Koji's own call to make a tag leaves them empty.
	EmptyArchesInherit bool
	// StrictNoConfig lets a link with noconfig stop the configuration of all that
	// lies behind it, not of the tag it leads to alone.
	StrictNoConfig bool
	// MaxSteps bounds the steps of one inheritance walk, which filters can make
	// grow exponentially; beyond it the answer is koji.ErrLimit, as it is when the
	// steps hold 64 times as many filters. 0 means [DefaultMaxSteps].
	MaxSteps int
	// MatchTimeout bounds the time that one filter pattern may take for one
	// package name; beyond it the answer is koji.ErrLimit. 0 means
	// [DefaultMatchTimeout].
	MatchTimeout time.Duration
	// Maven lets an [Editor] turn on the Maven settings of tags.
	Maven bool
	// Gate decides what an [Editor] may change. Without one it may change
	// everything.
	Gate Gate
}

// Defaults of [Options].
const (
	DefaultMaxSteps     = 1 << 18
	DefaultMatchTimeout = time.Second
)

// Resolver answers what is in a tag. It keeps nothing between questions, unless its
// source is a [Cache]: making one costs nothing. It is safe for concurrent use if its source is.
//
// Each question reads one state of the source, in a few queries, whatever the
// inheritance and the content of its tags are.
// Errors are those of the source, koji.ErrNotFound for a tag that is not there,
// koji.ErrInvalid for a filter pattern that does not compile, koji.ErrLimit for
// one of the bounds of [Options].
type Resolver struct {
	source Source
	opts   Options
}

// NewResolver returns a Resolver over a source.
func NewResolver(src Source, opts Options) *Resolver {
	if opts.MaxSteps == 0 {
		opts.MaxSteps = DefaultMaxSteps
	}
	if opts.MatchTimeout == 0 {
		opts.MatchTimeout = DefaultMatchTimeout
	}
	return &Resolver{source: src, opts: opts}
}

// Tag returns the tag with the given id as it is at an event; koji.ErrNotFound
// if it does not exist there.
func (r *Resolver) Tag(ctx context.Context, id koji.TagID, at koji.EventID) (Info, error) {
	var info Info
	err := r.view(ctx, func(src Reader) error {
		var err error
		info, err = existing(ctx, src, id, at)
		return err
	})
	return info, err
}

// Lookup returns the tag that bears a name today as it is at an event. A name
// that was never given is koji.ErrNotFound; a tag that does not exist at the
// event is returned with Exists false.
func (r *Resolver) Lookup(ctx context.Context, name string, at koji.EventID) (Info, error) {
	var info Info
	err := r.view(ctx, func(src Reader) error {
		tags, err := src.Tags(ctx, at, InfoQuery{Names: []string{name}})
		if err != nil {
			return err
		}
		if len(tags) == 0 {
			return koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such tag: %q", name)
		}
		info = tags[0]
		return nil
	})
	return info, err
}

// view calls fn with a Reader of the source: by way of the cache, if that is one.
// It is for questions that ask for nothing but what a Reader has.
func (r *Resolver) view(ctx context.Context, fn func(Reader) error) error {
	if c, ok := r.source.(*Cache); ok {
		return c.look(ctx, fn)
	}
	return r.source.View(ctx, fn)
}

// existing returns a tag that exists at an event.
func existing(ctx context.Context, src Reader, id koji.TagID, at koji.EventID) (Info, error) {
	tags, err := src.Tags(ctx, at, InfoQuery{IDs: []koji.TagID{id}})
	if err != nil {
		return Info{}, err
	}
	if len(tags) == 0 || !tags[0].Exists {
		return Info{}, noTag(id)
	}
	return tags[0], nil
}

func noTag(id koji.TagID) error {
	return koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such tag: %d", id)
}

// Links returns a tag's own inheritance links by priority.
func (r *Resolver) Links(ctx context.Context, tag koji.TagID, at koji.EventID) ([]Link, error) {
	var links []Link
	err := r.view(ctx, func(src Reader) error {
		var err error
		links, err = src.Links(ctx, at, LinkQuery{Children: []koji.TagID{tag}})
		sortByPriority(links)
		return err
	})
	return links, err
}

// Inheritance returns the full inheritance of a tag: every link that content
// comes along, in the order in which it counts. The tag itself is not in it; a
// tag may be in it several times, with different filters or limits.
func (r *Resolver) Inheritance(ctx context.Context, tag koji.TagID, at koji.EventID) ([]Step, error) {
	var steps []Step
	err := r.view(ctx, func(src Reader) error {
		var err error
		steps, err = r.inheritance(ctx, src, tag, at)
		return err
	})
	return steps, err
}

func (r *Resolver) inheritance(ctx context.Context, src Reader, tag koji.TagID, at koji.EventID) ([]Step, error) {
	links, err := loadUp(ctx, src, at)
	if err != nil {
		return nil, err
	}
	return walk(tag, links, false, r.opts.MaxSteps)
}

// ReverseInheritance returns Koji's list of a tag's descendants, which lacks
// some in rare layouts; see [Resolver.Descendants] for one that is right. In its
// steps Child is the descendant and From the step that led to Parent.
func (r *Resolver) ReverseInheritance(ctx context.Context, tag koji.TagID, at koji.EventID) ([]Step, error) {
	var steps []Step
	err := r.view(ctx, func(src Reader) error {
		links, err := loadDown(ctx, src, at)
		if err != nil {
			return err
		}
		steps, err = walk(tag, links, true, r.opts.MaxSteps)
		return err
	})
	return steps, err
}

// Descendants returns every tag whose inheritance contains the given one, in
// ascending order: those that a change of the tag can change.
func (r *Resolver) Descendants(ctx context.Context, tag koji.TagID, at koji.EventID) ([]koji.TagID, error) {
	var list []koji.TagID
	err := r.view(ctx, func(src Reader) error {
		links, err := loadDown(ctx, src, at)
		if err != nil {
			return err
		}
		list = descendants(tag, links)
		return nil
	})
	return list, err
}

// Order returns the tags whose content a tag shows, itself first, each once, in
// the order in which they count.
func (r *Resolver) Order(ctx context.Context, tag koji.TagID, at koji.EventID) ([]koji.TagID, error) {
	steps, err := r.Inheritance(ctx, tag, at)
	if err != nil {
		return nil, err
	}
	return order(tag, steps), nil
}

// order returns the tag and the parents of the steps, each once.
func order(tag koji.TagID, steps []Step) []koji.TagID {
	list := []koji.TagID{tag}
	seen := map[koji.TagID]bool{tag: true}
	for i := range steps {
		if p := steps[i].Parent; !seen[p] {
			seen[p] = true
			list = append(list, p)
		}
	}
	return list
}
