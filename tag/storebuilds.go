package tag

import (
	"context"
	"slices"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

func (r reader) TaggedBuilds(ctx context.Context, at koji.EventID, q TaggedBuildQuery) ([]TaggedBuild, error) {
	build, ok, err := r.buildFilter(ctx, q)
	if err != nil || !ok {
		return nil, err
	}
	f := storage.TaggedBuildFilter{
		Build: build.ID, Package: build.Package, State: build.State, Draft: build.Draft, Owner: build.Owner,
	}
	if q.Tags != nil || q.ID == 0 {
		f.Tag = storage.Is(q.Tags...)
	}
	var list []TaggedBuild
	for t, err := range r.tx.TaggedBuilds().Each(ctx, at, f, unordered) {
		if err != nil {
			return nil, err
		}
		list = append(list, TaggedBuild{Tag: t.Tag, Build: t.Build, Package: t.Package, Event: t.Event})
	}
	if q.Type == "" {
		return list, nil
	}
	contents, err := r.contents(ctx, unique(column(list, func(t *TaggedBuild) koji.BuildID { return t.Build })), q.Type)
	return slices.DeleteFunc(list, func(t TaggedBuild) bool {
		_, typed := contents[t.Build]
		return !typed
	}), err
}

func (r reader) Builds(ctx context.Context, q BuildQuery) ([]Build, error) {
	var list []Build
	for d, err := range r.tx.BuildDetails().Each(ctx, storage.BuildFilter{ID: storage.Is(q.IDs...)}, unordered) {
		if err != nil {
			return nil, err
		}
		list = append(list, Build{BuildDetails: &d})
	}
	contents, err := r.contents(ctx, q.IDs, q.Type)
	for i := range list {
		c := contents[list[i].ID]
		list[i].Maven, list[i].Platform = c.maven, c.platform
	}
	return list, err
}

// buildFilter turns a query into a filter on the build table. It returns false
// if no build can meet it.
func (r reader) buildFilter(ctx context.Context, q TaggedBuildQuery) (f storage.BuildFilter, ok bool, err error) {
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
	maven    *koji.MavenInfo
	platform string
}

// contents returns the builds that hold content of a type, none for no type.
func (r reader) contents(ctx context.Context, list []koji.BuildID, typ string) (map[koji.BuildID]content, error) {
	ids := storage.Is(list...)
	switch typ {
	case "":
		return nil, nil
	case "maven":
		rows, err := r.tx.MavenBuilds().List(ctx, storage.MavenBuildFilter{Build: ids})
		return index(rows, func(m storage.MavenBuild) (koji.BuildID, content) {
			return m.Build, content{maven: &koji.MavenInfo{GroupID: m.GroupID, ArtifactID: m.ArtifactID, Version: m.Version}}
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

func (r reader) RPMs(ctx context.Context, q RPMQuery) ([]RPM, error) {
	f := storage.RPMFilter{Build: storage.Is(q.Builds...)}
	if len(q.Arches) > 0 {
		f.Arch = storage.Is(q.Arches...)
	}
	rows, err := r.tx.RPMs().List(ctx, f, unordered)
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
