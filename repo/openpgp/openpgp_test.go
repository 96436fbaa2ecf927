package openpgp_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	pgp "github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/hosttool"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo/openpgp"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

var then = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// newKey returns a new secret key, not armored, locked if there is a passphrase.
func newKey(tb testing.TB, passphrase string) []byte {
	tb.Helper()
	config := &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, Time: func() time.Time { return then.AddDate(-1, 0, 0) }}
	e, err := pgp.NewEntity("test", "", "test@example.org", config)
	require.NoError(tb, err)
	if passphrase != "" {
		require.NoError(tb, e.EncryptPrivateKeys([]byte(passphrase), config))
	}
	var out bytes.Buffer
	require.NoError(tb, e.SerializePrivateWithoutSigning(&out, config))
	return out.Bytes()
}

func TestGpgVerifiesARepository(t *testing.T) {
	gpg := hosttool.Need(t, "gpg")
	home := t.TempDir()
	run := func(input []byte, args ...string) []byte {
		t.Helper()
		cmd := exec.Command(gpg, append([]string{"--homedir", home, "--batch", "--no-tty", "--pinentry-mode", "loopback"}, args...)...)
		cmd.Stdin = bytes.NewReader(input)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		require.NoError(t, err, stderr.String())
		return out
	}
	defer func() { _ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run() }()
	run(nil, "--passphrase", "secret", "--quick-generate-key", "repo@example.org", "ed25519", "sign", "never")
	for name, args := range map[string][]string{"armored": {"--armor"}, "binary": nil} {
		t.Run(name, func(t *testing.T) {
			key := run(nil, append(args, "--passphrase", "secret", "--export-secret-keys")...)
			_, err := openpgp.NewSigner(bytes.NewReader(key), openpgp.Options{})
			require.ErrorContains(t, err, "passphrase")
			signer, err := openpgp.NewSigner(bytes.NewReader(key), openpgp.Options{Passphrase: []byte("secret")})
			require.NoError(t, err)

			repo := t.TempDir()
			_, err = rpmmd.NewWriter(rpmmd.Options{Signer: signer}).WriteDir(t.Context(), repo)
			require.NoError(t, err)
			index := filepath.Join(repo, "repodata", "repomd.xml")
			run(nil, "--verify", index+".asc", index)
			require.NoError(t, os.WriteFile(index, []byte("<repomd/>"), 0o644))
			require.Error(t, exec.Command(gpg, "--homedir", home, "--verify", index+".asc", index).Run())

			public, err := signer.PublicKey()
			require.NoError(t, err)
			require.Contains(t, string(run(public, "--show-keys")), "repo@example.org")
			require.NotContains(t, string(run(public, "--show-keys", "--with-colons")), "sec:")
		})
	}
}

func TestSignaturesDependOnContentAndTimeAlone(t *testing.T) {
	key := newKey(t, "locked")
	signer, err := openpgp.NewSigner(bytes.NewReader(key), openpgp.Options{Passphrase: []byte("locked"), Time: func() time.Time { return then }})
	require.NoError(t, err)
	first, err := signer.Sign([]byte("content"))
	require.NoError(t, err)
	second, err := signer.Sign([]byte("content"))
	require.NoError(t, err)
	require.Equal(t, string(first), string(second))

	ring, err := pgp.ReadKeyRing(bytes.NewReader(key))
	require.NoError(t, err)
	config := &packet.Config{Time: func() time.Time { return then }}
	_, err = pgp.CheckArmoredDetachedSignature(ring, strings.NewReader("content"), bytes.NewReader(first), config)
	require.NoError(t, err)
	_, err = pgp.CheckArmoredDetachedSignature(ring, strings.NewReader("other"), bytes.NewReader(first), config)
	require.Error(t, err)
}

func TestKeysThatCannotSign(t *testing.T) {
	ring, err := pgp.ReadKeyRing(bytes.NewReader(newKey(t, "")))
	require.NoError(t, err)
	var public bytes.Buffer
	require.NoError(t, ring[0].Serialize(&public))
	for name, test := range map[string]struct {
		key     []byte
		options openpgp.Options
	}{
		"nothing":          {nil, openpgp.Options{}},
		"nonsense":         {[]byte("-----BEGIN"), openpgp.Options{}},
		"binary nonsense":  {[]byte{0x95, 0xff}, openpgp.Options{}},
		"public":           {public.Bytes(), openpgp.Options{}},
		"wrong passphrase": {newKey(t, "right"), openpgp.Options{Passphrase: []byte("wrong")}},
		"not yet":          {newKey(t, ""), openpgp.Options{Time: func() time.Time { return then.AddDate(-2, 0, 0) }}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openpgp.NewSigner(bytes.NewReader(test.key), test.options)
			require.ErrorIs(t, err, koji.ErrInvalid)
		})
	}
}

// names is a sink that prints what it gets.
type names struct{}

func (names) Put(_ context.Context, file *rpmmd.Output) error {
	fmt.Println(file.Name)
	_, err := file.WriteTo(io.Discard)
	return err
}

func Example() {
	// A key is mostly read from a file.
	var key bytes.Buffer
	entity, err := pgp.NewEntity("Example", "", "repo@example.org", nil)
	if err != nil {
		panic(err)
	}
	if err := entity.SerializePrivate(&key, nil); err != nil {
		panic(err)
	}
	signer, err := openpgp.NewSigner(&key, openpgp.Options{})
	if err != nil {
		panic(err)
	}
	w := rpmmd.NewWriter(rpmmd.Options{Signer: signer, SimpleNames: true})
	if _, err := w.Write(context.Background(), names{}); err != nil {
		panic(err)
	}
	// Output:
	// primary.xml.zst
	// filelists.xml.zst
	// other.xml.zst
	// repomd.xml.asc
	// repomd.xml
}

func FuzzNewSigner(f *testing.F) {
	f.Add(newKey(f, ""))
	f.Add(newKey(f, "secret"))
	f.Add([]byte("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n"))
	f.Fuzz(func(t *testing.T, key []byte) {
		s, err := openpgp.NewSigner(bytes.NewReader(key), openpgp.Options{})
		if err != nil {
			require.ErrorIs(t, err, koji.ErrInvalid)
			return
		}
		_, _ = s.PublicKey()
	})
}
