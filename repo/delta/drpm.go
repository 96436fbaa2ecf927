package delta

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"encoding/hex"
	"io"
	"strconv"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/xi2/xz"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/koji/rpmfile"
)

// Limits of what the start of a delta says, which is all that is read of it.
const (
	maxLabel    = 4 << 10
	maxSequence = 16 << 20
	maxWindow   = 128 << 20 // that a payload can ask its reader for
)

// ReadDRPM reads what a delta rpm is for: the new package, with one delta that has
// neither file name nor size nor checksum. What is not a delta rpm, or has more
// than 16 MiB of sequence, fails with [koji.ErrInvalid] or [koji.ErrLimit].
func ReadDRPM(r io.Reader) (*NewPackage, error) {
	in := bufio.NewReader(r)
	f, err := rpmfile.Read(in)
	if err != nil {
		return nil, err
	}
	payload, err := decompress(in)
	if err != nil {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "payload: %w", err)
	}
	defer payload.Close()
	var magic [4]byte
	if _, err := io.ReadFull(payload, magic[:]); err != nil || string(magic[:3]) != "DLT" {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "not a delta rpm")
	}
	label, err := readBlock(payload, maxLabel)
	if err != nil {
		return nil, err
	}
	sequence, err := readBlock(payload, maxSequence)
	if err != nil {
		return nil, err
	}
	old, err := parseLabel(string(bytes.TrimRight(label, "\x00")))
	if err != nil {
		return nil, err
	}
	p := &NewPackage{
		Name: f.Header.String(rpmfile.TagName), Epoch: "0", Version: f.Header.String(rpmfile.TagVersion),
		Release: f.Header.String(rpmfile.TagRelease), Arch: f.Arch(),
	}
	if epoch, ok := f.Epoch(); ok {
		p.Epoch = strconv.FormatUint(uint64(epoch), 10)
	}
	p.Deltas = []Delta{{
		OldEpoch: old.Epoch, OldVersion: old.Version, OldRelease: old.Release,
		Sequence: string(bytes.TrimRight(label, "\x00")) + "-" + hex.EncodeToString(sequence),
	}}
	return p, nil
}

// parseLabel parses the text NAME-[EPOCH:]VERSION-RELEASE, in which the epoch does
// not stand where [koji.ParseNVR] looks for it.
func parseLabel(label string) (koji.NVR, error) {
	nvr, err := koji.ParseNVR(label)
	if err != nil {
		return nvr, err
	}
	nvr.Epoch = "0"
	if i := bytes.IndexByte([]byte(nvr.Version), ':'); i >= 0 {
		nvr.Epoch, nvr.Version = nvr.Version[:i], nvr.Version[i+1:]
	}
	return nvr, nil
}

// readBlock reads bytes after their number.
func readBlock(r io.Reader, most uint32) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "the delta ends too early: %w", err)
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > most {
		return nil, koji.Errorf(koji.ErrLimit, koji.FaultGeneric, "a part of %d bytes, more than %d", n, most)
	}
	block, err := io.ReadAll(io.LimitReader(r, int64(n)))
	if err == nil && len(block) < int(n) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "the delta ends too early: %w", err)
	}
	return block, nil
}

// decompress returns a reader of a payload, compressed as its first bytes say.
func decompress(r *bufio.Reader) (io.ReadCloser, error) {
	head, _ := r.Peek(6) // what is shorter is nothing
	switch {
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return gzip.NewReader(r)
	case bytes.HasPrefix(head, []byte("BZh")):
		return io.NopCloser(bzip2.NewReader(r)), nil
	case bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")):
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	case bytes.HasPrefix(head, []byte("\xfd7zXZ\x00")):
		x, err := xz.NewReader(r, maxWindow)
		return io.NopCloser(x), err
	default:
		return io.NopCloser(r), nil
	}
}
