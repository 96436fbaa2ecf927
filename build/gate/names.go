package gate

import (
	"context"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/storage"
)

// Names implements [policy.Lookups].
func (l *Lookups) Names(ctx context.Context, table policy.Table, refs []policy.Ref) ([]*policy.Name, error) {
	return read(ctx, l, func(tx *storage.Tx) ([]*policy.Name, error) {
		switch table {
		case policy.TablePackage:
			return namesOf(ctx, tx.Packages(), refs,
				func(id []koji.PackageID) storage.PackageFilter { return storage.PackageFilter{ID: storage.Is(id...)} },
				func(name []string) storage.PackageFilter { return storage.PackageFilter{Name: storage.Is(name...)} },
				func(p *storage.Package) policy.Name { return policy.Name{ID: int64(p.ID), Name: p.Name} })
		case policy.TableTag:
			return tagNames(ctx, tx, refs)
		case policy.TableTarget:
			return targetNames(ctx, tx, refs)
		case policy.TableVolume:
			return namesOf(ctx, tx.Volumes(), refs,
				func(id []koji.VolumeID) storage.VolumeFilter { return storage.VolumeFilter{ID: storage.Is(id...)} },
				func(name []string) storage.VolumeFilter { return storage.VolumeFilter{Name: storage.Is(name...)} },
				func(v *storage.Volume) policy.Name { return policy.Name{ID: int64(v.ID), Name: v.Name} })
		case policy.TableContentGenerator:
			return namesOf(ctx, tx.ContentGenerators(), refs,
				func(id []koji.CGID) storage.ContentGeneratorFilter {
					return storage.ContentGeneratorFilter{ID: storage.Is(id...)}
				},
				func(name []string) storage.ContentGeneratorFilter {
					return storage.ContentGeneratorFilter{Name: storage.Is(name...)}
				},
				func(g *storage.ContentGenerator) policy.Name { return policy.Name{ID: int64(g.ID), Name: g.Name} })
		}
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "no table of names: %d", table)
	})
}

func tagNames(ctx context.Context, tx *storage.Tx, refs []policy.Ref) ([]*policy.Name, error) {
	return namesOf(ctx, tx.Tags(), refs,
		func(id []koji.TagID) storage.TagFilter { return storage.TagFilter{ID: storage.Is(id...)} },
		func(name []string) storage.TagFilter { return storage.TagFilter{Name: storage.Is(name...)} },
		func(t *storage.Tag) policy.Name { return policy.Name{ID: int64(t.ID), Name: t.Name} })
}

func targetNames(ctx context.Context, tx *storage.Tx, refs []policy.Ref) ([]*policy.Name, error) {
	return namesOf(ctx, tx.Targets(), refs,
		func(id []koji.TargetID) storage.TargetFilter { return storage.TargetFilter{ID: storage.Is(id...)} },
		func(name []string) storage.TargetFilter { return storage.TargetFilter{Name: storage.Is(name...)} },
		func(t *storage.Target) policy.Name { return policy.Name{ID: int64(t.ID), Name: t.Name} })
}

// namesOf finds rows of a table of names: one query for those referred to by id and
// one for those by name.
func namesOf[R, F any, ID ~int64](
	ctx context.Context, table storage.Table[R, F], refs []policy.Ref,
	byID func([]ID) F, byName func([]string) F, nameOf func(*R) policy.Name,
) ([]*policy.Name, error) {
	var ids []ID
	var names []string
	for _, ref := range refs {
		if ref.Name != "" {
			names = append(names, ref.Name)
		} else {
			ids = append(ids, ID(ref.ID))
		}
	}
	found := make(map[policy.Ref]*policy.Name, len(refs))
	if len(ids) > 0 {
		rows, err := table.List(ctx, byID(ids))
		if err != nil {
			return nil, err
		}
		for i := range rows {
			name := nameOf(&rows[i])
			found[policy.ByID(name.ID)] = &name
		}
	}
	if len(names) > 0 {
		rows, err := table.List(ctx, byName(names))
		if err != nil {
			return nil, err
		}
		for i := range rows {
			name := nameOf(&rows[i])
			found[policy.ByName(name.Name)] = &name
		}
	}
	out := make([]*policy.Name, len(refs))
	for i, ref := range refs {
		out[i] = found[ref]
		if ref.Name != "" {
			out[i] = found[policy.ByName(ref.Name)]
		}
	}
	return out, nil
}

// Target implements [policy.Lookups].
func (l *Lookups) Target(ctx context.Context, ref policy.Ref) (*policy.Target, error) {
	return read(ctx, l, func(tx *storage.Tx) (*policy.Target, error) {
		names, err := targetNames(ctx, tx, []policy.Ref{ref})
		if err != nil || names[0] == nil {
			return nil, err
		}
		id := koji.TargetID(names[0].ID)
		config, err := first(tx.TargetConfigs().List(ctx, koji.Now, storage.TargetConfigFilter{Target: storage.Is(id)}))
		if err != nil || config == nil {
			return nil, err
		}
		return &policy.Target{ID: id, Name: names[0].Name, BuildTag: config.BuildTag}, nil
	})
}

// Channel implements [policy.Lookups].
func (l *Lookups) Channel(ctx context.Context, ref policy.Ref) (*policy.Channel, error) {
	return read(ctx, l, func(tx *storage.Tx) (*policy.Channel, error) {
		filter := storage.ChannelFilter{ID: storage.Is(koji.ChannelID(ref.ID))}
		if ref.Name != "" {
			filter = storage.ChannelFilter{Name: storage.Is(ref.Name)}
		}
		c, err := first(tx.Channels().List(ctx, filter))
		if err != nil || c == nil {
			return nil, err
		}
		return &policy.Channel{ID: c.ID, Name: c.Name, Enabled: c.Enabled}, nil
	})
}
