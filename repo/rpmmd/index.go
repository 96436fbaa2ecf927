package rpmmd

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Item is an RPM file to index.
type Item struct {
	Path     string // where to read it
	Location Location
}

// Walk finds the RPM files below a directory: regular files whose names end in
// .rpm, hidden ones too. Symbolic links are followed, but not into a directory
// that the walk is in already. Locations are the paths relative to dir.
func Walk(ctx context.Context, dir string) ([]Item, error) {
	var items []Item
	var walk func(rel string, above []os.FileInfo) error
	walk = func(rel string, above []os.FileInfo) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		entries, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(rel)))
		if err != nil {
			return err
		}
		for _, entry := range entries {
			name := path.Join(rel, entry.Name())
			full := filepath.Join(dir, filepath.FromSlash(name))
			mode := entry.Type()
			if mode&fs.ModeSymlink == 0 && !mode.IsDir() {
				if mode.IsRegular() && strings.HasSuffix(name, ".rpm") {
					items = append(items, Item{full, Location{Href: name}})
				}
				continue
			}
			info, err := os.Stat(full)
			switch {
			case err != nil && mode&fs.ModeSymlink != 0, errors.Is(err, fs.ErrNotExist):
				// A link that leads nowhere, or a directory removed meanwhile.
			case err != nil:
				return err
			case info.Mode().IsRegular() && strings.HasSuffix(name, ".rpm"):
				items = append(items, Item{full, Location{Href: name}})
			case info.IsDir() && !slices.ContainsFunc(above, func(a os.FileInfo) bool { return os.SameFile(a, info) }):
				if err := walk(name, append(above, info)); err != nil {
					return err
				}
			}
		}
		return nil
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	return items, walk("", []os.FileInfo{info})
}

// IndexDir makes a directory a repository: it indexes the RPM files below it and
// replaces its directory repodata. See [Walk], [Writer.Index] and [ReplaceDir].
func (w *Writer) IndexDir(ctx context.Context, dir string, o ReadOptions) (result *Result, err error) {
	items, err := Walk(ctx, dir)
	if err != nil {
		return nil, err
	}
	err = ReplaceDir(dir, func(sink Sink) error {
		result, err = w.Index(ctx, sink, items, o)
		return err
	})
	return result, err
}

// Index reads RPM files and writes the metadata of a repository of them, in the
// manner of [Writer.WriteOrdered]. Each file is read once; several are read at
// the same time, but memory does not grow with their number beyond the
// compressed output. The order of the items does not matter. Warnings go to
// Options.Warn.
//
// Files that cannot be read are left out with a [Warning].
func (w *Writer) Index(ctx context.Context, sink Sink, items []Item, o ReadOptions) (*Result, error) {
	if _, err := o.Checksum.New(); err != nil {
		return nil, err
	}
	items = slices.SortedStableFunc(slices.Values(items), func(a, b Item) int {
		return compareHref(a.Location.Href, b.Location.Href)
	})
	return w.writeOrdered(ctx, sink, len(items), func(yield func(*Package, error) bool) {
		for r := range readInOrder(ctx, items, o, workers(w.options.Workers)) {
			for _, warning := range r.warnings {
				w.options.warn(warning)
			}
			if !yield(r.pkg, r.err) {
				return
			}
		}
	})
}

// reading is one file being read.
type reading struct {
	item     Item
	pkg      *Package
	err      error
	warnings []Warning
	done     chan struct{}
}

// readAhead is how many files per worker may be read before their turn comes.
const readAhead = 16

// readInOrder reads the items with some workers and yields them in their order.
// It stops early when the context ends.
func readInOrder(ctx context.Context, items []Item, o ReadOptions, workers int) iter.Seq[*reading] {
	return func(yield func(*reading) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()

		todo := make(chan *reading, readAhead*workers)
		queue := make(chan *reading, readAhead*workers)
		running.Go(func() {
			defer close(todo)
			defer close(queue)
			for _, item := range items {
				r := &reading{item: item, done: make(chan struct{})}
				select {
				case queue <- r:
					todo <- r
				case <-ctx.Done():
					return
				}
			}
		})
		for range workers {
			running.Go(func() {
				var reader *fileReader
				for r := range todo {
					if reader == nil {
						reader, r.err = newFileReader(o)
					}
					if r.err == nil && ctx.Err() == nil {
						r.read(reader)
					}
					close(r.done)
				}
			})
		}
		for r := range queue {
			<-r.done
			if ctx.Err() != nil || !yield(r) {
				return
			}
		}
	}
}

// read reads the file and checks what it says. Any failure is one of the file.
func (r *reading) read(reader *fileReader) {
	reader.options.Warn = func(w Warning) { r.warnings = append(r.warnings, w) }
	p, err := reader.read(r.item.Path, r.item.Location)
	if err != nil {
		r.err = Warning{Kind: Unreadable, Href: r.item.Location.Href, Err: err}
		return
	}
	r.pkg = p
	if err := p.Check(); err != nil {
		r.err = p.warning(ForbiddenCharacter, err)
	}
}
