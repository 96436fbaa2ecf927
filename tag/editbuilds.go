package tag

import (
	"context"
	"errors"
	"slices"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// Tag tags a build, which must be COMPLETE (koji.ErrState). A build that is in the
// tag already is koji.ErrExists; with force it becomes the latest again. The
// package list is not asked: see [Editor.MoveAll].
func (e *Editor) Tag(ctx context.Context, tag koji.TagID, build koji.BuildID, force bool) error {
	info, err := e.active(ctx, tag)
	if err != nil {
		return err
	}
	b, nvr, err := e.build(ctx, build)
	if err != nil {
		return err
	}
	if b.State != koji.BuildComplete {
		return koji.Errorf(koji.ErrState, koji.FaultTag, "build %s not complete: state %s", nvr, b.State)
	}
	f := listing(tag, build)
	n, err := e.tx.TagListings().Count(ctx, koji.Now, f)
	if err != nil {
		return err
	}
	if n > 0 && !force {
		return koji.Errorf(koji.ErrExists, koji.FaultTag, "build %s already tagged (%s)", nvr, info.Name)
	}
	return e.tx.Try(ctx, func() error {
		if n > 0 {
			if _, err := e.tx.TagListings().Revoke(ctx, f); err != nil {
				return err
			}
		}
		return e.tx.TagListings().Insert(ctx, &storage.TagListing{Build: build, Tag: tag})
	})
}

func listing(tag koji.TagID, build koji.BuildID) storage.TagListingFilter {
	return storage.TagListingFilter{Build: storage.Is(build), Tag: storage.Is(tag)}
}

// Untag takes a build out of a tag. A build that is not in it is koji.ErrNotFound.
func (e *Editor) Untag(ctx context.Context, tag koji.TagID, build koji.BuildID) error {
	name, err := e.tagName(ctx, tag)
	if err != nil {
		return err
	}
	_, nvr, err := e.build(ctx, build)
	if err != nil {
		return err
	}
	n, err := e.tx.TagListings().Revoke(ctx, listing(tag, build))
	if err == nil && n == 0 {
		err = koji.Errorf(koji.ErrNotFound, koji.FaultTag, "build %s is not in tag %s", nvr, name)
	}
	return err
}

// Move takes a build from one tag to another, at one event.
func (e *Editor) Move(ctx context.Context, from, to koji.TagID, build koji.BuildID, force bool) error {
	return e.tx.Try(ctx, func() error {
		if err := e.Untag(ctx, from, build); err != nil {
			return err
		}
		return e.Tag(ctx, to, build, force)
	})
}

// MoveAll moves all builds of a package from one tag to another, oldest tagging
// first and each at an event of its own, so that their order stays. It returns
// them. The package must be listed for the target and not blocked.
func (e *Editor) MoveAll(ctx context.Context, from, to koji.TagID, name string, force bool) ([]koji.BuildID, error) {
	if _, err := e.pkg(ctx, name); err != nil {
		return nil, err
	}
	for _, t := range []koji.TagID{from, to} {
		if _, err := e.tagName(ctx, t); err != nil {
			return nil, err
		}
	}
	if err := e.mayHold(ctx, to, name); err != nil {
		return nil, err
	}
	byTag, err := tagged(ctx, e.reader, []koji.TagID{from}, BuildOptions{Package: name})
	if err != nil {
		return nil, err
	}
	moved := make([]koji.BuildID, 0, len(byTag[from]))
	for _, b := range slices.Backward(byTag[from]) {
		moved = append(moved, b.ID)
	}
	return moved, e.tx.Try(ctx, func() error {
		for _, id := range moved {
			if _, err := e.tx.NewEvent(ctx); err != nil {
				return err
			}
			if err := e.Move(ctx, from, to, id, force); err != nil {
				return err
			}
		}
		return nil
	})
}

// mayHold reports whether builds of a package may be in a tag by its package list.
func (e *Editor) mayHold(ctx context.Context, tag koji.TagID, name string) error {
	p, err := e.resolver.PackageEntry(ctx, tag, name, koji.Now)
	switch {
	case errors.Is(err, koji.ErrNotFound):
		return koji.Errorf(koji.ErrNotFound, koji.FaultTag, "package %q is not in the package list of tag %d", name, tag)
	case err == nil && p.Blocked:
		return koji.Errorf(koji.ErrState, koji.FaultTag, "package %q is blocked in tag %d", name, tag)
	}
	return err
}

// MassTag tags builds in the given order, each at an event of its own, so that the
// last is the latest. Builds that are in the tag already are tagged again.
func (e *Editor) MassTag(ctx context.Context, tag koji.TagID, builds []koji.BuildID) error {
	return e.tx.Try(ctx, func() error {
		for _, id := range builds {
			if _, err := e.tx.NewEvent(ctx); err != nil {
				return err
			}
			if err := e.Tag(ctx, tag, id, true); err != nil {
				return err
			}
		}
		return nil
	})
}
