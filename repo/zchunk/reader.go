package zchunk

import (
	"bytes"
	"fmt"
	"hash"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/kojikit/kojikit/koji"
)

// Reader decompresses a zchunk file. It holds one chunk at a time. It is not safe
// for concurrent use.
type Reader struct {
	header  *Header
	r       io.Reader
	limits  Limits
	zstd    *zstd.Decoder
	data    hash.Hash // over the body
	next    int       // chunk
	packed  bytes.Buffer
	buffer  []byte // of uncompressed chunks
	content []byte // what is left of the chunk
	err     error
}

// NewReader reads the header of a file, see [ReadHeader], and returns a reader of
// its content. A detached header fails with [koji.ErrInvalid] when content is
// read.
func NewReader(r io.Reader, l Limits) (*Reader, error) {
	h, err := ReadHeader(r, l)
	if err != nil {
		return nil, err
	}
	z := &Reader{header: h, r: r, limits: l, data: h.ChecksumType.hash()}
	if err := z.start(); err != nil {
		return nil, err
	}
	return z, nil
}

// Header returns the header of the file.
func (z *Reader) Header() *Header { return z.header }

// start reads the dictionary.
func (z *Reader) start() error {
	dictionary, err := z.chunk(&z.header.Dictionary)
	if err != nil {
		return fmt.Errorf("dictionary: %w", err)
	}
	if len(dictionary) == 0 {
		return nil
	}
	dictionary = bytes.Clone(dictionary)
	z.release()
	z.zstd, err = z.decoder(dictionary)
	return err
}

// decoder returns a decoder that gives no more than there is room for.
func (z *Reader) decoder(dictionary []byte) (*zstd.Decoder, error) {
	options := []zstd.DOption{
		zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderMaxMemory(uint64(z.limits.chunk())),
	}
	switch {
	case len(dictionary) == 0:
	case isTrained(dictionary):
		options = append(options, zstd.WithDecoderDicts(dictionary))
	default:
		options = append(options, zstd.WithDecoderDictRaw(0, dictionary))
	}
	d, err := zstd.NewReader(nil, options...)
	if err != nil {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "dictionary of %d bytes: %w", len(dictionary), err)
	}
	return d, nil
}

// Read reads the content of the file, which is that of stream 1. After the last
// chunk it verifies the checksum of the body. It implements [io.Reader]; errors
// are [koji.ErrInvalid], [koji.ErrMismatch], [koji.ErrLimit] and those of the
// underlying reader, which name the chunk.
func (z *Reader) Read(p []byte) (int, error) {
	for len(z.content) == 0 && z.err == nil {
		z.err = z.advance()
	}
	if len(z.content) == 0 {
		return 0, z.err
	}
	n := copy(p, z.content)
	z.content = z.content[n:]
	return n, nil
}

// advance goes on to the next chunk.
func (z *Reader) advance() error {
	if z.next == len(z.header.Chunks) {
		return z.finish()
	}
	c := &z.header.Chunks[z.next]
	z.next++
	content, err := z.chunk(c)
	if err != nil {
		return fmt.Errorf("chunk %d: %w", z.next, err)
	}
	if !z.header.Streams || c.Stream == 1 {
		z.content = content
	}
	return nil
}

// finish verifies the body.
func (z *Reader) finish() error {
	want := z.header.DataChecksum
	if z.header.OpenChecksums && allZero(want) {
		return io.EOF
	}
	if got := z.header.ChecksumType.sum(z.data); !bytes.Equal(got, want) {
		return koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "body has %s checksum %x, want %x", z.header.ChecksumType, got, want)
	}
	return io.EOF
}

// chunk reads a chunk and returns its content, which is valid until the next call.
func (z *Reader) chunk(c *Chunk) ([]byte, error) {
	if n := max(c.Size, c.OpenSize); n > z.limits.chunk() {
		return nil, koji.Errorf(koji.ErrLimit, koji.FaultGeneric, "%d bytes: more than %d", n, z.limits.chunk())
	}
	z.packed.Reset()
	if _, err := io.CopyN(&z.packed, z.r, c.Size); err != nil {
		return nil, truncated(err)
	}
	packed := z.packed.Bytes()
	z.data.Write(packed)
	t := z.header.ChunkChecksumType
	if got := t.AppendSum(nil, packed); !bytes.Equal(got, c.Checksum) && !(c.Size == 0 && allZero(c.Checksum)) {
		return nil, koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "%s checksum is %x, want %x", t, got, c.Checksum)
	}
	content, err := z.unpack(packed, c.OpenSize)
	if err != nil {
		return nil, err
	}
	if int64(len(content)) != c.OpenSize {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "%d bytes uncompressed, want %d", len(content), c.OpenSize)
	}
	if z.header.OpenChecksums {
		if got := t.AppendSum(nil, content); !bytes.Equal(got, c.OpenChecksum) && !(c.OpenSize == 0 && allZero(c.OpenChecksum)) {
			return nil, koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "%s checksum of the content is %x, want %x", t, got, c.OpenChecksum)
		}
	}
	return content, nil
}

// maxRatio is beyond what zstd can make of a byte: a block of 128 KiB takes four.
const maxRatio = 128 << 10

// unpack decompresses a chunk, which may come to size bytes.
func (z *Reader) unpack(packed []byte, size int64) ([]byte, error) {
	if len(packed) == 0 || z.header.Compression == Uncompressed {
		return packed, nil
	}
	if size > int64(len(packed))*maxRatio {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "%d bytes cannot hold %d", len(packed), size)
	}
	if z.zstd == nil {
		var err error
		if z.zstd, err = z.decoder(nil); err != nil {
			return nil, err
		}
	}
	if int64(cap(z.buffer)) < size {
		z.buffer = make([]byte, 0, size)
	}
	content, err := z.zstd.DecodeAll(packed, z.buffer[:0:size])
	if err != nil {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "decompress: %w", err)
	}
	return content, nil
}

// Close frees memory. It does not close the underlying reader. Reading afterwards
// fails with [koji.ErrState].
func (z *Reader) Close() error {
	z.release()
	z.content, z.buffer = nil, nil
	z.err = koji.Errorf(koji.ErrState, koji.FaultGeneric, "the zchunk reader is closed")
	return nil
}

// release ends the decoder.
func (z *Reader) release() {
	if z.zstd != nil {
		z.zstd.Close()
		z.zstd = nil
	}
}
