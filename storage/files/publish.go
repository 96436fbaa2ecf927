package files

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"

	"github.com/kojikit/kojikit/koji"
)

// publication is one step that made something visible.
type publication struct {
	name  string   // relative to the volume
	moved bool     // a directory that left the stage; otherwise a link to a file in it
	made  []string // directories that were made above it
}

// Publish makes a staged file or directory visible under its name. A directory
// of which nothing is there yet appears whole, by one rename; otherwise what is
// in it is published one by one. A file appears by one hard link; one that is in
// the way is koji.ErrExists and stays. After a failure, Withdraw.
//
// What was published is durable after Confirm.
func (s *Stage) Publish(name string) error {
	name, err := clean(name)
	if err != nil {
		return err
	}
	info, err := s.staged.lstat(name)
	if err != nil {
		return err
	}
	return s.publish(name, info.IsDir())
}

func (s *Stage) publish(name string, dir bool) error {
	r := &s.tree.root
	staged, target := path.Join(s.dir, stagedName, name), path.Join(s.volume, name)
	made, err := r.within(target, func() error {
		if dir {
			return r.rename(staged, target)
		}
		return r.link(staged, target)
	})
	if err == nil {
		s.published = append(s.published, publication{name: name, moved: dir, made: made})
		return nil
	}
	if !dir {
		return err
	}
	switch there, e := r.lstat(target); {
	case e != nil:
		return err
	case !there.IsDir():
		return exists("publish", target)
	case !errors.Is(err, koji.ErrExists):
		return err
	}
	entries, err := fs.ReadDir(s.staged.FS(), name)
	if err != nil {
		return s.staged.explain(err)
	}
	for _, e := range entries {
		if err := s.publish(path.Join(name, e.Name()), e.IsDir()); err != nil {
			return err
		}
	}
	return nil
}

// Withdraw takes back what was published, latest first, as if it had never been
// visible. It goes on after a failure and returns all of them.
func (s *Stage) Withdraw() error {
	r := &s.tree.root
	var errs []error
	for i := len(s.published) - 1; i >= 0; i-- {
		p := s.published[i]
		target := path.Join(s.volume, p.name)
		var err error
		if p.moved {
			err = r.rename(target, path.Join(s.dir, stagedName, p.name))
		} else {
			_, err = s.unpublish(p.name)
		}
		if err == nil {
			err = r.unmake(p.made)
		}
		errs = append(errs, err)
	}
	s.published = nil
	return errors.Join(errs...)
}

// Confirm makes what was published durable. After it the stage can be discarded.
func (s *Stage) Confirm(ctx context.Context) error {
	changed := make(map[string]bool)
	for _, p := range s.published {
		changed[path.Join(s.volume, path.Dir(p.name))] = true
		for _, dir := range p.made {
			changed[path.Dir(dir)] = true
		}
	}
	return s.tree.root.syncAll(ctx, slices.Collect(maps.Keys(changed)))
}

// unpublish removes a published file if it is the one of this stage, and tells
// whether it was.
func (s *Stage) unpublish(name string) (bool, error) {
	target := path.Join(s.volume, name)
	published, err := s.tree.root.lstat(target)
	if err != nil {
		return false, gone(err)
	}
	// A file that is not in the stage any more left it in a directory that was
	// moved, and nothing can have taken its place.
	staged, err := s.staged.lstat(name)
	if gone(err) != nil || err == nil && !os.SameFile(staged, published) {
		return false, gone(err)
	}
	return true, s.tree.root.remove(target)
}

// Settle brings one file of a leftover stage to where it belongs: if keep is
// true it publishes the file, unless that was done, and else it removes the
// published file, unless it is not of this stage, with directories that are empty
// then. It tells whether it did something.
func (s *Stage) Settle(name string, keep bool) (bool, error) {
	name, err := clean(name)
	if err != nil {
		return false, err
	}
	if !keep {
		done, err := s.unpublish(name)
		if err == nil {
			err = s.tree.Prune(path.Join(s.volume, path.Dir(name)))
		}
		return done, err
	}
	switch _, err := s.staged.lstat(name); {
	case errors.Is(err, koji.ErrNotFound):
		return false, nil
	case err != nil:
		return false, err
	}
	switch err := s.publish(name, false); {
	case errors.Is(err, koji.ErrExists):
		return false, nil
	case err != nil:
		return false, err
	}
	return true, s.tree.root.sync(path.Join(s.volume, path.Dir(name)))
}
