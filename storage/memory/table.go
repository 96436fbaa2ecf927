package memory

import (
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
	kind    *storage.Kind
	serial  int64                    // highest id given out
	rows    btree.Map[string, any]   // by primary key
	indexes []btree.Map[string, any] // by paths[1:]
	paths   []path
}

// path is a way to find rows: the primary key, a unique rule or an index. In a
// versioned table every key begins with a mark that keeps active and revoked
// rows apart, so that current content is found without wading through history.
type path struct {
	columns []string
	unique  bool
	unless  string
}

// Marks of versioned keys.
const (
	markActive  = 0
	markRevoked = 1
)

func newTable(k *storage.Kind) *table {
	t := &table{kind: k, paths: []path{{columns: k.Key, unique: true}}}
	for _, u := range k.Unique {
		t.paths = append(t.paths, path{columns: u.Columns, unique: true, unless: u.Unless})
	}
	for _, columns := range k.Index {
		t.paths = append(t.paths, path{columns: columns})
	}
	t.indexes = make([]btree.Map[string, any], len(t.paths)-1)
	return t
}

func (t *table) clone() *table {
	c := &table{kind: t.kind, serial: t.serial, rows: *t.rows.Copy(), paths: t.paths}
	c.indexes = make([]btree.Map[string, any], len(t.indexes))
	for i := range t.indexes {
		c.indexes[i] = *t.indexes[i].Copy()
	}
	return c
}

// id returns the settable id of a row of a serial kind.
func (t *table) id(row any) reflect.Value {
	c := &t.kind.Columns[t.kind.Column(t.kind.Key[0])]
	return reflect.ValueOf(row).Elem().FieldByIndex(c.Field)
}

// key returns the key of some columns of a row and whether one of them is null.
func (t *table) key(row any, columns []string) (key string, null bool) {
	v := reflect.ValueOf(row).Elem()
	buf := make([]byte, 0, 64)
	for _, name := range columns {
		var isNull bool
		buf, isNull = appendColumn(buf, v, &t.kind.Columns[t.kind.Column(name)])
		null = null || isNull
	}
	return string(buf), null
}

// values returns some columns of a row for a message.
func (t *table) values(row any, columns []string) []any {
	v := reflect.ValueOf(row).Elem()
	var list []any
	for _, name := range columns {
		f := v.FieldByIndex(t.kind.Columns[t.kind.Column(name)].Field)
		if t.kind.Columns[t.kind.Column(name)].Null {
			f = f.Field(0)
		}
		list = append(list, f.Interface())
	}
	return list
}

// primary returns the primary key of a row.
func (t *table) primary(row any) string {
	key, _ := t.key(row, t.kind.Key)
	if !t.kind.Versioned {
		return key
	}
	v := storage.VersionOf(row)
	if v.Active() {
		return string(rune(markActive)) + key
	}
	return string(appendInt([]byte(string(rune(markRevoked))+key), int64(v.CreateEvent)))
}

// entry returns the key of a row in index i, and whether the row is in it.
func (t *table) entry(row any, i int, primary string) (string, bool) {
	p := &t.paths[i+1]
	key, null := t.key(row, p.columns)
	mark := ""
	if t.kind.Versioned {
		mark = primary[:1]
	}
	if !p.unique {
		return mark + key + primary, true
	}
	if null || p.unless != "" && t.isTrue(row, p.unless) {
		return "", false
	}
	if t.kind.Versioned && mark[0] == markRevoked {
		return mark + key + primary, true // revoked versions may repeat
	}
	return mark + key, true
}

// isTrue tells whether a boolean column of a row is true; null is not.
func (t *table) isTrue(row any, column string) bool {
	c := &t.kind.Columns[t.kind.Column(column)]
	v := reflect.ValueOf(row).Elem().FieldByIndex(c.Field)
	if c.Null {
		return v.Field(1).Bool() && v.Field(0).Bool()
	}
	return v.Bool()
}

func (t *table) insert(row any) error {
	primary := t.primary(row)
	if _, ok := t.rows.Get(primary); ok {
		return t.exists(row, t.kind.Key)
	}
	if err := t.clash(row, primary); err != nil {
		return err
	}
	t.put(primary, row)
	if t.kind.Serial {
		t.serial = max(t.serial, t.id(row).Int())
	}
	return nil
}

// update replaces the row with the same key: for a versioned kind the active one.
func (t *table) update(row any) error {
	key, _ := t.key(row, t.kind.Key)
	if t.kind.Versioned {
		key = string(rune(markActive)) + key
	}
	old, ok := t.rows.Get(key)
	if !ok {
		return koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such row in %s: %s %v",
			t.kind.Table, strings.Join(t.kind.Key, ", "), t.values(row, t.kind.Key))
	}
	t.delete(old)
	primary := t.primary(row)
	if err := t.clash(row, primary); err != nil {
		t.put(key, old)
		return err
	}
	t.put(primary, row)
	return nil
}

// clash looks for a row that a unique rule does not allow beside row.
func (t *table) clash(row any, primary string) error {
	for i := range t.indexes {
		if !t.paths[i+1].unique {
			continue
		}
		if key, ok := t.entry(row, i, primary); ok {
			if _, taken := t.indexes[i].Get(key); taken {
				return t.exists(row, t.paths[i+1].columns)
			}
		}
	}
	return nil
}

func (t *table) exists(row any, columns []string) error {
	return koji.Errorf(koji.ErrExists, koji.FaultGeneric, "row in %s exists: %s %v",
		t.kind.Table, strings.Join(columns, ", "), t.values(row, columns))
}

func (t *table) put(primary string, row any) {
	t.rows.Set(primary, row)
	for i := range t.indexes {
		if key, ok := t.entry(row, i, primary); ok {
			t.indexes[i].Set(key, row)
		}
	}
}

func (t *table) delete(row any) {
	primary := t.primary(row)
	t.rows.Delete(primary)
	for i := range t.indexes {
		if key, ok := t.entry(row, i, primary); ok {
			t.indexes[i].Delete(key)
		}
	}
}
