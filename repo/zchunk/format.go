package zchunk

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"

	"github.com/kojikit/kojikit/koji"
)

// Both begin with the same five bytes but for these.
const (
	fileID     = "\x00ZCK1" // a file
	detachedID = "\x00ZHR1" // a header alone
)

// Flags of the preface.
const (
	flagStreams       = 1 << iota // chunks belong to streams
	flagElements                  // there are optional elements
	flagOpenChecksums             // chunks have checksums of their uncompressed content, too
	allFlags          = 1<<iota - 1
)

// ChecksumType is a kind of checksum.
type ChecksumType int

// Checksum types. The zero value stands for the one that the zchunk tools choose:
// SHA256 of headers and bodies, SHA512_128 of chunks.
const (
	DefaultChecksum ChecksumType = iota
	SHA1
	SHA256
	SHA512
	SHA512_128 // the first 16 bytes of SHA-512
)

// String returns the name of the type.
func (t ChecksumType) String() string {
	switch t {
	case DefaultChecksum:
		return "default"
	case SHA1:
		return "SHA-1"
	case SHA256:
		return "SHA-256"
	case SHA512:
		return "SHA-512"
	case SHA512_128:
		return "SHA-512/128"
	default:
		return "unknown checksum"
	}
}

// size returns the length of a checksum in bytes, 0 for an unknown type.
func (t ChecksumType) size() int {
	switch t {
	case SHA1:
		return sha1.Size
	case SHA256:
		return sha256.Size
	case SHA512:
		return sha512.Size
	case SHA512_128:
		return 16
	default:
		return 0
	}
}

// hash returns a hash of a known type. Its sum may be longer than size.
func (t ChecksumType) hash() hash.Hash {
	switch t {
	case SHA1:
		return sha1.New()
	case SHA256:
		return sha256.New()
	default:
		return sha512.New()
	}
}

// sum returns the checksum that h has come to.
func (t ChecksumType) sum(h hash.Hash) []byte { return h.Sum(nil)[:t.size()] }

// AppendSum appends the checksum of data to dst. The type must be one of the
// constants of this package other than DefaultChecksum.
func (t ChecksumType) AppendSum(dst, data []byte) []byte {
	switch t {
	case SHA1:
		sum := sha1.Sum(data)
		return append(dst, sum[:]...)
	case SHA256:
		sum := sha256.Sum256(data)
		return append(dst, sum[:]...)
	default:
		sum := sha512.Sum512(data)
		return append(dst, sum[:t.size()]...)
	}
}

// code is the number of the type in files.
func (t ChecksumType) code() uint64 { return uint64(t - SHA1) }

// checksumType returns the type of a number in a file.
func checksumType(code uint64) (ChecksumType, error) {
	if code > SHA512_128.code() {
		return 0, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "unknown checksum type %d", code)
	}
	return SHA1 + ChecksumType(code), nil
}

// Compression is how chunks are compressed.
type Compression int

// Compressions.
const (
	Zstd Compression = iota // RFC 8878
	Uncompressed
)

// Numbers of compressions in files.
const (
	codeUncompressed = 0
	codeZstd         = 2
)

// appendInt appends an integer as files hold it: seven bits to a byte, the lowest
// first, with the top bit set in the last byte only.
func appendInt(dst []byte, v uint64) []byte {
	for ; v >= 0x80; v >>= 7 {
		dst = append(dst, byte(v&0x7f))
	}
	return append(dst, byte(v)|0x80)
}
