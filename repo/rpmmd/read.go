package rpmmd

import (
	"bytes"
	"cmp"
	"io"
	"iter"

	"github.com/kojikit/kojikit/internal/xmlscan"
)

// Limits bound the memory that reading metadata may take. A field that is zero
// stands for its default. What goes beyond a limit fails with [koji.ErrLimit].
type Limits struct {
	Token     int   // bytes of one tag or text; default 16 MiB
	Package   int64 // bytes of XML about one package in one file; default 256 MiB
	Pending   int   // packages that wait for their part in another file; default 100,000
	Document  int64 // bytes of a decompressed file whose size repomd.xml does not tell; default 64 GiB
	IndexFile int64 // bytes of repomd.xml; default 16 MiB
}

func (l Limits) token() int      { return cmp.Or(l.Token, 16<<20) }
func (l Limits) pkg() int64      { return cmp.Or(l.Package, 256<<20) }
func (l Limits) pending() int    { return cmp.Or(l.Pending, 100_000) }
func (l Limits) document() int64 { return cmp.Or(l.Document, 64<<30) }
func (l Limits) index() int64    { return cmp.Or(l.IndexFile, 16<<20) }

// ReadPrimary yields the packages of an uncompressed primary.xml in their order,
// one at a time. Their Files are the primary ones, and they have no Changelogs.
//
// Unknown elements and attributes are ignored, and a missing epoch is "0". After
// an error, which is [koji.ErrInvalid], [koji.ErrLimit] or one of r, nothing more
// is yielded.
func ReadPrimary(r io.Reader, l Limits) iter.Seq2[*Package, error] {
	return readPackages(newScanner("primary.xml", r, l), l, (*scanner).primaryPackage, "metadata")
}

// ReadFilelists is [ReadPrimary] for filelists.xml or filelists-ext.xml. The
// packages have their names, EVR, arch, pkgid, Files and, from the latter,
// FileDigests, and nothing else.
func ReadFilelists(r io.Reader, l Limits) iter.Seq2[*Package, error] {
	return readPackages(newScanner("filelists.xml", r, l), l, (*scanner).filelistsPackage, "filelists", "filelists-ext")
}

// ReadOther is [ReadPrimary] for other.xml. The packages have their names, EVR,
// arch, pkgid and Changelogs, and nothing else.
func ReadOther(r io.Reader, l Limits) iter.Seq2[*Package, error] {
	return readPackages(newScanner("other.xml", r, l), l, (*scanner).otherPackage, "otherdata")
}

// scanner reads the elements of metadata.
type scanner struct{ *xmlscan.Scanner }

func newScanner(name string, r io.Reader, l Limits) *scanner {
	return &scanner{xmlscan.New(name, r, l.token())}
}

func readPackages(s *scanner, l Limits, read func(*scanner, *Package), roots ...string) iter.Seq2[*Package, error] {
	return func(yield func(*Package, error) bool) {
		s.Root(roots...)
		for s.Child(1) {
			if string(s.Element) != "package" {
				continue
			}
			s.Bound(l.pkg())
			p := &Package{Epoch: "0"}
			read(s, p)
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

// primaryPackage reads a package element of primary.xml.
func (s *scanner) primaryPackage(p *Package) {
	for s.Child(2) {
		switch string(s.Element) {
		case "name":
			p.Name = s.ContentString()
		case "arch":
			p.Arch = s.ContentString()
		case "version":
			s.version(p)
		case "checksum":
			p.Checksum = s.checksum()
		case "summary":
			p.Summary = s.ContentString()
		case "description":
			p.Description = s.ContentString()
		case "packager":
			p.Packager = s.ContentString()
		case "url":
			p.URL = s.ContentString()
		case "time":
			p.FileTime, p.BuildTime = s.AttrInt("file"), s.AttrInt("build")
		case "size":
			p.Size, p.InstalledSize, p.ArchiveSize = s.AttrInt("package"), s.AttrInt("installed"), s.AttrInt("archive")
		case "location":
			p.Location = s.location()
		case "format":
			s.format(p)
		}
	}
}

func (s *scanner) format(p *Package) {
	lists := p.dependencies()
	for s.Child(3) {
		switch string(s.Element) {
		case "license":
			p.License = s.ContentString()
		case "vendor":
			p.Vendor = s.ContentString()
		case "group":
			p.Group = s.ContentString()
		case "buildhost":
			p.BuildHost = s.ContentString()
		case "sourcerpm":
			p.SourceRPM = s.ContentString()
		case "header-range":
			p.HeaderStart, p.HeaderEnd = s.AttrInt("start"), s.AttrInt("end")
		case "file":
			s.file(p)
		default:
			for _, list := range lists {
				if list.name == string(s.Element) {
					s.entries(list.deps)
					break
				}
			}
		}
	}
}

// entries reads a list of dependencies. Those without a name say nothing.
func (s *scanner) entries(list *[]Dependency) {
	for s.Child(4) {
		if string(s.Element) != "entry" {
			continue
		}
		d := Dependency{
			Name:  s.AttrString("name"),
			Sense: parseSense(s.Attr("flags")),
		}
		if d.Sense != SenseAny {
			d.Epoch, d.Version, d.Release = s.AttrString("epoch"), s.AttrString("ver"), s.AttrString("rel")
		}
		switch string(s.Attr("pre")) {
		case "", "0":
		default:
			d.Pre = true
		}
		if d.Name != "" {
			*list = append(*list, d)
		}
	}
}

// filelistsPackage reads a package element of filelists.xml.
func (s *scanner) filelistsPackage(p *Package) {
	s.identity(p)
	for s.Child(2) {
		switch string(s.Element) {
		case "version":
			s.version(p)
		case "checksum": // of filelists-ext
			p.DigestType = s.AttrString("type")
		case "file":
			digest := s.AttrString("hash")
			s.file(p)
			if digest != "" {
				p.FileDigests = append(p.FileDigests, make([]string, len(p.Files)-len(p.FileDigests))...)
				p.FileDigests[len(p.Files)-1] = digest
			}
		}
	}
	if n := len(p.Files) - len(p.FileDigests); p.FileDigests != nil {
		p.FileDigests = append(p.FileDigests, make([]string, n)...)
	}
}

// otherPackage reads a package element of other.xml.
func (s *scanner) otherPackage(p *Package) {
	s.identity(p)
	for s.Child(2) {
		switch string(s.Element) {
		case "version":
			s.version(p)
		case "changelog":
			c := Changelog{Author: s.AttrString("author"), Time: s.AttrInt("date")}
			c.Text = s.ContentString()
			p.Changelogs = append(p.Changelogs, c)
		}
	}
}

// identity reads the attributes of a package element.
func (s *scanner) identity(p *Package) {
	p.Checksum.Value = s.AttrString("pkgid")
	p.Name, p.Arch = s.AttrString("name"), s.AttrString("arch")
}

func (s *scanner) version(p *Package) {
	if epoch := s.AttrString("epoch"); epoch != "" {
		p.Epoch = epoch
	}
	p.Version, p.Release = s.AttrString("ver"), s.AttrString("rel")
}

func (s *scanner) checksum() Checksum {
	t := ChecksumType(s.AttrString("type"))
	return Checksum{t, s.ContentString()}
}

func (s *scanner) location() Location {
	return Location{Href: s.AttrString("href"), Base: s.AttrString("xml:base")}
}

// file reads a file element. Directories that follow one another share memory.
func (s *scanner) file(p *Package) {
	var f File
	switch string(s.Attr("type")) {
	case "dir":
		f.Type = Directory
	case "ghost":
		f.Type = GhostFile
	}
	path := s.Content()
	slash := bytes.LastIndexByte(path, '/') + 1
	if n := len(p.Files); n > 0 && p.Files[n-1].Dir == string(path[:slash]) {
		f.Dir = p.Files[n-1].Dir
	} else {
		f.Dir = s.Keep(path[:slash])
	}
	f.Base = s.Keep(path[slash:])
	p.Files = append(p.Files, f)
}

// ReadRepomd reads repomd.xml. Times may have fractions, which do not count, and
// records of any type are accepted. Errors are those of [ReadPrimary].
func ReadRepomd(r io.Reader, l Limits) (*Repomd, error) {
	s := newScanner(RepomdName, io.LimitReader(r, l.index()), l)
	m := &Repomd{}
	s.Root("repomd")
	for s.Child(1) {
		switch string(s.Element) {
		case "revision":
			m.Revision = s.ContentString()
		case "repoid":
			m.RepoID = s.typedText()
		case "contenthash":
			m.ContentHash = s.typedText()
		case "tags":
			s.tags(m)
		case "data":
			m.Records = append(m.Records, s.record())
		}
	}
	if err := s.Finish(); err != nil {
		return nil, err
	}
	return m, nil
}

func (s *scanner) typedText() TypedText {
	t := s.AttrString("type")
	return TypedText{t, s.ContentString()}
}

func (s *scanner) tags(m *Repomd) {
	for s.Child(2) {
		switch string(s.Element) {
		case "content":
			m.ContentTags = append(m.ContentTags, s.ContentString())
		case "repo":
			m.RepoTags = append(m.RepoTags, s.ContentString())
		case "distro":
			id := s.AttrString("cpeid")
			m.DistroTags = append(m.DistroTags, Distro{id, s.ContentString()})
		}
	}
}

func (s *scanner) record() Record {
	r := Record{Type: s.AttrString("type")}
	number := func() int64 { return s.ParseInt(s.Content()) }
	for s.Child(2) {
		switch string(s.Element) {
		case "checksum":
			r.Checksum = s.checksum()
		case "open-checksum":
			r.OpenChecksum = s.checksum()
		case "header-checksum":
			r.HeaderChecksum = s.checksum()
		case "location":
			r.Location = s.location()
		case "timestamp":
			r.Timestamp = number()
		case "size":
			r.Size = number()
		case "open-size":
			r.OpenSize = number()
		case "header-size":
			r.HeaderSize = number()
		case "database_version":
			r.DatabaseVersion = int(number())
		}
	}
	return r
}
