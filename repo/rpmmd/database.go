package rpmmd

import (
	"context"
	"errors"
	"io"
	"os"
)

// databaseVersion is that of the schema of the SQLite databases.
const databaseVersion = 10

// Databases makes the three SQLite databases that hold the same as the XML files
// about packages.
type Databases interface {
	// Add adds the next package, in the order of the repository.
	Add(p *Package) error

	// Finish completes the databases, which note the checksums of the compressed
	// XML files. Both are in the order primary, filelists, other. It returns the
	// paths of the databases, which are closed.
	Finish(checksums [3]string) (paths [3]string, err error)

	// Close ends the making, whether it is finished or not.
	Close() error
}

// databaseBuilder makes the SQLite databases, if they are asked for.
type databaseBuilder struct {
	options *Options
	dir     string // of temporary files
	making  Databases
	spools  [3]spool
}

func newDatabaseBuilder(o *Options, temp string) (b *databaseBuilder, err error) {
	b = &databaseBuilder{options: o}
	if o.Databases == nil {
		return b, nil
	}
	if b.dir, err = os.MkdirTemp(temp, ".rpmmd-*"); err != nil {
		return nil, err
	}
	if b.making, err = o.Databases(b.dir); err != nil {
		return nil, errors.Join(err, b.stop())
	}
	return b, nil
}

// add adds the next package.
func (b *databaseBuilder) add(p *Package) error {
	if b.making == nil {
		return nil
	}
	return b.making.Add(p)
}

// finish returns the files, given those of the XML, which begin with primary,
// filelists and other.
func (b *databaseBuilder) finish(ctx context.Context, xml []*Output) ([]*Output, error) {
	if b.making == nil {
		return nil, nil
	}
	types := [...]string{TypePrimary, TypeFilelists, TypeOther}
	var checksums [len(types)]string
	for i, typ := range types {
		for _, out := range xml {
			if out.record.Type == typ {
				checksums[i] = out.record.Checksum.Value
			}
		}
	}
	paths, err := b.making.Finish(checksums)
	if err != nil {
		return nil, err
	}
	outputs := make([]*Output, len(types))
	for i, typ := range types {
		if outputs[i], err = b.compress(ctx, typ, paths[i], &b.spools[i]); err != nil {
			return nil, err
		}
	}
	return outputs, nil
}

// databaseBlock is the size of the blocks that databases are compressed in.
const databaseBlock = 1 << 20

// compress compresses a finished database.
func (b *databaseBuilder) compress(ctx context.Context, typ, path string, frames *spool) (*Output, error) {
	c := b.options.compression()
	if c != XZ && c != Uncompressed {
		c = Gzip
	}
	level := 0
	if c == b.options.compression() {
		level = b.options.Level
	}
	encoder, err := c.encoder(level, 1, nil)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	open, err := b.options.Checksum.New()
	if err != nil {
		return nil, err
	}
	frames.dir = b.dir
	out := &Output{Name: typ + ".sqlite" + c.suffix(), frames: frames, record: Record{Type: typ + "_db", DatabaseVersion: databaseVersion}}
	block, packed := make([]byte, databaseBlock), []byte(nil)
	var list []frame
	var size int64
	for {
		n, err := io.ReadFull(file, block)
		if n > 0 {
			var f frame
			packed, f = encoder.encode(packed[:0], block[:n])
			list = append(list, f)
			open.Write(block[:n])
			size += int64(n)
			if _, err := frames.Write(packed); err != nil {
				return nil, err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, err
		}
	}
	if err := encoder.enclose(out, list); err != nil {
		return nil, err
	}
	if c != Uncompressed {
		out.setOpen(b.options.Checksum, open, size)
	}
	return out, out.seal(b.options.Checksum)
}

// stop frees everything and removes all files.
func (b *databaseBuilder) stop() error {
	var errs []error
	if b.making != nil {
		errs = append(errs, b.making.Close())
	}
	for i := range b.spools {
		errs = append(errs, b.spools[i].Close())
	}
	if b.dir != "" {
		errs = append(errs, os.RemoveAll(b.dir))
	}
	return errors.Join(errs...)
}
