package tag

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

func (r reader) Builds(ctx context.Context, at koji.EventID, q BuildQuery) ([]Build, error) {
	filter, ok, err := r.buildFilter(ctx, q)
	if err != nil || !ok {
		return nil, err
	}
	taggings, builds, err := r.taggings(ctx, at, q, filter)
	if err != nil {
		return nil, err
	}
	contents, err := r.contents(ctx, builds, q.Type)
	if err != nil {
		return nil, err
	}
	if q.Type != "" {
		taggings = slices.DeleteFunc(taggings, func(t tagging) bool {
			_, typed := contents[t.build.ID]
			return !typed
		})
	}
	if q.PerPackage > 0 {
		taggings = newest(taggings, q.PerPackage)
	}
	list := make([]Build, len(taggings))
	for i, t := range taggings {
		c := contents[t.build.ID]
		list[i] = Build{Build: *t.build, Tag: t.tag, Event: t.event, Maven: c.maven, Platform: c.platform}
	}
	return list, r.nameBuilds(ctx, list)
}

// tagging is a build in a tag, before anything is looked up about it.
type tagging struct {
	tag   koji.TagID
	event koji.EventID
	build *storage.Build
}

// taggings finds the builds in some tags that a filter accepts.
func (r reader) taggings(ctx context.Context, at koji.EventID, q BuildQuery, f storage.BuildFilter) ([]tagging, map[koji.BuildID]*storage.Build, error) {
	var listing storage.TagListingFilter
	if q.Tags != nil || q.ID == 0 {
		listing.Tag = storage.Is(q.Tags...)
	}
	var builds map[koji.BuildID]*storage.Build
	var err error
	// A package or a build has few taggings, a tag has many: begin with the fewer.
	few := q.Name != "" || q.ID != 0
	if few {
		if builds, err = r.buildsByID(ctx, f); err != nil {
			return nil, nil, err
		}
		listing.Build = storage.Is(slices.Collect(maps.Keys(builds))...)
	}
	listings, err := r.tx.TagListings().List(ctx, at, listing)
	if err != nil {
		return nil, nil, err
	}
	if !few {
		f.ID = storage.Is(unique(column(listings, func(l *storage.TagListing) koji.BuildID { return l.Build }))...)
		if builds, err = r.buildsByID(ctx, f); err != nil {
			return nil, nil, err
		}
	}
	list := make([]tagging, 0, len(listings))
	for i := range listings {
		if b := builds[listings[i].Build]; b != nil {
			list = append(list, tagging{listings[i].Tag, listings[i].CreateEvent, b})
		}
	}
	return list, builds, nil
}

// buildFilter turns a query into a filter on the build table. It returns false
// if no build can meet it.
func (r reader) buildFilter(ctx context.Context, q BuildQuery) (f storage.BuildFilter, ok bool, err error) {
	if !q.AnyState {
		f.State = storage.Is(koji.BuildComplete)
	}
	if q.ID != 0 {
		f.ID = storage.Is(q.ID)
	}
	if q.Drafts != DraftsToo {
		f.Draft = storage.Is(q.Drafts == DraftsOnly)
	}
	if q.Name != "" {
		ids, err := r.packageIDs(ctx, q.Name)
		if err != nil || len(ids) == 0 {
			return f, false, err
		}
		f.Package = storage.Is(ids...)
	}
	if q.Owner != "" {
		rows, err := r.tx.Users().List(ctx, storage.UserFilter{Name: storage.Is(q.Owner)})
		if err != nil || len(rows) == 0 {
			return f, false, err
		}
		f.Owner = storage.Is(rows[0].ID)
	}
	return f, true, nil
}

func (r reader) buildsByID(ctx context.Context, f storage.BuildFilter) (map[koji.BuildID]*storage.Build, error) {
	builds := make(map[koji.BuildID]*storage.Build)
	for b, err := range r.tx.Builds().Each(ctx, f) {
		if err != nil {
			return nil, err
		}
		builds[b.ID] = &b
	}
	return builds, nil
}

// content is what a build of a type has beyond others.
type content struct {
	maven    koji.MavenInfo
	platform string
}

// contents returns the builds that hold content of a type, none for no type.
func (r reader) contents(ctx context.Context, builds map[koji.BuildID]*storage.Build, typ string) (map[koji.BuildID]content, error) {
	ids := storage.Is(slices.Collect(maps.Keys(builds))...)
	switch typ {
	case "":
		return nil, nil
	case "maven":
		rows, err := r.tx.MavenBuilds().List(ctx, storage.MavenBuildFilter{Build: ids})
		return index(rows, func(m storage.MavenBuild) (koji.BuildID, content) {
			return m.Build, content{maven: koji.MavenInfo{GroupID: m.GroupID, ArtifactID: m.ArtifactID, Version: m.Version}}
		}), err
	case "win":
		rows, err := r.tx.WinBuilds().List(ctx, storage.WinBuildFilter{Build: ids})
		return index(rows, func(w storage.WinBuild) (koji.BuildID, content) {
			return w.Build, content{platform: w.Platform}
		}), err
	case "image":
		rows, err := r.tx.ImageBuilds().List(ctx, storage.ImageBuildFilter{Build: ids})
		return index(rows, func(i storage.ImageBuild) (koji.BuildID, content) { return i.Build, content{} }), err
	}
	types, err := r.tx.BTypes().List(ctx, storage.BTypeFilter{Name: storage.Is(typ)})
	if err != nil {
		return nil, err
	}
	if len(types) == 0 {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "unsupported build type: %q", typ)
	}
	rows, err := r.tx.BuildTypes().List(ctx, storage.BuildTypeFilter{Build: ids, BType: storage.Is(types[0].ID)})
	return index(rows, func(t storage.BuildType) (koji.BuildID, content) { return t.Build, content{} }), err
}

// newest keeps the newest n builds of each package in each tag.
func newest(list []tagging, n int) []tagging {
	slices.SortFunc(list, func(a, b tagging) int {
		return cmp.Or(cmp.Compare(a.tag, b.tag), newestFirst(a.event, b.event, a.build.ID, b.build.ID))
	})
	type key struct {
		tag koji.TagID
		pkg koji.PackageID
	}
	count := make(map[key]int)
	return slices.DeleteFunc(list, func(t tagging) bool {
		k := key{t.tag, t.build.Package}
		count[k]++
		return count[k] > n
	})
}

func (r reader) nameBuilds(ctx context.Context, list []Build) error {
	packages, err := r.packageNames(ctx, column(list, func(b *Build) koji.PackageID { return b.Package }))
	if err != nil {
		return err
	}
	tags, err := r.tagNames(ctx, column(list, func(b *Build) koji.TagID { return b.Tag }))
	if err != nil {
		return err
	}
	people := column(list, func(b *Build) koji.UserID { return b.Owner })
	for i := range list {
		if list[i].Promoter.Valid {
			people = append(people, list[i].Promoter.V)
		}
	}
	users, err := r.userNames(ctx, people)
	if err != nil {
		return err
	}
	volumes, err := r.volumeNames(ctx, column(list, func(b *Build) koji.VolumeID { return b.Volume }))
	if err != nil {
		return err
	}
	times, err := r.eventTimes(ctx, column(list, func(b *Build) koji.EventID { return b.CreateEvent }))
	if err != nil {
		return err
	}
	for i := range list {
		b := &list[i]
		b.Name, b.TagName, b.VolumeName = packages[b.Package], tags[b.Tag], volumes[b.Volume]
		b.OwnerName, b.CreationTime = users[b.Owner], times[b.CreateEvent]
		if b.Promoter.Valid {
			b.PromoterName = users[b.Promoter.V]
		}
	}
	return nil
}

func (r reader) RPMs(ctx context.Context, q RPMQuery) ([]RPM, error) {
	f := storage.RPMFilter{Build: storage.Is(q.Builds...)}
	if len(q.Arches) > 0 {
		f.Arch = storage.Is(q.Arches...)
	}
	rows, err := r.tx.RPMs().List(ctx, f)
	if err != nil {
		return nil, err
	}
	keys := make(map[koji.RPMID][]string)
	if q.Signatures {
		ids := column(rows, func(p *storage.RPM) koji.RPMID { return p.ID })
		for s, err := range r.tx.RPMSignatures().Each(ctx, storage.RPMSignatureFilter{RPM: storage.Is(ids...)}) {
			if err != nil {
				return nil, err
			}
			keys[s.RPM] = append(keys[s.RPM], s.SigKey)
		}
	}
	list := make([]RPM, 0, len(rows))
	for _, row := range rows {
		if len(keys[row.ID]) == 0 {
			list = append(list, RPM{RPM: row})
		}
		for _, key := range keys[row.ID] {
			list = append(list, RPM{RPM: row, SigKey: storage.Null(key)})
		}
	}
	return list, nil
}
