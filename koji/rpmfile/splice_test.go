package rpmfile

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
)

func TestSpliceGivesTheFileThatRPMSignWrote(t *testing.T) {
	eachCorpus(t, func(t *testing.T, dir string) {
		for _, from := range fixtures {
			if !strings.HasPrefix(from.file, "plain-") || from.signer == "" {
				continue
			}
			for _, onto := range []string{"plain.rpm", "plain-rsa.rpm"} { // unsigned, and signed by another key
				primary, signed := load(t, dir, onto), load(t, dir, from.file)
				f := parse(t, signed)
				sig, err := ParseSignatureHeader(f.Signature.Raw())
				require.NoError(t, err)
				var got bytes.Buffer
				n, err := Splice(&got, bytes.NewReader(primary), int64(len(primary)), sig)
				require.NoError(t, err)
				require.EqualValues(t, len(signed), n)
				require.True(t, bytes.Equal(signed, got.Bytes()), "%s onto %s", from.file, onto)
			}
		}
	})
}

func TestSpliceOfASignatureHeaderOfAnotherLength(t *testing.T) {
	plain := load(t, "testdata", "plain.rpm")
	f := parse(t, plain)
	list := append(without(items(&f.Signature.Header), SigTagReservedSpace), binaryItem(SigTagRSA, oldPacket(v3())))
	want := assemble(t, encode(TagHeaderSignatures, list...), plain[f.HeaderStart:f.HeaderEnd], plain[f.HeaderEnd:])
	var got bytes.Buffer
	n, err := Splice(&got, bytes.NewReader(plain), int64(len(plain)), parse(t, want).Signature)
	require.NoError(t, err)
	require.EqualValues(t, len(want), n)
	require.Equal(t, want, got.Bytes())
}

func TestSpliceRefusesTheSignatureHeaderOfAnotherPackage(t *testing.T) {
	plain := load(t, "testdata", "plain.rpm")
	f := parse(t, plain)
	own := items(&f.Signature.Header)
	other := items(&parse(t, load(t, "testdata", "rich.rpm")).Signature.Header)
	primary := func(list []item) []byte {
		return assemble(t, encode(TagHeaderSignatures, list...), plain[f.HeaderStart:f.HeaderEnd], plain[f.HeaderEnd:])
	}
	for name, tc := range map[string]struct {
		primary, signature []item
		msg                string // "" where the signature header belongs to the package
	}{
		"own":                               {own, own, ""},
		"other MD5":                         {own, other, "made for a package with MD5"},
		"no MD5, own digests":               {own, without(own, SigTagMD5), ""},
		"no MD5, other digests":             {own, without(other, SigTagMD5), "SHA-256 of the main header is"},
		"no MD5, own SHA1":                  {own, without(own, SigTagMD5, SigTagSHA256), ""},
		"no MD5, other SHA1":                {own, without(other, SigTagMD5, SigTagSHA256), "SHA-1 of the main header is"},
		"no MD5, no digests":                {own, without(own, SigTagMD5, SigTagSHA256, SigTagSHA1), "no digest tells"},
		"format 6, own digests":             {without(own, SigTagMD5), without(own, SigTagMD5), ""},
		"format 6, other digests":           {without(own, SigTagMD5), without(other, SigTagMD5), "SHA-256 of the main header is"},
		"format 6 with MD5, own digests":    {without(own, SigTagMD5), own, ""},
		"format 6 with MD5, other digests":  {without(own, SigTagMD5), other, "SHA-256"},
		"format 6 with MD5, no digests":     {without(own, SigTagMD5), without(own, SigTagSHA1, SigTagSHA256), "no digest tells"},
		"own MD5 counts, other digests not": {own, append(without(other, SigTagMD5), binaryItem(SigTagMD5, f.Signature.MD5())), ""},
	} {
		t.Run(name, func(t *testing.T) {
			data := primary(tc.primary)
			sig := signatureHeaderOf(t, tc.signature...)
			var out bytes.Buffer
			_, err := Splice(&out, bytes.NewReader(data), int64(len(data)), sig)
			if tc.msg == "" {
				require.NoError(t, err)
				require.NoError(t, sig.BelongsTo(parse(t, data)))
				return
			}
			require.ErrorIs(t, err, koji.ErrMismatch)
			require.ErrorContains(t, err, tc.msg)
			require.ErrorContains(t, err, "plain-1.0-1.noarch")
			require.ErrorIs(t, sig.BelongsTo(parse(t, data)), koji.ErrMismatch)
			require.Zero(t, out.Len(), "nothing is written")
		})
	}
}

func TestSplicePassesOnFailures(t *testing.T) {
	plain := load(t, "testdata", "plain.rpm")
	f := parse(t, plain)
	size := int64(len(plain))

	_, err := Splice(io.Discard, bytes.NewReader(plain[:100]), 100, f.Signature)
	require.ErrorIs(t, err, koji.ErrInvalid)

	n, err := Splice(io.Discard, bytes.NewReader(plain[:size-1]), size, f.Signature)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.ErrorIs(t, err, koji.ErrInvalid)
	require.Equal(t, size-1, n)

	for _, limit := range []int64{0, 50, 96, 1000, f.HeaderStart, size - 1} {
		n, err := Splice(&fullWriter{room: limit}, bytes.NewReader(plain), size, f.Signature)
		require.ErrorIs(t, err, errFull)
		require.Equal(t, limit, n)
	}
}

var errFull = errors.New("no space left")

// fullWriter takes as many bytes as there is room for.
type fullWriter struct{ room int64 }

func (w *fullWriter) Write(b []byte) (int, error) {
	n := min(w.room, int64(len(b)))
	w.room -= n
	if n < int64(len(b)) {
		return int(n), errFull
	}
	return int(n), nil
}
