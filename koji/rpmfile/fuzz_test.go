package rpmfile

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
)

// lean drops what only makes a fixture large, so that mutations hit what counts.
func lean(f *testing.F, file string) []byte {
	data := load(f, "testdata", file)
	parsed := parse(f, data)
	kept := without(items(&parsed.Signature.Header), SigTagReservedSpace)
	return assemble(f, encode(TagHeaderSignatures, kept...), data[parsed.HeaderStart:parsed.HeaderEnd], []byte("payload"))
}

func FuzzRead(f *testing.F) {
	for _, tc := range fixtures {
		f.Add(lean(f, tc.file))
	}
	f.Add([]byte{})
	f.Add(assemble(f, encode(0, uint32s(SigTagSize, 1)), encode(0, text(TagName, "small")), []byte("payload")))
	f.Add(assemble(f, encode(TagHeaderSignatures,
		binaryItem(SigTagGPG, newPacket(v6("22 21 06"+someV6Fingerprint, ""))),
		texts(SigTagOpenPGP, base64.StdEncoding.EncodeToString(oldPacket(v3()))),
	), encode(TagHeaderImmutable, text(TagName, "signed")), nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		at, errAt := ReadAt(bytes.NewReader(data), int64(len(data)))
		stream := bytes.NewReader(data)
		read, errRead := Read(stream)
		if errAt != nil || errRead != nil {
			require.Error(t, errAt)
			require.Error(t, errRead)
			for _, kind := range []error{koji.ErrInvalid, koji.ErrLimit, ErrNotRPM, io.ErrUnexpectedEOF} {
				require.Equal(t, errors.Is(errAt, kind), errors.Is(errRead, kind), "%v; %v", errAt, errRead)
			}
			return
		}
		requireSame(t, at, read)
		require.EqualValues(t, int64(len(data))-at.HeaderEnd, stream.Len())
		exercise(at)

		// Both headers stand where the file says, and can be read alone.
		require.Equal(t, data[LeadSize:at.HeaderStart], at.Signature.Raw())
		sig, err := ParseSignatureHeader(data[LeadSize:at.HeaderStart])
		require.NoError(t, err)
		require.Equal(t, at.Signature, sig)
		header, err := ParseHeader(data[at.HeaderStart:at.HeaderEnd])
		require.NoError(t, err)
		require.Equal(t, at.Header, header)
	})
}

// FuzzHeader mutates index and data of a header whose intro is always right.
func FuzzHeader(f *testing.F) {
	for _, list := range [][]item{
		{text(TagName, "small")},
		{texts(TagBaseNames, "a", "b"), uint32s(TagFileSizes, 1, 2), binaryItem(TagSourcePkgID, []byte("abc"))},
		{{TagFileModes, TypeInt16, 2, []byte{1, 2, 3, 4}}, {TagLongFileSizes, TypeInt64, 1, make([]byte, 8)}},
		items(parse(f, load(f, "testdata", "plain.rpm")).Header),
	} {
		for _, region := range []Tag{0, TagHeaderImmutable} {
			raw := encode(region, list...)
			n := len(list)
			if region != 0 {
				n++
			}
			f.Add(raw[introSize:introSize+n*entrySize], raw[introSize+n*entrySize:])
		}
	}
	raw := indexed("a\x00b\x00", [4]int{1002, 6, 2, 1}, [4]int{1000, 6, 0, 1})
	f.Add(raw[introSize:introSize+2*entrySize], raw[introSize+2*entrySize:])
	f.Fuzz(func(t *testing.T, index, data []byte) {
		n := len(index) / entrySize
		if n > 1000 {
			return // the check below takes the square of it
		}
		index = index[:n*entrySize]
		raw := append(bytes.Clone(headerMagic), uint32s(0, uint32(n), uint32(len(data))).data...)
		raw = append(append(raw, index...), data...)
		h, err := ParseHeader(raw)
		require.Equal(t, wellFormed(index, data), err == nil, "%v", err)
		if err != nil {
			require.ErrorIs(t, err, koji.ErrInvalid)
			return
		}
		exercise(&File{Header: h, Signature: &SignatureHeader{Header: *h}})
	})
}

// wellFormed tells by the definition of the format whether all values are
// there, entry by entry, and share no byte.
func wellFormed(index, data []byte) bool {
	type extent struct{ start, end uint64 }
	var extents []extent
	for ; len(index) > 0; index = index[entrySize:] {
		typ, start := binary.BigEndian.Uint32(index[4:]), uint64(binary.BigEndian.Uint32(index[8:]))
		count := uint64(binary.BigEndian.Uint32(index[12:]))
		if count == 0 || start > uint64(len(data)) {
			return false
		}
		end := start
		switch typ {
		case 1, 2, 7:
			end += count
		case 3:
			end += 2 * count
		case 4:
			end += 4 * count
		case 5:
			end += 8 * count
		case 6, 8, 9:
			if typ == 6 && count != 1 {
				return false
			}
			for range count {
				i := bytes.IndexByte(data[end:], 0)
				if i < 0 {
					return false
				}
				end += uint64(i) + 1
			}
		default:
			return false
		}
		if end > uint64(len(data)) {
			return false
		}
		for _, other := range extents {
			if start < other.end && other.start < end {
				return false
			}
		}
		extents = append(extents, extent{start, end})
	}
	return len(extents) > 0
}

func FuzzSignature(f *testing.F) {
	for _, tc := range fixtures {
		sigs, err := parse(f, load(f, "testdata", tc.file)).Signature.Signatures()
		require.NoError(f, err)
		for _, sig := range sigs {
			f.Add(sig.Packet)
		}
	}
	for _, body := range [][]byte{v3(), v4(created, issuerID), v4(fingerprint, unknownSub), v6("22 21 06"+someV6Fingerprint, created)} {
		f.Add(oldPacket(body))
		f.Add(newPacket(body))
	}
	f.Fuzz(func(t *testing.T, packet []byte) {
		sig, err := parsePacket(packet)
		if err != nil {
			require.ErrorIs(t, err, koji.ErrInvalid)
			return
		}
		require.Len(t, sig.KeyID, 16)
		require.Len(t, sig.Key(), 8)
		require.Contains(t, []int{0, 40, 64}, len(sig.Fingerprint))

		// The same wherever it stands.
		if len(packet) > 0 {
			legacy := signatureHeaderOf(t, binaryItem(SigTagRSA, packet))
			key, err := legacy.Key()
			require.NoError(t, err)
			require.Equal(t, sig.Key(), key)
			six := signatureHeaderOf(t, texts(SigTagOpenPGP, base64.StdEncoding.EncodeToString(packet)))
			key, err = six.Key()
			require.NoError(t, err)
			require.Equal(t, sig.Key(), key)
		}
	})
}

func FuzzSplice(f *testing.F) {
	for _, tc := range fixtures {
		data := lean(f, tc.file)
		f.Add(data, parse(f, data).Signature.Raw())
		f.Add(lean(f, "plain.rpm"), parse(f, data).Signature.Raw())
	}
	f.Fuzz(func(t *testing.T, primary, signature []byte) {
		sig, err := ParseSignatureHeader(signature)
		if err != nil {
			return
		}
		var out bytes.Buffer
		n, err := Splice(&out, bytes.NewReader(primary), int64(len(primary)), sig)
		require.EqualValues(t, out.Len(), n)
		if err != nil {
			require.Zero(t, n)
			return
		}
		before, after := parse(t, primary), parse(t, out.Bytes())
		require.Equal(t, signature, after.Signature.Raw())
		require.Equal(t, before.Header, after.Header)
		require.Equal(t, primary[before.HeaderEnd:], out.Bytes()[after.HeaderEnd:])
		if sum := before.Signature.MD5(); sum != nil && sig.MD5() != nil {
			require.Equal(t, sum, sig.MD5())
			require.Len(t, sum, md5.Size)
		}
	})
}
