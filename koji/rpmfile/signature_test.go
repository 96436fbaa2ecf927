package rpmfile

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/hosttool"
	"github.com/kojikit/kojikit/koji"
)

// A key id and a fingerprint for signatures made by hand.
const (
	someKeyID         = "0123456789abcdef"
	someFingerprint   = "ffffffffffffffffffffffff" + someKeyID
	someV6Fingerprint = someKeyID + "ffffffffffffffffffffffffffffffffffffffffffffffff"
)

func TestSignaturesAreWhatTheKeyMade(t *testing.T) {
	eachCorpus(t, func(t *testing.T, dir string) {
		fingerprints := keys(t, dir)
		keyring, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(load(t, dir, "keys.asc")))
		require.NoError(t, err)
		algorithms := map[string]string{"rsa": "RSA", "dsa": "DSA", "eddsa": "EdDSA"}
		for _, tc := range fixtures {
			t.Run(tc.file, func(t *testing.T) {
				data := load(t, dir, tc.file)
				f := parse(t, data)
				key, err := f.Signature.Key()
				require.NoError(t, err)
				sigs, err := f.Signature.Signatures()
				require.NoError(t, err)
				require.Len(t, sigs, len(tc.tags))
				if tc.signer == "" {
					require.Empty(t, key)
					return
				}
				fingerprint := fingerprints[tc.signer]
				require.Equal(t, fingerprint[32:], key)
				for i, sig := range sigs {
					require.Equal(t, tc.tags[i], sig.Tag)
					require.Equal(t, 4, sig.Version)
					require.Equal(t, algorithms[tc.signer], sig.Algorithm.String())
					require.Equal(t, fingerprint, sig.Fingerprint)
					require.Equal(t, fingerprint[24:], sig.KeyID)
					require.Equal(t, key, sig.Key())

					// What it claims to cover is what it verifies over.
					covered := data[f.HeaderStart:]
					if sig.HeaderOnly {
						covered = data[f.HeaderStart:f.HeaderEnd]
					}
					verified, signer, err := openpgp.VerifyDetachedSignature(keyring,
						bytes.NewReader(covered), bytes.NewReader(sig.Packet), lenient)
					require.NoError(t, err)
					require.Equal(t, sig.Created, verified.CreationTime.UTC())
					require.Equal(t, verified.Hash, hashes[sig.Hash.String()])
					require.Equal(t, fingerprint, hex.EncodeToString(signer.PrimaryKey.Fingerprint))
				}
			})
		}
	})
}

// lenient makes go-crypto verify with DSA, which it rejects by default.
var lenient = &packet.Config{RejectPublicKeyAlgorithms: map[packet.PublicKeyAlgorithm]bool{}}

var hashes = map[string]crypto.Hash{"SHA256": crypto.SHA256, "SHA512": crypto.SHA512}

func TestSignaturesAgreeWithRPM(t *testing.T) {
	rpm := hosttool.Need(t, "rpm")
	names := map[Tag]string{SigTagDSA: "DSAHEADER", SigTagRSA: "RSAHEADER", SigTagPGP: "SIGPGP", SigTagGPG: "SIGGPG"}
	for _, tc := range fixtures {
		path := filepath.Join("testdata", tc.file)
		f, err := ReadFile(path)
		require.NoError(t, err)
		sigs, err := f.Signature.Signatures()
		require.NoError(t, err)
		for _, sig := range sigs {
			require.Equal(t, pgpsig(t, rpm, path, names[sig.Tag]), describe(sig), tc.file)
		}
	}
}

// pgpsig asks rpm about the signature of a tag.
func pgpsig(t *testing.T, rpm, path, name string) string {
	cmd := exec.Command(rpm, "-qp", "--nosignature", "--nodigest", "--qf", "%{"+name+":pgpsig}", path)
	cmd.Env = append(cmd.Environ(), "LC_ALL=C", "TZ=UTC")
	out, err := cmd.Output()
	require.NoError(t, err)
	return string(out)
}

// describe prints what pgpsig prints.
func describe(sig Signature) string {
	return fmt.Sprintf("%s/%s, %s, Key ID %s", sig.Algorithm, sig.Hash, sig.Created.Format("Mon Jan _2 15:04:05 2006"), sig.KeyID)
}

// oldPacket and newPacket put the two kinds of packet header before a body.
func oldPacket(body []byte) []byte {
	return append([]byte{0x80 | packetSignature<<2 | 1, byte(len(body) >> 8), byte(len(body))}, body...)
}

func newPacket(body []byte) []byte {
	return append([]byte{0xc0 | packetSignature, 255, 0, 0, byte(len(body) >> 8), byte(len(body))}, body...)
}

// v3 is the body of a version 3 signature: RSA and SHA1, of 2011-07-03.
func v3() []byte {
	return unhex("03 05 00 4e10 1234" + someKeyID + "01 02 abcd 0008 ff")
}

// v4 is the body of a version 4 signature: RSA and SHA256.
func v4(hashed, unhashed string) []byte {
	return unhex(fmt.Sprintf("04 00 01 08 %04x %s %04x %s abcd 0008 ff",
		len(unhex(hashed)), hashed, len(unhex(unhashed)), unhashed))
}

// v6 is the body of a version 6 signature: Ed25519 and SHA512.
func v6(hashed, unhashed string) []byte {
	return unhex(fmt.Sprintf("06 00 1b 0a %08x %s %08x %s abcd 10 00112233445566778899aabbccddeeff %0128x",
		len(unhex(hashed)), hashed, len(unhex(unhashed)), unhashed, 1))
}

func unhex(text string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

const (
	created     = "05 02 4e101234" // 2011-07-03 06:54:44 UTC
	issuerID    = "09 10" + someKeyID
	otherIssuer = "09 10 fedcba9876543210"
	fingerprint = "16 21 04" + someFingerprint
	unknownSub  = "03 14 aaaa"
)

func TestPacketsMadeByHand(t *testing.T) {
	when := time.Date(2011, 7, 3, 6, 54, 44, 0, time.UTC)
	for name, tc := range map[string]struct {
		packet []byte
		want   Signature
	}{
		"version 3": {oldPacket(v3()), Signature{Version: 3, Algorithm: 1, Hash: 2, Created: when, KeyID: someKeyID}},
		"version 3 in a new packet": {newPacket(v3()),
			Signature{Version: 3, Algorithm: 1, Hash: 2, Created: when, KeyID: someKeyID}},
		"version 4, issuer not hashed": {oldPacket(v4(created, issuerID)),
			Signature{Version: 4, Algorithm: 1, Hash: 8, Created: when, KeyID: someKeyID}},
		"version 4, issuer hashed": {newPacket(v4(created+issuerID, "")),
			Signature{Version: 4, Algorithm: 1, Hash: 8, Created: when, KeyID: someKeyID}},
		"issuer marked as critical": {oldPacket(v4(created, "09 90"+someKeyID)),
			Signature{Version: 4, Algorithm: 1, Hash: 8, Created: when, KeyID: someKeyID}},
		"equal issuers": {oldPacket(v4(created+issuerID, issuerID)),
			Signature{Version: 4, Algorithm: 1, Hash: 8, Created: when, KeyID: someKeyID}},
		"issuer and fingerprint": {oldPacket(v4(created+fingerprint, issuerID)),
			Signature{Version: 4, Algorithm: 1, Hash: 8, Created: when, KeyID: someKeyID, Fingerprint: someFingerprint}},
		"fingerprint only": {oldPacket(v4(fingerprint+created, unknownSub)),
			Signature{Version: 4, Algorithm: 1, Hash: 8, Created: when, KeyID: someKeyID, Fingerprint: someFingerprint}},
		"equal fingerprints": {oldPacket(v4(fingerprint, fingerprint)),
			Signature{Version: 4, Algorithm: 1, Hash: 8, KeyID: someKeyID, Fingerprint: someFingerprint}},
		"fingerprint of version 6": {oldPacket(v4("22 21 06"+someV6Fingerprint, "")),
			Signature{Version: 4, Algorithm: 1, Hash: 8, KeyID: someKeyID, Fingerprint: someV6Fingerprint}},
		"strange fingerprint beside an issuer": {oldPacket(v4("03 21 0412", issuerID)),
			Signature{Version: 4, Algorithm: 1, Hash: 8, KeyID: someKeyID}},
		"differing fingerprints beside an issuer": {oldPacket(v4(fingerprint, issuerID+"16 21 04 00000000"+someFingerprint[8:])),
			Signature{Version: 4, Algorithm: 1, Hash: 8, KeyID: someKeyID, Fingerprint: someFingerprint}},
		"time not hashed": {oldPacket(v4("", created+issuerID)),
			Signature{Version: 4, Algorithm: 1, Hash: 8, KeyID: someKeyID}},
		"sub-packet with a length of two bytes": {oldPacket(v4("c008 14"+strings.Repeat("00", 199)+issuerID, "")),
			Signature{Version: 4, Algorithm: 1, Hash: 8, KeyID: someKeyID}},
		"sub-packet with a length of five bytes": {oldPacket(v4("ff00000009 10"+someKeyID, "")),
			Signature{Version: 4, Algorithm: 1, Hash: 8, KeyID: someKeyID}},
		"version 6": {newPacket(v6(created+"22 21 06"+someV6Fingerprint, "")),
			Signature{Version: 6, Algorithm: 27, Hash: 10, Created: when, KeyID: someKeyID, Fingerprint: someV6Fingerprint}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parsePacket(tc.packet)
			require.NoError(t, err)
			tc.want.Packet = tc.packet
			require.Equal(t, tc.want, got)
			require.Equal(t, "89abcdef", got.Key())
		})
	}
}

func TestVersion3SignatureAgreesWithRPM(t *testing.T) {
	rpm := hosttool.Need(t, "rpm")
	plain := parse(t, load(t, "testdata", "plain.rpm"))
	for tag, name := range map[Tag]string{SigTagRSA: "RSAHEADER", SigTagPGP: "SIGPGP"} {
		for _, pkt := range [][]byte{oldPacket(v3()), newPacket(v3()), oldPacket(v4(created, issuerID))} {
			path := filepath.Join(t.TempDir(), "signed.rpm")
			list := append(items(&plain.Signature.Header), binaryItem(tag, pkt))
			writeFile(t, path, assemble(t, encode(TagHeaderSignatures, list...), encode(TagHeaderImmutable, items(plain.Header)...), nil))
			f, err := ReadFile(path)
			require.NoError(t, err)
			sigs, err := f.Signature.Signatures()
			require.NoError(t, err)
			require.Len(t, sigs, 1)
			require.Equal(t, pgpsig(t, rpm, path, name), describe(sigs[0]))
		}
	}
}

func TestMalformedPacketsAreRefused(t *testing.T) {
	short := append([]byte{0x88, byte(len(v3()))}, v3()...)
	_, err := parsePacket(short)
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		packet []byte
		msg    string
	}{
		"empty":                     {nil, "no packet"},
		"one byte":                  {[]byte{0xc2}, "no packet"},
		"no packet":                 {[]byte("hello"), "no packet in 5 bytes 6865"},
		"armor":                     {[]byte("-----BEGIN PGP SIGNATURE-----"), "no packet"},
		"other packet, old format":  {[]byte{0x99, 0, 1, 4}, "packet of type 6, not a signature"},
		"other packet, new format":  {[]byte{0xc6, 1, 4}, "packet of type 6"},
		"partial length":            {append([]byte{0xc2, 0xe8}, v3()...), "partial length"},
		"indeterminate length":      {append([]byte{0x8b}, v3()...), "indeterminate length"},
		"length of one byte cut":    {[]byte{0xc2, 0xc1}, "length is cut off"},
		"length of four bytes cut":  {[]byte{0xc2, 0xff, 0, 0, 0}, "length is cut off"},
		"old length cut":            {[]byte{0x8a, 0, 0, 0}, "length is cut off"},
		"one byte missing":          {short[:len(short)-1], "length says 22 bytes, 21 are there"},
		"one byte too many":         {append(bytes.Clone(short), 0), "length says 22 bytes, 23 are there"},
		"two packets":               {append(bytes.Clone(short), short...), "length says 22 bytes, 46 are there"},
		"huge length":               {append([]byte{0xc2, 0xff, 0xff, 0xff, 0xff, 0xff}, v3()...), "length says 4294967295 bytes"},
		"no body":                   {[]byte{0xc2, 0}, "empty signature"},
		"version 2":                 {[]byte{0xc2, 1, 2}, "signature of version 2, want 3, 4 or 6"},
		"version 5":                 {[]byte{0xc2, 1, 5}, "signature of version 5"},
		"version 3 too short":       {oldPacket(v3()[:16]), "signature of version 3 has 16 bytes"},
		"version 4 too short":       {oldPacket([]byte{4, 0, 1}), "signature of version 4 has 3 bytes"},
		"hashed area missing":       {oldPacket([]byte{4, 0, 1, 8, 0}), "hashed area is cut off"},
		"hashed area too long":      {oldPacket([]byte{4, 0, 1, 8, 0, 9, 1, 2}), "hashed area of 9 bytes, only 2 are left"},
		"unhashed area missing":     {oldPacket([]byte{4, 0, 1, 8, 0, 0}), "unhashed area is cut off"},
		"unhashed area too long":    {newPacket([]byte{6, 0, 1, 8, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}), "unhashed area of 4294967295 bytes"},
		"sub-packet of no bytes":    {oldPacket(v4("00", issuerID)), "sub-packet of 0 bytes"},
		"sub-packet too long":       {oldPacket(v4("0a 10"+someKeyID, "")), "sub-packet of 10 bytes, only 9 are left"},
		"sub-packet length cut":     {oldPacket(v4("ff 0000", "")), "sub-packet"},
		"issuer of seven bytes":     {oldPacket(v4("08 10"+someKeyID[2:], "")), "issuer of 7 bytes, want 8"},
		"differing issuers":         {oldPacket(v4(issuerID, otherIssuer)), "two issuers: 0123456789abcdef and fedcba9876543210"},
		"no issuer":                 {oldPacket(v4(created, unknownSub)), "neither issuer nor issuer fingerprint"},
		"fingerprint of wrong size": {oldPacket(v4("04 21 041234", "")), "neither issuer nor issuer fingerprint"},
		"fingerprint of no version": {oldPacket(v4("01 21", "")), "neither issuer nor issuer fingerprint"},
		"differing fingerprints": {oldPacket(v4(fingerprint, "16 21 04 00000000"+someFingerprint[8:])),
			"no issuer, and fingerprints that differ"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parsePacket(tc.packet)
			require.ErrorIs(t, err, koji.ErrInvalid)
			require.ErrorContains(t, err, tc.msg)
		})
	}
}

// signatureHeaderOf makes a signature header with these entries.
func signatureHeaderOf(t *testing.T, list ...item) *SignatureHeader {
	t.Helper()
	s, err := ParseSignatureHeader(pad(encode(TagHeaderSignatures, list...)))
	require.NoError(t, err)
	return s
}

func TestKeyFollowsKojisPrecedence(t *testing.T) {
	sig := func(key string) []byte { return oldPacket(v4("", "09 10 00000000"+key)) }
	encoded := func(key string) string { return base64.StdEncoding.EncodeToString(sig(key)) }
	const gpg, pgp, dsa, rsa, one, two = "00001005", "00001002", "00000267", "00000268", "00000278", "00000279"
	all := []item{
		texts(SigTagOpenPGP, encoded(one), encoded(two)), binaryItem(SigTagRSA, sig(rsa)), binaryItem(SigTagDSA, sig(dsa)),
		binaryItem(SigTagPGP, sig(pgp)), binaryItem(SigTagGPG, sig(gpg)),
	}
	for len(all) > 0 {
		want := map[Tag]string{SigTagGPG: gpg, SigTagPGP: pgp, SigTagDSA: dsa, SigTagRSA: rsa, SigTagOpenPGP: one}[all[len(all)-1].tag]
		s := signatureHeaderOf(t, all...)
		key, err := s.Key()
		require.NoError(t, err)
		require.Equal(t, want, key)

		var got []string
		sigs, err := s.Signatures()
		require.NoError(t, err)
		for _, sig := range sigs {
			got = append(got, sig.Key())
			require.Equal(t, sig.Tag != SigTagGPG && sig.Tag != SigTagPGP, sig.HeaderOnly)
		}
		require.Equal(t, []string{gpg, pgp, dsa, rsa, one, two}[5-len(all):], got)
		all = all[:len(all)-1]
	}
	key, err := signatureHeaderOf(t, uint32s(SigTagSize, 1)).Key()
	require.NoError(t, err)
	require.Empty(t, key)
}

func TestOneMalformedSignatureDoesNotHideTheOthers(t *testing.T) {
	good := oldPacket(v3())
	s := signatureHeaderOf(t,
		binaryItem(SigTagPGP, good),
		binaryItem(SigTagRSA, []byte("junk")),
		text(SigTagDSA, "text"),
		texts(SigTagOpenPGP, "*", base64.StdEncoding.EncodeToString(good), base64.StdEncoding.EncodeToString([]byte("junk"))),
	)
	sigs, err := s.Signatures()
	require.ErrorIs(t, err, koji.ErrInvalid)
	require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err))
	for _, msg := range []string{
		"rpm signature header: tag 268: OpenPGP signature: no packet",
		"rpm signature header: tag 267: of type string, want binary",
		"rpm signature header: tag 278: string 0: not base64",
		"rpm signature header: tag 278: string 2: OpenPGP signature: no packet",
	} {
		require.ErrorContains(t, err, msg)
	}
	require.Len(t, sigs, 2)
	require.Equal(t, SigTagPGP, sigs[0].Tag)
	require.Equal(t, SigTagOpenPGP, sigs[1].Tag)
	key, err := s.Key() // of the first one, which is good
	require.NoError(t, err)
	require.Equal(t, "89abcdef", key)

	for _, bad := range []item{binaryItem(SigTagGPG, []byte("junk")), text(SigTagGPG, "x"), uint32s(SigTagOpenPGP, 1)} {
		s := signatureHeaderOf(t, bad)
		_, err := s.Key()
		require.ErrorIs(t, err, koji.ErrInvalid)
		sigs, err := s.Signatures()
		require.ErrorIs(t, err, koji.ErrInvalid)
		require.Empty(t, sigs)
	}
}

func TestSignaturesOfRPM6(t *testing.T) {
	gpg := hosttool.Need(t, "gpg")
	home := t.TempDir()
	run := func(args ...string) string {
		cmd := exec.Command(gpg, append([]string{"--homedir", home, "--batch", "--quiet", "--passphrase", ""}, args...)...)
		out, err := cmd.Output()
		require.NoError(t, err, "gpg %v", args)
		return string(out)
	}
	if gpgconf, err := exec.LookPath("gpgconf"); err == nil {
		t.Cleanup(func() { _ = exec.Command(gpgconf, "--homedir", home, "--kill", "all").Run() })
	}
	plain := load(t, "testdata", "plain.rpm")
	f := parse(t, plain)
	message := filepath.Join(home, "header")
	writeFile(t, message, plain[f.HeaderStart:f.HeaderEnd])

	var encoded, fingerprints []string
	for name, algorithm := range map[string]string{"one@example.com": "ed25519", "two@example.com": "nistp256"} {
		run("--quick-generate-key", name, algorithm, "sign", "never")
		for line := range strings.Lines(run("--with-colons", "--list-keys", name)) {
			if fields := strings.Split(line, ":"); fields[0] == "fpr" {
				fingerprints = append(fingerprints, strings.ToLower(fields[9]))
				break
			}
		}
		packet := run("--local-user", name, "--detach-sign", "--output", "-", message)
		encoded = append(encoded, base64.StdEncoding.EncodeToString([]byte(packet)))
	}

	list := without(items(&f.Signature.Header), SigTagReservedSpace)
	data := assemble(t, encode(TagHeaderSignatures, append(list, texts(SigTagOpenPGP, encoded...))...),
		plain[f.HeaderStart:f.HeaderEnd], plain[f.HeaderEnd:])
	signed := parse(t, data)
	sigs, err := signed.Signature.Signatures()
	require.NoError(t, err)
	require.Len(t, sigs, 2)
	for i, sig := range sigs {
		require.Equal(t, SigTagOpenPGP, sig.Tag)
		require.True(t, sig.HeaderOnly)
		require.Equal(t, fingerprints[i], sig.Fingerprint)
		require.Equal(t, fingerprints[i][24:], sig.KeyID)
		require.Equal(t, encoded[i], base64.StdEncoding.EncodeToString(sig.Packet))
	}
	key, err := signed.Signature.Key()
	require.NoError(t, err)
	require.Equal(t, fingerprints[0][32:], key)
}

func TestVersion6SignaturesAgreeWithGoCrypto(t *testing.T) {
	for _, algorithm := range []packet.PublicKeyAlgorithm{packet.PubKeyAlgoEd25519, packet.PubKeyAlgoEd448} {
		config := &packet.Config{V6Keys: true, Algorithm: algorithm}
		entity, err := openpgp.NewEntity("six", "", "six@example.com", config)
		require.NoError(t, err)
		var raw bytes.Buffer
		require.NoError(t, openpgp.DetachSign(&raw, entity, strings.NewReader("header"), config))

		s := signatureHeaderOf(t, texts(SigTagOpenPGP, base64.StdEncoding.EncodeToString(raw.Bytes())))
		sigs, err := s.Signatures()
		require.NoError(t, err)
		require.Len(t, sigs, 1)
		sig := sigs[0]
		require.Equal(t, 6, sig.Version)
		require.EqualValues(t, algorithm, sig.Algorithm)
		require.Equal(t, hex.EncodeToString(entity.PrimaryKey.Fingerprint), sig.Fingerprint)
		require.Equal(t, fmt.Sprintf("%016x", entity.PrimaryKey.KeyId), sig.KeyID)
		require.WithinDuration(t, time.Now(), sig.Created, time.Minute)
	}
}

func TestAlgorithmNames(t *testing.T) {
	require.Equal(t, "Ed25519", Algorithm(27).String())
	require.Equal(t, "algorithm 99", Algorithm(99).String())
	require.Equal(t, "SHA3-512", Hash(14).String())
	require.Equal(t, "hash 99", Hash(99).String())
}
