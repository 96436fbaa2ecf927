package zchunk

import (
	"bytes"
	"cmp"

	"github.com/kojikit/kojikit/koji"
)

// Header is what a file says about its body.
type Header struct {
	ChecksumType      ChecksumType // of Checksum and DataChecksum; SHA256 by default
	ChunkChecksumType ChecksumType // of chunks; SHA512_128 by default
	Compression       Compression  // of all chunks

	// DataChecksum is of the whole body. A file with open checksums may have
	// zeros here, as zck writes them.
	DataChecksum []byte

	// Elements are optional. Readers ignore those they do not know.
	Elements []Element

	// Dictionary is the chunk that holds the dictionary of all others; of size 0 if
	// there is none.
	Dictionary Chunk
	Chunks     []Chunk

	// Streams tells that chunks belong to streams. If not, all are of stream 1.
	Streams bool
	// OpenChecksums tells that chunks have open checksums.
	OpenChecksums bool

	Signatures []Signature

	// Checksum and Size, which counts all bytes before the body, are set by
	// ReadHeader and Append.
	Checksum []byte
	Size     int64
}

// Chunk describes a chunk.
type Chunk struct {
	Stream       uint64
	Checksum     []byte // of the compressed chunk
	OpenChecksum []byte // of the uncompressed chunk
	Size         int64  // compressed, in bytes
	OpenSize     int64  // uncompressed, in bytes
}

// Element is an optional element of a header. No ids are defined so far.
type Element struct {
	ID   uint64
	Data []byte
}

// Signature is a signature over a header without its checksum and signatures. No
// types are defined so far.
type Signature struct {
	Type uint64
	Data []byte
}

// BodySize returns the length of the body in bytes.
func (h *Header) BodySize() int64 {
	size := h.Dictionary.Size
	for i := range h.Chunks {
		size += h.Chunks[i].Size
	}
	return size
}

// setDefaults replaces default checksum types by those they stand for.
func (h *Header) setDefaults() {
	h.ChecksumType = cmp.Or(h.ChecksumType, SHA256)
	h.ChunkChecksumType = cmp.Or(h.ChunkChecksumType, SHA512_128)
}

// Append appends the header to dst, which need not be empty. Checksums of another
// length than their type's fail with [koji.ErrInvalid].
func (h *Header) Append(dst []byte) ([]byte, error) {
	h.setDefaults()
	body, err := h.appendBody(nil)
	if err != nil {
		return nil, err
	}
	start := len(dst)
	dst = append(dst, fileID...)
	dst = appendInt(dst, h.ChecksumType.code())
	dst = appendInt(dst, uint64(len(body)))
	sum := h.ChecksumType.hash()
	sum.Write(dst[start:])
	sum.Write(body)
	h.Checksum = h.ChecksumType.sum(sum)
	dst = append(dst, h.Checksum...)
	dst = append(dst, body...)
	h.Size = int64(len(dst) - start)
	return dst, nil
}

// appendBody appends what follows the lead: preface, index and signatures.
func (h *Header) appendBody(dst []byte) ([]byte, error) {
	if n := h.ChecksumType.size(); n == 0 || len(h.DataChecksum) != n {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "data checksum has %d bytes, which is not a %s", len(h.DataChecksum), h.ChecksumType)
	}
	dst = append(dst, h.DataChecksum...)
	var flags uint64
	if h.Streams {
		flags |= flagStreams
	}
	if len(h.Elements) > 0 {
		flags |= flagElements
	}
	if h.OpenChecksums {
		flags |= flagOpenChecksums
	}
	dst = appendInt(dst, flags)
	if h.Compression == Uncompressed {
		dst = appendInt(dst, codeUncompressed)
	} else {
		dst = appendInt(dst, codeZstd)
	}
	if len(h.Elements) > 0 {
		dst = appendInt(dst, uint64(len(h.Elements)))
		for _, e := range h.Elements {
			dst = appendInt(dst, e.ID)
			dst = appendInt(dst, uint64(len(e.Data)))
			dst = append(dst, e.Data...)
		}
	}
	index, err := h.appendIndex(nil)
	if err != nil {
		return nil, err
	}
	dst = appendInt(dst, uint64(len(index)))
	dst = append(dst, index...)
	dst = appendInt(dst, uint64(len(h.Signatures)))
	for _, s := range h.Signatures {
		dst = appendInt(dst, s.Type)
		dst = appendInt(dst, uint64(len(s.Data)))
		dst = append(dst, s.Data...)
	}
	return dst, nil
}

func (h *Header) appendIndex(dst []byte) ([]byte, error) {
	n := h.ChunkChecksumType.size()
	dst = appendInt(dst, h.ChunkChecksumType.code())
	dst = appendInt(dst, uint64(len(h.Chunks))+1)
	add := func(c *Chunk) error {
		if h.Streams {
			dst = appendInt(dst, c.Stream)
		}
		if n == 0 || len(c.Checksum) != n || h.OpenChecksums && len(c.OpenChecksum) != n {
			return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "chunk checksums have %d and %d bytes, which is not a %s",
				len(c.Checksum), len(c.OpenChecksum), h.ChunkChecksumType)
		}
		dst = append(dst, c.Checksum...)
		if h.OpenChecksums {
			dst = append(dst, c.OpenChecksum...)
		}
		dst = appendInt(dst, uint64(c.Size))
		dst = appendInt(dst, uint64(c.OpenSize))
		return nil
	}
	dictionary := h.Dictionary
	if dictionary.Size == 0 {
		dictionary = Chunk{Checksum: make([]byte, n), OpenChecksum: make([]byte, n)}
	}
	if err := add(&dictionary); err != nil {
		return nil, err
	}
	for i := range h.Chunks {
		if err := add(&h.Chunks[i]); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// allZero tells whether a checksum is none.
func allZero(sum []byte) bool { return len(bytes.Trim(sum, "\x00")) == 0 }
