package xmltext

// Builder makes a document, piece by piece. Its zero value is an empty one.
type Builder struct {
	Bytes []byte // what is made so far
}

// Raw appends XML as it is.
func (b *Builder) Raw(xml string) { b.Bytes = append(b.Bytes, xml...) }

// Text appends character data.
func (b *Builder) Text(s string) { b.Bytes = AppendText(b.Bytes, s) }

// Attr appends an attribute, with a blank before it.
func (b *Builder) Attr(name, value string) {
	b.Raw(" ")
	b.Raw(name)
	b.Raw(`="`)
	b.Bytes = AppendAttr(b.Bytes, value)
	b.Raw(`"`)
}

// AttrUnlessEmpty appends an attribute if there is anything to say.
func (b *Builder) AttrUnlessEmpty(name, value string) {
	if value != "" {
		b.Attr(name, value)
	}
}

// Element appends an element that holds character data, on a line of its own.
func (b *Builder) Element(indent, name, text string) {
	b.Raw(indent)
	b.Raw("<")
	b.Raw(name)
	b.Raw(">")
	b.Text(text)
	b.End("", name)
}

// ElementUnlessEmpty appends an element if there is anything to say.
func (b *Builder) ElementUnlessEmpty(indent, name, text string) {
	if text != "" {
		b.Element(indent, name, text)
	}
}

// End appends an end tag and ends the line.
func (b *Builder) End(indent, name string) {
	b.Raw(indent)
	b.Raw("</")
	b.Raw(name)
	b.Raw(">\n")
}
