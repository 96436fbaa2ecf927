package comps

import (
	"cmp"
	"io"
	"iter"
	"strings"

	"github.com/kojikit/kojikit/internal/xmlscan"
)

// Limits bound the memory that reading a document may take. A field that is zero
// stands for its default. What goes beyond a limit fails with [koji.ErrLimit].
type Limits struct {
	Token    int   // bytes of one tag or text; default 1 MiB
	Document int64 // bytes; default 32 MiB
}

// scanner reads the elements of a document.
type scanner struct{ *xmlscan.Scanner }

func newScanner(r io.Reader, l Limits) *scanner {
	s := &scanner{xmlscan.New("comps.xml", r, cmp.Or(l.Token, 1<<20))}
	s.Bound(cmp.Or(l.Document, 32<<20))
	s.Root("comps")
	return s
}

// Read reads an uncompressed document. Elements and attributes that no part of
// [Comps] stands for are ignored, comments too. A document that is not well
// formed, or that declares entities, is [koji.ErrInvalid].
func Read(r io.Reader, l Limits) (*Comps, error) {
	c := &Comps{}
	s := newScanner(r, l)
	for s.Child(1) {
		switch string(s.Element) {
		case "group":
			c.Groups = append(c.Groups, *s.group())
		case "environment":
			c.Environments = append(c.Environments, s.environment())
		case "category":
			c.Categories = append(c.Categories, s.category())
		case "langpacks":
			for s.Child(2) {
				if string(s.Element) == "match" {
					c.Langpacks = append(c.Langpacks, Langpack{s.AttrString("name"), s.AttrString("install")})
				}
			}
		case "blacklist":
			for s.Child(2) {
				if string(s.Element) == "package" {
					c.Blacklist = append(c.Blacklist, BlockedPackage{s.AttrString("name"), s.AttrString("arch")})
				}
			}
		case "whiteout":
			for s.Child(2) {
				if string(s.Element) == "ignoredep" {
					c.Whiteout = append(c.Whiteout, IgnoredDependency{s.AttrString("package"), s.AttrString("requires")})
				}
			}
		}
	}
	if err := s.Finish(); err != nil {
		return nil, err
	}
	return c, nil
}

// Groups yields the groups of a document, one at a time, with memory for one
// only. After an error, which is one of those of [Read], nothing more is yielded.
func Groups(r io.Reader, l Limits) iter.Seq2[*Group, error] {
	return func(yield func(*Group, error) bool) {
		s := newScanner(r, l)
		for s.Child(1) {
			if string(s.Element) != "group" {
				continue
			}
			g := s.group()
			if s.Err() != nil {
				break
			}
			if !yield(g, nil) {
				return
			}
		}
		if err := s.Finish(); err != nil {
			yield(nil, err)
		}
	}
}

func (s *scanner) group() *Group {
	g := &Group{UserVisible: true, Arch: s.AttrString("arch")}
	for s.Child(2) {
		switch string(s.Element) {
		case "id":
			g.ID = s.name()
		case "name":
			s.text(&g.Name)
		case "description":
			s.text(&g.Description)
		case "default":
			g.Default = s.boolean()
		case "uservisible":
			g.UserVisible = s.boolean()
		case "biarchonly":
			g.BiarchOnly = s.boolean()
		case "langonly":
			g.LangOnly = s.name()
		case "display_order":
			g.DisplayOrder = s.order()
		case "packagelist":
			g.Packages = s.packages(g.Packages)
		case "grouplist":
			g.Groups = s.requirements(g.Groups)
		}
	}
	return g
}

// packages reads a list of packages. Those without a name say nothing.
func (s *scanner) packages(list []Package) []Package {
	for s.Child(3) {
		if string(s.Element) != "packagereq" {
			continue
		}
		p := Package{
			Type:         s.AttrString("type"),
			Requires:     s.AttrString("requires"),
			BaseArchOnly: isTrue(s.Attr("basearchonly")),
			Arch:         s.AttrString("arch"),
		}
		if p.Name = s.name(); p.Name != "" {
			list = append(list, p)
		}
	}
	return list
}

func (s *scanner) requirements(list []Requirement) []Requirement {
	for s.Child(3) {
		q := Requirement{Type: s.AttrString("type")}
		switch string(s.Element) {
		case "groupreq":
		case "metapkg":
			q.MetaPackage = true
		default:
			continue
		}
		if q.ID = s.name(); q.ID != "" {
			list = append(list, q)
		}
	}
	return list
}

func (s *scanner) environment() Environment {
	e := Environment{Arch: s.AttrString("arch")}
	for s.Child(2) {
		switch string(s.Element) {
		case "id":
			e.ID = s.name()
		case "name":
			s.text(&e.Name)
		case "description":
			s.text(&e.Description)
		case "display_order":
			e.DisplayOrder = s.order()
		case "grouplist":
			e.Groups = s.groupIDs(e.Groups)
		case "optionlist":
			e.Options = s.groupIDs(e.Options)
		}
	}
	return e
}

func (s *scanner) category() Category {
	c := Category{Arch: s.AttrString("arch")}
	for s.Child(2) {
		switch string(s.Element) {
		case "id":
			c.ID = s.name()
		case "name":
			s.text(&c.Name)
		case "description":
			s.text(&c.Description)
		case "display_order":
			c.DisplayOrder = s.order()
		case "grouplist":
			c.Groups = s.groupIDs(c.Groups)
		}
	}
	return c
}

func (s *scanner) groupIDs(list []GroupID) []GroupID {
	for s.Child(3) {
		if string(s.Element) != "groupid" {
			continue
		}
		g := GroupID{Default: isTrue(s.Attr("default")), Arch: s.AttrString("arch")}
		if g.ID = s.name(); g.ID != "" {
			list = append(list, g)
		}
	}
	return list
}

// text reads text or one of its translations.
func (s *scanner) text(t *Text) {
	lang := s.AttrString("xml:lang")
	value := s.ContentString()
	if lang == "" {
		t.Value = value
	} else {
		t.Translations = append(t.Translations, Translation{lang, value})
	}
}

// name reads a name, around which there may be white space.
func (s *scanner) name() string { return strings.TrimSpace(s.ContentString()) }

func (s *scanner) boolean() bool { return isTrue(s.Content()) }

func (s *scanner) order() *int {
	n := int(s.ParseInt(s.Content()))
	return &n
}

func isTrue(b []byte) bool {
	switch strings.ToLower(strings.TrimSpace(string(b))) {
	case "true", "yes", "1":
		return true
	default:
		return false
	}
}
