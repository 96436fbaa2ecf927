package koji

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds on what [ParsePOM] reads.
const (
	MaxPOMSize  = 4 << 20 // bytes
	MaxPOMDepth = 256     // nested elements

	maxPOMEntities = 256 // different names
)

// ParsePOM reads the coordinates of an artifact from its Maven project file
// (pom.xml). Group id and version may be those of the parent project. Elements are
// told by their names as written, so a file that gives Maven's namespace a prefix
// has none of them; of several values the last one counts.
//
// UTF-8, ISO 8859-1 and ASCII are understood. A reference to an entity that is not
// defined reads as a question mark; a file that defines entities is refused. So is
// one that is not well-formed, that lacks a coordinate, or that exceeds
// [MaxPOMSize] or [MaxPOMDepth] (then the error is an [ErrLimit]). A refusal
// carries the code [FaultGeneric].
func ParsePOM(r io.Reader) (MavenInfo, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxPOMSize+1))
	if err != nil {
		return MavenInfo{}, err
	}
	if len(text) > MaxPOMSize {
		return MavenInfo{}, Errorf(ErrLimit, FaultGeneric, "POM is larger than %d bytes", MaxPOMSize)
	}
	var p pomParser
	if err := p.parse(bytes.TrimPrefix(text, []byte("\ufeff"))); err != nil {
		return MavenInfo{}, err
	}
	m := MavenInfo{
		GroupID:    cmp.Or(p.own.GroupID, p.parent.GroupID),
		ArtifactID: p.own.ArtifactID,
		Version:    cmp.Or(p.own.Version, p.parent.Version),
	}
	for _, name := range []string{"groupId", "artifactId", "version"} {
		if *m.coordinate(name) == "" {
			return MavenInfo{}, Errorf(ErrInvalid, FaultGeneric, "POM has no %s", name)
		}
	}
	return m, nil
}

// coordinate returns the field that a POM element of this name sets, or nil.
func (m *MavenInfo) coordinate(element string) *string {
	switch element {
	case "groupId":
		return &m.GroupID
	case "artifactId":
		return &m.ArtifactID
	case "version":
		return &m.Version
	}
	return nil
}

type pomParser struct {
	own, parent MavenInfo
	open        []string // names of the open elements, the root first
	rooted      bool     // there was a root element
	text        strings.Builder
}

func (p *pomParser) parse(text []byte) error {
	d := xml.NewDecoder(bytes.NewReader(text))
	d.CharsetReader = charsetReader
	d.Entity = undefinedEntities(text)
	if len(d.Entity) > maxPOMEntities {
		return Errorf(ErrLimit, FaultGeneric, "POM refers to more than %d entities", maxPOMEntities)
	}
	for {
		// Raw tokens keep the prefixes of names, but leave it to us to match
		// start and end tags.
		token, err := d.RawToken()
		line, _ := d.InputPos()
		switch {
		case errors.Is(err, io.EOF) && p.rooted && len(p.open) == 0:
			return nil
		case errors.Is(err, io.EOF):
			return Errorf(ErrInvalid, FaultGeneric, "POM, line %d: unexpected end", line)
		case err != nil:
			return Errorf(ErrInvalid, FaultGeneric, "POM: %w", err)
		case len(p.open) > MaxPOMDepth:
			return Errorf(ErrLimit, FaultGeneric, "POM, line %d: elements are nested deeper than %d", line, MaxPOMDepth)
		}
		if err := p.token(token); err != nil {
			return Errorf(ErrInvalid, FaultGeneric, "POM, line %d: %w", line, err)
		}
	}
}

var entityReference = regexp.MustCompile(`&([^\s&;#<>]+);`)

// undefinedEntities gives every entity that a text seems to refer to the value
// that an undefined one has. The decoder asks only for those that XML does not
// define, and only where there is a reference indeed. The map may have one entry
// more than maxPOMEntities.
func undefinedEntities(text []byte) map[string]string {
	entities := map[string]string{}
	for len(entities) <= maxPOMEntities {
		at := entityReference.FindSubmatchIndex(text)
		if at == nil {
			break
		}
		entities[string(text[at[2]:at[3]])] = "?"
		text = text[at[1]:]
	}
	return entities
}

func (p *pomParser) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		if len(p.open) == 0 && p.rooted {
			return errors.New("second root element")
		}
		p.rooted = true
		p.open = append(p.open, qualifiedName(t.Name))
		p.text.Reset()
	case xml.EndElement:
		name := qualifiedName(t.Name)
		outer := len(p.open) - 1
		if outer < 0 || p.open[outer] != name {
			return fmt.Errorf("end tag %q does not match", name)
		}
		p.open = p.open[:outer]
		p.element(name)
		p.text.Reset()
	case xml.CharData:
		if len(p.open) == 0 && len(bytes.TrimSpace(t)) > 0 {
			return errors.New("text outside of the root element")
		}
		p.text.Write(t)
	case xml.Directive:
		if bytes.Contains(t, []byte("<!ENTITY")) {
			return errors.New("the document defines entities")
		}
	}
	return nil
}

// element takes the text of an element that ended if it is a coordinate of the
// project or of its parent.
func (p *pomParser) element(name string) {
	var m *MavenInfo
	switch {
	case endsIn(p.open, "project"):
		m = &p.own
	case endsIn(p.open, "project", "parent"):
		m = &p.parent
	default:
		return
	}
	if field := m.coordinate(name); field != nil {
		*field = strings.TrimFunc(p.text.String(), isBlank)
	}
}

func endsIn(path []string, tail ...string) bool {
	at := len(path) - len(tail)
	return at >= 0 && slices.Equal(path[at:], tail)
}

func qualifiedName(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

// charsetReader decodes the encodings whose bytes are code points; the decoder
// itself knows UTF-8.
func charsetReader(charset string, in io.Reader) (io.Reader, error) {
	switch strings.ToLower(charset) {
	case "iso-8859-1", "us-ascii":
		return &latin1Reader{in: in}, nil
	}
	return nil, errors.New("unknown encoding " + charset)
}

// latin1Reader turns ISO 8859-1 into UTF-8.
type latin1Reader struct {
	in  io.Reader
	raw [512]byte
}

func (r *latin1Reader) Read(out []byte) (int, error) {
	if len(out) < utf8.UTFMax {
		return 0, io.ErrShortBuffer
	}
	n, err := r.in.Read(r.raw[:min(len(r.raw), len(out)/2)])
	utf := out[:0]
	for _, b := range r.raw[:n] {
		utf = utf8.AppendRune(utf, rune(b))
	}
	return len(utf), err
}
