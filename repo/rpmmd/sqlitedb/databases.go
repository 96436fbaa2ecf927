package sqlitedb

import (
	"errors"

	"github.com/kojikit/kojikit/internal/xmltext"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

// version is that of the schema.
const version = 10

// databases implements [rpmmd.Databases].
type databases []*database

// New starts the databases of a repository as files in the directory dir, which
// must exist. It is a value for rpmmd.Options.Databases.
//
// Packages are written in the order in which they come; the three databases are
// written at the same time, and one that fails makes Finish fail.
func New(dir string) (rpmmd.Databases, error) {
	var all databases
	for _, create := range []func(string) (*database, error){newPrimary, newFilelists, newOther} {
		d, err := create(dir)
		if err != nil {
			return nil, errors.Join(err, all.Close())
		}
		d.start()
		all = append(all, d)
	}
	return all, nil
}

// Add implements [rpmmd.Databases].
func (all databases) Add(p *rpmmd.Package) error {
	for _, d := range all {
		d.packages <- p
	}
	return nil
}

// Finish implements [rpmmd.Databases].
func (all databases) Finish(checksums [3]string) (paths [3]string, err error) {
	for i, d := range all {
		if err := d.finish(checksums[i]); err != nil {
			return paths, err
		}
		paths[i] = d.path
	}
	return paths, nil
}

// Close implements [rpmmd.Databases].
func (all databases) Close() error {
	var errs []error
	for _, d := range all {
		errs = append(errs, d.close())
	}
	return errors.Join(errs...)
}

// text is a string as a column holds it.
func text(s string) any { return xmltext.Valid(s) }

// textOrNull is text for a column that is NULL if there is nothing to say.
func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return xmltext.Valid(s)
}
