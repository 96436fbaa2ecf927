package build

import (
	"encoding/json"
	"errors"
	"io"
	"iter"

	"github.com/kojikit/kojikit/koji"
)

// entry is one file of an import in the journal of its stage: what has to be in
// the store for the file to be visible.
type entry struct {
	Build       koji.NVR  `json:"build"`
	RPM         koji.NVRA `json:"rpm"`
	PayloadHash string    `json:"payloadhash"`
	SigKey      string    `json:"sigkey"`
	SigHash     string    `json:"sighash"`
	Primary     bool      `json:"primary"`          // the rpm's file, not a signed copy
	Upload      string    `json:"upload,omitempty"` // what is to become a link to it
}

// writeJournal writes the entries of one volume, a line of JSON each.
func (p *plan) writeJournal(w io.Writer, volume string, uploaded bool) error {
	enc := json.NewEncoder(w)
	for _, b := range p.builds {
		if b.place.volume != volume {
			continue
		}
		for _, r := range b.rpms {
			for _, c := range r.copies {
				e := entry{
					Build: b.nvr, RPM: r.nvra, PayloadHash: c.sums.payloadHash,
					SigKey: c.header.sigKey, SigHash: c.header.sigHash, Primary: c.primary,
				}
				if uploaded {
					e.Upload = c.file
				}
				if err := enc.Encode(e); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// readJournal yields the entries of a journal.
func readJournal(r io.Reader) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		dec := json.NewDecoder(r)
		for {
			var e entry
			err := dec.Decode(&e)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				err = koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "journal: byte %d: %w", dec.InputOffset(), err)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// files returns the paths, relative to the build's directory, of the file and of
// its signature header.
func (e *entry) files() (file, sig string, err error) {
	if e.Primary {
		file, err = layout.RPM(e.RPM)
	} else {
		file, err = layout.Signed(e.RPM, e.SigKey)
	}
	if err != nil {
		return "", "", err
	}
	sig, err = layout.SigHeader(e.RPM, e.SigKey)
	return file, sig, err
}
