package tag

import (
	"context"
	"slices"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

func (r reader) Archives(ctx context.Context, q ArchiveQuery) ([]Archive, error) {
	f := storage.ArchiveFilter{Build: storage.Is(q.Builds...), BType: storage.NotNull[koji.BTypeID]()}
	types, err := r.tx.BTypes().List(ctx, storage.BTypeFilter{})
	if err != nil {
		return nil, err
	}
	names := index(types, func(t storage.BType) (koji.BTypeID, string) { return t.ID, t.Name })
	recorded := slices.Contains([]string{"", "maven", "win", "image"}, q.Type)
	if !recorded {
		i := slices.IndexFunc(types, func(t storage.BType) bool { return t.Name == q.Type })
		if i < 0 {
			return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "unsupported archive type: %q", q.Type)
		}
		f.BType = storage.Is(types[i].ID)
	}
	rows, err := r.tx.Archives().List(ctx, f)
	if err != nil {
		return nil, err
	}
	list := column(rows, func(a *storage.Archive) Archive { return Archive{Archive: *a, BTypeName: names[a.BType.V]} })
	if q.Type == "" || !recorded {
		return list, nil
	}
	return r.recorded(ctx, list, q.Type)
}

// recorded keeps the archives that have a record of a type, and completes them.
func (r reader) recorded(ctx context.Context, list []Archive, typ string) ([]Archive, error) {
	ids := storage.Is(column(list, func(a *Archive) koji.ArchiveID { return a.ID })...)
	records := make(map[koji.ArchiveID]func(*Archive))
	switch typ {
	case "maven":
		rows, err := r.tx.MavenArchives().List(ctx, storage.MavenArchiveFilter{Archive: ids})
		if err != nil {
			return nil, err
		}
		for _, m := range rows {
			records[m.Archive] = func(a *Archive) {
				a.Maven = koji.MavenInfo{GroupID: m.GroupID, ArtifactID: m.ArtifactID, Version: m.Version}
			}
		}
	case "win":
		rows, err := r.tx.WinArchives().List(ctx, storage.WinArchiveFilter{Archive: ids})
		if err != nil {
			return nil, err
		}
		for _, w := range rows {
			records[w.Archive] = func(a *Archive) { a.Win = w }
		}
	case "image":
		rows, err := r.tx.ImageArchives().List(ctx, storage.ImageArchiveFilter{Archive: ids})
		if err != nil {
			return nil, err
		}
		for _, i := range rows {
			records[i.Archive] = func(*Archive) {}
		}
	}
	kept := list[:0]
	for i := range list {
		if complete := records[list[i].ID]; complete != nil {
			complete(&list[i])
			kept = append(kept, list[i])
		}
	}
	return kept, nil
}
