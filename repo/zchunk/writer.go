package zchunk

import (
	"bytes"
	"hash"
	"io"

	"github.com/kojikit/kojikit/koji"
)

// Options say how a file is written. The zero value does as the zchunk tools do
// by default.
type Options struct {
	Compression Compression
	Level       int    // 1 to 22 for zstd; 0 for a sensible one
	Dictionary  []byte // see [NewEncoder]; none if empty

	ChecksumType      ChecksumType // of header and body
	ChunkChecksumType ChecksumType

	// OpenChecksums adds checksums of the uncompressed chunks, with which the
	// file can be assembled from an uncompressed older version.
	OpenChecksums bool

	// Elements and Signatures become part of the header as they are.
	Elements   []Element
	Signatures []Signature

	// Manual ends chunks only where [Writer.EndChunk] does, and at MaxChunk. Else
	// they end where the content says so as well, see [Split].
	Manual bool

	// Body, if not nil, is an empty file that takes the compressed chunks until
	// the header is known. Else they are in memory.
	Body io.ReadWriteSeeker
}

// Writer compresses content into a zchunk file. It is not safe for concurrent use.
type Writer struct {
	w       io.Writer
	options Options
	header  Header
	encoder *Encoder
	content []byte // of the chunk to come
	packed  []byte // memory for a chunk
	body    io.ReadWriter
	data    hash.Hash // over the body
	err     error     // of the first operation that failed
	closed  bool
}

// NewWriter returns a writer of a file to w. Nothing is written before Close.
// Options that cannot be met fail with [koji.ErrInvalid].
func NewWriter(w io.Writer, o Options) (*Writer, error) {
	z := &Writer{w: w, options: o, body: &bytes.Buffer{}}
	if o.Body != nil {
		z.body = o.Body
	}
	z.header = Header{
		ChecksumType: o.ChecksumType, ChunkChecksumType: o.ChunkChecksumType, Compression: o.Compression,
		OpenChecksums: o.OpenChecksums, Elements: o.Elements, Signatures: o.Signatures,
	}
	z.header.setDefaults()
	for _, t := range []ChecksumType{z.header.ChecksumType, z.header.ChunkChecksumType} {
		if t.size() == 0 {
			return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "unknown checksum type %d", int(t))
		}
	}
	z.data = z.header.ChecksumType.hash()
	var err error
	if z.encoder, err = NewEncoder(o.Compression, o.Level, o.Dictionary, 1); err != nil {
		return nil, err
	}
	if len(o.Dictionary) > 0 {
		plain, err := NewEncoder(o.Compression, o.Level, nil, 1)
		if err != nil {
			return nil, err
		}
		z.header.Dictionary, z.err = z.store(plain, o.Dictionary)
	}
	return z, nil
}

// store compresses a chunk and puts it into the body.
func (z *Writer) store(e *Encoder, content []byte) (Chunk, error) {
	z.packed = e.Encode(z.packed[:0], content)
	c := Chunk{
		Checksum: z.header.ChunkChecksumType.AppendSum(nil, z.packed),
		Size:     int64(len(z.packed)),
		OpenSize: int64(len(content)),
	}
	if z.header.OpenChecksums {
		c.OpenChecksum = z.header.ChunkChecksumType.AppendSum(nil, content)
	}
	z.data.Write(z.packed)
	_, err := z.body.Write(z.packed)
	return c, err
}

// Write adds content. It implements [io.Writer].
func (z *Writer) Write(p []byte) (int, error) {
	if z.closed {
		return 0, koji.Errorf(koji.ErrState, koji.FaultGeneric, "the zchunk writer is closed")
	}
	most := greatestCut
	if z.options.Manual {
		most = MaxChunk
	}
	var written int
	for len(p) > 0 && z.err == nil {
		n := min(len(p), max(most, 2*greatestCut)-len(z.content))
		z.content = append(z.content, p[:n]...)
		p, written = p[n:], written+n
		for len(z.content) >= most && z.err == nil {
			z.flush()
		}
	}
	return written, z.err
}

// flush ends a chunk, in automatic mode where the content says so.
func (z *Writer) flush() {
	n := len(z.content)
	if !z.options.Manual {
		n = cut(z.content)
	}
	chunk, err := z.store(z.encoder, z.content[:n])
	if err != nil {
		z.err = err
		return
	}
	chunk.Stream = 1
	z.header.Chunks = append(z.header.Chunks, chunk)
	z.content = z.content[:copy(z.content, z.content[n:])]
}

// EndChunk ends the chunk: what was written before and what comes later are in
// different ones. There are no empty chunks.
func (z *Writer) EndChunk() error {
	for len(z.content) > 0 && z.err == nil {
		z.flush()
	}
	return z.err
}

// Close ends the last chunk and writes the file. It does not close what the
// writer writes to. Closing again does nothing.
func (z *Writer) Close() error {
	if z.closed {
		return z.err
	}
	z.closed = true
	if err := z.EndChunk(); err != nil {
		return err
	}
	z.err = z.finish()
	return z.err
}

func (z *Writer) finish() error {
	z.header.DataChecksum = z.header.ChecksumType.sum(z.data)
	head, err := z.header.Append(nil)
	if err != nil {
		return err
	}
	if z.options.Body != nil {
		if _, err := z.options.Body.Seek(0, io.SeekStart); err != nil {
			return err
		}
	}
	if _, err := z.w.Write(head); err != nil {
		return err
	}
	_, err = io.Copy(z.w, z.body)
	return err
}

// Header returns the header of the file, which is complete after Close.
func (z *Writer) Header() *Header { return &z.header }
