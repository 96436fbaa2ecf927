package rpmfile

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
)

func addFixtures(f *testing.F) {
	for _, tc := range fixtures {
		f.Add(load(f, "testdata", tc.file))
	}
	f.Add([]byte{})
	f.Add(assemble(f, encode(0, uint32s(SigTagSize, 1)), encode(0, text(TagName, "small")), []byte("payload")))
	f.Add(assemble(f, indexed("a\x00b\x00", [4]int{1002, 6, 2, 1}, [4]int{1000, 6, 0, 1}),
		encode(TagHeaderImmutable, texts(TagBaseNames, "a", "b"), uint32s(TagFileSizes, 1, 2)), nil))
	f.Add(assemble(f, encode(TagHeaderSignatures,
		binaryItem(SigTagGPG, newPacket(v6("22 21 06"+someV6Fingerprint, ""))),
		texts(SigTagOpenPGP, base64.StdEncoding.EncodeToString(oldPacket(v3()))),
	), encode(TagHeaderImmutable, text(TagName, "signed")), nil))
}

func FuzzRead(f *testing.F) {
	addFixtures(f)
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
		data := load(f, "testdata", tc.file)
		f.Add(data, parse(f, data).Signature.Raw())
		f.Add(load(f, "testdata", "plain.rpm"), parse(f, data).Signature.Raw())
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
