package tag

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// mergeModes are the ways in which repositories are merged, the default first.
var mergeModes = []string{"koji", "simple", "bare"}

// CreateExternalRepo makes an external repository known and returns its id: that of
// a deleted one of the name, with its history, if there is one. A slash is added to
// the URL, in which $arch stands for the architecture, if it does not end in one. A
// repository of the name is koji.ErrExists. It takes the permission admin.
func (e *Editor) CreateExternalRepo(ctx context.Context, name, url string) (koji.ExternalRepoID, error) {
	if err := e.Require(ctx, adminPermission); err != nil {
		return 0, err
	}
	if err := koji.CheckName("external repo", name); err != nil {
		return 0, err
	}
	row, err := e.tx.ExternalRepos().Get(ctx, storage.ExternalRepoFilter{Name: storage.Is(name)})
	known := err == nil
	if err != nil && !errors.Is(err, koji.ErrNotFound) {
		return 0, err
	}
	if known {
		n, err := e.tx.ExternalRepoConfigs().Count(ctx, koji.Now, storage.ExternalRepoConfigFilter{ExternalRepo: storage.Is(row.ID)})
		if err == nil && n > 0 {
			err = koji.Errorf(koji.ErrExists, koji.FaultGeneric, "an external repo named %q exists", name)
		}
		if err != nil {
			return 0, err
		}
	}
	err = e.tx.Try(ctx, func() error {
		if !known {
			row = storage.ExternalRepo{Name: name}
			if err := e.tx.ExternalRepos().Insert(ctx, &row); err != nil {
				return err
			}
		}
		return e.tx.ExternalRepoConfigs().Insert(ctx, &storage.ExternalRepoConfig{ExternalRepo: row.ID, URL: withSlash(url)})
	})
	return row.ID, err
}

func withSlash(url string) string {
	if strings.HasSuffix(url, "/") {
		return url
	}
	return url + "/"
}

// externalRepo returns an external repository that exists now.
func (e *Editor) externalRepo(ctx context.Context, id koji.ExternalRepoID) (storage.ExternalRepo, storage.ExternalRepoConfig, error) {
	config, err := e.tx.ExternalRepoConfigs().Get(ctx, koji.Now, storage.ExternalRepoConfigFilter{ExternalRepo: storage.Is(id)})
	if errors.Is(err, koji.ErrNotFound) {
		err = koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such external repo: %d", id)
	}
	if err != nil {
		return storage.ExternalRepo{}, config, err
	}
	row, err := e.tx.ExternalRepos().Get(ctx, storage.ExternalRepoFilter{ID: storage.Is(id)})
	return row, config, err
}

// EditExternalRepo changes the name and the URL of an external repository; what is
// empty stays. The name is not versioned: it shows at every past event. One that is
// taken is koji.ErrExists. It takes the permission admin.
//
// As in Koji, the URL is compared as it is given: the same one without its slash at
// the end is written anew.
func (e *Editor) EditExternalRepo(ctx context.Context, repo koji.ExternalRepoID, name, url string) error {
	if err := e.Require(ctx, adminPermission); err != nil {
		return err
	}
	row, config, err := e.externalRepo(ctx, repo)
	if err != nil {
		return err
	}
	rename := name != "" && name != row.Name
	if rename {
		if err := koji.CheckName("external repo", name); err != nil {
			return err
		}
		taken, err := e.tx.ExternalRepos().List(ctx, storage.ExternalRepoFilter{Name: storage.Is(name)})
		if err == nil && len(taken) > 0 {
			err = koji.Errorf(koji.ErrExists, koji.FaultGeneric, "name %q is taken by external repo %d", name, taken[0].ID)
		}
		if err != nil {
			return err
		}
	}
	return e.tx.Try(ctx, func() error {
		if rename {
			row.Name = name
			if err := e.tx.ExternalRepos().Update(ctx, &row); err != nil {
				return err
			}
		}
		if url == "" || url == config.URL {
			return nil
		}
		if _, err := e.tx.ExternalRepoConfigs().Revoke(ctx, storage.ExternalRepoConfigFilter{ExternalRepo: storage.Is(repo)}); err != nil {
			return err
		}
		return e.tx.ExternalRepoConfigs().Insert(ctx, &storage.ExternalRepoConfig{ExternalRepo: repo, URL: withSlash(url)})
	})
}

// DeleteExternalRepo ends an external repository and its use by all tags. It takes
// the permission admin.
func (e *Editor) DeleteExternalRepo(ctx context.Context, repo koji.ExternalRepoID) error {
	if err := e.Require(ctx, adminPermission); err != nil {
		return err
	}
	if _, _, err := e.externalRepo(ctx, repo); err != nil {
		return err
	}
	return e.tx.Try(ctx, func() error {
		f := storage.TagExternalRepoFilter{ExternalRepo: storage.Is(repo)}
		n, err := e.tx.TagExternalRepos().Count(ctx, koji.Now, f)
		if err == nil && n > 0 {
			_, err = e.tx.TagExternalRepos().Revoke(ctx, f)
		}
		if err == nil {
			_, err = e.tx.ExternalRepoConfigs().Revoke(ctx, storage.ExternalRepoConfigFilter{ExternalRepo: storage.Is(repo)})
		}
		return err
	})
}

// ExternalRepoUse says how a tag uses an external repository.
type ExternalRepoUse struct {
	Priority  int              // lower first; unique in the tag
	MergeMode string           // koji, simple or bare; empty for koji
	Arches    sql.Null[string] // for which; null or empty for all
}

// AddExternalRepoToTag lets a tag take rpms from an external repository. One that
// it uses already, and a priority that is taken, are koji.ErrExists. It takes the
// permission tag.
func (e *Editor) AddExternalRepoToTag(ctx context.Context, tag koji.TagID, repo koji.ExternalRepoID, use ExternalRepoUse) error {
	if err := e.Require(ctx, tagPermission); err != nil {
		return err
	}
	if use.MergeMode == "" {
		use.MergeMode = mergeModes[0]
	}
	if !slices.Contains(mergeModes, use.MergeMode) {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "no such merge mode: %.40q", use.MergeMode)
	}
	info, err := e.active(ctx, tag)
	if err != nil {
		return err
	}
	row, _, err := e.externalRepo(ctx, repo)
	if err != nil {
		return err
	}
	arches, err := koji.ParseArches(use.Arches.V, koji.ArchesOptions{})
	if err != nil {
		return err
	}
	if use.Priority != int(int32(use.Priority)) {
		return koji.Errorf(koji.ErrInvalid, koji.FaultParameter, "priority %d of external repo %s in tag %s is beyond 32 bits", use.Priority, row.Name, info.Name)
	}
	uses, err := e.tx.TagExternalRepos().List(ctx, koji.Now, storage.TagExternalRepoFilter{Tag: storage.Is(tag)})
	if err != nil {
		return err
	}
	for _, u := range uses {
		switch {
		case u.ExternalRepo == repo:
			return koji.Errorf(koji.ErrExists, koji.FaultGeneric, "tag %s already associated with external repo %s", info.Name, row.Name)
		case u.Priority == use.Priority:
			return koji.Errorf(koji.ErrExists, koji.FaultGeneric, "tag %s already associated with an external repo at priority %d", info.Name, use.Priority)
		}
	}
	use.Arches.V = strings.Join(arches, " ")
	return e.tx.TagExternalRepos().Insert(ctx, &storage.TagExternalRepo{
		Tag: tag, ExternalRepo: repo, Priority: use.Priority, MergeMode: use.MergeMode, Arches: use.Arches,
	})
}

// ExternalRepoChanges are changes of how a tag uses an external repository. Fields
// that are nil leave theirs alone.
type ExternalRepoChanges struct {
	Priority  *int
	MergeMode *string
	Arches    *string // separated by blanks; empty for all
}

// EditTagExternalRepo changes how a tag uses an external repository, and reports
// whether anything was different. A repository that the tag does not use is
// koji.ErrNotFound. It takes the permission tag.
func (e *Editor) EditTagExternalRepo(ctx context.Context, tag koji.TagID, repo koji.ExternalRepoID, c ExternalRepoChanges) (bool, error) {
	if err := e.Require(ctx, tagPermission); err != nil {
		return false, err
	}
	now, err := e.externalRepoUse(ctx, tag, repo)
	if err != nil {
		return false, err
	}
	use := ExternalRepoUse{Priority: now.Priority, MergeMode: now.MergeMode, Arches: now.Arches}
	take(&use.Priority, c.Priority)
	take(&use.MergeMode, c.MergeMode)
	if c.Arches != nil {
		arches, err := koji.ParseArches(*c.Arches, koji.ArchesOptions{Strict: true})
		if err != nil {
			return false, err
		}
		use.Arches = storage.Null(strings.Join(arches, " "))
	}
	if use == (ExternalRepoUse{Priority: now.Priority, MergeMode: now.MergeMode, Arches: now.Arches}) {
		return false, nil
	}
	return true, e.tx.Try(ctx, func() error {
		if err := e.RemoveExternalRepoFromTag(ctx, tag, repo); err != nil {
			return err
		}
		return e.AddExternalRepoToTag(ctx, tag, repo, use)
	})
}

// externalRepoUse returns how a tag uses an external repository.
func (e *Editor) externalRepoUse(ctx context.Context, tag koji.TagID, repo koji.ExternalRepoID) (storage.TagExternalRepo, error) {
	info, err := e.active(ctx, tag)
	if err != nil {
		return storage.TagExternalRepo{}, err
	}
	row, _, err := e.externalRepo(ctx, repo)
	if err != nil {
		return storage.TagExternalRepo{}, err
	}
	use, err := e.tx.TagExternalRepos().Get(ctx, koji.Now, ownUse(tag, repo))
	if errors.Is(err, koji.ErrNotFound) {
		err = koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "external repo %s not associated with tag %s", row.Name, info.Name)
	}
	return use, err
}

func ownUse(tag koji.TagID, repo koji.ExternalRepoID) storage.TagExternalRepoFilter {
	return storage.TagExternalRepoFilter{Tag: storage.Is(tag), ExternalRepo: storage.Is(repo)}
}

// RemoveExternalRepoFromTag ends a tag's use of an external repository; one that
// the tag does not use is koji.ErrNotFound. It takes the permission tag.
func (e *Editor) RemoveExternalRepoFromTag(ctx context.Context, tag koji.TagID, repo koji.ExternalRepoID) error {
	if err := e.Require(ctx, tagPermission); err != nil {
		return err
	}
	if _, err := e.externalRepoUse(ctx, tag, repo); err != nil {
		return err
	}
	_, err := e.tx.TagExternalRepos().Revoke(ctx, ownUse(tag, repo))
	return err
}
