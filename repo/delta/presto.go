package delta

import (
	"cmp"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/kojikit/kojikit/internal/xmlscan"
	"github.com/kojikit/kojikit/internal/xmltext"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

// NewPackage is a package that can be made of older ones.
type NewPackage struct {
	Name, Epoch, Version, Release, Arch string
	Deltas                              []Delta
}

// Delta is a delta rpm.
type Delta struct {
	OldEpoch, OldVersion, OldRelease string // of the package that it needs

	Filename string // below the repository
	Sequence string // what the old package must be like, for applydeltarpm
	Size     int64  // in bytes
	Checksum rpmmd.Checksum
}

// Limits bound the memory that reading a document may take. A field that is zero
// stands for its default. What goes beyond a limit fails with [koji.ErrLimit].
type Limits struct {
	Token   int   // bytes of one tag or text; default 1 MiB
	Package int64 // bytes of XML about one new package; default 16 MiB
}

// Read yields the new packages of an uncompressed prestodelta.xml, one at a time.
// Elements and attributes without a meaning are ignored. After an error, nothing
// more is yielded: one of r, or [koji.ErrLimit], or [koji.ErrInvalid] for a
// document that is not well formed or declares entities.
func Read(r io.Reader, l Limits) iter.Seq2[*NewPackage, error] {
	return func(yield func(*NewPackage, error) bool) {
		s := scanner{xmlscan.New("prestodelta.xml", r, cmp.Or(l.Token, 1<<20))}
		s.Root("prestodelta")
		for s.Child(1) {
			if string(s.Element) != "newpackage" {
				continue
			}
			s.Bound(cmp.Or(l.Package, 16<<20))
			p := s.newPackage()
			s.Bound(0)
			if s.Err() != nil {
				break
			}
			if !yield(p, nil) {
				return
			}
		}
		if err := s.Finish(); err != nil {
			yield(nil, err)
		}
	}
}

// scanner reads the elements of a document.
type scanner struct{ *xmlscan.Scanner }

func (s scanner) newPackage() *NewPackage {
	p := &NewPackage{
		Name: s.AttrString("name"), Epoch: cmp.Or(s.AttrString("epoch"), "0"), Version: s.AttrString("version"),
		Release: s.AttrString("release"), Arch: s.AttrString("arch"),
	}
	for s.Child(2) {
		if string(s.Element) != "delta" {
			continue
		}
		d := Delta{OldEpoch: cmp.Or(s.AttrString("oldepoch"), "0"), OldVersion: s.AttrString("oldversion"), OldRelease: s.AttrString("oldrelease")}
		for s.Child(3) {
			switch string(s.Element) {
			case "filename":
				d.Filename = s.ContentString()
			case "sequence":
				d.Sequence = s.ContentString()
			case "size":
				d.Size = s.ParseInt(s.Content())
			case "checksum":
				t := rpmmd.ChecksumType(s.AttrString("type"))
				d.Checksum = rpmmd.Checksum{Type: t, Value: s.ContentString()}
			}
		}
		p.Deltas = append(p.Deltas, d)
	}
	return p
}

// Append appends a document of the packages to dst, in the order they have; see
// [Sort].
func Append(dst []byte, packages []NewPackage) []byte {
	b := xmltext.Builder{Bytes: dst}
	b.Raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<prestodelta>\n")
	for i := range packages {
		p := &packages[i]
		b.Raw("  <newpackage")
		b.Attr("name", p.Name)
		b.Attr("epoch", p.Epoch)
		b.Attr("version", p.Version)
		b.Attr("release", p.Release)
		b.Attr("arch", p.Arch)
		b.Raw(">\n")
		for _, d := range p.Deltas {
			b.Raw("    <delta")
			b.Attr("oldepoch", d.OldEpoch)
			b.Attr("oldversion", d.OldVersion)
			b.Attr("oldrelease", d.OldRelease)
			b.Raw(">\n")
			b.Element("      ", "filename", d.Filename)
			b.Element("      ", "sequence", d.Sequence)
			b.Element("      ", "size", strconv.FormatInt(d.Size, 10))
			b.Raw("      <checksum")
			b.Attr("type", string(d.Checksum.Type))
			b.Raw(">")
			b.Text(d.Checksum.Value)
			b.End("", "checksum")
			b.End("    ", "delta")
		}
		b.End("  ", "newpackage")
	}
	b.Raw("</prestodelta>\n")
	return b.Bytes
}

// Sort puts packages in the order of their names, EVR and archs, and the deltas of
// each in the order of the EVR of the old package and the name of the file.
func Sort(packages []NewPackage) {
	for _, p := range packages {
		slices.SortFunc(p.Deltas, func(a, b Delta) int {
			return cmp.Or(
				koji.CompareEVR(koji.EVR{Epoch: a.OldEpoch, Version: a.OldVersion, Release: a.OldRelease},
					koji.EVR{Epoch: b.OldEpoch, Version: b.OldVersion, Release: b.OldRelease}),
				strings.Compare(a.Filename, b.Filename),
			)
		})
	}
	slices.SortFunc(packages, func(a, b NewPackage) int {
		return cmp.Or(
			strings.Compare(a.Name, b.Name),
			koji.CompareEVR(koji.EVR{Epoch: a.Epoch, Version: a.Version, Release: a.Release}, koji.EVR{Epoch: b.Epoch, Version: b.Version, Release: b.Release}),
			strings.Compare(a.Arch, b.Arch),
		)
	})
}
