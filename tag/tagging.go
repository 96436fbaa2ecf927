package tag

import (
	"context"
	"errors"

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
// transaction. Each must be one that [Editor.Request] grants, in the state that
// those before it leave.
//
// All happen at one event, except that a build which must count as newer than one
// before it in the list gets a later event if their ids would order them otherwise:
// of the builds of a list that go into one tag, the last is the latest. A move is
// always at one event.
func (e *Editor) Apply(ctx context.Context, list ...Tagging) error {
	last := make(map[koji.TagID]koji.BuildID)
	return e.tx.Try(ctx, func() error {
		for i := range list {
			t := &list[i]
			if t.Build < last[t.To] {
				if _, err := e.tx.NewEvent(ctx); err != nil {
					return err
				}
				clear(last)
			}
			if t.To != 0 {
				last[t.To] = t.Build
			}
			if err := e.apply(ctx, t); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *Editor) apply(ctx context.Context, t *Tagging) error {
	r, err := e.request(ctx, t)
	if err != nil {
		return err
	}
	if t.From != 0 {
		if err := e.revokeListing(ctx, &r.from, t.Build, r.nvr); err != nil {
			return err
		}
	}
	if t.To == 0 {
		return nil
	}
	return e.insertListing(ctx, &r.to, &r.build, r.nvr, t.Force)
}

// Request reports whether the actor may make a change: the checks that a hub does
// when it is asked to, before it makes a task of it. [Editor.Apply] does them too.
//
// In this order: the build and the tags exist, the build is COMPLETE, the tags are
// open to the actor, the package is listed for To and not blocked (koji.FaultTag),
// the policy tag allows it. Whether the build is tagged already, or is in From at
// all, shows when the change is made. With Force it may list the package.
func (e *Editor) Request(ctx context.Context, t Tagging) error {
	_, err := e.request(ctx, &t)
	return err
}

// request is what a Tagging refers to.
type request struct {
	build    storage.Build
	nvr      koji.NVR
	to, from Info
}

func (e *Editor) request(ctx context.Context, t *Tagging) (*request, error) {
	if err := e.login(); err != nil {
		return nil, err
	}
	if t.To == 0 && t.From == 0 {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "build %d: no tag to tag it in or to untag it from", t.Build)
	}
	var r request
	var err error
	if r.build, r.nvr, err = e.build(ctx, t.Build); err != nil {
		return nil, err
	}
	if t.To != 0 {
		if r.to, err = e.active(ctx, t.To); err != nil {
			return nil, err
		}
	}
	if t.From != 0 {
		if r.from, err = e.named(ctx, t.From); err != nil {
			return nil, err
		}
	}
	if t.To != 0 {
		if err := complete(&r.build, r.nvr); err != nil {
			return nil, err
		}
		if err := e.assertAccess(ctx, &r.to, t.Force); err != nil {
			return nil, err
		}
	}
	if t.From != 0 {
		if err := e.assertAccess(ctx, &r.from, t.Force); err != nil {
			return nil, err
		}
	}
	if t.To != 0 {
		if err := e.list(ctx, &r.to, r.nvr.Name, t.Force); err != nil {
			return nil, err
		}
	}
	return &r, e.decide(ctx, Change{
		Policy: TagPolicy, Action: t.action(), Tag: t.To, From: t.From, Build: t.Build, Force: t.Force,
	})
}

// list sees to it that a tag may hold builds of a package: with force an admin
// lists it or lifts its block.
func (e *Editor) list(ctx context.Context, info *Info, name string, force bool) error {
	refusal := e.mayHold(ctx, info, name)
	if refusal == nil || !force || koji.FaultCodeOf(refusal) != koji.FaultTag {
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
	if errors.Is(refusal, koji.ErrState) {
		return e.UnblockPackage(ctx, info.ID, name, true)
	}
	return e.AddPackage(ctx, info.ID, name, Entry{Owner: e.tx.Actor, Force: true})
}
