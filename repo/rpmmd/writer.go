package rpmmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/kojikit/kojikit/koji"
)

// Profile is a set of choices that fits a generation of clients.
type Profile int

const (
	// DefaultProfile is for dnf: everything is compressed with zstd.
	DefaultProfile Profile = iota
	// CompatEL7 is for yum and the dnf of old as well: everything is compressed
	// with gzip, and comps are there both plain, as group, and compressed, as
	// group_gz.
	CompatEL7
	// ZchunkProfile is for the dnf of Fedora: as the default, and everything is
	// there a second time as zchunk, of which clients fetch only what is new.
	ZchunkProfile
)

// Options say how repository metadata is written. The zero value fits dnf. The
// same options and packages give the same bytes, at any time and on any machine,
// as long as the version of this module is the same.
type Options struct {
	Profile     Profile
	Compression Compression  // of all files, in place of the profile's
	Level       int          // 1 to 9 for gzip, 1 to 22 for zstd and zchunk; 0 for a sensible one
	Checksum    ChecksumType // of the records of repomd.xml; SHA256 if empty
	SimpleNames bool         // primary.xml.zst rather than <checksum>-primary.xml.zst

	// Revision names this state of the repository. If empty, it is Timestamp in
	// seconds since 1970.
	Revision string

	// Timestamp becomes the timestamp of every record and the modification time
	// of its file. If zero, it is the Revision where that is a number. Otherwise
	// the timestamp is the file time of the newest package and files keep the time
	// of their writing: two states of a repository may have the same newest
	// package, and who mirrors or caches files by their time must notice. Set it to
	// the current time to do as createrepo_c does by default.
	Timestamp time.Time

	// Zchunk adds a zchunk file to every other one, as its record's type with _zck:
	// primary_zck, group_zck, ... The chunks of primary_zck and its like are the
	// runs of packages of one source.
	Zchunk bool

	// Dictionaries are what zchunk files are compressed with, by the name of their
	// content: primary.xml, comps.xml, ... See [zchunk.NewEncoder].
	Dictionaries map[string][]byte

	// FilelistsExt adds filelists-ext, the file lists with the digests of the
	// files. See ReadOptions.FileDigests.
	FilelistsExt bool

	// Databases, if not nil, starts the making of SQLite databases in a directory
	// for temporary files; see the package sqlitedb. They are compressed with gzip,
	// which is what their readers know, unless Compression says XZ or Uncompressed.
	Databases func(dir string) (Databases, error)

	// Signer, if not nil, signs repomd.xml.
	Signer Signer

	// Layout tells where the files that [Writer.IndexDir] finds are for clients.
	Layout Layout

	RepoID      TypedText // not written if empty
	ContentHash TypedText // not written if empty
	ContentTags []string
	RepoTags    []string
	DistroTags  []Distro

	// Order is the order of the packages. [Writer.Index] and [Writer.IndexDir] know
	// ByFile only.
	Order Order

	// Workers is the number of goroutines that render and compress, at most and
	// by default GOMAXPROCS. The output does not depend on it.
	Workers int

	// TempDir is the directory for what takes too much memory until it is whole:
	// compressed files, and databases. If empty, it is that of a repository on
	// disk, see [ReplaceDir], or else [os.TempDir].
	TempDir string

	// Strict makes a package that has to be left out an error, and nothing is
	// written.
	Strict bool

	// Progress, if not nil, is told how many packages have been dealt with so
	// far, of how many. It is called by the goroutine that writes.
	Progress func(done, total int)

	// Warn, if not nil, is told of every package that is left out and of
	// packages that cannot be told apart. It is called by the goroutine that
	// writes or adds, in an order that does not depend on Workers.
	Warn func(Warning)
}

func (o *Options) compression() Compression {
	switch {
	case o.Compression != DefaultCompression:
		return o.Compression
	case o.Profile == CompatEL7:
		return Gzip
	default:
		return Zstd
	}
}

func (o *Options) zchunk() bool { return o.Zchunk || o.Profile == ZchunkProfile }

// tempDir returns the directory for temporary files of a writing to the sink.
func (o *Options) tempDir(sink Sink) string {
	if dir, ok := sink.(dirSink); ok && o.TempDir == "" {
		return filepath.Dir(string(dir))
	}
	return o.TempDir
}

func (o *Options) warn(w Warning) {
	if o.Warn != nil {
		o.Warn(w)
	}
}

// workers returns the number of goroutines to start when n are asked for.
func workers(n int) int {
	most := runtime.GOMAXPROCS(0)
	if n <= 0 {
		return most
	}
	return min(n, most)
}

// Writer writes the metadata of a repository: primary, filelists, other,
// repomd.xml and additional files. It is not safe for concurrent use.
type Writer struct {
	options  Options
	packages []*Package
	extras   []extra
}

// Result tells what was written.
type Result struct {
	Repomd   *Repomd
	Packages int // in the repository
	LeftOut  int // not in the repository, for the reasons that Options.Warn was told
}

// NewWriter returns a writer of an empty repository.
func NewWriter(o Options) *Writer { return &Writer{options: o} }

// Add adds a package, in any order. The package must not be changed until the
// repository is written. One that fails [Package.Check] is not added, and the
// error says why: the repository may be written without it.
func (w *Writer) Add(p *Package) error {
	if err := p.Check(); err != nil {
		return err
	}
	w.packages = append(w.packages, p)
	return nil
}

// Write writes the packages added so far. Files go to the sink one after the
// other, repomd.xml last. If the context ends early, Write fails with its error.
func (w *Writer) Write(ctx context.Context, sink Sink) (*Result, error) {
	sorted := slices.SortedStableFunc(slices.Values(w.packages), w.options.Order.Compare)
	return w.writeOrdered(ctx, sink, len(sorted), func(yield func(*Package, error) bool) {
		for _, p := range sorted {
			if !yield(p, nil) {
				return
			}
		}
	})
}

// WriteOrdered is Write for packages that come one by one, in the order of the
// repository, Options.Order. Another order fails with [koji.ErrInvalid]. Only some of the packages
// are in memory at any time. A writer to which packages were added fails with
// [koji.ErrState].
//
// Expected is the number of packages that will come. If another number comes,
// the result is the same and takes longer.
//
// A package that fails [Package.Check] is left out, unless Options.Strict; so is
// one in whose place comes an error that is a [Warning]. Any other error ends the
// writing.
func (w *Writer) WriteOrdered(ctx context.Context, sink Sink, expected int, packages iter.Seq2[*Package, error]) (*Result, error) {
	if err := w.unused(); err != nil {
		return nil, err
	}
	return w.writeOrdered(ctx, sink, expected, func(yield func(*Package, error) bool) {
		for p, err := range packages {
			if err == nil {
				if err = p.Check(); err != nil {
					err = p.warning(ForbiddenCharacter, err)
				}
			}
			if !yield(p, err) {
				return
			}
		}
	})
}

// unused fails if there are packages that would be forgotten.
func (w *Writer) unused() error {
	if len(w.packages) > 0 {
		return koji.Errorf(koji.ErrState, koji.FaultGeneric, "%d packages were added that would not be written", len(w.packages))
	}
	return nil
}

// writeOrdered is WriteOrdered for packages that have been checked.
func (w *Writer) writeOrdered(ctx context.Context, sink Sink, expected int, packages iter.Seq2[*Package, error]) (result *Result, err error) {
	b, err := newBuilder(ctx, &w.options, expected, w.options.tempDir(sink))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err = errors.Join(err, b.stop()); err != nil {
			result = nil
		}
	}()
	databases, err := newDatabaseBuilder(&w.options, w.options.tempDir(sink))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, databases.stop()) }()
	result = &Result{}
	unique := newUniqueness(w.options.Warn)
	var newest int64
	var last *Package
	for p, err := range packages {
		var leftOut Warning
		switch {
		case errors.As(err, &leftOut) && !w.options.Strict:
			w.options.warn(leftOut)
			result.LeftOut++
		case err != nil:
			return nil, err
		case last != nil && w.options.Order.Compare(last, p) > 0:
			return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric,
				"package %q comes after %q: not the order of a repository", p.Location.Href, last.Location.Href)
		default:
			if err := errors.Join(b.add(p), databases.add(p)); err != nil {
				return nil, err
			}
			unique.see(p)
			last, newest = p, max(newest, p.FileTime)
			result.Packages++
		}
		if w.options.Progress != nil {
			w.options.Progress(result.Packages+result.LeftOut, expected)
		}
	}
	outputs, err := b.finish()
	if err != nil {
		return nil, err
	}
	databaseOutputs, err := databases.finish(ctx, outputs)
	if err != nil {
		return nil, err
	}
	extras, err := w.extraOutputs()
	if err != nil {
		return nil, err
	}
	if result.Repomd, err = w.put(ctx, sink, slices.Concat(outputs, databaseOutputs, extras), newest); err != nil {
		return nil, err
	}
	return result, nil
}

// put hands all files to the sink, with the index that it makes of them last.
func (w *Writer) put(ctx context.Context, sink Sink, outputs []*Output, newest int64) (*Repomd, error) {
	o := &w.options
	timestamp := newest
	var modified time.Time
	if n, err := strconv.ParseInt(o.Revision, 10, 64); err == nil {
		timestamp, modified = n, time.Unix(n, 0)
	}
	if !o.Timestamp.IsZero() {
		timestamp, modified = o.Timestamp.Unix(), o.Timestamp.Truncate(time.Second)
	}
	m := &Repomd{
		RepoID:      o.RepoID,
		ContentHash: o.ContentHash,
		Revision:    cmp.Or(o.Revision, strconv.FormatInt(timestamp, 10)),
		ContentTags: o.ContentTags,
		RepoTags:    o.RepoTags,
		DistroTags:  o.DistroTags,
	}
	names := map[string]bool{RepomdName: true, SignatureName: true}
	for _, out := range outputs {
		out.Time = modified
		if !o.SimpleNames {
			out.Name = out.record.Checksum.Value + "-" + trimChecksum(out.Name)
		}
		if names[out.Name] {
			return nil, koji.Errorf(koji.ErrExists, koji.FaultGeneric, "metadata of type %s: another file is called %s", out.record.Type, out.Name)
		}
		names[out.Name] = true
		out.record.Location.Href = Dirname + "/" + out.Name
		out.record.Timestamp = timestamp
		if err := sink.Put(ctx, out); err != nil {
			return nil, err
		}
		m.Records = append(m.Records, out.record)
	}
	m.Sort()
	index := m.Append(nil)
	if o.Signer != nil {
		signature, err := o.Signer.Sign(index)
		if err != nil {
			return nil, fmt.Errorf("sign %s: %w", RepomdName, err)
		}
		if err := sink.Put(ctx, &Output{Name: SignatureName, head: signature}); err != nil {
			return nil, err
		}
	}
	return m, sink.Put(ctx, &Output{Name: RepomdName, head: index})
}
