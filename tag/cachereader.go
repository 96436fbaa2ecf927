package tag

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// cacheReader is a Reader over a cache, in which the present is the last event.
// What the cache has not got it reads from the source, each time in a view of its
// own: what was at an event is the same in all.
type cacheReader struct {
	c    *Cache
	last koji.EventID
}

// at returns the event that a question is about.
func (r *cacheReader) at(event koji.EventID) koji.EventID {
	if event == koji.Now || event > r.last {
		return r.last
	}
	return event
}

func (r *cacheReader) Tags(ctx context.Context, at koji.EventID, q InfoQuery) ([]Info, error) {
	if len(q.Names) == 0 {
		r.c.mu.Lock()
		var list []Info
		for _, id := range q.IDs {
			if t := r.c.contentAt(id, r.at(at)); t != nil {
				list = append(list, t.info)
			}
		}
		r.c.mu.Unlock()
		if len(list) == len(q.IDs) {
			return list, nil
		}
	}
	return pass(ctx, r, func(src Reader) ([]Info, error) { return src.Tags(ctx, r.at(at), q) })
}

func (r *cacheReader) Links(ctx context.Context, at koji.EventID, q LinkQuery) ([]Link, error) {
	return pass(ctx, r, func(src Reader) ([]Link, error) { return src.Links(ctx, r.at(at), q) })
}

func (r *cacheReader) Packages(ctx context.Context, at koji.EventID, q PackageQuery) ([]Package, error) {
	return pass(ctx, r, func(src Reader) ([]Package, error) { return src.Packages(ctx, r.at(at), q) })
}

func (r *cacheReader) TaggedBuilds(ctx context.Context, at koji.EventID, q TaggedBuildQuery) ([]TaggedBuild, error) {
	return pass(ctx, r, func(src Reader) ([]TaggedBuild, error) { return src.TaggedBuilds(ctx, r.at(at), q) })
}

func (r *cacheReader) Builds(ctx context.Context, q BuildQuery) ([]Build, error) {
	return pass(ctx, r, func(src Reader) ([]Build, error) { return src.Builds(ctx, q) })
}

func (r *cacheReader) RPMs(ctx context.Context, q RPMQuery) ([]RPM, error) {
	return pass(ctx, r, func(src Reader) ([]RPM, error) { return src.RPMs(ctx, q) })
}

func pass[R any](ctx context.Context, r *cacheReader, ask func(src Reader) ([]R, error)) (rows []R, err error) {
	err = r.c.source.View(ctx, func(src Reader) error {
		rows, err = ask(src)
		return err
	})
	return rows, err
}

// links returns the links of all tags, by child and in order of priority. They
// must not be changed.
func (r *cacheReader) links(ctx context.Context, at koji.EventID) (map[koji.TagID][]Link, error) {
	at = r.at(at)
	var set *linkSet
	found := func() bool {
		r.c.mu.Lock()
		defer r.c.mu.Unlock()
		set = r.c.linksAt(at)
		return set != nil
	}
	if found() {
		return set.links, nil
	}
	err := r.c.load(ctx, found, func(src CacheReader) error {
		rows, err := src.Links(ctx, at, LinkQuery{})
		if err != nil {
			return err
		}
		set = &linkSet{span{at, at}, byChild(rows)}
		r.c.mu.Lock()
		defer r.c.mu.Unlock()
		r.c.keepLinks(set)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return set.links, nil
}

// contents returns what tags contain.
func (r *cacheReader) contents(ctx context.Context, at koji.EventID, tags []koji.TagID) (map[koji.TagID]*tagContent, error) {
	at = r.at(at)
	list := make(map[koji.TagID]*tagContent, len(tags))
	var missing []koji.TagID
	found := func() bool {
		r.c.mu.Lock()
		defer r.c.mu.Unlock()
		missing = missing[:0]
		for _, id := range tags {
			if t := r.c.contentAt(id, at); t != nil {
				list[id] = t
			} else {
				missing = append(missing, id)
			}
		}
		return len(missing) == 0
	}
	if found() {
		return list, nil
	}
	return list, r.c.load(ctx, found, func(src CacheReader) error {
		missing, err := r.renew(ctx, src, at, missing, list)
		if err != nil || len(missing) == 0 {
			return err
		}
		return r.read(ctx, src, at, missing, list)
	})
}

// tagged returns the builds in some tags, newest tagging first: all, or those of
// the package of a name. It returns nil if there is no such package in the lists of
// the tags, and so its id is not known.
func (r *cacheReader) tagged(ctx context.Context, at koji.EventID, tags []koji.TagID, name string) (map[koji.TagID][]TaggedBuild, error) {
	contents, err := r.contents(ctx, at, tags)
	if err != nil {
		return nil, err
	}
	byTag := make(map[koji.TagID][]TaggedBuild, len(tags))
	var pkg koji.PackageID
	for id, t := range contents {
		byTag[id] = t.builds
		if p := t.list.named(name); len(p) > 0 {
			pkg = p[0].ID
		}
	}
	if name == "" {
		return byTag, nil
	}
	if pkg == 0 {
		return nil, nil
	}
	for id, list := range byTag {
		byTag[id] = nil
		for i := range list {
			if list[i].Package == pkg {
				byTag[id] = append(byTag[id], list[i])
			}
		}
	}
	return byTag, nil
}

// renew puts what is known of tags at an earlier event into list if it still holds,
// and returns the other tags.
func (r *cacheReader) renew(ctx context.Context, src CacheReader, at koji.EventID, tags []koji.TagID, list map[koji.TagID]*tagContent) ([]koji.TagID, error) {
	known := make(map[koji.TagID]*tagContent)
	after := at
	r.c.mu.Lock()
	for _, id := range tags {
		if t := r.c.newest(id, at); t != nil {
			known[id], after = t, min(after, t.until)
		}
	}
	r.c.mu.Unlock()
	if len(known) == 0 {
		return tags, nil
	}
	stale := slices.DeleteFunc(slices.Clone(tags), func(id koji.TagID) bool { return known[id] == nil })
	changed, err := src.Changed(ctx, stale, after)
	if err != nil {
		return nil, err
	}
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	for _, id := range changed {
		delete(known, id)
	}
	for id, t := range known {
		t.until = at
		list[id] = t
	}
	return slices.DeleteFunc(slices.Clone(tags), func(id koji.TagID) bool { return known[id] != nil }), nil
}

// read reads what tags contain into list.
func (r *cacheReader) read(ctx context.Context, src CacheReader, at koji.EventID, tags []koji.TagID, list map[koji.TagID]*tagContent) error {
	infos, err := src.Tags(ctx, at, InfoQuery{IDs: tags})
	if err != nil {
		return err
	}
	packages, err := entries(ctx, src, tags, PackageOptions{At: at})
	if err != nil {
		return err
	}
	builds, err := tagged(ctx, src, tags, BuildOptions{At: at})
	if err != nil {
		return err
	}
	for _, id := range tags {
		own := packages[id]
		for i := range own.entries {
			p := &own.entries[i]
			for _, s := range []*string{&p.Name, &p.TagName, &p.OwnerName} {
				share(s)
			}
		}
		own.keep()
		// The rows of one tag are part of those of all.
		list[id] = &tagContent{span: span{at, at}, info: Info{ID: id}, list: own, builds: slices.Clone(builds[id])}
	}
	for _, info := range infos {
		list[info.ID].info = info
	}
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	for _, id := range tags {
		// What was not tagged may have changed without a word.
		after := r.c.start
		if t := r.c.newest(id, at); t != nil {
			after = t.until
		}
		for _, b := range list[id].builds {
			if b.Event <= after {
				break
			}
			r.c.forget(b.Build)
		}
		r.c.keepContent(list[id])
	}
	return nil
}

// details returns what is known of builds, in their order, nil for one that is
// not there.
func (r *cacheReader) details(ctx context.Context, chosen []TaggedBuild) ([]*storage.BuildDetails, error) {
	list := make([]*storage.BuildDetails, len(chosen))
	var missing []koji.BuildID
	found := func() bool {
		r.c.mu.Lock()
		defer r.c.mu.Unlock()
		missing = missing[:0]
		for i := range chosen {
			if list[i] = r.c.build(chosen[i].Build); list[i] == nil {
				missing = append(missing, chosen[i].Build)
			}
		}
		return len(missing) == 0
	}
	if found() {
		return list, nil
	}
	return list, r.c.load(ctx, found, func(src CacheReader) error {
		rows, err := src.Builds(ctx, BuildQuery{IDs: unique(missing)})
		if err != nil {
			return err
		}
		read := make(map[koji.BuildID]*storage.BuildDetails, len(rows))
		r.c.mu.Lock()
		defer r.c.mu.Unlock()
		for i := range rows {
			b := *rows[i].BuildDetails // whose texts will be shared
			read[b.ID] = &b
			r.c.keepBuild(&b)
		}
		for i := range chosen {
			if list[i] == nil {
				list[i] = read[chosen[i].Build]
			}
		}
		return nil
	})
}

// rpms returns the rpms of builds, in the order of these, by id.
func (r *cacheReader) rpms(ctx context.Context, builds []koji.BuildID, arches []string) ([]RPM, error) {
	key := strings.Join(unique(arches), " ")
	lists := make([][]RPM, len(builds))
	var missing []koji.BuildID
	found := func() bool {
		r.c.mu.Lock()
		defer r.c.mu.Unlock()
		missing = missing[:0]
		for i, id := range builds {
			var known bool
			if lists[i], known = r.c.rpmsOf(key, id); !known {
				missing = append(missing, id)
			}
		}
		return len(missing) == 0
	}
	if !found() {
		err := r.c.load(ctx, found, func(src CacheReader) error {
			rows, err := src.RPMs(ctx, RPMQuery{Builds: missing, Arches: arches})
			if err != nil {
				return err
			}
			slices.SortFunc(rows, func(a, b RPM) int { return cmp.Or(cmp.Compare(a.Build.V, b.Build.V), cmp.Compare(a.ID, b.ID)) })
			read := make(map[koji.BuildID][]RPM, len(missing))
			for len(rows) > 0 {
				id := rows[0].Build.V
				n := slices.IndexFunc(rows, func(p RPM) bool { return p.Build.V != id })
				if n < 0 {
					n = len(rows)
				}
				read[id], rows = slices.Clone(rows[:n]), rows[n:]
			}
			r.c.mu.Lock()
			defer r.c.mu.Unlock()
			for i, id := range builds {
				if lists[i] != nil {
					continue
				}
				if lists[i] = read[id]; lists[i] == nil {
					lists[i] = []RPM{} // which is known, too
				}
				r.c.keepRPMs(key, id, lists[i])
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	n := 0
	for _, list := range lists {
		n += len(list)
	}
	all := make([]RPM, 0, n)
	for _, list := range lists {
		all = append(all, list...)
	}
	return all, nil
}
