package tag

import (
	"slices"
	intern "unique"
	"unsafe"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// generation is what a cache keeps. There are two: what is found in the old one
// moves to the young one; when that is half of what may be kept, it becomes the
// old one, and the old one is dropped.
type generation struct {
	links  []*linkSet
	tags   map[koji.TagID][]*tagContent // by event, the latest last
	builds table[koji.BuildID, *storage.BuildDetails]
	rpms   map[string]*table[koji.BuildID, []RPM] // by architectures
}

// span is the events for which something is known to be as it is.
type span struct{ since, until koji.EventID }

func (s *span) holds(at koji.EventID) bool { return s.since <= at && at <= s.until }

// linkSet is the links of all tags, by child and in order of priority.
type linkSet struct {
	span
	links map[koji.TagID][]Link
}

// tagContent is what a tag contains by itself. But for its span it never changes.
type tagContent struct {
	span
	info   Info
	list   packageList
	builds []TaggedBuild // newest first
}

// table is a map from ids, which are dense as long as they come from a database.
type table[K ~int64, V any] struct {
	dense []V
	rest  map[K]V
}

// denseIDs is how many ids a table has places for at most.
const denseIDs = 1 << 24

func (t *table[K, V]) get(id K) (v V) {
	if uint64(id) < uint64(len(t.dense)) {
		return t.dense[id]
	}
	if uint64(id) < denseIDs {
		return v
	}
	return t.rest[id]
}

func (t *table[K, V]) set(id K, v V) {
	if uint64(id) >= denseIDs {
		if t.rest == nil {
			t.rest = make(map[K]V)
		}
		t.rest[id] = v
		return
	}
	if int(id) >= len(t.dense) {
		t.dense = slices.Grow(t.dense, int(id)+1-len(t.dense))[:int(id)+1]
	}
	t.dense[id] = v
}

// The functions that follow need the cache's lock.

// grow counts what was added to the young generation.
func (c *Cache) grow(bytes int) {
	c.size += int64(bytes)
	if c.size > c.opts.Bytes/2 {
		c.old, c.young, c.size = c.young, generation{}, 0
	}
}

// linksAt returns the links at an event, or nil.
func (c *Cache) linksAt(at koji.EventID) *linkSet {
	for _, g := range []*generation{&c.young, &c.old} {
		for _, l := range slices.Backward(g.links) {
			if l.holds(at) {
				return l
			}
		}
	}
	return nil
}

func (c *Cache) keepLinks(l *linkSet) {
	c.young.links = append(c.young.links, l)
	n := 0
	for _, list := range l.links {
		n += 64 + len(list)*int(unsafe.Sizeof(Link{}))
	}
	c.grow(n)
}

// contentAt returns what a tag contains at an event, or nil.
func (c *Cache) contentAt(tag koji.TagID, at koji.EventID) *tagContent {
	for _, t := range slices.Backward(c.young.tags[tag]) {
		if t.holds(at) {
			return t
		}
	}
	for _, t := range slices.Backward(c.old.tags[tag]) {
		if t.holds(at) {
			c.old.tags[tag] = slices.DeleteFunc(c.old.tags[tag], func(other *tagContent) bool { return other == t })
			c.keepContent(t)
			return t
		}
	}
	return nil
}

// newest returns what is known of a tag at the latest event before one, or nil.
func (c *Cache) newest(tag koji.TagID, before koji.EventID) *tagContent {
	var found *tagContent
	for _, g := range []*generation{&c.young, &c.old} {
		for _, t := range g.tags[tag] {
			if t.until < before && (found == nil || found.until < t.until) {
				found = t
			}
		}
	}
	return found
}

func (c *Cache) keepContent(t *tagContent) {
	if c.young.tags == nil {
		c.young.tags = make(map[koji.TagID][]*tagContent)
	}
	c.young.tags[t.info.ID] = append(c.young.tags[t.info.ID], t)
	c.grow(512 + len(t.list.entries)*int(unsafe.Sizeof(Package{})) + len(t.builds)*int(unsafe.Sizeof(TaggedBuild{})))
}

// build returns what is known of a build, or nil.
func (c *Cache) build(id koji.BuildID) *storage.BuildDetails {
	if b := c.young.builds.get(id); b != nil {
		return b
	}
	b := c.old.builds.get(id)
	if b != nil {
		c.keepBuild(b)
	}
	return b
}

func (c *Cache) keepBuild(b *storage.BuildDetails) {
	for _, s := range []*string{&b.Name, &b.OwnerName, &b.VolumeName, &b.Version} {
		share(s)
	}
	c.young.builds.set(b.ID, b)
	c.grow(int(unsafe.Sizeof(*b)) + len(b.Release) + len(b.Source.V) + len(b.Extra.V) + 48)
}

// rpmsOf returns the rpms of a build with some architectures, and whether they are
// known.
func (c *Cache) rpmsOf(arches string, id koji.BuildID) ([]RPM, bool) {
	if t := c.young.rpms[arches]; t != nil {
		if list := t.get(id); list != nil {
			return list, true
		}
	}
	if t := c.old.rpms[arches]; t != nil {
		if list := t.get(id); list != nil {
			c.keepRPMs(arches, id, list)
			return list, true
		}
	}
	return nil, false
}

func (c *Cache) keepRPMs(arches string, id koji.BuildID, list []RPM) {
	if c.young.rpms == nil {
		c.young.rpms = make(map[string]*table[koji.BuildID, []RPM])
	}
	t := c.young.rpms[arches]
	if t == nil {
		t = new(table[koji.BuildID, []RPM])
		c.young.rpms[arches] = t
	}
	n := 64
	for i := range list {
		p := &list[i]
		for _, s := range []*string{&p.Name, &p.Version, &p.Release, &p.Arch} {
			share(s)
		}
		n += int(unsafe.Sizeof(*p)) + len(p.PayloadHash) + len(p.Extra.V)
	}
	t.set(id, list)
	c.grow(n)
}

// share replaces a text by a copy that all equal ones share.
func share(s *string) { *s = intern.Make(*s).Value() }

// forgetAll drops what is known of the builds in some tags.
func (c *Cache) forgetAll(tags []koji.TagID) {
	for _, id := range tags {
		known := slices.Concat(c.young.tags[id], c.old.tags[id])
		if len(known) == 0 { // which they are is not known
			for _, g := range []*generation{&c.young, &c.old} {
				g.builds, g.rpms = table[koji.BuildID, *storage.BuildDetails]{}, nil
			}
			return
		}
		for _, t := range known {
			for i := range t.builds {
				c.forget(t.builds[i].Build)
			}
		}
	}
}

// forget drops what is known of a build.
func (c *Cache) forget(id koji.BuildID) {
	for _, g := range []*generation{&c.young, &c.old} {
		if g.builds.get(id) != nil {
			g.builds.set(id, nil)
		}
		for _, rpms := range g.rpms {
			if rpms.get(id) != nil {
				rpms.set(id, nil)
			}
		}
	}
}
