package policy

import (
	"context"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/kojikit/kojikit/koji"
)

// Options say how a [Set] is built and how it answers. The zero value is that of a
// Koji hub with default configuration.
type Options struct {
	// Tests are those that rules may use; nil means [HubTests].
	Tests *Registry
	// Mode chooses between what Koji accepts and what means what it says.
	Mode Mode
	// DeferUnknownTests accepts rules with tests that do not exist. They fail when
	// they are run. It is for looking at the policies of a hub without its plugins.
	DeferUnknownTests bool
	// NoDefaults leaves out the built-in rules of hooks, see [Hook].Default, which
	// otherwise stand in for every policy without a text.
	NoDefaults bool
	// Hooks are places of evaluation besides those of [HubHooks], or in place of
	// them.
	Hooks []*Hook

	// DenyMissing makes an access policy that is not defined deny. It is the
	// opposite of Koji's option MissingPolicyOk.
	DenyMissing bool
	// Verbose makes denials quote the rule, as Koji's option VerbosePolicy does.
	Verbose bool
	// RequireLogin makes [Set.Query] refuse to answer somebody who is not logged
	// in. Koji answers everybody.
	RequireLogin bool

	// Logger is told of denials by faulty rules, of overridden denials and of
	// policies that do not match where they should; nil means nobody.
	Logger *slog.Logger
	// OnDecision is called after every evaluation, see [Record]; nil for not.
	OnDecision func(context.Context, *Record)
	// Redact replaces the values that records and explanations show; nil shows
	// everything except passwords in SCM addresses.
	Redact func(key string, v Value) Value

	// Now is the clock of records; nil means [time.Now].
	Now func() time.Time

	// Channels and Volumes are the names that exist, for [Set.Lint]; nil if they are
	// not known.
	Channels, Volumes []string
}

// Set is the policies of a hub: all of its rule texts, compiled. It is safe for
// concurrent use, and its texts can be replaced while it serves.
type Set struct {
	options Options
	tests   *Registry
	hooks   map[string]*Hook
	current atomic.Pointer[unit]
}

// New compiles the texts of a set. The issues tell all problems of all texts. If one
// of them is fatal the set is nil.
func New(texts []Text, o Options) (*Set, Issues) {
	s := newSet(o)
	issues := s.Replace(texts)
	if s.current.Load() == nil {
		return nil, issues
	}
	return s, issues
}

// newSet returns a set without any policy.
func newSet(o Options) *Set {
	s := &Set{options: o, tests: o.Tests, hooks: make(map[string]*Hook)}
	if s.tests == nil {
		s.tests = HubTests()
	}
	if o.Logger == nil {
		s.options.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		s.options.Now = time.Now
	}
	if o.Redact == nil {
		s.options.Redact = RedactPasswords
	}
	for _, h := range slices.Concat(HubHooks(), o.Hooks) {
		s.hooks[h.Policy] = h
	}
	return s
}

// Replace puts new texts in place of all others, unless one of them has a fatal
// problem: then the set stays as it is. Evaluations that are under way finish with
// the old texts.
func (s *Set) Replace(texts []Text) Issues {
	unit, issues := s.compile(texts)
	if issues.Err() == nil {
		s.current.Store(unit)
	}
	return issues
}

// compile compiles texts and the defaults of hooks that have none.
func (s *Set) compile(texts []Text) (*unit, Issues) {
	c := &compiler{
		collector: collector{mode: s.options.Mode}, unit: newUnit(), tests: s.tests,
		defers: s.options.DeferUnknownTests, hooks: s.hooks,
	}
	given := make(map[string]bool)
	for _, text := range texts {
		if given[text.Name] {
			c.add(c.mode.issue(CodeINI, text.Name, Range{File: text.File}, nil, "there are two texts of this policy", ""))
			continue
		}
		given[text.Name] = true
		c.text(text)
	}
	if !s.options.NoDefaults {
		for _, name := range sortedKeys(s.hooks) {
			if h := s.hooks[name]; !given[name] && h.Default != "" {
				c.text(Text{Name: name, File: defaultFile, Body: h.Default})
			}
		}
	}
	c.checkReferences()
	issues := append(c.parsed, c.issues...)
	if s.options.Mode == Strict {
		issues = append(issues, c.checkActions(&s.options)...)
	}
	issues.sort()
	return c.unit, issues
}

func (c *compiler) text(text Text) {
	tree, issues := parse(text, c.mode)
	c.parsed = append(c.parsed, issues...)
	c.compile(tree)
}

// Names returns the names of the policies that are defined, sorted, those with
// built-in rules included.
func (s *Set) Names() []string { return sortedKeys(s.current.Load().programs) }

// Program returns the program of a policy, or nil if it is not defined. It does not
// change when the texts are replaced.
func (s *Set) Program(name string) *Program { return s.current.Load().programs[name] }

// Eval evaluates a policy. One that is not defined is an error ([koji.ErrNotFound]).
func (s *Set) Eval(ctx context.Context, name string, data Data, lookups Lookups) (Decision, error) {
	return s.eval(ctx, s.current.Load(), name, data, lookups)
}

func (s *Set) eval(ctx context.Context, u *unit, name string, data Data, lookups Lookups) (Decision, error) {
	p := u.programs[name]
	if p == nil {
		return Decision{}, errNoPolicy(name)
	}
	if s.options.OnDecision != nil {
		return s.record(ctx, p, data, lookups)
	}
	return p.Eval(ctx, data, lookups)
}

// Query answers the question of a client what a policy would decide about any data,
// which may name any user. See [Options].RequireLogin.
func (s *Set) Query(ctx context.Context, name string, data Data, lookups Lookups) (Decision, error) {
	if s.options.RequireLogin {
		if lookups == nil {
			return Decision{}, errNotLoggedIn()
		}
		user, err := lookups.SessionUser(ctx)
		if err != nil {
			return Decision{}, err
		}
		if user == nil {
			return Decision{}, errNotLoggedIn()
		}
	}
	return s.Eval(ctx, name, data, lookups)
}

func errNotLoggedIn() error {
	return koji.Errorf(koji.ErrDenied, koji.FaultActionNotAllowed, "policies may be queried by users who are logged in")
}

func errNoPolicy(name string) error {
	return koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such policy: %s", name)
}
