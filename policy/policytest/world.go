package policytest

import (
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
)

// World is what tests of policies look things up in, written as a literal or read
// from a case file. Objects refer to each other by name. An id that is zero is
// given: the smallest that is free.
//
// Every world has the volume DEFAULT and the channel default. Packages, volumes,
// content generators and groups need not be listed if something refers to them.
type World struct {
	Users      []User      `json:"users,omitempty"`
	Tags       []Tag       `json:"tags,omitempty"`
	Targets    []Target    `json:"targets,omitempty"`
	Packages   []Object    `json:"packages,omitempty"`
	Builds     []Build     `json:"builds,omitempty"`
	Buildroots []Buildroot `json:"buildroots,omitempty"`
	Tasks      []Task      `json:"tasks,omitempty"`
	Volumes    []Object    `json:"volumes,omitempty"`
	Channels   []Channel   `json:"channels,omitempty"`

	ContentGenerators []Object `json:"content_generators,omitempty"`
}

// Object is something with no more than a name.
type Object struct {
	ID   int64  `json:"id,omitempty"`
	Name string `json:"name"`
}

// User is a user or a group of users.
type User struct {
	ID          koji.UserID `json:"id,omitempty"`
	Name        string      `json:"name"`
	Principal   string      `json:"principal,omitempty"` // of Kerberos
	Group       bool        `json:"group,omitempty"`
	Permissions []string    `json:"permissions,omitempty"` // without those of groups
	Groups      []string    `json:"groups,omitempty"`      // that the user is a member of
}

// Tag is a tag.
type Tag struct {
	ID      koji.TagID `json:"id,omitempty"`
	Name    string     `json:"name"`
	Parents []string   `json:"parents,omitempty"` // that it inherits from directly
	Deleted bool       `json:"deleted,omitempty"`
	// SidetagOwner makes the tag a sidetag of a user.
	SidetagOwner string `json:"sidetag_owner,omitempty"`
}

// Target is a build target.
type Target struct {
	ID       koji.TargetID `json:"id,omitempty"`
	Name     string        `json:"name"`
	BuildTag string        `json:"build_tag"`
	Deleted  bool          `json:"deleted,omitempty"`
}

// Build is a build.
type Build struct {
	ID     koji.BuildID `json:"id,omitempty"`
	NVR    string       `json:"nvr"`
	Owner  string       `json:"owner,omitempty"`
	Tags   []string     `json:"tags,omitempty"`
	Types  []string     `json:"types,omitempty"`
	Volume string       `json:"volume,omitempty"` // empty means DEFAULT
	Draft  bool         `json:"draft,omitempty"`
	Source string       `json:"source,omitempty"` // empty means none
	Task   koji.TaskID  `json:"task,omitempty"`
	// Buildroots are where its components come from, zero for an imported one.
	Buildroots []koji.BuildrootID `json:"buildroots,omitempty"`
}

// Buildroot is a buildroot: of Koji with a tag, or of a content generator.
type Buildroot struct {
	ID               koji.BuildrootID `json:"id,omitempty"`
	Tag              string           `json:"tag,omitempty"`
	ContentGenerator string           `json:"content_generator,omitempty"`
}

// Task is a task.
type Task struct {
	ID     koji.TaskID    `json:"id,omitempty"`
	Method string         `json:"method"`
	Args   []policy.Value `json:"args,omitempty"`
}

// Channel is a channel of builders.
type Channel struct {
	ID       koji.ChannelID `json:"id,omitempty"`
	Name     string         `json:"name"`
	Disabled bool           `json:"disabled,omitempty"`
}

// As returns the lookups of a session in the world: of the named user, or of nobody
// if the name is empty. The world must not change afterwards. If it is inconsistent
// every look-up fails, see [World.Check].
func (w *World) As(session string) policy.Lookups {
	x, err := newIndex(w)
	if err == nil && session != "" && x.users.named(session) == nil {
		err = invalid("the session is of user %q, who is not there", session)
	}
	if err != nil {
		return policy.NoLookups{Asked: func(string) error { return err }}
	}
	return &lookups{index: x, session: session}
}

// Check reports what is inconsistent in the world: references to what is not there,
// ids and names that are there twice, names of builds that are none.
func (w *World) Check() error {
	_, err := newIndex(w)
	return err
}
