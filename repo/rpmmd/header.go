package rpmmd

import (
	"strconv"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/koji/rpmfile"
)

// Limits of the number of changelog entries, for [ReadOptions].
const (
	AllChangelogs = -1
	NoChangelogs  = -2

	defaultChangelogs = 10
)

// ReadOptions say how the metadata of an RPM is taken from it. The zero value
// does as createrepo_c does by default.
type ReadOptions struct {
	// Checksum is the type of the checksum that becomes the pkgid; SHA256 if
	// empty.
	Checksum ChecksumType

	// ChangelogLimit is the number of changelog entries to take, the newest
	// ones; zero stands for 10. [AllChangelogs] and [NoChangelogs] are accepted.
	ChangelogLimit int

	// FileDigests takes the digests of files along, for filelists-ext.
	FileDigests bool

	// LegacyPre leaves requirements of the scriptlets %pretrans and %posttrans
	// unmarked, as createrepo_c did until 2024: only those of %pre and %post have
	// pre="1".
	LegacyPre bool

	// Warn, if not nil, is told of dependencies that are skipped because their
	// version cannot be read.
	Warn func(Warning)
}

func (o ReadOptions) changelogs() int {
	switch {
	case o.ChangelogLimit == 0:
		return defaultChangelogs
	case o.ChangelogLimit == AllChangelogs:
		return int(^uint(0) >> 1)
	default:
		return max(o.ChangelogLimit, 0)
	}
}

// Facts are what the headers of an RPM do not tell about its file.
type Facts struct {
	Location Location
	Checksum Checksum // of the whole file
	Size     int64    // in bytes
	Time     int64    // of the last modification, in seconds since 1970 UTC
}

// FromHeader returns the metadata of the RPM whose headers are f. The strings of
// the package share the memory of the header. A header whose file names do not
// fit together fails with [koji.ErrInvalid], one with more than 64 MiB of file
// paths with [koji.ErrLimit]; text is not checked, see
// [Package.Check].
func FromHeader(f *rpmfile.File, facts Facts, o ReadOptions) (*Package, error) {
	return new(extractor).fromHeader(f, facts, o)
}

// extractor takes the metadata out of one header after the other. What it holds
// between them is memory.
type extractor struct {
	requirements requirements
}

func (x *extractor) fromHeader(f *rpmfile.File, facts Facts, o ReadOptions) (*Package, error) {
	h := f.Header
	p := &Package{
		Name:    h.String(rpmfile.TagName),
		Epoch:   "0",
		Version: h.String(rpmfile.TagVersion),
		Release: h.String(rpmfile.TagRelease),
		Arch:    f.Arch(),

		Checksum: facts.Checksum,
		Location: facts.Location,

		Summary:     h.String(rpmfile.TagSummary),
		Description: h.String(rpmfile.TagDescription),
		Packager:    h.String(rpmfile.TagPackager),
		URL:         h.String(rpmfile.TagURL),
		License:     h.String(rpmfile.TagLicense),
		Vendor:      h.String(rpmfile.TagVendor),
		Group:       h.String(rpmfile.TagGroup),
		BuildHost:   h.String(rpmfile.TagBuildHost),
		SourceRPM:   h.String(rpmfile.TagSourceRPM),

		FileTime:  facts.Time,
		BuildTime: f.BuildTime(),

		Size:          facts.Size,
		InstalledSize: firstUint(h, rpmfile.TagLongSize, rpmfile.TagSize),
		ArchiveSize:   firstUint(h, rpmfile.TagLongArchiveSize, rpmfile.TagArchiveSize),

		HeaderStart: f.HeaderStart,
		HeaderEnd:   f.HeaderEnd,

		Changelogs: changelogs(h, o.changelogs()),
	}
	if epoch, ok := f.Epoch(); ok {
		p.Epoch = strconv.FormatUint(uint64(epoch), 10)
	}
	if p.ArchiveSize == 0 {
		p.ArchiveSize = firstUint(&f.Signature.Header, rpmfile.SigTagLongArchiveSize, rpmfile.SigTagPayloadSize)
	}
	var err error
	if p.Files, err = files(h); err != nil {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "package %q (%s): %w", p.NEVRA(), facts.Location.Href, err)
	}
	if o.FileDigests {
		p.FileDigests, p.DigestType = fileDigests(h, len(p.Files))
	}
	x.dependencies(p, h, o)
	return p, nil
}

// firstUint returns the first number of the first tag that is present.
func firstUint(h *rpmfile.Header, tags ...rpmfile.Tag) int64 {
	for _, tag := range tags {
		if u := h.Uints(tag); u.Len() > 0 {
			return int64(u.At(0))
		}
	}
	return 0
}

// maxPaths bounds the paths of one package. Files share the names of their
// directories in the header but not in the metadata, so that a small header can
// stand for any amount of text.
const maxPaths = 64 << 20

// files returns the files in header order.
func files(h *rpmfile.Header) ([]File, error) {
	modes, flags := h.Uints(rpmfile.TagFileModes), h.Uints(rpmfile.TagFileFlags)
	fileType := func(i int) FileType {
		switch {
		case modes.At(i)&0o170000 == 0o040000:
			return Directory
		case flags.At(i)&(1<<6) != 0:
			return GhostFile
		default:
			return RegularFile
		}
	}
	bases, ok := h.Lookup(rpmfile.TagBaseNames)
	if !ok {
		paths, _ := h.Lookup(rpmfile.TagOldFilenames)
		list := make([]File, 0, paths.Count)
		for path := range paths.StringSeq() {
			slash := strings.LastIndexByte(path, '/') + 1
			list = append(list, File{path[:slash], path[slash:], fileType(len(list))})
		}
		return list, nil
	}
	dirs, indexes := h.Strings(rpmfile.TagDirNames), h.Uints(rpmfile.TagDirIndexes)
	if indexes.Len() != bases.Count {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "%d file names, but %d directory indexes", bases.Count, indexes.Len())
	}
	list := make([]File, 0, bases.Count)
	length := 0
	for base := range bases.StringSeq() {
		i := len(list)
		dir := indexes.At(i)
		if dir >= uint64(len(dirs)) {
			return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "file %d (%.60q) has directory index %d of %d", i, base, dir, len(dirs))
		}
		if length += len(dirs[dir]) + len(base); length > maxPaths {
			return nil, koji.Errorf(koji.ErrLimit, koji.FaultGeneric, "the paths of %d files have more than %d bytes together", bases.Count, maxPaths)
		}
		list = append(list, File{dirs[dir], base, fileType(i)})
	}
	return list, nil
}

// digestTypes are the names of OpenPGP hash algorithms; zero stands for none, which
// is that of the time before there was a choice.
var digestTypes = map[uint64]string{
	0: "md5", 1: "md5", 2: "sha1", 8: "sha256", 9: "sha384", 10: "sha512", 11: "sha224",
}

// fileDigests returns the digests of n files, or none where a header has another
// number of them, and their type.
func fileDigests(h *rpmfile.Header, n int) (digests []string, digestType string) {
	digestType, ok := digestTypes[h.Uint(rpmfile.TagFileDigestAlgo)]
	if !ok {
		digestType = "unknown"
	}
	if digests = h.Strings(rpmfile.TagFileDigests); len(digests) != n {
		return nil, digestType
	}
	return digests, digestType
}

// changelogs returns the newest entries, the oldest first. Entries of the same
// second are told apart by moving the newer ones into the following seconds.
func changelogs(h *rpmfile.Header, limit int) []Changelog {
	times := h.Uints(rpmfile.TagChangelogTime)
	authors, texts := h.Strings(rpmfile.TagChangelogName), h.Strings(rpmfile.TagChangelogText)
	n := min(limit, times.Len(), len(authors), len(texts))
	if n <= 0 {
		return nil
	}
	list := make([]Changelog, 0, n)
	var stored, moved int64 // times of the entry before
	for i := n - 1; i >= 0; i-- {
		t := int64(times.At(i))
		if len(list) > 0 && stored <= t && t <= moved {
			moved++
		} else {
			moved = t
		}
		stored = t
		list = append(list, Changelog{Time: moved, Author: strings.TrimRight(authors[i], " "), Text: texts[i]})
	}
	return list
}
