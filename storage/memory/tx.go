package memory

import (
	"context"
	"maps"
	"reflect"
	"time"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// tx is one transaction: a snapshot of its own that becomes the published one
// when a writer commits.
type tx struct {
	db    *database
	snap  *snapshot
	write bool
	own   map[*storage.Kind]bool // tables already copied for this writer
	now   time.Time
	done  bool
}

// events is the kind of the events table, which this backend writes itself.
var events = func() *storage.Kind {
	for _, k := range storage.Kinds() {
		if k.Table == "events" {
			return k
		}
	}
	panic("memory: no events table")
}()

// Now returns the time at which the transaction began.
func (t *tx) Now() time.Time { return t.now }

// Select yields the rows that q accepts.
func (t *tx) Select(ctx context.Context, k *storage.Kind, q storage.Query, yield func(any) bool) error {
	if err := t.check(ctx); err != nil {
		return err
	}
	tab, err := t.table(k)
	if err != nil {
		return err
	}
	return tab.query(ctx, q, yield)
}

// Count returns the number of rows that q accepts.
func (t *tx) Count(ctx context.Context, k *storage.Kind, q storage.Query) (int, error) {
	q.Order, q.Limit, q.Offset = nil, 0, 0
	n := 0
	err := t.Select(ctx, k, q, func(any) bool { n++; return true })
	return n, err
}

// Insert adds a copy of row, giving it an id if it has none.
func (t *tx) Insert(ctx context.Context, k *storage.Kind, row any) error {
	tab, err := t.writable(ctx, k)
	if err != nil {
		return err
	}
	if k.Serial {
		if id := tab.id(row); id.Int() == 0 {
			id.SetInt(tab.serial + 1)
		}
	}
	return t.add(tab, row)
}

// insert adds a copy of row with the id it has, zero or not.
func (t *tx) insert(k *storage.Kind, row any) error {
	tab, err := t.writable(context.Background(), k)
	if err != nil {
		return err
	}
	return t.add(tab, row)
}

func (t *tx) add(tab *table, row any) error {
	if err := t.references(tab, row); err != nil {
		return err
	}
	return tab.insert(clone(row))
}

// Update replaces the row that has the key of row.
func (t *tx) Update(ctx context.Context, k *storage.Kind, row any) error {
	tab, err := t.writable(ctx, k)
	if err != nil {
		return err
	}
	if err := t.references(tab, row); err != nil {
		return err
	}
	return tab.update(clone(row))
}

// Delete removes the rows that q accepts. A row that others refer to stays, and
// is an error.
func (t *tx) Delete(ctx context.Context, k *storage.Kind, q storage.Query) (int, error) {
	tab, err := t.writable(ctx, k)
	if err != nil {
		return 0, err
	}
	var rows []any
	if err := tab.query(ctx, q, func(row any) bool { rows = append(rows, row); return true }); err != nil {
		return 0, err
	}
	for _, row := range rows {
		if err := t.unreferenced(ctx, tab, row); err != nil {
			return 0, err
		}
		tab.delete(row)
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

// Savepoint remembers the present tables, which from here on are copied before
// they are changed.
func (t *tx) Savepoint(ctx context.Context) (func(context.Context) error, error) {
	if err := t.check(ctx); err != nil {
		return nil, err
	}
	saved := t.snap.clone()
	clear(t.own)
	return func(context.Context) error {
		// A rollback to an outer savepoint may follow, so saved must stay as it is.
		t.snap.tables = maps.Clone(saved.tables)
		clear(t.own)
		return nil
	}, nil
}

// Commit publishes the snapshot of a writer.
func (t *tx) Commit(ctx context.Context) error {
	if err := t.check(ctx); err != nil {
		return err
	}
	t.done = true
	if t.write {
		t.db.current.Store(t.snap)
		t.db.writer.Unlock()
	}
	return nil
}

// Rollback forgets the snapshot.
func (t *tx) Rollback(context.Context) error {
	if t.done {
		return nil
	}
	t.done = true
	if t.write {
		t.db.writer.Unlock()
	}
	return nil
}

func (t *tx) check(ctx context.Context) error {
	if t.done {
		return koji.Errorf(koji.ErrState, koji.FaultGeneric, "transaction is over")
	}
	return ctx.Err()
}

func (t *tx) table(k *storage.Kind) (*table, error) {
	tab, ok := t.snap.tables[k]
	if !ok {
		return nil, koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no table %s in this store", k.Table)
	}
	return tab, nil
}

// writable returns this transaction's own copy of a table.
func (t *tx) writable(ctx context.Context, k *storage.Kind) (*table, error) {
	if err := t.check(ctx); err != nil {
		return nil, err
	}
	if !t.write {
		return nil, koji.Errorf(koji.ErrReadOnly, koji.FaultGeneric, "change of %s in a reading transaction", k.Table)
	}
	tab, err := t.table(k)
	if err != nil {
		return nil, err
	}
	if !t.own[k] {
		tab = tab.clone()
		t.snap.tables[k] = tab
		t.own[k] = true
	}
	return tab, nil
}

// references checks the foreign keys of a row.
func (t *tx) references(tab *table, row any) error {
	for _, ref := range tab.kind.Refs {
		target := t.snap.byName(ref.Target)
		if target == nil {
			continue
		}
		key, null := tab.key(row, []string{ref.Column})
		if null {
			continue
		}
		if _, ok := target.rows.Get(key); !ok {
			return koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "%s of new row in %s: no such row in %s: %v",
				ref.Column, tab.kind.Table, ref.Target, tab.values(row, []string{ref.Column}))
		}
	}
	return nil
}

// unreferenced checks that no row of another table refers to this one.
func (t *tx) unreferenced(ctx context.Context, tab *table, row any) error {
	if !tab.kind.Serial {
		return nil
	}
	for _, other := range t.snap.tables {
		for _, ref := range other.kind.Refs {
			if ref.Target != tab.kind.Table {
				continue
			}
			c := &other.kind.Columns[other.kind.Column(ref.Column)]
			id := tab.id(row).Convert(c.Type).Interface()
			q := storage.Query{Where: []storage.Cond{{Column: ref.Column, Op: storage.OpIn, Values: []any{id}}}, All: true, Limit: 1}
			used := false
			if err := other.query(ctx, q, func(any) bool { used = true; return false }); err != nil {
				return err
			}
			if used {
				return koji.Errorf(koji.ErrState, koji.FaultGeneric, "row %v of %s is referred to by %s", id, tab.kind.Table, other.kind.Table)
			}
		}
	}
	return nil
}

func clone(row any) any {
	v := reflect.New(reflect.TypeOf(row).Elem())
	v.Elem().Set(reflect.ValueOf(row).Elem())
	return v.Interface()
}
