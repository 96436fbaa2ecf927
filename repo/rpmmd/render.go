package rpmmd

import (
	"cmp"
	"strconv"

	"github.com/kojikit/kojikit/internal/xmltext"
)

// AppendPrimary appends the package's element of primary.xml to dst, from
// column 0 through its final newline.
func (p *Package) AppendPrimary(dst []byte) []byte {
	dst = append(dst, "<package type=\"rpm\">\n"...)
	dst = appendElement(dst, "  ", "name", p.Name)
	dst = appendElement(dst, "  ", "arch", p.Arch)
	dst = p.appendVersion(dst)
	dst = append(dst, "  <checksum type=\""...)
	dst = xmltext.AppendAttr(dst, string(p.Checksum.Type))
	dst = append(dst, "\" pkgid=\"YES\">"...)
	dst = xmltext.AppendText(dst, p.Checksum.Value)
	dst = append(dst, "</checksum>\n"...)
	dst = appendElement(dst, "  ", "summary", p.Summary)
	dst = appendElement(dst, "  ", "description", p.Description)
	dst = appendElement(dst, "  ", "packager", p.Packager)
	dst = appendElement(dst, "  ", "url", p.URL)
	dst = append(dst, "  <time"...)
	dst = appendIntAttr(dst, "file", p.FileTime)
	dst = appendIntAttr(dst, "build", p.BuildTime)
	dst = append(dst, "/>\n  <size"...)
	dst = appendIntAttr(dst, "package", p.Size)
	dst = appendIntAttr(dst, "installed", p.InstalledSize)
	dst = appendIntAttr(dst, "archive", p.ArchiveSize)
	dst = append(dst, "/>\n  <location"...)
	dst = p.Location.appendAttrs(dst)
	dst = append(dst, "/>\n  <format>\n"...)
	dst = appendElement(dst, "    ", "rpm:license", p.License)
	dst = appendElement(dst, "    ", "rpm:vendor", p.Vendor)
	dst = appendElement(dst, "    ", "rpm:group", p.Group)
	dst = appendElement(dst, "    ", "rpm:buildhost", p.BuildHost)
	dst = appendElement(dst, "    ", "rpm:sourcerpm", p.SourceRPM)
	dst = append(dst, "    <rpm:header-range"...)
	dst = appendIntAttr(dst, "start", p.HeaderStart)
	dst = appendIntAttr(dst, "end", p.HeaderEnd)
	dst = append(dst, "/>\n"...)
	for _, list := range p.dependencies() {
		dst = list.append(dst)
	}
	var dir directory
	for f := range primaryFiles(p.Files) {
		dst = append(dst, "    "...)
		dst = f.append(dst, &dir)
	}
	return append(dst, "  </format>\n</package>\n"...)
}

// AppendFilelists appends the package's element of filelists.xml to dst, as
// [Package.AppendPrimary] does.
func (p *Package) AppendFilelists(dst []byte) []byte {
	dst = p.appendOpening(dst)
	var dir directory
	for i := range p.Files {
		dst = append(dst, "  "...)
		dst = p.Files[i].append(dst, &dir)
	}
	return append(dst, "</package>\n"...)
}

// AppendFilelistsExt appends the package's element of filelists-ext.xml to dst, as
// [Package.AppendPrimary] does. A package without digests has the checksum type
// "unknown".
func (p *Package) AppendFilelistsExt(dst []byte) []byte {
	dst = p.appendOpening(dst)
	dst = append(dst, "  <checksum"...)
	dst = appendStringAttr(dst, "type", cmp.Or(p.DigestType, "unknown"))
	dst = append(dst, "/>\n"...)
	var dir directory
	for i := range p.Files {
		digest := ""
		if i < len(p.FileDigests) {
			digest = p.FileDigests[i]
		}
		dst = append(dst, "  "...)
		dst = p.Files[i].appendDigest(dst, &dir, digest)
	}
	return append(dst, "</package>\n"...)
}

// AppendOther appends the package's element of other.xml to dst, as
// [Package.AppendPrimary] does.
func (p *Package) AppendOther(dst []byte) []byte {
	dst = p.appendOpening(dst)
	for i := range p.Changelogs {
		c := &p.Changelogs[i]
		dst = append(dst, "  <changelog author=\""...)
		dst = xmltext.AppendAttr(dst, c.Author)
		dst = append(dst, '"')
		dst = appendIntAttr(dst, "date", c.Time)
		dst = append(dst, '>')
		dst = xmltext.AppendText(dst, c.Text)
		dst = append(dst, "</changelog>\n"...)
	}
	return append(dst, "</package>\n"...)
}

// appendOpening appends what begins an element of filelists.xml and other.xml.
func (p *Package) appendOpening(dst []byte) []byte {
	dst = append(dst, "<package"...)
	dst = appendStringAttr(dst, "pkgid", p.Checksum.Value)
	dst = appendStringAttr(dst, "name", p.Name)
	dst = appendStringAttr(dst, "arch", p.Arch)
	dst = append(dst, ">\n"...)
	return p.appendVersion(dst)
}

func (p *Package) appendVersion(dst []byte) []byte {
	dst = append(dst, "  <version"...)
	dst = appendStringAttr(dst, "epoch", p.Epoch)
	dst = appendStringAttr(dst, "ver", p.Version)
	dst = appendStringAttr(dst, "rel", p.Release)
	return append(dst, "/>\n"...)
}

// appendAttrs appends the attributes of a location element of primary.xml. A base
// that is a path becomes a URL.
func (l Location) appendAttrs(dst []byte) []byte {
	if l.Base != "" {
		dst = append(dst, " xml:base=\""...)
		if l.Base[0] == '/' {
			dst = append(dst, "file://"...)
		}
		dst = xmltext.AppendAttr(dst, l.Base)
		dst = append(dst, '"')
	}
	return appendStringAttr(dst, "href", l.Href)
}

// append appends the list as an element of primary.xml, or nothing if it is
// empty. Entries without a name are skipped.
func (l dependencyList) append(dst []byte) []byte {
	deps := *l.deps
	if len(deps) == 0 {
		return dst
	}
	dst = append(dst, "    <rpm:"...)
	dst = append(dst, l.name...)
	start := len(dst)
	dst = append(dst, ">\n"...)
	body := len(dst)
	for i := range deps {
		if deps[i].Name != "" {
			dst = deps[i].append(dst)
		}
	}
	if len(dst) == body {
		return append(dst[:start], "/>\n"...)
	}
	dst = append(dst, "    </rpm:"...)
	dst = append(dst, l.name...)
	return append(dst, ">\n"...)
}

func (d *Dependency) append(dst []byte) []byte {
	dst = append(dst, "      <rpm:entry"...)
	dst = appendStringAttr(dst, "name", d.Name)
	if d.Sense != SenseAny {
		dst = appendStringAttr(dst, "flags", d.Sense.String())
		if d.Epoch != "" {
			dst = appendStringAttr(dst, "epoch", d.Epoch)
		}
		if d.Version != "" {
			dst = appendStringAttr(dst, "ver", d.Version)
		}
		if d.Release != "" {
			dst = appendStringAttr(dst, "rel", d.Release)
		}
	}
	if d.Pre {
		dst = append(dst, " pre=\"1\""...)
	}
	return append(dst, "/>\n"...)
}

// directory remembers where in the output the directory of the last file is:
// the next one is mostly in the same.
type directory struct {
	name       string
	start, end int
}

func (f *File) append(dst []byte, last *directory) []byte {
	return f.appendDigest(dst, last, "")
}

func (f *File) appendDigest(dst []byte, last *directory, digest string) []byte {
	switch f.Type {
	case Directory:
		dst = append(dst, "<file type=\"dir\""...)
	case GhostFile:
		dst = append(dst, "<file type=\"ghost\""...)
	default:
		dst = append(dst, "<file"...)
	}
	if digest != "" {
		dst = appendStringAttr(dst, "hash", digest)
	}
	dst = append(dst, '>')
	start := len(dst)
	switch {
	case f.Dir == last.name:
		dst = append(dst, dst[last.start:last.end]...)
		dst = xmltext.AppendText(dst, f.Base)
	case xmltext.IsASCII(f.Dir):
		dst = xmltext.AppendText(dst, f.Dir)
		*last = directory{f.Dir, start, len(dst)}
		dst = xmltext.AppendText(dst, f.Base)
	default:
		// Whether a path is UTF-8 is decided over the whole of it.
		dst = xmltext.AppendText(dst, f.Path())
	}
	return append(dst, "</file>\n"...)
}

func appendElement(dst []byte, indent, name, text string) []byte {
	dst = append(dst, indent...)
	dst = append(dst, '<')
	dst = append(dst, name...)
	dst = append(dst, '>')
	dst = xmltext.AppendText(dst, text)
	dst = append(dst, "</"...)
	dst = append(dst, name...)
	return append(dst, ">\n"...)
}

func appendStringAttr(dst []byte, name, value string) []byte {
	dst = append(dst, ' ')
	dst = append(dst, name...)
	dst = append(dst, "=\""...)
	dst = xmltext.AppendAttr(dst, value)
	return append(dst, '"')
}

func appendIntAttr(dst []byte, name string, value int64) []byte {
	dst = append(dst, ' ')
	dst = append(dst, name...)
	dst = append(dst, "=\""...)
	dst = strconv.AppendInt(dst, value, 10)
	return append(dst, '"')
}
