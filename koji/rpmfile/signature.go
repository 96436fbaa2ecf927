package rpmfile

import (
	"bytes"
	"crypto/md5"

	"github.com/kojikit/kojikit/koji"
)

// SignatureHeader is the first header of an RPM: signatures and digests of what
// follows it. Signing a package replaces it and changes nothing else.
type SignatureHeader struct {
	Header
	padded []byte // Header.raw and its padding; never modified
}

// ParseSignatureHeader reads a signature header that was cut out of an RPM, with
// its padding to a multiple of 8 bytes, as Koji keeps it in its sigcache. The
// bytes are copied. Errors are those of [ReadAt].
func ParseSignatureHeader(raw []byte) (*SignatureHeader, error) {
	return Limits{}.ParseSignatureHeader(raw)
}

// ParseSignatureHeader is the function [ParseSignatureHeader] under these limits.
func (l Limits) ParseSignatureHeader(raw []byte) (*SignatureHeader, error) {
	size, err := signatureHeader.size(raw, l)
	if err != nil {
		return nil, err
	}
	if have := int64(len(raw)); have < padded(size) {
		return nil, signatureHeader.truncated(have, padded(size))
	} else if have > padded(size) {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric,
			"rpm signature header: %d bytes follow its end at %d", have-padded(size), padded(size))
	}
	s := new(SignatureHeader)
	if err := s.parse(bytes.Clone(raw), size, l); err != nil {
		return nil, err
	}
	return s, nil
}

// parse takes over raw, the header and its padding.
func (s *SignatureHeader) parse(raw []byte, size int64, l Limits) error {
	s.padded = raw
	return s.Header.parse(raw[:size:size], signatureHeader, l)
}

// Raw returns a copy of the signature header as it stands in the file, with its
// padding to a multiple of 8 bytes. Its MD5 is what Koji calls the sighash.
func (s *SignatureHeader) Raw() []byte { return bytes.Clone(s.padded) }

// MD5 returns the digest of main header and payload (SIGMD5) that the header
// carries: 16 bytes, or nil if there is none, as in packages of format 6.
func (s *SignatureHeader) MD5() []byte {
	sum := s.Bytes(SigTagMD5)
	if len(sum) != md5.Size {
		return nil
	}
	return sum
}
