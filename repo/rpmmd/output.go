package rpmmd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"hash"
	"io"
	"time"
)

// Names that clients look for.
const (
	Dirname       = "repodata"       // directory of the metadata below the repository
	RepomdName    = "repomd.xml"     // index of the metadata, in that directory
	SignatureName = "repomd.xml.asc" // detached signature of the index, if it is signed
)

// Sink stores the files of one repository. They come one after the other;
// repomd.xml, which makes the others known, comes last.
type Sink interface {
	// Put stores a file of the directory repodata. If it fails, nothing more is
	// put and the writing fails with its error.
	Put(ctx context.Context, file *Output) error
}

// Output is a finished metadata file. It can be read any number of times, as long
// as it is being put.
type Output struct {
	Name string    // within the directory repodata
	Time time.Time // the modification time it should get; zero if any will do

	record Record
	head   []byte // what comes before the frames
	frames *spool // nil: none
	tail   []byte
}

// Size returns the length of the file in bytes.
func (o *Output) Size() int64 {
	n := int64(len(o.head) + len(o.tail))
	if o.frames != nil {
		n += o.frames.size
	}
	return n
}

// Open returns a reader of the content.
func (o *Output) Open() io.Reader {
	readers := []io.Reader{bytes.NewReader(o.head)}
	if o.frames != nil {
		readers = append(readers, io.NewSectionReader(o.frames, 0, o.frames.size))
	}
	return io.MultiReader(append(readers, bytes.NewReader(o.tail))...)
}

// WriteTo writes the content to w. It implements [io.WriterTo].
func (o *Output) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(o.head)
	written := int64(n)
	if err == nil && o.frames != nil {
		var n int64
		n, err = o.frames.WriteTo(w)
		written += n
	}
	if err == nil {
		n, err = w.Write(o.tail)
		written += int64(n)
	}
	return written, err
}

// rehash makes h the hash over the uncompressed content.
func (o *Output) rehash(h hash.Hash) error {
	r, err := decompress(o.Name, bufio.NewReader(o.Open()))
	if err != nil {
		return err
	}
	defer r.Close()
	h.Reset()
	_, err = io.Copy(h, r)
	return err
}

// setOpen notes the hash and the size of the uncompressed content.
func (o *Output) setOpen(t ChecksumType, h hash.Hash, size int64) {
	o.record.OpenChecksum = sumOf(t, h)
	o.record.OpenSize = size
}

// seal computes the checksum and the size of the content, which must be
// complete.
func (o *Output) seal(t ChecksumType) error {
	h, err := t.New()
	if err != nil {
		return err
	}
	if o.record.Size, err = o.WriteTo(h); err != nil {
		return err
	}
	o.record.Checksum = sumOf(t, h)
	return nil
}

func sumOf(t ChecksumType, h hash.Hash) Checksum {
	return Checksum{t.orDefault(), hex.EncodeToString(h.Sum(nil))}
}
