package updateinfo

import "github.com/kojikit/kojikit/internal/xmltext"

// Append appends a document of the advisories to dst, in the order they have. It
// is well formed whatever the strings are: control characters that XML cannot hold
// are left out, and what is not UTF-8 is taken for Latin-1.
func Append(dst []byte, advisories []Advisory) []byte {
	w := writer{xmltext.Builder{Bytes: dst}}
	w.Raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<updates>\n")
	for i := range advisories {
		w.advisory(&advisories[i])
	}
	w.End("", "updates")
	return w.Bytes
}

// writer appends the elements of a document.
type writer struct{ xmltext.Builder }

func (w *writer) advisory(a *Advisory) {
	w.Raw("  <update")
	w.AttrUnlessEmpty("from", a.From)
	w.AttrUnlessEmpty("status", a.Status)
	w.AttrUnlessEmpty("type", a.Type)
	w.AttrUnlessEmpty("version", a.Version)
	w.Raw(">\n")
	w.ElementUnlessEmpty("    ", "id", a.ID)
	w.ElementUnlessEmpty("    ", "title", a.Title)
	w.date("issued", a.Issued)
	w.date("updated", a.Updated)
	w.ElementUnlessEmpty("    ", "rights", a.Rights)
	w.ElementUnlessEmpty("    ", "release", a.Release)
	w.ElementUnlessEmpty("    ", "pushcount", a.PushCount)
	w.ElementUnlessEmpty("    ", "severity", a.Severity)
	w.ElementUnlessEmpty("    ", "summary", a.Summary)
	w.ElementUnlessEmpty("    ", "description", a.Description)
	w.ElementUnlessEmpty("    ", "solution", a.Solution)
	w.suggested("    ", "reboot_suggested", a.RebootSuggested)
	if len(a.References) == 0 {
		w.Raw("    <references/>\n")
	} else {
		w.Raw("    <references>\n")
		for _, r := range a.References {
			w.Raw("      <reference")
			w.AttrUnlessEmpty("href", r.Href)
			w.AttrUnlessEmpty("id", r.ID)
			w.AttrUnlessEmpty("type", r.Type)
			w.AttrUnlessEmpty("title", r.Title)
			w.Raw("/>\n")
		}
		w.End("    ", "references")
	}
	if len(a.Collections) == 0 {
		w.Raw("    <pkglist/>\n")
	} else {
		w.Raw("    <pkglist>\n")
		for i := range a.Collections {
			w.collection(&a.Collections[i])
		}
		w.End("    ", "pkglist")
	}
	w.End("  ", "update")
}

func (w *writer) date(name, date string) {
	if date != "" {
		w.Raw("    <" + name)
		w.Attr("date", date)
		w.Raw("/>\n")
	}
}

func (w *writer) suggested(indent, name string, yes bool) {
	if yes {
		w.Element(indent, name, "True")
	}
}

func (w *writer) collection(c *Collection) {
	w.Raw("      <collection")
	w.AttrUnlessEmpty("short", c.Short)
	w.Raw(">\n")
	w.ElementUnlessEmpty("        ", "name", c.Name)
	if m := c.Module; m != nil {
		w.Raw("        <module")
		w.AttrUnlessEmpty("name", m.Name)
		w.AttrUnlessEmpty("stream", m.Stream)
		w.AttrUnlessEmpty("version", m.Version)
		w.AttrUnlessEmpty("context", m.Context)
		w.AttrUnlessEmpty("arch", m.Arch)
		w.Raw("/>\n")
	}
	for i := range c.Packages {
		w.pkg(&c.Packages[i])
	}
	w.End("      ", "collection")
}

func (w *writer) pkg(p *Package) {
	w.Raw("        <package")
	w.AttrUnlessEmpty("name", p.Name)
	w.AttrUnlessEmpty("version", p.Version)
	w.AttrUnlessEmpty("release", p.Release)
	w.AttrUnlessEmpty("epoch", p.Epoch)
	w.AttrUnlessEmpty("arch", p.Arch)
	w.AttrUnlessEmpty("src", p.Src)
	w.Raw(">\n")
	w.ElementUnlessEmpty("          ", "filename", p.Filename)
	for _, sum := range p.Sums {
		w.Raw("          <sum")
		w.AttrUnlessEmpty("type", string(sum.Type))
		w.Raw(">")
		w.Text(sum.Value)
		w.End("", "sum")
	}
	w.suggested("          ", "reboot_suggested", p.RebootSuggested)
	w.suggested("          ", "restart_suggested", p.RestartSuggested)
	w.suggested("          ", "relogin_suggested", p.ReloginSuggested)
	w.End("        ", "package")
}
