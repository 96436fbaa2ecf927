package zchunk

import (
	"bytes"

	"github.com/klauspost/compress/zstd"

	"github.com/kojikit/kojikit/koji"
)

// DefaultLevel is the level of compression that is used when none is asked for, on
// the scale of zstd from 1 to 22.
const DefaultLevel = 8

// Encoder compresses chunks. It is safe for concurrent use.
type Encoder struct {
	zstd *zstd.Encoder // nil: chunks stay as they are
}

// NewEncoder returns an encoder. The dictionary may be one that zstd was trained
// to make or any text; it may be empty. Up to workers chunks are compressed at the
// same time, one at least. A level that there is not, or a dictionary that begins like a
// trained one and is not, fails with [koji.ErrInvalid].
func NewEncoder(c Compression, level int, dictionary []byte, workers int) (*Encoder, error) {
	if c == Uncompressed {
		return &Encoder{}, nil
	}
	if level == 0 {
		level = DefaultLevel
	}
	if level < 1 || level > 22 {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "zstd level %d: not between 1 and 22", level)
	}
	// Frames carry their size and no checksum: the header has one. Chunks are
	// short; a window for the longest would be so much memory for nothing.
	options := []zstd.EOption{
		zstd.WithEncoderConcurrency(max(workers, 1)), zstd.WithEncoderCRC(false), zstd.WithZeroFrames(true), zstd.WithSingleSegment(true),
		zstd.WithWindowSize(2 << 20), zstd.WithLowerEncoderMem(true),
		zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(level)),
	}
	switch {
	case len(dictionary) == 0:
	case isTrained(dictionary):
		options = append(options, zstd.WithEncoderDict(dictionary))
	default:
		options = append(options, zstd.WithEncoderDictRaw(0, dictionary))
	}
	e, err := zstd.NewWriter(nil, options...)
	if err != nil {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "dictionary of %d bytes: %w", len(dictionary), err)
	}
	return &Encoder{e}, nil
}

// isTrained tells whether a dictionary has the form that zstd gives to those it
// trains.
func isTrained(dictionary []byte) bool {
	return bytes.HasPrefix(dictionary, []byte{0x37, 0xa4, 0x30, 0xec})
}

// Encode appends the compressed chunk to dst.
func (e *Encoder) Encode(dst, chunk []byte) []byte {
	if e.zstd == nil {
		return append(dst, chunk...)
	}
	return e.zstd.EncodeAll(chunk, dst)
}
