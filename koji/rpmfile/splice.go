package rpmfile

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/kojikit/kojikit/koji"
)

// BelongsTo returns nil if this signature header was made for the package f: by
// SIGMD5 where both carry it, otherwise by the digests of the main header that
// this one carries. It fails with [koji.ErrMismatch] if they differ or if there
// is nothing to compare. Signatures are not verified.
func (s *SignatureHeader) BelongsTo(f *File) error {
	if want, got := f.Signature.MD5(), s.MD5(); want != nil && got != nil {
		if !bytes.Equal(want, got) {
			return koji.Errorf(koji.ErrMismatch, koji.FaultGeneric,
				"rpm signature header: made for a package with MD5 %s, not for %.200q with MD5 %s",
				hex.EncodeToString(got), f.NVRA(), hex.EncodeToString(want))
		}
		return nil
	}
	switch verified, err := s.verify(f.Header); {
	case err != nil:
		return fmt.Errorf("rpm signature header: not made for %.200q: %w", f.NVRA(), err)
	case !verified:
		return koji.Errorf(koji.ErrMismatch, koji.FaultGeneric,
			"rpm signature header: no digest tells whether it was made for %.200q", f.NVRA())
	}
	return nil
}

// Splice writes to w a copy of an rpm that has another signature header: the
// lead of the rpm, the header sig, and everything that follows the rpm's own
// signature header. It gives the file that the signer wrote, byte by byte,
// provided that sig belongs to the rpm ([SignatureHeader.BelongsTo]); otherwise
// it fails with [koji.ErrMismatch] before anything is written.
//
// It returns the number of bytes written. Other errors are those of [ReadAt],
// of w, and [io.ErrUnexpectedEOF] if the rpm turns out shorter than size.
func Splice(w io.Writer, rpm io.ReaderAt, size int64, sig *SignatureHeader) (int64, error) {
	f, err := ReadAt(rpm, size)
	if err != nil {
		return 0, err
	}
	if err := sig.BelongsTo(f); err != nil {
		return 0, err
	}
	var written int64
	for _, part := range [][]byte{f.Lead[:], sig.padded} {
		n, err := w.Write(part)
		written += int64(n)
		if err != nil {
			return written, err
		}
	}
	rest := size - f.HeaderStart
	n, err := io.Copy(w, io.NewSectionReader(rpm, f.HeaderStart, rest))
	written += n
	if err == nil && n < rest {
		err = koji.Errorf(koji.ErrInvalid, koji.FaultGeneric,
			"rpm %.200q: truncated: %d of %d bytes after the signature header: %w", f.NVRA(), n, rest, io.ErrUnexpectedEOF)
	}
	return written, err
}
