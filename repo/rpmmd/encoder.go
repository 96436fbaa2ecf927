package rpmmd

import (
	"bytes"
	"encoding/hex"
	"io"
	"slices"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo/zchunk"
)

// encoder compresses files in parts, which may be made at the same time: blocks of
// content become frames, and frames one after the other become a file once they
// are enclosed. It is safe for concurrent use.
type encoder interface {
	// encode appends the frame of a block to dst. A frame depends on its block
	// alone.
	encode(dst, block []byte) ([]byte, frame)

	// enclose completes a file that so far consists of the frames: it adds what
	// comes before and after them, and what its record says of that.
	enclose(out *Output, frames []frame) error
}

// frame describes a frame.
type frame struct {
	size int64 // in bytes
	open int64 // of its block

	unpadded int64  // of xz: size without the padding
	checksum []byte // of zchunk
}

// Levels used when none is asked for. That of gzip is upstream's; that of
// zstd is the last one whose cost is like gzip's.
const (
	gzipLevel = 6
	zstdLevel = 8
)

// zstdWindow is how far back zstd looks. Hardly a block is longer, and every
// encoder takes as much memory.
const zstdWindow = 4 << 20

// encoder returns an encoder that may be used by so many workers at a time.
// Level zero stands for the default. The dictionary is for zchunk alone.
func (c Compression) encoder(level, workers int, dictionary []byte) (encoder, error) {
	switch c {
	case Gzip:
		if level == 0 {
			level = gzipLevel
		}
		if level < 1 || level > gzip.BestCompression {
			return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "gzip level %d: not between 1 and 9", level)
		}
		return &gzipEncoder{level: level}, nil
	case Zstd:
		if level == 0 {
			level = zstdLevel
		}
		if level < 1 || level > 22 {
			return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "zstd level %d: not between 1 and 22", level)
		}
		// The checksums of repomd.xml guard the content.
		e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(workers), zstd.WithEncoderCRC(false),
			zstd.WithWindowSize(zstdWindow), zstd.WithLowerEncoderMem(true),
			zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(level)))
		if err != nil {
			return nil, err
		}
		return zstdEncoder{e}, nil
	case XZ:
		if level != 0 {
			return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "xz level %d: there is but one", level)
		}
		return xzEncoder{}, nil
	case Zchunk:
		return newZchunkEncoder(level, workers, dictionary)
	case Uncompressed:
		return plainEncoder{}, nil
	default:
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "unknown compression %d", c)
	}
}

// bare is a format whose files consist of frames and nothing else.
type bare struct{}

func (bare) enclose(*Output, []frame) error { return nil }

// gzipEncoder makes the members of gzip files.
type gzipEncoder struct {
	bare
	level   int
	writers sync.Pool
}

// encode implements encoder.
func (e *gzipEncoder) encode(dst, block []byte) ([]byte, frame) {
	out := bytes.NewBuffer(dst)
	w, ok := e.writers.Get().(*gzip.Writer)
	if ok {
		w.Reset(out)
	} else {
		// The level has been checked.
		w, _ = gzip.NewWriterLevel(out, e.level)
	}
	// Writing to a bytes.Buffer does not fail.
	_, _ = w.Write(block)
	_ = w.Close()
	w.Reset(io.Discard)
	e.writers.Put(w)
	return out.Bytes(), frame{size: int64(out.Len() - len(dst)), open: int64(len(block))}
}

// zstdEncoder makes the frames of zstd files.
type zstdEncoder struct{ *zstd.Encoder }

func (zstdEncoder) enclose(*Output, []frame) error { return nil }

// encode implements encoder.
func (e zstdEncoder) encode(dst, block []byte) ([]byte, frame) {
	packed := e.EncodeAll(block, dst)
	return packed, frame{size: int64(len(packed) - len(dst)), open: int64(len(block))}
}

// plainEncoder leaves content as it is.
type plainEncoder struct{ bare }

// encode implements encoder.
func (plainEncoder) encode(dst, block []byte) ([]byte, frame) {
	return append(dst, block...), frame{size: int64(len(block)), open: int64(len(block))}
}

// zchunkEncoder makes the chunks of zchunk files.
type zchunkEncoder struct {
	chunks     *zchunk.Encoder
	dictionary zchunk.Chunk
	packed     []byte // the dictionary
}

func newZchunkEncoder(level, workers int, dictionary []byte) (*zchunkEncoder, error) {
	chunks, err := zchunk.NewEncoder(zchunk.Zstd, level, dictionary, workers)
	if err != nil {
		return nil, err
	}
	e := &zchunkEncoder{chunks: chunks}
	if len(dictionary) > 0 {
		plain, err := zchunk.NewEncoder(zchunk.Zstd, level, nil, 1)
		if err != nil {
			return nil, err
		}
		e.packed = plain.Encode(nil, dictionary)
		e.dictionary = zchunk.Chunk{
			Checksum: zchunk.SHA512_128.AppendSum(nil, e.packed), Size: int64(len(e.packed)), OpenSize: int64(len(dictionary)),
		}
	}
	return e, nil
}

// encode implements encoder.
func (e *zchunkEncoder) encode(dst, block []byte) ([]byte, frame) {
	packed := e.chunks.Encode(dst, block)
	chunk := packed[len(dst):]
	return packed, frame{size: int64(len(chunk)), open: int64(len(block)), checksum: zchunk.SHA512_128.AppendSum(nil, chunk)}
}

// enclose implements encoder.
func (e *zchunkEncoder) enclose(out *Output, frames []frame) error {
	h := zchunk.Header{
		ChecksumType: zchunk.SHA256, ChunkChecksumType: zchunk.SHA512_128,
		Dictionary: e.dictionary, Chunks: make([]zchunk.Chunk, len(frames)),
	}
	for i, f := range frames {
		h.Chunks[i] = zchunk.Chunk{Checksum: f.checksum, Size: f.size, OpenSize: f.open}
	}
	body, err := SHA256.New()
	if err != nil {
		return err
	}
	body.Write(e.packed)
	if _, err := out.WriteTo(body); err != nil {
		return err
	}
	h.DataChecksum = body.Sum(nil)
	head, err := h.Append(nil)
	if err != nil {
		return err
	}
	out.head = slices.Concat(head, e.packed, out.head)
	out.record.HeaderChecksum = Checksum{SHA256, hex.EncodeToString(h.Checksum)}
	out.record.HeaderSize = h.Size
	return nil
}
