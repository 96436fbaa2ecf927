package zchunk

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/kojikit/kojikit/koji"
)

// Limits bound the memory that reading a file may take. A field that is zero
// stands for its default. What goes beyond a limit fails with [koji.ErrLimit].
type Limits struct {
	Header int64 // bytes of the header; default 16 MiB, enough for 500,000 chunks
	Chunk  int64 // bytes of a chunk or of the dictionary, compressed or not; default 64 MiB
}

func (l Limits) header() int64 { return cmp.Or(l.Header, 16<<20) }
func (l Limits) chunk() int64  { return cmp.Or(l.Chunk, 64<<20) }

// ReadHeader reads the header of a file, or a detached header, and verifies its
// checksum. It reads nothing beyond. A header that is not sound fails with
// [koji.ErrInvalid], one with another checksum with [koji.ErrMismatch].
func ReadHeader(r io.Reader, l Limits) (*Header, error) {
	h := &Header{}
	lead := leadReader{r: r}
	id := lead.next(len(fileID))
	checksumCode, size := lead.int(), lead.int()
	if lead.err != nil {
		return nil, lead.err
	}
	if string(id) != fileID && string(id) != detachedID {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "not a zchunk file: it begins with %q", id)
	}
	var err error
	if h.ChecksumType, err = checksumType(checksumCode); err != nil {
		return nil, err
	}
	if size > uint64(l.header()) {
		return nil, koji.Errorf(koji.ErrLimit, koji.FaultGeneric, "header of %d bytes: more than %d", size, l.header())
	}
	sum := h.ChecksumType.hash()
	// Of detached headers, the checksum is that of the file they come from.
	sum.Write([]byte(fileID))
	sum.Write(lead.read[len(fileID):])
	h.Size = int64(len(lead.read)+h.ChecksumType.size()) + int64(size)
	h.Checksum = lead.next(h.ChecksumType.size())
	if lead.err != nil {
		return nil, lead.err
	}
	var body bytes.Buffer // grows with what there is, not with what is claimed
	if _, err := io.CopyN(&body, r, int64(size)); err != nil {
		return nil, truncated(err)
	}
	sum.Write(body.Bytes())
	if got := h.ChecksumType.sum(sum); !bytes.Equal(got, h.Checksum) {
		return nil, koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "header has %s checksum %x, want %x", h.ChecksumType, got, h.Checksum)
	}
	p := parser{rest: body.Bytes()}
	p.header(h)
	return h, p.err
}

// truncated tells that a file has ended too early.
func truncated(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "file is cut off: %w", io.ErrUnexpectedEOF)
	}
	return err
}

// leadReader reads the lead, whose length shows only by and by.
type leadReader struct {
	r    io.Reader
	read []byte
	err  error
}

func (l *leadReader) next(n int) []byte {
	start := len(l.read)
	l.read = append(l.read, make([]byte, n)...)
	if l.err == nil {
		if _, err := io.ReadFull(l.r, l.read[start:]); err != nil {
			l.err = truncated(err)
		}
	}
	return l.read[start:]
}

func (l *leadReader) int() uint64 {
	var p parser
	for len(p.rest) == 0 || p.rest[len(p.rest)-1]&0x80 == 0 && len(p.rest) < maxInt && l.err == nil {
		p.rest = append(p.rest, l.next(1)...)
	}
	v := p.int()
	l.err = cmp.Or(l.err, p.err)
	return v
}

// maxInt is the length of the longest integer.
const maxInt = 10

// parser takes a header apart.
type parser struct {
	rest []byte
	err  error
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, format, args...)
	}
}

// next takes n bytes.
func (p *parser) next(n uint64) []byte {
	if n > uint64(len(p.rest)) {
		p.fail("header ends within a field of %d bytes", n)
	}
	if p.err != nil {
		return nil
	}
	field := p.rest[:n:n]
	p.rest = p.rest[n:]
	return field
}

// int takes an integer, see appendInt. All of them count or number something, so
// that one beyond 63 bits is an error.
func (p *parser) int() uint64 {
	var v uint64
	for i := range min(maxInt, len(p.rest)) {
		b := p.rest[i]
		low := uint64(b & 0x7f)
		if i == maxInt-1 && low != 0 {
			break
		}
		v |= low << (7 * i)
		if b&0x80 != 0 {
			p.rest = p.rest[i+1:]
			return v
		}
	}
	p.fail("header has an integer that does not end within 63 bits")
	return 0
}

// size takes an integer that is a number of bytes.
func (p *parser) size() int64 {
	n := p.int()
	if n > math.MaxInt64 {
		p.fail("header has a size of %d", n)
		return 0
	}
	return int64(n)
}

// header parses what follows the lead.
func (p *parser) header(h *Header) {
	h.DataChecksum = p.next(uint64(h.ChecksumType.size()))
	flags := p.int()
	if unknown := flags &^ allFlags; unknown != 0 {
		p.fail("unknown flags %#x", unknown)
	}
	h.Streams = flags&flagStreams != 0
	h.OpenChecksums = flags&flagOpenChecksums != 0
	switch code := p.int(); code {
	case codeUncompressed:
		h.Compression = Uncompressed
	case codeZstd:
		h.Compression = Zstd
	default:
		p.fail("unknown compression %d", code)
	}
	if flags&flagElements != 0 {
		for range p.int() {
			e := Element{ID: p.int(), Data: p.next(p.int())}
			if p.err != nil {
				return
			}
			h.Elements = append(h.Elements, e)
		}
	}
	index := parser{rest: p.next(p.int()), err: p.err}
	index.index(h)
	p.err = cmp.Or(p.err, index.err)
	for range p.int() {
		s := Signature{Type: p.int(), Data: p.next(p.int())}
		if p.err != nil {
			return
		}
		h.Signatures = append(h.Signatures, s)
	}
	if len(p.rest) > 0 {
		p.fail("header has %d bytes too many", len(p.rest))
	}
}

func (p *parser) index(h *Header) {
	t, err := checksumType(p.int())
	if err != nil {
		p.err = cmp.Or(p.err, err)
		return
	}
	h.ChunkChecksumType = t
	count := p.int()
	// The least that a chunk takes, so that the count cannot ask for more memory
	// than the header itself.
	if most := uint64(len(p.rest) / (t.size() + 2)); count == 0 || count > most {
		p.fail("index counts %d chunks, and %d fit into its size", count, most)
		return
	}
	h.Chunks = make([]Chunk, 0, count-1)
	for i := range count {
		c := p.chunk(h)
		if p.err != nil {
			p.err = fmt.Errorf("chunk %d: %w", i, p.err)
			return
		}
		if i == 0 {
			h.Dictionary = c
		} else {
			h.Chunks = append(h.Chunks, c)
		}
	}
	if len(p.rest) > 0 {
		p.fail("index has %d bytes too many", len(p.rest))
	}
}

func (p *parser) chunk(h *Header) (c Chunk) {
	if h.Streams {
		c.Stream = p.int()
	}
	c.Checksum = p.next(uint64(h.ChunkChecksumType.size()))
	if h.OpenChecksums {
		c.OpenChecksum = p.next(uint64(h.ChunkChecksumType.size()))
	}
	c.Size, c.OpenSize = p.size(), p.size()
	return c
}
