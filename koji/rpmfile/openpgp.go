package rpmfile

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/kojikit/kojikit/koji"
)

// Algorithm is the number of an OpenPGP public-key algorithm.
type Algorithm uint8

var algorithmNames = map[Algorithm]string{
	1: "RSA", 3: "RSA", 17: "DSA", 19: "ECDSA", 22: "EdDSA", 27: "Ed25519", 28: "Ed448",
	30: "ML-DSA-65+Ed25519", 31: "ML-DSA-87+Ed448",
	32: "SLH-DSA-SHAKE-128s", 33: "SLH-DSA-SHAKE-128f", 34: "SLH-DSA-SHAKE-256s",
}

// String returns the name of the algorithm, for example "RSA"; an unknown one
// prints as its number.
func (a Algorithm) String() string {
	if name, ok := algorithmNames[a]; ok {
		return name
	}
	return "algorithm " + strconv.Itoa(int(a))
}

// Hash is the number of an OpenPGP hash algorithm.
type Hash uint8

var hashNames = map[Hash]string{
	1: "MD5", 2: "SHA1", 3: "RIPEMD160", 8: "SHA256", 9: "SHA384", 10: "SHA512",
	11: "SHA224", 12: "SHA3-256", 14: "SHA3-512",
}

// String returns the name of the hash, for example "SHA256"; an unknown one
// prints as its number.
func (h Hash) String() string {
	if name, ok := hashNames[h]; ok {
		return name
	}
	return "hash " + strconv.Itoa(int(h))
}

// Numbers of RFC 9580.
const (
	packetSignature = 2

	subpacketCreated           = 2
	subpacketIssuer            = 16
	subpacketIssuerFingerprint = 33
	subpacketCritical          = 0x80 // set on a type that must be understood
)

// parsePacket reads the one OpenPGP signature packet that b consists of.
func parsePacket(b []byte) (Signature, error) {
	body, err := packetBody(b)
	if err != nil {
		return Signature{}, err
	}
	sig := Signature{Packet: b}
	if len(body) == 0 {
		return Signature{}, packetErrorf("empty signature")
	}
	switch sig.Version = int(body[0]); sig.Version {
	case 3:
		err = sig.parseV3(body)
	case 4:
		err = sig.parseV4(body, 2)
	case 6:
		err = sig.parseV4(body, 4)
	default:
		err = packetErrorf("signature of version %d, want 3, 4 or 6", sig.Version)
	}
	if err != nil {
		return Signature{}, err
	}
	return sig, nil
}

// packetBody checks the packet header: a signature that spans b exactly.
func packetBody(b []byte) ([]byte, error) {
	if len(b) < 2 || b[0]&0x80 == 0 {
		return nil, packetErrorf("no packet in %d bytes %x...", len(b), b[:min(len(b), 2)])
	}
	var (
		tag     = int(b[0] & 0x3f)
		lenSize int
		length  uint64
	)
	if newFormat := b[0]&0x40 != 0; newFormat {
		first := b[1]
		switch {
		case first < 192:
			lenSize, length = 1, uint64(first)
		case first < 224:
			if len(b) < 3 {
				return nil, packetErrorf("length is cut off")
			}
			lenSize, length = 2, uint64(first-192)<<8+uint64(b[2])+192
		case first < 255:
			return nil, packetErrorf("partial length")
		default:
			if len(b) < 6 {
				return nil, packetErrorf("length is cut off")
			}
			lenSize, length = 5, uint64(binary.BigEndian.Uint32(b[2:]))
		}
	} else {
		tag >>= 2
		if b[0]&3 == 3 {
			return nil, packetErrorf("indeterminate length")
		}
		lenSize = 1 << (b[0] & 3)
		if len(b) < 1+lenSize {
			return nil, packetErrorf("length is cut off")
		}
		for _, c := range b[1 : 1+lenSize] {
			length = length<<8 | uint64(c)
		}
	}
	if tag != packetSignature {
		return nil, packetErrorf("packet of type %d, not a signature", tag)
	}
	body := b[1+lenSize:]
	if uint64(len(body)) != length {
		return nil, packetErrorf("length says %d bytes, %d are there", length, len(body))
	}
	return body, nil
}

// parseV3 reads: version, length of what is hashed, type, time, key id,
// algorithm, hash.
func (s *Signature) parseV3(body []byte) error {
	if len(body) < 17 {
		return packetErrorf("signature of version 3 has %d bytes, want 17 or more", len(body))
	}
	s.Created = unixTime(body[3:])
	s.KeyID = hex.EncodeToString(body[7:15])
	s.Algorithm, s.Hash = Algorithm(body[15]), Hash(body[16])
	return nil
}

// parseV4 reads: version, type, algorithm, hash, hashed area, unhashed area. The
// length of an area takes lenSize bytes: 2, or 4 in version 6.
func (s *Signature) parseV4(body []byte, lenSize int) error {
	if len(body) < 4 {
		return packetErrorf("signature of version %d has %d bytes, want 4 or more", s.Version, len(body))
	}
	s.Algorithm, s.Hash = Algorithm(body[2]), Hash(body[3])
	var issuer issuer
	rest := body[4:]
	for _, area := range []string{"hashed", "unhashed"} {
		if len(rest) < lenSize {
			return packetErrorf("%s area is cut off", area)
		}
		size := uint64(0)
		for _, c := range rest[:lenSize] {
			size = size<<8 | uint64(c)
		}
		rest = rest[lenSize:]
		if size > uint64(len(rest)) {
			return packetErrorf("%s area of %d bytes, only %d are left", area, size, len(rest))
		}
		if err := s.parseArea(rest[:size], area == "hashed", &issuer); err != nil {
			return err
		}
		rest = rest[size:]
	}
	var err error
	s.KeyID, err = issuer.resolve()
	s.Fingerprint = hex.EncodeToString(issuer.fingerprint)
	return err
}

func (s *Signature) parseArea(area []byte, hashed bool, issuer *issuer) error {
	for len(area) > 0 {
		length, lenSize, ok := subpacketLength(area)
		if !ok || length == 0 || length > uint64(len(area)-lenSize) {
			return packetErrorf("sub-packet of %d bytes, only %d are left", length, len(area)-lenSize)
		}
		sub := area[lenSize : lenSize+int(length)]
		area = area[lenSize+int(length):]
		typ, value := sub[0]&^subpacketCritical, sub[1:]
		switch {
		case typ == subpacketCreated && hashed && len(value) == 4:
			s.Created = unixTime(value)
		case typ == subpacketIssuer:
			if err := issuer.addKeyID(value); err != nil {
				return err
			}
		case typ == subpacketIssuerFingerprint:
			issuer.addFingerprint(value)
		}
	}
	return nil
}

// subpacketLength decodes the length at the start of b and says how many bytes
// it takes.
func subpacketLength(b []byte) (length uint64, size int, ok bool) {
	switch {
	case b[0] < 192:
		return uint64(b[0]), 1, true
	case b[0] < 255 && len(b) >= 2:
		return uint64(b[0]-192)<<8 + uint64(b[1]) + 192, 2, true
	case b[0] == 255 && len(b) >= 5:
		return uint64(binary.BigEndian.Uint32(b[1:])), 5, true
	}
	return 0, len(b), false
}

// issuer gathers what a signature says about the key that made it.
type issuer struct {
	keyID       []byte
	fingerprint []byte
	version     byte // of the key with that fingerprint
	ambiguous   bool // several fingerprints that differ
}

func (i *issuer) addKeyID(id []byte) error {
	if len(id) != 8 {
		return packetErrorf("issuer of %d bytes, want 8", len(id))
	}
	if i.keyID != nil && string(i.keyID) != string(id) {
		return packetErrorf("two issuers: %x and %x", i.keyID, id)
	}
	i.keyID = id
	return nil
}

// addFingerprint ignores what it does not know: a plain issuer, if there is
// one, is enough.
func (i *issuer) addFingerprint(value []byte) {
	switch {
	case len(value) == 1+20 && value[0] == 4:
	case len(value) == 1+32 && (value[0] == 5 || value[0] == 6):
	default:
		return
	}
	if i.fingerprint == nil {
		i.version, i.fingerprint = value[0], value[1:]
	} else if string(i.fingerprint) != string(value[1:]) {
		i.ambiguous = true
	}
}

func (i *issuer) resolve() (keyID string, err error) {
	switch {
	case i.keyID != nil:
		return hex.EncodeToString(i.keyID), nil
	case i.ambiguous:
		return "", packetErrorf("no issuer, and fingerprints that differ")
	case i.fingerprint == nil:
		return "", packetErrorf("neither issuer nor issuer fingerprint")
	case i.version == 4:
		return hex.EncodeToString(i.fingerprint[12:]), nil
	default:
		return hex.EncodeToString(i.fingerprint[:8]), nil
	}
}

func unixTime(b []byte) time.Time {
	return time.Unix(int64(binary.BigEndian.Uint32(b)), 0).UTC()
}

func packetErrorf(format string, args ...any) error {
	return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "OpenPGP signature: "+format, args...)
}
