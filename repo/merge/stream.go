package merge

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"os"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

// stream reads the packages of a source that are taken, in the order in which they
// are asked for. That is nearly the order of the source: what has to wait for its
// turn is little, but if it is much it waits in a temporary file.
type stream struct {
	next    func() (*rpmmd.Package, error, bool)
	stop    func()
	url     string
	taken   map[int]bool // ordinals of packages not yet read
	ordinal int          // of the next package
	waiting map[int]*rpmmd.Package
	most    int // of waiting in memory
	spilled map[int]extent
	file    *os.File // unlinked
	end     int64    // of file
}

// extent is a part of a file.
type extent struct{ start, length int64 }

func newStream(ctx context.Context, source Source, most int) *stream {
	s := &stream{url: source.URL, taken: map[int]bool{}, waiting: map[int]*rpmmd.Package{}, most: most, spilled: map[int]extent{}}
	s.next, s.stop = iter.Pull2(source.Repository.Packages(ctx))
	return s
}

// close ends the reading.
func (s *stream) close() error {
	s.stop()
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// get returns the package that e stands for. Each can be had once.
func (s *stream) get(e *entry) (*rpmmd.Package, error) {
	p, err := s.find(e.ordinal)
	if err != nil {
		return nil, err
	}
	if p.Name != e.name || p.Location.Href != e.href {
		return nil, koji.Errorf(koji.ErrConflict, koji.FaultGeneric, "%s: package %d was %s and is %s: the repository changed meanwhile",
			s.url, e.ordinal, e.href, p.Location.Href)
	}
	return p, nil
}

func (s *stream) find(ordinal int) (*rpmmd.Package, error) {
	if p, ok := s.waiting[ordinal]; ok {
		delete(s.waiting, ordinal)
		return p, nil
	}
	if where, ok := s.spilled[ordinal]; ok {
		delete(s.spilled, ordinal)
		return s.fetch(where)
	}
	for {
		p, err, ok := s.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, koji.Errorf(koji.ErrConflict, koji.FaultGeneric, "%s: package %d is gone: the repository changed meanwhile", s.url, ordinal)
		}
		n := s.ordinal
		s.ordinal++
		if n == ordinal {
			delete(s.taken, n)
			return p, nil
		}
		if !s.taken[n] {
			continue
		}
		delete(s.taken, n)
		if len(s.waiting) < s.most {
			s.waiting[n] = p
		} else if err := s.spill(n, p); err != nil {
			return nil, err
		}
	}
}

// spill writes a package to the temporary file.
func (s *stream) spill(ordinal int, p *rpmmd.Package) error {
	if s.file == nil {
		f, err := os.CreateTemp("", "kojikit-merge-")
		if err != nil {
			return err
		}
		s.file = f
		if err := os.Remove(f.Name()); err != nil {
			return err
		}
	}
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if _, err := s.file.WriteAt(data, s.end); err != nil {
		return err
	}
	s.spilled[ordinal] = extent{s.end, int64(len(data))}
	s.end += int64(len(data))
	return nil
}

// fetch reads a package back.
func (s *stream) fetch(where extent) (*rpmmd.Package, error) {
	p := &rpmmd.Package{}
	return p, json.NewDecoder(io.NewSectionReader(s.file, where.start, where.length)).Decode(p)
}

// drain reads the rest, without which checksums would not be verified.
func (s *stream) drain() error {
	for {
		if _, err, ok := s.next(); !ok || err != nil {
			return err
		}
	}
}

// packages yields the packages that were taken, in their order, each with its
// final base.
func packages(ctx context.Context, sources []Source, taken []entry, most int) iter.Seq2[*rpmmd.Package, error] {
	return func(yield func(*rpmmd.Package, error) bool) {
		streams := make([]*stream, len(sources))
		defer func() {
			for _, s := range streams {
				// There is nothing in the file that anybody needs.
				_ = s.close()
			}
		}()
		for i := range sources {
			streams[i] = newStream(ctx, sources[i], cmp.Or(most, 4096))
		}
		for i := range taken {
			streams[taken[i].repo].taken[taken[i].ordinal] = true
		}
		for i := range taken {
			e := &taken[i]
			p, err := streams[e.repo].get(e)
			if err != nil {
				yield(nil, err)
				return
			}
			p.Location.Base = e.base
			if !yield(p, nil) {
				return
			}
		}
		var errs []error
		for _, s := range streams {
			errs = append(errs, s.drain())
		}
		if err := errors.Join(errs...); err != nil {
			yield(nil, err)
		}
	}
}
