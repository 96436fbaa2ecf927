package rpmmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"

	"github.com/kojikit/kojikit/koji"
)

// Repository is the metadata of a repository that exists. It is safe for
// concurrent use.
type Repository struct {
	Repomd *Repomd

	files  fs.FS
	limits Limits
}

// Open reads repomd.xml of the repository in files, which has the directory
// repodata at its top. Use [os.DirFS] for one on disk.
func Open(files fs.FS, l Limits) (*Repository, error) {
	name := Dirname + "/" + RepomdName
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := ReadRepomd(f, l)
	if err != nil {
		return nil, err
	}
	return &Repository{m, files, l}, nil
}

// Packages yields the packages in the order of primary.xml, with their files and
// changelogs from the other two files if there are any, and the digests of the
// files if there is filelists-ext. As a rule the three files
// have the same order, and then only one package is in memory at any time.
//
// Checksums are verified while reading, so that a mismatch shows only at the end:
// what was yielded is to be trusted once the sequence has ended without an error.
// Errors are those of [ReadPrimary] and [Repository.OpenRecord], and that of the
// context.
func (r *Repository) Packages(ctx context.Context) iter.Seq2[*Package, error] {
	return func(yield func(*Package, error) bool) {
		filelists := r.newSide(ReadFilelists, TypeFilelistsExt, TypeFilelists)
		defer filelists.stop()
		other := r.newSide(ReadOther, TypeOther)
		defer other.stop()
		for p, err := range r.documentPackages(TypePrimary, ReadPrimary) {
			if err == nil {
				err = ctx.Err()
			}
			if err == nil {
				err = join(p, filelists, other)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(p, nil) {
				return
			}
		}
		// What is left has to be read for its checksum.
		if err := errors.Join(filelists.drain(ctx), other.drain(ctx)); err != nil {
			yield(nil, err)
		}
	}
}

// join completes a package of primary.xml.
func join(p *Package, filelists, other *side) error {
	f, err := filelists.find(p.Checksum.Value)
	if err != nil {
		return err
	}
	o, err := other.find(p.Checksum.Value)
	if err != nil {
		return err
	}
	if f != nil {
		p.Files, p.FileDigests, p.DigestType = f.Files, f.FileDigests, f.DigestType
	}
	if o != nil {
		p.Changelogs = o.Changelogs
	}
	return nil
}

// documentPackages yields the packages of one of the three files. A file that
// the repository does not have is [koji.ErrNotFound].
func (r *Repository) documentPackages(typ string, read func(io.Reader, Limits) iter.Seq2[*Package, error]) iter.Seq2[*Package, error] {
	return func(yield func(*Package, error) bool) {
		record, ok := r.Repomd.Record(typ)
		if !ok {
			yield(nil, koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "%s: no record of type %s", RepomdName, typ))
			return
		}
		f, err := r.OpenRecord(record)
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close()
		for p, err := range read(f, r.limits) {
			if !yield(p, err) {
				return
			}
		}
	}
}

// side is filelists.xml or other.xml, read alongside of primary.xml.
type side struct {
	next    func() (*Package, error, bool)
	stop    func()
	limit   int
	pending map[string][]*Package // read but not yet asked for, by pkgid
	count   int                   // of those
}

// newSide reads the first of the types that the repository has; none is fine.
func (r *Repository) newSide(read func(io.Reader, Limits) iter.Seq2[*Package, error], types ...string) *side {
	packages := iter.Seq2[*Package, error](func(func(*Package, error) bool) {})
	for _, typ := range types {
		if _, ok := r.Repomd.Record(typ); ok {
			packages = r.documentPackages(typ, read)
			break
		}
	}
	s := &side{limit: r.limits.pending(), pending: map[string][]*Package{}}
	s.next, s.stop = iter.Pull2(packages)
	return s
}

// find returns the next entry of a pkgid, or nil if there is none.
func (s *side) find(pkgid string) (*Package, error) {
	if list := s.pending[pkgid]; len(list) > 0 {
		s.count--
		if s.pending[pkgid] = list[1:]; len(list) == 1 {
			delete(s.pending, pkgid)
		}
		return list[0], nil
	}
	for {
		p, err, ok := s.next()
		switch {
		case !ok:
			return nil, nil
		case err != nil:
			return nil, err
		case p.Checksum.Value == pkgid:
			return p, nil
		case s.count == s.limit:
			return nil, koji.Errorf(koji.ErrLimit, koji.FaultGeneric,
				"more than %d packages are in an order other than that of primary.xml", s.limit)
		}
		s.pending[p.Checksum.Value] = append(s.pending[p.Checksum.Value], p)
		s.count++
	}
}

// drain reads the rest.
func (s *side) drain(ctx context.Context) error {
	for {
		_, err, ok := s.next()
		if !ok {
			return nil
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
	}
}

// OpenRecord returns the decompressed content of a record's file. The sizes and
// checksums of the record are verified while reading: the last read, which would
// otherwise say [io.EOF], fails with [koji.ErrMismatch] if any of them differs.
// Compressions are told by the suffix of the name, or else by the first bytes.
//
// A file that is not below the repository is [koji.ErrUnsafePath].
func (r *Repository) OpenRecord(record Record) (io.ReadCloser, error) {
	href := record.Location.Href
	name := path.Clean(href)
	if record.Location.Base != "" || !fs.ValidPath(name) {
		return nil, koji.Errorf(koji.ErrUnsafePath, koji.FaultGeneric, "%s: record %s: location %q (base %q) is not below the repository",
			RepomdName, record.Type, href, record.Location.Base)
	}
	file, err := r.files.Open(name)
	if err != nil {
		return nil, err
	}
	v, err := newRecordReader(file, name, record, r.limits)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", href, err), file.Close())
	}
	return v, nil
}
