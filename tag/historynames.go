package tag

import (
	"context"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// reference is an id in a row, with what the name behind it is called.
type reference struct {
	key string
	in  nameTable
	id  int64
}

func refer[ID ~int64](key string, in nameTable, id ID) reference {
	return reference{key, in, int64(id)}
}

// nameTable is a table of names.
type nameTable int

const (
	tagNames nameTable = iota
	packageNames
	userNames
	groupNames
	permissionNames
	targetNames
	externalRepoNames
	cgNames
	hostNames
	channelNames
)

// lookUp returns the names that ids have in a table.
func (r reader) lookUp(ctx context.Context, in nameTable, ids []int64) (map[int64]string, error) {
	switch in {
	case tagNames:
		return loose(r.tagNames(ctx, strict[koji.TagID](ids)))
	case packageNames:
		return loose(r.packageNames(ctx, strict[koji.PackageID](ids)))
	case userNames:
		return loose(r.userNames(ctx, strict[koji.UserID](ids)))
	case groupNames:
		return loose(r.groupNames(ctx, strict[koji.GroupID](ids)))
	case permissionNames:
		rows, err := r.tx.Permissions().List(ctx, storage.PermissionFilter{ID: storage.Is(strict[koji.PermissionID](ids)...)})
		return index(rows, func(p storage.Permission) (int64, string) { return int64(p.ID), p.Name }), err
	case targetNames:
		rows, err := r.tx.Targets().List(ctx, storage.TargetFilter{ID: storage.Is(strict[koji.TargetID](ids)...)})
		return index(rows, func(t storage.Target) (int64, string) { return int64(t.ID), t.Name }), err
	case externalRepoNames:
		return loose(r.externalRepoNames(ctx, strict[koji.ExternalRepoID](ids)))
	case cgNames:
		rows, err := r.tx.ContentGenerators().List(ctx, storage.ContentGeneratorFilter{ID: storage.Is(strict[koji.CGID](ids)...)})
		return index(rows, func(g storage.ContentGenerator) (int64, string) { return int64(g.ID), g.Name }), err
	case hostNames:
		rows, err := r.tx.Hosts().List(ctx, storage.HostFilter{ID: storage.Is(strict[koji.HostID](ids)...)})
		return index(rows, func(h storage.Host) (int64, string) { return int64(h.ID), h.Name }), err
	default:
		rows, err := r.tx.Channels().List(ctx, storage.ChannelFilter{ID: storage.Is(strict[koji.ChannelID](ids)...)})
		return index(rows, func(c storage.Channel) (int64, string) { return int64(c.ID), c.Name }), err
	}
}

// strict gives ids their type, loose takes it away.
func strict[ID ~int64](ids []int64) []ID {
	return unique(column(ids, func(id *int64) ID { return ID(*id) }))
}

func loose[ID ~int64](names map[ID]string, err error) (map[int64]string, error) {
	m := make(map[int64]string, len(names))
	for id, name := range names {
		m[int64(id)] = name
	}
	return m, err
}

// nameRevisions looks up, for all revisions together, what they refer to.
func (c *Catalog) nameRevisions(ctx context.Context, t *historyTable, list []Revision) error {
	refs := make([][]reference, len(list))
	wanted := make(map[nameTable][]int64)
	var events []koji.EventID
	for i := range list {
		r := &list[i]
		refs[i] = append(t.refs(r.Row), refer("", userNames, r.Creator))
		events = append(events, r.CreateEvent)
		if !r.Active() {
			refs[i] = append(refs[i], refer("", userNames, r.Revoker.V))
			events = append(events, r.RevokeEvent.V)
		}
		for _, ref := range refs[i] {
			wanted[ref.in] = append(wanted[ref.in], ref.id)
		}
	}
	names := make(map[nameTable]map[int64]string)
	for in, ids := range wanted {
		var err error
		if names[in], err = c.reader.lookUp(ctx, in, ids); err != nil {
			return err
		}
	}
	times, err := c.reader.eventTimes(ctx, events)
	if err != nil {
		return err
	}
	for i := range list {
		r := &list[i]
		r.CreatorName, r.CreateTime = names[userNames][int64(r.Creator)], times[r.CreateEvent]
		if !r.Active() {
			r.RevokerName, r.RevokeTime = names[userNames][int64(r.Revoker.V)], times[r.RevokeEvent.V]
		}
		r.Names = make(map[string]string, len(refs[i]))
		for _, ref := range refs[i] {
			if ref.key != "" {
				r.Names[ref.key] = names[ref.in][ref.id]
			}
		}
	}
	return c.addBuilds(ctx, list)
}

// addBuilds looks up the builds of taggings.
func (c *Catalog) addBuilds(ctx context.Context, list []Revision) error {
	var ids []koji.BuildID
	for i := range list {
		if l, ok := list[i].Row.(storage.TagListing); ok {
			ids = append(ids, l.Build)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := c.reader.Builds(ctx, BuildQuery{IDs: unique(ids)})
	builds := make(map[koji.BuildID]*Build, len(rows))
	for i := range rows {
		builds[rows[i].ID] = &rows[i]
	}
	for i := range list {
		if l, ok := list[i].Row.(storage.TagListing); ok {
			list[i].Build = builds[l.Build]
		}
	}
	return err
}
