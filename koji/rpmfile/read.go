package rpmfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/kojikit/kojikit/koji"
)

// Limits bounds what is accepted from a file. A field that is zero or negative
// stands for its default. Input beyond a limit fails with [koji.ErrLimit].
type Limits struct {
	Entries   int   // index entries of one header; default 65,535
	Signature int64 // bytes of the signature header; default 64 MiB
	Header    int64 // bytes of the main header; default 256 MiB
}

func (l Limits) entries() int {
	if l.Entries <= 0 {
		return 65535
	}
	return l.Entries
}

func (l Limits) signature() int64 {
	if l.Signature <= 0 {
		return 64 << 20
	}
	return l.Signature
}

func (l Limits) header() int64 {
	if l.Header <= 0 {
		return 256 << 20
	}
	return l.Header
}

// ErrNotRPM is in the chain of the error for a file that does not start as an
// RPM does. Its kind is [koji.ErrInvalid].
var ErrNotRPM = errors.New("not an rpm")

var leadMagic = []byte{0xed, 0xab, 0xee, 0xdb}

// ReadAt reads the headers of an RPM of the given size in bytes, and nothing of
// its payload.
//
// A file that is not an RPM, is cut short before the payload (then
// [io.ErrUnexpectedEOF] is in the chain) or has a header that is not well formed
// fails with [koji.ErrInvalid], one beyond the default [Limits] with
// [koji.ErrLimit]. Failures of r are passed on.
func ReadAt(r io.ReaderAt, size int64) (*File, error) { return Limits{}.ReadAt(r, size) }

// Read reads the headers of an RPM and leaves r at the first byte of the
// payload. Errors are those of [ReadAt]. It reads in small pieces at first: give
// it a [bufio.Reader] where that is expensive.
func Read(r io.Reader) (*File, error) { return Limits{}.Read(r) }

// ReadFile reads the headers of the RPM at path. Errors are those of [ReadAt]
// and [os.Open], with the path.
func ReadFile(path string) (*File, error) {
	fd, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer fd.Close()
	info, err := fd.Stat()
	if err != nil {
		return nil, err
	}
	f, err := ReadAt(fd, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// ReadAt is the function [ReadAt] under these limits.
func (l Limits) ReadAt(r io.ReaderAt, size int64) (*File, error) {
	src := source{r, size}
	f := new(File)
	if err := src.lead(f.Lead[:]); err != nil {
		return nil, err
	}
	// The intros are read first, so that one buffer of the right size, known to
	// be no larger than the file, takes everything else.
	intro := make([]byte, introSize)
	if err := src.part(intro, LeadSize, signatureHeader); err != nil {
		return nil, err
	}
	sigSize, err := signatureHeader.size(intro, l)
	if err != nil {
		return nil, err
	}
	f.HeaderStart = LeadSize + padded(sigSize)
	if f.HeaderStart > size {
		return nil, signatureHeader.truncated(size-LeadSize, padded(sigSize))
	}
	if err := src.part(intro, f.HeaderStart, mainHeader); err != nil {
		return nil, err
	}
	headerSize, err := mainHeader.size(intro, l)
	if err != nil {
		return nil, err
	}
	f.HeaderEnd = f.HeaderStart + headerSize
	if f.HeaderEnd > size {
		return nil, mainHeader.truncated(size-f.HeaderStart, headerSize)
	}
	buf := make([]byte, f.HeaderEnd-LeadSize)
	if err := src.part(buf, LeadSize, mainHeader); err != nil {
		return nil, err
	}
	if err := f.parse(buf, sigSize, l); err != nil {
		return nil, err
	}
	return f, nil
}

// Read is the function [Read] under these limits.
func (l Limits) Read(r io.Reader) (*File, error) {
	f := new(File)
	n, err := io.ReadFull(r, f.Lead[:])
	if err := checkLead(f.Lead[:n], err); err != nil {
		return nil, err
	}
	buf, err := extend(r, nil, introSize, signatureHeader)
	if err != nil {
		return nil, err
	}
	sigSize, err := signatureHeader.size(buf, l)
	if err != nil {
		return nil, err
	}
	f.HeaderStart = LeadSize + padded(sigSize)
	if buf, err = extend(r, buf, padded(sigSize)-introSize, signatureHeader); err != nil {
		return nil, err
	}
	if buf, err = extend(r, buf, introSize, mainHeader); err != nil {
		return nil, err
	}
	headerSize, err := mainHeader.size(buf[padded(sigSize):], l)
	if err != nil {
		return nil, err
	}
	f.HeaderEnd = f.HeaderStart + headerSize
	if buf, err = extend(r, buf, headerSize-introSize, mainHeader); err != nil {
		return nil, err
	}
	if err := f.parse(buf, sigSize, l); err != nil {
		return nil, err
	}
	return f, nil
}

// source is a file of known size.
type source struct {
	io.ReaderAt
	size int64
}

func (s source) lead(b []byte) error {
	n, err := s.ReadAt(b[:min(int64(len(b)), max(s.size, 0))], 0)
	if err == nil && n < len(b) {
		err = io.ErrUnexpectedEOF
	}
	return checkLead(b[:n], err)
}

// part fills b from offset off.
func (s source) part(b []byte, off int64, part headerPart) error {
	if have := s.size - off; have < int64(len(b)) {
		return part.truncated(max(have, 0), int64(len(b)))
	}
	n, err := s.ReadAt(b, off)
	return part.readError(n, len(b), err)
}

// extend appends the next n bytes of r to buf. What it allocates is bounded by
// what r really holds, not by n.
func extend(r io.Reader, buf []byte, n int64, part headerPart) ([]byte, error) {
	const firstChunk = 64 << 10
	for want := int64(len(buf)) + n; int64(len(buf)) < want; {
		start := len(buf)
		chunk := min(want-int64(start), max(firstChunk, int64(start)))
		buf = slices.Grow(buf, int(chunk))[:start+int(chunk)]
		got, err := io.ReadFull(r, buf[start:])
		if err := part.readError(got, int(chunk), err); err != nil {
			return nil, err
		}
	}
	return buf, nil
}

func checkLead(b []byte, err error) error {
	if have := min(len(b), len(leadMagic)); !bytes.Equal(b[:have], leadMagic[:have]) {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric,
			"starts with %x, not with the magic %x of an rpm: %w", b[:have], leadMagic, ErrNotRPM)
	}
	if len(b) == LeadSize {
		return nil
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("read rpm lead: %w", err)
	}
	return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric,
		"rpm lead: truncated: %d of %d bytes: %w", len(b), LeadSize, io.ErrUnexpectedEOF)
}

// padded rounds up to the multiple of 8 that a signature header fills.
func padded(n int64) int64 { return (n + 7) &^ 7 }
