package files

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/kojikit/kojikit/koji"
)

// root is a directory that operations cannot leave. It adds to os.Root the
// checks, errors and hook of this package.
type root struct {
	*os.Root
	prefix string // path of the directory, relative to the root of the tree
	before func(op, name string) error
}

// clean returns the shortest form of a name that is inside of the tree.
func clean(name string) (string, error) {
	if !filepath.IsLocal(name) || strings.IndexByte(name, 0) >= 0 {
		return "", koji.Errorf(koji.ErrUnsafePath, koji.FaultGeneric, "unsafe path: %.200q is no name inside of the tree", name)
	}
	return path.Clean(name), nil
}

// change runs one change of the file system after the hook has agreed.
func (r *root) change(op, name string, do func() error) error {
	if r.before != nil {
		if err := r.before(op, path.Join(r.prefix, name)); err != nil {
			return err
		}
	}
	return r.explain(do())
}

// explain gives an error its kind, and its path relative to the root of the tree.
func (r *root) explain(err error) error {
	if err == nil {
		return nil
	}
	var refusal error
	var pathError *fs.PathError
	var linkError *os.LinkError
	switch {
	case errors.As(err, &pathError):
		pathError.Path = r.relative(pathError.Path)
		refusal = pathError.Err
	case errors.As(err, &linkError):
		linkError.Old, linkError.New = r.relative(linkError.Old), r.relative(linkError.New)
		refusal = linkError.Err
	}
	var errno syscall.Errno
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "%w", err)
	case errors.Is(err, fs.ErrExist):
		return koji.Errorf(koji.ErrExists, koji.FaultGeneric, "%w", err)
	case refusal != nil && !errors.As(refusal, &errno) && !errors.Is(refusal, fs.ErrClosed):
		// What the system did not say is what os.Root says: it refuses.
		return koji.Errorf(koji.ErrUnsafePath, koji.FaultGeneric, "unsafe path: %w", err)
	}
	return err
}

// relative returns a path in an error relative to the root of the tree. Open
// files are called by their full path, everything else by that in r.
func (r *root) relative(name string) string {
	if rest, ok := strings.CutPrefix(name, r.Name()+"/"); ok {
		name = rest
	}
	return path.Join(r.prefix, name)
}

func (r *root) mkdir(name string) error {
	return r.change("mkdir", name, func() error { return r.Mkdir(name, 0o777) })
}

func (r *root) create(name string) (f *os.File, err error) {
	err = r.change("create", name, func() error {
		f, err = r.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		return err
	})
	return f, err
}

func (r *root) rename(oldname, newname string) error {
	return r.change("rename", newname, func() error { return r.Rename(oldname, newname) })
}

func (r *root) link(oldname, newname string) error {
	return r.change("link", newname, func() error { return r.Link(oldname, newname) })
}

func (r *root) symlink(target, name string) error {
	return r.change("symlink", name, func() error { return r.Symlink(target, name) })
}

// remove removes a file or an empty directory.
func (r *root) remove(name string) error {
	return r.change("remove", name, func() error { return r.Remove(name) })
}

func (r *root) open(name string) (*os.File, error) {
	f, err := r.Open(name)
	return f, r.explain(err)
}

func (r *root) lstat(name string) (fs.FileInfo, error) {
	info, err := r.Lstat(name)
	return info, r.explain(err)
}

// sync flushes a file or directory to the disk.
func (r *root) sync(name string) error {
	f, err := r.open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return r.flush(f, name)
}

func (r *root) flush(f *os.File, name string) error {
	return r.change("sync", name, func() error {
		err := f.Sync()
		// Not every file system can sync a directory.
		if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
			return nil
		}
		return err
	})
}

// syncAll flushes files and directories that are still there.
func (r *root) syncAll(ctx context.Context, names []string) error {
	// A sync waits for the disk, not for a processor, and the disk is faster
	// when it has several to do.
	const workers = 8
	next := make(chan string)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for name := range next {
				if err := gone(r.sync(name)); err != nil {
					cancel(err)
				}
			}
		})
	}
feed:
	for _, name := range names {
		select {
		case next <- name:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	wg.Wait()
	return context.Cause(ctx)
}

// mkdirAll makes a directory and its parents, and returns those that were not
// there, parents first.
func (r *root) mkdirAll(name string) (made []string, err error) {
	if name == "." {
		return nil, nil
	}
	err = r.mkdir(name)
	if errors.Is(err, koji.ErrNotFound) {
		if made, err = r.mkdirAll(path.Dir(name)); err != nil {
			return made, err
		}
		err = r.mkdir(name)
	}
	switch {
	case err == nil:
		return append(made, name), nil
	case errors.Is(err, koji.ErrExists):
		return made, nil // if it is no directory, its use will tell
	}
	return made, err
}

// unmake removes directories made by mkdirAll, unless they are in use by now.
func (r *root) unmake(made []string) error {
	for i := len(made) - 1; i >= 0; i-- {
		switch err := r.remove(made[i]); {
		case errors.Is(err, koji.ErrExists):
			return nil
		case gone(err) != nil:
			return err
		}
	}
	return nil
}

// within calls create, which makes name, after making the directories above it,
// and returns those that were not there. It tries again when somebody else, who
// thought they were not needed, removed them in between.
func (r *root) within(name string, create func() error) (made []string, err error) {
	for range 10 {
		made, err = r.mkdirAll(path.Dir(name))
		if err == nil {
			err = create()
		}
		if err == nil {
			return made, nil
		}
		if !errors.Is(err, koji.ErrNotFound) {
			break
		}
	}
	return nil, errors.Join(err, r.unmake(made))
}

// gone forgives that something is not there.
func gone(err error) error {
	if errors.Is(err, koji.ErrNotFound) {
		return nil
	}
	return err
}
