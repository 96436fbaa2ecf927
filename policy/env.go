package policy

import (
	"context"
	"sync"

	"github.com/kojikit/kojikit/koji"
)

// unit is what programs that refer to each other have in common: the programs by
// name and a number for each key of the data that they read. It is immutable once
// its programs are compiled.
type unit struct {
	programs map[string]*Program
	keys     map[string]keyIndex
	keyNames []string
	subjects map[subjectID]*subject
	tagKeys  [len(tagKeys)]bool // which of these keys some test looks up
	envs     sync.Pool
}

// keyIndex numbers the keys of a unit.
type keyIndex int

func newUnit() *unit {
	u := &unit{
		programs: make(map[string]*Program),
		keys:     make(map[string]keyIndex),
		subjects: make(map[subjectID]*subject),
	}
	u.envs.New = func() any {
		e := &Env{unit: u, slots: make([]slot, len(u.keyNames))}
		e.plan = e.questions
		return e
	}
	return u
}

// key returns the number of a key. It is for compiling only.
func (u *unit) key(name string) keyIndex {
	i, ok := u.keys[name]
	if !ok {
		i = keyIndex(len(u.keyNames))
		u.keys[name] = i
		u.keyNames = append(u.keyNames, name)
	}
	return i
}

// slot holds what is known of a key during one evaluation.
type slot struct {
	state slotState
	value Value
}

type slotState uint8

const (
	slotUnknown slotState = iota
	slotAbsent
	slotPresent
)

// Env is one evaluation as a test sees it: the data, the look-ups and what earlier
// tests found out. It belongs to the goroutine of the evaluation and must not be
// kept.
type Env struct {
	unit    *unit
	ctx     context.Context
	data    Data
	overlay *Overlay // data, if it is one: derived values outlive the evaluation
	lookups Lookups
	scope   Scope // without answers until something is looked up
	asked   int   // what scope had asked at the start
	program *Program
	plan    func() Questions // the method questions, made into a function once
	slots   []slot
	touched []keyIndex
	frames  []*Rule     // rules that matched since the last one of the top level
	running []*testNode // tests of the kind policy that are under way
	tracer  func(Event)
	note    *Note // for the tracer; nil without one

	found found
}

// found is what the tests of one evaluation looked up.
type found struct {
	build     answer[*Build]
	pkg       answer[*Name]
	user      answer[*User]
	userID    answer[koji.UserID]
	access    answer[*Access]
	tags      [len(tagKeys)]answer[*Tag]
	origin    answer[*BuildOrigin]
	buildTags answer[[]Tag]
}

// answer is a value that is found once.
type answer[T any] struct {
	known bool
	value T
	err   error
}

// once returns what find returns, which it calls only if it has not before.
func (a *answer[T]) once(find func() (T, error)) (T, error) {
	if !a.known {
		a.value, a.err = find()
		a.known = true
	}
	return a.value, a.err
}

// start prepares an evaluation.
func (u *unit) start(ctx context.Context, data Data, lookups Lookups) *Env {
	e := u.envs.Get().(*Env)
	e.ctx, e.data, e.lookups = ctx, data, lookups
	e.overlay, _ = data.(*Overlay)
	if s, ok := lookups.(*Scope); ok {
		e.scope.answers = s.answers
		e.asked = s.Asked()
	}
	return e
}

// stop ends an evaluation and keeps the memory for the next.
func (e *Env) stop() {
	for _, i := range e.touched {
		e.slots[i] = slot{}
	}
	clear(e.frames)
	e.ctx, e.data, e.overlay, e.lookups, e.scope, e.program, e.tracer, e.note = nil, nil, nil, nil, Scope{}, nil, nil, nil
	e.asked, e.touched, e.frames, e.running = 0, e.touched[:0], e.frames[:0], e.running[:0]
	e.found = found{}
	e.unit.envs.Put(e)
}

// Context returns the context of the evaluation.
func (e *Env) Context() context.Context { return e.ctx }

// Get returns the value of a key of the data, or what an earlier test derived
// under it. Its error is that of a lazy value.
func (e *Env) Get(key string) (v Value, present bool, err error) {
	if i, ok := e.unit.keys[key]; ok {
		return e.value(i)
	}
	if e.data == nil {
		return Value{}, false, nil
	}
	if v, present = e.data.Get(key); !present {
		return Value{}, false, nil
	}
	v, err = e.force(v)
	return v, true, err
}

// has reports whether a key is present, without computing a lazy value.
func (e *Env) has(i keyIndex) bool {
	s := &e.slots[i]
	if s.state == slotUnknown {
		e.load(i, s)
	}
	return s.state == slotPresent
}

func (e *Env) load(i keyIndex, s *slot) {
	s.state = slotAbsent
	if e.data != nil {
		if v, ok := e.data.Get(e.unit.keyNames[i]); ok {
			s.state, s.value = slotPresent, v
		}
	}
	e.touched = append(e.touched, i)
}

// slot returns what is known of a key, with its value computed.
func (e *Env) slot(i keyIndex) (*slot, error) {
	s := &e.slots[i]
	if s.state == slotUnknown {
		e.load(i, s)
	}
	if s.value.kind == kindLazy {
		v, err := e.force(s.value)
		if err != nil {
			return nil, err
		}
		s.value = v
	}
	return s, nil
}

// value returns the value of a key, null if it is absent.
func (e *Env) value(i keyIndex) (v Value, present bool, err error) {
	s, err := e.slot(i)
	if err != nil {
		return Value{}, true, err
	}
	return s.value, s.state == slotPresent, nil
}

func (e *Env) force(v Value) (Value, error) {
	v, err := v.force(e.ctx)
	if err != nil {
		return Value{}, lookupFailure(err)
	}
	return v, nil
}

// Derive sets a key of the data for the tests that follow. It must be the one that
// the test's definition names in Derives.
func (e *Env) Derive(key string, v Value) {
	if i, ok := e.unit.keys[key]; ok {
		s := &e.slots[i]
		if s.state == slotUnknown {
			e.touched = append(e.touched, i)
		}
		*s = slot{slotPresent, v}
	}
	if e.overlay != nil {
		e.overlay.Set(key, v)
	}
	if e.note != nil {
		e.note.Derived = append(e.note.Derived, Derived{key, v})
	}
}

// Lookups returns the look-ups of the evaluation, which ask everything once. An
// evaluation without look-ups fails here.
func (e *Env) Lookups() (Lookups, error) {
	if e.scope.answers == nil {
		if e.lookups == nil {
			return nil, failure(LookupFailed, "", "the test needs a look-up, and there is nothing to look into")
		}
		e.scope.answers = newAnswers(e.lookups)
	}
	return &e.scope, nil
}

// compares tells the tracer what a test looked at.
func (e *Env) compares(v Value) {
	if e.note != nil {
		e.note.Compared = append(e.note.Compared, v)
	}
}
