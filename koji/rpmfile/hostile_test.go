package rpmfile

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
)

// exercise calls whatever decodes something of a file.
func exercise(f *File) {
	for _, h := range []*Header{f.Header, &f.Signature.Header} {
		for e := range h.Entries() {
			_ = e.String()
			_ = e.Strings()
			_ = e.Bytes()
			for range e.Uints().All() {
			}
			_ = h.String(e.Tag)
		}
	}
	_, _, _ = f.NVRA(), f.SourceRPM(), f.BuildTime()
	_, _ = f.Signature.Key()
	_, _ = f.Signature.Signatures()
	_, _ = f.VerifyHeader()
	_ = f.Signature.BelongsTo(f)
	_ = f.Signature.Raw()
}

// totalAlloc returns the bytes that were ever allocated.
func totalAlloc() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}

func TestEveryByteOfIntroAndIndexMayBeWrong(t *testing.T) {
	plain := load(t, "testdata", "plain-rsa-v3.rpm")
	f := parse(t, plain)
	data := bytes.Clone(plain)
	refused := 0
	for _, part := range []struct{ start, end int64 }{
		{0, LeadSize},
		{LeadSize, LeadSize + introSize + int64(f.Signature.Len())*entrySize},
		{f.HeaderStart, f.HeaderStart + introSize + int64(f.Header.Len())*entrySize},
	} {
		for at := part.start; at < part.end; at++ {
			for value := range 256 {
				data[at] = byte(value)
				f, err := ReadAt(bytes.NewReader(data), int64(len(data)))
				if err == nil {
					exercise(f)
					continue
				}
				refused++
				if !errors.Is(err, koji.ErrInvalid) && !errors.Is(err, koji.ErrLimit) {
					t.Fatalf("%#x at %d: %v", value, at, err)
				}
			}
			for _, value := range []byte{0, 1, 0x7f, 0x80, 0xff, plain[at] ^ 0xff, plain[at] + 1, plain[at] - 1} {
				data[at] = value
				before := totalAlloc()
				_, _ = ReadAt(bytes.NewReader(data), int64(len(data)))
				require.Less(t, totalAlloc()-before, uint64(1<<20), "ReadAt with %#x at %d", value, at)
				before = totalAlloc()
				_, _ = Read(bytes.NewReader(data))
				require.Less(t, totalAlloc()-before, uint64(1<<20), "Read with %#x at %d", value, at)
			}
			data[at] = plain[at]
		}
	}
	require.NotZero(t, refused)
}

func TestEveryByteOfASignatureMayBeWrong(t *testing.T) {
	for _, tc := range fixtures {
		data := load(t, "testdata", tc.file)
		sigs, err := parse(t, data).Signature.Signatures()
		require.NoError(t, err)
		for _, sig := range sigs {
			packet := bytes.Clone(sig.Packet)
			for at := range packet {
				for value := range 256 {
					packet[at] = byte(value)
					if _, err := parsePacket(packet); err != nil {
						require.ErrorIs(t, err, koji.ErrInvalid)
					}
				}
				packet[at] = sig.Packet[at]
				if _, err := parsePacket(packet[:at]); err == nil {
					t.Fatalf("%s: packet cut at %d is accepted", tc.file, at)
				}
			}
		}
	}
}

// A stream that promises the largest header and ends at once must not cost the
// memory it promises.
func TestAStreamCostsWhatItHolds(t *testing.T) {
	plain := load(t, "testdata", "plain.rpm")
	start := parse(t, plain).HeaderStart
	intro := append(bytes.Clone(headerMagic), uint32s(0, 65535, 200<<20).data...)
	for _, data := range [][]byte{
		append(bytes.Clone(plain[:start]), intro...),
		append(bytes.Clone(plain[:LeadSize]), append(bytes.Clone(headerMagic), uint32s(0, 65535, 60<<20).data...)...),
	} {
		before := totalAlloc()
		_, err := Read(bytes.NewReader(data))
		require.Less(t, totalAlloc()-before, uint64(1<<20))
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
}
