package rpmmd

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"slices"
	"sync"
)

// document is one of the three files about packages.
type document struct {
	typ, name string
	open      string // opening tag up to the number of packages
	closing   string
	render    func(*Package, []byte) []byte
}

var documents = [...]document{
	{
		TypePrimary, "primary.xml",
		"<metadata xmlns=\"http://linux.duke.edu/metadata/common\" xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\" packages=\"",
		"</metadata>", (*Package).AppendPrimary,
	},
	{
		TypeFilelists, "filelists.xml",
		"<filelists xmlns=\"http://linux.duke.edu/metadata/filelists\" packages=\"",
		"</filelists>", (*Package).AppendFilelists,
	},
	{
		TypeOther, "other.xml",
		"<otherdata xmlns=\"http://linux.duke.edu/metadata/other\" packages=\"",
		"</otherdata>", (*Package).AppendOther,
	},
}

// start returns what comes before the packages.
func (d *document) start(packages int) []byte {
	return fmt.Appendf(nil, "%s%s%d\">\n", prolog, d.open, packages)
}

// builder makes the three files. It cuts the packages into blocks, which workers
// render and compress on their own, and puts the frames together in order.
//
// The first frame of a file tells the number of packages, which is certain only
// at the end; so it is made last, and the hash over the uncompressed content
// begins with a guess.
type builder struct {
	ctx      context.Context
	cancel   context.CancelFunc
	options  *Options
	expected int
	packages int
	block    []*Package
	paths    int          // bytes of file paths in the block
	packers  []compressor // one per worker
	tasks    chan *task
	running  sync.WaitGroup
	ended    bool // there are no goroutines left
	files    [len(documents)]*file
	buffers  sync.Pool
}

// file is one document being made.
type file struct {
	*document
	queue  chan *task // in the order of the document
	joined sync.WaitGroup
	frames [][]byte
	open   hash.Hash // over the uncompressed content, if the guess was right
	size   int64     // of the blocks, uncompressed
}

// task is to make one frame: a block of packages of one document.
type task struct {
	document *document
	packages []*Package
	raw      *[]byte // uncompressed; from the pool of buffers
	frame    []byte
	done     chan struct{}
}

// newBuilder starts the goroutines of a builder; stop or finish ends them.
func newBuilder(ctx context.Context, o *Options, expected int) (*builder, error) {
	n := workers(o.Workers)
	b := &builder{options: o, expected: expected, tasks: make(chan *task)}
	b.buffers.New = func() any {
		buf := make([]byte, 0, 1<<20)
		return &buf
	}
	for range n {
		packer, err := o.compression().compressor(o.Level)
		if err != nil {
			return nil, err
		}
		b.packers = append(b.packers, packer)
	}
	for i := range documents {
		open, err := o.Checksum.New()
		if err != nil {
			return nil, err
		}
		open.Write(documents[i].start(expected))
		b.files[i] = &file{document: &documents[i], queue: make(chan *task, n+1), open: open}
	}
	b.ctx, b.cancel = context.WithCancel(ctx)
	for _, packer := range b.packers {
		b.running.Go(func() { b.work(packer) })
	}
	for _, f := range b.files {
		f.joined.Go(func() { b.join(f) })
	}
	return b, nil
}

// work makes frames until there are no more tasks.
func (b *builder) work(packer compressor) {
	var packed []byte
	for t := range b.tasks {
		if b.ctx.Err() == nil {
			t.raw = b.buffers.Get().(*[]byte)
			raw := (*t.raw)[:0]
			for _, p := range t.packages {
				raw = t.document.render(p, raw)
			}
			*t.raw = raw
			packed = packer.compress(packed[:0], raw)
			t.frame = append([]byte(nil), packed...)
		}
		close(t.done)
	}
}

// join puts the frames of one document together as they are done.
func (b *builder) join(f *file) {
	for t := range f.queue {
		<-t.done
		if t.raw == nil {
			continue // cancelled
		}
		if b.options.compression() != Uncompressed { // then it is the hash of the file
			f.open.Write(*t.raw)
		}
		f.size += int64(len(*t.raw))
		f.frames = append(f.frames, t.frame)
		b.buffers.Put(t.raw)
	}
}

// A block ends after a package whose name says so, as soon as it has a least
// number of packages, or when it has a greatest. Where blocks end depends
// on what is in them, so that a change of one package changes one or two blocks
// and leaves the frames of all others as they were.
const (
	leastBlock    = 64
	greatestBlock = 1024
	meanGap       = 256 // packages between names that end a block

	// greatestPaths ends a block as well, to bound the memory that it takes. It
	// is far beyond what packages commonly list.
	greatestPaths = 64 << 20
)

func endsBlock(name string, n int) bool {
	return n >= leastBlock && fnv32(name)%meanGap == 0 || n >= greatestBlock
}

// fnv32 is the hash FNV-1a.
func fnv32(s string) uint32 {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}

// add adds the next package of the repository.
func (b *builder) add(p *Package) error {
	b.packages++
	b.block = append(b.block, p)
	for _, f := range p.Files {
		b.paths += len(f.Dir) + len(f.Base)
	}
	if !endsBlock(p.Name, len(b.block)) && b.paths < greatestPaths {
		return b.ctx.Err()
	}
	return b.flush()
}

// flush hands the block to the workers.
func (b *builder) flush() error {
	for _, f := range b.files {
		t := &task{document: f.document, packages: b.block, done: make(chan struct{})}
		select {
		case b.tasks <- t:
			f.queue <- t // never blocks for long: join makes room as workers finish
		case <-b.ctx.Done():
			return b.ctx.Err()
		}
	}
	b.block, b.paths = nil, 0
	return nil
}

// finish waits for all frames and returns the files.
func (b *builder) finish() ([]*Output, error) {
	if len(b.block) > 0 {
		if err := b.flush(); err != nil {
			return nil, err
		}
	}
	b.wait()
	if err := b.ctx.Err(); err != nil {
		return nil, err
	}
	outputs := make([]*Output, len(b.files))
	errs := make([]error, len(b.files))
	var finished sync.WaitGroup
	for i, f := range b.files {
		start, closing := f.start(b.packages), []byte(f.closing)
		packer := b.packers[0]
		f.frames = slices.Insert(f.frames, 0, packer.compress(nil, start))
		f.frames = append(f.frames, packer.compress(nil, closing))
		finished.Go(func() { outputs[i], errs[i] = b.output(f, start, closing) })
	}
	finished.Wait()
	return outputs, errors.Join(errs...)
}

// output computes the checksums of a file that has all its frames.
func (b *builder) output(f *file, start, closing []byte) (*Output, error) {
	c := b.options.compression()
	out := &Output{Name: f.name + c.suffix(), record: Record{Type: f.typ}, frames: f.frames}
	if c != Uncompressed {
		f.open.Write(closing)
		if b.packages != b.expected {
			if err := out.rehash(f.open); err != nil {
				return nil, err
			}
		}
		out.setOpen(b.options.Checksum, f.open, int64(len(start))+f.size+int64(len(closing)))
	}
	return out, out.seal(b.options.Checksum)
}

// stop ends the goroutines without a result. It may be called at any time.
func (b *builder) stop() {
	b.cancel()
	b.wait()
}

// wait lets the goroutines run out of work.
func (b *builder) wait() {
	if b.ended {
		return
	}
	b.ended = true
	close(b.tasks)
	b.running.Wait()
	for _, f := range b.files {
		close(f.queue)
		f.joined.Wait()
	}
}
