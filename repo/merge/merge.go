package merge

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"path"
	"slices"

	"github.com/kojikit/kojikit/repo/modules"
	"github.com/kojikit/kojikit/repo/rpmmd"
	"github.com/kojikit/kojikit/repo/updateinfo"
)

// Mode is which packages a merged repository has.
type Mode int

const (
	// Koji takes all packages of one build from one repository: the first that
	// has any package of the same source, and there those of its newest version.
	// So an older build in the first repository hides the newer ones of all
	// others. Of packages with the same name, version, release and arch the first
	// is taken.
	Koji Mode = iota
	// Simple takes all packages, even the same one from several repositories.
	Simple
	// Bare takes the first package of each name, epoch, version, release and arch,
	// and knows no blocked ones.
	Bare
)

// Updateinfo is what becomes of the advisories of the sources.
type Updateinfo int

// What becomes of advisories.
const (
	EmptyUpdateinfo  Updateinfo = iota // none is taken, and the document that says so is written
	NoUpdateinfo                       // there is no document
	MergedUpdateinfo                   // all are taken; see [updateinfo.Merge]
)

// Source is a repository to merge.
type Source struct {
	Repository *rpmmd.Repository

	// URL is where clients find the repository. It becomes the base of those of
	// its packages that have none, except in the first source, and with a slash at
	// its end the origin of all.
	URL string
}

// Options say what is merged, and how it is written. The zero value merges as Koji
// does.
type Options struct {
	Mode Mode

	// Arches are the archs whose packages are taken, besides noarch. None stands
	// for no others, and in mode Bare for all. Except in mode Bare they are
	// expanded, see [ExpandArches].
	Arches     []string
	ArchExpand bool // expand them in mode Bare too

	// Blocked are names of source packages that nothing is taken of, except in
	// mode Bare.
	Blocked []string

	// Groups is a comps document; without it, that of the first source that has
	// one is taken.
	Groups     []byte
	Updateinfo Updateinfo

	// Waiting is how many packages of one source may wait in memory for their
	// turn; more of them wait in a temporary file. The default is 4096.
	Waiting int

	// Writer says how the repository is written. Its Order does not count.
	Writer rpmmd.Options
}

// OriginType is the type of the record that says where packages are from: a line
// for each, its name, version, release and arch, a tab and the URL of its source.
const OriginType = "origin"

// Write merges the sources, of which the first is the local one and earlier ones go
// before later ones, and writes the result to sink.
//
// Errors are those of reading the sources and of [rpmmd.Writer.WriteOrdered]. A
// source with a package whose name, version, release or arch holds white space is
// [koji.ErrInvalid]: its lines in the record [OriginType] could speak for other
// packages. A source whose metadata changes while it is read is [koji.ErrConflict] or
// [koji.ErrMismatch].
func Write(ctx context.Context, sink rpmmd.Sink, sources []Source, o Options) (*rpmmd.Result, error) {
	chosen := newSelection(&o, sources)
	for i, source := range sources {
		n := 0
		for p, err := range source.Repository.Summaries(ctx) {
			if err == nil {
				err = chosen.see(p, i, n)
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", source.URL, err)
			}
			n++
		}
	}
	taken := chosen.choose()
	o.Writer.Order = rpmmd.ByName
	w := rpmmd.NewWriter(o.Writer)
	if err := w.AddFile(OriginType, "pkgorigins", bytes.NewReader(origins(taken, chosen.bases))); err != nil {
		return nil, err
	}
	for _, add := range []func(*rpmmd.Writer, []Source, *Options) error{addGroups, addUpdateinfo, addModules} {
		if err := add(w, sources, &o); err != nil {
			return nil, err
		}
	}
	return w.WriteOrdered(ctx, sink, len(taken), packages(ctx, sources, taken, o.Waiting))
}

// origins returns the document of that type. A package that is there twice, which
// clients could not tell apart, is listed once.
func origins(taken []entry, bases []string) []byte {
	var doc []byte
	type identity struct{ name, epoch string }
	first := map[identity]int{} // index of the source that comes first
	for i := range taken {
		e := &taken[i]
		id := identity{e.nvra(), e.epoch}
		if repo, ok := first[id]; !ok || e.repo < repo {
			first[id] = e.repo
		}
	}
	for i := range taken {
		e := &taken[i]
		id := identity{e.nvra(), e.epoch}
		if repo, ok := first[id]; ok {
			doc = fmt.Appendf(doc, "%s\t%s/\n", id.name, bases[repo])
			delete(first, id)
		}
	}
	return doc
}

// addGroups adds the comps document there is.
func addGroups(w *rpmmd.Writer, sources []Source, o *Options) error {
	if o.Groups != nil {
		return w.AddFile(rpmmd.TypeGroup, "comps.xml", bytes.NewReader(o.Groups))
	}
	for _, source := range sources {
		for _, typ := range []string{rpmmd.TypeGroup, "group_gz", "group_xz", "group_zst"} {
			if record, ok := source.Repository.Repomd.Record(typ); ok {
				return copyGroups(w, source, record)
			}
		}
	}
	return nil
}

func copyGroups(w *rpmmd.Writer, source Source, record rpmmd.Record) error {
	f, err := source.Repository.OpenRecord(record)
	if err != nil {
		return fmt.Errorf("%s: %w", source.URL, err)
	}
	defer f.Close()
	return w.AddFile(rpmmd.TypeGroup, "comps.xml", f)
}

func addUpdateinfo(w *rpmmd.Writer, sources []Source, o *Options) error {
	var advisories []updateinfo.Advisory
	switch o.Updateinfo {
	case NoUpdateinfo:
		return nil
	case MergedUpdateinfo:
		documents := documents(sources, updateinfo.RecordType, func(r io.Reader) iter.Seq2[*updateinfo.Advisory, error] {
			return updateinfo.Read(r, updateinfo.Limits{})
		})
		var err error
		if advisories, err = updateinfo.Merge(documents...); err != nil {
			return err
		}
	}
	return w.AddFile(updateinfo.RecordType, "updateinfo.xml", bytes.NewReader(updateinfo.Append(nil, advisories)))
}

// addModules adds the modules of all sources, if there are any.
func addModules(w *rpmmd.Writer, sources []Source, _ *Options) error {
	merged, err := modules.Merge(documents(sources, modules.RecordType, func(r io.Reader) iter.Seq2[*modules.Document, error] {
		return modules.Read(r, modules.Limits{})
	})...)
	if err != nil || len(merged) == 0 {
		return err
	}
	return w.AddFile(modules.RecordType, "modules.yaml", bytes.NewReader(modules.Append(nil, merged)))
}

// documents returns a sequence of what the records of a type hold, for each source
// that has one.
func documents[T any](sources []Source, typ string, read func(io.Reader) iter.Seq2[T, error]) []iter.Seq2[T, error] {
	var list []iter.Seq2[T, error]
	for _, source := range sources {
		record, ok := source.Repository.Repomd.Record(typ)
		if !ok {
			continue
		}
		list = append(list, func(yield func(T, error) bool) {
			f, err := source.Repository.OpenRecord(record)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			defer f.Close()
			for item, err := range read(f) {
				if err != nil {
					err = fmt.Errorf("%s: %s: %w", source.URL, path.Base(record.Location.Href), err)
				}
				if !yield(item, err) {
					return
				}
			}
		})
	}
	return slices.Clip(list)
}
