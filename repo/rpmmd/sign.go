package rpmmd

// Signer signs the index of a repository. The package openpgp has one.
type Signer interface {
	// Sign returns an ASCII-armored detached signature of the content, as OpenPGP
	// defines it (RFC 9580).
	Sign(content []byte) ([]byte, error)
}
