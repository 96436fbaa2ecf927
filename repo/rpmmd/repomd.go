package rpmmd

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/kojikit/kojikit/internal/xmltext"
)

// Types of the records that every repository has.
const (
	TypePrimary   = "primary"
	TypeFilelists = "filelists"
	TypeOther     = "other"
	TypeGroup     = "group" // comps

	TypeFilelistsExt = "filelists-ext" // filelists with digests; not every repository has it

	suffixZchunk = "_zck" // of the types of zchunk files that are there in addition
)

// Repomd is repomd.xml, the index of the metadata of a repository.
type Repomd struct {
	Revision    string
	RepoID      TypedText // not written if empty
	ContentHash TypedText // not written if empty
	ContentTags []string
	RepoTags    []string
	DistroTags  []Distro
	Records     []Record
}

// TypedText is the content of an element with its attribute type.
type TypedText struct {
	Type, Text string
}

// Distro tells for which distribution a repository is.
type Distro struct {
	CPEID string // Common Platform Enumeration name, or empty
	Name  string
}

// Record describes one metadata file. Checksums and sizes that do not apply are
// zero.
type Record struct {
	Type     string   // primary, filelists, group, ...
	Location Location // relative to the repository

	Checksum       Checksum // of the file
	OpenChecksum   Checksum // of its decompressed content
	HeaderChecksum Checksum // of the header of a zchunk file

	Timestamp       int64 // modification time of the file, in seconds since 1970 UTC
	Size            int64
	OpenSize        int64
	HeaderSize      int64
	DatabaseVersion int // of SQLite files
}

// Record returns the first record of a type, and whether there is one.
func (m *Repomd) Record(typ string) (Record, bool) {
	i := slices.IndexFunc(m.Records, func(r Record) bool { return r.Type == typ })
	if i < 0 {
		return Record{}, false
	}
	return m.Records[i], true
}

// leadingRecords are the types that come first, in this order.
var leadingRecords = []string{
	TypePrimary, TypeFilelists, TypeOther,
	"primary_db", "filelists_db", "other_db",
	"primary_zck", "filelists_zck", "other_zck",
}

// Sort puts the records in the order of repomd.xml: those of the packages, then
// all others by type and location.
func (m *Repomd) Sort() {
	rank := func(typ string) int {
		if i := slices.Index(leadingRecords, typ); i >= 0 {
			return i
		}
		return len(leadingRecords)
	}
	slices.SortStableFunc(m.Records, func(a, b Record) int {
		return cmp.Or(
			cmp.Compare(rank(a.Type), rank(b.Type)),
			strings.Compare(a.Type, b.Type),
			strings.Compare(a.Location.Href, b.Location.Href),
			strings.Compare(a.Location.Base, b.Location.Base),
		)
	})
}

const prolog = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

// Append appends repomd.xml to dst, with the records in the order they have.
// Control characters that XML cannot hold are left out.
func (m *Repomd) Append(dst []byte) []byte {
	dst = append(dst, prolog...)
	dst = append(dst, "<repomd xmlns=\"http://linux.duke.edu/metadata/repo\" xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\">\n"...)
	dst = appendElement(dst, "  ", "revision", m.Revision)
	dst = m.RepoID.append(dst, "repoid")
	dst = m.ContentHash.append(dst, "contenthash")
	if len(m.ContentTags)+len(m.RepoTags)+len(m.DistroTags) > 0 {
		dst = append(dst, "  <tags>\n"...)
		for _, tag := range m.ContentTags {
			dst = appendElement(dst, "    ", "content", tag)
		}
		for _, tag := range m.RepoTags {
			dst = appendElement(dst, "    ", "repo", tag)
		}
		for _, tag := range m.DistroTags {
			dst = append(dst, "    <distro"...)
			if tag.CPEID != "" {
				dst = appendStringAttr(dst, "cpeid", tag.CPEID)
			}
			dst = append(dst, '>')
			dst = xmltext.AppendText(dst, tag.Name)
			dst = append(dst, "</distro>\n"...)
		}
		dst = append(dst, "  </tags>\n"...)
	}
	for i := range m.Records {
		dst = m.Records[i].append(dst)
	}
	return append(dst, "</repomd>\n"...)
}

func (r *Record) append(dst []byte) []byte {
	dst = append(dst, "  <data"...)
	dst = appendStringAttr(dst, "type", r.Type)
	dst = append(dst, ">\n"...)
	dst = r.Checksum.append(dst, "checksum")
	dst = r.OpenChecksum.append(dst, "open-checksum")
	dst = r.HeaderChecksum.append(dst, "header-checksum")
	dst = append(dst, "    <location"...)
	dst = appendStringAttr(dst, "href", r.Location.Href)
	if r.Location.Base != "" {
		dst = appendStringAttr(dst, "xml:base", r.Location.Base)
	}
	dst = append(dst, "/>\n"...)
	dst = appendIntElement(dst, "timestamp", r.Timestamp)
	dst = appendIntElement(dst, "size", r.Size)
	if r.OpenSize != 0 {
		dst = appendIntElement(dst, "open-size", r.OpenSize)
	}
	if r.HeaderChecksum.Value != "" {
		dst = appendIntElement(dst, "header-size", r.HeaderSize)
	}
	if strings.HasSuffix(r.Type, "_db") {
		dst = appendIntElement(dst, "database_version", int64(r.DatabaseVersion))
	}
	return append(dst, "  </data>\n"...)
}

// append appends the checksum as an element of a record, or nothing if there is
// none.
func (c Checksum) append(dst []byte, name string) []byte {
	if c.Value == "" {
		return dst
	}
	return TypedText{string(c.Type), c.Value}.appendIndented(dst, "    ", name)
}

func (t TypedText) append(dst []byte, name string) []byte {
	if t.Text == "" {
		return dst
	}
	return t.appendIndented(dst, "  ", name)
}

func (t TypedText) appendIndented(dst []byte, indent, name string) []byte {
	dst = append(dst, indent...)
	dst = append(dst, '<')
	dst = append(dst, name...)
	dst = appendStringAttr(dst, "type", t.Type)
	dst = append(dst, '>')
	dst = xmltext.AppendText(dst, t.Text)
	dst = append(dst, "</"...)
	dst = append(dst, name...)
	return append(dst, ">\n"...)
}

func appendIntElement(dst []byte, name string, value int64) []byte {
	return appendElement(dst, "    ", name, strconv.FormatInt(value, 10))
}
