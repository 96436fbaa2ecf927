package tag

import (
	"context"
	"maps"
	"slices"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// Tagging is a request to tag a build, to untag it, or to move it from one tag to
// another.
type Tagging struct {
	Build koji.BuildID
	To    koji.TagID // to tag it in; 0 to untag it only
	From  koji.TagID // to untag it from; 0 to tag it only
	// Force tags again what is in To already, so that it becomes the latest. It
	// also lets an admin pass refusals by lock, permission and policy, and lists
	// the package of the build for To, in the name of the admin, if it is not.
	Force bool
}

func (t *Tagging) action() string {
	switch {
	case t.To == 0:
		return "untag"
	case t.From == 0:
		return "tag"
	default:
		return "move"
	}
}

// Apply tags, untags and moves builds, all or none: many changes in one
// transaction. They must be such as [Editor.Request] grants.
//
// All happen at one event, except that a build which must count as newer than one
// before it in the list gets a later event if their ids would order them otherwise:
// of the builds of a list that go into one tag, the last is the latest. A move is
// always at one event.
func (e *Editor) Apply(ctx context.Context, list ...Tagging) error {
	return e.tx.Try(ctx, func() error {
		r, err := e.request(ctx, list)
		if err != nil {
			return err
		}
		last := make(map[koji.TagID]koji.BuildID)
		for i := range list {
			t := &list[i]
			if t.To != 0 && t.Build < last[t.To] {
				if _, err := e.tx.NewEvent(ctx); err != nil {
					return err
				}
				clear(last)
			}
			if t.To != 0 {
				last[t.To] = t.Build
			}
			if err := e.apply(ctx, r, t); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *Editor) apply(ctx context.Context, r *request, t *Tagging) error {
	if t.From != 0 {
		if err := e.revokeListing(ctx, r.tags[t.From], t.Build, r.nvrs[t.Build]); err != nil {
			return err
		}
	}
	if t.To == 0 {
		return nil
	}
	return e.insertListing(ctx, r.tags[t.To], r.builds[t.Build], r.nvrs[t.Build], t.Force)
}

// Request reports whether the actor may make changes: the checks that a hub does
// when it is asked to, before it makes tasks of them. [Editor.Apply] does them too.
//
// In this order: the builds and the tags exist, builds to be tagged are COMPLETE,
// the tags are open to the actor, packages are listed for To and not blocked
// (koji.FaultTag), the policy tag allows it. Whether a build is tagged already, or
// is in From at all, shows when the change is made. With Force it may list
// packages.
func (e *Editor) Request(ctx context.Context, list ...Tagging) error {
	return e.tx.Try(ctx, func() error {
		_, err := e.request(ctx, list)
		return err
	})
}

// request is what some Taggings refer to.
type request struct {
	builds map[koji.BuildID]*storage.Build
	nvrs   map[koji.BuildID]koji.NVR
	tags   map[koji.TagID]*Info
}

func (e *Editor) request(ctx context.Context, list []Tagging) (*request, error) {
	if err := e.login(); err != nil {
		return nil, err
	}
	r, err := e.lookUp(ctx, list)
	if err != nil {
		return nil, err
	}
	type pair struct {
		tag   koji.TagID
		force bool
	}
	var into []pair
	needed := make(map[pair]map[string]bool) // packages to be listed
	open := make(map[pair]bool)
	changes := make([]Change, len(list))
	for i := range list {
		t := &list[i]
		if t.To != 0 {
			if err := complete(r.builds[t.Build], r.nvrs[t.Build]); err != nil {
				return nil, err
			}
			p := pair{t.To, t.Force}
			if needed[p] == nil {
				into = append(into, p)
				needed[p] = make(map[string]bool)
			}
			needed[p][r.nvrs[t.Build].Name] = true
		}
		for _, id := range []koji.TagID{t.To, t.From} {
			if id == 0 || open[pair{id, t.Force}] {
				continue
			}
			if err := e.assertAccess(ctx, r.tags[id], t.Force); err != nil {
				return nil, err
			}
			open[pair{id, t.Force}] = true
		}
		changes[i] = Change{
			Policy: TagPolicy, Action: t.action(), Tag: t.To, From: t.From, Build: t.Build, Force: t.Force,
		}
	}
	for _, p := range into {
		if err := e.mayHold(ctx, r.tags[p.tag], slices.Sorted(maps.Keys(needed[p])), p.force); err != nil {
			return nil, err
		}
	}
	return r, e.decide(ctx, changes...)
}

// lookUp reads what some Taggings refer to, in a handful of queries.
func (e *Editor) lookUp(ctx context.Context, list []Tagging) (*request, error) {
	ids := unique(column(list, func(t *Tagging) koji.BuildID { return t.Build }))
	builds, nvrs, err := e.builds(ctx, ids)
	if err != nil {
		return nil, err
	}
	r := request{
		builds: make(map[koji.BuildID]*storage.Build, len(ids)), nvrs: make(map[koji.BuildID]koji.NVR, len(ids)),
		tags: make(map[koji.TagID]*Info),
	}
	for i, id := range ids {
		r.builds[id], r.nvrs[id] = &builds[i], nvrs[i]
	}
	var tags []koji.TagID
	for i := range list {
		tags = append(tags, list[i].To, list[i].From)
	}
	known, err := e.reader.Tags(ctx, koji.Now, InfoQuery{IDs: unique(tags)})
	if err != nil {
		return nil, err
	}
	for i := range known {
		r.tags[known[i].ID] = &known[i]
	}
	for i := range list {
		t := &list[i]
		switch {
		case t.To == 0 && t.From == 0:
			return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "build %d: no tag to tag it in or to untag it from", t.Build)
		case t.To != 0 && (r.tags[t.To] == nil || !r.tags[t.To].Exists):
			return nil, koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such tag: %d", t.To)
		case t.From != 0 && r.tags[t.From] == nil:
			return nil, koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such tag: %d", t.From)
		}
	}
	return &r, nil
}

// few is up to how many packages are looked up one by one. For more it takes less
// time to read a tag's whole list.
const few = 8

// mayHold reports whether builds of some packages may be in a tag by its package
// list. With force an admin lists what is not listed and lifts blocks.
func (e *Editor) mayHold(ctx context.Context, info *Info, names []string, force bool) error {
	opts := PackageOptions{Inherit: true}
	entries := make(map[string]Package, len(names))
	for i := range names {
		if len(names) <= few {
			opts.Package = names[i]
		} else if i > 0 {
			break
		}
		list, err := e.resolver.Packages(ctx, info.ID, opts)
		if err != nil {
			return err
		}
		for _, p := range list {
			entries[p.Name] = p
		}
	}
	for _, name := range names {
		p, listed := entries[name]
		if listed && !p.Blocked {
			continue
		}
		refusal := koji.Errorf(koji.ErrState, koji.FaultTag, "package %s blocked in %s", name, info.Name)
		if !listed {
			refusal = koji.Errorf(koji.ErrNotFound, koji.FaultTag, "package %s not in list for %s", name, info.Name)
		}
		if err := e.listByForce(ctx, info, name, listed, force, refusal); err != nil {
			return err
		}
	}
	return nil
}

// listByForce lists a package for a tag, or lifts its block, if the actor asks for
// it by force and is an admin.
func (e *Editor) listByForce(ctx context.Context, info *Info, name string, blocked, force bool, refusal error) error {
	if !force {
		return refusal
	}
	if e.opts.Gate != nil {
		admin, err := e.holds(ctx, e.tx.Actor, adminPermission)
		if err != nil {
			return err
		}
		if !admin {
			return refusal
		}
	}
	if blocked {
		return e.UnblockPackage(ctx, info.ID, name, true)
	}
	return e.AddPackage(ctx, info.ID, name, Entry{Owner: e.tx.Actor, Force: true})
}
