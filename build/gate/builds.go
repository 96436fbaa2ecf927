package gate

import (
	"context"
	"encoding/json"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/storage"
)

// Build implements [policy.Lookups].
func (l *Lookups) Build(ctx context.Context, ref policy.BuildRef) (*policy.Build, error) {
	if ref.ID == 0 {
		return read(ctx, l, func(tx *storage.Tx) (*policy.Build, error) { return buildOfNVR(ctx, tx, ref) })
	}
	if b, ok := l.known[ref.ID]; ok {
		return b, nil
	}
	wanted := append([]koji.BuildID{ref.ID}, l.builds...)
	found, err := read(ctx, l, func(tx *storage.Tx) (map[koji.BuildID]*policy.Build, error) {
		rows, err := tx.Builds().List(ctx, storage.BuildFilter{ID: storage.Is(wanted...)})
		if err != nil {
			return nil, err
		}
		return complete(ctx, tx, rows)
	})
	if err == nil && l.builds != nil {
		l.known, l.builds = found, nil
	}
	return found[ref.ID], err
}

func buildOfNVR(ctx context.Context, tx *storage.Tx, ref policy.BuildRef) (*policy.Build, error) {
	pkg, err := first(tx.Packages().List(ctx, storage.PackageFilter{Name: storage.Is(ref.Name)}))
	if err != nil || pkg == nil {
		return nil, err
	}
	rows, err := tx.Builds().List(ctx, storage.BuildFilter{
		Package: storage.Is(pkg.ID), Version: storage.Is(ref.Version), Release: storage.Is(ref.Release),
	})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	found, err := complete(ctx, tx, rows[:1])
	return found[rows[0].ID], err
}

// complete adds to builds what is in other tables.
func complete(ctx context.Context, tx *storage.Tx, rows []storage.Build) (map[koji.BuildID]*policy.Build, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	packages, err := tx.Packages().List(ctx, storage.PackageFilter{
		ID: storage.Is(ids(rows, func(b *storage.Build) koji.PackageID { return b.Package })...),
	})
	if err != nil {
		return nil, err
	}
	volumes, err := tx.Volumes().List(ctx, storage.VolumeFilter{
		ID: storage.Is(ids(rows, func(b *storage.Build) koji.VolumeID { return b.Volume })...),
	})
	if err != nil {
		return nil, err
	}
	owners, err := tx.Users().List(ctx, storage.UserFilter{
		ID: storage.Is(ids(rows, func(b *storage.Build) koji.UserID { return b.Owner })...),
	})
	if err != nil {
		return nil, err
	}
	packageName := index(packages, func(p *storage.Package) (koji.PackageID, string) { return p.ID, p.Name })
	volumeName := index(volumes, func(v *storage.Volume) (koji.VolumeID, string) { return v.ID, v.Name })
	ownerType := index(owners, func(u *storage.User) (koji.UserID, koji.UserType) { return u.ID, u.Type })
	return index(rows, func(b *storage.Build) (koji.BuildID, *policy.Build) {
		return b.ID, &policy.Build{
			ID: b.ID, Package: policy.Name{ID: int64(b.Package), Name: packageName[b.Package]},
			Version: b.Version, Release: b.Release, Draft: b.Draft, Volume: volumeName[b.Volume],
			Owner: b.Owner, OwnerIsGroup: ownerType[b.Owner] == koji.UserGroup,
			Source: sourceOf(b), Task: taskOf(b),
		}
	}), nil
}

func sourceOf(b *storage.Build) *string {
	if !b.Source.Valid {
		return nil
	}
	return &b.Source.V
}

// taskOf returns the task of a build. Content generators that ran one say so in the
// free settings.
func taskOf(b *storage.Build) koji.TaskID {
	if b.Task.Valid || !b.Extra.Valid {
		return b.Task.V
	}
	var extra struct {
		Task koji.TaskID `json:"container_koji_task_id"`
	}
	if json.Unmarshal([]byte(b.Extra.V), &extra) != nil {
		return 0 // of another form, and no task then
	}
	return extra.Task
}

// BuildTags implements [policy.Lookups].
func (l *Lookups) BuildTags(ctx context.Context, build koji.BuildID) ([]string, error) {
	return read(ctx, l, func(tx *storage.Tx) ([]string, error) {
		rows, err := tx.TagListings().List(ctx, koji.Now, storage.TagListingFilter{Build: storage.Is(build)})
		if err != nil {
			return nil, err
		}
		lists, err := nameAll(ctx, tx, [][]koji.TagID{ids(rows, func(r *storage.TagListing) koji.TagID { return r.Tag })})
		if err != nil {
			return nil, err
		}
		return lists[0], nil
	})
}

// BuildTypes implements [policy.Lookups].
func (l *Lookups) BuildTypes(ctx context.Context, build koji.BuildID) ([]string, error) {
	return read(ctx, l, func(tx *storage.Tx) ([]string, error) {
		rows, err := tx.BuildTypes().List(ctx, storage.BuildTypeFilter{Build: storage.Is(build)})
		if err != nil {
			return nil, err
		}
		var names []string
		if len(rows) > 0 {
			types, err := tx.BTypes().List(ctx, storage.BTypeFilter{
				ID: storage.Is(ids(rows, func(t *storage.BuildType) koji.BTypeID { return t.BType })...),
			})
			if err != nil {
				return nil, err
			}
			for _, t := range types {
				names = append(names, t.Name)
			}
		}
		for _, old := range []struct {
			name  string
			count func() (int, error)
		}{
			{"maven", func() (int, error) {
				return tx.MavenBuilds().Count(ctx, storage.MavenBuildFilter{Build: storage.Is(build)})
			}},
			{"win", func() (int, error) {
				return tx.WinBuilds().Count(ctx, storage.WinBuildFilter{Build: storage.Is(build)})
			}},
			{"image", func() (int, error) {
				return tx.ImageBuilds().Count(ctx, storage.ImageBuildFilter{Build: storage.Is(build)})
			}},
		} {
			n, err := old.count()
			if err != nil {
				return nil, err
			}
			if n > 0 {
				names = append(names, old.name)
			}
		}
		return names, nil
	})
}

// Task implements [policy.Lookups].
func (l *Lookups) Task(ctx context.Context, id koji.TaskID) (*policy.Task, error) {
	return read(ctx, l, func(tx *storage.Tx) (*policy.Task, error) {
		row, err := first(tx.Tasks().List(ctx, storage.TaskFilter{ID: storage.Is(id)}))
		if err != nil || row == nil {
			return nil, err
		}
		args, err := decodeRequest(row.Request.V)
		if err != nil {
			return nil, koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "request of task %d: %w", id, err)
		}
		return &policy.Task{Method: row.Method.V, Args: args}, nil
	})
}
