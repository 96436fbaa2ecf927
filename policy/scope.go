package policy

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/kojikit/kojikit/koji"
)

// Scope is [Lookups] that ask every question once and remember the answer: two
// hundred rules on the tag cost one look-up. Evaluations that belong together,
// such as those of one request, share a scope; it must not live longer than the
// answers stay true, usually one transaction.
//
// A Scope is safe for concurrent use. Of several goroutines that ask the same at
// the same time one asks, and the others wait for its answer. Errors are not
// remembered.
type Scope struct {
	*answers
	plan func() Questions // what the evaluation under way may ask; nil if there is none
}

// answers are what evaluations that share a scope know.
type answers struct {
	lookups Lookups
	asked   atomic.Int64
	asking  chan struct{} // holds a token while a question is asked

	mu    sync.RWMutex
	facts facts
}

// facts are the answers of a scope.
type facts struct {
	session    map[string]*User
	users      map[Ref]*User
	access     map[koji.UserID]*Access
	names      map[NameQuestion]*Name
	tags       map[TagRef]*Tag
	ancestors  map[AncestorsQuestion][]string
	targets    map[Ref]*Target
	channels   map[Ref]*Channel
	builds     map[BuildRef]*Build
	buildTags  map[koji.BuildID][]string
	buildTypes map[koji.BuildID][]string
	origins    map[koji.BuildID]*BuildOrigin
	buildroots map[koji.BuildrootID]*Buildroot
	tasks      map[koji.TaskID]*Task
}

// NewScope returns an empty scope over lookups. A scope over a scope is that scope.
func NewScope(lookups Lookups) *Scope {
	if s, ok := lookups.(*Scope); ok {
		return s
	}
	return &Scope{answers: newAnswers(lookups)}
}

func newAnswers(lookups Lookups) *answers {
	return &answers{lookups: lookups, asking: make(chan struct{}, 1)}
}

// Asked returns how many questions went to the lookups below.
func (s *Scope) Asked() int { return int(s.asked.Load()) }

// recall returns a remembered answer, or asks.
func recall[K comparable, V any](ctx context.Context, s *Scope, known *map[K]V, key K, ask func() (V, error)) (V, error) {
	find := func() (V, bool) {
		s.mu.RLock()
		defer s.mu.RUnlock()
		v, ok := (*known)[key]
		return v, ok
	}
	if v, ok := find(); ok {
		return v, nil
	}
	var none V
	if err := s.acquire(ctx); err != nil {
		return none, err
	}
	defer s.release()
	if v, ok := find(); ok {
		return v, nil
	}
	if err := s.prefetch(ctx); err != nil {
		return none, err
	}
	if v, ok := find(); ok {
		return v, nil
	}
	s.asked.Add(1)
	v, err := ask()
	if err != nil {
		return none, err
	}
	remember(s, known, []K{key}, []V{v})
	return v, nil
}

// recallAll returns the answers for several keys, and asks for all that are
// missing at once.
func recallAll[K comparable, V any](ctx context.Context, s *Scope, known *map[K]V, keys []K, ask func(missing []K) ([]V, error)) ([]V, error) {
	answers := make([]V, len(keys))
	find := func() (missing []K) {
		s.mu.RLock()
		defer s.mu.RUnlock()
		var seen map[K]bool
		for i, key := range keys {
			v, ok := (*known)[key]
			if !ok && !seen[key] {
				missing = append(missing, key)
				if seen == nil {
					seen = make(map[K]bool)
				}
				seen[key] = true
			}
			answers[i] = v
		}
		return missing
	}
	if find() == nil {
		return answers, nil
	}
	if err := s.acquire(ctx); err != nil {
		return nil, err
	}
	defer s.release()
	if find() == nil {
		return answers, nil
	}
	if err := s.prefetch(ctx); err != nil {
		return nil, err
	}
	missing := find()
	if missing == nil {
		return answers, nil
	}
	s.asked.Add(1)
	found, err := ask(missing)
	if err != nil {
		return nil, err
	}
	if len(found) != len(missing) {
		return nil, koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "%d answers to %d questions", len(found), len(missing))
	}
	remember(s, known, missing, found)
	find()
	return answers, nil
}

func remember[K comparable, V any](s *Scope, known *map[K]V, keys []K, answers []V) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if *known == nil {
		*known = make(map[K]V)
	}
	for i, key := range keys {
		(*known)[key] = answers[i]
	}
}

// acquire waits for the right to ask.
func (s *Scope) acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case s.asking <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Scope) release() { <-s.asking }

// SessionUser implements [Lookups].
func (s *Scope) SessionUser(ctx context.Context) (*User, error) {
	return recall(ctx, s, &s.facts.session, "", func() (*User, error) { return s.lookups.SessionUser(ctx) })
}

// User implements [Lookups].
func (s *Scope) User(ctx context.Context, ref Ref) (*User, error) {
	return recall(ctx, s, &s.facts.users, ref, func() (*User, error) { return s.lookups.User(ctx, ref) })
}

// Access implements [Lookups].
func (s *Scope) Access(ctx context.Context, user koji.UserID) (*Access, error) {
	return recall(ctx, s, &s.facts.access, user, func() (*Access, error) { return s.lookups.Access(ctx, user) })
}

// Names implements [Lookups].
func (s *Scope) Names(ctx context.Context, table Table, refs []Ref) ([]*Name, error) {
	keys := make([]NameQuestion, len(refs))
	for i, ref := range refs {
		keys[i] = NameQuestion{table, ref}
	}
	return recallAll(ctx, s, &s.facts.names, keys, func(missing []NameQuestion) ([]*Name, error) {
		refs := make([]Ref, len(missing))
		for i, key := range missing {
			refs[i] = key.Ref
		}
		return s.lookups.Names(ctx, table, refs)
	})
}

// Tags implements [Lookups].
func (s *Scope) Tags(ctx context.Context, refs []TagRef) ([]*Tag, error) {
	return recallAll(ctx, s, &s.facts.tags, refs, func(missing []TagRef) ([]*Tag, error) {
		return s.lookups.Tags(ctx, missing)
	})
}

// Ancestors implements [Lookups].
func (s *Scope) Ancestors(ctx context.Context, tags []Tag) ([][]string, error) {
	keys := make([]AncestorsQuestion, len(tags))
	byKey := make(map[AncestorsQuestion]Tag, len(tags))
	for i, tag := range tags {
		keys[i] = AncestorsQuestion{tag.ID, tag.Event}
		byKey[keys[i]] = tag
	}
	return recallAll(ctx, s, &s.facts.ancestors, keys, func(missing []AncestorsQuestion) ([][]string, error) {
		some := make([]Tag, len(missing))
		for i, key := range missing {
			some[i] = byKey[key]
		}
		return s.lookups.Ancestors(ctx, some)
	})
}

// Target implements [Lookups].
func (s *Scope) Target(ctx context.Context, ref Ref) (*Target, error) {
	return recall(ctx, s, &s.facts.targets, ref, func() (*Target, error) { return s.lookups.Target(ctx, ref) })
}

// Channel implements [Lookups].
func (s *Scope) Channel(ctx context.Context, ref Ref) (*Channel, error) {
	return recall(ctx, s, &s.facts.channels, ref, func() (*Channel, error) { return s.lookups.Channel(ctx, ref) })
}

// Build implements [Lookups].
func (s *Scope) Build(ctx context.Context, ref BuildRef) (*Build, error) {
	return recall(ctx, s, &s.facts.builds, ref, func() (*Build, error) { return s.lookups.Build(ctx, ref) })
}

// BuildTags implements [Lookups].
func (s *Scope) BuildTags(ctx context.Context, build koji.BuildID) ([]string, error) {
	return recall(ctx, s, &s.facts.buildTags, build, func() ([]string, error) { return s.lookups.BuildTags(ctx, build) })
}

// BuildTypes implements [Lookups].
func (s *Scope) BuildTypes(ctx context.Context, build koji.BuildID) ([]string, error) {
	return recall(ctx, s, &s.facts.buildTypes, build, func() ([]string, error) { return s.lookups.BuildTypes(ctx, build) })
}

// BuildBuildroots implements [Lookups].
func (s *Scope) BuildBuildroots(ctx context.Context, build koji.BuildID) (*BuildOrigin, error) {
	return recall(ctx, s, &s.facts.origins, build, func() (*BuildOrigin, error) { return s.lookups.BuildBuildroots(ctx, build) })
}

// Buildroots implements [Lookups].
func (s *Scope) Buildroots(ctx context.Context, ids []koji.BuildrootID) ([]*Buildroot, error) {
	return recallAll(ctx, s, &s.facts.buildroots, ids, func(missing []koji.BuildrootID) ([]*Buildroot, error) {
		return s.lookups.Buildroots(ctx, missing)
	})
}

// Task implements [Lookups].
func (s *Scope) Task(ctx context.Context, id koji.TaskID) (*Task, error) {
	return recall(ctx, s, &s.facts.tasks, id, func() (*Task, error) { return s.lookups.Task(ctx, id) })
}
