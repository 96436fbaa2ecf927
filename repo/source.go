package repo

import (
	"context"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/tag"
)

// PackageSource says which rpms a tag offers. [TagSource] answers from a
// [tag.Resolver]; a program may answer from anything else.
type PackageSource interface {
	// Candidates returns the rpms that q selects, each once with all its keys.
	Candidates(ctx context.Context, q Query) ([]Candidate, error)
}

// Query selects the rpms of a tag's builds.
type Query struct {
	Tag       koji.TagID
	At        koji.EventID
	Arches    []string // of the rpms; nothing is implied
	NoInherit bool     // only builds tagged in the tag itself
	AllBuilds bool     // every tagged build, not only the latest of each package
}

// TagSource is a [PackageSource] over the tags that a resolver reads.
type TagSource struct{ Resolver *tag.Resolver }

// Candidates returns the rpms of the tag's builds, in the order of the builds.
func (s TagSource) Candidates(ctx context.Context, q Query) ([]Candidate, error) {
	opts := tag.BuildOptions{At: q.At, Inherit: !q.NoInherit, Latest: 1}
	if q.AllBuilds {
		opts.Latest = 0
	}
	rpms, builds, err := s.Resolver.RPMs(ctx, q.Tag, tag.RPMOptions{BuildOptions: opts, Arches: q.Arches, Signatures: true})
	if err != nil {
		return nil, err
	}
	byID := make(map[koji.BuildID]*tag.Build, len(builds))
	for i := range builds {
		// A build listed twice is shown with the tag that counts.
		if _, known := byID[builds[i].ID]; !known {
			byID[builds[i].ID] = &builds[i]
		}
	}
	var list []Candidate
	for _, r := range rpms {
		b := byID[r.Build.V]
		if n := len(list); n == 0 || list[n-1].ID != r.ID {
			list = append(list, Candidate{
				ID: r.ID, NVRA: r.NVRA(), Build: b.NVR(), Volume: b.VolumeName, Draft: b.Draft,
				PayloadHash: r.PayloadHash, Size: r.Size, MetadataOnly: r.MetadataOnly, Tag: b.TagName,
			})
		}
		if r.SigKey.Valid {
			last := &list[len(list)-1]
			last.SigKeys = append(last.SigKeys, r.SigKey.V)
		}
	}
	return list, nil
}
