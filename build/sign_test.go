package build_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/corpus"
	"github.com/kojikit/kojikit/internal/hosttool"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/koji/rpmfile"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/files"
)

const (
	sorter    = "sorter-3.1-1.d1.x86_64.rpm"
	sorterDir = "packages/sorter/3.1/1.d1/"
)

// signatureOf returns the signature header of a file.
func signatureOf(t testing.TB, name string) []byte {
	t.Helper()
	f, err := rpmfile.ReadFile(name)
	require.NoError(t, err)
	return f.Signature.Raw()
}

// unsignedSite has the unsigned rpm of sorter, and returns its id.
func unsignedSite(t testing.TB, opts files.Options, wrap ...func(storage.Backend) storage.Backend) (*site, koji.RPMID) {
	s := newSite(t, opts, wrap...)
	s.mustImport(t, data("rpms/sorter-3.1-1.d1.src.rpm"))
	return s, s.mustImport(t, data("unsigned/"+sorter)).RPMs[0].ID
}

func TestSignedCopyIsTheFileOfTheSigner(t *testing.T) {
	ctx := context.Background()
	s, id := unsignedSite(t, files.Options{})
	for key, file := range map[string]string{key1: "rpms/" + sorter, key2: "rpms-key2/" + sorter} {
		header := signatureOf(t, data(file))
		sig, err := s.AddSignature(ctx, id, header)
		require.NoError(t, err)
		hash := md5.Sum(header)
		require.Equal(t, storage.RPMSignature{RPM: id, SigKey: key, SigHash: hex.EncodeToString(hash[:])}, sig)
		require.Equal(t, string(header), s.content(t)[sorterDir+"data/sigcache/"+key+"/x86_64/"+sorter+".sig"])
		require.NotContains(t, s.content(t), sorterDir+"data/signed/"+key+"/x86_64/"+sorter)

		name, err := s.WriteSigned(ctx, id, strings.ToUpper(key), false)
		require.NoError(t, err)
		written, err := s.tree.ReadFile(name)
		require.NoError(t, err)
		require.Equal(t, read(t, data(file)), string(written))
		require.Equal(t, read(t, data(file)), s.content(t)[sorterDir+"data/signed/"+key+"/x86_64/"+sorter])
	}
	sigs, err := s.Signatures(ctx, id)
	require.NoError(t, err)
	require.Len(t, sigs, 3)
	require.Equal(t, []string{"", key1, key2}, []string{sigs[0].SigKey, sigs[1].SigKey, sigs[2].SigKey})

	// The same rows that an import of the signed files makes.
	imported, _ := unsignedSite(t, files.Options{})
	imported.mustImport(t, data("rpms/"+sorter), data("rpms-key2/"+sorter))
	require.Equal(t, imported.rows(t), s.rows(t))
	require.Equal(t, imported.listing(t), s.listing(t))

	// Again: nothing changes, with force it is written anew.
	rows, content := s.rows(t), s.listing(t)
	for _, force := range []bool{false, true} {
		_, err = s.WriteSigned(ctx, id, key1, force)
		require.NoError(t, err)
		require.Equal(t, rows, s.rows(t))
		require.Equal(t, content, s.listing(t))
	}
}

func TestRPMAcceptsTheSignedCopy(t *testing.T) {
	tool := hosttool.Need(t, "rpm")
	ctx := context.Background()
	s, id := unsignedSite(t, files.Options{})
	_, err := s.AddSignature(ctx, id, signatureOf(t, data("rpms-key2/"+sorter)))
	require.NoError(t, err)
	name, err := s.WriteSigned(ctx, id, key2, false)
	require.NoError(t, err)
	out, err := exec.Command(tool, "-qp", "--nosignature", "--qf", "%{NVRA} %{DSAHEADER:pgpsig}", filepath.Join(s.tree.Dir(), name)).Output()
	require.NoError(t, err)
	require.Contains(t, string(out), "sorter-3.1-1.d1.x86_64")
	require.Contains(t, string(out), key2)
}

func TestSignedCopyOfAnRPMImportedSigned(t *testing.T) {
	ctx := context.Background()
	s := newTestSite(t)
	id := s.mustImport(t, glob(t, "rpms/sorter-*")...).RPMs[1].ID
	rows := s.rows(t)
	name, err := s.WriteSigned(ctx, id, key1, false)
	require.NoError(t, err)
	require.Equal(t, sorterDir+"data/signed/"+key1+"/x86_64/"+sorter, name)
	a, err := s.tree.Stat(name)
	require.NoError(t, err)
	b, err := s.tree.Stat(sorterDir + "x86_64/" + sorter)
	require.NoError(t, err)
	require.True(t, os.SameFile(a, b), "it takes no room")
	require.Equal(t, rows, s.rows(t))

	_, err = s.WriteSigned(ctx, id, key1, true)
	require.NoError(t, err)
	require.Equal(t, read(t, data("rpms/"+sorter)), s.content(t)[name])
}

func TestSignaturesThatAreRefused(t *testing.T) {
	ctx := context.Background()
	s, id := unsignedSite(t, files.Options{})
	header := signatureOf(t, data("rpms/"+sorter))
	_, err := s.AddSignature(ctx, id, header)
	require.NoError(t, err)
	external := storage.RPM{
		Name: "sorter", Version: "3.1", Release: "1.d1", Arch: "x86_64", ExternalRepo: 1, PayloadHash: "x",
	}
	s.update(t, func(tx *storage.Tx) error {
		if err := tx.ExternalRepos().Insert(ctx, &storage.ExternalRepo{Name: "elsewhere"}); err != nil {
			return err
		}
		return tx.RPMs().Insert(ctx, &external)
	})
	other := rpm(t, t.TempDir(), corpus.RPM{Name: "sorter", Version: "3.1", Release: "1.d1", Arch: "x86_64", SourceRPM: "sorter-3.1-1.d1.src.rpm"})
	v6 := rpm(t, t.TempDir(), corpus.RPM{
		Name: "other", Version: "1", Release: "1", Edit: func(sig, _ *corpus.Header) { sig.Drop(1004) },
	})
	rows, content := s.rows(t), s.listing(t)

	for name, c := range map[string]struct {
		rpm     koji.RPMID
		header  []byte
		kind    error
		message string
	}{
		"the same again":         {id, header, koji.ErrExists, key1},
		"unsigned again":         {id, signatureOf(t, data("unsigned/"+sorter)), koji.ErrExists, "no signature"},
		"of another rpm":         {id, signatureOf(t, data("rpms/counter-2.4-1.d1.x86_64.rpm")), koji.ErrMismatch, "wrong md5"},
		"of another build of it": {id, signatureOf(t, other), koji.ErrMismatch, "wrong md5"},
		"by its header's digest": {id, signatureOf(t, v6), koji.ErrMismatch, "sorter"},
		"cut short":              {id, header[:len(header)-8], koji.ErrInvalid, "truncated"},
		"with a tail":            {id, append(header[:len(header):len(header)], 0), koji.ErrInvalid, "follow"},
		"nothing":                {id, nil, koji.ErrInvalid, ""},
		"garbage":                {id, []byte(strings.Repeat("x", 100)), koji.ErrInvalid, ""},
		"for an unknown rpm":     {99, header, koji.ErrNotFound, "rpm 99"},
		"for an external rpm":    {external.ID, header, koji.ErrInvalid, "external"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.AddSignature(ctx, c.rpm, c.header)
			require.ErrorIs(t, err, c.kind)
			require.ErrorContains(t, err, c.message)
			require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err))
			require.Equal(t, rows, s.rows(t))
			require.Equal(t, content, s.listing(t))
		})
	}
}

func TestSignedCopiesThatAreRefused(t *testing.T) {
	ctx := context.Background()
	s, id := unsignedSite(t, files.Options{})
	_, err := s.WriteSigned(ctx, 99, key1, false)
	require.ErrorIs(t, err, koji.ErrNotFound)
	for _, key := range []string{key1, "nosuch", "../../../../x", strings.Repeat("x", 1000)} {
		_, err = s.WriteSigned(ctx, id, key, false)
		require.ErrorIs(t, err, koji.ErrUnsigned)
		require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err))
	}

	_, err = s.AddSignature(ctx, id, signatureOf(t, data("rpms/"+sorter)))
	require.NoError(t, err)
	sigcache := sorterDir + "data/sigcache/" + key1 + "/x86_64/" + sorter + ".sig"
	signed := sorterDir + "data/signed/" + key1 + "/x86_64/" + sorter
	content := s.listing(t)

	// A header that changed on disk is not used.
	require.NoError(t, s.tree.WriteFile(sigcache, signatureOf(t, data("rpms-key2/"+sorter))))
	_, err = s.WriteSigned(ctx, id, key1, false)
	require.ErrorIs(t, err, koji.ErrMismatch)
	require.NoError(t, s.tree.WriteFile(sigcache, signatureOf(t, data("rpms/"+sorter))))
	require.Equal(t, content, s.listing(t))

	// A copy that is there is not believed either, if there are checksums.
	_, err = s.WriteSigned(ctx, id, key1, false)
	require.NoError(t, err)
	require.NoError(t, s.tree.WriteFile(signed, []byte("altered")))
	s.update(t, func(tx *storage.Tx) error {
		_, err := tx.RPMChecksums().Delete(ctx, storage.RPMChecksumFilter{SigKey: storage.Is(key1), Type: storage.Is(koji.ChecksumMD5)})
		return err
	})
	_, err = s.WriteSigned(ctx, id, key1, false)
	require.ErrorIs(t, err, koji.ErrMismatch)
	require.ErrorContains(t, err, "sha256")
	_, err = s.WriteSigned(ctx, id, key1, true)
	require.NoError(t, err)
	require.Equal(t, read(t, data("rpms/"+sorter)), s.content(t)[signed])

	canceled, cancel := context.WithCancel(ctx)
	cancel()
	_, err = s.WriteSigned(canceled, id, key1, true)
	require.ErrorIs(t, err, context.Canceled)
}

func TestUnsignedCopy(t *testing.T) {
	ctx := context.Background()
	s := newTestSite(t)
	id := s.mustImport(t, glob(t, "rpms/sorter-*")...).RPMs[1].ID
	_, err := s.AddSignature(ctx, id, signatureOf(t, data("unsigned/"+sorter)))
	require.NoError(t, err)
	require.Contains(t, s.content(t), sorterDir+"data/sigcache/x86_64/"+sorter+".sig")
	_, err = s.WriteSigned(ctx, id, "", false)
	require.NoError(t, err)
	require.Equal(t, read(t, data("unsigned/"+sorter)), s.content(t)[sorterDir+"data/signed/x86_64/"+sorter])
}

func TestDeletedSignatureCanBeAddedAgain(t *testing.T) {
	ctx := context.Background()
	s, id := unsignedSite(t, files.Options{})
	header := signatureOf(t, data("rpms/"+sorter))
	hash := md5.Sum(header)
	sigcache := sorterDir + "data/sigcache/" + key1 + "/x86_64/" + sorter + ".sig"
	saved := fmt.Sprintf("%s.%x.save", sigcache, hash)
	signed := sorterDir + "data/signed/" + key1 + "/x86_64/" + sorter
	before := s.rows(t)

	require.ErrorIs(t, s.DeleteSignature(ctx, id, key1), koji.ErrNotFound)
	for range 2 { // the second time the same header was saved before
		_, err := s.AddSignature(ctx, id, header)
		require.NoError(t, err)
		_, err = s.WriteSigned(ctx, id, key1, false)
		require.NoError(t, err)
		require.NoError(t, s.DeleteSignature(ctx, id, strings.ToUpper(key1)))
		require.Equal(t, before, s.rows(t))
		content := s.content(t)
		require.NotContains(t, content, sigcache)
		require.NotContains(t, content, signed)
		require.Equal(t, string(header), content[saved])
	}
	_, err := s.AddSignature(ctx, id, header)
	require.NoError(t, err)

	// A different one in the place of the saved header is not overwritten.
	require.NoError(t, s.tree.WriteFile(saved, []byte("another")))
	rows, content := s.rows(t), s.listing(t)
	require.ErrorIs(t, s.DeleteSignature(ctx, id, key1), koji.ErrExists)
	require.ErrorIs(t, s.DeleteSignatures(ctx, id), koji.ErrExists)
	require.Equal(t, rows, s.rows(t))
	require.Equal(t, content, s.listing(t))

	require.NoError(t, s.tree.Remove(saved))
	require.NoError(t, s.DeleteSignatures(ctx, id))
	sigs, err := s.Signatures(ctx, id)
	require.NoError(t, err)
	require.Empty(t, sigs)
	require.Contains(t, s.content(t), sorterDir+"x86_64/"+sorter, "the rpm itself stays")
	require.ErrorIs(t, s.DeleteSignatures(ctx, id), koji.ErrNotFound)
}

// Whatever fails, a signature and its files are there or they are not.
func TestFailureWhileSigning(t *testing.T) {
	inMemory(t)
	ctx := context.Background()
	header := signatureOf(t, data("rpms/"+sorter))
	add := func(s *site, id koji.RPMID) error { _, err := s.AddSignature(ctx, id, header); return err }
	write := func(s *site, id koji.RPMID) error { _, err := s.WriteSigned(ctx, id, key1, false); return err }
	for name, c := range map[string]struct {
		prepare []func(*site, koji.RPMID) error
		do      func(*site, koji.RPMID) error
	}{
		"add":    {nil, add},
		"write":  {[]func(*site, koji.RPMID) error{add}, write},
		"delete": {[]func(*site, koji.RPMID) error{add}, func(s *site, id koji.RPMID) error { return s.DeleteSignatures(ctx, id) }},
	} {
		for _, part := range []string{"tree", "store", "store that loses news"} {
			t.Run(name+", "+part, func(t *testing.T) {
				for step := 1; ; step++ {
					inTree, inStore := new(faults), new(faults)
					s, id := unsignedSite(t, files.Options{Before: inTree.fail}, func(b storage.Backend) storage.Backend {
						return &faultyBackend{Backend: b, faults: inStore, lose: part == "store that loses news"}
					})
					for _, do := range c.prepare {
						require.NoError(t, do(s, id))
					}
					rows, content := s.rows(t), s.listing(t)
					faulty := inStore
					if part == "tree" {
						faulty = inTree
					}
					faulty.arm(step, false)
					err := c.do(s, id)
					at := faulty.disarm()
					if at == "" {
						require.NoError(t, err)
						require.Greater(t, step, 5)
						return
					}
					if err == nil {
						continue // the failure was made up for
					}
					require.ErrorIs(t, err, errInjected)
					afterwards := strings.HasPrefix(at, "remove") && name == "delete"
					derived := name == "write" && (at == "commit " || strings.HasPrefix(at, "sync"))
					if !afterwards && !derived {
						require.Equal(t, rows, s.rows(t), at)
						require.Equal(t, content, s.listing(t), at)
					}
					if !afterwards {
						require.NoError(t, c.do(s, id), "it can be repeated")
					}
				}
			})
		}
	}
}

// Source packages with signatures of every kind that rpmsign makes.
func TestKeysOfRPMSign(t *testing.T) {
	gpg, sign := hosttool.Need(t, "gpg"), hosttool.Need(t, "rpmsign")
	ctx := context.Background()
	home := t.TempDir()
	require.NoError(t, os.Chmod(home, 0o700))
	run := func(t *testing.T, name string, args ...string) string {
		cmd := exec.Command(name, args...)
		cmd.Env = append(os.Environ(), "GNUPGHOME="+home, "HOME="+home)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		return string(out)
	}
	t.Cleanup(func() { _ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run() })
	for i, c := range []struct {
		algo  string
		flags []string
	}{
		{"rsa2048", []string{"--addsign"}}, {"rsa2048", []string{"--addsign", "--rpmv3"}},
		{"ed25519", []string{"--addsign"}}, {"dsa1024", []string{"--addsign", "--rpmv3"}},
	} {
		t.Run(c.algo+" "+c.flags[len(c.flags)-1], func(t *testing.T) {
			uid := fmt.Sprintf("key%d@example.org", i)
			run(t, gpg, "--batch", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-generate-key", uid, c.algo, "sign")
			var keyID string
			for line := range strings.Lines(run(t, gpg, "--with-colons", "--list-keys", uid)) {
				if f := strings.Split(line, ":"); f[0] == "pub" {
					keyID = strings.ToLower(f[4])
				}
			}
			require.Len(t, keyID, 16)
			s, id := unsignedSite(t, files.Options{})
			file := filepath.Join(t.TempDir(), sorter)
			require.NoError(t, os.WriteFile(file, []byte(read(t, data("unsigned/"+sorter))), 0o600))
			run(t, sign, append(c.flags, "--define", "__gpg "+gpg, "--define", "_gpg_name "+uid, "--define", "_gpg_digest_algo sha256", file)...)

			sig, err := s.AddSignature(ctx, id, signatureOf(t, file))
			require.NoError(t, err)
			require.Equal(t, keyID[8:], sig.SigKey)
			name, err := s.WriteSigned(ctx, id, sig.SigKey, false)
			require.NoError(t, err)
			written, err := s.tree.ReadFile(name)
			require.NoError(t, err)
			require.Equal(t, read(t, file), string(written))
		})
	}
}
