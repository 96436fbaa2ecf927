package tag

import (
	"context"
	"errors"
	"slices"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// Tag tags a build, which must be COMPLETE (koji.ErrState). A build that is in the
// tag already is koji.ErrExists; with force it becomes the latest again.
//
// The package list is not asked, as in Koji: a build whose package is not listed, or
// blocked, is tagged and does not show. [Editor.Apply] refuses it. Tag takes the
// permission tag, the policy tag decides, and the tag must be open to the actor;
// force lets an admin pass the latter two.
func (e *Editor) Tag(ctx context.Context, tag koji.TagID, build koji.BuildID, force bool) error {
	if err := e.Require(ctx, tagPermission); err != nil {
		return err
	}
	info, err := e.active(ctx, tag)
	if err != nil {
		return err
	}
	b, nvr, err := e.build(ctx, build)
	if err != nil {
		return err
	}
	c := Change{Policy: TagPolicy, Action: "tag", Tag: tag, Build: build, Force: force}
	if err := e.decide(ctx, c); err != nil {
		return err
	}
	if err := e.assertAccess(ctx, &info, force); err != nil {
		return err
	}
	return e.insertListing(ctx, &info, &b, nvr, force)
}

// insertListing tags a build that may be tagged.
func (e *Editor) insertListing(ctx context.Context, info *Info, b *storage.Build, nvr koji.NVR, force bool) error {
	if err := complete(b, nvr); err != nil {
		return err
	}
	f := listing(info.ID, b.ID)
	n, err := e.tx.TagListings().Count(ctx, koji.Now, f)
	if err != nil {
		return err
	}
	if n > 0 && !force {
		return koji.Errorf(koji.ErrExists, koji.FaultTag, "build %s already tagged (%s)", nvr, info.Name)
	}
	err = e.tx.Try(ctx, func() error {
		if n > 0 {
			if _, err := e.tx.TagListings().Revoke(ctx, f); err != nil {
				return err
			}
		}
		return e.tx.TagListings().Insert(ctx, &storage.TagListing{Build: b.ID, Tag: info.ID})
	})
	if errors.Is(err, koji.ErrExists) { // by another writer, meanwhile
		return koji.Errorf(koji.ErrExists, koji.FaultTag, "build %s already tagged (%s)", nvr, info.Name)
	}
	return err
}

// complete refuses a build that cannot be tagged in its state.
func complete(b *storage.Build, nvr koji.NVR) error {
	if b.State != koji.BuildComplete {
		return koji.Errorf(koji.ErrState, koji.FaultTag, "build %s not complete: state %s", nvr, b.State)
	}
	return nil
}

func listing(tag koji.TagID, build koji.BuildID) storage.TagListingFilter {
	return storage.TagListingFilter{Build: storage.Is(build), Tag: storage.Is(tag)}
}

// Untag takes a build out of a tag. A build that is not in it is koji.ErrNotFound
// with koji.FaultTag. The policy tag decides, and the tag must be open to the
// actor; force lets an admin pass.
func (e *Editor) Untag(ctx context.Context, tag koji.TagID, build koji.BuildID, force bool) error {
	if err := e.login(); err != nil {
		return err
	}
	info, err := e.active(ctx, tag)
	if err != nil {
		return err
	}
	_, nvr, err := e.build(ctx, build)
	if err != nil {
		return err
	}
	c := Change{Policy: TagPolicy, Action: "untag", From: tag, Build: build, Force: force}
	if err := e.decide(ctx, c); err != nil {
		return err
	}
	if err := e.assertAccess(ctx, &info, force); err != nil {
		return err
	}
	return e.revokeListing(ctx, &info, build, nvr)
}

// revokeListing untags a build that may be untagged.
func (e *Editor) revokeListing(ctx context.Context, info *Info, build koji.BuildID, nvr koji.NVR) error {
	n, err := e.tx.TagListings().Revoke(ctx, listing(info.ID, build))
	if err == nil && n == 0 {
		err = koji.Errorf(koji.ErrNotFound, koji.FaultTag, "build %s not in tag %s", nvr, info.Name)
	}
	return err
}

// MassTag tags builds in the given order, each at an event of its own, so that the
// last is the latest. Builds that are in the tag already are tagged again. It takes
// the permission tag; neither policy nor lock are asked, as in Koji.
func (e *Editor) MassTag(ctx context.Context, tag koji.TagID, builds []koji.BuildID) error {
	if err := e.Require(ctx, tagPermission); err != nil {
		return err
	}
	if _, err := e.active(ctx, tag); err != nil {
		return err
	}
	list, nvrs, err := e.builds(ctx, builds)
	if err != nil {
		return err
	}
	for i := range list {
		if err := complete(&list[i], nvrs[i]); err != nil {
			return err
		}
	}
	f := storage.TagListingFilter{Tag: storage.Is(tag), Build: storage.Is(unique(builds)...)}
	rows, err := e.tx.TagListings().List(ctx, koji.Now, f)
	if err != nil {
		return err
	}
	tagged := index(rows, func(l storage.TagListing) (koji.BuildID, bool) { return l.Build, true })
	return e.tx.Try(ctx, func() error {
		for _, b := range builds {
			if _, err := e.tx.NewEvent(ctx); err != nil {
				return err
			}
			if tagged[b] {
				if _, err := e.tx.TagListings().Revoke(ctx, listing(tag, b)); err != nil {
					return err
				}
			}
			tagged[b] = true
			if err := e.tx.TagListings().Insert(ctx, &storage.TagListing{Build: b, Tag: tag}); err != nil {
				return err
			}
		}
		return nil
	})
}

// builds returns builds with their NVRs, in the order of their ids' list.
func (e *Editor) builds(ctx context.Context, ids []koji.BuildID) ([]storage.Build, []koji.NVR, error) {
	rows, err := e.reader.buildsByID(ctx, storage.BuildFilter{ID: storage.Is(unique(ids)...)})
	if err != nil {
		return nil, nil, err
	}
	list := make([]storage.Build, 0, len(ids))
	for _, id := range ids {
		b := rows[id]
		if b == nil {
			return nil, nil, koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such build: %d", id)
		}
		list = append(list, *b)
	}
	names, err := e.reader.packageNames(ctx, column(list, func(b *storage.Build) koji.PackageID { return b.Package }))
	nvrs := make([]koji.NVR, len(list))
	for i := range list {
		b := &list[i]
		nvrs[i] = koji.NVR{Name: names[b.Package], Version: b.Version, Release: b.Release}
	}
	return list, nvrs, err
}

// Move takes a build from one tag to another, at one event. It is [Editor.Apply]
// for one build.
func (e *Editor) Move(ctx context.Context, from, to koji.TagID, build koji.BuildID, force bool) error {
	return e.Apply(ctx, Tagging{Build: build, From: from, To: to, Force: force})
}

// MoveAll moves all builds of a package from one tag to another, oldest tagging
// first and each at an event of its own, so that their order stays. It returns
// them. What may be moved is decided as by [Editor.RequestAll].
func (e *Editor) MoveAll(ctx context.Context, from, to koji.TagID, name string, force bool) ([]koji.BuildID, error) {
	builds, err := e.RequestAll(ctx, from, to, name, force)
	if err != nil {
		return nil, err
	}
	source, err := e.named(ctx, from)
	if err != nil {
		return nil, err
	}
	target, err := e.active(ctx, to)
	if err != nil {
		return nil, err
	}
	rows, nvrs, err := e.builds(ctx, builds)
	if err != nil {
		return nil, err
	}
	return builds, e.tx.Try(ctx, func() error {
		for i := range rows {
			if _, err := e.tx.NewEvent(ctx); err != nil {
				return err
			}
			if err := e.revokeListing(ctx, &source, rows[i].ID, nvrs[i]); err != nil {
				return err
			}
			if err := e.insertListing(ctx, &target, &rows[i], nvrs[i], force); err != nil {
				return err
			}
		}
		return nil
	})
}

// RequestAll reports whether the actor may move all builds of a package from one
// tag to another, and returns them, oldest tagging first; they are then moved with
// [Editor.Apply], one by one. The package must be listed for the target and not
// blocked (koji.FaultTag), both tags open to the actor, which force lets an admin
// pass, and the policy tag must allow each move, which force does not.
func (e *Editor) RequestAll(ctx context.Context, from, to koji.TagID, name string, force bool) ([]koji.BuildID, error) {
	if err := e.login(); err != nil {
		return nil, err
	}
	if _, err := e.pkg(ctx, name); err != nil {
		return nil, err
	}
	source, err := e.named(ctx, from)
	if err != nil {
		return nil, err
	}
	target, err := e.named(ctx, to)
	if err != nil {
		return nil, err
	}
	if err := e.mayHold(ctx, &target, []string{name}, false); err != nil {
		return nil, err
	}
	for _, t := range []*Info{&target, &source} {
		if err := e.assertAccess(ctx, t, force); err != nil {
			return nil, err
		}
	}
	byTag, err := tagged(ctx, e.reader, []koji.TagID{from}, BuildOptions{Package: name})
	if err != nil {
		return nil, err
	}
	builds := make([]koji.BuildID, 0, len(byTag[from]))
	changes := make([]Change, 0, len(byTag[from]))
	for _, b := range slices.Backward(byTag[from]) {
		builds = append(builds, b.Build)
		changes = append(changes, Change{Policy: TagPolicy, Action: "move", Tag: to, From: from, Build: b.Build})
	}
	return builds, e.decide(ctx, changes...)
}
