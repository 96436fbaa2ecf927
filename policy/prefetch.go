package policy

import (
	"context"
	"slices"
)

// Prefetcher is implemented by [Lookups] that answer many questions at once in less
// time than one by one. An evaluation that has to look something up asks it first,
// for all that its rules may come to ask, and then only what it left open.
type Prefetcher interface {
	// Prefetch answers questions. It may leave out some, and answer more.
	Prefetch(ctx context.Context, q Questions) (*Facts, error)
}

// Questions are what an evaluation may come to ask [Lookups].
type Questions struct {
	Asks    LookupSet // what is asked at all, also of what is found for the questions below
	Session bool      // who is logged in
	Users   []Ref
	Names   []NameQuestion
	Tags    []TagRef
	Builds  []BuildRef
}

// empty reports whether nothing is asked.
func (q *Questions) empty() bool {
	return !q.Session && len(q.Users) == 0 && len(q.Names) == 0 && len(q.Tags) == 0 && len(q.Builds) == 0
}

// questions returns what the program under way may come to ask about its data.
// Lazy values count when they are computed, and what is malformed not at all: it is
// for the tests to complain.
func (e *Env) questions() Questions {
	q := Questions{Asks: e.program.asks()}
	if q.Asks&(AsksUser|AsksAccess) != 0 {
		if v, ok := e.ready("user_id"); !ok || v.IsNull() {
			q.Session = true
		} else if ref, err := userRefOf(v); err == nil && !isEmptyName(v, ref) {
			q.Users = []Ref{ref}
		}
	}
	if q.Asks&AsksTags != 0 {
		for i, key := range tagKeys {
			if v, ok := e.ready(key); ok && e.unit.tagKeys[i] && !v.IsNull() {
				if ref, err := refOf(key, v); err == nil && !isEmptyName(v, ref) {
					q.Tags = append(q.Tags, TagRef{Ref: ref})
				}
			}
		}
	}
	if q.Asks&AsksBuild != 0 {
		if v, ok := e.ready("build"); ok {
			if ref, err := buildRefOf(v); err == nil {
				q.Builds = []BuildRef{ref}
			}
		}
	}
	if q.Asks&AsksNames != 0 {
		if v, ok := e.ready("package"); ok && (v.kind == KindInt || v.kind == KindText) {
			if ref, err := refOf("package", v); err == nil && !isEmptyName(v, ref) {
				q.Names = []NameQuestion{{TablePackage, ref}}
			}
		}
	}
	return q
}

// ready returns the value of a key if it is there without computing anything.
func (e *Env) ready(key string) (Value, bool) {
	if i, ok := e.unit.keys[key]; ok && e.slots[i].state != slotUnknown {
		return e.slots[i].value, e.slots[i].state == slotPresent && e.slots[i].value.computed()
	}
	if e.data == nil {
		return Value{}, false
	}
	v, ok := e.data.Get(key)
	return v, ok && v.computed()
}

// prefetch asks once for all that the evaluation may come to ask, as far as it is
// not known. The caller has the right to ask.
func (s *Scope) prefetch(ctx context.Context) error {
	p, ok := s.lookups.(Prefetcher)
	if !ok || s.plan == nil {
		return nil
	}
	q := s.plan()
	s.plan = nil
	s.open(&q)
	if q.empty() {
		return nil
	}
	s.asked.Add(1)
	facts, err := p.Prefetch(ctx, q)
	if err != nil {
		return err
	}
	s.Learn(facts)
	return nil
}

// open removes the questions that the scope can answer.
func (s *Scope) open(q *Questions) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	stranger := func(user *User) bool {
		if user == nil || q.Asks&AsksAccess == 0 {
			return false
		}
		_, known := s.facts.access[user.ID]
		return !known
	}
	if user, known := s.facts.session[""]; q.Session && known {
		q.Session = false
		if stranger(user) {
			q.Users = append(q.Users, ByID(user.ID))
		}
	}
	q.Users = slices.DeleteFunc(q.Users, func(ref Ref) bool {
		user, known := s.facts.users[ref]
		return known && !stranger(user)
	})
	q.Names = unknown(q.Names, s.facts.names)
	q.Tags = unknown(q.Tags, s.facts.tags)
	q.Builds = slices.DeleteFunc(q.Builds, func(ref BuildRef) bool {
		build, known := s.facts.builds[ref]
		if build == nil || q.Asks&AsksBuildTags == 0 {
			return known
		}
		_, known = s.facts.buildTags[build.ID]
		return known
	})
}

func unknown[Q comparable, A any](questions []Q, known map[Q]A) []Q {
	return slices.DeleteFunc(questions, func(q Q) bool { _, ok := known[q]; return ok })
}

// Prefetch asks for what evaluations will come to ask, if the look-ups can answer
// it at once, see [Prefetcher]. It is for evaluations that belong together: each by
// itself does so anyway.
func (s *Scope) Prefetch(ctx context.Context, q Questions) error {
	if err := s.acquire(ctx); err != nil {
		return err
	}
	defer s.release()
	planned := Scope{answers: s.answers, plan: func() Questions { return q }}
	return planned.prefetch(ctx)
}

// Learn adds answers to those that the scope has.
func (s *Scope) Learn(f *Facts) {
	s.mu.Lock()
	defer s.mu.Unlock()
	add(&s.facts.session, f.Session)
	add(&s.facts.users, f.Users)
	add(&s.facts.access, f.Access)
	add(&s.facts.names, f.Names)
	add(&s.facts.tags, f.Tags)
	add(&s.facts.ancestors, f.Ancestors)
	add(&s.facts.targets, f.Targets)
	add(&s.facts.channels, f.Channels)
	add(&s.facts.builds, f.Builds)
	add(&s.facts.buildTags, f.BuildTags)
	add(&s.facts.buildTypes, f.BuildTypes)
	add(&s.facts.origins, f.Origins)
	add(&s.facts.buildroots, f.Buildroots)
	add(&s.facts.tasks, f.Tasks)
}

func add[Q comparable, A any](known *map[Q]A, facts []Fact[Q, A]) {
	if *known == nil && len(facts) > 0 {
		*known = make(map[Q]A, len(facts))
	}
	for _, f := range facts {
		(*known)[f.Question] = f.Answer
	}
}
