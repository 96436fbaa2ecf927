package tag

import (
	"cmp"
	"context"
	"slices"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// ArchiveReader is a [Reader] that knows of archives: files of builds that are no
// rpms.
type ArchiveReader interface {
	Reader
	// Archives returns the archives of builds, in any order. Those that have no
	// build type are left out.
	Archives(ctx context.Context, q ArchiveQuery) ([]Archive, error)
}

// ArchiveQuery selects archives.
type ArchiveQuery struct {
	Builds []koji.BuildID
	// Type keeps those that have a record of this type, if it is maven, win or
	// image, or else those whose build type it is. Empty keeps all.
	Type string
}

// Archive is an archive of a tagged build.
type Archive struct {
	storage.Archive
	BTypeName string // of the build type

	Maven koji.MavenInfo     // if archives of type maven were asked for
	Win   storage.WinArchive // if archives of type win were asked for
}

// Archives returns the archives of a tag's builds, in the order of the builds,
// then by id, and the builds as [Resolver.Builds] does, those without archives
// included. Every archive is listed once. If opts.Type is set, archives and builds
// are those of the type, which in Koji must be maven or win; with
// [Options].Strict it may be any.
//
// The source must be an [ArchiveReader]; one that is not is koji.ErrUnsupported.
func (r *Resolver) Archives(ctx context.Context, tag koji.TagID, opts BuildOptions) ([]Archive, []Build, error) {
	if !r.opts.Strict && opts.Type != "" && opts.Type != "maven" && opts.Type != "win" {
		return nil, nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "unsupported archive type: %q", opts.Type)
	}
	var archives []Archive
	var builds []Build
	err := r.source.View(ctx, func(src Reader) error {
		reader, err := able[ArchiveReader](src, "archives")
		if err != nil {
			return err
		}
		if builds, err = r.builds(ctx, src, tag, opts); err != nil {
			return err
		}
		rank := make(map[koji.BuildID]int, len(builds))
		var ids []koji.BuildID
		for i := range builds {
			if _, known := rank[builds[i].ID]; !known {
				rank[builds[i].ID] = len(ids)
				ids = append(ids, builds[i].ID)
			}
		}
		archives, err = reader.Archives(ctx, ArchiveQuery{Builds: ids, Type: opts.Type})
		slices.SortFunc(archives, func(a, b Archive) int {
			return cmp.Or(cmp.Compare(rank[a.Build], rank[b.Build]), cmp.Compare(a.ID, b.ID))
		})
		return err
	})
	return archives, builds, err
}

// MavenArchive is an archive in the Maven repository of a tag.
type MavenArchive struct {
	Archive
	Tagged *Build // the build that it comes from, in the tag that shows it
}

// MavenArchives returns what the Maven repository of a tag holds: of each group
// and artifact the version of the latest build, those of nearer tags first, and
// other versions only from tags with MavenIncludeAll. One version never comes from
// several builds. Only opts.At and opts.Inherit count. A tag that does not exist
// is koji.ErrNotFound.
//
// The source must be an [ArchiveReader]; one that is not is koji.ErrUnsupported.
func (r *Resolver) MavenArchives(ctx context.Context, tag koji.TagID, opts BuildOptions) ([]MavenArchive, error) {
	var list []MavenArchive
	err := r.source.View(ctx, func(src Reader) error {
		reader, err := able[ArchiveReader](src, "archives")
		if err != nil {
			return err
		}
		builds, err := r.builds(ctx, src, tag, BuildOptions{At: opts.At, Inherit: opts.Inherit})
		if err != nil {
			return err
		}
		archives, err := reader.Archives(ctx, ArchiveQuery{
			Builds: unique(column(builds, func(b *Build) koji.BuildID { return b.ID })), Type: "maven",
		})
		if err != nil {
			return err
		}
		rows, err := src.Tags(ctx, opts.At, InfoQuery{IDs: unique(column(builds, func(b *Build) koji.TagID { return b.Tag }))})
		if err != nil {
			return err
		}
		list = chooseMaven(builds, archives, index(rows, func(i Info) (koji.TagID, bool) { return i.ID, i.MavenIncludeAll }))
		return nil
	})
	return list, err
}

// chooseMaven picks the archives of a Maven repository from those of some builds.
func chooseMaven(builds []Build, archives []Archive, all map[koji.TagID]bool) []MavenArchive {
	byBuild := make(map[koji.BuildID][]*Archive)
	for i := range archives {
		byBuild[archives[i].Build] = append(byBuild[archives[i].Build], &archives[i])
	}
	type artifact struct{ group, name string }
	chosen := make(map[artifact]map[string]koji.BuildID) // by version
	taken := make(map[koji.ArchiveID]bool)
	var list []MavenArchive
	for i := range builds {
		b := &builds[i]
		for _, a := range byBuild[b.ID] {
			key := artifact{a.Maven.GroupID, a.Maven.ArtifactID}
			from, known := chosen[key][a.Maven.Version]
			switch {
			case taken[a.ID] || known && from != b.ID:
				continue
			case !known && len(chosen[key]) > 0 && !all[b.Tag]:
				continue
			case chosen[key] == nil:
				chosen[key] = make(map[string]koji.BuildID)
			}
			chosen[key][a.Maven.Version] = b.ID
			taken[a.ID] = true
			list = append(list, MavenArchive{*a, b})
		}
	}
	return list
}
