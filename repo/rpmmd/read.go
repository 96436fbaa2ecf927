package rpmmd

import (
	"cmp"
	"io"
	"iter"
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
	return readPackages(newScanner("primary.xml", r, l), (*scanner).primaryPackage, "metadata")
}

// ReadFilelists is [ReadPrimary] for filelists.xml, or for filelists-ext.xml
// without its digests. The packages have their names, EVR, arch, pkgid and Files,
// and nothing else.
func ReadFilelists(r io.Reader, l Limits) iter.Seq2[*Package, error] {
	return readPackages(newScanner("filelists.xml", r, l), (*scanner).filelistsPackage, "filelists", "filelists-ext")
}

// ReadOther is [ReadPrimary] for other.xml. The packages have their names, EVR,
// arch, pkgid and Changelogs, and nothing else.
func ReadOther(r io.Reader, l Limits) iter.Seq2[*Package, error] {
	return readPackages(newScanner("other.xml", r, l), (*scanner).otherPackage, "otherdata")
}

func readPackages(s *scanner, read func(*scanner, *Package), roots ...string) iter.Seq2[*Package, error] {
	return func(yield func(*Package, error) bool) {
		s.root(roots...)
		for s.child(1) {
			if string(s.element) != "package" {
				continue
			}
			s.mark = s.offset + int64(s.start)
			p := &Package{Epoch: "0"}
			read(s, p)
			s.mark = 0
			if s.err != nil {
				break
			}
			if !yield(p, nil) {
				return
			}
		}
		if err := s.finish(); err != nil {
			yield(nil, err)
		}
	}
}

// primaryPackage reads a package element of primary.xml.
func (s *scanner) primaryPackage(p *Package) {
	for s.child(2) {
		switch string(s.element) {
		case "name":
			p.Name = s.contentString()
		case "arch":
			p.Arch = s.contentString()
		case "version":
			s.version(p)
		case "checksum":
			p.Checksum = s.checksum()
		case "summary":
			p.Summary = s.contentString()
		case "description":
			p.Description = s.contentString()
		case "packager":
			p.Packager = s.contentString()
		case "url":
			p.URL = s.contentString()
		case "time":
			p.FileTime, p.BuildTime = s.attrInt("file"), s.attrInt("build")
		case "size":
			p.Size, p.InstalledSize, p.ArchiveSize = s.attrInt("package"), s.attrInt("installed"), s.attrInt("archive")
		case "location":
			p.Location = s.location()
		case "format":
			s.format(p)
		}
	}
}

func (s *scanner) format(p *Package) {
	lists := p.dependencies()
	for s.child(3) {
		switch string(s.element) {
		case "license":
			p.License = s.contentString()
		case "vendor":
			p.Vendor = s.contentString()
		case "group":
			p.Group = s.contentString()
		case "buildhost":
			p.BuildHost = s.contentString()
		case "sourcerpm":
			p.SourceRPM = s.contentString()
		case "header-range":
			p.HeaderStart, p.HeaderEnd = s.attrInt("start"), s.attrInt("end")
		case "file":
			s.file(p)
		default:
			for _, list := range lists {
				if list.name == string(s.element) {
					s.entries(list.deps)
					break
				}
			}
		}
	}
}

// entries reads a list of dependencies. Those without a name say nothing.
func (s *scanner) entries(list *[]Dependency) {
	for s.child(4) {
		if string(s.element) != "entry" {
			continue
		}
		d := Dependency{
			Name:  s.attrString("name"),
			Sense: parseSense(s.attr("flags")),
		}
		if d.Sense != SenseAny {
			d.Epoch, d.Version, d.Release = s.attrString("epoch"), s.attrString("ver"), s.attrString("rel")
		}
		switch string(s.attr("pre")) {
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
	for s.child(2) {
		switch string(s.element) {
		case "version":
			s.version(p)
		case "file":
			s.file(p)
		}
	}
}

// otherPackage reads a package element of other.xml.
func (s *scanner) otherPackage(p *Package) {
	s.identity(p)
	for s.child(2) {
		switch string(s.element) {
		case "version":
			s.version(p)
		case "changelog":
			c := Changelog{Author: s.attrString("author"), Time: s.attrInt("date")}
			c.Text = s.contentString()
			p.Changelogs = append(p.Changelogs, c)
		}
	}
}

// identity reads the attributes of a package element.
func (s *scanner) identity(p *Package) {
	p.Checksum.Value = s.attrString("pkgid")
	p.Name, p.Arch = s.attrString("name"), s.attrString("arch")
}

func (s *scanner) version(p *Package) {
	if epoch := s.attrString("epoch"); epoch != "" {
		p.Epoch = epoch
	}
	p.Version, p.Release = s.attrString("ver"), s.attrString("rel")
}

func (s *scanner) checksum() Checksum {
	t := ChecksumType(s.attrString("type"))
	return Checksum{t, s.contentString()}
}

func (s *scanner) location() Location {
	return Location{Href: s.attrString("href"), Base: s.attrString("xml:base")}
}

// file reads a file element. Directories that follow one another share memory.
func (s *scanner) file(p *Package) {
	var f File
	switch string(s.attr("type")) {
	case "dir":
		f.Type = Directory
	case "ghost":
		f.Type = GhostFile
	}
	path := s.content()
	slash := 0
	for i, c := range path {
		if c == '/' {
			slash = i + 1
		}
	}
	if n := len(p.Files); n > 0 && p.Files[n-1].Dir == string(path[:slash]) {
		f.Dir = p.Files[n-1].Dir
	} else {
		f.Dir = s.keep(path[:slash])
	}
	f.Base = s.keep(path[slash:])
	p.Files = append(p.Files, f)
}

// ReadRepomd reads repomd.xml. Times may have fractions, which do not count, and
// records of any type are accepted. Errors are those of [ReadPrimary].
func ReadRepomd(r io.Reader, l Limits) (*Repomd, error) {
	s := newScanner(RepomdName, io.LimitReader(r, l.index()), l)
	m := &Repomd{}
	s.root("repomd")
	for s.child(1) {
		switch string(s.element) {
		case "revision":
			m.Revision = s.contentString()
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
	if err := s.finish(); err != nil {
		return nil, err
	}
	return m, nil
}

func (s *scanner) typedText() TypedText {
	t := s.attrString("type")
	return TypedText{t, s.contentString()}
}

func (s *scanner) tags(m *Repomd) {
	for s.child(2) {
		switch string(s.element) {
		case "content":
			m.ContentTags = append(m.ContentTags, s.contentString())
		case "repo":
			m.RepoTags = append(m.RepoTags, s.contentString())
		case "distro":
			id := s.attrString("cpeid")
			m.DistroTags = append(m.DistroTags, Distro{id, s.contentString()})
		}
	}
}

func (s *scanner) record() Record {
	r := Record{Type: s.attrString("type")}
	number := func() int64 { return s.parseInt(s.content()) }
	for s.child(2) {
		switch string(s.element) {
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
