package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/kojikit/kojikit/build"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo"
	"github.com/kojikit/kojikit/storage"
)

// The small distribution that is used when no rpms are given. Its rpms-key2
// holds second copies of some rpms, signed with the other key.
//
//go:embed testdata/rpms testdata/rpms-key2 testdata/keys testdata/comps.xml
var testdata embed.FS

// Defaults that go with it: the newer key first.
var (
	testdataKeys   = []string{"72fae7fe", "5532c199"}
	testdataArches = []string{"x86_64", "i686"}
	testdataTime   = time.Date(2024, time.March, 15, 0, 0, 0, 0, time.UTC)
)

// input is the rpm files to import.
type input struct {
	own   bool   // of the user, not from testdata
	dir   string // where they are
	files []string
	comps []byte
}

// openInput finds the rpm files. Those of testdata are unpacked into a temporary
// directory first.
func openInput(cfg config) (*input, error) {
	in := &input{own: cfg.rpms != "", dir: cfg.rpms}
	var err error
	if in.own {
		if cfg.comps != "" {
			in.comps, err = readComps(cfg.comps)
		}
	} else {
		err = in.unpack()
	}
	if err == nil {
		err = in.find()
	}
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return in, nil
}

// maxComps is more than any distribution's comps file has.
const maxComps = 64 << 20

// readComps reads a regular file of bearable size.
func readComps(name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file", name)
	case info.Size() > maxComps:
		return nil, fmt.Errorf("%s is larger than %d bytes", name, maxComps)
	}
	return os.ReadFile(name)
}

// Close removes what was unpacked.
func (in *input) Close() error {
	if in.own || in.dir == "" {
		return nil
	}
	return os.RemoveAll(in.dir)
}

func (in *input) unpack() (err error) {
	if in.comps, err = testdata.ReadFile("testdata/comps.xml"); err != nil {
		return err
	}
	if in.dir, err = os.MkdirTemp("", "kojikit-testdata-"); err != nil {
		return err
	}
	content, err := fs.Sub(testdata, "testdata")
	if err != nil {
		return err
	}
	if err := os.CopyFS(in.dir, content); err != nil {
		return err
	}
	// Embedded files have no time. Metadata shows it, and should be the same in
	// every run.
	return filepath.WalkDir(in.dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Chtimes(path, testdataTime, testdataTime))
	})
}

// find lists the files whose names end in .rpm.
func (in *input) find() error {
	// The directory itself may be a link, which WalkDir would not follow.
	err := filepath.WalkDir(in.dir+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".rpm") && !d.IsDir() {
			in.files = append(in.files, path)
		}
		return err
	})
	if err == nil && len(in.files) == 0 {
		err = fmt.Errorf("no rpm files below %s", in.dir)
	}
	return err
}

// complete fills in what the command line leaves open for testdata: there, rpms
// without a signature are left out.
func (in *input) complete(cfg config) config {
	if in.own {
		return cfg
	}
	if len(cfg.keys) == 0 {
		cfg.keys = testdataKeys
		if cfg.unsigned == repo.RefuseUnsigned {
			cfg.unsigned = repo.SkipUnsigned
		}
	}
	if len(cfg.arches) == 0 {
		cfg.arches = testdataArches
	}
	return cfg
}

func (a *app) importRPMs(ctx context.Context) (*build.Import, error) {
	what := "a small distribution"
	if a.in.own {
		what = a.in.dir
	}
	a.section("Importing %s from %s", count(len(a.in.files), "rpm file"), what)
	done, err := a.tracker.Import(ctx, a.user, a.in.files, build.ImportOptions{
		CreateBuilds: true,     // not everybody keeps the source packages
		Copy:         a.in.own, // so that nobody's files are tied to ours
		Progress: func(p build.Progress) {
			a.progress("read", p.Files, p.TotalFiles, "files")
		},
	})
	if err != nil {
		return nil, err
	}
	if done.Unfinished != nil {
		return nil, done.Unfinished
	}
	keys := make(map[string]int)
	for _, s := range done.Signatures {
		keys[s.SigKey]++
	}
	a.printf("%s with %s\n", count(len(done.Builds), "build"), count(len(done.RPMs), "rpm"))
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if k == "" {
			a.printf("%s without a signature\n", count(keys[k], "rpm"))
		} else {
			a.printf("%s of key %s\n", count(keys[k], "signature"), k)
		}
	}
	if len(a.cfg.arches) == 0 {
		a.cfg.arches = archesOf(done.RPMs)
	}
	return done, nil
}

// archesOf returns the architectures of repositories in which all the rpms have
// their place. Noarch packages go into any, and alone into one for x86_64.
func archesOf(rpms []storage.RPM) []string {
	found := make(map[string]bool)
	for _, r := range rpms {
		if r.Arch != "noarch" {
			found[koji.CanonArch(r.Arch)] = true
		}
	}
	if len(found) == 0 {
		found["x86_64"] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// release is a step in the life of a distribution: builds in the order in which
// they are tagged.
type release struct {
	name   string
	builds []build.ImportedBuild
}

// releases sorts the builds into releases. Testdata has a directory for each; of
// other rpms the oldest build of each package is the first release, and the
// others are what came later.
func (a *app) releases(ctx context.Context, done *build.Import) ([]release, error) {
	if !a.in.own {
		return a.in.byDirectory(done), nil
	}
	epochs := make(map[koji.BuildID]string)
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		for b, err := range tx.Builds().Each(ctx, storage.BuildFilter{}) {
			if err != nil {
				return err
			}
			if b.Epoch.Valid {
				epochs[b.ID] = fmt.Sprint(b.Epoch.V)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	evr := func(b build.ImportedBuild) koji.EVR {
		e := b.NVR.EVR()
		e.Epoch = epochs[b.ID]
		return e
	}
	sorted := slices.SortedStableFunc(slices.Values(done.Builds), func(x, y build.ImportedBuild) int {
		return koji.CompareEVR(evr(x), evr(y))
	})
	list := []release{{name: "oldest"}, {name: "newer"}}
	seen := make(map[string]bool)
	for _, b := range sorted {
		i := 0
		if seen[b.NVR.Name] {
			i = 1
		}
		seen[b.NVR.Name] = true
		list[i].builds = append(list[i].builds, b)
	}
	return list, nil
}

// byDirectory goes by the directory that an rpm of each build was in.
func (in *input) byDirectory(done *build.Import) []release {
	dirs := make(map[string]string, len(in.files))
	for _, f := range in.files {
		dirs[filepath.Base(f)] = filepath.Base(filepath.Dir(f))
	}
	of := make(map[koji.BuildID]string)
	for _, r := range done.RPMs {
		of[r.Build.V] = dirs[r.NVRA().Filename()]
	}
	byName := make(map[string]*release)
	for _, b := range done.Builds {
		name := of[b.ID]
		if byName[name] == nil {
			byName[name] = &release{name: name}
		}
		byName[name].builds = append(byName[name].builds, b)
	}
	var list []release
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		list = append(list, *byName[name])
	}
	return list
}
