package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// testMachine runs random transactions over a store and a model at once and
// compares all that they answer. The versioned table is that of inheritance
// links, which has two unique rules; the plain one that of external rpms.
func (s suite) testMachine(t *testing.T) {
	b := s.bed(t)
	ctx := t.Context()
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		m := &machine{ctx: ctx, store: b.store}
		m.links.kind, m.rpms.kind = kind(t, "tag_inheritance"), kind(t, "rpminfo")
		// The store is used over and over, so each round has a corner of its own.
		require.NoError(rt, b.store.Update(ctx, func(tx *storage.Tx) error { return m.settle(tx, round) }))
		rt.Repeat(map[string]func(*rapid.T){
			"Update": m.update,
			"":       m.view,
		})
		require.NoError(rt, b.store.View(ctx, func(tx *storage.Tx) error {
			m.check(rt, tx, m.events)
			return nil
		}))
	})
}

// machine is a store and what should be in it.
type machine struct {
	ctx   context.Context
	store *storage.Store
	user  koji.UserID
	tags  []koji.TagID // links are from the first
	repo  koji.ExternalRepoID
	state
}

// state is what a transaction changes.
type state struct {
	links  model
	rpms   model
	event  koji.EventID   // of the transaction, if there is one yet
	events []koji.EventID // all
}

// settle inserts what the rows of a round refer to.
func (m *machine) settle(tx *storage.Tx, round int) error {
	user := storage.User{Name: fmt.Sprint("user ", round)}
	if err := tx.Users().Insert(m.ctx, &user); err != nil {
		return err
	}
	m.user = user.ID
	for i := range 4 {
		tag := storage.Tag{Name: fmt.Sprint("tag ", round, " ", i)}
		if err := tx.Tags().Insert(m.ctx, &tag); err != nil {
			return err
		}
		m.tags = append(m.tags, tag.ID)
	}
	repo := storage.ExternalRepo{Name: fmt.Sprint("repo ", round)}
	err := tx.ExternalRepos().Insert(m.ctx, &repo)
	m.repo = repo.ID
	return err
}

// save copies the state, so that it can be put back.
func (m *machine) save() state {
	s := m.state
	s.links.rows, s.rpms.rows = slices.Clone(s.links.rows), slices.Clone(s.rpms.rows)
	s.events = slices.Clone(s.events)
	return s
}

var errAbandoned = errors.New("abandoned")

// abandon decides how a part of the program ends.
func abandon(rt *rapid.T) error {
	if rapid.IntRange(0, 3).Draw(rt, "abandon") == 0 {
		return errAbandoned
	}
	return nil
}

// update runs a transaction.
func (m *machine) update(rt *rapid.T) {
	m.event = koji.Now
	before, end := m.save(), abandon(rt)
	err := m.store.Update(m.ctx, func(tx *storage.Tx) error {
		tx.Actor = m.user
		m.steps(rt, tx, 2)
		return end
	})
	require.Equal(rt, end, err)
	if end != nil {
		m.state = before
	}
}

// view compares everything after a commit.
func (m *machine) view(rt *rapid.T) {
	require.NoError(rt, m.store.View(m.ctx, func(tx *storage.Tx) error {
		m.check(rt, tx, m.some(rt))
		return nil
	}))
}

// steps does a few things in a transaction, or in a part of it that may have
// parts itself.
func (m *machine) steps(rt *rapid.T, tx *storage.Tx, depth int) {
	for range rapid.IntRange(1, 6).Draw(rt, "steps") {
		switch rapid.IntRange(0, 8).Draw(rt, "step") {
		case 0, 1:
			m.insertLink(rt, tx)
		case 2:
			m.revokeLinks(rt, tx)
		case 3:
			_, err := tx.NewEvent(m.ctx)
			require.NoError(rt, err)
			m.event = koji.Now
			m.note(rt, tx)
		case 4, 5:
			m.insertRPM(rt, tx)
		case 6:
			m.updateRPM(rt, tx)
		case 7:
			m.deleteRPMs(rt, tx)
		default:
			m.check(rt, tx, m.some(rt))
			if depth > 0 {
				m.try(rt, tx, depth)
			}
		}
	}
}

func (m *machine) try(rt *rapid.T, tx *storage.Tx, depth int) {
	before, end := m.save(), abandon(rt)
	err := tx.Try(m.ctx, func() error {
		m.steps(rt, tx, depth-1)
		return end
	})
	require.Equal(rt, end, err)
	if end != nil {
		m.state = before
	}
}

// note learns the event of the transaction after a change that needed one.
func (m *machine) note(rt *rapid.T, tx *storage.Tx) {
	event, err := tx.Event(m.ctx)
	require.NoError(rt, err)
	if m.event != koji.Now {
		require.Equal(rt, m.event, event)
		return
	}
	if len(m.events) > 0 {
		require.Greater(rt, event, m.events[len(m.events)-1])
	}
	m.event, m.events = event, append(m.events, event)
}

// expect runs a change and compares its outcome with what the model says. One
// that is going to fail is a part of its own, so that the transaction goes on.
func (m *machine) expect(rt *rapid.T, tx *storage.Tx, want error, change func() error) {
	if want == nil {
		require.NoError(rt, change())
		return
	}
	require.ErrorIs(rt, tx.Try(m.ctx, change), want)
}

func (m *machine) insertLink(rt *rapid.T, tx *storage.Tx) {
	row := &storage.Inheritance{
		Tag:          m.tags[0],
		Parent:       rapid.SampledFrom(m.tags).Draw(rt, "parent"),
		Priority:     rapid.IntRange(-1, 2).Draw(rt, "priority"),
		Intransitive: rapid.Bool().Draw(rt, "intransitive"),
	}
	if depth := rapid.IntRange(-1, 1).Draw(rt, "maxdepth"); depth >= 0 {
		row.MaxDepth = storage.Null(depth)
	}
	row.CreateEvent = m.event
	if m.links.clash(row) {
		m.expect(rt, tx, koji.ErrExists, func() error { return tx.Inheritances().Insert(m.ctx, row) })
		return
	}
	require.NoError(rt, tx.Inheritances().Insert(m.ctx, row))
	m.note(rt, tx)
	require.Equal(rt, storage.Version{CreateEvent: m.event, Creator: m.user}, row.Version)
	m.links.rows = append(m.links.rows, row)
}

func (m *machine) revokeLinks(rt *rapid.T, tx *storage.Tx) {
	parent, where := match(rt, "parent_id", m.tags...)
	n, err := tx.Inheritances().Revoke(m.ctx, storage.InheritanceFilter{Tag: storage.Is(m.tags[0]), Parent: parent})
	require.NoError(rt, err)
	m.note(rt, tx)
	ended := m.links.query(storage.Query{Where: where})
	require.Len(rt, ended, n)
	m.links.rows = slices.DeleteFunc(m.links.rows, func(row any) bool { return slices.Contains(ended, row) })
	for _, row := range ended {
		row = clone(row) // states that were saved hold the old one
		v := storage.VersionOf(row)
		v.RevokeEvent, v.Revoker = storage.Null(m.event), storage.Null(m.user)
		if v.CreateEvent != m.event {
			m.links.rows = append(m.links.rows, row)
		}
	}
}

func (m *machine) drawRPM(rt *rapid.T) *storage.RPM {
	row := &storage.RPM{
		ExternalRepo: m.repo,
		Name:         rapid.SampledFrom([]string{"", "a", "a.b", "é", "Z"}).Draw(rt, "name"),
		Version:      rapid.SampledFrom([]string{"1", "10", "9"}).Draw(rt, "version"),
		Release:      "1",
		Arch:         rapid.SampledFrom([]string{"src", "noarch"}).Draw(rt, "arch"),
		Size:         rapid.SampledFrom([]int64{0, 1, 1 << 40, -1}).Draw(rt, "size"),
	}
	if epoch := rapid.IntRange(-1, 2).Draw(rt, "epoch"); epoch >= 0 {
		row.Epoch = storage.Null(epoch)
	}
	return row
}

func (m *machine) insertRPM(rt *rapid.T, tx *storage.Tx) {
	row := m.drawRPM(rt)
	if m.rpms.clash(row) {
		m.expect(rt, tx, koji.ErrExists, func() error { return tx.RPMs().Insert(m.ctx, row) })
		return
	}
	require.NoError(rt, tx.RPMs().Insert(m.ctx, row))
	for _, other := range m.rpms.rows {
		require.Greater(rt, row.ID, other.(*storage.RPM).ID)
	}
	m.rpms.rows = append(m.rpms.rows, row)
}

func (m *machine) updateRPM(rt *rapid.T, tx *storage.Tx) {
	row := m.drawRPM(rt)
	i := rapid.IntRange(-1, len(m.rpms.rows)-1).Draw(rt, "row")
	if i < 0 {
		row.ID = 1 << 30
		m.expect(rt, tx, koji.ErrNotFound, func() error { return tx.RPMs().Update(m.ctx, row) })
		return
	}
	row.ID = m.rpms.rows[i].(*storage.RPM).ID
	others := model{m.rpms.kind, slices.Delete(slices.Clone(m.rpms.rows), i, i+1)}
	if others.clash(row) {
		m.expect(rt, tx, koji.ErrExists, func() error { return tx.RPMs().Update(m.ctx, row) })
		return
	}
	require.NoError(rt, tx.RPMs().Update(m.ctx, row))
	m.rpms.rows = append(others.rows, row)
}

func (m *machine) deleteRPMs(rt *rapid.T, tx *storage.Tx) {
	name, where := match(rt, "name", "a", "a.b", "Z")
	n, err := tx.RPMs().Delete(m.ctx, storage.RPMFilter{ExternalRepo: storage.Is(m.repo), Name: name})
	require.NoError(rt, err)
	gone := m.rpms.query(storage.Query{Where: where})
	require.Len(rt, gone, n)
	m.rpms.rows = slices.DeleteFunc(m.rpms.rows, func(row any) bool { return slices.Contains(gone, row) })
}

// match draws a condition, for the store and for the model.
func match[T any](rt *rapid.T, column string, values ...T) (storage.Match[T], []storage.Cond) {
	v := rapid.SampledFrom(values).Draw(rt, column)
	w := rapid.SampledFrom(values).Draw(rt, column+" too")
	cond := func(op storage.Op, values ...any) []storage.Cond {
		return []storage.Cond{{Column: column, Op: op, Values: values}}
	}
	switch rapid.IntRange(0, 9).Draw(rt, "comparison") {
	case 0:
		return storage.Is[T](), cond(storage.OpIn)
	case 1:
		return storage.Is(v), cond(storage.OpIn, v)
	case 2:
		return storage.Is(v, w, v), cond(storage.OpIn, v, w)
	case 3:
		return storage.IsNull[T](), cond(storage.OpNull)
	case 4:
		return storage.NotNull[T](), cond(storage.OpNotNull)
	case 5:
		return storage.Below(v), cond(storage.OpLess, v)
	case 6:
		return storage.AtMost(v), cond(storage.OpAtMost, v)
	case 7:
		return storage.Above(v), cond(storage.OpGreater, v)
	case 8:
		return storage.AtLeast(v), cond(storage.OpAtLeast, v)
	default:
		return storage.Match[T]{}, nil
	}
}

// some draws a few of the events, so that no check takes longer than those before.
func (m *machine) some(rt *rapid.T) []koji.EventID {
	if len(m.events) <= 3 {
		return m.events
	}
	return rapid.SliceOfN(rapid.SampledFrom(m.events), 3, 3).Draw(rt, "events")
}

// check compares lists of both tables, under drawn conditions, orders and pages,
// now and at events.
func (m *machine) check(rt *rapid.T, tx *storage.Tx, events []koji.EventID) {
	page := storage.Page{
		Order:  rapid.SampledFrom([][]storage.Order{nil, {{Column: "priority", Desc: true}}, {{Column: "maxdepth"}, {Column: "priority"}}, {{Column: "maxdepth", Desc: true}}}).Draw(rt, "order"),
		Limit:  rapid.IntRange(0, 3).Draw(rt, "limit"),
		Offset: rapid.IntRange(0, 2).Draw(rt, "offset"),
	}
	parent, where := match(rt, "parent_id", m.tags...)
	q := storage.Query{Where: where, Order: page.Order, Limit: page.Limit, Offset: page.Offset, All: true}
	filter := storage.InheritanceFilter{Tag: storage.Is(m.tags[0]), Parent: parent}
	history, err := tx.Inheritances().History(m.ctx, filter, page)
	require.NoError(rt, err)
	require.Equal(rt, records[storage.Inheritance](m.links.query(q)), history)

	q.All = false
	for _, q.At = range append([]koji.EventID{koji.Now, -1, 1 << 30}, events...) {
		list, err := tx.Inheritances().List(m.ctx, q.At, filter, page)
		require.NoError(rt, err)
		require.Equal(rt, records[storage.Inheritance](m.links.query(q)), list, "at %d", q.At)
		n, err := tx.Inheritances().Count(m.ctx, q.At, filter)
		require.NoError(rt, err)
		require.Len(rt, m.links.query(storage.Query{Where: where, At: q.At}), n, "at %d", q.At)
	}

	page.Order = rapid.SampledFrom([][]storage.Order{nil, {{Column: "id", Desc: true}}, {{Column: "name"}}, {{Column: "epoch", Desc: true}, {Column: "size"}}}).Draw(rt, "order")
	name, byName := match(rt, "name", "", "a", "é")
	version, byVersion := match(rt, "version", "1", "10", "2")
	q = storage.Query{Where: append(byName, byVersion...), Order: page.Order, Limit: page.Limit, Offset: page.Offset}
	list, err := tx.RPMs().List(m.ctx, storage.RPMFilter{ExternalRepo: storage.Is(m.repo), Name: name, Version: version}, page)
	require.NoError(rt, err)
	require.Equal(rt, records[storage.RPM](m.rpms.query(q)), list)
}

// records returns rows as a typed list has them.
func records[R any](rows []any) []R {
	var list []R
	for _, row := range rows {
		list = append(list, *row.(*R))
	}
	return list
}
