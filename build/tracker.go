package build

import (
	"context"
	"database/sql"
	"fmt"
	"path"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/files"
)

// Tracker keeps builds: their rows in a store and their files in a tree. It is
// safe for concurrent use, by several processes too.
type Tracker struct {
	store *storage.Store
	tree  *files.Tree
	names func(what, name string) error
}

// Options configure a [Tracker]. The zero value is useful.
type Options struct {
	// Names is the rule for the names of new packages; nil means
	// [koji.CheckName].
	Names *koji.NameRule
}

// New returns a tracker of the builds in store, whose files are in tree.
func New(store *storage.Store, tree *files.Tree, opts Options) *Tracker {
	t := &Tracker{store: store, tree: tree, names: koji.CheckName}
	if opts.Names != nil {
		t.names = opts.Names.Check
	}
	return t
}

// layout names files relative to the root of a tree.
var layout = koji.PathInfo{Topdir: "."}

// place is where the files of a build are: the directory of its volume, and its
// own relative to that.
type place struct{ volume, dir string }

// placeOf returns the place of a build on a volume, and fails for names that must
// not become paths.
func placeOf(nvr koji.NVR, volume string) (place, error) {
	dir, err := layout.Volume(volume)
	if err != nil {
		return place{}, err
	}
	build, err := layout.Build(nvr, koji.DefaultVolume)
	return place{volume: path.Clean(dir), dir: path.Clean(build)}, err
}

// root returns the build's directory in the tree.
func (p place) root() string { return path.Join(p.volume, p.dir) }

// file returns the path of one of the build's files relative to the volume.
func (p place) file(rel string) string { return path.Join(p.dir, rel) }

// name returns the path of one of the build's files in the tree.
func (p place) name(rel string) string { return path.Join(p.volume, p.dir, rel) }

// tracked is an rpm of a build, with what it takes to find its files.
type tracked struct {
	storage.RPM
	place place
}

// rpm loads an rpm of this system. Those of external repositories have no files.
func (t *Tracker) rpm(ctx context.Context, tx *storage.Tx, id koji.RPMID) (tracked, error) {
	r, err := tx.RPMs().Get(ctx, storage.RPMFilter{ID: storage.Is(id)})
	if err != nil {
		return tracked{}, fmt.Errorf("rpm %d: %w", id, err)
	}
	if !r.Build.Valid {
		return tracked{}, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "rpm %s is from an external repository", r.NVRA())
	}
	b, err := tx.Builds().Get(ctx, storage.BuildFilter{ID: storage.Is(r.Build.V)})
	if err != nil {
		return tracked{}, fmt.Errorf("rpm %s: %w", r.NVRA(), err)
	}
	p, err := t.placeOf(ctx, tx, &b)
	return tracked{r, p}, err
}

// placeOf returns the place of a build that has a row.
func (t *Tracker) placeOf(ctx context.Context, tx *storage.Tx, b *storage.Build) (place, error) {
	pkg, err := tx.Packages().Get(ctx, storage.PackageFilter{ID: storage.Is(b.Package)})
	if err != nil {
		return place{}, fmt.Errorf("build %d: %w", b.ID, err)
	}
	volume, err := tx.Volumes().Get(ctx, storage.VolumeFilter{ID: storage.Is(b.Volume)})
	if err != nil {
		return place{}, fmt.Errorf("build %d: %w", b.ID, err)
	}
	return placeOf(koji.NVR{Name: pkg.Name, Version: b.Version, Release: b.Release}, volume.Name)
}

func null[T any](v T, valid bool) sql.Null[T] { return sql.Null[T]{V: v, Valid: valid} }
