package tag

import (
	"context"
	"slices"
	"time"

	"github.com/kojikit/kojikit/internal/pyregex"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// LinkChange is one entry of a change of a tag's inheritance. Of its Link, Child
// and the names are ignored.
type LinkChange struct {
	Link
	Delete bool // end the link to Parent; the other fields are ignored
}

// SetInheritance merges changes into a tag's own links, in their order: a link to
// a new parent is added, one to a known parent replaced if it differs. With clear
// the links that changes do not mention end, and those that they do are written
// anew. If nothing changes nothing is written.
//
// Parents must exist; filters must compile; no two of the resulting links may
// have the same priority (koji.ErrInvalid). Loops are not refused: Koji stores
// them, and resolution breaks them. It takes the permission tag.
func (e *Editor) SetInheritance(ctx context.Context, tag koji.TagID, changes []LinkChange, clear bool) error {
	if _, err := e.tagName(ctx, tag); err != nil {
		return err
	}
	if err := e.Require(ctx, tagPermission); err != nil {
		return err
	}
	if err := e.checkLinks(ctx, changes); err != nil {
		return err
	}
	stored, err := e.reader.Links(ctx, koji.Now, LinkQuery{Children: []koji.TagID{tag}})
	if err != nil {
		return err
	}
	m := newMerge(tag, stored)
	for i := range changes {
		if err := m.apply(&changes[i], clear); err != nil {
			return err
		}
	}
	if clear {
		m.deleteUntouched()
	}
	if err := m.checkPriorities(); err != nil {
		return err
	}
	if err := m.checkFilters(e.resolver.opts.MatchTimeout); err != nil {
		return err
	}
	return e.tx.Try(ctx, func() error { return e.writeLinks(ctx, m) })
}

// checkLinks refuses changes that can be told to be wrong without the stored
// links.
func (e *Editor) checkLinks(ctx context.Context, changes []LinkChange) error {
	ids := column(changes, func(c *LinkChange) koji.TagID { return c.Parent })
	parents, err := e.reader.Tags(ctx, koji.Now, InfoQuery{IDs: unique(ids)})
	if err != nil {
		return err
	}
	exists := index(parents, func(t Info) (koji.TagID, bool) { return t.ID, t.Exists })
	for i := range changes {
		c := &changes[i]
		switch {
		case !exists[c.Parent]:
			return koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "inheritance link %d: no such parent tag: %d", i, c.Parent)
		case c.Delete:
			continue
		case c.Priority != int(int32(c.Priority)) || c.MaxDepth.V != int(int32(c.MaxDepth.V)):
			return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "inheritance link %d to tag %d: number beyond 32 bits", i, c.Parent)
		}
	}
	return nil
}

// checkFilters refuses patterns that do not compile, but not where they are
// already: a link that holds one must not keep others from being changed.
func (m *merge) checkFilters(timeout time.Duration) error {
	for _, l := range m.links {
		if !l.changed || l.deleted || l.PkgFilter.V == "" {
			continue
		}
		if _, err := pyregex.Compile(l.PkgFilter.V, timeout); err != nil {
			return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "package filter of the link from tag %d to tag %d: %w", m.child, l.Parent, err)
		}
	}
	return nil
}

// merge is a change of inheritance in the making.
type merge struct {
	child    koji.TagID
	stored   map[koji.TagID]Link
	links    []*mergedLink
	byParent map[koji.TagID]*mergedLink
}

// mergedLink is a link as it will be.
type mergedLink struct {
	Link
	changed bool // to be written
	deleted bool
}

func newMerge(child koji.TagID, stored []Link) *merge {
	sortByPriority(stored)
	m := &merge{child: child, stored: make(map[koji.TagID]Link), byParent: make(map[koji.TagID]*mergedLink)}
	for _, l := range stored {
		l.ChildName, l.ParentName = "", ""
		m.stored[l.Parent] = l
		m.add(&mergedLink{Link: l})
	}
	return m
}

func (m *merge) add(l *mergedLink) {
	m.links = append(m.links, l)
	m.byParent[l.Parent] = l
}

func (m *merge) apply(c *LinkChange, clear bool) error {
	l := m.byParent[c.Parent]
	if c.Delete {
		if l != nil {
			l.deleted = true
		}
		return nil
	}
	next := c.Link
	next.Child, next.ChildName, next.ParentName = m.child, "", ""
	stored, known := m.stored[c.Parent]
	if known && !clear && next == stored {
		return nil
	}
	switch {
	case l == nil:
		l = &mergedLink{Link: next}
		m.add(l)
	case l.deleted && !clear:
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "link from tag %d to tag %d to be both deleted and set", m.child, c.Parent)
	}
	l.Link, l.changed, l.deleted = next, true, false
	return nil
}

func (m *merge) deleteUntouched() {
	for _, l := range m.links {
		l.deleted = l.deleted || !l.changed
	}
}

func (m *merge) checkPriorities() error {
	byPriority := make(map[int][]koji.TagID)
	for _, l := range m.links {
		if !l.deleted {
			byPriority[l.Priority] = append(byPriority[l.Priority], l.Parent)
		}
	}
	for _, l := range m.links {
		if parents := byPriority[l.Priority]; len(parents) > 1 && !l.deleted {
			slices.Sort(parents)
			return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "tags %v have the same priority %d as parents of tag %d", parents, l.Priority, m.child)
		}
	}
	return nil
}

// writeLinks ends what has changed, then adds what remains, so that priorities
// can be exchanged.
func (e *Editor) writeLinks(ctx context.Context, m *merge) error {
	var ended []koji.TagID
	var rows []storage.Inheritance
	for _, l := range m.links {
		if l.changed || l.deleted {
			ended = append(ended, l.Parent)
		}
		if l.changed && !l.deleted {
			rows = append(rows, storage.Inheritance{
				Tag: m.child, Parent: l.Parent, Priority: l.Priority, MaxDepth: l.MaxDepth,
				Intransitive: l.Intransitive, NoConfig: l.NoConfig, PkgFilter: l.PkgFilter,
			})
		}
	}
	if len(ended) == 0 {
		return nil
	}
	f := storage.InheritanceFilter{Tag: storage.Is(m.child), Parent: storage.Is(ended...)}
	if _, err := e.tx.Inheritances().Revoke(ctx, f); err != nil {
		return err
	}
	return e.tx.Inheritances().InsertAll(ctx, rows)
}
