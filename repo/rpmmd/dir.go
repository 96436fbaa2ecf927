package rpmmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/kojikit/kojikit/koji"
)

// WriteDir is [Writer.Write] into the directory repodata of a repository, which
// must exist. See [ReplaceDir].
func (w *Writer) WriteDir(ctx context.Context, repo string) (result *Result, err error) {
	err = ReplaceDir(repo, func(sink Sink) error {
		result, err = w.Write(ctx, sink)
		return err
	})
	return result, err
}

// ReplaceDir calls write with a sink for a new directory repodata of the
// repository in the directory repo, and if it succeeds puts the new directory in
// the place of the old one, which is removed with all that is in it.
//
// Readers see the old directory or the new one, complete and safe on disk. (On
// file systems that cannot exchange two directories, and on other systems than
// Linux, they may for a moment see none.) After an error or a panic everything
// is as it was before. A process that is killed may leave a hidden directory
// .repodata-* behind.
func ReplaceDir(repo string, write func(Sink) error) (err error) {
	hidden, err := os.MkdirTemp(repo, "."+Dirname+"-")
	if err != nil {
		return err
	}
	defer func() {
		if e := os.RemoveAll(hidden); err == nil {
			err = e
		}
	}()
	// The outer directory is for our eyes only, the inner one has the
	// permissions that the finished one needs.
	fresh := filepath.Join(hidden, Dirname)
	if err := os.Mkdir(fresh, 0o755); err != nil {
		return err
	}
	if err := write(dirSink(fresh)); err != nil {
		return err
	}
	if err := syncPath(fresh); err != nil {
		return err
	}
	if err := replace(fresh, filepath.Join(repo, Dirname), filepath.Join(hidden, "old"), exchange); err != nil {
		return err
	}
	return syncPath(repo)
}

// replace puts the directory fresh in the place of old, which need not exist and
// ends up as fresh or aside.
func replace(fresh, old, aside string, exchange func(a, b string) error) error {
	if os.Rename(fresh, old) == nil { // there was none, or an empty one
		return nil
	}
	if exchange(fresh, old) == nil {
		return nil
	}
	if err := os.Rename(old, aside); err != nil {
		return err
	}
	if err := os.Rename(fresh, old); err != nil {
		return errors.Join(err, os.Rename(aside, old))
	}
	return nil
}

// dirSink stores files in a directory.
type dirSink string

// Put implements [Sink].
func (dir dirSink) Put(ctx context.Context, file *Output) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	if file.Name == "" || file.Name != filepath.Base(file.Name) || !filepath.IsLocal(file.Name) || file.Name == "." {
		return koji.Errorf(koji.ErrUnsafePath, koji.FaultGeneric, "metadata file %q: not the name of a file", file.Name)
	}
	name := filepath.Join(string(dir), file.Name)
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if _, err := file.WriteTo(f); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return err
	}
	if file.Time.IsZero() {
		return nil
	}
	return os.Chtimes(name, file.Time, file.Time)
}

// syncPath makes the entries of a directory safe on disk.
func syncPath(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync directory: %w", err)
	}
	return nil
}
