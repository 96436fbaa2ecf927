package policy

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/kojikit/kojikit/koji"
)

// Facts are questions to [Lookups] and their answers, such as one evaluation needed.
// They can be kept as JSON.
type Facts struct {
	Session    []Fact[string, *User]                `json:"session,omitempty"` // the question is empty
	Users      []Fact[Ref, *User]                   `json:"users,omitempty"`
	Access     []Fact[koji.UserID, *Access]         `json:"access,omitempty"`
	Names      []Fact[NameQuestion, *Name]          `json:"names,omitempty"`
	Tags       []Fact[TagRef, *Tag]                 `json:"tags,omitempty"`
	Ancestors  []Fact[AncestorsQuestion, []string]  `json:"ancestors,omitempty"`
	Targets    []Fact[Ref, *Target]                 `json:"targets,omitempty"`
	Channels   []Fact[Ref, *Channel]                `json:"channels,omitempty"`
	Builds     []Fact[BuildRef, *Build]             `json:"builds,omitempty"`
	BuildTags  []Fact[koji.BuildID, []string]       `json:"build_tags,omitempty"`
	BuildTypes []Fact[koji.BuildID, []string]       `json:"build_types,omitempty"`
	Origins    []Fact[koji.BuildID, *BuildOrigin]   `json:"origins,omitempty"`
	Buildroots []Fact[koji.BuildrootID, *Buildroot] `json:"buildroots,omitempty"`
	Tasks      []Fact[koji.TaskID, *Task]           `json:"tasks,omitempty"`
}

// Fact is a question and its answer; null means that nothing was found.
type Fact[Q comparable, A any] struct {
	Question Q `json:"question"`
	Answer   A `json:"answer"`
}

// NameQuestion is what [Lookups].Names is asked.
type NameQuestion struct {
	Table Table `json:"table"`
	Ref   Ref   `json:"ref"`
}

// AncestorsQuestion is what [Lookups].Ancestors is asked.
type AncestorsQuestion struct {
	Tag   koji.TagID   `json:"tag"`
	Event koji.EventID `json:"event,omitempty"`
}

// Facts returns all that the scope was asked and answered so far.
func (s *Scope) Facts() *Facts {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f := s.facts
	return &Facts{
		Session: list(f.session), Users: list(f.users), Access: list(f.access), Names: list(f.names), Tags: list(f.tags),
		Ancestors: list(f.ancestors), Targets: list(f.targets), Channels: list(f.channels), Builds: list(f.builds),
		BuildTags: list(f.buildTags), BuildTypes: list(f.buildTypes), Origins: list(f.origins), Buildroots: list(f.buildroots),
		Tasks: list(f.tasks),
	}
}

func list[Q comparable, A any](known map[Q]A) []Fact[Q, A] {
	if len(known) == 0 {
		return nil
	}
	out := make([]Fact[Q, A], 0, len(known))
	for q, a := range known {
		out = append(out, Fact[Q, A]{q, a})
	}
	slices.SortFunc(out, func(a, b Fact[Q, A]) int { return cmp.Compare(fmt.Sprint(a.Question), fmt.Sprint(b.Question)) })
	return out
}

// Scope returns a scope that answers from the facts. Any other question fails with
// an error of kind [koji.ErrNotFound].
func (f *Facts) Scope() *Scope {
	s := NewScope(NoLookups{Asked: func(question string) error {
		return koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "not recorded: %s", question)
	}})
	s.facts = facts{
		session: table(f.Session), users: table(f.Users), access: table(f.Access), names: table(f.Names), tags: table(f.Tags),
		ancestors: table(f.Ancestors), targets: table(f.Targets), channels: table(f.Channels), builds: table(f.Builds),
		buildTags: table(f.BuildTags), buildTypes: table(f.BuildTypes), origins: table(f.Origins), buildroots: table(f.Buildroots),
		tasks: table(f.Tasks),
	}
	return s
}

func table[Q comparable, A any](facts []Fact[Q, A]) map[Q]A {
	out := make(map[Q]A, len(facts))
	for _, f := range facts {
		out[f.Question] = f.Answer
	}
	return out
}
