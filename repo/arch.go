package repo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"unicode"
	"unicode/utf8"

	"github.com/kojikit/kojikit/internal/ordered"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/koji/rpmfile"
	"github.com/kojikit/kojikit/repo/rpmmd"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/files"
)

// treeFiles answers selection from a tree.
type treeFiles struct{ tree *files.Tree }

// Missing looks at every path.
func (f treeFiles) Missing(ctx context.Context, paths []string) ([]string, error) {
	var missing []string
	for _, name := range paths {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		info, err := f.tree.Stat(name)
		switch {
		case errors.Is(err, koji.ErrNotFound), err == nil && !info.Mode().IsRegular():
			missing = append(missing, name)
		case err != nil:
			return nil, err
		}
	}
	return missing, nil
}

// place is where an rpm lies in the repository of its architecture: with those
// of the same first letter.
func place(s *Selected) string {
	first, _ := utf8.DecodeRuneInString(s.NVRA.Name)
	return "Packages/" + string(unicode.ToLower(first)) + "/" + s.NVRA.Filename()
}

// writeArch puts the rpms of one architecture in place and writes the metadata.
func (d *dist) writeArch(ctx context.Context, a *DistArch) error {
	dir := d.dir + "/" + a.Arch
	if err := d.linkAll(ctx, dir, a); err != nil {
		return err
	}
	sums, err := d.checksums(ctx, a.Packages)
	if err != nil {
		return err
	}
	subrepos := map[string][]*Selected{"": nil}
	if d.opts.Selection.SplitDebuginfo {
		subrepos["debug"] = nil
	}
	var pkglist bytes.Buffer
	for i := range a.Packages {
		s := &a.Packages[i]
		subrepos[s.Subrepo] = append(subrepos[s.Subrepo], s)
		if s.Subrepo == "" {
			fmt.Fprintln(&pkglist, place(s))
		}
	}
	if err := d.stage.WriteFile(dir+"/pkglist", pkglist.Bytes()); err != nil {
		return err
	}
	a.Metadata = make(map[string]*rpmmd.Result)
	for sub, packages := range subrepos {
		if a.Metadata[sub], err = d.writeMetadata(ctx, a, dir, sub, packages, sums); err != nil {
			return err
		}
	}
	return nil
}

// linkAll gives the repository its copies of the rpms.
func (d *dist) linkAll(ctx context.Context, dir string, a *DistArch) error {
	for i := range a.Packages {
		s := &a.Packages[i]
		if err := d.linkOne(ctx, dir, s); err != nil {
			return err
		}
		d.progress(Progress{a.Arch, LinkStep, i + 1, len(a.Packages)})
	}
	return nil
}

func (d *dist) linkOne(ctx context.Context, dir string, s *Selected) error {
	src, err := d.tree.Open(s.Path)
	if err != nil {
		return err
	}
	defer src.Close()
	return d.stage.Import(ctx, src, dir+"/"+place(s), true)
}

func (d *dist) progress(p Progress) {
	if d.opts.Progress != nil {
		d.opts.Progress(p)
	}
}

// copyID names one copy of an rpm.
type copyID struct {
	rpm koji.RPMID
	key string
}

// checksums returns the stored sha256 sums of the copies that were selected.
// Those of copies without a wanted signature are not looked up, because the
// record does not tell which copy the primary file is.
func (d *dist) checksums(ctx context.Context, packages []Selected) (map[copyID]string, error) {
	sums := make(map[copyID]string, len(packages))
	ids := make([]koji.RPMID, 0, len(packages))
	for i := range packages {
		if packages[i].Signed {
			ids = append(ids, packages[i].ID)
		}
	}
	err := d.store.View(ctx, func(tx *storage.Tx) error {
		for sum, err := range tx.RPMChecksums().Each(ctx, storage.RPMChecksumFilter{
			RPM: storage.Is(ids...), Type: storage.Is(koji.ChecksumSHA256),
		}) {
			if err != nil {
				return err
			}
			sums[copyID{sum.RPM, sum.SigKey}] = sum.Checksum
		}
		return nil
	})
	return sums, err
}

// writeMetadata writes the metadata of a repository or a part of it.
func (d *dist) writeMetadata(ctx context.Context, a *DistArch, dir, sub string, packages []*Selected, sums map[copyID]string) (*rpmmd.Result, error) {
	prefix, at := "", dir
	if sub != "" {
		prefix, at = "../", dir+"/"+sub
	}
	options := d.opts.Metadata
	warn := options.Warn
	options.Warn = func(w rpmmd.Warning) {
		a.Warnings = append(a.Warnings, w)
		if warn != nil {
			warn(w)
		}
	}
	options.Progress = func(done, total int) { d.progress(Progress{a.Arch, MetadataStep, done, total}) }
	w := rpmmd.NewWriter(options)
	if d.opts.Comps != nil && sub == "" {
		if err := w.AddFile(rpmmd.TypeGroup, "comps.xml", bytes.NewReader(d.opts.Comps)); err != nil {
			return nil, err
		}
	}
	headers := ordered.Map(ctx, packages, runtime.GOMAXPROCS(0), func() func(*Selected) header {
		return func(s *Selected) header { return d.readHeader(dir, prefix, s, sums) }
	})
	result, err := w.WriteOrdered(ctx, stageSink{d.stage, at}, len(packages), func(yield func(*rpmmd.Package, error) bool) {
		for h := range headers {
			if !yield(h.pkg, h.err) {
				return
			}
		}
	})
	if err == nil {
		err = ctx.Err() // the iteration may have ended early
	}
	if err == nil && len(packages) == 0 {
		err = d.stage.WriteFile(at+"/"+rpmmd.Dirname+"/EMPTY_REPO", nil)
	}
	return result, err
}

// header is what was read of one rpm.
type header struct {
	pkg *rpmmd.Package
	err error
}

// readHeader reads the copy that is in the repository. If its checksum is on
// record the file is not read beyond the headers; its identity is checked all
// the same.
func (d *dist) readHeader(dir, prefix string, s *Selected, sums map[copyID]string) header {
	file, err := d.stage.Open(dir + "/" + place(s))
	if err != nil {
		return header{err: err}
	}
	defer file.Close()
	pkg, err := d.metadata(file, prefix+place(s), s, sums[copyID{s.ID, s.Key}])
	if err != nil {
		return header{err: fmt.Errorf("%s: %w", s.Path, err)}
	}
	return header{pkg: pkg}
}

func (d *dist) metadata(file *os.File, href string, s *Selected, sum string) (*rpmmd.Package, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	f, err := rpmfile.ReadAt(file, info.Size())
	if err != nil {
		return nil, err
	}
	if md5 := f.Signature.MD5(); md5 != nil && hex.EncodeToString(md5) != s.PayloadHash {
		return nil, koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "is not the rpm on record: its SIGMD5 is %x, not %s", md5, s.PayloadHash)
	}
	if sum == "" || !s.Signed {
		h := sha256.New()
		if _, err := io.Copy(h, file); err != nil {
			return nil, err
		}
		sum = hex.EncodeToString(h.Sum(nil))
	}
	return rpmmd.FromHeader(f, rpmmd.Facts{
		Location: rpmmd.Location{Href: href},
		Checksum: rpmmd.Checksum{Type: rpmmd.SHA256, Value: sum},
		Size:     info.Size(),
		Time:     info.ModTime().Unix(),
	}, rpmmd.ReadOptions{})
}

// stageSink puts metadata into a stage.
type stageSink struct {
	stage *files.Stage
	dir   string
}

// Put stages one file.
func (s stageSink) Put(_ context.Context, out *rpmmd.Output) error {
	var content bytes.Buffer
	if _, err := out.WriteTo(&content); err != nil {
		return err
	}
	return s.stage.WriteFile(s.dir+"/"+rpmmd.Dirname+"/"+out.Name, content.Bytes())
}
