package sqlitedb

import (
	"errors"
	"strings"

	"github.com/kojikit/kojikit/repo/rpmmd"
)

// filelists writes filelists.sqlite.
type filelists struct {
	packages, dirs *insert
	index          map[string]int // in lists, by directory; of one package
	lists          []fileList
}

// fileList is a row: the files of a package in one directory.
type fileList struct {
	dir   string
	names []byte // joined with slashes
	types []byte // a letter each
}

func newFilelists(dir string) (*database, error) {
	d, err := create(dir, "filelists.sqlite", filelistsSchema, filelistsIndexes)
	if err != nil {
		return nil, err
	}
	w := filelists{index: map[string]int{}}
	var errs [2]error
	w.packages, errs[0] = d.insert("packages", "pkgKey", "pkgId")
	w.dirs, errs[1] = d.insert("filelist", "pkgKey", "dirname", "filenames", "filetypes")
	d.add = w.add
	if err := errors.Join(errs[:]...); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (w *filelists) add(key int64, p *rpmmd.Package) error {
	if err := w.packages.add(key, text(p.Checksum.Value)); err != nil {
		return err
	}
	w.split(p.Files)
	for i := range w.lists {
		l := &w.lists[i]
		if err := w.dirs.add(key, text(l.dir), text(string(l.names)), string(l.types)); err != nil {
			return err
		}
	}
	return nil
}

// split sorts files by their directories, in the order of the first file of each.
func (w *filelists) split(files []rpmmd.File) {
	clear(w.index)
	w.lists = w.lists[:0]
	for i := range files {
		f := &files[i]
		at, ok := w.index[f.Dir]
		if !ok {
			at = len(w.lists)
			w.index[f.Dir] = at
			w.lists = append(w.lists, fileList{dir: dirname(f.Dir)})
		}
		l := &w.lists[at]
		if len(l.types) > 0 {
			l.names = append(l.names, '/')
		}
		if f.Base == "" { // the root, or a path that ends in a slash
			l.names = append(l.names, '/')
		}
		l.names = append(l.names, f.Base...)
		l.types = append(l.types, letter(f.Type))
	}
}

// dirname is how the database calls a directory.
func dirname(dir string) string {
	switch dir {
	case "":
		return "."
	case "/":
		return "/"
	default:
		return strings.TrimRight(dir, "/")
	}
}

func letter(t rpmmd.FileType) byte {
	switch t {
	case rpmmd.Directory:
		return 'd'
	case rpmmd.GhostFile:
		return 'g'
	default:
		return 'f'
	}
}
