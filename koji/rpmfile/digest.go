package rpmfile

import (
	"crypto"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strings"

	// The algorithms behind SHA1, SHA256 and PAYLOADDIGEST.
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"

	"github.com/kojikit/kojikit/koji"
)

// SumMD5 returns the MD5 of main header and payload, which is what SIGMD5 holds
// in the packages that carry it. It reads payload, which must start at
// HeaderEnd, to its end: the reader that [Read] was given, or a section of the
// file that [ReadAt] was given.
func (f *File) SumMD5(payload io.Reader) ([md5.Size]byte, error) {
	sum := md5.New()
	sum.Write(f.Header.raw)
	if _, err := io.Copy(sum, payload); err != nil {
		return [md5.Size]byte{}, fmt.Errorf("read rpm payload: %w", err)
	}
	return [md5.Size]byte(sum.Sum(nil)), nil
}

// VerifyHeader checks the main header against the SHA256 and SHA1 digests of
// the signature header. It tells whether there was one to check, and fails with
// [koji.ErrMismatch] where one differs.
func (f *File) VerifyHeader() (verified bool, err error) { return f.Signature.verify(f.Header) }

func (s *SignatureHeader) verify(h *Header) (verified bool, err error) {
	for _, d := range []struct {
		tag  Tag
		hash crypto.Hash
	}{
		{SigTagSHA256, crypto.SHA256},
		{SigTagSHA1, crypto.SHA1},
	} {
		want := s.String(d.tag)
		if want == "" {
			continue
		}
		sum := d.hash.New()
		sum.Write(h.raw)
		if err := compare(d.hash.String()+" of the main header", sum, want); err != nil {
			return false, err
		}
		verified = true
	}
	return verified, nil
}

// VerifyPayload checks the payload, read as by [File.SumMD5] and only once,
// against SIGMD5 and PAYLOADDIGEST. It tells whether there was a digest to check,
// and fails with [koji.ErrMismatch] where one differs.
//
// PAYLOADDIGEST stands in the main header, so that it proves something only when
// [File.VerifyHeader] or a signature vouches for that.
func (f *File) VerifyPayload(payload io.Reader) (verified bool, err error) {
	type check struct {
		name string
		sum  hash.Hash
		want string
	}
	var (
		checks []check
		sinks  []io.Writer
	)
	if want := f.Signature.MD5(); want != nil {
		sum := md5.New()
		sum.Write(f.Header.raw)
		checks = append(checks, check{"MD5 of main header and payload", sum, hex.EncodeToString(want)})
		sinks = append(sinks, sum)
	}
	if want := f.Header.String(TagPayloadDigest); want != "" {
		if algo, ok := digestAlgorithms[f.Header.Uint(TagPayloadDigestAlgo)]; ok {
			sum := algo.New()
			checks = append(checks, check{algo.String() + " of the payload", sum, want})
			sinks = append(sinks, sum)
		}
	}
	if len(checks) == 0 {
		return false, nil
	}
	if _, err := io.Copy(io.MultiWriter(sinks...), payload); err != nil {
		return false, fmt.Errorf("read rpm payload: %w", err)
	}
	for _, c := range checks {
		if err := compare(c.name, c.sum, c.want); err != nil {
			return false, err
		}
	}
	return len(checks) > 0, nil
}

// digestAlgorithms are those that rpm uses for payloads, under their OpenPGP
// numbers.
var digestAlgorithms = map[uint64]crypto.Hash{
	8:  crypto.SHA256,
	9:  crypto.SHA384,
	10: crypto.SHA512,
}

func compare(what string, sum hash.Hash, want string) error {
	if got := hex.EncodeToString(sum.Sum(nil)); !strings.EqualFold(got, want) {
		return koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "rpm: %s is %s, its header says %.128q", what, got, want)
	}
	return nil
}
