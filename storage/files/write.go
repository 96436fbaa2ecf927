package files

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/kojikit/kojikit/koji"
)

// File is a file that is being written and not visible yet. It belongs to one
// goroutine.
type File struct {
	tree *Tree
	name string
	temp string
	fd   *os.File // nil after Commit or Close
	made []string // directories that were made for it
}

// Create returns a new file that will replace the one called name, if any, when
// it is committed. Directories that are missing are made.
func (t *Tree) Create(name string) (*File, error) {
	name, err := clean(name)
	if err != nil {
		return nil, err
	}
	if err := t.replaceable(name); err != nil {
		return nil, err
	}
	f := &File{tree: t, name: name}
	f.made, err = t.root.within(name, func() (err error) {
		f.temp, err = t.tryTemporary(name, func(temp string) error {
			f.fd, err = t.root.create(temp)
			return err
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// replaceable refuses what a rename could not replace: a directory.
func (t *Tree) replaceable(name string) error {
	info, err := t.root.lstat(name)
	if err == nil && info.IsDir() {
		return exists("replace directory", name)
	}
	return gone(err)
}

func exists(op, name string) error {
	return koji.Errorf(koji.ErrExists, koji.FaultGeneric, "%w", &fs.PathError{Op: op, Path: name, Err: fs.ErrExist})
}

// tryTemporary calls create with hidden names beside name until one is free.
func (t *Tree) tryTemporary(name string, create func(temp string) error) (string, error) {
	for {
		temp := t.temporary(name)
		if err := create(temp); !errors.Is(err, koji.ErrExists) {
			return temp, err
		}
	}
}

// Write writes to the file.
func (f *File) Write(b []byte) (n int, err error) {
	err = f.tree.root.change("write", f.name, func() error {
		n, err = f.fd.Write(b)
		return err
	})
	return n, err
}

// Chmod sets the permissions of the file. They are those that the umask leaves
// of 0666 otherwise.
func (f *File) Chmod(mode fs.FileMode) error {
	return f.tree.root.change("write", f.name, func() error { return f.fd.Chmod(mode) })
}

// Commit makes the file visible under its name and durable. When it fails the
// file is not visible, unless it was the very last step that failed: syncing
// the directory.
func (f *File) Commit() error {
	r := &f.tree.root
	if err := r.flush(f.fd, f.name); err != nil {
		return err
	}
	if err := r.rename(f.temp, f.name); err != nil {
		return err
	}
	err := f.fd.Close()
	f.fd = nil
	if err != nil {
		return r.explain(err)
	}
	return r.syncDirs(f.name, f.made)
}

// syncDirs makes the entry name durable, and those of the directories made for it.
func (r *root) syncDirs(name string, made []string) error {
	for _, dir := range made {
		if err := r.sync(path.Dir(dir)); err != nil {
			return err
		}
	}
	return r.sync(path.Dir(name))
}

// Close drops the file if it was not committed, with the directories that were
// made for it. After Commit it does nothing.
func (f *File) Close() error {
	if f.fd == nil {
		return nil
	}
	err := f.fd.Close()
	f.fd = nil
	return errors.Join(err, gone(f.tree.root.remove(f.temp)), f.tree.root.unmake(f.made))
}

// WriteFile replaces the file called name by one that holds data, as by Create
// and Commit.
func (t *Tree) WriteFile(name string, data []byte) error {
	f, err := t.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.Commit()
}

// Symlink makes name a symbolic link with the text target, in place of the file
// or link of that name, if any. It happens at once: readers find the old or the
// new one. The target need not exist, but it must be relative and not lead out
// of the tree. Directories that are missing are made.
func (t *Tree) Symlink(target, name string) error {
	name, err := clean(name)
	if err != nil {
		return err
	}
	if path.IsAbs(target) || !filepath.IsLocal(path.Join(path.Dir(name), target)) {
		return koji.Errorf(koji.ErrUnsafePath, koji.FaultGeneric, "unsafe path: link %s to %.200q leads out of the tree", name, target)
	}
	if err := t.replaceable(name); err != nil {
		return err
	}
	var temp string
	made, err := t.root.within(name, func() (err error) {
		temp, err = t.tryTemporary(name, func(temp string) error { return t.root.symlink(target, temp) })
		return err
	})
	if err != nil {
		return err
	}
	if err := t.root.rename(temp, name); err != nil {
		return errors.Join(err, t.root.remove(temp), t.root.unmake(made))
	}
	return t.root.syncDirs(name, made)
}

// Link makes newname a hard link to the file oldname, or a copy of it where the
// file system does not allow that. Something called newname must not be there.
// Directories that are missing are made. The link is not synced.
func (t *Tree) Link(ctx context.Context, oldname, newname string) error {
	oldname, err := clean(oldname)
	if err != nil {
		return err
	}
	newname, err = clean(newname)
	if err != nil {
		return err
	}
	src, err := t.root.open(oldname)
	if err != nil {
		return err
	}
	defer src.Close()
	linked := false
	made, err := t.root.within(newname, func() (err error) {
		linked, err = t.root.linked(src, newname, func() error { return t.root.link(oldname, newname) })
		return err
	})
	if err != nil || linked {
		return err
	}
	return errors.Join(t.copy(ctx, src, newname), t.root.unmake(made))
}

// copy writes a copy of src under a name that must be free.
func (t *Tree) copy(ctx context.Context, src *os.File, name string) error {
	f, err := t.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := t.root.copy(ctx, f.fd, src, name); err != nil {
		return err
	}
	switch _, err := t.root.lstat(name); {
	case err == nil:
		return exists("link", name)
	case gone(err) != nil:
		return err
	}
	return f.Commit()
}

// linked calls link to make name, and tells whether name is now the open file
// src. It fails if name is taken or src is no regular file; other failures of
// link only mean no.
func (r *root) linked(src *os.File, name string, link func() error) (bool, error) {
	info, err := src.Stat()
	if err != nil {
		return false, err
	}
	if !info.Mode().IsRegular() {
		return false, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "%s is no regular file", r.relative(src.Name()))
	}
	switch err := link(); {
	case errors.Is(err, koji.ErrExists), errors.Is(err, koji.ErrNotFound):
		return false, err
	case err != nil:
		return false, nil
	}
	// What src was opened by may be a symbolic link, or another file by now.
	if now, err := r.lstat(name); err == nil && os.SameFile(info, now) {
		return true, nil
	}
	return false, gone(r.remove(name))
}

// copyPiece is how many bytes are copied between looks at the context.
const copyPiece = 64 << 20

// copy copies src from its start, by sharing blocks where the file system can:
// os.File sees to that.
func (r *root) copy(ctx context.Context, dst, src *os.File, name string) error {
	if _, err := src.Seek(0, io.SeekStart); err != nil {
		return err
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		var n int64
		err := r.change("write", name, func() (err error) {
			n, err = io.CopyN(dst, src, copyPiece)
			return err
		})
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case n < copyPiece:
			return io.ErrUnexpectedEOF
		}
	}
}
