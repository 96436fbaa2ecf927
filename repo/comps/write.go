package comps

import (
	"io"
	"strconv"

	"github.com/kojikit/kojikit/internal/xmltext"
)

const prolog = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE comps PUBLIC "-//Red Hat, Inc.//DTD Comps info//EN" "comps.dtd">

`

// WriteTo writes the document to w. It implements [io.WriterTo].
func (c *Comps) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(c.Append(nil))
	return int64(n), err
}

// Append appends the document to dst, with everything in the order it has. The
// document is well formed whatever the strings are: control characters that XML
// cannot hold are left out, and what is not UTF-8 is taken for Latin-1.
func (c *Comps) Append(dst []byte) []byte {
	w := writer{xmltext.Builder{Bytes: append(dst, prolog...)}}
	if c.Comment != "" {
		w.comment("", c.Comment)
	}
	w.Raw("<comps>\n")
	for i := range c.Groups {
		w.group(&c.Groups[i])
	}
	for i := range c.Environments {
		e := &c.Environments[i]
		w.open("environment", e.Arch)
		w.described(e.ID, e.Name, e.Description)
		w.order(e.DisplayOrder)
		w.groupIDs("grouplist", e.Groups)
		w.groupIDs("optionlist", e.Options)
		w.Raw("  </environment>\n")
	}
	for i := range c.Categories {
		k := &c.Categories[i]
		w.open("category", k.Arch)
		w.described(k.ID, k.Name, k.Description)
		w.order(k.DisplayOrder)
		w.groupIDs("grouplist", k.Groups)
		w.Raw("  </category>\n")
	}
	list(&w, "langpacks", c.Langpacks, func(l Langpack) {
		w.Raw("    <match")
		w.Attr("install", l.Install)
		w.Attr("name", l.Name)
	})
	list(&w, "blacklist", c.Blacklist, func(p BlockedPackage) {
		w.Raw("    <package")
		w.Attr("name", p.Name)
		w.AttrUnlessEmpty("arch", p.Arch)
	})
	list(&w, "whiteout", c.Whiteout, func(d IgnoredDependency) {
		w.Raw("    <ignoredep")
		w.Attr("requires", d.Requires)
		w.Attr("package", d.Package)
	})
	w.Raw("</comps>\n")
	return w.Bytes
}

// writer appends the elements of a document.
type writer struct{ xmltext.Builder }

// comment writes a comment. XML allows neither two hyphens in it nor one at its
// end, and has no way to write them.
func (w *writer) comment(indent, text string) {
	w.Raw(indent + "<!-- ")
	for _, c := range xmltext.AppendText(nil, text) {
		if c == '-' && w.Bytes[len(w.Bytes)-1] == '-' {
			w.Raw(" ")
		}
		w.Bytes = append(w.Bytes, c)
	}
	w.Raw(" -->\n")
}

func (w *writer) open(name, arch string) {
	w.Raw("  <" + name)
	w.AttrUnlessEmpty("arch", arch)
	w.Raw(">\n")
}

func (w *writer) described(id string, name, description Text) {
	w.Element("    ", "id", id)
	w.translated("name", name)
	w.translated("description", description)
}

func (w *writer) translated(name string, t Text) {
	w.Element("    ", name, t.Value)
	for _, other := range t.Translations {
		w.Raw("    <" + name)
		w.Attr("xml:lang", other.Lang)
		w.Raw(">")
		w.Text(other.Value)
		w.End("", name)
	}
}

func (w *writer) order(n *int) {
	if n != nil {
		w.Element("    ", "display_order", strconv.Itoa(*n))
	}
}

func (w *writer) group(g *Group) {
	w.open("group", g.Arch)
	w.described(g.ID, g.Name, g.Description)
	w.Element("    ", "default", strconv.FormatBool(g.Default))
	w.Element("    ", "uservisible", strconv.FormatBool(g.UserVisible))
	if g.BiarchOnly {
		w.Element("    ", "biarchonly", "true")
	}
	w.ElementUnlessEmpty("    ", "langonly", g.LangOnly)
	w.order(g.DisplayOrder)
	if len(g.Groups) > 0 {
		w.Raw("    <grouplist>\n")
		for _, q := range g.Groups {
			name := "groupreq"
			if q.MetaPackage {
				name = "metapkg"
			}
			w.Raw("      <" + name)
			w.AttrUnlessEmpty("type", q.Type)
			w.Raw(">")
			w.Text(q.ID)
			w.End("", name)
		}
		w.Raw("    </grouplist>\n")
	}
	w.Raw("    <packagelist>\n")
	w.packages(g.Packages)
	for i := range g.Expansions {
		x := &g.Expansions[i]
		if x.Missing {
			w.comment("      ", "no group "+x.ID)
			continue
		}
		w.comment("      ", "from group "+x.ID)
		w.packages(x.Packages)
	}
	w.Raw("    </packagelist>\n  </group>\n")
}

func (w *writer) packages(packages []Package) {
	for i := range packages {
		p := &packages[i]
		w.Raw("      <packagereq")
		w.AttrUnlessEmpty("type", p.Type)
		if p.BaseArchOnly {
			w.Attr("basearchonly", "true")
		}
		w.AttrUnlessEmpty("requires", p.Requires)
		w.AttrUnlessEmpty("arch", p.Arch)
		w.Raw(">")
		w.Text(p.Name)
		w.Raw("</packagereq>\n")
	}
}

func (w *writer) groupIDs(name string, ids []GroupID) {
	if len(ids) == 0 {
		return
	}
	w.Raw("    <" + name + ">\n")
	for _, g := range ids {
		w.Raw("      <groupid")
		if g.Default {
			w.Attr("default", "true")
		}
		w.AttrUnlessEmpty("arch", g.Arch)
		w.Raw(">")
		w.Text(g.ID)
		w.Raw("</groupid>\n")
	}
	w.End("    ", name)
}

// list writes an element of empty elements, or nothing if there are none.
func list[T any](w *writer, name string, items []T, start func(T)) {
	if len(items) == 0 {
		return
	}
	w.Raw("  <" + name + ">\n")
	for _, item := range items {
		start(item)
		w.Raw("/>\n")
	}
	w.End("  ", name)
}
