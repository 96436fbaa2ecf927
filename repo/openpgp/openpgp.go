// Package openpgp signs repository metadata with a key in memory, as gpg
// --detach-sign --armor does. Clients verify the signature with repo_gpgcheck=1.
//
//	key, err := os.Open("/etc/keys/secret.asc")
//	if err != nil {
//		return err
//	}
//	defer key.Close()
//	signer, err := openpgp.NewSigner(key, openpgp.Options{Passphrase: passphrase})
//	if err != nil {
//		return err
//	}
//	w := rpmmd.NewWriter(rpmmd.Options{Signer: signer})
//
// Who keeps keys elsewhere, in an agent or a signing server, implements
// rpmmd.Signer instead.
package openpgp

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto"
	"fmt"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/kojikit/kojikit/koji"
)

// Options say how a [Signer] signs.
type Options struct {
	// Passphrase unlocks the secret key, if it is locked.
	Passphrase []byte

	// Time tells the time of signatures; [time.Now] if nil. With a fixed time, and
	// an RSA or EdDSA key, the same content gives the same signature.
	Time func() time.Time
}

// Signer makes detached signatures with SHA-256 or better. It is safe for
// concurrent use.
type Signer struct {
	entity *openpgp.Entity
	config *packet.Config
}

// greatestKey bounds a key file. Real ones have some kilobytes.
const greatestKey = 1 << 20

// NewSigner returns a signer with the first secret key of key, a file as gpg
// --export-secret-keys writes it, armored or not. It signs with the newest of its
// subkeys that may, or else with the primary key. A file without a usable secret
// key, or a wrong passphrase, fails with [koji.ErrInvalid].
func NewSigner(key io.Reader, o Options) (*Signer, error) {
	deterministic := false
	s := &Signer{config: &packet.Config{
		DefaultHash: crypto.SHA256,
		Time:        o.Time,
		// It would make each signature another.
		NonDeterministicSignaturesViaNotation: &deterministic,
	}}
	entities, err := readKeys(key)
	if err != nil {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "signing key: %w", err)
	}
	for _, e := range entities {
		if e.PrivateKey != nil {
			s.entity = e
			break
		}
	}
	if s.entity == nil {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "signing key: no secret key in %d keys", len(entities))
	}
	if err := s.unlock(o.Passphrase); err != nil {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "signing key %s: %w", s.entity.PrimaryKey.KeyIdString(), err)
	}
	return s, nil
}

// readKeys reads a file of keys, armored or not.
func readKeys(key io.Reader) (openpgp.EntityList, error) {
	r := bufio.NewReader(io.LimitReader(key, greatestKey))
	// The first byte of a packet has its high bit set, and text has not.
	if first, err := r.Peek(1); err == nil && first[0]&0x80 != 0 {
		return openpgp.ReadKeyRing(r)
	}
	return openpgp.ReadArmoredKeyRing(r)
}

// unlock finds out whether the key can sign.
func (s *Signer) unlock(passphrase []byte) error {
	key, ok := s.entity.SigningKey(s.config.Now())
	if !ok || key.PrivateKey == nil {
		return fmt.Errorf("it may not sign, or has expired")
	}
	if !key.PrivateKey.Encrypted {
		return nil
	}
	if len(passphrase) == 0 {
		return fmt.Errorf("it is locked, and there is no passphrase")
	}
	return key.PrivateKey.Decrypt(passphrase)
}

// Sign returns an armored detached signature of the content. It implements
// rpmmd.Signer.
func (s *Signer) Sign(content []byte) ([]byte, error) {
	var out bytes.Buffer
	if err := openpgp.ArmoredDetachSign(&out, s.entity, bytes.NewReader(content), s.config); err != nil {
		return nil, err
	}
	return append(out.Bytes(), '\n'), nil
}

// PublicKey returns the public key in armor, for clients to import. Some look for
// it next to repomd.xml, as repomd.xml.key.
func (s *Signer) PublicKey() ([]byte, error) {
	var out bytes.Buffer
	w, err := armor.Encode(&out, openpgp.PublicKeyType, nil)
	if err != nil {
		return nil, err
	}
	if err := cmp.Or(s.entity.Serialize(w), w.Close()); err != nil {
		return nil, err
	}
	return append(out.Bytes(), '\n'), nil
}
