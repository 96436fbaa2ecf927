package delta

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/koji/rpmfile"
)

// Package is an RPM file that a delta can begin or end with.
type Package struct {
	Path string

	Name, Epoch, Version, Release, Arch string

	InstalledSize int64 // of the installed files, in bytes
}

func (p *Package) evr() koji.EVR {
	return koji.EVR{Epoch: p.Epoch, Version: p.Version, Release: p.Release}
}

// ScanOptions say how [Scan] goes on.
type ScanOptions struct {
	// Flat leaves out directories below those that are named, as createrepo_c
	// does.
	Flat bool

	// Warn, if not nil, is told of files that are left out because they are not
	// sound RPMs.
	Warn func(path string, err error)
}

// Scan returns the RPM files in some directories, by their names. Only their
// headers are read. Symbolic links to files count as files.
func Scan(ctx context.Context, dirs []string, o ScanOptions) ([]Package, error) {
	var packages []Package
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err = errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			switch {
			case entry.IsDir() && o.Flat && path != dir:
				return fs.SkipDir
			case entry.IsDir() || !strings.HasSuffix(path, ".rpm"):
				return nil
			}
			p, err := FromFile(path)
			if err != nil {
				if o.Warn != nil {
					o.Warn(path, err)
				}
				return nil
			}
			packages = append(packages, *p)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return packages, nil
}

// FromFile reads the header of an RPM file. Errors are those of [rpmfile.Read].
func FromFile(path string) (*Package, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	f, err := rpmfile.Read(bufio.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	p := &Package{
		Path: path, Name: f.Header.String(rpmfile.TagName), Epoch: "0", Version: f.Header.String(rpmfile.TagVersion),
		Release: f.Header.String(rpmfile.TagRelease), Arch: f.Arch(),
		InstalledSize: int64(cmp.Or(f.Header.Uint(rpmfile.TagLongSize), f.Header.Uint(rpmfile.TagSize))),
	}
	if epoch, ok := f.Epoch(); ok {
		p.Epoch = strconv.FormatUint(uint64(epoch), 10)
	}
	return p, nil
}

// Pair is what a delta is to be made of.
type Pair struct{ Old, New Package }

// PairOptions say which deltas are worth their making.
type PairOptions struct {
	MaxSize int64 // bytes that a new package may install; default 100,000,000
	Deltas  int   // of each new package for each directory of old ones; default 1
}

// Pairs returns for each new package the newest of the older ones in each
// directory: those of the same name and arch and a lower EVR. Source packages have
// no deltas.
func Pairs(newer, older []Package, o PairOptions) []Pair {
	type target struct{ name, arch string }
	candidates := map[target][]*Package{}
	for i := range older {
		p := &older[i]
		candidates[target{p.Name, p.Arch}] = append(candidates[target{p.Name, p.Arch}], p)
	}
	for _, list := range candidates { // the newest first
		slices.SortStableFunc(list, func(a, b *Package) int {
			return cmp.Or(koji.CompareEVR(b.evr(), a.evr()), strings.Compare(a.Path, b.Path))
		})
	}
	var pairs []Pair
	for i := range newer {
		p := &newer[i]
		if p.InstalledSize >= cmp.Or(o.MaxSize, 100_000_000) || p.Arch == "src" {
			continue
		}
		taken := map[string]int{} // by directory
		for _, old := range candidates[target{p.Name, p.Arch}] {
			dir := filepath.Dir(old.Path)
			if koji.CompareEVR(old.evr(), p.evr()) < 0 && taken[dir] < cmp.Or(o.Deltas, 1) {
				taken[dir]++
				pairs = append(pairs, Pair{*old, *p})
			}
		}
	}
	return pairs
}

// Filename returns the name of the delta's file. A package whose version could
// lead out of a directory is [koji.ErrUnsafePath] or [koji.ErrInvalid].
func (p *Pair) Filename() (string, error) {
	for _, v := range []*Package{&p.Old, &p.New} {
		if err := (koji.NVR{Name: v.Name, Version: v.Version, Release: v.Release}).Validate(); err != nil {
			return "", fmt.Errorf("%s: %w", v.Path, err)
		}
	}
	name := p.New.Name + "-" + p.Old.Version + "-" + p.Old.Release + "_" + p.New.Version + "-" + p.New.Release + "." + p.New.Arch + ".drpm"
	if !filepath.IsLocal(name) || filepath.Base(name) != name {
		return "", koji.Errorf(koji.ErrUnsafePath, koji.FaultGeneric, "%s: delta %q is not the name of a file", p.New.Path, name)
	}
	return name, nil
}
