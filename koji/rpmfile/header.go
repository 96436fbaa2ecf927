package rpmfile

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"unsafe"

	"github.com/kojikit/kojikit/koji"
)

const (
	introSize = 16 // magic, version, reserved, number of entries, bytes of data
	entrySize = 16 // tag, type, offset, count
)

// headerMagic includes the version, 1, and the reserved bytes, which rpm wants
// to be zero.
var headerMagic = []byte{0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0}

// Header is one header of an RPM: a list of tags with typed values. It cannot
// be changed, and may be used by several goroutines at once.
//
// Where a tag occurs more than once the last occurrence counts. The short forms
// ([Header.String], [Header.Uints], ...) answer with the zero value when the
// tag is absent or of another type; [Header.Lookup] and [Header.Has] tell.
type Header struct {
	// raw is never modified once the header is made and never leaves the
	// package: data shares its memory.
	raw   []byte
	data  string
	index []indexEntry
}

// indexEntry locates the values of one tag in Header.data.
type indexEntry struct {
	tag        Tag
	typ        Type
	start, end uint32
	count      uint32
}

// ParseHeader reads a main header that was cut out of an RPM, as found by the
// header-range of repository metadata. The bytes must be the header and no more;
// they are copied. Errors are those of [ReadAt].
func ParseHeader(raw []byte) (*Header, error) { return Limits{}.ParseHeader(raw) }

// ParseHeader is the function [ParseHeader] under these limits.
func (l Limits) ParseHeader(raw []byte) (*Header, error) {
	h := new(Header)
	if err := h.parse(bytes.Clone(raw), mainHeader, l); err != nil {
		return nil, err
	}
	return h, nil
}

// Has tells whether the tag is present.
func (h *Header) Has(tag Tag) bool { return h.find(tag) >= 0 }

// Lookup returns the entry of a tag, and whether it is present.
func (h *Header) Lookup(tag Tag) (Entry, bool) {
	i := h.find(tag)
	if i < 0 {
		return Entry{}, false
	}
	return h.entry(i), true
}

// Entries yields every entry in the order of the header's index, region markers
// and repeated tags included.
func (h *Header) Entries() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for i := range h.index {
			if !yield(h.entry(i)) {
				return
			}
		}
	}
}

// Len returns the number of entries that Entries yields.
func (h *Header) Len() int { return len(h.index) }

// String returns the first string of a tag. See [Entry.String].
func (h *Header) String(tag Tag) string {
	e, _ := h.Lookup(tag)
	return e.String()
}

// Strings returns all strings of a tag. See [Entry.Strings].
func (h *Header) Strings(tag Tag) []string {
	e, _ := h.Lookup(tag)
	return e.Strings()
}

// Uint returns the first number of a tag. See [Entry.Uint].
func (h *Header) Uint(tag Tag) uint64 {
	e, _ := h.Lookup(tag)
	return e.Uint()
}

// Uints returns all numbers of a tag. See [Entry.Uints].
func (h *Header) Uints(tag Tag) Uints {
	e, _ := h.Lookup(tag)
	return e.Uints()
}

// Bytes returns a copy of the binary data of a tag. See [Entry.Bytes].
func (h *Header) Bytes(tag Tag) []byte {
	e, _ := h.Lookup(tag)
	return e.Bytes()
}

// Size returns the length of the header in the file, in bytes: intro, index and
// data, without padding.
func (h *Header) Size() int64 { return int64(len(h.raw)) }

// WriteTo writes the header as it stands in the file, Size bytes. It implements
// [io.WriterTo].
func (h *Header) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(h.raw)
	return int64(n), err
}

func (h *Header) find(tag Tag) int {
	for i := len(h.index) - 1; i >= 0; i-- {
		if h.index[i].tag == tag {
			return i
		}
	}
	return -1
}

func (h *Header) entry(i int) Entry {
	e := &h.index[i]
	return Entry{Tag: e.tag, Type: e.typ, Count: int(e.count), data: h.data[e.start:e.end]}
}

// parse takes over raw, which must hold the whole header and nothing else.
func (h *Header) parse(raw []byte, part headerPart, l Limits) error {
	n, d, err := part.parseIntro(raw, l)
	if err != nil {
		return err
	}
	if want := headerSize(n, d); want != int64(len(raw)) {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric,
			"rpm %s: %d bytes, but its intro promises %d", part, len(raw), want)
	}
	h.raw = raw
	if d > 0 {
		data := raw[len(raw)-int(d):]
		// A copy would double what a header takes.
		h.data = unsafe.String(unsafe.SliceData(data), len(data))
	}
	h.index = make([]indexEntry, n)
	for i := range h.index {
		b := raw[introSize+i*entrySize:][:entrySize]
		h.index[i] = indexEntry{
			tag:   Tag(binary.BigEndian.Uint32(b)),
			typ:   Type(binary.BigEndian.Uint32(b[4:])),
			start: binary.BigEndian.Uint32(b[8:]),
			count: binary.BigEndian.Uint32(b[12:]),
		}
		if e := &h.index[i]; e.start > d {
			return part.entryError(i, e, "offset outside the %d bytes of data", d)
		}
	}
	h.bound()
	for i := range h.index {
		if err := h.check(i, part); err != nil {
			return err
		}
	}
	return nil
}

// bound sets the end of every entry to the start of the data that follows it.
// When check then finds each entry's values within its own bounds, no two
// overlap, and all checks together look at every byte at most once.
func (h *Header) bound() {
	// As rpm writes it, data lie in the order of the index, except that the
	// region marker comes first in the index and last in the data.
	index, end := h.index, uint32(len(h.data))
	if len(index) > 0 && (index[0].tag == TagHeaderSignatures || index[0].tag == TagHeaderImmutable) {
		index[0].end = end
		index, end = index[1:], index[0].start
	}
	for i := len(index) - 1; i >= 0; i-- {
		if index[i].start > end {
			h.boundUnordered()
			return
		}
		index[i].end = end
		end = index[i].start
	}
}

func (h *Header) boundUnordered() {
	order := make([]*indexEntry, len(h.index))
	for i := range h.index {
		order[i] = &h.index[i]
	}
	slices.SortStableFunc(order, func(a, b *indexEntry) int { return cmp.Compare(a.start, b.start) })
	end := uint32(len(h.data))
	for _, e := range slices.Backward(order) {
		e.end = end
		end = e.start
	}
}

// check makes sure that the values of entry i lie within its bounds.
func (h *Header) check(i int, part headerPart) error {
	e := &h.index[i]
	room := h.data[e.start:e.end]
	switch {
	case !e.typ.known():
		return part.entryError(i, e, "unknown type")
	case e.count == 0:
		return part.entryError(i, e, "no values")
	case e.typ == TypeString && e.count != 1:
		return part.entryError(i, e, "more than one value")
	case e.typ.width() > 0:
		size := uint64(e.count) * uint64(e.typ.width())
		if size > uint64(len(h.data))-uint64(e.start) {
			return part.entryError(i, e, "runs past the %d bytes of data", len(h.data))
		}
		if size > uint64(len(room)) {
			return part.entryError(i, e, "overlaps the data of another entry, at offset %d", e.end)
		}
		e.end = e.start + uint32(size)
	default:
		if found := strings.Count(room, "\x00"); uint64(found) < uint64(e.count) {
			return part.entryError(i, e, "only %d strings end before offset %d, where data of another entry or the end follows", found, e.end)
		}
	}
	return nil
}

// headerPart tells which of the two headers is being read.
type headerPart int

const (
	signatureHeader headerPart = iota
	mainHeader
)

func (p headerPart) String() string {
	if p == signatureHeader {
		return "signature header"
	}
	return "main header"
}

// parseIntro returns the number of index entries and of data bytes.
func (p headerPart) parseIntro(b []byte, l Limits) (entries, data uint32, err error) {
	if len(b) < introSize {
		return 0, 0, p.truncated(int64(len(b)), introSize)
	}
	if !bytes.HasPrefix(b, headerMagic) {
		return 0, 0, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric,
			"rpm %s: starts with %x, not with the header magic %x", p, b[:len(headerMagic)], headerMagic)
	}
	entries, data = binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint32(b[12:])
	if entries == 0 {
		return 0, 0, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "rpm %s: no index entries", p)
	}
	if uint64(entries) > uint64(l.entries()) {
		return 0, 0, koji.Errorf(koji.ErrLimit, koji.FaultGeneric,
			"rpm %s: %d index entries, more than the limit of %d", p, entries, l.entries())
	}
	limit := l.header()
	if p == signatureHeader {
		limit = l.signature()
	}
	if size := headerSize(entries, data); size > limit {
		return 0, 0, koji.Errorf(koji.ErrLimit, koji.FaultGeneric,
			"rpm %s: %d bytes, more than the limit of %d", p, size, limit)
	}
	return entries, data, nil
}

// size returns the length of the header that begins with this intro.
func (p headerPart) size(intro []byte, l Limits) (int64, error) {
	entries, data, err := p.parseIntro(intro, l)
	return headerSize(entries, data), err
}

func headerSize(entries, data uint32) int64 {
	return introSize + int64(entries)*entrySize + int64(data)
}

// readError turns the outcome of reading n of want bytes into an error.
func (p headerPart) readError(n, want int, err error) error {
	switch {
	case n == want:
		return nil
	case err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return p.truncated(int64(n), int64(want))
	default:
		return fmt.Errorf("read rpm %s: %w", p, err)
	}
}

func (p headerPart) truncated(have, want int64) error {
	return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "rpm %s: truncated: %d of %d bytes: %w", p, have, want, io.ErrUnexpectedEOF)
}

func (p headerPart) entryError(i int, e *indexEntry, format string, args ...any) error {
	args = append([]any{p, i, e.tag, e.typ, int32(e.start), int32(e.count)}, args...)
	return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "rpm %s: entry %d (tag %d, %s, offset %d, count %d): "+format, args...)
}
