package storage

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Views returns the views of this package: what the rows of a table and the rows
// that they refer to say together. They are kinds that can be read only.
func Views() []*Kind { return slices.Clone(views) }

// views is where a view is made known to backends: a new one is defined beside
// its record type and listed here.
var views = []*Kind{namedLinks, namedTagPackages, namedTagOwners, taggedBuilds, buildDetails}

// defineView makes a view of a table. A column of record type R or of filter type
// F is one of the table, or of a row that the table refers to: `db:"owner.name"`
// is the column name of the row that the column owner refers to. A filter may
// have columns that the record has not. A contradiction is a mistake in this
// package's source, so it panics.
func defineView[R, F any](base *Kind) *Kind {
	k := *base
	k.Base, k.Columns, k.filter, k.loose = base, nil, nil, nil
	k.record = reflect.TypeFor[R]()
	for _, f := range reflect.VisibleFields(k.record) {
		if name, ok := f.Tag.Lookup("db"); ok {
			c := k.viewColumn(name)
			c.Field = f.Index
			if typ, null := valueType(f.Type); typ != c.Type || null != c.Null {
				panic(fmt.Sprintf("storage: view of %s: %s is a %s, null %t", k.Table, name, c.Type, c.Null))
			}
			k.Columns = append(k.Columns, c)
		}
	}
	ft := reflect.TypeFor[F]()
	for i := range ft.NumField() {
		name := ft.Field(i).Tag.Get("db")
		if k.Column(name) < 0 {
			k.Columns = append(k.Columns, k.viewColumn(name))
		}
		if typ := reflect.Zero(ft.Field(i).Type).Interface().(matcher).elem(); k.Columns[k.Column(name)].Type != typ {
			panic(fmt.Sprintf("storage: view of %s: filter of %s is a %s", k.Table, name, typ))
		}
		k.filter = append(k.filter, filterField{i, name})
	}
	order := k.Key // rows are ordered by it
	if k.Versioned {
		order = append(slices.Clip(order), "create_event")
	}
	for _, name := range order {
		if k.Column(name) < 0 {
			k.Columns = append(k.Columns, k.viewColumn(name))
		}
	}
	return &k
}

// viewColumn finds a column of the base table, or of one that it refers to.
func (k *Kind) viewColumn(name string) Column {
	ref, of, joined := strings.Cut(name, ".")
	if !joined {
		c := &k.Base.Columns[k.Base.mustColumn(name)]
		return Column{Name: name, Type: c.Type, Null: c.Null, Join: -1, Of: c}
	}
	join := slices.IndexFunc(k.Joins, func(j Join) bool { return j.Column == ref })
	if join < 0 {
		target := k.Base.target(ref)
		join = len(k.Joins)
		k.Joins = append(k.Joins, Join{Column: ref, Target: target, Null: k.Base.Columns[k.Base.mustColumn(ref)].Null})
	}
	j := k.Joins[join]
	c := &j.Target.Columns[j.Target.mustColumn(of)]
	return Column{Name: name, Type: c.Type, Null: c.Null || j.Null, Join: join, Of: c}
}

// target returns the kind that a column refers to.
func (k *Kind) target(column string) *Kind {
	for _, r := range k.Refs {
		if r.Column != column {
			continue
		}
		for _, t := range kinds {
			if t.Table == r.Target {
				return t
			}
		}
	}
	panic(fmt.Sprintf("storage: %s.%s refers to nothing", k.Table, column))
}

func (k *Kind) mustColumn(name string) int {
	i := k.Column(name)
	if i < 0 {
		panic(fmt.Sprintf("storage: %s has no column %q", k.Table, name))
	}
	return i
}
