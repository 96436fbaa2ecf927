package rpmfile

import (
	"encoding/base64"
	"errors"
	"fmt"
	"iter"
	"time"

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

// Key returns the id under which Koji files this signature header: the last 8
// hex digits, in lower case, of the id of the key that made the first signature
// of [SignatureHeader.Signatures]; "" if there is none. It fails with
// [koji.ErrInvalid] if that signature is malformed, whatever the others are.
func (s *SignatureHeader) Key() (string, error) {
	for sig, err := range s.signatures() {
		return sig.Key(), err
	}
	return "", nil
}

// Signatures returns every signature, in Koji's order of precedence: first those
// of the tags GPG, PGP, DSA and RSA, then those of rpm 6 (OPENPGP) in the order
// of the header. If some are malformed it returns the others, and an error with
// [koji.ErrInvalid] that names them.
//
// No signature is verified, and not all of what one says about itself is covered
// by it.
func (s *SignatureHeader) Signatures() ([]Signature, error) {
	var (
		sigs []Signature
		errs []error
	)
	for sig, err := range s.signatures() {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		sigs = append(sigs, sig)
	}
	return sigs, errors.Join(errs...)
}

func (s *SignatureHeader) signatures() iter.Seq2[Signature, error] {
	return func(yield func(Signature, error) bool) {
		for _, tag := range []Tag{SigTagGPG, SigTagPGP, SigTagDSA, SigTagRSA} {
			e, _ := s.Lookup(tag)
			if e.Count == 0 {
				continue
			}
			if e.Type != TypeBinary {
				if !yield(Signature{}, tag.wrongType(e.Type, TypeBinary)) {
					return
				}
				continue
			}
			sig, err := parsePacket(e.Bytes())
			if err != nil {
				err = fmt.Errorf("rpm signature header: tag %d: %w", tag, err)
			}
			sig.Tag, sig.HeaderOnly = tag, tag == SigTagDSA || tag == SigTagRSA
			if !yield(sig, err) {
				return
			}
		}
		e, _ := s.Lookup(SigTagOpenPGP)
		if e.Count > 0 && !e.isText() {
			yield(Signature{}, SigTagOpenPGP.wrongType(e.Type, TypeStringArray))
			return
		}
		i := 0
		for text := range e.StringSeq() {
			sig, err := parseBase64(text)
			if err != nil {
				err = fmt.Errorf("rpm signature header: tag %d: string %d: %w", SigTagOpenPGP, i, err)
			}
			sig.Tag, sig.HeaderOnly = SigTagOpenPGP, true
			if !yield(sig, err) {
				return
			}
			i++
		}
	}
}

func parseBase64(text string) (Signature, error) {
	packet, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return Signature{}, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "not base64: %w", err)
	}
	return parsePacket(packet)
}

func (t Tag) wrongType(have, want Type) error {
	return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "rpm signature header: tag %d: of type %s, want %s", t, have, want)
}

// Signature is what one OpenPGP signature says about itself (RFC 9580, and
// RFC 4880 for version 3). It has not been verified.
type Signature struct {
	Tag         Tag       // entry of the signature header that holds it
	HeaderOnly  bool      // covers the main header; otherwise main header and payload
	Version     int       // of the packet: 3, 4 or 6
	Algorithm   Algorithm // of the key
	Hash        Hash
	Created     time.Time // UTC; zero if not stated
	KeyID       string    // of the key: 16 lower-case hex digits
	Fingerprint string    // of the key: 40 or 64 lower-case hex digits; empty if not stated
	Packet      []byte    // the OpenPGP packet
}

// Key returns the last 8 digits of KeyID: Koji's name for the key.
func (s Signature) Key() string { return s.KeyID[max(len(s.KeyID)-8, 0):] }
