package rpmfile

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
)

func TestReadFindsWhatTheSpecFileSays(t *testing.T) {
	eachCorpus(t, func(t *testing.T, dir string) {
		for _, tc := range fixtures {
			t.Run(tc.file, func(t *testing.T) {
				f, err := ReadFile(filepath.Join(dir, tc.file))
				require.NoError(t, err)
				nvra := f.NVRA()
				require.Equal(t, tc.nvr, nvra.NVR.String())
				require.Equal(t, tc.epoch, nvra.Epoch)
				require.Equal(t, tc.arch, nvra.Arch)
				require.Equal(t, tc.arch, f.Arch())
				require.Equal(t, tc.source, f.IsSource())
				require.Equal(t, tc.sourceRPM, f.SourceRPM())
				require.EqualValues(t, 1709726400, f.BuildTime()) // SOURCE_DATE_EPOCH of make.sh
				_, hasEpoch := f.Epoch()
				require.Equal(t, tc.epoch != "", hasEpoch)
			})
		}
	})
}

func TestReadStopsAtThePayload(t *testing.T) {
	for _, tc := range fixtures {
		data := load(t, "testdata", tc.file)
		want := parse(t, data)
		for name, wrap := range map[string]func(io.Reader) io.Reader{
			"whole":    func(r io.Reader) io.Reader { return r },
			"one byte": iotest.OneByteReader,
			"half":     iotest.HalfReader,
			"data err": iotest.DataErrReader,
		} {
			src := bytes.NewReader(data[:want.HeaderEnd])
			got, err := Read(wrap(src))
			require.NoError(t, err, "%s %s", tc.file, name)
			requireSame(t, want, got)

			src = bytes.NewReader(data)
			_, err = Read(src)
			require.NoError(t, err)
			require.EqualValues(t, int64(len(data))-want.HeaderEnd, src.Len(), tc.file)
		}
	}
}

func TestReadAtDoesNotTouchThePayload(t *testing.T) {
	for _, tc := range fixtures {
		data := load(t, "testdata", tc.file)
		end := parse(t, data).HeaderEnd
		f, err := ReadAt(bytes.NewReader(data[:end]), int64(len(data)))
		require.NoError(t, err, tc.file)
		require.Equal(t, end, f.HeaderEnd)
	}
}

func TestFileGivesBackItsBytes(t *testing.T) {
	for _, tc := range fixtures {
		data := load(t, "testdata", tc.file)
		f := parse(t, data)
		require.Equal(t, data[:96], f.Lead[:])
		require.Equal(t, data[96:f.HeaderStart], f.Signature.Raw())
		var header bytes.Buffer
		n, err := f.Header.WriteTo(&header)
		require.NoError(t, err)
		require.Equal(t, f.Header.Size(), n)
		require.Equal(t, data[f.HeaderStart:f.HeaderEnd], header.Bytes())
	}
}

func TestFileCannotBeChangedThroughWhatItReturns(t *testing.T) {
	data := load(t, "testdata", "plain.rpm")
	f := parse(t, data)
	clear(f.Signature.Raw())
	clear(f.Signature.MD5())
	clear(f.Signature.Bytes(SigTagMD5))
	requireSame(t, parse(t, data), f)
}

func TestHeadersCanBeParsedAlone(t *testing.T) {
	for _, tc := range fixtures {
		data := load(t, "testdata", tc.file)
		f := parse(t, data)
		raw := bytes.Clone(data)
		sig, err := ParseSignatureHeader(raw[96:f.HeaderStart])
		require.NoError(t, err)
		header, err := ParseHeader(raw[f.HeaderStart:f.HeaderEnd])
		require.NoError(t, err)
		clear(raw) // they must have copied it
		require.Equal(t, f.Signature, sig)
		require.Equal(t, f.Header, header)

		for _, cut := range []int64{-1, 1} {
			_, err = ParseSignatureHeader(data[96 : f.HeaderStart+cut])
			require.ErrorIs(t, err, koji.ErrInvalid)
			_, err = ParseHeader(data[f.HeaderStart : f.HeaderEnd+cut])
			require.ErrorIs(t, err, koji.ErrInvalid)
		}
	}
	_, err := ParseSignatureHeader(nil)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	_, err = ParseHeader(nil)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

func TestReadRefusesWhatIsNoRPM(t *testing.T) {
	plain := load(t, "testdata", "plain.rpm")
	f := parse(t, plain)
	with := func(at int64, b byte) []byte {
		data := bytes.Clone(plain)
		data[at] = b
		return data
	}
	for name, tc := range map[string]struct {
		data  []byte
		is    []error
		isNot []error
		msg   string
	}{
		"empty": {nil, []error{koji.ErrInvalid, io.ErrUnexpectedEOF}, []error{ErrNotRPM},
			"rpm lead: truncated: 0 of 96 bytes"},
		"text": {[]byte("hello, world\n"), []error{koji.ErrInvalid, ErrNotRPM}, []error{io.ErrUnexpectedEOF},
			"starts with 68656c6c, not with the magic edabeedb of an rpm"},
		"two bytes of text": {[]byte("hi"), []error{koji.ErrInvalid, ErrNotRPM}, nil, "starts with 6869"},
		"wrong lead magic":  {with(0, 0), []error{koji.ErrInvalid, ErrNotRPM}, nil, "starts with 00abeedb"},
		"wrong signature header magic": {with(96, 0), []error{koji.ErrInvalid}, []error{ErrNotRPM, io.ErrUnexpectedEOF},
			"rpm signature header: starts with 00ade80100000000, not with the header magic 8eade80100000000"},
		"wrong main header magic": {with(f.HeaderStart+3, 2), []error{koji.ErrInvalid}, []error{ErrNotRPM, io.ErrUnexpectedEOF},
			"rpm main header: starts with 8eade802"},
		"cut in lead": {plain[:95], []error{koji.ErrInvalid, io.ErrUnexpectedEOF}, []error{ErrNotRPM},
			"rpm lead: truncated: 95 of 96 bytes"},
		"cut in signature header": {plain[:300], []error{koji.ErrInvalid, io.ErrUnexpectedEOF}, nil, "rpm signature header: truncated"},
		"cut in main header":      {plain[:f.HeaderEnd-1], []error{koji.ErrInvalid, io.ErrUnexpectedEOF}, nil, "rpm main header: truncated"},
	} {
		t.Run(name, func(t *testing.T) {
			_, errAt := ReadAt(bytes.NewReader(tc.data), int64(len(tc.data)))
			_, errStream := Read(bytes.NewReader(tc.data))
			path := filepath.Join(t.TempDir(), "x.rpm")
			writeFile(t, path, tc.data)
			_, errFile := ReadFile(path)
			require.ErrorContains(t, errFile, path)
			for _, err := range []error{errAt, errStream, errFile} {
				require.ErrorContains(t, err, tc.msg)
				require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err))
				for _, is := range tc.is {
					require.ErrorIs(t, err, is)
				}
				for _, isNot := range tc.isNot {
					require.NotErrorIs(t, err, isNot)
				}
			}
		})
	}
}

func TestReadFailsWhereverTheFileIsCut(t *testing.T) {
	for _, name := range []string{"plain.rpm", "rich.rpm"} {
		data := load(t, "testdata", name)
		end := int(parse(t, data).HeaderEnd)
		for n := range end {
			_, err := ReadAt(bytes.NewReader(data[:n]), int64(n))
			require.ErrorIs(t, err, io.ErrUnexpectedEOF, "%s cut at %d", name, n)
			require.ErrorIs(t, err, koji.ErrInvalid)
			_, err = Read(bytes.NewReader(data[:n]))
			require.ErrorIs(t, err, io.ErrUnexpectedEOF, "%s cut at %d", name, n)
			require.ErrorIs(t, err, koji.ErrInvalid)
			// The file is shorter than it was said to be.
			_, err = ReadAt(bytes.NewReader(data[:n]), int64(len(data)))
			require.ErrorIs(t, err, io.ErrUnexpectedEOF, "%s cut at %d", name, n)
		}
	}
	_, err := ReadAt(bytes.NewReader(nil), -1)
	require.ErrorIs(t, err, koji.ErrInvalid)
}

type failingAt struct {
	*bytes.Reader
	limit int64
}

var errDisk = errors.New("disk on fire")

func (r failingAt) ReadAt(b []byte, off int64) (int, error) {
	if off+int64(len(b)) > r.limit {
		return 0, errDisk
	}
	return r.Reader.ReadAt(b, off)
}

func TestReadPassesOnFailuresOfTheReader(t *testing.T) {
	data := load(t, "testdata", "plain.rpm")
	end := parse(t, data).HeaderEnd
	for limit := range end {
		_, err := ReadAt(failingAt{bytes.NewReader(data), limit}, int64(len(data)))
		require.ErrorIs(t, err, errDisk, "after %d bytes", limit)
		require.NotErrorIs(t, err, koji.ErrInvalid)
		_, err = Read(io.MultiReader(bytes.NewReader(data[:limit]), iotest.ErrReader(errDisk)))
		require.ErrorIs(t, err, errDisk, "after %d bytes", limit)
		require.NotErrorIs(t, err, koji.ErrInvalid)
	}
	_, err := ReadFile(filepath.Join(t.TempDir(), "missing"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestReadKeepsWithinLimits(t *testing.T) {
	data := load(t, "testdata", "plain.rpm")
	f := parse(t, data)
	for name, tc := range map[string]struct {
		fits, exceeds Limits
		msg           string
	}{
		"entries": {
			Limits{Entries: f.Header.Len()}, Limits{Entries: f.Header.Len() - 1}, "index entries, more than the limit of",
		},
		"signature": {
			Limits{Signature: f.Signature.Size()}, Limits{Signature: f.Signature.Size() - 1}, "rpm signature header: ",
		},
		"header": {
			Limits{Header: f.Header.Size()}, Limits{Header: f.Header.Size() - 1}, "rpm main header: ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tc.fits.ReadAt(bytes.NewReader(data), int64(len(data)))
			require.NoError(t, err)
			_, err = tc.fits.Read(bytes.NewReader(data))
			require.NoError(t, err)
			_, err = tc.exceeds.ReadAt(bytes.NewReader(data), int64(len(data)))
			require.ErrorIs(t, err, koji.ErrLimit)
			require.ErrorContains(t, err, tc.msg)
			_, err = tc.exceeds.Read(bytes.NewReader(data))
			require.ErrorIs(t, err, koji.ErrLimit)
		})
	}
	_, err := Limits{Entries: 1}.ParseSignatureHeader(f.Signature.Raw())
	require.ErrorIs(t, err, koji.ErrLimit)
	_, err = Limits{Header: 100}.ParseHeader(data[f.HeaderStart:f.HeaderEnd])
	require.ErrorIs(t, err, koji.ErrLimit)
}

func TestDefaultLimits(t *testing.T) {
	intro := func(entries, data uint32) []byte {
		b := encode(0, item{1000, TypeInt32, 1, make([]byte, 4)})[:introSize]
		copy(b[8:], uint32s(0, entries, data).data)
		return b
	}
	for name, tc := range map[string]struct {
		part          headerPart
		entries, data uint32
		ok            bool
	}{
		"most entries":           {mainHeader, 65535, 0, true},
		"too many entries":       {mainHeader, 65536, 0, false},
		"largest header":         {mainHeader, 1, 256<<20 - 32, true},
		"too large header":       {mainHeader, 1, 256<<20 - 31, false},
		"largest signature":      {signatureHeader, 1, 64<<20 - 32, true},
		"too large signature":    {signatureHeader, 1, 64<<20 - 31, false},
		"negative data":          {mainHeader, 1, 1<<32 - 1, false},
		"negative entries":       {signatureHeader, 1<<32 - 1, 0, false},
		"sum beyond 32 bits":     {mainHeader, 1<<32 - 1, 1<<32 - 1, false},
		"entries over all limit": {signatureHeader, 1 << 28, 16, false},
	} {
		_, err := tc.part.size(intro(tc.entries, tc.data), Limits{})
		if tc.ok {
			require.NoError(t, err, name)
		} else {
			require.ErrorIs(t, err, koji.ErrLimit, name)
		}
	}
}

func requireSame(t *testing.T, want, got *File) {
	t.Helper()
	require.Equal(t, want.Lead, got.Lead)
	require.Equal(t, want.Signature.padded, got.Signature.padded)
	require.Equal(t, want.Header, got.Header)
	require.Equal(t, want.HeaderStart, got.HeaderStart)
	require.Equal(t, want.HeaderEnd, got.HeaderEnd)
}
