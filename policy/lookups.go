package policy

import (
	"context"
	"strconv"

	"github.com/kojikit/kojikit/koji"
)

// Lookups is what tests ask about the world: users, tags, builds and so on. An
// implementation answers from a database, from a remote hub or from memory (see
// package policytest). It must be safe for concurrent use.
//
// What is not found is nil, in a slice as well, and not an error. An error means
// that the question could not be answered; it ends the evaluation and is never
// taken for an answer. A slice of answers is as long as the slice of questions
// and in the same order.
//
// The evaluation asks each question once, see [Scope].
type Lookups interface {
	// SessionUser returns the user who is logged in; nil if nobody is.
	SessionUser(ctx context.Context) (*User, error)
	// User finds a user by id, or by name or Kerberos principal.
	User(ctx context.Context, ref Ref) (*User, error)
	// Access returns the permissions and groups of a user, none for an unknown
	// one.
	Access(ctx context.Context, user koji.UserID) (*Access, error)

	// Names looks up rows of a table of names, also those of objects that were
	// deleted.
	Names(ctx context.Context, table Table, refs []Ref) ([]*Name, error)
	// Tags looks up tags by id or name.
	Tags(ctx context.Context, refs []TagRef) ([]*Tag, error)
	// Ancestors returns, for each tag at its event, the names of the tags that
	// it inherits from, directly or not, without itself.
	Ancestors(ctx context.Context, tags []Tag) ([][]string, error)
	// Target finds an active build target.
	Target(ctx context.Context, ref Ref) (*Target, error)
	// Channel finds a channel by id or name, whether enabled or not.
	Channel(ctx context.Context, ref Ref) (*Channel, error)

	// Build finds a build.
	Build(ctx context.Context, ref BuildRef) (*Build, error)
	// BuildTags returns the names of the tags that a build is in now.
	BuildTags(ctx context.Context, build koji.BuildID) ([]string, error)
	// BuildTypes returns the names of a build's types, including those that only
	// a maven, win or image record tells of.
	BuildTypes(ctx context.Context, build koji.BuildID) ([]string, error)
	// BuildBuildroots returns the buildroots that the components of a build come
	// from, each once.
	BuildBuildroots(ctx context.Context, build koji.BuildID) (*BuildOrigin, error)
	// Buildroots looks up buildroots by id.
	Buildroots(ctx context.Context, ids []koji.BuildrootID) ([]*Buildroot, error)
	// Task returns the method and arguments of a task.
	Task(ctx context.Context, id koji.TaskID) (*Task, error)
}

// Ref names an object by its name or, if the name is empty, by its id.
type Ref struct {
	ID   int64  `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// ByID refers to an object by id.
func ByID[T ~int64](id T) Ref { return Ref{ID: int64(id)} }

// ByName refers to an object by name.
func ByName(name string) Ref { return Ref{Name: name} }

// String returns the name in quotes, or the id.
func (r Ref) String() string {
	if r.Name != "" {
		return quote(r.Name)
	}
	return strconv.FormatInt(r.ID, 10)
}

// Value returns the reference as policy data: null for the zero Ref.
func (r Ref) Value() Value {
	switch {
	case r.Name != "":
		return String(r.Name)
	case r.ID != 0:
		return Int(r.ID)
	}
	return Value{}
}

// Table is a table of names.
type Table uint8

// The tables that policies look into.
const (
	TablePackage Table = iota
	TableTag
	TableTarget
	TableVolume
	TableContentGenerator
)

// String returns the name of the table in Koji's database.
func (t Table) String() string {
	return [...]string{"package", "tag", "build_target", "volume", "content_generator"}[t]
}

// MarshalText returns the name of the table.
func (t Table) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads the name of a table.
func (t *Table) UnmarshalText(text []byte) error {
	for i := TablePackage; i <= TableContentGenerator; i++ {
		if i.String() == string(text) {
			*t = i
			return nil
		}
	}
	return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "no table of names: %s", quote(string(text)))
}

// Name is a row of a table of names.
type Name struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// User is a user as far as policies care.
type User struct {
	ID   koji.UserID `json:"id"`
	Name string      `json:"name"`
}

// Access is what a user may do and belongs to.
type Access struct {
	// Permissions are those held directly or through a group.
	Permissions []string `json:"permissions,omitempty"`
	// Groups are those that the user is an active direct member of.
	Groups []User `json:"groups,omitempty"`
}

// TagRef asks for a tag.
type TagRef struct {
	Ref
	// Deleted asks for a deleted tag too, in its last configuration.
	Deleted bool `json:"deleted,omitempty"`
}

// Tag is a tag as far as policies care.
type Tag struct {
	ID   koji.TagID `json:"id"`
	Name string     `json:"name"`
	// Event is when the tag's configuration is that which was asked for:
	// [koji.Now] for an active tag, an event before its deletion for a deleted one.
	Event koji.EventID `json:"event,omitempty"`
	// SidetagOwner is the user whose sidetag this is: the extra settings sidetag
	// and sidetag_user_id of the tag itself. Zero if it is no sidetag or has no
	// owner.
	SidetagOwner koji.UserID `json:"sidetag_owner,omitempty"`
	// Sidetag reports whether the tag's own extra setting sidetag is true.
	Sidetag bool `json:"sidetag,omitempty"`
}

// Target is a build target.
type Target struct {
	ID       koji.TargetID `json:"id"`
	Name     string        `json:"name"`
	BuildTag koji.TagID    `json:"build_tag"`
}

// Channel is a channel of builders.
type Channel struct {
	ID      koji.ChannelID `json:"id"`
	Name    string         `json:"name"`
	Enabled bool           `json:"enabled"`
}

// BuildRef names a build by id or, if that is zero, by name, version and release.
type BuildRef struct {
	ID      koji.BuildID `json:"id,omitempty"`
	Name    string       `json:"name,omitempty"`
	Version string       `json:"version,omitempty"`
	Release string       `json:"release,omitempty"`
}

// String returns the id or the NVR.
func (r BuildRef) String() string {
	if r.ID != 0 {
		return strconv.FormatInt(int64(r.ID), 10)
	}
	return quote(r.Name + "-" + r.Version + "-" + r.Release)
}

// Build is a build as far as policies care.
type Build struct {
	ID      koji.BuildID `json:"id"`
	Package Name         `json:"package"`
	Version string       `json:"version"`
	Release string       `json:"release"`
	Volume  string       `json:"volume"`
	Draft   bool         `json:"draft,omitempty"`
	// Owner is the owning user; OwnerIsGroup tells that it is a group.
	Owner        koji.UserID `json:"owner"`
	OwnerIsGroup bool        `json:"owner_is_group,omitempty"`
	// Source is the recorded source; nil if there is none.
	Source *string `json:"source,omitempty"`
	// Task is the task of the build, zero if none: the field task_id, or where
	// content generators put it.
	Task koji.TaskID `json:"task,omitempty"`
}

// BuildOrigin tells where the rpms and archives of a build come from.
type BuildOrigin struct {
	Buildroots []Buildroot `json:"buildroots,omitempty"`
	// Imported reports whether some rpm or archive has no buildroot.
	Imported bool `json:"imported,omitempty"`
}

// Buildroot is a buildroot as far as policies care.
type Buildroot struct {
	ID koji.BuildrootID `json:"id"`
	// ContentGenerator is the name of the one that reported the buildroot; empty
	// for Koji's own.
	ContentGenerator string `json:"content_generator,omitempty"`
	// Tag is the build tag at the event of the buildroot's repo; nil for content
	// generators.
	Tag *Tag `json:"tag,omitempty"`
}

// Task is a task as far as policies care.
type Task struct {
	Method string `json:"method"`
	// Args are the arguments as the task's request holds them.
	Args []Value `json:"args"`
}
