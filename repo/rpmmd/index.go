package rpmmd

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kojikit/kojikit/internal/ordered"
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
	for i := range items {
		items[i].Location = w.options.Layout.Location(items[i].Location.Href)
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
	if err := w.unused(); err != nil {
		return nil, err
	}
	if _, err := o.Checksum.New(); err != nil {
		return nil, err
	}
	items = slices.SortedStableFunc(slices.Values(items), func(a, b Item) int {
		return compareHref(a.Location.Href, b.Location.Href)
	})
	return w.writeOrdered(ctx, sink, len(items), func(yield func(*Package, error) bool) {
		batches := slices.Collect(slices.Chunk(items, batchSize))
		for results := range ordered.Map(ctx, batches, workers(w.options.Workers), func() func([]Item) []result {
			var reader fileReader
			return func(batch []Item) []result { return readBatch(ctx, &reader, batch, o) }
		}) {
			for _, r := range results {
				for _, warning := range r.warnings {
					w.options.warn(warning)
				}
				if !yield(r.pkg, r.err) {
					return
				}
			}
		}
	})
}

// batchSize is how many files that follow one another a worker takes at once.
// One by one they would spend their time in handing over.
const batchSize = 16

// result is what reading one file gave.
type result struct {
	pkg      *Package
	err      error
	warnings []Warning
}

// readBatch reads files and checks what they say. Any failure is one of a file,
// but for that of the context, after which no file is read.
func readBatch(ctx context.Context, reader *fileReader, batch []Item, o ReadOptions) []result {
	results := make([]result, len(batch))
	for i, item := range batch {
		r := &results[i]
		if r.err = ctx.Err(); r.err != nil {
			continue
		}
		o.Warn = func(w Warning) { r.warnings = append(r.warnings, w) }
		r.pkg, r.err = reader.read(item.Path, item.Location, o)
		if r.err != nil {
			r.err = Warning{Kind: Unreadable, Href: item.Location.Href, Err: r.err}
		} else if err := r.pkg.Check(); err != nil {
			r.err = r.pkg.warning(ForbiddenCharacter, err)
		}
	}
	return results
}
