package sqlitedb

import (
	"errors"

	"github.com/kojikit/kojikit/repo/rpmmd"
)

// primary writes primary.sqlite.
type primary struct {
	packages, files *insert
	lists           [len(lists)]*insert
}

func newPrimary(dir string) (*database, error) {
	d, err := create(dir, "primary.sqlite", primarySchema(), primaryIndexes())
	if err != nil {
		return nil, err
	}
	var w primary
	var errs []error
	prepare := func(table string, columns ...string) *insert {
		in, err := d.insert(table, columns...)
		errs = append(errs, err)
		return in
	}
	w.packages = prepare("packages", "pkgKey", "pkgId", "name", "arch", "version", "epoch", "release", "summary", "description", "url",
		"time_file", "time_build", "rpm_license", "rpm_vendor", "rpm_group", "rpm_buildhost", "rpm_sourcerpm", "rpm_header_start", "rpm_header_end",
		"rpm_packager", "size_package", "size_installed", "size_archive", "location_href", "location_base", "checksum_type")
	w.files = prepare("files", "name", "type", "pkgKey")
	for i, list := range lists {
		columns := []string{"name", "flags", "epoch", "version", "release", "pkgKey"}
		if list == "requires" {
			columns = append(columns, "pre")
		}
		w.lists[i] = prepare(list, columns...)
	}
	d.add = w.add
	if err := errors.Join(errs...); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (w *primary) add(key int64, p *rpmmd.Package) error {
	err := w.packages.add(key, text(p.Checksum.Value), text(p.Name), text(p.Arch), text(p.Version), text(p.Epoch), text(p.Release),
		text(p.Summary), textOrNull(p.Description), textOrNull(p.URL), p.FileTime, p.BuildTime, textOrNull(p.License), text(p.Vendor), text(p.Group),
		textOrNull(p.BuildHost), text(p.SourceRPM), p.HeaderStart, p.HeaderEnd, textOrNull(p.Packager), p.Size, p.InstalledSize, p.ArchiveSize,
		text(p.Location.Href), textOrNull(p.Location.Base), text(string(p.Checksum.Type)))
	if err != nil {
		return err
	}
	for f := range p.PrimaryFiles() {
		if err := w.files.add(text(f.Path()), fileType(f.Type), key); err != nil {
			return err
		}
	}
	for i, deps := range [...][]rpmmd.Dependency{
		p.Requires, p.Provides, p.Conflicts, p.Obsoletes, p.Suggests, p.Enhances, p.Recommends, p.Supplements,
	} {
		for j := range deps {
			if err := w.addDependency(i, key, &deps[j]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *primary) addDependency(list int, key int64, d *rpmmd.Dependency) error {
	values := []any{text(d.Name), textOrNull(d.Sense.String()), textOrNull(d.Epoch), textOrNull(d.Version), textOrNull(d.Release), key}
	if lists[list] == "requires" {
		pre := "FALSE"
		if d.Pre {
			pre = "TRUE"
		}
		values = append(values, pre)
	}
	return w.lists[list].add(values...)
}

// fileType is the type of a file in words.
func fileType(t rpmmd.FileType) string {
	if t == rpmmd.RegularFile {
		return "file"
	}
	return t.String()
}
