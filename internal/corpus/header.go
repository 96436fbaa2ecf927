package corpus

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// Types of header entries, as in the RPM file format.
const (
	typeInt16       = 3
	typeInt32       = 4
	typeInt64       = 5
	typeString      = 6
	typeBin         = 7
	typeStringArray = 8
	typeI18NString  = 9
)

// Tags of the regions that rpmbuild wraps around a header.
const (
	regionSignature = 62
	regionImmutable = 63
)

// Header is a set of header entries to be encoded. The zero value is empty. A
// tag put a second time replaces the first.
type Header struct {
	entries []entry
}

type entry struct {
	tag, kind, count uint32
	data             []byte
}

func (h *Header) put(tag, kind, count uint32, data []byte) {
	h.Drop(tag)
	h.entries = append(h.entries, entry{tag, kind, count, data})
}

// Drop removes the entry of a tag, if there is one.
func (h *Header) Drop(tag uint32) {
	h.entries = slices.DeleteFunc(h.entries, func(e entry) bool { return e.tag == tag })
}

// String puts a string entry.
func (h *Header) String(tag uint32, s string) {
	h.put(tag, typeString, 1, append([]byte(s), 0))
}

// I18N puts an internationalised string with one text, that of locale C.
func (h *Header) I18N(tag uint32, s string) {
	h.put(tag, typeI18NString, 1, append([]byte(s), 0))
}

// Strings puts a string array, or nothing if there are no strings.
func (h *Header) Strings(tag uint32, values []string) {
	if len(values) == 0 {
		return
	}
	var data []byte
	for _, s := range values {
		data = append(append(data, s...), 0)
	}
	h.put(tag, typeStringArray, uint32(len(values)), data)
}

// Int16 puts 16-bit integers, or nothing if there are none.
func (h *Header) Int16(tag uint32, values ...uint16) {
	if len(values) == 0 {
		return
	}
	var data []byte
	for _, v := range values {
		data = binary.BigEndian.AppendUint16(data, v)
	}
	h.put(tag, typeInt16, uint32(len(values)), data)
}

// Int32 puts 32-bit integers, or nothing if there are none.
func (h *Header) Int32(tag uint32, values ...uint32) {
	if len(values) == 0 {
		return
	}
	var data []byte
	for _, v := range values {
		data = binary.BigEndian.AppendUint32(data, v)
	}
	h.put(tag, typeInt32, uint32(len(values)), data)
}

// Int64 puts 64-bit integers, or nothing if there are none.
func (h *Header) Int64(tag uint32, values ...uint64) {
	if len(values) == 0 {
		return
	}
	var data []byte
	for _, v := range values {
		data = binary.BigEndian.AppendUint64(data, v)
	}
	h.put(tag, typeInt64, uint32(len(values)), data)
}

// Bin puts a blob.
func (h *Header) Bin(tag uint32, data []byte) {
	h.put(tag, typeBin, uint32(len(data)), slices.Clone(data))
}

// encode returns the header wrapped in a region, as rpmbuild writes it: magic,
// index sorted by tag with the region first, data, region trailer.
func (h *Header) encode(region uint32) []byte {
	entries := slices.Clone(h.entries)
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.tag, b.tag) })
	il := uint32(len(entries) + 1)

	var data []byte
	index := make([]byte, 16, 16*il)
	for _, e := range entries {
		for align := alignment(e.kind); len(data)%align != 0; {
			data = append(data, 0)
		}
		index = appendIndex(index, e.tag, e.kind, uint32(len(data)), e.count)
		data = append(data, e.data...)
	}
	appendIndex(index[:0], region, typeBin, uint32(len(data)), 16)
	data = appendIndex(data, region, typeBin, -(16 * il), 16)

	out := []byte{0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0}
	out = binary.BigEndian.AppendUint32(out, il)
	out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
	return append(append(out, index...), data...)
}

func alignment(kind uint32) int {
	switch kind {
	case typeInt16:
		return 2
	case typeInt32:
		return 4
	case typeInt64:
		return 8
	default:
		return 1
	}
}

func appendIndex(b []byte, words ...uint32) []byte {
	for _, w := range words {
		b = binary.BigEndian.AppendUint32(b, w)
	}
	return b
}
