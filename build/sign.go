package build

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/koji/rpmfile"
	"github.com/kojikit/kojikit/storage"
)

// Signatures returns the signatures known for rpms, ordered by rpm and key. An rpm
// that is unknown has none.
func (t *Tracker) Signatures(ctx context.Context, rpms ...koji.RPMID) ([]storage.RPMSignature, error) {
	var list []storage.RPMSignature
	err := t.store.View(ctx, func(tx *storage.Tx) (err error) {
		list, err = tx.RPMSignatures().List(ctx, storage.RPMSignatureFilter{RPM: storage.Is(rpms...)})
		return err
	})
	return list, err
}

// AddSignature stores a signature header for an rpm: the bytes between the lead
// and the main header of the signed file, padding included. It makes no signed
// copy; see [Tracker.WriteSigned].
//
// The header must have been made for that rpm, by the digests it carries, else it
// fails with koji.ErrMismatch. The signature itself is not verified. One of the
// same key is koji.ErrExists, even if it is the same.
func (t *Tracker) AddSignature(ctx context.Context, rpm koji.RPMID, header []byte) (storage.RPMSignature, error) {
	fail := func(err error) (storage.RPMSignature, error) { return storage.RPMSignature{}, err }
	parsed, err := rpmfile.ParseSignatureHeader(header)
	if err != nil {
		return fail(fmt.Errorf("signature for rpm %d: %w", rpm, err))
	}
	key, err := parsed.Key()
	if err != nil {
		return fail(fmt.Errorf("signature for rpm %d: %w", rpm, err))
	}
	hash := md5.Sum(header)
	sig := storage.RPMSignature{RPM: rpm, SigKey: key, SigHash: hex.EncodeToString(hash[:])}

	var r tracked
	err = t.store.View(ctx, func(tx *storage.Tx) (err error) {
		r, err = t.rpm(ctx, tx, rpm)
		return err
	})
	if err != nil {
		return fail(err)
	}
	if err := t.checkSignature(r, parsed); err != nil {
		return fail(err)
	}
	rel, err := layout.SigHeader(r.NVRA(), key)
	if err != nil {
		return fail(err)
	}
	f, err := t.tree.Create(r.place.name(rel))
	if err != nil {
		return fail(err)
	}
	defer f.Close()
	if _, err := f.Write(header); err != nil {
		return fail(err)
	}
	published := false
	err = t.store.Update(ctx, func(tx *storage.Tx) error {
		now, err := t.rpm(ctx, tx, rpm)
		if err != nil {
			return err
		}
		if now.place != r.place || now.PayloadHash != r.PayloadHash {
			return koji.Errorf(koji.ErrConflict, koji.FaultGeneric, "rpm %s changed meanwhile", r.NVRA())
		}
		err = tx.RPMSignatures().Insert(ctx, &sig)
		if errors.Is(err, koji.ErrExists) {
			return koji.Errorf(koji.ErrExists, koji.FaultGeneric, "rpm %s has %s already", r.NVRA(), keyName(key))
		}
		if err != nil {
			return err
		}
		published = true
		return f.Commit()
	})
	if err != nil && published {
		err = t.settleSignature(ctx, sig, r.place.name(rel), err)
	}
	if err != nil {
		return fail(err)
	}
	return sig, nil
}

// checkSignature checks that a signature header was made for an rpm.
func (t *Tracker) checkSignature(r tracked, sig *rpmfile.SignatureHeader) error {
	if sum := sig.MD5(); sum != nil && hex.EncodeToString(sum) != r.PayloadHash {
		return koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "wrong md5 for %s: the signature header says %x, the rpm has %s",
			r.NVRA(), sum, r.PayloadHash)
	}
	file, size, err := t.openPrimary(r)
	if err != nil {
		return err
	}
	defer file.Close()
	f, err := rpmfile.ReadAt(file, size)
	if err != nil {
		return fmt.Errorf("%s: %w", r.NVRA(), err)
	}
	return sig.BelongsTo(f)
}

// openPrimary opens the file of an rpm.
func (t *Tracker) openPrimary(r tracked) (*os.File, int64, error) {
	rel, err := layout.RPM(r.NVRA())
	if err != nil {
		return nil, 0, err
	}
	return t.openFile(r.place.name(rel))
}

func (t *Tracker) openFile(name string) (*os.File, int64, error) {
	f, err := t.tree.Open(name)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

// settleSignature decides, after a commit that failed, what becomes of the file
// that was published before it: the store may have the row all the same, and
// otherwise the file must not stay.
func (t *Tracker) settleSignature(ctx context.Context, sig storage.RPMSignature, name string, cause error) error {
	ctx = context.WithoutCancel(ctx)
	stored, err := t.Signatures(ctx, sig.RPM)
	if err != nil {
		return errors.Join(cause, err)
	}
	for _, s := range stored {
		if s.SigKey == sig.SigKey {
			if s == sig {
				return nil
			}
			return cause // somebody else's, and so is the file by now
		}
	}
	return errors.Join(cause, t.tree.Remove(name), t.tree.Prune(name[:strings.LastIndexByte(name, '/')]))
}

// WriteSigned makes the copy of an rpm that is signed by a key, from the rpm's
// file and the stored signature header, and returns its path relative to the root
// of the tree. It is the file that the signer had, byte by byte. The key is not
// case-sensitive; the empty one stands for the unsigned file.
//
// A copy that is there is not written again, unless force is set, but its
// checksums are recorded. Without a signature of that key it fails with
// koji.ErrUnsigned; koji.ErrMismatch means that the copy has other checksums than
// those recorded before.
func (t *Tracker) WriteSigned(ctx context.Context, rpm koji.RPMID, key string, force bool) (string, error) {
	key = strings.ToLower(key)
	var r tracked
	var have []storage.RPMChecksum
	sig := storage.RPMSignature{RPM: rpm, SigKey: key}
	err := t.store.View(ctx, func(tx *storage.Tx) (err error) {
		if r, err = t.rpm(ctx, tx, rpm); err != nil {
			return err
		}
		sig, err = tx.RPMSignatures().Get(ctx, storage.RPMSignatureFilter{RPM: storage.Is(rpm), SigKey: storage.Is(key)})
		if errors.Is(err, koji.ErrNotFound) {
			return koji.Errorf(koji.ErrUnsigned, koji.FaultGeneric, "rpm %s: nothing is stored of %.40s", r.NVRA(), keyName(key))
		}
		if err != nil {
			return err
		}
		have, err = checksums(ctx, tx, sig)
		return err
	})
	if err != nil {
		return "", err
	}
	rel, err := layout.Signed(r.NVRA(), key)
	if err != nil {
		return "", err
	}
	name := r.place.name(rel)
	summed := len(have) == len(sums{}.rows(sig))
	switch _, err := t.tree.Lstat(name); {
	case err == nil && !force && summed:
		return name, nil
	case err == nil && !force:
		return name, t.sumSigned(ctx, r, sig, name)
	case err != nil && !errors.Is(err, koji.ErrNotFound):
		return "", err
	}
	return name, t.writeSigned(ctx, r, sig, name, summed)
}

// sumSigned records the checksums of a signed copy that is there.
func (t *Tracker) sumSigned(ctx context.Context, r tracked, sig storage.RPMSignature, name string) error {
	f, _, err := t.openFile(name)
	if err != nil {
		return err
	}
	defer f.Close()
	md5Sum, sha256Sum := md5.New(), sha256.New()
	if _, err := io.Copy(io.MultiWriter(md5Sum, sha256Sum), meter{ctx, f, func(int) {}}); err != nil {
		return err
	}
	s := sums{md5: hex.EncodeToString(md5Sum.Sum(nil)), sha256: hex.EncodeToString(sha256Sum.Sum(nil))}
	return t.store.Update(ctx, func(tx *storage.Tx) error { return recordSums(ctx, tx, r, sig, s) })
}

// writeSigned writes a signed copy; summed tells whether its checksums are known.
func (t *Tracker) writeSigned(ctx context.Context, r tracked, sig storage.RPMSignature, name string, summed bool) error {
	rel, err := layout.SigHeader(r.NVRA(), sig.SigKey)
	if err != nil {
		return err
	}
	raw, err := t.tree.ReadFile(r.place.name(rel))
	if err != nil {
		return err
	}
	if hash := md5.Sum(raw); hex.EncodeToString(hash[:]) != sig.SigHash {
		return koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "%s: MD5 is %x, the store says %s", r.place.name(rel), hash, sig.SigHash)
	}
	parsed, err := rpmfile.ParseSignatureHeader(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", r.place.name(rel), err)
	}
	primary, size, err := t.openPrimary(r)
	if err != nil {
		return err
	}
	defer primary.Close()
	if linked, err := t.linkSigned(ctx, r, raw, primary, name, summed); linked || err != nil {
		return err
	}
	f, err := t.tree.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	md5Sum, sha256Sum := md5.New(), sha256.New()
	w := stoppable{ctx, io.MultiWriter(f, md5Sum, sha256Sum)}
	if _, err := rpmfile.Splice(w, primary, size, parsed); err != nil {
		return fmt.Errorf("%s: %w", r.NVRA(), err)
	}
	if info, err := primary.Stat(); err != nil {
		return err
	} else if err := f.Chmod(info.Mode().Perm()); err != nil {
		return err
	}
	s := sums{md5: hex.EncodeToString(md5Sum.Sum(nil)), sha256: hex.EncodeToString(sha256Sum.Sum(nil))}
	// The copy may be seen before the commit, and stays if that fails: it is
	// what it says, and the checksums can be recorded at any time.
	return t.store.Update(ctx, func(tx *storage.Tx) error {
		if err := recordSums(ctx, tx, r, sig, s); err != nil {
			return err
		}
		return f.Commit()
	})
}

// linkSigned makes the signed copy a link to the rpm's file, if that is where the
// signature came from, as with rpms that were imported signed. It does so only if
// nothing is to be replaced and no checksum is missing.
func (t *Tracker) linkSigned(ctx context.Context, r tracked, sig []byte, primary io.ReaderAt, name string, summed bool) (bool, error) {
	if !summed {
		return false, nil
	}
	own := make([]byte, len(sig))
	if _, err := primary.ReadAt(own, rpmfile.LeadSize); err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	if !bytes.Equal(own, sig) {
		return false, nil
	}
	rel, err := layout.RPM(r.NVRA())
	if err != nil {
		return false, err
	}
	err = t.tree.Link(ctx, r.place.name(rel), name)
	if errors.Is(err, koji.ErrExists) {
		return false, nil
	}
	return err == nil, err
}

// stoppable is a writer that ends with its context.
type stoppable struct {
	ctx context.Context
	w   io.Writer
}

func (s stoppable) Write(b []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.w.Write(b)
}

func checksums(ctx context.Context, tx *storage.Tx, sig storage.RPMSignature) ([]storage.RPMChecksum, error) {
	return tx.RPMChecksums().List(ctx, storage.RPMChecksumFilter{RPM: storage.Is(sig.RPM), SigKey: storage.Is(sig.SigKey)})
}

// recordSums adds the checksums of a signed copy. Those that are there must be the
// same, and the signature must still be.
func recordSums(ctx context.Context, tx *storage.Tx, r tracked, sig storage.RPMSignature, s sums) error {
	now, err := tx.RPMSignatures().Get(ctx, storage.RPMSignatureFilter{RPM: storage.Is(sig.RPM), SigKey: storage.Is(sig.SigKey)})
	if err != nil && !errors.Is(err, koji.ErrNotFound) {
		return err
	}
	if now != sig {
		return koji.Errorf(koji.ErrConflict, koji.FaultGeneric, "rpm %s lost %s meanwhile", r.NVRA(), keyName(sig.SigKey))
	}
	have, err := checksums(ctx, tx, sig)
	if err != nil {
		return err
	}
	stored := make(map[koji.ChecksumType]string)
	for _, c := range have {
		stored[c.Type] = c.Checksum
	}
	for _, c := range s.rows(sig) {
		switch old, ok := stored[c.Type]; {
		case ok && old != c.Checksum:
			return koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "rpm %s with %s: %s is %s, the store says %s",
				r.NVRA(), keyName(sig.SigKey), c.Type, c.Checksum, old)
		case !ok:
			if err := tx.RPMChecksums().Insert(ctx, &c); err != nil {
				return err
			}
		}
	}
	return nil
}
