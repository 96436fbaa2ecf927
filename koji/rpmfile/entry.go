package rpmfile

import (
	"iter"
	"strings"
)

// Entry is one tag of a [Header] with its values. The zero Entry stands for an
// absent tag.
//
// The methods that return values answer with the zero value where the entry is
// absent or of another type; Type tells the two apart. Strings share the memory
// of the header they come from and keep all of it alive: use [strings.Clone] for
// one that is to be kept much longer.
type Entry struct {
	Tag   Tag
	Type  Type
	Count int // number of values; of bytes for TypeBinary

	data string // checked to hold Count values
}

// String returns the first string of a string, string array or i18n string
// entry. In an i18n entry the first one is that of the C locale.
func (e Entry) String() string {
	if !e.isText() || e.Count == 0 {
		return ""
	}
	return e.data[:strings.IndexByte(e.data, 0)]
}

// Strings returns all strings of a string, string array or i18n string entry.
// It allocates the slice and nothing else.
func (e Entry) Strings() []string { return e.AppendStrings(nil) }

// AppendStrings appends to dst what [Entry.Strings] returns.
func (e Entry) AppendStrings(dst []string) []string {
	if !e.isText() || e.Count == 0 {
		return dst
	}
	if dst == nil {
		dst = make([]string, 0, e.Count)
	}
	for s := range e.StringSeq() {
		dst = append(dst, s)
	}
	return dst
}

// StringSeq yields what [Entry.Strings] returns, without allocating.
func (e Entry) StringSeq() iter.Seq[string] {
	return func(yield func(string) bool) {
		if !e.isText() {
			return
		}
		rest := e.data
		for range e.Count {
			end := strings.IndexByte(rest, 0)
			if !yield(rest[:end]) {
				return
			}
			rest = rest[end+1:]
		}
	}
}

// Uint returns the first number of a char or integer entry.
func (e Entry) Uint() uint64 { return e.Uints().At(0) }

// Uints returns all numbers of a char or integer entry.
func (e Entry) Uints() Uints {
	if e.Type < TypeChar || e.Type > TypeInt64 {
		return Uints{}
	}
	return Uints{data: e.data, width: e.Type.width()}
}

// Bytes returns a copy of the data of a binary entry, nil if it is empty.
func (e Entry) Bytes() []byte {
	if e.Type != TypeBinary || e.Count == 0 {
		return nil
	}
	return []byte(e.data)
}

func (e Entry) isText() bool {
	return e.Type == TypeString || e.Type == TypeStringArray || e.Type == TypeI18NString
}

// Uints is an array of unsigned integers, decoded on access. RPM has no signed
// ones: a narrower value is extended with zeros.
type Uints struct {
	data  string
	width int
}

// Len returns the number of integers.
func (u Uints) Len() int {
	if u.width == 0 {
		return 0
	}
	return len(u.data) / u.width
}

// At returns the integer at index i, or 0 if the array is not that long.
// Parallel arrays of a header need not have equal lengths; a caller that cares
// compares Len.
func (u Uints) At(i int) uint64 {
	if i < 0 || i >= u.Len() {
		return 0
	}
	d := u.data[i*u.width:]
	switch u.width {
	case 1:
		return uint64(d[0])
	case 2:
		return uint64(d[0])<<8 | uint64(d[1])
	case 4:
		return uint64(bigEndian32(d))
	default:
		return uint64(bigEndian32(d))<<32 | uint64(bigEndian32(d[4:]))
	}
}

// All yields every integer in order.
func (u Uints) All() iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for i := range u.Len() {
			if !yield(u.At(i)) {
				return
			}
		}
	}
}

func bigEndian32(s string) uint32 {
	_ = s[3]
	return uint32(s[0])<<24 | uint32(s[1])<<16 | uint32(s[2])<<8 | uint32(s[3])
}
