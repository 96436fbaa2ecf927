package policy

import "github.com/kojikit/kojikit/koji"

// The data of Koji's hooks as structs, so that no key can be misspelt. Each is
// [Data]; fields that may be absent or null say when they are.

// TagOperation is the data of the policy tag.
type TagOperation struct {
	Operation string // tag, move or untag
	Tag       Ref    // the destination; zero is null, as for untag
	FromTag   Ref    // the tag that the build leaves; zero is null
	Build     koji.BuildID
	// UserID is the owner of the task in which a requested operation is done; zero
	// is absent, and the session decides.
	UserID koji.UserID
}

// Get implements [Data].
func (o *TagOperation) Get(key string) (Value, bool) {
	switch key {
	case "operation":
		return String(o.Operation), true
	case "tag":
		return o.Tag.Value(), true
	case "fromtag":
		return o.FromTag.Value(), true
	case "build":
		return Int(o.Build), true
	case "user_id":
		return Int(o.UserID), o.UserID != 0
	}
	return Value{}, false
}

// PackageListChange is the data of the policy package_list.
type PackageListChange struct {
	Tag koji.TagID
	// Action is add, update, block, remove or unblock, see [PackageListAction].
	Action string
	// Package is what the caller named when a package is added, else its id.
	Package Ref
	Force   bool
}

// PackageListAction returns the action of a call that adds a package or changes
// its entry: update if the call is one to change the owner or the arches, block if
// it blocks, else add.
func PackageListAction(update, block bool) string {
	switch {
	case update:
		return "update"
	case block:
		return "block"
	}
	return "add"
}

// Get implements [Data].
func (c *PackageListChange) Get(key string) (Value, bool) {
	switch key {
	case "tag":
		return Int(c.Tag), true
	case "action":
		return String(c.Action), true
	case "package":
		return c.Package.Value(), true
	case "force":
		return Bool(c.Force), true
	}
	return Value{}, false
}

// DraftPromotion is the data of the policy draft_promotion.
type DraftPromotion struct {
	Build         koji.BuildID
	TargetRelease string
	UserID        koji.UserID // the caller
}

// Get implements [Data].
func (p *DraftPromotion) Get(key string) (Value, bool) {
	switch key {
	case "build":
		return Int(p.Build), true
	case "target_release":
		return String(p.TargetRelease), true
	case "user_id":
		return Int(p.UserID), true
	}
	return Value{}, false
}

// SidetagCreation is the data of the policy sidetag.
type SidetagCreation struct {
	Tag          koji.TagID // the base tag
	NumberOfTags int        // sidetags that the caller has
}

// Get implements [Data].
func (c *SidetagCreation) Get(key string) (Value, bool) {
	switch key {
	case "tag":
		return Int(c.Tag), true
	case "number_of_tags":
		return Int(c.NumberOfTags), true
	}
	return Value{}, false
}

// DistRepoRequest is the data of the policy dist_repo.
type DistRepoRequest struct {
	Tag Ref // as the caller named it
}

// Get implements [Data].
func (r *DistRepoRequest) Get(key string) (Value, bool) {
	return r.Tag.Value(), key == "tag"
}

// WinBuildRequest is the data of the policy vm.
type WinBuildRequest struct {
	VMName string
	Tag    koji.TagID // the destination
}

// Get implements [Data].
func (r *WinBuildRequest) Get(key string) (Value, bool) {
	switch key {
	case "vm_name":
		return String(r.VMName), true
	case "tag":
		return Int(r.Tag), true
	}
	return Value{}, false
}

// CGImport is the data of the policy cg_import.
type CGImport struct {
	Package, Version, Release string
	BTypes                    []string
	Source                    *string // nil is null
	Draft                     *bool   // nil is null
	MetadataOnly              bool
	ContentGenerators         []koji.CGID
}

// Get implements [Data].
func (i *CGImport) Get(key string) (Value, bool) {
	switch key {
	case "package":
		return String(i.Package), true
	case "version":
		return String(i.Version), true
	case "release":
		return String(i.Release), true
	case "btypes":
		return Strings(i.BTypes...), true
	case "source":
		return textOrNull(i.Source), true
	case "draft":
		return boolOrNull(i.Draft), true
	case "metadata_only":
		return Bool(i.MetadataOnly), true
	case "cg_list":
		return ids(i.ContentGenerators), true
	}
	return Value{}, false
}

func textOrNull(s *string) Value {
	if s == nil {
		return Value{}
	}
	return String(*s)
}

func boolOrNull(b *bool) Value {
	if b == nil {
		return Value{}
	}
	return Bool(*b)
}

func ids[T ~int64](list []T) Value {
	items := make([]Value, len(list))
	for i, id := range list {
		items[i] = Int(id)
	}
	return List(items...)
}

// BuildPlacement is the data of the policy volume. What is set depends on what
// happens to the build:
//
//	rpm build completes      Package, Version, Release, Buildroots, ImportType rpm, Task
//	maven, win, image build  Build, Package, ImportType, Task
//	content generator        Package, Version, Release, Source, ContentGenerators, ImportType cg
//	applied or promoted      Build, Task
type BuildPlacement struct {
	Build *Build // nil is absent
	// Package, Version and Release are absent if empty.
	Package, Version, Release string
	// Buildroots are absent if nil; zero in it stands for a component without one.
	Buildroots []koji.BuildrootID
	ImportType string // rpm, maven, win, image or cg; empty is absent
	// Source and ContentGenerators belong to the import type cg.
	Source            *string
	ContentGenerators []koji.CGID
	// Task is what [TaskData] says of the task that made the build.
	Task Values
	// UserID is the user whom tests of users see; zero is absent, and they see the
	// session, which in Koji is the builder.
	UserID koji.UserID
}

// Get implements [Data].
func (p *BuildPlacement) Get(key string) (Value, bool) {
	cg := p.ImportType == "cg"
	switch key {
	case "build":
		return p.Build.value(), p.Build != nil
	case "package":
		return String(p.Package), p.Package != ""
	case "version":
		return String(p.Version), p.Version != ""
	case "release":
		return String(p.Release), p.Release != ""
	case "buildroots":
		return buildroots(p.Buildroots), p.Buildroots != nil
	case "import":
		return Bool(true), p.ImportType != ""
	case "import_type":
		return String(p.ImportType), p.ImportType != ""
	case "cg_list":
		return ids(p.ContentGenerators), cg
	case "user_id":
		return Int(p.UserID), p.UserID != 0
	case "source":
		if cg {
			return textOrNull(p.Source), true
		}
	}
	return p.Task.Get(key)
}

// value returns the build as the map that Koji passes, as far as tests read it.
func (b *Build) value() Value {
	if b == nil {
		return Value{}
	}
	return Map(map[string]Value{
		"id": Int(b.ID), "name": String(b.Package.Name), "version": String(b.Version), "release": String(b.Release),
	})
}

func buildroots(list []koji.BuildrootID) Value {
	items := make([]Value, len(list))
	for i, id := range list {
		if id != 0 {
			items[i] = Int(id)
		}
	}
	return List(items...)
}
