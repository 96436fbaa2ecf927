package rpmmd

import (
	"context"
	"errors"
	"hash"
	"iter"
	"slices"
	"sync"

	"github.com/kojikit/kojikit/repo/zchunk"
)

// builder makes the files about packages. It cuts the packages into blocks, which
// workers render and compress on their own, and puts the frames together in order.
//
// The first frame of a file tells the number of packages, which is certain only
// at the end; so it is made last, and the hash over the uncompressed content
// begins with a guess.
type builder struct {
	ctx      context.Context
	cancel   context.CancelCauseFunc
	options  *Options
	expected int
	packages int
	series   []*series
	tasks    chan *task
	running  sync.WaitGroup
	ended    bool // there are no goroutines left
	buffers  sync.Pool
}

// file is one document being made.
type file struct {
	document
	*series
	compression Compression
	encoder     encoder
	queue       chan *task // in the order of the document
	joined      sync.WaitGroup
	spool       spool
	frames      []frame
	open        hash.Hash // over the uncompressed content, if the guess was right; nil: nobody asks
	size        int64     // of what follows the start, uncompressed
}

// task is to make the frames of a block of packages of one file.
type task struct {
	file     *file
	packages []*Package
	closing  string // what comes after them
	raw      []byte // uncompressed
	packed   []byte // the frames
	frames   []frame
	buffers  *[2][]byte // where raw and packed are, from the pool
	done     chan struct{}
}

// newBuilder starts the goroutines of a builder; stop or finish ends them. Large
// files are kept in dir for the time being.
func newBuilder(ctx context.Context, o *Options, expected int, dir string) (*builder, error) {
	n := workers(o.Workers)
	b := &builder{options: o, expected: expected, tasks: make(chan *task)}
	b.buffers.New = func() any { return new([2][]byte) }
	series, err := o.series(n)
	if err != nil {
		return nil, err
	}
	b.series = series
	for f := range b.files() {
		f.queue, f.spool.dir = make(chan *task, n+1), dir
		if f.open != nil {
			f.open.Write(f.start(expected))
		}
	}
	b.ctx, b.cancel = context.WithCancelCause(ctx)
	for range n {
		b.running.Go(b.work)
	}
	for f := range b.files() {
		f.joined.Go(func() { b.join(f) })
	}
	return b, nil
}

// files yields all files.
func (b *builder) files() iter.Seq[*file] {
	return func(yield func(*file) bool) {
		for _, s := range b.series {
			for _, f := range s.files {
				if !yield(f) {
					return
				}
			}
		}
	}
}

// work makes frames until there are no more tasks.
func (b *builder) work() {
	for t := range b.tasks {
		if b.ctx.Err() == nil {
			t.buffers = b.buffers.Get().(*[2][]byte)
			t.raw, t.packed = t.buffers[0][:0], t.buffers[1][:0]
			t.make()
			*t.buffers = [2][]byte{t.raw, t.packed}
		}
		close(t.done)
	}
}

// make renders and compresses the packages.
func (t *task) make() {
	start := 0
	for i, p := range t.packages {
		if t.file.bySource && i > 0 && !sameSource(p, t.packages[i-1]) {
			t.encode(t.raw[start:])
			start = len(t.raw)
		}
		t.raw = t.file.render(p, t.raw)
	}
	t.raw = append(t.raw, t.closing...)
	t.encode(t.raw[start:])
	t.packages = nil // they may go, though others still wait for the frame
}

// encode adds the frame of a block. Chunks have a greatest size.
func (t *task) encode(block []byte) {
	for t.file.bySource && len(block) > zchunk.MaxChunk {
		t.encode(block[:zchunk.MaxChunk])
		block = block[zchunk.MaxChunk:]
	}
	packed, frame := t.file.encoder.encode(t.packed, block)
	t.packed, t.frames = packed, append(t.frames, frame)
}

// join puts the frames of one document together as they are done.
func (b *builder) join(f *file) {
	for t := range f.queue {
		<-t.done
		if t.buffers == nil {
			continue // cancelled
		}
		if f.open != nil {
			f.open.Write(t.raw)
		}
		f.size += int64(len(t.raw))
		f.frames = append(f.frames, t.frames...)
		if _, err := f.spool.Write(t.packed); err != nil {
			b.cancel(err)
		}
		// What was large once should not stay.
		if len(t.raw) <= greatestBuffer {
			b.buffers.Put(t.buffers)
		}
	}
}

// greatestBuffer is the size of blocks, uncompressed, whose memory is used again.
const greatestBuffer = 6 << 20

// add adds the next package of the repository.
func (b *builder) add(p *Package) error {
	b.packages++
	for _, s := range b.series {
		if len(s.block) > 0 && s.ends(p) {
			if err := b.flush(s, false); err != nil {
				return err
			}
		}
		s.block = append(s.block, p)
		for _, f := range p.Files {
			s.paths += len(f.Dir) + len(f.Base)
		}
	}
	return context.Cause(b.ctx)
}

// flush hands the block to the workers. The last one takes the end of the file
// along.
func (b *builder) flush(s *series, last bool) error {
	for _, f := range s.files {
		t := &task{file: f, packages: s.block, done: make(chan struct{})}
		if last {
			t.closing = f.closing
		}
		select {
		case b.tasks <- t:
			f.queue <- t // never blocks for long: join makes room as workers finish
		case <-b.ctx.Done():
			return context.Cause(b.ctx)
		}
	}
	s.block, s.paths = nil, 0
	return nil
}

// finish waits for all frames and returns the files.
func (b *builder) finish() ([]*Output, error) {
	for _, s := range b.series {
		// The last chunk of a zchunk file holds the end; elsewhere that is a frame
		// of its own, which never changes.
		if !s.bySource && len(s.block) > 0 {
			if err := b.flush(s, false); err != nil {
				return nil, err
			}
		}
		if err := b.flush(s, true); err != nil {
			return nil, err
		}
	}
	b.wait()
	if err := context.Cause(b.ctx); err != nil {
		return nil, err
	}
	outputs := make([][]*Output, len(b.series[0].files))
	errs := make([]error, len(outputs))
	var finished sync.WaitGroup
	for i := range outputs {
		finished.Go(func() { outputs[i], errs[i] = b.outputs(i) })
	}
	finished.Wait()
	return slices.Concat(outputs...), errors.Join(errs...)
}

// outputs returns the files of one document, which have all their frames. What the
// first one is uncompressed, the others are as well.
func (b *builder) outputs(document int) ([]*Output, error) {
	var outputs []*Output
	for i, s := range b.series {
		f := s.files[document]
		start := f.start(b.packages)
		head, first := f.encoder.encode(nil, start)
		out := &Output{Name: f.name + f.compression.suffix(), record: Record{Type: f.typ}, head: head, frames: &f.spool}
		if err := f.encoder.enclose(out, slices.Insert(f.frames, 0, first)); err != nil {
			return nil, err
		}
		switch {
		case f.open != nil:
			if b.packages != b.expected {
				if err := out.rehash(f.open); err != nil {
					return nil, err
				}
			}
			out.setOpen(b.options.Checksum, f.open, int64(len(start))+f.size)
		case i > 0:
			plain := &outputs[0].record
			out.record.OpenChecksum, out.record.OpenSize = plain.OpenChecksum, plain.OpenSize
			if b.series[0].files[document].compression == Uncompressed {
				out.record.OpenChecksum, out.record.OpenSize = plain.Checksum, plain.Size
			}
		}
		if i > 0 {
			out.record.Type += suffixZchunk
		}
		if err := out.seal(b.options.Checksum); err != nil {
			return nil, err
		}
		outputs = append(outputs, out)
	}
	return outputs, nil
}

// stop ends the goroutines and removes what is left of files. It may be called at
// any time; files that were returned cannot be read any more.
func (b *builder) stop() error {
	b.cancel(context.Canceled)
	b.wait()
	var errs []error
	for f := range b.files() {
		errs = append(errs, f.spool.Close())
	}
	return errors.Join(errs...)
}

// wait lets the goroutines run out of work.
func (b *builder) wait() {
	if b.ended {
		return
	}
	b.ended = true
	close(b.tasks)
	b.running.Wait()
	for f := range b.files() {
		close(f.queue)
		f.joined.Wait()
	}
}
