package tag

import (
	"cmp"
	"context"
	"database/sql"
	"iter"
	"slices"
	"time"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// HistoryQuery selects versions of what is versioned. A version must meet every
// field that is set; a table that has nothing to do with one of the objects asked
// for, by which it could be selected, is left out.
type HistoryQuery struct {
	Tables []string // by their names in Koji's database; nil for all

	Tag          koji.TagID // as child or parent of a link, as either tag of a target
	Build        koji.BuildID
	Package      koji.PackageID
	User         koji.UserID // who holds, owns or belongs, not who changed it
	Permission   koji.PermissionID
	ExternalRepo koji.ExternalRepoID
	Target       koji.TargetID
	Group        koji.GroupID // also as the required one
	CG           koji.CGID
	Host         koji.HostID
	Channel      koji.ChannelID
	ExtraKey     sql.Null[string] // key of a free setting

	Activity Activity
	Editor   koji.UserID // who made or ended it
	// The following select versions made or ended after or before an event or a
	// time, neither included.
	AfterEvent  koji.EventID
	BeforeEvent koji.EventID // koji.Now for no bound
	After       time.Time
	Before      time.Time

	Offset int // leave out so many versions of each table
	Limit  int // at most so many versions of each table; 0 for all
}

// Activity tells whether to select versions that are still in force.
type Activity uint8

// Choices of versions.
const (
	AnyActivity Activity = iota
	ActiveOnly
	RevokedOnly
)

// Revision is one version of a row: something that was made by an event and, if
// it is not active any more, ended by another.
type Revision struct {
	Table string
	Row   any // record of package storage: a storage.TagListing, for example
	storage.Version
	CreatorName string
	RevokerName string // empty while active
	CreateTime  time.Time
	RevokeTime  time.Time // zero while active
	// Names are those of what the row refers to, as they are today, by the names
	// that Koji gives them: tag.name, parent.name, package.name, owner.name, ...
	Names map[string]string
	// Build is the build of a tagging: its record and package name. It is nil for
	// other tables.
	Build *Build
}

// Mark tells of a revision which of its ends meets a condition.
type Mark struct {
	Created bool
	Revoked sql.Null[bool] // null while active
}

// Marks returns, for each condition of the query on who changed something and
// when, which end of a revision meets it. The keys are by, after, before,
// after_event and before_event.
func (q *HistoryQuery) Marks(r *Revision) map[string]Mark {
	marks := make(map[string]Mark)
	mark := func(key string, wanted, created, revoked bool) {
		if !wanted {
			return
		}
		m := Mark{Created: created}
		if !r.Active() {
			m.Revoked = storage.Null(revoked)
		}
		marks[key] = m
	}
	mark("by", q.Editor != 0, r.Creator == q.Editor, r.Revoker.V == q.Editor)
	mark("after", !q.After.IsZero(), r.CreateTime.After(q.After), r.RevokeTime.After(q.After))
	mark("before", !q.Before.IsZero(), r.CreateTime.Before(q.Before), r.RevokeTime.Before(q.Before))
	mark("after_event", q.AfterEvent != koji.Now, r.CreateEvent > q.AfterEvent, r.RevokeEvent.V > q.AfterEvent)
	mark("before_event", q.BeforeEvent != koji.Now, r.CreateEvent < q.BeforeEvent, r.RevokeEvent.V < q.BeforeEvent)
	return marks
}

// meets tells whether either end of a revision meets every condition.
func (q *HistoryQuery) meets(r *Revision) bool {
	for _, m := range q.Marks(r) {
		if !m.Created && !m.Revoked.V {
			return false
		}
	}
	return true
}

// Selected returns the tables that the query is about, in the order of
// [HistoryTables]: those asked for, without those that cannot be selected from in
// this way. A table that has no history is koji.ErrInvalid.
func (q *HistoryQuery) Selected() ([]string, error) {
	for _, name := range q.Tables {
		if !slices.ContainsFunc(historyTables, func(t historyTable) bool { return t.name == name }) {
			return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "no such history table: %q", name)
		}
	}
	var names []string
	for i := range historyTables {
		t := &historyTables[i]
		if (q.Tables == nil || slices.Contains(q.Tables, t.name)) && q.selectors()&^t.selectors == 0 {
			names = append(names, t.name)
		}
	}
	return names, nil
}

// HistoryTables returns the tables that have a history.
func HistoryTables() []string {
	return column(historyTables, func(t *historyTable) string { return t.name })
}

// historyChunk is how many rows of a table are held at a time.
const historyChunk = 10000

// History iterates over the versions that a query selects: table by table, by the
// event that made them. It holds only a part of them at a time. The first error
// ends it.
func (c *Catalog) History(ctx context.Context, q HistoryQuery) iter.Seq2[Revision, error] {
	return func(yield func(Revision, error) bool) {
		if err := c.history(ctx, &q, func(r *Revision) bool { return yield(*r, nil) }); err != nil {
			yield(Revision{}, err)
		}
	}
}

func (c *Catalog) history(ctx context.Context, q *HistoryQuery, yield func(*Revision) bool) error {
	if q.Limit < 0 || q.Offset < 0 {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "history with limit %d and offset %d", q.Limit, q.Offset)
	}
	names, err := q.Selected()
	if err != nil {
		return err
	}
	s, err := c.newSelection(ctx, q)
	if err != nil || s.empty {
		return err
	}
	for i := range historyTables {
		t := &historyTables[i]
		if !slices.Contains(names, t.name) {
			continue
		}
		skip, left, more := q.Offset, q.Limit, true
		err := c.chunks(ctx, t, s, func(r *Revision) bool {
			switch {
			case !q.meets(r):
				return true
			case skip > 0:
				skip--
				return true
			}
			left--
			more = yield(r)
			return more && left != 0
		})
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// chunks yields the versions of one table, some at a time so that their names can
// be looked up together.
func (c *Catalog) chunks(ctx context.Context, t *historyTable, s *selection, yield func(*Revision) bool) error {
	from, size := koji.EventID(1), historyChunk
	for {
		list, next, err := c.chunk(ctx, t, s, from, size)
		if err != nil {
			return err
		}
		if next == from { // one event made more than fit
			size *= 2
			continue
		}
		if err := c.nameRevisions(ctx, t, list); err != nil {
			return err
		}
		for i := range list {
			if !yield(&list[i]) {
				return nil
			}
		}
		if next == koji.Now || s.until != koji.Now && next >= s.until {
			return nil
		}
		from, size = next, historyChunk
	}
}

// chunk reads versions made at an event or later, and returns the event where the
// rest begins, koji.Now if there is none.
func (c *Catalog) chunk(ctx context.Context, t *historyTable, s *selection, from koji.EventID, size int) ([]Revision, koji.EventID, error) {
	var list []Revision
	var next koji.EventID
	seen := make(map[any]bool)
	for _, v := range s.versions(from) {
		for part := range t.parts(s) {
			rows, err := t.read(ctx, c.tx, s, part, v, size)
			if err != nil {
				return nil, koji.Now, err
			}
			if len(rows) == size { // the last event may have made more of them
				if last := rows[size-1].CreateEvent; next == koji.Now || last < next {
					next = last
				}
			}
			for _, r := range rows {
				if !seen[r.Row] {
					seen[r.Row] = true
					list = append(list, r)
				}
			}
		}
	}
	if next != koji.Now {
		list = slices.DeleteFunc(list, func(r Revision) bool { return r.CreateEvent >= next })
	}
	slices.SortStableFunc(list, func(a, b Revision) int { return cmp.Compare(a.CreateEvent, b.CreateEvent) })
	return list, next, nil
}
