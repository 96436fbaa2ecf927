package policy

// subject is what the patterns of a test are tried on: one text or several. Tests
// with the same subject look at the same value.
type subject struct {
	text  func(*Env) (Value, error)
	texts func(*Env) ([]string, error)
	key   string // of the data, if text is no more than that
	index keyIndex
}

// subjectID tells subjects apart: by the key of the data, else by the definition.
type subjectID struct {
	def *Definition
	key string
}

// subject returns the one subject of an id. It is for compiling only.
func (u *unit) subject(id subjectID, s subject) *subject {
	known, ok := u.subjects[id]
	if !ok {
		known = &s
		u.subjects[id] = known
	}
	return known
}

// keySubject returns the text under a key of the data, null if it is absent.
func (u *unit) keySubject(key string) *subject {
	i := u.key(key)
	return u.subject(subjectID{key: key}, subject{key: key, index: i, text: func(e *Env) (Value, error) {
		v, _, err := e.value(i)
		return v, err
	}})
}

// test returns the test of whether one of some patterns matches.
func (s *subject) test(globs []string) compiled {
	p := newPatterns(globs)
	c := compiled{subject: s, patterns: p}
	switch {
	case s.texts != nil:
		c.check = func(e *Env) (bool, error) { return s.anyMatches(e, p) }
	case s.key != "":
		c.check = func(e *Env) (bool, error) {
			at, err := e.slot(s.index)
			if err != nil {
				return false, err
			}
			return s.matches(e, &at.value, p)
		}
	default:
		c.check = func(e *Env) (bool, error) {
			v, err := s.text(e)
			if err != nil {
				return false, err
			}
			return s.matches(e, &v, p)
		}
	}
	return c
}

func (s *subject) matches(e *Env, v *Value, p *patterns) (bool, error) {
	if e.note != nil {
		e.compares(*v)
	}
	if v.kind == KindText {
		return p.match(v.text), nil
	}
	if v.kind == KindNull || p.empty() {
		return false, nil
	}
	return false, badType(s.key, *v, "text")
}

func (s *subject) anyMatches(e *Env, p *patterns) (bool, error) {
	texts, err := s.texts(e)
	if err != nil {
		return false, err
	}
	if e.note != nil {
		e.compares(Strings(texts...))
	}
	for _, text := range texts {
		if p.match(text) {
			return true, nil
		}
	}
	return false, nil
}

// dispatch is a run of neighbouring rules that all begin with a test of one
// subject for names, such as a long list of "tag NAME :: allow". The name says
// which of them may match, and the others need not be looked at.
type dispatch struct {
	first, end int // rules of the set
	subject    *subject
	byName     map[string][]int // rules whose first test is true
}

// shortestRun is how many rules a dispatch is worth its map for.
const shortestRun = 8

func findRuns(rules []*Rule) []dispatch {
	var runs []dispatch
	for first := 0; first < len(rules); {
		end := first
		for end < len(rules) && rules[end].dispatchable() && rules[end].tests[0].subject == rules[first].tests[0].subject {
			end++
		}
		if end-first >= shortestRun {
			runs = append(runs, newDispatch(rules, first, end))
		}
		first = max(end, first+1)
	}
	return runs
}

// dispatchable reports whether the rule is positive and begins with a test for
// names.
func (r *Rule) dispatchable() bool {
	if r.negated || r.tests[0].subject == nil || r.tests[0].subject.text == nil {
		return false
	}
	_, ok := r.tests[0].patterns.exact()
	return ok
}

func newDispatch(rules []*Rule, first, end int) dispatch {
	d := dispatch{first: first, end: end, subject: rules[first].tests[0].subject, byName: make(map[string][]int)}
	for i := first; i < end; i++ {
		seen := make(map[string]bool)
		names, _ := rules[i].tests[0].patterns.exact()
		for _, name := range names {
			if !seen[name] {
				seen[name] = true
				d.byName[name] = append(d.byName[name], i)
			}
		}
	}
	return d
}
