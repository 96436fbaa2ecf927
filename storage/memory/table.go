package memory

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/tidwall/btree"

	"github.com/kojikit/kojikit/koji"
)

// table holds the rows of one kind. Copies of a table share their trees until
// one is written to.
type table struct {
	*layout
	serial  int64   // highest id given out
	indexes []index // one for each path
}

// index is the rows of a table in the order of a path. Versions that have ended
// are kept apart, so that current content is found without wading through
// history.
type index struct {
	active  *tree
	revoked *tree // nil if the kind is not versioned
}

type tree = btree.BTreeG[entry]

// entry is what is in a tree, or what is looked for there: a row, or a place.
type entry struct {
	row   row
	place *place
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

func newTree(o ordering) *tree {
	less := func(a, b entry) bool { return o.compare(a, b) < 0 }
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

// insert adds a row, which must not be changed any more.
func (t *table) insert(r row) error {
	if t.sibling(r) {
		return t.exists(r, 0)
	}
	if err := t.put(r); err != nil {
		return err
	}
	if t.kind.Serial {
		t.serial = max(t.serial, *t.id(r))
	}
	return nil
}

// update replaces the row with the same key: for a versioned kind the active one.
func (t *table) update(r row) error {
	old, ok := t.indexes[0].active.Get(entry{row: r})
	if !ok {
		return koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such row in %s: %s", t.kind.Table, t.describe(r, t.paths[0].columns))
	}
	t.delete(old.row)
	return t.put(r)
}

// sibling tells whether another version with the key of a row began at the same
// event. It does not look for what put finds.
func (t *table) sibling(r row) bool {
	if !t.kind.Versioned {
		return false
	}
	if !t.ended(r) {
		_, found := t.indexes[0].revoked.Get(entry{row: r})
		return found
	}
	active, found := t.indexes[0].active.Get(entry{row: r})
	return found && t.version(active.row).CreateEvent == t.version(r).CreateEvent
}

// put enters a row under all paths. If another one is in its place under a
// unique one, the table is spoilt, and must be rolled back as the contract has it.
func (t *table) put(r row) error {
	for i := range t.paths {
		if !t.paths[i].holds(r) {
			continue
		}
		if _, taken := t.tree(i, r).Set(entry{row: r}); taken {
			return t.exists(r, i)
		}
	}
	return nil
}

func (t *table) delete(r row) {
	for i := range t.paths {
		if t.paths[i].holds(r) {
			t.tree(i, r).Delete(entry{row: r})
		}
	}
}

// tree returns the tree of an index where a row belongs.
func (t *table) tree(i int, r row) *tree {
	if t.ended(r) {
		return t.indexes[i].revoked
	}
	return t.indexes[i].active
}

func (t *table) exists(r row, path int) error {
	return koji.Errorf(koji.ErrExists, koji.FaultGeneric, "row in %s exists: %s", t.kind.Table, t.describe(r, t.paths[path].columns))
}

// describe renders some columns of a row for a message.
func (t *table) describe(r row, columns []*column) string {
	v := reflect.ValueOf(t.record(r)).Elem()
	var names, values []string
	for _, c := range columns {
		f := v.FieldByIndex(c.Field)
		if c.Null {
			f = f.Field(0)
		}
		names = append(names, c.Name)
		values = append(values, fmt.Sprint(f))
	}
	return strings.Join(names, ", ") + " " + strings.Join(values, ", ")
}
