package policy

import (
	"context"

	"github.com/kojikit/kojikit/koji"
)

// BuildStart is the data of the policies build_rpm, build_from_srpm and
// build_from_repo_id, which a builder asks when a task starts.
type BuildStart struct {
	Method   string // build, image or winbuild
	UserID   koji.UserID
	Source   *string // nil is null
	TaskID   koji.TaskID
	BuildTag koji.TagID
	SkipTag  bool
	Scratch  *bool       // nil is null
	Draft    *bool       // nil is null; absent for an image
	FromSCM  bool        // the source is an SCM address
	RepoID   koji.RepoID // zero is null
	Target   Ref         // zero is absent
	Tag      koji.TagID  // the destination; absent with SkipTag
}

// Get implements [Data].
func (b *BuildStart) Get(key string) (Value, bool) {
	win := b.Method == "winbuild"
	switch key {
	case "user_id":
		return Int(b.UserID), true
	case "source":
		return textOrNull(b.Source), true
	case "task_id":
		return Int(b.TaskID), true
	case "build_tag":
		return Int(b.BuildTag), true
	case "skip_tag":
		return Bool(b.SkipTag), true
	case "scratch":
		return boolOrNull(b.Scratch), !win
	case "draft":
		return boolOrNull(b.Draft), b.Method == "build"
	case "from_scm":
		return Bool(b.FromSCM), !win
	case "repo_id":
		if b.RepoID == 0 {
			return Value{}, !win
		}
		return Int(b.RepoID), !win
	case "target":
		return b.Target.Value(), b.Target != (Ref{})
	case "tag":
		return Int(b.Tag), !b.SkipTag && b.Tag != 0
	}
	return Value{}, false
}

// policies returns those that must allow the start, in the order in which they are
// asked.
func (b *BuildStart) policies() []string {
	var names []string
	if b.Method == "build" && !b.FromSCM && (b.Scratch == nil || !*b.Scratch) {
		names = append(names, "build_from_srpm")
	}
	if b.Method != "image" && b.RepoID != 0 {
		names = append(names, "build_from_repo_id")
	}
	if b.Method != "winbuild" {
		names = append(names, "build_rpm")
	}
	return names
}

// AssertBuildStart returns nil if all policies that concern the start of a build
// task allow it, else the [Denial] of the first that does not.
func (s *Set) AssertBuildStart(ctx context.Context, b *BuildStart, lookups Lookups) error {
	if lookups != nil {
		lookups = NewScope(lookups)
	}
	for _, name := range b.policies() {
		if err := s.Assert(ctx, name, b, lookups, CheckOptions{}); err != nil {
			return err
		}
	}
	return nil
}
