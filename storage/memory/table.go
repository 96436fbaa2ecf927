package memory

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/tidwall/btree"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// table holds the rows of one kind. Rows are pointers to records that are never
// changed once they are in. Copies of a table share their trees until one is
// written to.
type table struct {
	*layout
	serial  int64   // highest id given out
	indexes []index // one for each path
}

// index is the rows of a table in the order of a path. Versions that have ended
// are kept apart, so that current content is found without wading through
// history.
type index struct {
	active  *btree.BTreeG[any]
	revoked *btree.BTreeG[any] // nil if the kind is not versioned
}

func newTable(l *layout) *table {
	t := &table{layout: l, indexes: make([]index, len(l.paths))}
	for i := range l.paths {
		t.indexes[i].active = newTree(l.paths[i].active)
		if l.kind.Versioned {
			t.indexes[i].revoked = newTree(l.paths[i].revoked)
		}
	}
	return t
}

func newTree(o ordering) *btree.BTreeG[any] {
	less := func(a, b any) bool { return o.compare(a, b) < 0 }
	return btree.NewBTreeGOptions(less, btree.Options{NoLocks: true})
}

func (t *table) clone() *table {
	c := &table{layout: t.layout, serial: t.serial, indexes: make([]index, len(t.indexes))}
	for i, x := range t.indexes {
		c.indexes[i].active = x.active.Copy()
		if x.revoked != nil {
			c.indexes[i].revoked = x.revoked.Copy()
		}
	}
	return c
}

// id returns the settable id of a row of a serial kind.
func (t *table) id(row any) reflect.Value {
	return reflect.ValueOf(row).Elem().FieldByIndex(t.paths[0].columns[0].Field)
}

func (t *table) insert(row any) error {
	if t.taken(row) {
		return t.exists(row, t.paths[0].columns)
	}
	if err := t.clash(row); err != nil {
		return err
	}
	t.put(row)
	if t.kind.Serial {
		t.serial = max(t.serial, t.id(row).Int())
	}
	return nil
}

// update replaces the row with the same key: for a versioned kind the active one.
func (t *table) update(row any) error {
	key := t.paths[0].columns
	old, ok := t.indexes[0].active.Get(row)
	if !ok {
		return koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such row in %s: %s", t.kind.Table, t.describe(row, key))
	}
	t.delete(old)
	if err := t.clash(row); err != nil {
		t.put(old)
		return err
	}
	t.put(row)
	return nil
}

// taken tells whether the key of a new row is in use: by an active row, or by a
// version that began at the same event.
func (t *table) taken(row any) bool {
	active, found := t.indexes[0].active.Get(row)
	if !t.kind.Versioned {
		return found
	}
	v := storage.VersionOf(row)
	if found && (v.Active() || v.CreateEvent == storage.VersionOf(active).CreateEvent) {
		return true
	}
	_, found = t.indexes[0].revoked.Get(row)
	return found
}

// clash looks for a row that a unique rule does not allow beside row.
func (t *table) clash(row any) error {
	if t.ended(row) {
		return nil // versions of the past may repeat
	}
	for i := range t.paths {
		if p := &t.paths[i]; i > 0 && p.unique && p.holds(reflect.ValueOf(row).Elem()) {
			if _, found := t.indexes[i].active.Get(row); found {
				return t.exists(row, p.columns)
			}
		}
	}
	return nil
}

func (t *table) ended(row any) bool {
	return t.kind.Versioned && !storage.VersionOf(row).Active()
}

func (t *table) put(row any) {
	for i := range t.paths {
		if t.paths[i].holds(reflect.ValueOf(row).Elem()) {
			t.tree(i, row).Set(row)
		}
	}
}

func (t *table) delete(row any) {
	for i := range t.paths {
		if t.paths[i].holds(reflect.ValueOf(row).Elem()) {
			t.tree(i, row).Delete(row)
		}
	}
}

// tree returns the tree of an index where a row belongs.
func (t *table) tree(i int, row any) *btree.BTreeG[any] {
	if t.ended(row) {
		return t.indexes[i].revoked
	}
	return t.indexes[i].active
}

func (t *table) exists(row any, columns []*column) error {
	return koji.Errorf(koji.ErrExists, koji.FaultGeneric, "row in %s exists: %s", t.kind.Table, t.describe(row, columns))
}

// describe renders some columns of a row for a message.
func (t *table) describe(row any, columns []*column) string {
	v := reflect.ValueOf(row).Elem()
	var names, values []string
	for _, c := range columns {
		names = append(names, c.Name)
		values = append(values, fmt.Sprint(c.field(v)))
	}
	return strings.Join(names, ", ") + " " + strings.Join(values, ", ")
}
