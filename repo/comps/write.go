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
	w := writer{append(dst, prolog...)}
	if c.Comment != "" {
		w.comment("", c.Comment)
	}
	w.raw("<comps>\n")
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
		w.raw("  </environment>\n")
	}
	for i := range c.Categories {
		k := &c.Categories[i]
		w.open("category", k.Arch)
		w.described(k.ID, k.Name, k.Description)
		w.order(k.DisplayOrder)
		w.groupIDs("grouplist", k.Groups)
		w.raw("  </category>\n")
	}
	list(&w, "langpacks", c.Langpacks, func(l Langpack) {
		w.raw("    <match")
		w.attr("install", l.Install)
		w.attr("name", l.Name)
	})
	list(&w, "blacklist", c.Blacklist, func(p BlockedPackage) {
		w.raw("    <package")
		w.attr("name", p.Name)
		w.optional("arch", p.Arch)
	})
	list(&w, "whiteout", c.Whiteout, func(d IgnoredDependency) {
		w.raw("    <ignoredep")
		w.attr("requires", d.Requires)
		w.attr("package", d.Package)
	})
	w.raw("</comps>\n")
	return w.dst
}

// writer appends XML.
type writer struct{ dst []byte }

func (w *writer) raw(s string) { w.dst = append(w.dst, s...) }

func (w *writer) text(s string) { w.dst = xmltext.AppendText(w.dst, s) }

func (w *writer) attr(name, value string) {
	w.raw(" " + name + `="`)
	w.dst = xmltext.AppendAttr(w.dst, value)
	w.raw(`"`)
}

// optional writes an attribute unless it is empty.
func (w *writer) optional(name, value string) {
	if value != "" {
		w.attr(name, value)
	}
}

func (w *writer) element(name, text string) {
	w.raw("    <" + name + ">")
	w.text(text)
	w.raw("</" + name + ">\n")
}

func (w *writer) boolean(name string, value bool) {
	w.element(name, strconv.FormatBool(value))
}

// comment writes a comment. XML allows neither two hyphens in it nor one at its
// end, and has no way to write them.
func (w *writer) comment(indent, text string) {
	w.raw(indent + "<!-- ")
	for _, c := range xmltext.AppendText(nil, text) {
		if c == '-' && w.dst[len(w.dst)-1] == '-' {
			w.raw(" ")
		}
		w.dst = append(w.dst, c)
	}
	w.raw(" -->\n")
}

func (w *writer) open(name, arch string) {
	w.raw("  <" + name)
	w.optional("arch", arch)
	w.raw(">\n")
}

func (w *writer) described(id string, name, description Text) {
	w.element("id", id)
	w.translated("name", name)
	w.translated("description", description)
}

func (w *writer) translated(name string, t Text) {
	w.element(name, t.Value)
	for _, other := range t.Translations {
		w.raw("    <" + name)
		w.attr("xml:lang", other.Lang)
		w.raw(">")
		w.text(other.Value)
		w.raw("</" + name + ">\n")
	}
}

func (w *writer) order(n *int) {
	if n != nil {
		w.element("display_order", strconv.Itoa(*n))
	}
}

func (w *writer) group(g *Group) {
	w.open("group", g.Arch)
	w.described(g.ID, g.Name, g.Description)
	w.boolean("default", g.Default)
	w.boolean("uservisible", g.UserVisible)
	if g.BiarchOnly {
		w.boolean("biarchonly", true)
	}
	if g.LangOnly != "" {
		w.element("langonly", g.LangOnly)
	}
	w.order(g.DisplayOrder)
	if len(g.Groups) > 0 {
		w.raw("    <grouplist>\n")
		for _, q := range g.Groups {
			name := "groupreq"
			if q.MetaPackage {
				name = "metapkg"
			}
			w.raw("      <" + name)
			w.optional("type", q.Type)
			w.raw(">")
			w.text(q.ID)
			w.raw("</" + name + ">\n")
		}
		w.raw("    </grouplist>\n")
	}
	w.raw("    <packagelist>\n")
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
	w.raw("    </packagelist>\n  </group>\n")
}

func (w *writer) packages(packages []Package) {
	for i := range packages {
		p := &packages[i]
		w.raw("      <packagereq")
		w.optional("type", p.Type)
		if p.BaseArchOnly {
			w.attr("basearchonly", "true")
		}
		w.optional("requires", p.Requires)
		w.optional("arch", p.Arch)
		w.raw(">")
		w.text(p.Name)
		w.raw("</packagereq>\n")
	}
}

func (w *writer) groupIDs(name string, ids []GroupID) {
	if len(ids) == 0 {
		return
	}
	w.raw("    <" + name + ">\n")
	for _, g := range ids {
		w.raw("      <groupid")
		if g.Default {
			w.attr("default", "true")
		}
		w.optional("arch", g.Arch)
		w.raw(">")
		w.text(g.ID)
		w.raw("</groupid>\n")
	}
	w.raw("    </" + name + ">\n")
}

// list writes an element of empty elements, or nothing if there are none.
func list[T any](w *writer, name string, items []T, start func(T)) {
	if len(items) == 0 {
		return
	}
	w.raw("  <" + name + ">\n")
	for _, item := range items {
		start(item)
		w.raw("/>\n")
	}
	w.raw("  </" + name + ">\n")
}
