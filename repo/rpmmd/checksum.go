package rpmmd

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"

	"github.com/kojikit/kojikit/koji"
)

// ChecksumType is the name of a checksum algorithm in repository metadata.
type ChecksumType string

// Checksum types that clients know. SHA is SHA1 by the name that yum of
// Enterprise Linux 5 insists on.
const (
	MD5    ChecksumType = "md5"
	SHA    ChecksumType = "sha"
	SHA1   ChecksumType = "sha1"
	SHA224 ChecksumType = "sha224"
	SHA256 ChecksumType = "sha256"
	SHA384 ChecksumType = "sha384"
	SHA512 ChecksumType = "sha512"
)

// New returns a hash of the type; of SHA256 for the empty type. Other types
// than those of this package fail with [koji.ErrInvalid].
func (t ChecksumType) New() (hash.Hash, error) {
	switch t {
	case MD5:
		return md5.New(), nil
	case SHA, SHA1:
		return sha1.New(), nil
	case SHA224:
		return sha256.New224(), nil
	case SHA256, "":
		return sha256.New(), nil
	case SHA384:
		return sha512.New384(), nil
	case SHA512:
		return sha512.New(), nil
	default:
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "unknown checksum type %q", string(t))
	}
}

// orDefault replaces the empty type by the one it stands for.
func (t ChecksumType) orDefault() ChecksumType {
	if t == "" {
		return SHA256
	}
	return t
}

// Checksum is a checksum with its type. The zero value is no checksum.
type Checksum struct {
	Type  ChecksumType
	Value string // lower-case hexadecimal
}
