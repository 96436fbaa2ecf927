package storagetest

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// source makes random rows that the schema allows, the same ones in every run.
type source struct {
	rand  *rand.Rand
	ids   map[string][]int64 // by table: rows to refer to
	tx    storage.BackendTx  // the transaction of event
	event koji.EventID
}

func newSource() *source {
	return &source{rand: rand.New(rand.NewPCG(1, 2)), ids: make(map[string][]int64)}
}

// forget makes rows that follow refer to none of those before.
func (s *source) forget() { clear(s.ids) }

// insert adds a random row of a kind, and what it refers to, and returns it.
func (s *source) insert(t testing.TB, ctx context.Context, tx storage.BackendTx, k *storage.Kind) any {
	t.Helper()
	row := s.row(t, ctx, tx, k)
	require.NoError(t, tx.Insert(ctx, k, row), "insert into %s: %+v", k.Table, row)
	if k.Serial {
		s.ids[k.Table] = append(s.ids[k.Table], value(row, k, k.Key[0]).Int())
	}
	return row
}

// row makes a random row that can be inserted. What it refers to is inserted.
func (s *source) row(t testing.TB, ctx context.Context, tx storage.BackendTx, k *storage.Kind) any {
	t.Helper()
	v := reflect.New(k.Record())
	row := v.Interface()
	// Without an id of its own a row is new if it refers to a new one; so is one
	// that must not refer to the same ones as another.
	fresh := !k.Serial || slices.ContainsFunc(k.Unique, func(u storage.Unique) bool {
		return !slices.ContainsFunc(u.Columns, func(c string) bool { return !refers(k, c) })
	})
	for i := range k.Columns {
		c := &k.Columns[i]
		if k.Serial && c.Name == k.Key[0] || k.Versioned && isVersion(c.Name) {
			continue
		}
		ref := slices.IndexFunc(k.Refs, func(r storage.Ref) bool { return r.Column == c.Name })
		if c.Null && (ref < 0 && isID(c.Type) || s.rand.IntN(3) == 0) {
			continue // an id of a table that is not here yet can only be null
		}
		var val reflect.Value
		switch {
		case ref >= 0 && k.Refs[ref].Target == k.Table:
			id, ok := s.parent(t, ctx, tx, k)
			if !ok {
				continue
			}
			val = reflect.ValueOf(id)
		case ref >= 0:
			val = reflect.ValueOf(s.target(t, ctx, tx, k.Refs[ref].Target, fresh))
			fresh = false
		case slices.Contains(jsonColumns, c.Name) && c.Type.Kind() == reflect.String:
			val = reflect.ValueOf(fmt.Sprint(s.rand.IntN(1000)))
		default:
			val = s.value(c.Type, keyed(k, c.Name))
		}
		assign(v.Elem(), c, val)
	}
	s.obey(row)
	if k.Versioned {
		*storage.VersionOf(row) = storage.Version{
			CreateEvent: s.eventOf(t, ctx, tx),
			Creator:     koji.UserID(s.target(t, ctx, tx, "users", false)),
		}
	}
	return row
}

// jsonColumns hold JSON, of which a database may change the blanks.
var jsonColumns = []string{"opts", "custom_opts", "extra", "data", "props", "body"}

// target returns the id of a row of a table, a new one if asked or needed.
func (s *source) target(t testing.TB, ctx context.Context, tx storage.BackendTx, table string, fresh bool) int64 {
	t.Helper()
	if table == "events" {
		return int64(s.eventOf(t, ctx, tx))
	}
	if len(s.ids[table]) < 3 || fresh {
		s.insert(t, ctx, tx, kind(t, table))
	}
	ids := s.ids[table]
	if fresh {
		return ids[len(ids)-1]
	}
	return ids[s.rand.IntN(len(ids))]
}

// parent returns the id of a row that others of its kind may refer to: always the
// same one, so that the rest can be deleted. It has no parent itself.
func (s *source) parent(t testing.TB, ctx context.Context, tx storage.BackendTx, k *storage.Kind) (id int64, ok bool) {
	t.Helper()
	name := "parent of " + k.Table
	if ids, made := s.ids[name]; made {
		return append(ids, 0)[0], len(ids) > 0
	}
	s.ids[name] = nil
	id = value(s.insert(t, ctx, tx, k), k, k.Key[0]).Int()
	s.ids[name] = []int64{id}
	return id, true
}

// eventOf returns the event of a transaction's changes.
func (s *source) eventOf(t testing.TB, ctx context.Context, tx storage.BackendTx) koji.EventID {
	t.Helper()
	if s.tx != tx {
		event, err := tx.NextEvent(ctx)
		require.NoError(t, err)
		s.tx, s.event = tx, event
	}
	return s.event
}

// value makes a random value: distinct ones for a column of a key, else of a few.
func (s *source) value(typ reflect.Type, distinct bool) reflect.Value {
	n := s.rand.IntN(4)
	if distinct {
		n = s.rand.IntN(30000)
	}
	switch typ.Kind() {
	case reflect.Bool:
		return reflect.ValueOf(n%2 == 0)
	case reflect.Int:
		return reflect.ValueOf(n)
	case reflect.Int64:
		return reflect.ValueOf(int64(n) << 33)
	case reflect.Float64:
		return reflect.ValueOf(float64(n-2) / 8)
	case reflect.String:
		text := []string{"", "b", "B'a\"%_\\", "é世 ;--"}[n%4]
		if distinct {
			text = fmt.Sprintf("%.5s%x", text, s.rand.Uint32())
		}
		return reflect.ValueOf(text)
	default: // storage admits only one more type
		day := time.Date(2024, 2, 27+n, 23, 59, 59, n*1000, time.UTC)
		return reflect.ValueOf(day)
	}
}

// obey makes a random row keep the rules that stand in no [storage.Kind].
func (s *source) obey(row any) {
	switch r := row.(type) {
	case *storage.Build:
		r.Draft = false // or else the release would have to end in the id
		done := storage.Null(time.Date(2024, 2, 29, 1, 2, s.rand.IntN(4), 456789000, time.UTC))
		if r.State == koji.BuildBuilding {
			done = sql.Null[time.Time]{}
		}
		r.CompletionTime = done
	case *storage.RPM:
		r.Draft = sql.Null[bool]{Valid: r.Build.Valid} // that of the build
		if r.Build.Valid {
			r.ExternalRepo = koji.InternalRepoID
		}
	case *storage.Buildroot:
		r.CGVersion, r.ContainerArch = sql.Null[string]{}, sql.Null[string]{}
		if r.CG.Valid {
			r.CGVersion = storage.Null("1")
		}
		if r.ContainerType.Valid {
			r.ContainerArch = storage.Null("x86_64")
		}
	case *storage.Host:
		r.TaskLoad = math.Abs(r.TaskLoad)
	case *storage.HostConfig:
		r.Capacity = 1.5 + math.Abs(r.Capacity)
	case *storage.Task:
		r.Weight = math.Abs(r.Weight)
		if !r.Parent.Valid {
			r.Label = sql.Null[string]{}
		}
	case *storage.Session:
		r.Exclusive = sql.Null[bool]{} // a user has one such session at most
	case *storage.RepoRequest:
		r.Active = r.Active && !r.Repo.Valid
		if r.AtEvent.Valid {
			r.MinEvent = sql.Null[koji.EventID]{}
		}
	}
}

// revoke ends an active row at the event of the transaction, which it returns.
func (s *source) revoke(t testing.TB, ctx context.Context, tx storage.BackendTx, k *storage.Kind, row any) koji.EventID {
	t.Helper()
	row = clone(row)
	v := storage.VersionOf(row)
	v.RevokeEvent, v.Revoker = storage.Null(s.eventOf(t, ctx, tx)), storage.Null(v.Creator)
	require.NoError(t, tx.Update(ctx, k, row))
	return v.RevokeEvent.V
}

// insertAgain inserts a version that follows another one.
func (s *source) insertAgain(t testing.TB, ctx context.Context, tx storage.BackendTx, k *storage.Kind, after any) any {
	t.Helper()
	row := s.row(t, ctx, tx, k)
	carry(row, after, k, k.Key...)
	require.NoError(t, tx.Insert(ctx, k, row))
	return row
}

// isVersion tells whether a column is one of [storage.Version].
func isVersion(column string) bool {
	return slices.Contains([]string{"create_event", "revoke_event", "creator_id", "revoker_id"}, column)
}

// isID tells whether a type is one of the ids of package koji.
func isID(typ reflect.Type) bool {
	return typ.PkgPath() == reflect.TypeFor[koji.EventID]().PkgPath() && strings.HasSuffix(typ.Name(), "ID")
}

// refers tells whether a column is a foreign key.
func refers(k *storage.Kind, column string) bool {
	return slices.ContainsFunc(k.Refs, func(r storage.Ref) bool { return r.Column == column })
}

// keyed tells whether a column belongs to the key of a kind or to a unique rule.
func keyed(k *storage.Kind, column string) bool {
	return slices.Contains(k.Key, column) || slices.ContainsFunc(k.Unique, func(u storage.Unique) bool {
		return slices.Contains(u.Columns, column)
	})
}

// value returns the value of a column in a row; null is the zero Value.
func value(row any, k *storage.Kind, column string) reflect.Value {
	c := &k.Columns[k.Column(column)]
	f := reflect.ValueOf(row).Elem().FieldByIndex(c.Field)
	if !c.Null {
		return f
	}
	if !f.Field(1).Bool() {
		return reflect.Value{}
	}
	return f.Field(0)
}

// assign sets a column in a row; the zero Value is null.
func assign(row reflect.Value, c *storage.Column, v reflect.Value) {
	f := row.FieldByIndex(c.Field)
	if c.Null {
		f.Field(1).SetBool(v.IsValid())
		f = f.Field(0)
	}
	if v.IsValid() {
		f.Set(v.Convert(c.Type))
	} else {
		f.SetZero()
	}
}

// carry copies columns from one row to another of the same kind.
func carry(to, from any, k *storage.Kind, columns ...string) {
	for _, name := range columns {
		assign(reflect.ValueOf(to).Elem(), &k.Columns[k.Column(name)], value(from, k, name))
	}
}
