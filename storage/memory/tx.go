package memory

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"time"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// tx is one transaction: a snapshot that, when a writer commits, becomes the
// published one.
type tx struct {
	db    *database
	snap  snapshot
	write bool
	own   []bool // tables already copied for this writer
	now   time.Time
	done  bool
	probe place // to look for a row by its id
}

func (db *database) newTx(s snapshot, write bool) *tx {
	t := &tx{db: db, snap: s, write: write, now: db.now()}
	if write {
		t.own = make([]bool, len(s))
	}
	return t
}

// Now returns the time at which the transaction began.
func (t *tx) Now() time.Time { return t.now }

// Select yields the rows that q accepts.
func (t *tx) Select(ctx context.Context, k *storage.Kind, q storage.Query, yield func(any) bool) error {
	if v := t.db.views[k]; v != nil {
		if err := ctx.Err(); err != nil {
			return err
		}
		return t.selectView(ctx, v, q, yield)
	}
	tab, err := t.table(ctx, k)
	if err != nil {
		return err
	}
	return tab.query(ctx, q, func(r row) bool { return yield(tab.record(r)) })
}

// Count returns the number of rows that q accepts.
func (t *tx) Count(ctx context.Context, k *storage.Kind, q storage.Query) (int, error) {
	if v := t.db.views[k]; v != nil {
		return t.countView(ctx, v, q)
	}
	tab, err := t.table(ctx, k)
	if err != nil {
		return 0, err
	}
	return tab.count(ctx, q)
}

// Insert adds copies of records, giving those an id that have none.
func (t *tx) Insert(ctx context.Context, k *storage.Kind, records ...any) error {
	tab, err := t.writable(ctx, k)
	if err != nil {
		return err
	}
	for i, record := range records {
		if i%checkEvery == checkEvery-1 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := t.insertOne(tab, record); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) insertOne(tab *table, record any) error {
	r := clone(record)
	assign := tab.kind.Serial && *tab.id(r) == 0
	if assign {
		*tab.id(r) = tab.serial + 1
	}
	if err := t.add(tab, r); err != nil {
		return err
	}
	if assign {
		*tab.id(rowOf(record)) = *tab.id(r)
	}
	return nil
}

// insert adds a copy of a record with the id it has, zero or not.
func (t *tx) insert(k *storage.Kind, record any) error {
	tab, err := t.writable(context.Background(), k)
	if err != nil {
		return err
	}
	return t.add(tab, clone(record))
}

func (t *tx) add(tab *table, r row) error {
	if err := t.references(tab, r); err != nil {
		return err
	}
	return tab.insert(r)
}

// Update replaces the row that has the key of a record.
func (t *tx) Update(ctx context.Context, k *storage.Kind, record any) error {
	tab, err := t.writable(ctx, k)
	if err != nil {
		return err
	}
	r := clone(record)
	if err := t.references(tab, r); err != nil {
		return err
	}
	return tab.update(r)
}

// Delete removes the rows that q accepts. A row that others refer to stays, and
// is an error.
func (t *tx) Delete(ctx context.Context, k *storage.Kind, q storage.Query) (int, error) {
	tab, err := t.writable(ctx, k)
	if err != nil {
		return 0, err
	}
	var rows []row
	if err := tab.query(ctx, q, func(r row) bool { rows = append(rows, r); return true }); err != nil {
		return 0, err
	}
	for _, r := range rows {
		if err := t.unreferenced(ctx, tab, r); err != nil {
			return 0, err
		}
	}
	for _, r := range rows {
		tab.delete(r)
	}
	return len(rows), nil
}

// NextEvent adds an event. Writers follow one another, so ids become visible in
// order.
func (t *tx) NextEvent(ctx context.Context) (koji.EventID, error) {
	e := storage.Event{Time: t.db.now()}
	if err := t.Insert(ctx, events, &e); err != nil {
		return koji.Now, err
	}
	return e.ID, nil
}

// events is the kind of the events table, which this backend writes itself.
var events = func() *storage.Kind {
	kinds := storage.Kinds()
	return kinds[slices.IndexFunc(kinds, func(k *storage.Kind) bool { return k.Table == "events" })]
}()

// Savepoint remembers the present tables, which from here on are copied before
// they are changed.
func (t *tx) Savepoint(ctx context.Context) (storage.Savepoint, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	saved := slices.Clone(t.snap)
	clear(t.own)
	return savepoint{t, saved}, nil
}

// savepoint is the tables of a former state.
type savepoint struct {
	tx   *tx
	snap snapshot
}

func (p savepoint) Rollback(context.Context) error {
	p.tx.snap = p.snap
	clear(p.tx.own)
	return nil
}

// Release has nothing to do.
func (savepoint) Release(context.Context) error { return nil }

// Lock has nothing to wait for: there is one writer at a time.
func (t *tx) Lock(ctx context.Context, _ string, _ bool) (bool, error) { return true, ctx.Err() }

// Commit publishes the snapshot of a writer.
func (t *tx) Commit(ctx context.Context) error {
	err := ctx.Err()
	if err == nil && t.write {
		s := t.snap
		changed := !slices.Equal(s, *t.db.current.Load())
		t.db.current.Store(&s)
		if changed {
			t.db.bell.Ring()
		}
	}
	return errors.Join(err, t.Rollback(ctx))
}

// Rollback forgets the snapshot.
func (t *tx) Rollback(context.Context) error {
	if t.write && !t.done {
		<-t.db.writer
	}
	t.done = true
	return nil
}

func (t *tx) table(ctx context.Context, k *storage.Kind) (*table, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	n, ok := t.db.numbers[k]
	if !ok {
		return nil, koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no table %s in this store", k.Table)
	}
	return t.snap[n], nil
}

// writable returns this transaction's own copy of a table.
func (t *tx) writable(ctx context.Context, k *storage.Kind) (*table, error) {
	tab, err := t.table(ctx, k)
	if err != nil {
		return nil, err
	}
	if !t.own[tab.number] {
		tab = tab.clone()
		t.snap[tab.number] = tab
		t.own[tab.number] = true
	}
	return tab, nil
}

// references checks the foreign keys of a row.
func (t *tx) references(tab *table, r row) error {
	for _, ref := range tab.refs {
		id := ref.column.of(r)
		if id.null {
			continue
		}
		t.probe.values = append(t.probe.values[:0], id)
		target := t.snap[ref.table]
		if _, ok := target.indexes[0].active.Get(entry{place: &t.probe}); !ok {
			return koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "new row of %s refers to %s: no such row in %s",
				tab.kind.Table, tab.describe(r, []*column{ref.column}), target.kind.Table)
		}
	}
	return nil
}

// unreferenced checks that no row refers to this one.
func (t *tx) unreferenced(ctx context.Context, tab *table, r row) error {
	for _, use := range tab.uses {
		other := t.snap[use.table]
		id := reflect.ValueOf(*tab.id(r)).Convert(use.column.Type).Interface()
		q := storage.Query{Where: []storage.Cond{{Column: use.column.Name, Op: storage.OpIn, Values: []any{id}}}, All: true}
		n, err := other.count(ctx, q)
		if err != nil {
			return err
		}
		if n > 0 {
			return koji.Errorf(koji.ErrState, koji.FaultGeneric, "row %v of %s is referred to by %d of %s", id, tab.kind.Table, n, other.kind.Table)
		}
	}
	return nil
}
