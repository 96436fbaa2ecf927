package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// endTimeout bounds the end of a transaction, which the end of the caller's
// context must not interrupt: nobody would know whether it took place.
const endTimeout = time.Minute

// tx is one transaction: a connection with an open one.
type tx struct {
	b       *Backend
	conn    bun.Conn
	write   bool
	now     time.Time
	loop    *loop            // the one whose rows still come from the connection
	marks   int              // savepoints set so far
	events  bool             // the lock of events is held
	raised  map[*table]int64 // highest ids set by the caller that the database has not been told of
	failed  bool             // since the beginning, or the last return to a savepoint
	used    bool             // something was asked or done, but for locks
	locked  bool             // there was a lock
	changed bool
	broken  bool // the connection is not to be used again
	done    bool
}

// Now returns the time at which the transaction began.
func (t *tx) Now() time.Time { return t.now }

// ready prepares the connection for a statement on a table.
func (t *tx) ready(ctx context.Context, k *storage.Kind) (*table, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if t.done {
		return nil, koji.Errorf(koji.ErrState, koji.FaultGeneric, "transaction is over")
	}
	tab, ok := t.b.tables[k]
	if !ok {
		return nil, koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no table %s in this store", k.Table)
	}
	if t.loop != nil {
		t.loop.drain()
		t.loop = nil
	}
	t.used = true
	return tab, nil
}

// renew begins the transaction anew after its first statement failed because the
// connection was lost, if it can.
func (t *tx) renew(ctx context.Context, err error) bool {
	if _, kind := t.b.Dialect.Classify(err); !errors.Is(kind, koji.ErrUnavailable) || t.locked || ctx.Err() != nil {
		return false
	}
	conn, _, err := t.b.begin(ctx, t.write)
	if err != nil {
		return false
	}
	discard(t.conn)
	t.conn = conn
	return true
}

// fail notes that the transaction is spoilt.
func (t *tx) fail(ctx context.Context, err error, verb string, tab *table) error {
	t.failed = true
	return t.b.fail(ctx, err, verb+" "+tab.kind.Table)
}

// Select yields the rows that q accepts.
func (t *tx) Select(ctx context.Context, k *storage.Kind, q storage.Query, yield func(any) bool) error {
	first := !t.used
	tab, err := t.ready(ctx, k)
	if err != nil {
		return err
	}
	statement, err := tab.selection(t.conn, q)
	if err != nil {
		return t.fail(ctx, err, "read", tab)
	}
	rows, err := t.b.Dialect.Query(ctx, t.conn, statement)
	if err != nil && first && t.renew(ctx, err) {
		rows, err = t.b.Dialect.Query(ctx, t.conn, statement)
	}
	if err != nil {
		return t.fail(ctx, err, "read", tab)
	}
	l := newLoop(tab, rows)
	t.loop = l
	defer func() {
		_ = l.close()
		if t.loop == l {
			t.loop = nil
		}
	}()
	for {
		row, err := l.next(ctx)
		if err != nil {
			return t.fail(ctx, err, "read", tab)
		}
		if row == nil {
			return nil
		}
		if !yield(row) {
			// The end of ctx may spoil the transaction while the rest is dropped.
			if err := l.close(); err != nil {
				return t.fail(ctx, err, "read", tab)
			}
			return nil
		}
	}
}

// Count returns the number of rows that q accepts.
func (t *tx) Count(ctx context.Context, k *storage.Kind, q storage.Query) (int, error) {
	first := !t.used
	tab, err := t.ready(ctx, k)
	if err != nil {
		return 0, err
	}
	n := 0
	count := func() error {
		s := t.conn.NewSelect().TableExpr(tab.from).ColumnExpr("count(*)")
		tab.where(q, func(query string, args ...any) { s.Where(query, args...) })
		return s.Scan(ctx, &n)
	}
	if err = count(); err != nil && first && t.renew(ctx, err) {
		err = count()
	}
	if err != nil {
		return 0, t.fail(ctx, err, "count", tab)
	}
	return n, nil
}

// Insert adds rows. The id of a serial kind comes from the database if it is
// zero.
func (t *tx) Insert(ctx context.Context, k *storage.Kind, rows ...any) error {
	tab, err := t.ready(ctx, k)
	if err != nil {
		return err
	}
	t.changed = true
	if k.Table == "events" {
		if err := t.lockEvents(ctx, false); err != nil {
			return err
		}
	}
	if bulk, ok := t.b.Dialect.(BulkDialect); ok && len(rows) >= manyRows && tab.uniform(rows) {
		return t.insertAll(ctx, bulk, tab, rows)
	}
	for _, row := range rows {
		if err := t.insert(ctx, tab, row, !k.Serial || tab.id(row).Int() != 0); err != nil {
			return err
		}
	}
	return nil
}

// manyRows is the number of rows from which on they are worth the statements
// that a bulk insert takes besides its own.
const manyRows = 8

// uniform tells whether all rows have ids, or all need them.
func (t *table) uniform(rows []any) bool {
	if !t.kind.Serial {
		return true
	}
	zero := t.id(rows[0]).Int() == 0
	return !slices.ContainsFunc(rows, func(row any) bool { return (t.id(row).Int() == 0) != zero })
}

// insertAll adds many rows, of which all or none have ids.
func (t *tx) insertAll(ctx context.Context, bulk BulkDialect, tab *table, rows []any) error {
	var ids []int64
	if tab.kind.Serial && tab.id(rows[0]).Int() == 0 {
		if err := t.raise(ctx, tab); err != nil {
			return err
		}
		var err error
		if ids, err = bulk.NextIDs(ctx, t.conn, tab.kind, len(rows)); err != nil {
			return t.fail(ctx, err, "number rows of", tab)
		}
	}
	i := -1
	err := bulk.InsertAll(ctx, t.conn, tab.kind.Table, tab.written, func() []any {
		if i++; i == len(rows) {
			return nil
		}
		values := tab.values(rows[i])
		if ids != nil {
			values[tab.key[0]] = ids[i]
		}
		return values
	})
	if err != nil {
		return t.refused(ctx, err, "insert into", tab, rows[0])
	}
	for i, row := range rows {
		switch {
		case ids != nil:
			tab.id(row).SetInt(ids[i])
		case tab.kind.Serial:
			t.raised[tab] = max(t.raised[tab], tab.id(row).Int())
		}
	}
	return nil
}

func (t *tx) insert(ctx context.Context, tab *table, row any, keep bool) error {
	values := tab.values(row)
	if keep {
		if _, err := t.conn.ExecContext(ctx, tab.insert, values...); err != nil {
			return t.refused(ctx, err, "insert into", tab, row)
		}
		if tab.kind.Serial {
			t.raised[tab] = max(t.raised[tab], tab.id(row).Int())
		}
		return nil
	}
	if err := t.raise(ctx, tab); err != nil {
		return err
	}
	values = slices.Delete(values, tab.key[0], tab.key[0]+1)
	var id int64
	if err := t.conn.QueryRowContext(ctx, tab.serial, values...).Scan(&id); err != nil {
		return t.refused(ctx, err, "insert into", tab, row)
	}
	tab.id(row).SetInt(id)
	return nil
}

// Update replaces the row that has the key of row, the active one if there are
// versions.
func (t *tx) Update(ctx context.Context, k *storage.Kind, row any) error {
	tab, err := t.ready(ctx, k)
	if err != nil {
		return err
	}
	t.changed = true
	var values, key []any
	for i, v := range tab.values(row) {
		if slices.Contains(tab.key, i) {
			key = append(key, v)
		} else {
			values = append(values, v)
		}
	}
	res, err := t.conn.ExecContext(ctx, tab.update, append(values, key...)...)
	if err != nil {
		return t.refused(ctx, err, "update of", tab, row)
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such row in %s: %s", k.Table, tab.describe(row, k.Key))
}

// refused explains why a row could not be written.
func (t *tx) refused(ctx context.Context, err error, verb string, tab *table, row any) error {
	_, kind := t.b.Dialect.Classify(err)
	told := t.fail(ctx, err, verb, tab)
	if !errors.Is(kind, ErrReference) || !t.b.Dialect.Survives() || ctx.Err() != nil {
		return told
	}
	// The database has not said which reference is broken.
	for _, ref := range tab.kind.Refs {
		c := &tab.columns[tab.kind.Column(ref.Column)]
		f := reflect.ValueOf(row).Elem().FieldByIndex(c.Field)
		if c.Null {
			if !f.Field(1).Bool() {
				continue
			}
			f = f.Field(0)
		}
		var n int
		err := t.conn.NewSelect().TableExpr("?", bun.Ident(ref.Target)).ColumnExpr("count(*)").Where(`"id" = ?`, f.Int()).Scan(ctx, &n)
		if err == nil && n == 0 {
			return koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "%s %s: reference to a missing row: %s %d is not in %s",
				verb, tab.kind.Table, ref.Column, f.Int(), ref.Target)
		}
	}
	return told
}

// Delete removes the rows that q accepts.
func (t *tx) Delete(ctx context.Context, k *storage.Kind, q storage.Query) (int, error) {
	tab, err := t.ready(ctx, k)
	if err != nil {
		return 0, err
	}
	t.changed = true
	d := t.conn.NewDelete().TableExpr(tab.name).Where("TRUE")
	tab.where(q, func(query string, args ...any) { d.Where(query, args...) })
	res, err := d.Exec(ctx)
	if err != nil {
		told := t.fail(ctx, err, "delete from", tab)
		if detail, kind := t.b.Dialect.Classify(err); errors.Is(kind, ErrReference) && ctx.Err() == nil {
			return 0, koji.Errorf(koji.ErrState, koji.FaultGeneric, "delete from %s: another row refers to one of them: %s", k.Table, detail)
		}
		return 0, told
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// NextEvent adds an event, after any other transaction that has added one is
// over.
func (t *tx) NextEvent(ctx context.Context) (koji.EventID, error) {
	anew := !t.used && !t.locked
	tab, err := t.ready(ctx, events)
	if err != nil {
		return koji.Now, err
	}
	t.changed = true
	if err := t.lockEvents(ctx, anew); err != nil {
		return koji.Now, err
	}
	if err := t.raise(ctx, tab); err != nil {
		return koji.Now, err
	}
	id, err := t.b.Dialect.InsertEvent(ctx, t.conn)
	if err != nil {
		return koji.Now, t.fail(ctx, err, "insert into", tab)
	}
	return koji.EventID(id), nil
}

// events and locks are kinds that this package itself deals with.
var events, locks = kind("events"), kind("locks")

func kind(table string) *storage.Kind {
	kinds := storage.Kinds()
	return kinds[slices.IndexFunc(kinds, func(k *storage.Kind) bool { return k.Table == table })]
}

func (t *tx) lockEvents(ctx context.Context, anew bool) error {
	if t.events {
		return nil
	}
	if err := t.b.Dialect.LockEvents(ctx, t.conn, anew); err != nil {
		t.broken = t.broken || anew
		return t.fail(ctx, err, "lock", t.b.tables[events])
	}
	t.events = t.marks == 0 // going back to a savepoint gives up what was locked since
	return nil
}

// raise tells the database of ids that the caller has set.
func (t *tx) raise(ctx context.Context, tab *table) error {
	id, ok := t.raised[tab]
	if !ok {
		return nil
	}
	if err := t.b.Dialect.Raise(ctx, t.conn, tab.kind, id); err != nil {
		return t.fail(ctx, err, "number rows of", tab)
	}
	delete(t.raised, tab)
	return nil
}

func (t *tx) raiseAll(ctx context.Context) error {
	for tab := range t.raised {
		if err := t.raise(ctx, tab); err != nil {
			return err
		}
	}
	return nil
}

// Lock gets the lock of a name.
func (t *tx) Lock(ctx context.Context, name string, wait bool) (bool, error) {
	anew := !t.used && !t.locked
	tab, err := t.ready(ctx, locks)
	if err != nil {
		return false, err
	}
	t.used, t.locked = !anew, true
	got, err := t.b.Dialect.Lock(ctx, t.conn, name, wait, anew)
	if err != nil {
		t.broken = true
		return false, t.fail(ctx, err, fmt.Sprintf("lock %q in", name), tab)
	}
	return got, nil
}

// Savepoint sets a savepoint.
func (t *tx) Savepoint(ctx context.Context) (storage.Savepoint, error) {
	tab, err := t.ready(ctx, events)
	if err != nil {
		return nil, err
	}
	t.marks++
	m := savepoint{t, fmt.Sprintf(`"part %d"`, t.marks)}
	if err := m.run(ctx, "SAVEPOINT"); err != nil {
		return nil, t.fail(ctx, err, "savepoint of", tab)
	}
	return m, nil
}

// savepoint is a named savepoint of a transaction.
type savepoint struct {
	tx   *tx
	name string // quoted
}

func (p savepoint) run(ctx context.Context, statement string) error {
	_, err := p.tx.conn.ExecContext(ctx, statement+" "+p.name)
	return err
}

func (p savepoint) Rollback(ctx context.Context) error {
	tab, err := p.tx.ready(ctx, events)
	if err != nil {
		return err
	}
	for _, statement := range []string{"ROLLBACK TO SAVEPOINT", "RELEASE SAVEPOINT"} {
		if err := p.run(ctx, statement); err != nil {
			return p.tx.fail(ctx, err, "rollback of", tab)
		}
	}
	p.tx.failed = false
	return nil
}

// Release keeps a database from piling up savepoints.
func (p savepoint) Release(ctx context.Context) error {
	tab, err := p.tx.ready(ctx, events)
	if err != nil {
		return err
	}
	if err := p.run(ctx, "RELEASE SAVEPOINT"); err != nil {
		return p.tx.fail(ctx, err, "end of a savepoint of", tab)
	}
	return nil
}

// Commit makes the changes permanent.
func (t *tx) Commit(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return errors.Join(err, t.Rollback(ctx))
	}
	tab, err := t.ready(ctx, events)
	if err != nil {
		return err
	}
	if t.failed {
		err := koji.Errorf(koji.ErrState, koji.FaultGeneric, "commit of a transaction that failed before")
		return errors.Join(err, t.Rollback(ctx))
	}
	if err := t.raiseAll(ctx); err != nil {
		return errors.Join(err, t.Rollback(ctx))
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	if _, err := t.conn.ExecContext(ending, t.b.Dialect.Commit(t.changed)); err != nil {
		err = t.fail(ending, err, "commit after changes of", tab)
		if errors.Is(err, koji.ErrUnavailable) || ending.Err() != nil {
			err = koji.Errorf(koji.ErrUnavailable, koji.FaultOther, "%w", fmt.Errorf("%w: %w", storage.ErrUncertain, err))
		}
		return errors.Join(err, t.Rollback(ending))
	}
	t.done = true
	if t.changed {
		t.b.bell.Ring()
	}
	return t.conn.Close()
}

// Rollback drops the changes. If the connection cannot do it, the connection is
// dropped, and the database does it.
func (t *tx) Rollback(ctx context.Context) error {
	if t.done {
		return nil
	}
	t.done = true
	if t.loop != nil {
		_ = t.loop.close()
		t.loop = nil
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	if !t.broken {
		if _, err := t.conn.ExecContext(ending, "ROLLBACK"); err == nil {
			return t.conn.Close()
		}
	}
	discard(t.conn)
	return nil
}

// discard closes a connection for good.
func discard(conn bun.Conn) {
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = conn.Close()
}

// describe renders some columns of a row for a message.
func (t *table) describe(row any, columns []string) string {
	v := reflect.ValueOf(row).Elem()
	var parts []string
	for _, name := range columns {
		parts = append(parts, fmt.Sprintf("%s %v", name, v.FieldByIndex(t.columns[t.kind.Column(name)].Field)))
	}
	return strings.Join(parts, ", ")
}
