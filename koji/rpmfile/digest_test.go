package rpmfile

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
)

func TestDigestsAgreeWithRPMBuild(t *testing.T) {
	eachCorpus(t, func(t *testing.T, dir string) {
		for _, tc := range fixtures {
			data := load(t, filepath.Join(dir, tc.file))
			src := bytes.NewReader(data)
			f, err := Read(src)
			require.NoError(t, err)

			verified, err := f.VerifyHeader()
			require.NoError(t, err, tc.file)
			require.True(t, verified)

			sum, err := f.SumMD5(src) // right after Read
			require.NoError(t, err)
			require.Equal(t, f.Signature.MD5(), sum[:])

			verified, err = f.VerifyPayload(bytes.NewReader(data[f.HeaderEnd:]))
			require.NoError(t, err, tc.file)
			require.True(t, verified)
		}
	})
}

func TestVerifyNoticesEveryChange(t *testing.T) {
	plain := load(t, "testdata", "plain.rpm")
	f := parse(t, plain)
	signature, header := items(&f.Signature.Header), items(f.Header)
	payload := plain[f.HeaderEnd:]
	otherHeader := append(without(header, TagSummary), text(TagSummary, "changed"))
	with := func(it item) []item { return append(without(signature, it.tag), it) }

	for name, tc := range map[string]struct {
		signature, header []item
		payload           []byte
		headerMsg         string
		headerVerified    bool
		payloadMsg        string
		payloadVerified   bool
	}{
		"nothing": {signature, header, payload, "", true, "", true},
		"payload": {signature, header, append(bytes.Clone(payload), 0), "", true, "MD5 of main header and payload is", false},
		"payload, without MD5": {without(signature, SigTagMD5), header, payload[1:], "", true,
			"SHA-256 of the payload is", false},
		"header": {signature, otherHeader, payload, "SHA-256 of the main header is", false, "MD5 of main header", false},
		"header, with SHA1 only": {without(signature, SigTagSHA256), otherHeader, payload,
			"SHA-1 of the main header is", false, "MD5 of main header", false},
		"SHA256":              {with(text(SigTagSHA256, "00")), header, payload, `its header says "00"`, false, "", true},
		"SHA256 in capitals":  {with(text(SigTagSHA256, strings.ToUpper(f.Signature.String(SigTagSHA256)))), header, payload, "", true, "", true},
		"no header digest":    {without(signature, SigTagSHA256, SigTagSHA1), header, payload, "", false, "", true},
		"no MD5":              {without(signature, SigTagMD5), header, payload, "", true, "", true},
		"MD5 of strange size": {with(binaryItem(SigTagMD5, []byte("short"))), header, payload, "", true, "", true},
		"no payload digest": {without(signature, SigTagMD5, SigTagSHA256, SigTagSHA1), without(header, TagPayloadDigest), payload,
			"", false, "", false},
		"unknown payload digest": {without(signature, SigTagMD5, SigTagSHA256, SigTagSHA1),
			append(without(header, TagPayloadDigestAlgo), uint32s(TagPayloadDigestAlgo, 99)), payload, "", false, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			data := assemble(t, encode(TagHeaderSignatures, tc.signature...), encode(TagHeaderImmutable, tc.header...), tc.payload)
			f := parse(t, data)
			check := func(verified bool, err error, wantVerified bool, msg string) {
				t.Helper()
				require.Equal(t, wantVerified, verified)
				if msg == "" {
					require.NoError(t, err)
					return
				}
				require.ErrorIs(t, err, koji.ErrMismatch)
				require.ErrorContains(t, err, msg)
			}
			verified, err := f.VerifyHeader()
			check(verified, err, tc.headerVerified, tc.headerMsg)
			verified, err = f.VerifyPayload(bytes.NewReader(tc.payload))
			check(verified, err, tc.payloadVerified, tc.payloadMsg)
		})
	}
}

// A package of format 6 has no SIGMD5; what stands in for it must equal what the
// same header and payload have in format 4.
func TestMD5OfAPackageWithoutSIGMD5(t *testing.T) {
	plain := load(t, "testdata", "plain.rpm")
	f := parse(t, plain)
	signature := without(items(&f.Signature.Header), SigTagMD5, SigTagSize, SigTagPayloadSize, SigTagSHA1)
	data := assemble(t, encode(TagHeaderSignatures, signature...), plain[f.HeaderStart:f.HeaderEnd], plain[f.HeaderEnd:])
	six := parse(t, data)
	require.Nil(t, six.Signature.MD5())
	sum, err := six.SumMD5(io.NewSectionReader(bytes.NewReader(data), six.HeaderEnd, int64(len(data))))
	require.NoError(t, err)
	require.Equal(t, f.Signature.MD5(), sum[:])
}

func TestDigestsPassOnFailuresOfTheReader(t *testing.T) {
	f := parse(t, load(t, "testdata", "plain.rpm"))
	_, err := f.SumMD5(iotest.ErrReader(errDisk))
	require.ErrorIs(t, err, errDisk)
	_, err = f.VerifyPayload(iotest.ErrReader(errDisk))
	require.ErrorIs(t, err, errDisk)
	require.NotErrorIs(t, err, koji.ErrMismatch)
}
