package build

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/files"
)

// Recovery tells what [Tracker.Recover] did.
type Recovery struct {
	Stages    int      // leftovers that were found
	Published []string // files that became visible, because the store has them
	Removed   []string // files that were visible although the store does not have them
}

// Recover settles what imports left behind that did not come to their end because
// the process, the machine or the store died: files that the store knows become
// visible, all others disappear. It leaves alone what imports are working on, in
// whatever process. Call it at startup, and at other times as you like.
//
// A stage that cannot be settled stays for the next time; the error names it.
func (t *Tracker) Recover(ctx context.Context) (*Recovery, error) {
	var volumes []storage.Volume
	err := t.store.View(ctx, func(tx *storage.Tx) (err error) {
		volumes, err = tx.Volumes().List(ctx, storage.VolumeFilter{})
		return err
	})
	if err != nil {
		return nil, err
	}
	result := new(Recovery)
	var errs []error
	for _, v := range volumes {
		dir, err := layout.Volume(v.Name)
		if err != nil {
			return nil, err
		}
		stages, err := t.tree.Leftovers(dir)
		if err != nil {
			errs = append(errs, err)
		}
		for _, s := range stages {
			result.Stages++
			if err := t.recover(ctx, s, v, result); err != nil {
				errs = append(errs, fmt.Errorf("stage %s on volume %s: %w", s.ID(), v.Name, err), s.Close())
				continue
			}
			errs = append(errs, s.Discard())
		}
	}
	return result, errors.Join(errs...)
}

// recover settles the files of one stage.
func (t *Tracker) recover(ctx context.Context, s *files.Stage, volume storage.Volume, result *Recovery) error {
	journal, err := s.Journal()
	if errors.Is(err, koji.ErrNotFound) {
		return nil // nothing is published before the journal is written
	}
	if err != nil {
		return err
	}
	defer journal.Close()
	var chunk []entry
	for e, err := range readJournal(journal) {
		if err != nil {
			return err
		}
		if chunk = append(chunk, e); len(chunk) == querySize {
			if err := t.settle(ctx, s, volume, chunk, result); err != nil {
				return err
			}
			chunk = chunk[:0]
		}
	}
	return t.settle(ctx, s, volume, chunk, result)
}

func (t *Tracker) settle(ctx context.Context, s *files.Stage, volume storage.Volume, entries []entry, result *Recovery) error {
	var f *facts
	err := t.store.View(ctx, func(tx *storage.Tx) (err error) {
		builds, rpms := make([]koji.NVR, len(entries)), make([]koji.NVRA, len(entries))
		for i, e := range entries {
			builds[i], rpms[i] = e.Build, e.RPM
		}
		f, err = gather(ctx, tx, builds, rpms)
		return err
	})
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		rpm, sig := f.claims(&e, volume.ID)
		if err := t.settleEntry(s, volume.Name, &e, rpm, sig, result); err != nil {
			return fmt.Errorf("%s: %w", e.RPM, err)
		}
	}
	return nil
}

// claim is what the store has to say about a file of an entry.
type claim int

const (
	nobody claim = iota // no row speaks of such a file
	other               // a row does, but of another file of that name
	own                 // a row speaks of this file
)

// claims looks for the rpm and for the signature of an entry on a volume.
func (f *facts) claims(e *entry, volume koji.VolumeID) (rpm, sig claim) {
	b, ok := f.builds[e.Build]
	if !ok || b.State == koji.BuildDeleted || b.Volume != volume {
		return nobody, nobody
	}
	r, ok := f.rpms[e.RPM]
	if !ok || r.Build.V != b.ID {
		return nobody, nobody
	}
	hash, signed := f.sigs[r.ID][e.SigKey]
	same := r.PayloadHash == e.PayloadHash
	return claimed(true, same), claimed(signed, same && hash == e.SigHash)
}

func claimed(row, same bool) claim {
	switch {
	case row && same:
		return own
	case row:
		return other
	}
	return nobody
}

func (t *Tracker) settleEntry(s *files.Stage, volume string, e *entry, rpm, sig claim, result *Recovery) error {
	p, err := placeOf(e.Build, volume)
	if err != nil {
		return err
	}
	file, sigFile, err := e.files()
	if err != nil {
		return err
	}
	ofFile := sig
	if e.Primary {
		ofFile = rpm
	}
	for _, f := range []struct {
		name string
		claim
	}{{p.file(file), ofFile}, {p.file(sigFile), sig}} {
		if f.claim == other {
			continue
		}
		switch changed, err := s.Settle(f.name, f.claim == own); {
		case err != nil:
			return err
		case changed && f.claim == own:
			result.Published = append(result.Published, path.Join(p.volume, f.name))
		case changed:
			result.Removed = append(result.Removed, path.Join(p.volume, f.name))
		}
	}
	if e.Upload == "" || ofFile != own {
		return nil
	}
	return t.relinkUpload(e.Upload, p.name(file))
}

// relinkUpload is linkUpload for an upload that may have been dealt with already,
// or been replaced by another.
func (t *Tracker) relinkUpload(upload, name string) error {
	target, err := t.tree.Lstat(name)
	if err != nil {
		return err
	}
	switch info, err := t.tree.Lstat(upload); {
	case errors.Is(err, koji.ErrNotFound):
		return nil
	case err != nil:
		return err
	case info.Mode()&fs.ModeType != 0 || info.Size() != target.Size():
		return nil
	}
	return t.linkUpload(upload, name)
}

// linkUpload replaces an upload by a symbolic link to where it went.
func (t *Tracker) linkUpload(upload, name string) error {
	target, err := filepath.Rel(path.Dir(upload), name)
	if err != nil {
		return err
	}
	return t.tree.Symlink(target, upload)
}
