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
	Dirname    = "repodata"   // directory of the metadata below the repository
	RepomdName = "repomd.xml" // index of the metadata, in that directory
)

// Sink stores the files of one repository. They come one after the other;
// repomd.xml, which makes the others known, comes last.
type Sink interface {
	// Put stores a file of the directory repodata. If it fails, nothing more is
	// put and the writing fails with its error.
	Put(ctx context.Context, file *Output) error
}

// Output is a finished metadata file. It can be read any number of times.
type Output struct {
	Name string    // within the directory repodata
	Time time.Time // the modification time it should get; zero if any will do

	record Record
	frames [][]byte
}

// Size returns the length of the file in bytes.
func (o *Output) Size() int64 {
	var n int64
	for _, frame := range o.frames {
		n += int64(len(frame))
	}
	return n
}

// Open returns a reader of the content.
func (o *Output) Open() io.Reader {
	readers := make([]io.Reader, len(o.frames))
	for i, frame := range o.frames {
		readers[i] = bytes.NewReader(frame)
	}
	return io.MultiReader(readers...)
}

// WriteTo writes the content to w. It implements [io.WriterTo].
func (o *Output) WriteTo(w io.Writer) (int64, error) {
	var written int64
	for _, frame := range o.frames {
		n, err := w.Write(frame)
		written += int64(n)
		if err != nil {
			return written, err
		}
	}
	return written, nil
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
