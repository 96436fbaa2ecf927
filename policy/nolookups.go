package policy

import (
	"context"
	"fmt"

	"github.com/kojikit/kojikit/koji"
)

// NoLookups is [Lookups] that answer nothing. Embedded in a struct it makes
// implementations of the few methods that some policies need.
type NoLookups struct {
	// Asked returns the error of a question, such as "Tags f40"; nil means one of
	// kind [koji.ErrState].
	Asked func(question string) error
}

func (n NoLookups) refuse(question string, of any) error {
	if text := fmt.Sprint(of); text != "" {
		question += " " + text
	}
	if n.Asked == nil {
		return koji.Errorf(koji.ErrState, koji.FaultGeneric, "nothing to look into: %s", question)
	}
	return n.Asked(question)
}

// SessionUser implements [Lookups].
func (n NoLookups) SessionUser(context.Context) (*User, error) {
	return nil, n.refuse("SessionUser", "")
}

// User implements [Lookups].
func (n NoLookups) User(_ context.Context, ref Ref) (*User, error) {
	return nil, n.refuse("User", ref)
}

// Access implements [Lookups].
func (n NoLookups) Access(_ context.Context, user koji.UserID) (*Access, error) {
	return nil, n.refuse("Access", user)
}

// Names implements [Lookups].
func (n NoLookups) Names(_ context.Context, table Table, refs []Ref) ([]*Name, error) {
	return nil, n.refuse("Names "+table.String(), refs)
}

// Tags implements [Lookups].
func (n NoLookups) Tags(_ context.Context, refs []TagRef) ([]*Tag, error) {
	return nil, n.refuse("Tags", refs)
}

// Ancestors implements [Lookups].
func (n NoLookups) Ancestors(_ context.Context, tags []Tag) ([][]string, error) {
	return nil, n.refuse("Ancestors", tags)
}

// Target implements [Lookups].
func (n NoLookups) Target(_ context.Context, ref Ref) (*Target, error) {
	return nil, n.refuse("Target", ref)
}

// Channel implements [Lookups].
func (n NoLookups) Channel(_ context.Context, ref Ref) (*Channel, error) {
	return nil, n.refuse("Channel", ref)
}

// Build implements [Lookups].
func (n NoLookups) Build(_ context.Context, ref BuildRef) (*Build, error) {
	return nil, n.refuse("Build", ref)
}

// BuildTags implements [Lookups].
func (n NoLookups) BuildTags(_ context.Context, build koji.BuildID) ([]string, error) {
	return nil, n.refuse("BuildTags", build)
}

// BuildTypes implements [Lookups].
func (n NoLookups) BuildTypes(_ context.Context, build koji.BuildID) ([]string, error) {
	return nil, n.refuse("BuildTypes", build)
}

// BuildBuildroots implements [Lookups].
func (n NoLookups) BuildBuildroots(_ context.Context, build koji.BuildID) (*BuildOrigin, error) {
	return nil, n.refuse("BuildBuildroots", build)
}

// Buildroots implements [Lookups].
func (n NoLookups) Buildroots(_ context.Context, ids []koji.BuildrootID) ([]*Buildroot, error) {
	return nil, n.refuse("Buildroots", ids)
}

// Task implements [Lookups].
func (n NoLookups) Task(_ context.Context, id koji.TaskID) (*Task, error) {
	return nil, n.refuse("Task", id)
}
