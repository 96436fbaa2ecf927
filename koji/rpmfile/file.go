package rpmfile

import (
	"strconv"

	"github.com/kojikit/kojikit/koji"
)

// LeadSize is the length in bytes of the lead, and so the offset at which the
// signature header starts.
const LeadSize = 96

// File is one RPM without its payload. It cannot be changed, apart from its
// exported fields, and may be used by several goroutines at once.
type File struct {
	Lead      [LeadSize]byte
	Signature *SignatureHeader
	Header    *Header // the main header

	// HeaderStart is the offset of the main header: the end of the signature
	// header with its padding. HeaderEnd is the offset of the payload. Together
	// they are the header-range of repository metadata.
	HeaderStart, HeaderEnd int64

	signature SignatureHeader
	header    Header
}

// parse takes over buf, which holds the file from the end of the lead to the
// payload.
func (f *File) parse(buf []byte, sigSize int64, l Limits) error {
	split := padded(sigSize)
	if err := f.signature.parse(buf[:split:split], sigSize, l); err != nil {
		return err
	}
	if err := f.header.parse(buf[split:], mainHeader, l); err != nil {
		return err
	}
	f.Signature, f.Header = &f.signature, &f.header
	return nil
}

// IsSource tells whether this is a source package, by the rule of Koji and
// librpm: it has the tag SOURCEPACKAGE, or it lacks the tag SOURCERPM.
func (f *File) IsSource() bool {
	return f.Header.Has(TagSourcePackage) || !f.Header.Has(TagSourceRPM)
}

// Arch returns the architecture in Koji's terms: src for every source package,
// nosrc packages included, and what the header says for others.
func (f *File) Arch() string {
	if f.IsSource() {
		return "src"
	}
	return f.Header.String(TagArch)
}

// Epoch returns the epoch, and whether the package has one: Koji and RPM tell
// none from zero.
func (f *File) Epoch() (epoch uint32, ok bool) {
	u := f.Header.Uints(TagEpoch)
	return uint32(u.At(0)), u.Len() > 0
}

// NVRA returns the name, version, release and [File.Arch] of the package. Its
// epoch is empty when the package has none. Nothing is checked: a hostile
// package may give any text.
func (f *File) NVRA() koji.NVRA {
	nvra := koji.NVRA{
		NVR: koji.NVR{
			Name:    f.Header.String(TagName),
			Version: f.Header.String(TagVersion),
			Release: f.Header.String(TagRelease),
		},
		Arch: f.Arch(),
	}
	if epoch, ok := f.Epoch(); ok {
		nvra.Epoch = strconv.FormatUint(uint64(epoch), 10)
	}
	return nvra
}

// SourceRPM returns the file name of the source package that this package was
// built from, or "" for a source package.
func (f *File) SourceRPM() string { return f.Header.String(TagSourceRPM) }

// BuildTime returns the time of the build in seconds since 1970 UTC, or 0 if
// the package does not tell.
func (f *File) BuildTime() int64 { return int64(f.Header.Uint(TagBuildTime)) }
