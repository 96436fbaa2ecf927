package corpus

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"time"
)

// Dependency flags of the RPM format, for [Dep].
const (
	Less         = 1 << 1
	Greater      = 1 << 2
	Equal        = 1 << 3
	PostTrans    = 1 << 5
	PreReq       = 1 << 6
	PreTrans     = 1 << 7
	ScriptPre    = 1 << 9
	ScriptPost   = 1 << 10
	ScriptPreUn  = 1 << 11
	ScriptPostUn = 1 << 12
	MissingOK    = 1 << 19
	RPMLib       = 1 << 24
	Strong       = 1 << 27
)

// File flags and modes of the RPM format, for [File].
const (
	Config = 1 << 0
	Doc    = 1 << 1
	Ghost  = 1 << 6

	Dir     = 0o040755
	Regular = 0o100644
	Exec    = 0o100755
	Symlink = 0o120777
)

// RPM describes one RPM file. Fields that are empty leave their tag out, except
// that the tags rpm insists on are always there.
type RPM struct {
	Name, Version, Release, Arch string
	Epoch                        *uint32
	Source                       bool // a source package; Arch is still the arch it was built on

	Summary, Description, Group, License, URL   string
	Vendor, Packager, BuildHost, SourceRPM      string
	BuildTime                                   time.Time
	Provides, Requires, Conflicts, Obsoletes    []Dep
	Recommends, Suggests, Supplements, Enhances []Dep
	OldSuggests, OldEnhances                    []Dep
	Files                                       []File
	Changelog                                   []Change // newest first, as rpm keeps it

	Payload []byte // file content to carry in the payload, uncompressed; usually none

	// Edit, if set, changes the signature header and the main header before
	// digests are computed over the latter.
	Edit func(signature, main *Header)
}

// Dep is one dependency.
type Dep struct {
	Name, EVR string
	Flags     uint32
}

// File is one file that a package lists.
type File struct {
	Path   string // split at its last slash; source packages list bare names
	Mode   uint16 // [Regular] if zero
	Flags  uint32
	Size   uint32
	Digest string
}

// Change is one changelog entry.
type Change struct {
	Time         int64
	Author, Text string
}

// FileName returns the conventional name of the file, name-version-release.arch.rpm.
func (r *RPM) FileName() string {
	arch := r.Arch
	if r.Source {
		arch = "src"
	}
	return fmt.Sprintf("%s-%s-%s.%s.rpm", r.Name, r.Version, r.Release, arch)
}

// WriteFile writes the RPM to a file, which gets the build time as its
// modification time if there is one.
func (r *RPM) WriteFile(name string) error {
	if err := os.WriteFile(name, r.Bytes(), 0o644); err != nil {
		return err
	}
	if r.BuildTime.IsZero() {
		return nil
	}
	return os.Chtimes(name, r.BuildTime, r.BuildTime)
}

// WriteTo writes the RPM into a directory under its conventional name and
// returns the path.
func (r *RPM) WriteTo(dir string) (string, error) {
	name := filepath.Join(dir, r.FileName())
	return name, r.WriteFile(name)
}

// Bytes returns the content of the RPM file.
func (r *RPM) Bytes() []byte {
	archive := cpio(r.Payload)
	payload := compress(archive)
	payloadSum := sha256.Sum256(payload)

	main := r.mainHeader()
	main.Strings(5092, []string{hex.EncodeToString(payloadSum[:])})
	main.Int32(5093, 8)
	var signature Header
	signature.Int32(1007, uint32(len(archive)))
	if r.Edit != nil {
		r.Edit(&signature, main)
	}
	header := main.encode(regionImmutable)

	sha1Sum, sha256Sum := sha1.Sum(header), sha256.Sum256(header)
	both := md5.New()
	both.Write(header)
	both.Write(payload)
	signature.String(269, hex.EncodeToString(sha1Sum[:]))
	signature.String(273, hex.EncodeToString(sha256Sum[:]))
	signature.Int32(1000, uint32(len(header)+len(payload)))
	signature.Bin(1004, both.Sum(nil))

	out := append(r.lead(), signature.encode(regionSignature)...)
	for len(out)%8 != 0 {
		out = append(out, 0)
	}
	return append(append(out, header...), payload...)
}

func (r *RPM) lead() []byte {
	lead := make([]byte, 96)
	copy(lead, []byte{0xed, 0xab, 0xee, 0xdb, 3, 0})
	if r.Source {
		lead[7] = 1
	}
	lead[9] = 1
	copy(lead[10:75], fmt.Sprintf("%s-%s-%s", r.Name, r.Version, r.Release))
	lead[77] = 1
	lead[79] = 5
	return lead
}

func (r *RPM) mainHeader() *Header {
	h := &Header{}
	h.Strings(100, []string{"C"})
	h.String(1000, r.Name)
	h.String(1001, r.Version)
	h.String(1002, r.Release)
	if r.Epoch != nil {
		h.Int32(1003, *r.Epoch)
	}
	h.I18N(1004, r.Summary)
	h.I18N(1005, r.Description)
	if !r.BuildTime.IsZero() {
		h.Int32(1006, uint32(r.BuildTime.Unix()))
	}
	optional := func(tag uint32, s string) {
		if s != "" {
			h.String(tag, s)
		}
	}
	optional(1007, r.BuildHost)
	optional(1011, r.Vendor)
	optional(1014, r.License)
	optional(1015, r.Packager)
	h.I18N(1016, r.Group)
	optional(1020, r.URL)
	h.String(1021, "linux")
	h.String(1022, r.Arch)
	optional(1044, r.SourceRPM)
	h.String(1064, "4.18.0")
	if r.Source {
		h.Int32(1106, 1)
	}
	h.String(1124, "cpio")
	h.String(1125, "gzip")
	h.String(1126, "9")

	deps(h, 1047, 1112, 1113, r.Provides)
	deps(h, 1049, 1048, 1050, r.Requires)
	deps(h, 1054, 1053, 1055, r.Conflicts)
	deps(h, 1090, 1114, 1115, r.Obsoletes)
	deps(h, 5046, 5048, 5047, r.Recommends)
	deps(h, 5049, 5051, 5050, r.Suggests)
	deps(h, 5052, 5054, 5053, r.Supplements)
	deps(h, 5055, 5057, 5056, r.Enhances)
	deps(h, 1156, 1158, 1157, r.OldSuggests)
	deps(h, 1159, 1161, 1160, r.OldEnhances)
	r.putFiles(h)
	r.putChangelog(h)
	return h
}

func deps(h *Header, name, flags, version uint32, list []Dep) {
	names := make([]string, len(list))
	versions := make([]string, len(list))
	bits := make([]uint32, len(list))
	for i, d := range list {
		names[i], versions[i], bits[i] = d.Name, d.EVR, d.Flags
	}
	h.Strings(name, names)
	h.Strings(version, versions)
	h.Int32(flags, bits...)
}

func (r *RPM) putFiles(h *Header) {
	n := len(r.Files)
	if n == 0 {
		h.Int32(1009, 0)
		return
	}
	var (
		dirs                                = map[string]uint32{}
		dirNames                            []string
		indexes, sizes, flags, inodes, ones = make([]uint32, n), make([]uint32, n), make([]uint32, n), make([]uint32, n), make([]uint32, n)
		mtimes, verify                      = make([]uint32, n), make([]uint32, n)
		modes, rdevs                        = make([]uint16, n), make([]uint16, n)
		bases, digests, links, owners, lang = make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
		total                               uint32
	)
	for i, f := range r.Files {
		dir, base := path.Split(f.Path)
		index, ok := dirs[dir]
		if !ok {
			index = uint32(len(dirNames))
			dirs[dir] = index
			dirNames = append(dirNames, dir)
		}
		indexes[i], bases[i], digests[i] = index, base, f.Digest
		sizes[i], flags[i], inodes[i], ones[i] = f.Size, f.Flags, uint32(i+1), 1
		mtimes[i], verify[i], owners[i] = uint32(max(0, r.BuildTime.Unix())), 0xffffffff, "root"
		modes[i] = f.Mode
		if f.Mode == 0 {
			modes[i] = Regular
		}
		total += f.Size
	}
	h.Int32(1009, total)
	h.Int32(1028, sizes...)
	h.Int16(1030, modes...)
	h.Int16(1033, rdevs...)
	h.Int32(1034, mtimes...)
	h.Strings(1035, digests)
	h.Strings(1036, links)
	h.Int32(1037, flags...)
	h.Strings(1039, owners)
	h.Strings(1040, owners)
	h.Int32(1045, verify...)
	h.Int32(1095, ones...)
	h.Int32(1096, inodes...)
	h.Strings(1097, lang)
	h.Int32(1116, indexes...)
	h.Strings(1117, bases)
	h.Strings(1118, dirNames)
	h.Int32(5011, 8)
}

func (r *RPM) putChangelog(h *Header) {
	var times []uint32
	var authors, texts []string
	for _, c := range r.Changelog {
		times = append(times, uint32(c.Time))
		authors = append(authors, c.Author)
		texts = append(texts, c.Text)
	}
	h.Int32(1080, times...)
	h.Strings(1081, authors)
	h.Strings(1082, texts)
}

// cpio returns a newc archive that holds content as one file, or no file if
// there is no content.
func cpio(content []byte) []byte {
	var b bytes.Buffer
	member := func(name string, mode int, data []byte) {
		fmt.Fprintf(&b, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
			1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name)+1, 0)
		b.WriteString(name)
		b.WriteByte(0)
		pad(&b)
		b.Write(data)
		pad(&b)
	}
	if len(content) > 0 {
		member("./content", Regular, content)
	}
	member("TRAILER!!!", 0, nil)
	return b.Bytes()
}

func pad(b *bytes.Buffer) {
	for b.Len()%4 != 0 {
		b.WriteByte(0)
	}
}

// compress stores rather than deflates large archives: their content is random.
func compress(archive []byte) []byte {
	level := gzip.BestCompression
	if len(archive) > 1<<10 {
		level = gzip.NoCompression
	}
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		panic(err) // the levels are constants
	}
	// Writing to a bytes.Buffer cannot fail.
	_, _ = io.Copy(w, bytes.NewReader(archive))
	_ = w.Close()
	return b.Bytes()
}
