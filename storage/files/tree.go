package files

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"sync/atomic"

	"github.com/kojikit/kojikit/koji"
)

// Tree is a directory with all that is in it. It is safe for concurrent use, by
// several processes too.
type Tree struct {
	root root
	seq  atomic.Int64 // source of temporary names
}

// Options configure a [Tree]. The zero value is useful.
type Options struct {
	// Before, if set, is called before each change: with what is going to be
	// done (mkdir, create, write, sync, rename, link, symlink, remove) and the
	// name it is done to. If it returns an error, that is what the operation
	// fails with. Tests use it to fail at every step; it must be safe for
	// concurrent use.
	Before func(op, name string) error
}

// Open returns the tree below a directory, which must exist.
func Open(dir string, opts Options) (*Tree, error) {
	r, err := os.OpenRoot(dir)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "%w", err)
		}
		return nil, err
	}
	return &Tree{root: root{Root: r, before: opts.Before}}, nil
}

// Close releases the tree's directory.
func (t *Tree) Close() error { return t.root.Close() }

// Dir returns the path of the root, as it was given to Open.
func (t *Tree) Dir() string { return t.root.Name() }

// Open opens a file or directory for reading.
func (t *Tree) Open(name string) (*os.File, error) {
	name, err := clean(name)
	if err != nil {
		return nil, err
	}
	return t.root.open(name)
}

// ReadFile returns the content of a file.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	name, err := clean(name)
	if err != nil {
		return nil, err
	}
	data, err := t.root.ReadFile(name)
	return data, t.root.explain(err)
}

// ReadDir returns the entries of a directory, sorted by name.
func (t *Tree) ReadDir(name string) ([]fs.DirEntry, error) {
	name, err := clean(name)
	if err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(t.root.FS(), name)
	return entries, t.root.explain(err)
}

// Stat describes a file or directory, following links.
func (t *Tree) Stat(name string) (fs.FileInfo, error) {
	name, err := clean(name)
	if err != nil {
		return nil, err
	}
	info, err := t.root.Stat(name)
	return info, t.root.explain(err)
}

// Lstat describes a file, directory or link.
func (t *Tree) Lstat(name string) (fs.FileInfo, error) {
	name, err := clean(name)
	if err != nil {
		return nil, err
	}
	return t.root.lstat(name)
}

// Readlink returns the text of a symbolic link.
func (t *Tree) Readlink(name string) (string, error) {
	name, err := clean(name)
	if err != nil {
		return "", err
	}
	target, err := t.root.Readlink(name)
	return target, t.root.explain(err)
}

// MkdirAll makes a directory and its parents, unless they are there.
func (t *Tree) MkdirAll(name string) error {
	name, err := clean(name)
	if err != nil {
		return err
	}
	_, err = t.root.mkdirAll(name)
	return err
}

// Remove removes a file, link or empty directory. If it is gone already that is
// no error.
func (t *Tree) Remove(name string) error {
	name, err := clean(name)
	if err != nil {
		return err
	}
	return gone(t.root.remove(name))
}

// Prune removes empty directories: name, then its parents, up to the first that
// holds something. The first element of the name stays in any case.
func (t *Tree) Prune(name string) error {
	name, err := clean(name)
	if err != nil {
		return err
	}
	for ; path.Dir(name) != "."; name = path.Dir(name) {
		switch info, err := t.root.lstat(name); {
		case errors.Is(err, koji.ErrNotFound):
			continue
		case err != nil:
			return err
		case !info.IsDir():
			return nil
		}
		switch err := t.root.remove(name); {
		case errors.Is(err, koji.ErrExists):
			return nil // not empty
		case gone(err) != nil:
			return err
		}
	}
	return nil
}

// RemoveAll removes a file, link or directory with everything in it. It does not
// follow links, does not mind what disappears meanwhile, and ends soon after the
// context does. If nothing is there that is no error.
func (t *Tree) RemoveAll(ctx context.Context, name string) error {
	name, err := clean(name)
	if err != nil {
		return err
	}
	if name == "." {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "remove: %q is the whole tree", name)
	}
	return t.root.removeAll(ctx, name)
}

func (r *root) removeAll(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	info, err := r.lstat(name)
	if err != nil {
		return gone(err)
	}
	if !info.IsDir() {
		return gone(r.remove(name))
	}
	// Directories are read in pieces, each from a fresh start, because entries
	// disappear under the reader. It ends because each round removes something.
	for {
		entries, err := r.some(name)
		if err != nil {
			return gone(err)
		}
		if len(entries) == 0 {
			return gone(r.remove(name))
		}
		for _, e := range entries {
			if err := r.removeAll(ctx, path.Join(name, e)); err != nil {
				return err
			}
		}
	}
}

// some returns the names of some entries of a directory; none if it is empty.
func (r *root) some(name string) ([]string, error) {
	dir, err := r.open(name)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	entries, err := dir.Readdirnames(1024)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return entries, r.explain(err)
}

// temporary returns a hidden name beside name that is probably free.
func (t *Tree) temporary(name string) string {
	return path.Join(path.Dir(name), "."+path.Base(name)+".tmp"+strconv.FormatInt(t.seq.Add(1), 10))
}
