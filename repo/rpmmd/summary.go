package rpmmd

import (
	"context"
	"io"
	"iter"
)

// Summaries yields the packages in the order of primary.xml with no more than
// their names, EVR, arch, checksum, location and source package. It reads one file
// where [Repository.Packages] reads three; checksums and errors are as there.
func (r *Repository) Summaries(ctx context.Context) iter.Seq2[*Package, error] {
	return func(yield func(*Package, error) bool) {
		for p, err := range r.documentPackages(TypePrimary, readSummaries) {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}

// readSummaries is [ReadPrimary] for what makes a summary.
func readSummaries(r io.Reader, l Limits) iter.Seq2[*Package, error] {
	return readPackages(newScanner("primary.xml", r, l), l, (*scanner).summary, "metadata")
}

func (s *scanner) summary(p *Package) {
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
		case "location":
			p.Location = s.location()
		case "format":
			for s.Child(3) {
				if string(s.Element) == "sourcerpm" {
					p.SourceRPM = s.ContentString()
				}
			}
		}
	}
}
