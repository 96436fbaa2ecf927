package sqlitedb

import (
	"errors"

	"github.com/kojikit/kojikit/repo/rpmmd"
)

// other writes other.sqlite.
type other struct{ packages, changes *insert }

func newOther(dir string) (*database, error) {
	d, err := create(dir, "other.sqlite", otherSchema, otherIndexes)
	if err != nil {
		return nil, err
	}
	var w other
	var errs [2]error
	w.packages, errs[0] = d.insert("packages", "pkgKey", "pkgId")
	w.changes, errs[1] = d.insert("changelog", "pkgKey", "author", "date", "changelog")
	d.add = w.add
	if err := errors.Join(errs[:]...); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (w *other) add(key int64, p *rpmmd.Package) error {
	if err := w.packages.add(key, text(p.Checksum.Value)); err != nil {
		return err
	}
	for i := range p.Changelogs {
		c := &p.Changelogs[i]
		if err := w.changes.add(key, text(c.Author), c.Time, text(c.Text)); err != nil {
			return err
		}
	}
	return nil
}
