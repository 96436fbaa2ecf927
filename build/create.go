package build

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// CreateOptions say more about a build to create. The zero value is useful.
type CreateOptions struct {
	Owner    koji.UserID // zero means the acting user
	Building bool        // the build is BUILDING; otherwise it is COMPLETE from the start
	Task     koji.TaskID // the task it is built by; zero for none
	Source   string      // where the sources are; empty if unknown
	Extra    string      // JSON text; empty for none
	Draft    bool        // the release is the one that the draft is meant for
	Strict   bool        // a build that failed or was canceled is not used again
}

// Create makes a build without files and returns its id. The epoch of nvr is its
// text, empty for none. Version and release are checked, other than in Koji,
// since they become a path ([koji.NVR.Validate]).
//
// A build of that name, version and release, whatever its epoch, makes it fail
// with koji.ErrExists, with two exceptions. One that failed or was canceled, and
// of which nothing is left, is used again under its id. And one that is being
// built by the same task is returned as it is, so that a task that was restarted
// gets its build back; for drafts that holds for the draft of the task.
func (t *Tracker) Create(ctx context.Context, actor koji.UserID, nvr koji.NVR, opts CreateOptions) (koji.BuildID, error) {
	epoch, err := parseEpoch(nvr.Epoch)
	if err != nil {
		return 0, fmt.Errorf("build %s: %w", nvr, err)
	}
	nvr.Epoch = ""
	if opts.Extra != "" && !json.Valid([]byte(opts.Extra)) {
		return 0, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "build %s: extra is not JSON", nvr)
	}
	if err := t.checkNew(nvr, opts.Draft); err != nil {
		return 0, err
	}
	if opts.Owner == 0 {
		opts.Owner = actor
	}
	var id koji.BuildID
	err = t.store.Update(ctx, func(tx *storage.Tx) error {
		if err := checkUser(ctx, tx, opts.Owner); err != nil {
			return err
		}
		pkg, err := ensurePackage(ctx, tx, nvr.Name)
		if err != nil {
			return err
		}
		b := storage.Build{
			Volume: koji.DefaultVolumeID, Package: pkg,
			Version: nvr.Version, Release: nvr.Release, Epoch: epoch,
			Source: null(opts.Source, opts.Source != ""), Extra: null(opts.Extra, opts.Extra != ""),
			Task: null(opts.Task, opts.Task != 0), Owner: opts.Owner,
			State: koji.BuildBuilding, StartTime: storage.Null(tx.Now()),
		}
		if !opts.Building {
			b.State, b.CompletionTime = koji.BuildComplete, b.StartTime
		}
		id, err = t.create(ctx, tx, nvr, b, opts)
		return err
	})
	return id, err
}

// checkNew checks the parts of a new build.
func (t *Tracker) checkNew(nvr koji.NVR, draft bool) error {
	if err := t.names("package", nvr.Name); err != nil {
		return err
	}
	if err := nvr.Validate(); err != nil {
		return fmt.Errorf("build %.200q: %w", nvr, err)
	}
	if _, marked := koji.DraftID(nvr.Release); marked {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "build %s: release %q has the mark of a draft", nvr, nvr.Release)
	}
	if draft && strings.Contains(nvr.Release, ",") {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "build %s: release %q of a draft contains a comma", nvr, nvr.Release)
	}
	return nil
}

func parseEpoch(text string) (sql.Null[int], error) {
	if text == "" {
		return sql.Null[int]{}, nil
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n > math.MaxInt32 {
		return sql.Null[int]{}, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "epoch %.40q is no number from 0 to %d", text, math.MaxInt32)
	}
	return storage.Null(int(n)), nil
}

func checkUser(ctx context.Context, tx *storage.Tx, id koji.UserID) error {
	_, err := tx.Users().Get(ctx, storage.UserFilter{ID: storage.Is(id)})
	if err != nil {
		return fmt.Errorf("user %d: %w", id, err)
	}
	return nil
}

// ensurePackage returns the id of a package, which it makes if need be.
func ensurePackage(ctx context.Context, tx *storage.Tx, name string) (koji.PackageID, error) {
	p, err := tx.Packages().Get(ctx, storage.PackageFilter{Name: storage.Is(name)})
	if errors.Is(err, koji.ErrNotFound) {
		p = storage.Package{Name: name}
		err = tx.Packages().Insert(ctx, &p)
	}
	return p.ID, err
}

// create inserts a build or finds one to use again.
func (t *Tracker) create(ctx context.Context, tx *storage.Tx, nvr koji.NVR, b storage.Build, opts CreateOptions) (koji.BuildID, error) {
	if opts.Draft {
		if id, err := restartedDraft(ctx, tx, &b, opts); id != 0 || err != nil {
			return id, err
		}
	}
	old, err := tx.Builds().Get(ctx, storage.BuildFilter{
		Package: storage.Is(b.Package), Version: storage.Is(b.Version), Release: storage.Is(b.Release),
	})
	switch {
	case errors.Is(err, koji.ErrNotFound):
		return insertBuild(ctx, tx, b, opts.Draft)
	case err != nil:
		return 0, err
	case opts.Draft:
		return 0, koji.Errorf(koji.ErrExists, koji.FaultGeneric, "target build %s of the draft exists (id=%d, state=%s)", nvr, old.ID, old.State)
	case opts.Strict:
		return 0, koji.Errorf(koji.ErrExists, koji.FaultGeneric, "existing build found: %s (id=%d, state=%s)", nvr, old.ID, old.State)
	}
	return t.recycle(ctx, tx, nvr, old, b)
}

func insertBuild(ctx context.Context, tx *storage.Tx, b storage.Build, draft bool) (koji.BuildID, error) {
	var err error
	// A build's event is its own, not the one of the transaction.
	if b.CreateEvent, err = tx.NewEvent(ctx); err != nil {
		return 0, err
	}
	if !draft {
		err := tx.Builds().Insert(ctx, &b)
		return b.ID, err
	}
	// The release of a draft holds its id, which only the insert tells.
	target := b.Release
	b.Release = koji.DraftRelease(target, 0)
	if err := tx.Builds().Insert(ctx, &b); err != nil {
		return 0, err
	}
	b.Release, b.Draft = koji.DraftRelease(target, b.ID), true
	return b.ID, tx.Builds().Update(ctx, &b)
}

// restartedDraft finds the draft that a task was building when it was restarted.
func restartedDraft(ctx context.Context, tx *storage.Tx, b *storage.Build, opts CreateOptions) (koji.BuildID, error) {
	if !opts.Building || opts.Task == 0 {
		return 0, nil
	}
	drafts, err := tx.Builds().List(ctx, storage.BuildFilter{
		Package: storage.Is(b.Package), Version: storage.Is(b.Version), Draft: storage.Is(true),
		State: storage.Is(koji.BuildBuilding), Task: storage.Is(opts.Task),
	})
	if err != nil {
		return 0, err
	}
	for _, d := range drafts {
		if d.Release == koji.DraftRelease(b.Release, d.ID) {
			return d.ID, nil
		}
	}
	return 0, nil
}

// recycle uses the row of an old build for a new one.
func (t *Tracker) recycle(ctx context.Context, tx *storage.Tx, nvr koji.NVR, old, b storage.Build) (koji.BuildID, error) {
	switch old.State {
	case koji.BuildBuilding:
		if b.State == koji.BuildBuilding && b.Task == old.Task {
			return old.ID, nil
		}
		by := "reserved"
		if old.Task.Valid {
			by = fmt.Sprintf("task %d", old.Task.V)
		}
		return 0, koji.Errorf(koji.ErrExists, koji.FaultGeneric, "build %s is in progress (%s)", nvr, by)
	case koji.BuildFailed, koji.BuildCanceled:
	default:
		return 0, koji.Errorf(koji.ErrExists, koji.FaultGeneric, "build %s exists (id=%d, state=%s)", nvr, old.ID, old.State)
	}
	if err := checkRecyclable(ctx, tx, nvr, old.ID); err != nil {
		return 0, err
	}
	if _, err := tx.BuildTypes().Delete(ctx, storage.BuildTypeFilter{Build: storage.Is(old.ID)}); err != nil {
		return 0, err
	}
	var err error
	if b.CreateEvent, err = tx.NewEvent(ctx); err != nil {
		return 0, err
	}
	b.ID, b.Draft, b.Promoter, b.PromotionTime, b.CG = old.ID, old.Draft, old.Promoter, old.PromotionTime, old.CG
	if err := tx.Builds().Update(ctx, &b); err != nil {
		return 0, err
	}
	return b.ID, t.clearStray(ctx, tx, nvr)
}

// checkRecyclable checks that nothing refers to a build.
func checkRecyclable(ctx context.Context, tx *storage.Tx, nvr koji.NVR, id koji.BuildID) error {
	tagged, err := tx.TagListings().History(ctx, storage.TagListingFilter{Build: storage.Is(id)}, storage.Page{Limit: 1})
	if err != nil {
		return err
	}
	if len(tagged) > 0 {
		return koji.Errorf(koji.ErrExists, koji.FaultGeneric, "build %s (id=%d) cannot be used again: it has tag history", nvr, id)
	}
	rpms, err := tx.RPMs().List(ctx, storage.RPMFilter{Build: storage.Is(id)}, storage.Page{Limit: 1})
	if err != nil {
		return err
	}
	if len(rpms) > 0 {
		return koji.Errorf(koji.ErrExists, koji.FaultGeneric, "build %s (id=%d) cannot be used again: it has rpms", nvr, id)
	}
	return nil
}

// clearStray removes what an earlier attempt may have left in the place of a build,
// on any volume.
func (t *Tracker) clearStray(ctx context.Context, tx *storage.Tx, nvr koji.NVR) error {
	volumes, err := tx.Volumes().List(ctx, storage.VolumeFilter{})
	if err != nil {
		return err
	}
	for _, v := range volumes {
		p, err := placeOf(nvr, v.Name)
		if err != nil {
			return err
		}
		if err := t.tree.RemoveAll(ctx, p.root()); err != nil {
			return err
		}
	}
	return nil
}

// Complete ends the building of a build that has nothing more to come: its state
// becomes COMPLETE. It fails with koji.ErrState if that is not BUILDING.
func (t *Tracker) Complete(ctx context.Context, id koji.BuildID) error {
	return t.store.Update(ctx, func(tx *storage.Tx) error {
		b, err := tx.Builds().Get(ctx, storage.BuildFilter{ID: storage.Is(id)})
		if err != nil {
			return err
		}
		if b.State != koji.BuildBuilding {
			return koji.Errorf(koji.ErrState, koji.FaultGeneric, "cannot complete build %d: it is %s, not BUILDING", id, b.State)
		}
		b.State, b.CompletionTime = koji.BuildComplete, storage.Null(tx.Now())
		return tx.Builds().Update(ctx, &b)
	})
}

// NextRelease returns the release that the next build of a package and version
// should have, as [koji.NextRelease] computes it; incr is normally 1.
func (t *Tracker) NextRelease(ctx context.Context, name, version string, incr int) (string, error) {
	var last []koji.BuildRelease
	err := t.store.View(ctx, func(tx *storage.Tx) error {
		pkg, err := tx.Packages().Get(ctx, storage.PackageFilter{Name: storage.Is(name)})
		if errors.Is(err, koji.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		builds, err := tx.Builds().List(ctx, storage.BuildFilter{
			Package: storage.Is(pkg.ID), Version: storage.Is(version), Draft: storage.Is(false),
			State: storage.Is(koji.BuildComplete, koji.BuildDeleted, koji.BuildBuilding),
		}, storage.Page{Order: []storage.Order{{Column: "id", Desc: true}}, Limit: 1})
		for _, b := range builds {
			last = append(last, koji.BuildRelease{ID: b.ID, Release: b.Release, Draft: b.Draft, State: b.State})
		}
		return err
	})
	if err != nil {
		return "", err
	}
	return koji.NextRelease(last, incr)
}
