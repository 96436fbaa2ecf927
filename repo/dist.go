package repo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo/rpmmd"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/files"
)

// Generator makes repositories from the builds of a Koji system. It is safe for
// concurrent use.
type Generator struct {
	store  *storage.Store
	tree   *files.Tree
	source PackageSource
}

// NewGenerator returns a generator that keeps its records in store, takes rpms
// from tree and writes repositories there, and asks source what a tag offers.
func NewGenerator(store *storage.Store, tree *files.Tree, source PackageSource) *Generator {
	return &Generator{store: store, tree: tree, source: source}
}

// layout names files below the root of a tree.
var layout = koji.PathInfo{Topdir: "."}

// DistOptions say which dist repository to make.
type DistOptions struct {
	Tag koji.TagID
	At  koji.EventID // the event whose content it shows; koji.Now makes a new one
	// Arches are those of the repositories to make, src for one of source
	// packages; canonical names are made of others. Without any, they are those
	// of the tag.
	Arches    []string
	Selection Selection
	NoInherit bool   // leave out what the tag inherits
	AllBuilds bool   // every tagged build, not only the latest of each package
	Volume    string // that the repository is written to; empty for the default one
	Comps     []byte // comps.xml, passed through; nil for none
	Metadata  rpmmd.Options
	// Progress, if not nil, is called from one goroutine at a time.
	Progress func(Progress)
}

// Progress is how far a repository has come.
type Progress struct {
	Arch  string // of the repository being written
	Step  Step
	Done  int // rpms
	Total int // rpms
}

// Step is what is being done for a repository.
type Step string

// Steps, in their order.
const (
	LinkStep     Step = "link"     // putting the rpms in place
	MetadataStep Step = "metadata" // reading their headers and writing metadata
)

// Dist is a finished dist repository.
type Dist struct {
	Repo    storage.Repo
	TagName string
	Path    string // below the root of the tree
	Latest  string // path of the link that names it, empty if a newer one is there already
	Arches  []DistArch

	// Unfinished is what went wrong with cleaning up after the repository was
	// complete and visible.
	Unfinished error
}

// DistArch is the repository of one architecture.
type DistArch struct {
	Arch     string
	Packages []Selected               // by file name
	Unsigned []UnsignedRPM            // without a wanted signature, skipped or not
	Metadata map[string]*rpmmd.Result // by subrepo; that of the main one under ""
	Warnings []rpmmd.Warning
}

// Dist makes a dist repository as user actor.
//
// Nothing is written before every architecture's selection is known to be good;
// see [Selection.Select] for how that fails. A tag that does not exist is
// koji.ErrNotFound, no architecture at all koji.ErrInvalid.
func (g *Generator) Dist(ctx context.Context, actor koji.UserID, opts DistOptions) (*Dist, error) {
	d := &dist{Generator: g, opts: opts}
	if d.opts.Volume == "" {
		d.opts.Volume = koji.DefaultVolume
	}
	if err := d.begin(ctx, actor); err != nil {
		return nil, err
	}
	err := d.make(ctx)
	if err == nil {
		return &d.result, nil
	}
	// The row stays, as every id that was given out does, but says that there
	// are no files. That must not depend on the context that ended us.
	return nil, errors.Join(err, d.setState(context.WithoutCancel(ctx), koji.RepoDeleted))
}

// dist is the making of one dist repository.
type dist struct {
	*Generator
	opts   DistOptions
	result Dist
	dir    string // of the repository, below that of its volume
	stage  *files.Stage
}

// begin creates the record.
func (d *dist) begin(ctx context.Context, actor koji.UserID) error {
	return d.store.Update(ctx, func(tx *storage.Tx) error {
		tx.Actor = actor
		config, err := tx.TagConfigs().Get(ctx, koji.Now, storage.TagConfigFilter{Tag: storage.Is(d.opts.Tag)})
		if err != nil {
			return koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such tag: %d", d.opts.Tag)
		}
		name, err := tx.Tags().Get(ctx, storage.TagFilter{ID: storage.Is(d.opts.Tag)})
		if err != nil {
			return err
		}
		d.result.TagName = name.Name
		if err := d.setArches(config.Arches.V); err != nil {
			return err
		}
		if d.opts.At == koji.Now {
			d.opts.At, err = tx.NewEvent(ctx)
		} else {
			_, err = tx.Events().Get(ctx, storage.EventFilter{ID: storage.Is(d.opts.At)})
		}
		if err != nil {
			return err
		}
		d.result.Repo = storage.Repo{
			CreationTime: tx.Now(), StateTime: tx.Now(), CreateEvent: d.opts.At,
			Tag: d.opts.Tag, State: koji.RepoInit, Dist: true,
		}
		if err := tx.Repos().Insert(ctx, &d.result.Repo); err != nil {
			return err
		}
		if d.dir, err = layout.DistRepo(name.Name, d.result.Repo.ID, koji.DefaultVolume); err != nil {
			return err
		}
		d.result.Path, err = layout.DistRepo(name.Name, d.result.Repo.ID, d.opts.Volume)
		return err
	})
}

// setArches settles which architectures to make, in the order given.
func (d *dist) setArches(ofTag string) error {
	wanted := d.opts.Arches
	if len(wanted) == 0 {
		var err error
		if wanted, err = koji.ParseArches(ofTag, koji.ArchesOptions{}); err != nil {
			return err
		}
	}
	if err := koji.CheckArches(wanted); err != nil {
		return err
	}
	for _, a := range wanted {
		a = koji.CanonArch(a)
		if a == "" || slices.ContainsFunc(d.result.Arches, func(have DistArch) bool { return have.Arch == a }) {
			continue
		}
		d.result.Arches = append(d.result.Arches, DistArch{Arch: a})
	}
	if len(d.result.Arches) == 0 {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "no architecture to make a repository of %s for", d.result.TagName)
	}
	return nil
}

// make fills the repository and shows it.
func (d *dist) make(ctx context.Context) (err error) {
	if err := d.choose(ctx); err != nil {
		return err
	}
	volume, err := layout.Volume(d.opts.Volume)
	if err != nil {
		return err
	}
	if d.stage, err = d.tree.Stage(volume); err != nil {
		return err
	}
	defer func() {
		if e := d.stage.Discard(); err == nil {
			d.result.Unfinished = e
		} else {
			err = errors.Join(err, e)
		}
	}()
	for i := range d.result.Arches {
		if err := d.writeArch(ctx, &d.result.Arches[i]); err != nil {
			return fmt.Errorf("repository of %s for %s: %w", d.result.TagName, d.result.Arches[i].Arch, err)
		}
	}
	if err := d.writeInfo(); err != nil {
		return err
	}
	if err := d.stage.Sync(ctx); err != nil {
		return err
	}
	if err := d.show(ctx); err != nil {
		return errors.Join(err, d.stage.Withdraw())
	}
	return nil
}

// show makes the finished repository visible and says so in its record.
func (d *dist) show(ctx context.Context) error {
	if err := d.stage.Publish(d.dir); err != nil {
		return err
	}
	if err := d.stage.Confirm(ctx); err != nil {
		return err
	}
	if d.opts.Volume != koji.DefaultVolume {
		up := strings.Repeat("../", strings.Count(path.Dir(path.Clean(d.dir)), "/")+1)
		if err := d.tree.Symlink(up+path.Clean(d.result.Path), d.dir); err != nil {
			return err
		}
	}
	if err := d.setState(ctx, koji.RepoReady); err != nil {
		return err
	}
	return d.link(ctx)
}

// choose selects the rpms of all architectures.
func (d *dist) choose(ctx context.Context) error {
	var rpmArches []string
	for _, a := range d.result.Arches {
		for _, arch := range koji.RepoArches(a.Arch) {
			if !slices.Contains(rpmArches, arch) {
				rpmArches = append(rpmArches, arch)
			}
		}
	}
	candidates, err := d.source.Candidates(ctx, Query{
		Tag: d.opts.Tag, At: d.opts.At, Arches: rpmArches,
		NoInherit: d.opts.NoInherit, AllBuilds: d.opts.AllBuilds,
	})
	if err != nil {
		return err
	}
	for i := range d.result.Arches {
		a := &d.result.Arches[i]
		arches := koji.RepoArches(a.Arch)
		mine := slices.Collect(func(yield func(Candidate) bool) {
			for _, c := range candidates {
				if slices.Contains(arches, c.NVRA.Arch) && !yield(c) {
					return
				}
			}
		})
		if a.Packages, a.Unsigned, err = d.opts.Selection.Select(ctx, mine, layout, treeFiles{d.tree}); err != nil {
			return err
		}
	}
	return nil
}

// writeInfo writes what describes the repository as a whole.
func (d *dist) writeInfo() error {
	info, err := json.MarshalIndent(struct {
		ID     koji.RepoID  `json:"id"`
		Tag    string       `json:"tag"`
		TagID  koji.TagID   `json:"tag_id"`
		Event  koji.EventID `json:"event_id"`
		Keys   []string     `json:"keys"`
		Volume string       `json:"volume"`
	}{d.result.Repo.ID, d.result.TagName, d.opts.Tag, d.opts.At, d.opts.Selection.Keys, d.opts.Volume}, "", "  ")
	if err != nil {
		return err
	}
	if err := d.stage.WriteFile(d.dir+"/repo.json", info); err != nil {
		return err
	}
	if d.opts.Comps == nil {
		return nil
	}
	return d.stage.WriteFile(d.dir+"/groups/comps.xml", d.opts.Comps)
}

func (d *dist) setState(ctx context.Context, state koji.RepoState) error {
	return d.store.Update(ctx, func(tx *storage.Tx) error {
		d.result.Repo.State, d.result.Repo.StateTime = state, tx.Now()
		return tx.Repos().Update(ctx, &d.result.Repo)
	})
}

// link makes "latest" name the repository, unless a newer one is ready.
func (d *dist) link(ctx context.Context) error {
	newer := 0
	err := d.store.View(ctx, func(tx *storage.Tx) (err error) {
		newer, err = tx.Repos().Count(ctx, storage.RepoFilter{
			ID: storage.Above(d.result.Repo.ID), Tag: storage.Is(d.opts.Tag),
			State: storage.Is(koji.RepoReady), Dist: storage.Is(true),
		})
		return err
	})
	if err != nil || newer > 0 {
		return err
	}
	latest, err := layout.LatestDistRepo(d.result.TagName)
	if err != nil {
		return err
	}
	before, err := d.tree.Readlink(latest)
	if err != nil && !errors.Is(err, koji.ErrNotFound) {
		return err
	}
	if err := d.tree.Symlink(path.Base(d.dir), latest); err != nil {
		// The repository is about to be withdrawn, so nothing may name it.
		if before == "" {
			return errors.Join(err, d.tree.Remove(latest))
		}
		return errors.Join(err, d.tree.Symlink(before, latest))
	}
	d.result.Latest = latest
	return nil
}
