package rpmfile

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
)

func TestHeaderDecodesEveryType(t *testing.T) {
	h, err := ParseHeader(encode(TagHeaderImmutable,
		item{2001, TypeChar, 3, []byte{0, 1, 0xff}},
		item{2002, TypeInt8, 2, []byte{7, 0x80}},
		item{2003, TypeInt16, 2, []byte{0x81, 0xed, 0, 1}},
		item{2004, TypeInt32, 2, []byte{0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4}},
		item{2005, TypeInt64, 2, []byte{0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0}},
		text(2006, "one"),
		binaryItem(2007, []byte("\x00bin\xff")),
		texts(2008, "a", "", "ccc"),
		item{2009, TypeI18NString, 2, []byte("C locale\x00de\x00")},
	))
	require.NoError(t, err)

	for tag, want := range map[Tag][]uint64{
		2001: {0, 1, 0xff},
		2002: {7, 0x80},
		2003: {0x81ed, 1},
		2004: {0xffffffff, 0x01020304},
		2005: {0x8000000000000001, 1 << 32},
		2006: nil, 2007: nil, 2008: nil, 2009: nil, 3000: nil,
	} {
		u := h.Uints(tag)
		require.Equal(t, want, slices.Collect(u.All()), "tag %d", tag)
		require.Equal(t, len(want), u.Len())
		require.Zero(t, u.At(len(want)))
		require.Zero(t, u.At(-1))
		for i, v := range want {
			require.Equal(t, v, u.At(i))
		}
		require.Equal(t, u.At(0), h.Uint(tag))
	}
	for tag, want := range map[Tag][]string{
		2006: {"one"},
		2008: {"a", "", "ccc"},
		2009: {"C locale", "de"},
		2001: nil, 2002: nil, 2003: nil, 2004: nil, 2005: nil, 2007: nil, 3000: nil,
	} {
		e, ok := h.Lookup(tag)
		require.Equal(t, tag != 3000, ok)
		require.Equal(t, ok, h.Has(tag))
		require.Equal(t, want, h.Strings(tag), "tag %d", tag)
		require.Equal(t, want, slices.Collect(e.StringSeq()), "tag %d", tag)
		require.Equal(t, append([]string{"before"}, want...), e.AppendStrings([]string{"before"}))
		first := ""
		if len(want) > 0 {
			first = want[0]
		}
		require.Equal(t, first, h.String(tag))
	}
	for tag := Tag(2001); tag <= 2010; tag++ {
		want := []byte(nil)
		if tag == 2007 {
			want = []byte("\x00bin\xff")
		}
		require.Equal(t, want, h.Bytes(tag), "tag %d", tag)
	}
}

func TestHeaderIterationsStopWhenTold(t *testing.T) {
	h, err := ParseHeader(encode(0, texts(2000, "a", "b"), uint32s(2001, 1, 2)))
	require.NoError(t, err)
	for e := range h.Entries() {
		require.EqualValues(t, 2000, e.Tag)
		for s := range e.StringSeq() {
			require.Equal(t, "a", s)
			break
		}
		break
	}
	for n := range h.Uints(2001).All() {
		require.EqualValues(t, 1, n)
		break
	}
}

func TestHeaderListsEntriesInIndexOrder(t *testing.T) {
	h, err := ParseHeader(encode(TagHeaderImmutable, text(2000, "a"), uint32s(1500, 1, 2), text(2000, "b")))
	require.NoError(t, err)
	type row struct {
		tag   Tag
		typ   Type
		count int
		text  string
	}
	var got []row
	for e := range h.Entries() {
		got = append(got, row{e.Tag, e.Type, e.Count, e.String()})
	}
	require.Equal(t, []row{
		{TagHeaderImmutable, TypeBinary, 16, ""},
		{2000, TypeString, 1, "a"},
		{1500, TypeInt32, 2, ""},
		{2000, TypeString, 1, "b"},
	}, got)
	require.Equal(t, 4, h.Len())
}

func TestLastOfARepeatedTagCounts(t *testing.T) {
	h, err := ParseHeader(encode(0, text(2000, "first"), uint32s(2001, 1), text(2000, "last")))
	require.NoError(t, err)
	require.Equal(t, "last", h.String(2000))
}

func TestStringsOfAHeaderShareItsMemory(t *testing.T) {
	h, err := ParseHeader(encode(0, texts(2000, slices.Repeat([]string{"file name"}, 1000)...)))
	require.NoError(t, err)
	e, _ := h.Lookup(2000)
	dst := make([]string, 0, e.Count)
	require.Zero(t, testing.AllocsPerRun(10, func() {
		dst = e.AppendStrings(dst[:0])
		for s := range e.StringSeq() {
			dst[0] = s
		}
		dst[0] = h.String(2000)
	}))
	require.Equal(t, 1, int(testing.AllocsPerRun(10, func() { dst = h.Strings(2000) })))
}

// indexed is a header with hand-made index entries: tag, type, offset, count.
func indexed(data string, entries ...[4]int) []byte {
	h := append(bytes.Clone(headerMagic), uint32s(0, uint32(len(entries)), uint32(len(data))).data...)
	for _, e := range entries {
		for _, v := range e {
			h = binary.BigEndian.AppendUint32(h, uint32(v))
		}
	}
	return append(h, data...)
}

func TestHeaderAcceptsOddLayouts(t *testing.T) {
	for name, tc := range map[string]struct {
		raw  []byte
		want map[Tag]string
	}{
		"no region, as rpm 3 wrote": {
			indexed("a\x00b\x00", [4]int{1000, 6, 0, 1}, [4]int{1001, 6, 2, 1}),
			map[Tag]string{1000: "a", 1001: "b"},
		},
		"data in another order than the index": {
			indexed("a\x00b\x00c\x00", [4]int{1002, 6, 4, 1}, [4]int{1000, 6, 0, 1}, [4]int{1001, 6, 2, 1}),
			map[Tag]string{1000: "a", 1001: "b", 1002: "c"},
		},
		"entries after the region": {
			indexed("a\x00"+string(indexed("", [4]int{63, 7, -32, 16})[introSize:])+"b\x00",
				[4]int{63, 7, 2, 16}, [4]int{1000, 6, 0, 1}, [4]int{1001, 6, 18, 1}),
			map[Tag]string{1000: "a", 1001: "b"},
		},
		"region marker at the end of the index": {
			indexed("a\x00"+string(make([]byte, 16)), [4]int{1000, 6, 0, 1}, [4]int{63, 7, 2, 16}),
			map[Tag]string{1000: "a"},
		},
		"region marker whose trailer is nonsense": {
			indexed("a\x00"+string(bytes.Repeat([]byte{0xff}, 16)), [4]int{63, 7, 2, 16}, [4]int{1000, 6, 0, 1}),
			map[Tag]string{1000: "a"},
		},
		"unused data": {
			indexed("xxxxa\x00yyyy", [4]int{1000, 6, 4, 1}),
			map[Tag]string{1000: "a"},
		},
		"tag beyond 31 bits": {
			indexed("a\x00", [4]int{-1, 6, 0, 1}),
			map[Tag]string{1<<32 - 1: "a"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := ParseHeader(tc.raw)
			require.NoError(t, err)
			for tag, want := range tc.want {
				require.Equal(t, want, h.String(tag))
			}
		})
	}
}

func TestHeaderRefusesWhatDoesNotFit(t *testing.T) {
	for name, tc := range map[string]struct {
		raw []byte
		msg string
	}{
		"no entries":            {indexed("abcd"), "no index entries"},
		"offset at the end":     {indexed("a\x00", [4]int{1000, 6, 2, 1}), "entry 0 (tag 1000, string, offset 2, count 1): only 0 strings"},
		"offset past the end":   {indexed("a\x00", [4]int{1000, 6, 3, 1}), "entry 0 (tag 1000, string, offset 3, count 1): offset outside the 2 bytes of data"},
		"negative offset":       {indexed("a\x00", [4]int{1000, 6, -4, 1}), "offset -4, count 1): offset outside"},
		"negative count":        {indexed("abcd", [4]int{1028, 4, 0, -1}), "count -1): runs past the 4 bytes of data"},
		"negative binary count": {indexed("abcd", [4]int{261, 7, 0, -4}), "runs past"},
		"negative string count": {indexed("a\x00b\x00", [4]int{1117, 8, 0, -2}), "only 2 strings end"},
		"no values":             {indexed("abcd", [4]int{1028, 4, 0, 0}), "no values"},
		"no strings":            {indexed("a\x00", [4]int{1117, 8, 0, 0}), "no values"},
		"two values in string":  {indexed("a\x00b\x00", [4]int{1000, 6, 0, 2}), "more than one value"},
		"null type":             {indexed("abcd", [4]int{1000, 0, 0, 1}), "(tag 1000, type 0, offset 0, count 1): unknown type"},
		"type beyond the last":  {indexed("abcd", [4]int{1000, 10, 0, 1}), "type 10"},
		"negative type":         {indexed("abcd", [4]int{1000, -1, 0, 1}), "type 4294967295"},
		"string without NUL":    {indexed("abcd", [4]int{1000, 6, 0, 1}), "only 0 strings end before offset 4"},
		"array without NUL":     {indexed("a\x00b", [4]int{1117, 8, 0, 2}), "(tag 1117, string array, offset 0, count 2): only 1 strings end before offset 3"},
		"i18n without NUL":      {indexed("a\x00b", [4]int{1004, 9, 0, 2}), "i18n string"},
		"int64 cut off":         {indexed("1234567", [4]int{5009, 5, 0, 1}), "(tag 5009, int64, offset 0, count 1): runs past the 7 bytes of data"},
		"int32 count times 4 beyond 32 bits": {
			indexed("1234", [4]int{1028, 4, 0, 0x40000001}), "runs past",
		},
		"same offset": {
			indexed("a\x00b\x00", [4]int{1000, 6, 0, 1}, [4]int{1001, 6, 0, 1}), "entry 0 (tag 1000",
		},
		"string reaches into next": {
			indexed("ab\x00", [4]int{1000, 6, 0, 1}, [4]int{1001, 6, 1, 1}), "entry 0 (tag 1000, string, offset 0, count 1): only 0 strings end before offset 1",
		},
		"binary reaches into next": {
			indexed("abcd", [4]int{261, 7, 0, 3}, [4]int{262, 7, 2, 2}), "entry 0 (tag 261, binary, offset 0, count 3): overlaps the data of another entry, at offset 2",
		},
		"overlap against index order": {
			indexed("abcd", [4]int{262, 7, 2, 2}, [4]int{261, 7, 0, 3}), "entry 1 (tag 261, binary, offset 0, count 3): overlaps",
		},
		"reaches into region trailer": {
			indexed("ab"+string(make([]byte, 16)), [4]int{63, 7, 2, 16}, [4]int{261, 7, 0, 3}), "overlaps",
		},
		"region past the end": {
			indexed("ab", [4]int{63, 7, 2, 16}, [4]int{261, 7, 0, 2}), "entry 0 (tag 63, binary, offset 2, count 16): runs past",
		},
		"region over other data": {
			indexed(string(make([]byte, 16)), [4]int{62, 7, 0, 16}, [4]int{261, 7, 0, 3}), "overlaps",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseHeader(tc.raw)
			require.ErrorIs(t, err, koji.ErrInvalid)
			require.ErrorContains(t, err, tc.msg)
			require.ErrorContains(t, err, "rpm main header: ")

			_, err = ParseSignatureHeader(pad(tc.raw))
			require.ErrorIs(t, err, koji.ErrInvalid)
			require.ErrorContains(t, err, "rpm signature header: ")
		})
	}
}

func TestSourceByKojisRule(t *testing.T) {
	base := items(parse(t, load(t, "testdata", "plain.rpm")).Header)
	for name, tc := range map[string]struct {
		header []item
		source bool
		arch   string
	}{
		"binary":                       {base, false, "noarch"},
		"no source rpm":                {without(base, TagSourceRPM), true, "src"},
		"marked as source":             {append(base, uint32s(TagSourcePackage, 1)), true, "src"},
		"marked, whatever the value":   {append(base, uint32s(TagSourcePackage, 0)), true, "src"},
		"no source rpm and no arch":    {without(base, TagSourceRPM, TagArch), true, "src"},
		"binary without architecture":  {without(base, TagArch), false, ""},
		"source rpm in a strange type": {append(without(base, TagSourceRPM), uint32s(TagSourceRPM, 1)), false, "noarch"},
	} {
		t.Run(name, func(t *testing.T) {
			data := assemble(t, encode(TagHeaderSignatures, uint32s(SigTagSize, 1)), encode(TagHeaderImmutable, tc.header...), nil)
			f := parse(t, data)
			require.Equal(t, tc.source, f.IsSource())
			require.Equal(t, tc.arch, f.Arch())
			require.Equal(t, tc.arch, f.NVRA().Arch)
		})
	}
}

func TestAbsentFieldsAreEmpty(t *testing.T) {
	data := assemble(t, encode(0, uint32s(SigTagSize, 1)), encode(0, text(TagSourceRPM, "")), nil)
	f := parse(t, data)
	require.Equal(t, koji.NVRA{}, f.NVRA())
	require.Zero(t, f.BuildTime())
	_, ok := f.Epoch()
	require.False(t, ok)
	require.Nil(t, f.Signature.MD5())
}

func TestTypeNames(t *testing.T) {
	require.Equal(t, "string array", TypeStringArray.String())
	require.Equal(t, "type 0", Type(0).String())
	require.Equal(t, "type 10", Type(10).String())
}
