package updateinfo

import (
	"cmp"
	"io"
	"iter"

	"github.com/kojikit/kojikit/internal/xmlscan"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

// Limits bound the memory that reading a document may take. A field that is zero
// stands for its default. What goes beyond a limit fails with [koji.ErrLimit].
type Limits struct {
	Token    int   // bytes of one tag or text; default 1 MiB
	Advisory int64 // bytes of one advisory; default 32 MiB
}

// scanner reads the elements of a document.
type scanner struct{ *xmlscan.Scanner }

// Read yields the advisories of an uncompressed document, one at a time. Elements
// and attributes that no part of [Advisory] stands for are ignored. After an
// error, nothing more is yielded: one of r, or [koji.ErrLimit], or
// [koji.ErrInvalid] for a document that is not well formed or declares entities.
func Read(r io.Reader, l Limits) iter.Seq2[*Advisory, error] {
	return func(yield func(*Advisory, error) bool) {
		s := scanner{xmlscan.New("updateinfo.xml", r, cmp.Or(l.Token, 1<<20))}
		s.Root("updates")
		for s.Child(1) {
			if string(s.Element) != "update" {
				continue
			}
			s.Bound(cmp.Or(l.Advisory, 32<<20))
			a := s.advisory()
			s.Bound(0)
			if s.Err() != nil {
				break
			}
			if !yield(a, nil) {
				return
			}
		}
		if err := s.Finish(); err != nil {
			yield(nil, err)
		}
	}
}

func (s scanner) advisory() *Advisory {
	a := &Advisory{From: s.AttrString("from"), Status: s.AttrString("status"), Type: s.AttrString("type"), Version: s.AttrString("version")}
	for s.Child(2) {
		switch string(s.Element) {
		case "id":
			a.ID = s.ContentString()
		case "title":
			a.Title = s.ContentString()
		case "issued":
			a.Issued = s.AttrString("date")
		case "updated":
			a.Updated = s.AttrString("date")
		case "rights":
			a.Rights = s.ContentString()
		case "release":
			a.Release = s.ContentString()
		case "pushcount":
			a.PushCount = s.ContentString()
		case "severity":
			a.Severity = s.ContentString()
		case "summary":
			a.Summary = s.ContentString()
		case "description":
			a.Description = s.ContentString()
		case "solution":
			a.Solution = s.ContentString()
		case "reboot_suggested":
			a.RebootSuggested = s.suggested()
		case "references":
			for s.Child(3) {
				if string(s.Element) == "reference" {
					a.References = append(a.References, Reference{s.AttrString("href"), s.AttrString("id"), s.AttrString("type"), s.AttrString("title")})
				}
			}
		case "pkglist":
			for s.Child(3) {
				if string(s.Element) == "collection" {
					a.Collections = append(a.Collections, s.collection())
				}
			}
		}
	}
	return a
}

func (s scanner) collection() Collection {
	c := Collection{Short: s.AttrString("short")}
	for s.Child(4) {
		switch string(s.Element) {
		case "name":
			c.Name = s.ContentString()
		case "module":
			c.Module = &Module{s.AttrString("name"), s.AttrString("stream"), s.AttrString("version"), s.AttrString("context"), s.AttrString("arch")}
		case "package":
			c.Packages = append(c.Packages, s.pkg())
		}
	}
	return c
}

func (s scanner) pkg() Package {
	p := Package{
		Name: s.AttrString("name"), Version: s.AttrString("version"), Release: s.AttrString("release"),
		Epoch: s.AttrString("epoch"), Arch: s.AttrString("arch"), Src: s.AttrString("src"),
	}
	for s.Child(5) {
		switch string(s.Element) {
		case "filename":
			p.Filename = s.ContentString()
		case "sum":
			t := rpmmd.ChecksumType(s.AttrString("type"))
			p.Sums = append(p.Sums, rpmmd.Checksum{Type: t, Value: s.ContentString()})
		case "reboot_suggested":
			p.RebootSuggested = s.suggested()
		case "restart_suggested":
			p.RestartSuggested = s.suggested()
		case "relogin_suggested":
			p.ReloginSuggested = s.suggested()
		}
	}
	return p
}

// suggested reads an element that says yes by being there, unless it says
// otherwise.
func (s scanner) suggested() bool {
	switch string(s.Content()) {
	case "False", "false", "0":
		return false
	default:
		return true
	}
}
