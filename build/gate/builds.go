package gate

import (
	"context"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/storage"
)

// Build implements [policy.Lookups].
func (l *Lookups) Build(ctx context.Context, ref policy.BuildRef) (*policy.Build, error) {
	facts, err := l.Prefetch(ctx, policy.Questions{Asks: policy.AsksBuild, Builds: []policy.BuildRef{ref}})
	if err != nil {
		return nil, err
	}
	return facts.Builds[0].Answer, nil
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
