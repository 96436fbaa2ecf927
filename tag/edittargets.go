package tag

import (
	"context"
	"errors"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// CreateTarget makes a build target and returns its id: that of a deleted target
// of the name, with its history, if there is one. A target of the name is
// koji.ErrExists, a tag that does not exist koji.ErrNotFound. It takes the
// permission target.
func (e *Editor) CreateTarget(ctx context.Context, name string, buildTag, destTag koji.TagID) (koji.TargetID, error) {
	if err := e.Require(ctx, targetPermission); err != nil {
		return 0, err
	}
	if err := koji.CheckName("build target", name); err != nil {
		return 0, err
	}
	row, err := e.tx.Targets().Get(ctx, storage.TargetFilter{Name: storage.Is(name)})
	if err != nil && !errors.Is(err, koji.ErrNotFound) {
		return 0, err
	}
	if err == nil {
		n, err := e.tx.TargetConfigs().Count(ctx, koji.Now, storage.TargetConfigFilter{Target: storage.Is(row.ID)})
		if err == nil && n > 0 {
			err = koji.Errorf(koji.ErrExists, koji.FaultGeneric, "a build target with the name %q exists", name)
		}
		if err != nil {
			return 0, err
		}
	}
	if err := e.checkTargetTags(ctx, name, buildTag, destTag); err != nil {
		return 0, err
	}
	err = e.tx.Try(ctx, func() error {
		if row.ID == 0 {
			row.Name = name
			if err := e.tx.Targets().Insert(ctx, &row); err != nil {
				return err
			}
		}
		return e.tx.TargetConfigs().Insert(ctx, &storage.TargetConfig{Target: row.ID, BuildTag: buildTag, DestTag: destTag})
	})
	return row.ID, err
}

// checkTargetTags refuses tags of a build target that do not exist.
func (e *Editor) checkTargetTags(ctx context.Context, name string, buildTag, destTag koji.TagID) error {
	for _, t := range []struct {
		what string
		id   koji.TagID
	}{{"build", buildTag}, {"destination", destTag}} {
		if _, err := e.active(ctx, t.id); errors.Is(err, koji.ErrNotFound) {
			return koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "build target %s: %s tag %d does not exist", name, t.what, t.id)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// EditTarget changes the tags of a build target, and its name, which is not
// versioned: it shows at every past event. A name that is taken, be it by a deleted
// target, is koji.ErrExists. Everything is written anew, and a deleted target
// thereby revived. It takes the permission target.
func (e *Editor) EditTarget(ctx context.Context, target koji.TargetID, name string, buildTag, destTag koji.TagID) error {
	if err := e.Require(ctx, targetPermission); err != nil {
		return err
	}
	if err := koji.CheckName("build target", name); err != nil {
		return err
	}
	row, err := e.target(ctx, target)
	if err != nil {
		return err
	}
	if err := e.checkTargetTags(ctx, name, buildTag, destTag); err != nil {
		return err
	}
	rename := name != row.Name
	if rename {
		taken, err := e.tx.Targets().List(ctx, storage.TargetFilter{Name: storage.Is(name)})
		if err == nil && len(taken) > 0 {
			err = koji.Errorf(koji.ErrExists, koji.FaultGeneric, "name %q is taken by build target %d", name, taken[0].ID)
		}
		if err != nil {
			return err
		}
	}
	return e.tx.Try(ctx, func() error {
		if rename {
			if err := e.tx.Targets().Update(ctx, &storage.Target{ID: target, Name: name}); err != nil {
				return err
			}
		}
		if _, err := e.tx.TargetConfigs().Revoke(ctx, storage.TargetConfigFilter{Target: storage.Is(target)}); err != nil {
			return err
		}
		return e.tx.TargetConfigs().Insert(ctx, &storage.TargetConfig{Target: target, BuildTag: buildTag, DestTag: destTag})
	})
}

func (e *Editor) target(ctx context.Context, id koji.TargetID) (storage.Target, error) {
	row, err := e.tx.Targets().Get(ctx, storage.TargetFilter{ID: storage.Is(id)})
	if errors.Is(err, koji.ErrNotFound) {
		err = koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such build target: %d", id)
	}
	return row, err
}

// DeleteTarget ends a build target; one that has ended stays so. Its name keeps its
// id. It takes the permission target.
func (e *Editor) DeleteTarget(ctx context.Context, target koji.TargetID) error {
	if err := e.Require(ctx, targetPermission); err != nil {
		return err
	}
	if _, err := e.target(ctx, target); err != nil {
		return err
	}
	_, err := e.tx.TargetConfigs().Revoke(ctx, storage.TargetConfigFilter{Target: storage.Is(target)})
	return err
}
