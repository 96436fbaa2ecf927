package build

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// DeleteSignature forgets the signature that a key made of an rpm, with its
// checksums and its signed copy. The signature header remains under its name with
// ".SIGHASH.save" appended. If there is no such signature it fails with
// koji.ErrNotFound; koji.ErrExists means that another header was saved under
// that name before.
//
// The signed copy goes first, because it can be written again, so that it may be
// missing after a failure. The rpm's own file stays as it is, even if it carries that signature.
func (t *Tracker) DeleteSignature(ctx context.Context, rpm koji.RPMID, key string) error {
	return t.deleteSignatures(ctx, rpm, storage.Is(strings.ToLower(key)))
}

// DeleteSignatures is DeleteSignature for every signature of an rpm.
func (t *Tracker) DeleteSignatures(ctx context.Context, rpm koji.RPMID) error {
	return t.deleteSignatures(ctx, rpm, storage.Match[string]{})
}

func (t *Tracker) deleteSignatures(ctx context.Context, rpm koji.RPMID, key storage.Match[string]) error {
	var headers, saved []string
	done := false
	err := t.store.Update(ctx, func(tx *storage.Tx) error {
		headers, saved, done = nil, nil, false
		r, err := t.rpm(ctx, tx, rpm)
		if err != nil {
			return err
		}
		filter := storage.RPMSignatureFilter{RPM: storage.Is(rpm), SigKey: key}
		sigs, err := tx.RPMSignatures().List(ctx, filter)
		if err != nil {
			return err
		}
		if len(sigs) == 0 {
			return koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "rpm %s has no such signature", r.NVRA())
		}
		if _, err := tx.RPMChecksums().Delete(ctx, storage.RPMChecksumFilter{RPM: storage.Is(rpm), SigKey: key}); err != nil {
			return err
		}
		if _, err := tx.RPMSignatures().Delete(ctx, filter); err != nil {
			return err
		}
		for _, s := range sigs {
			header, save, err := t.saveHeader(ctx, r, s)
			headers = append(headers, header)
			if save != "" {
				saved = append(saved, save)
			}
			if err != nil {
				return err
			}
		}
		// A signed copy can be written again, should this not be committed.
		for _, s := range sigs {
			rel, err := layout.Signed(r.NVRA(), s.SigKey)
			if err != nil {
				return err
			}
			if err := t.tree.Remove(r.place.name(rel)); err != nil {
				return err
			}
		}
		done = true
		return nil
	})
	if err != nil && done {
		// It was the commit that failed, or only the news of it.
		if left, e := t.matching(ctx, rpm, key); e != nil {
			return errors.Join(err, e)
		} else if left == 0 {
			err = nil
		}
	}
	drop := headers
	if err != nil {
		drop = saved
	}
	for _, name := range drop {
		err = errors.Join(err, t.tree.Remove(name))
	}
	return err
}

// matching counts signatures.
func (t *Tracker) matching(ctx context.Context, rpm koji.RPMID, key storage.Match[string]) (n int, err error) {
	ctx = context.WithoutCancel(ctx)
	err = t.store.View(ctx, func(tx *storage.Tx) error {
		n, err = tx.RPMSignatures().Count(ctx, storage.RPMSignatureFilter{RPM: storage.Is(rpm), SigKey: key})
		return err
	})
	return n, err
}

// saveHeader makes a second name for a signature header, the one that is going to
// stay, and returns the path of the header and that name if it is new.
func (t *Tracker) saveHeader(ctx context.Context, r tracked, s storage.RPMSignature) (header, save string, err error) {
	rel, err := layout.SigHeader(r.NVRA(), s.SigKey)
	if err != nil {
		return "", "", err
	}
	header = r.place.name(rel)
	save = header + "." + s.SigHash + ".save"
	switch err := t.tree.Link(ctx, header, save); {
	case err == nil:
		return header, save, nil
	case errors.Is(err, koji.ErrNotFound): // no header, nothing to save
		return header, "", nil
	case !errors.Is(err, koji.ErrExists):
		return header, "", err
	}
	before, err := t.tree.ReadFile(save)
	if err != nil {
		return header, "", err
	}
	now, err := t.tree.ReadFile(header)
	if err == nil && !bytes.Equal(before, now) {
		err = koji.Errorf(koji.ErrExists, koji.FaultGeneric, "%s: another signature header was saved before", save)
	}
	return header, "", err
}
