package policytest

import (
	"errors"
	"slices"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
)

// index is a world in which every object has an id and is found by id and by name.
type index struct {
	users      *objects[User]
	tags       *objects[Tag]
	targets    *objects[Target]
	packages   *objects[Object]
	volumes    *objects[Object]
	generators *objects[Object]
	channels   *objects[Channel]
	builds     *objects[Build]
	buildroots *objects[Buildroot]
	tasks      *objects[Task]
}

// objects are all of one kind.
type objects[T any] struct {
	kind   string
	byID   map[int64]*T
	byName map[string]*T
}

// object tells of one object where its id is, and its name.
type object struct {
	id   int64
	give func(int64)
	name string
}

// collect makes the objects of one kind. Those without an id are given one.
func collect[T any](problems *[]error, kind string, list []T, describe func(*T) object) *objects[T] {
	all := &objects[T]{kind: kind, byID: make(map[int64]*T), byName: make(map[string]*T)}
	list = slices.Clone(list)
	var without []*T
	for i := range list {
		o := describe(&list[i])
		switch {
		case o.id == 0 && o.give != nil:
			without = append(without, &list[i])
		case all.byID[o.id] != nil:
			*problems = append(*problems, invalid("%s id %d is there twice", kind, o.id))
		default:
			all.byID[o.id] = &list[i]
		}
		if o.name == "" {
			continue
		}
		if all.byName[o.name] != nil {
			*problems = append(*problems, invalid("%s %q is there twice", kind, o.name))
		}
		all.byName[o.name] = &list[i]
	}
	next := int64(1)
	for _, o := range without {
		for all.byID[next] != nil {
			next++
		}
		describe(o).give(next)
		all.byID[next] = o
	}
	return all
}

// named returns the object of a name, or nil.
func (all *objects[T]) named(name string) *T { return all.byName[name] }

// find returns the object that a reference means, or nil.
func (all *objects[T]) find(ref policy.Ref) *T {
	if ref.Name != "" {
		return all.byName[ref.Name]
	}
	return all.byID[ref.ID]
}

// missing reports names that no object has.
func (all *objects[T]) missing(problems *[]error, by string, names ...string) {
	for _, name := range names {
		if name != "" && all.byName[name] == nil {
			*problems = append(*problems, invalid("%s refers to %s %q, which is not there", by, all.kind, name))
		}
	}
}

func invalid(format string, args ...any) error {
	return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "test world: "+format, args...)
}

func newIndex(w *World) (*index, error) {
	var problems []error
	x := &index{
		users: collect(&problems, "user", w.allUsers(), func(u *User) object {
			return object{int64(u.ID), func(id int64) { u.ID = koji.UserID(id) }, u.Name}
		}),
		tags: collect(&problems, "tag", w.Tags, func(t *Tag) object {
			return object{int64(t.ID), func(id int64) { t.ID = koji.TagID(id) }, t.Name}
		}),
		targets: collect(&problems, "target", w.Targets, func(t *Target) object {
			return object{int64(t.ID), func(id int64) { t.ID = koji.TargetID(id) }, t.Name}
		}),
		channels: collect(&problems, "channel", w.allChannels(), func(c *Channel) object {
			return object{int64(c.ID), func(id int64) { c.ID = koji.ChannelID(id) }, c.Name}
		}),
		builds: collect(&problems, "build", w.Builds, func(b *Build) object {
			return object{int64(b.ID), func(id int64) { b.ID = koji.BuildID(id) }, b.NVR}
		}),
		buildroots: collect(&problems, "buildroot", w.Buildroots, func(b *Buildroot) object {
			return object{int64(b.ID), func(id int64) { b.ID = koji.BuildrootID(id) }, ""}
		}),
		tasks: collect(&problems, "task", w.Tasks, func(t *Task) object {
			return object{int64(t.ID), func(id int64) { t.ID = koji.TaskID(id) }, ""}
		}),
		packages:   collectNames(&problems, "package", w.Packages, w.packageNames(&problems)),
		generators: collectNames(&problems, "content generator", w.ContentGenerators, w.generatorNames()),
	}
	isDefault := func(o Object) bool { return o.Name == koji.DefaultVolume }
	x.volumes = collectNames(&problems, "volume", slices.DeleteFunc(slices.Clone(w.Volumes), isDefault), w.volumeNames())
	// Its id is zero, which is no id for any other object.
	x.volumes.byName[koji.DefaultVolume] = &Object{Name: koji.DefaultVolume}
	x.volumes.byID[0] = x.volumes.byName[koji.DefaultVolume]
	x.check(&problems)
	return x, errors.Join(problems...)
}

func collectNames(problems *[]error, kind string, given []Object, used []string) *objects[Object] {
	list := slices.Clone(given)
	known := make(map[string]bool)
	for _, o := range given {
		known[o.Name] = true
	}
	for _, name := range used {
		if name != "" && !known[name] {
			known[name] = true
			list = append(list, Object{Name: name})
		}
	}
	return collect(problems, kind, list, func(o *Object) object {
		return object{o.ID, func(id int64) { o.ID = id }, o.Name}
	})
}

// allUsers returns the users with the groups that are only referred to.
func (w *World) allUsers() []User {
	list := slices.Clone(w.Users)
	known := make(map[string]bool)
	for _, u := range list {
		known[u.Name] = true
	}
	for _, u := range w.Users {
		for _, group := range u.Groups {
			if !known[group] {
				known[group] = true
				list = append(list, User{Name: group, Group: true})
			}
		}
	}
	return list
}

func (w *World) allChannels() []Channel {
	if slices.ContainsFunc(w.Channels, func(c Channel) bool { return c.Name == "default" }) {
		return w.Channels
	}
	return append(slices.Clone(w.Channels), Channel{Name: "default"})
}

func (w *World) packageNames(problems *[]error) []string {
	var names []string
	for _, b := range w.Builds {
		nvr, err := koji.ParseNVR(b.NVR)
		if err != nil {
			*problems = append(*problems, invalid("build %q: %w", b.NVR, err))
			continue
		}
		names = append(names, nvr.Name)
	}
	return names
}

func (w *World) volumeNames() []string {
	var names []string
	for _, b := range w.Builds {
		if b.Volume != koji.DefaultVolume {
			names = append(names, b.Volume)
		}
	}
	return names
}

func (w *World) generatorNames() []string {
	var names []string
	for _, b := range w.Buildroots {
		names = append(names, b.ContentGenerator)
	}
	return names
}

// check reports references to what is not there.
func (x *index) check(problems *[]error) {
	for _, t := range x.tags.byID {
		x.tags.missing(problems, "tag "+t.Name, t.Parents...)
		x.users.missing(problems, "tag "+t.Name, t.SidetagOwner)
	}
	for _, t := range x.targets.byID {
		x.tags.missing(problems, "target "+t.Name, t.BuildTag)
	}
	for _, b := range x.builds.byID {
		x.tags.missing(problems, "build "+b.NVR, b.Tags...)
		x.users.missing(problems, "build "+b.NVR, b.Owner)
		for _, id := range b.Buildroots {
			if id != 0 && x.buildroots.byID[int64(id)] == nil {
				*problems = append(*problems, invalid("build %s refers to buildroot %d, which is not there", b.NVR, id))
			}
		}
	}
	for _, b := range x.buildroots.byID {
		x.tags.missing(problems, "buildroot", b.Tag)
	}
	slices.SortFunc(*problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
}
