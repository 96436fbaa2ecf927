// Package tabledump puts tables written as JSON into a store: the state at the
// end of the histories that golden vectors tell, with the ids it has there.
//
//	var input struct{ Tables tabledump.Tables }
//	c.Input(&input)
//	store, err := tabledump.Open(ctx, input.Tables)
package tabledump

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/memory"
)

// Tables is a dump: rows by the name of their table, and the events that exist.
type Tables struct {
	Rows   map[string]Rows
	Events []koji.EventID
}

// Rows are the rows of one table: values in the order of the columns.
type Rows struct {
	Columns []string            `json:"columns"`
	Rows    [][]json.RawMessage `json:"rows"`
}

// UnmarshalJSON reads the tables as members of one map, and the list of events
// as one more.
func (t *Tables) UnmarshalJSON(text []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return err
	}
	t.Rows = make(map[string]Rows)
	for name, member := range members {
		if name == "events" {
			if err := json.Unmarshal(member, &t.Events); err != nil {
				return fmt.Errorf("events: %w", err)
			}
			continue
		}
		var rows Rows
		if err := json.Unmarshal(member, &rows); err != nil {
			return fmt.Errorf("table %s: %w", name, err)
		}
		t.Rows[name] = rows
	}
	return nil
}

// EventTime returns the time of an event: event n happened n minutes into 2024.
func EventTime(id koji.EventID) time.Time {
	return time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(id) * time.Minute)
}

// Open returns a memory store with the rows of a dump beside those that every
// database has.
func Open(ctx context.Context, tables Tables) (*storage.Store, error) {
	store := memory.Open(memory.Options{})
	return store, Load(ctx, store, tables)
}

// Load adds the rows of a dump to those of a store. Tables and columns that the
// store does not know are left out, columns that the dump does not have are zero.
func Load(ctx context.Context, store *storage.Store, tables Tables) error {
	tx, err := store.Backend().Begin(ctx, true)
	if err != nil {
		return err
	}
	for _, k := range storage.Kinds() {
		if k.Table == "events" {
			err = insertEvents(ctx, tx, k, tables.Events)
		} else {
			err = insertRows(ctx, tx, k, tables.Rows[k.Table])
		}
		if err != nil {
			return errors.Join(fmt.Errorf("table %s: %w", k.Table, err), tx.Rollback(ctx))
		}
	}
	return tx.Commit(ctx)
}

func insertEvents(ctx context.Context, tx storage.BackendTx, k *storage.Kind, ids []koji.EventID) error {
	rows := make([]any, len(ids))
	for i, id := range ids {
		rows[i] = &storage.Event{ID: id, Time: EventTime(id)}
	}
	return tx.Insert(ctx, k, rows...)
}

func insertRows(ctx context.Context, tx storage.BackendTx, k *storage.Kind, rows Rows) error {
	list := make([]any, len(rows.Rows))
	for i, values := range rows.Rows {
		row := reflect.New(k.Record())
		for j, name := range rows.Columns {
			c := k.Column(name)
			if c < 0 {
				continue
			}
			field := row.Elem().FieldByIndex(k.Columns[c].Field)
			if err := decode(values[j], field, &k.Columns[c]); err != nil {
				return fmt.Errorf("row %d, column %s: %w", i, name, err)
			}
		}
		list[i] = row.Interface()
		if rpm, ok := list[i].(*storage.RPM); ok && rpm.Build.Valid && !rpm.Draft.Valid {
			rpm.Draft = storage.Null(false) // the schema demands it, some dumps lack it
		}
	}
	return tx.Insert(ctx, k, list...)
}

// decode stores a JSON value in a field of a record.
func decode(text json.RawMessage, field reflect.Value, c *storage.Column) error {
	if string(text) == "null" {
		return nil
	}
	if c.Null {
		field.FieldByName("Valid").SetBool(true)
		field = field.FieldByName("V")
	}
	if c.Type != reflect.TypeFor[time.Time]() {
		return json.Unmarshal(text, field.Addr().Interface())
	}
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	t, err := time.Parse("2006-01-02 15:04:05.999999-07:00", s)
	field.Set(reflect.ValueOf(t.UTC()))
	return err
}
