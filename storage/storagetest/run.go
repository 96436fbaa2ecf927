package storagetest

import (
	"context"
	"maps"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/storage"
)

// Harness is how the suite gets at the stores of a backend.
type Harness struct {
	// Open returns a store with the rows of [storage.Seed] and nothing else,
	// which shares nothing with the others that were opened and are not closed
	// yet. It may register its own clean-up with tb. The suite closes the store.
	Open func(tb testing.TB) *storage.Store
	// Place returns the name of a place for a store that outlasts its program: the
	// path of a file, the connection string of a database. It is empty at first.
	// Backends without such places leave Place nil, and OpenAt too.
	Place func(tb testing.TB) string
	// OpenAt opens the store of a place, for several programs at once; the suite
	// runs the test program a second time for that.
	OpenAt func(ctx context.Context, place string) (*storage.Store, error)
}

// Run tests the stores of a backend.
func Run(t *testing.T, h Harness) {
	s := suite{h}
	t.Run("Seed", s.testSeed)
	t.Run("Table", s.testTable)
	t.Run("ID", s.testID)
	t.Run("Bulk", s.testBulk)
	t.Run("Unique", s.testUnique)
	t.Run("Reference", s.testReference)
	t.Run("Value", s.testValue)
	t.Run("Query", s.testQuery)
	t.Run("Together", s.testTogether)
	t.Run("View", s.testView)
	t.Run("LongList", s.testLongList)
	t.Run("Loop", s.testLoop)
	t.Run("Version", s.testVersion)
	t.Run("Changes", s.testChanges)
	t.Run("Revoke", s.testRevoke)
	t.Run("Event", s.testEvent)
	t.Run("Transaction", s.testTransaction)
	t.Run("Try", s.testTry)
	t.Run("Isolation", s.testIsolation)
	t.Run("Parallel", s.testParallel)
	t.Run("Lock", s.testLock)
	t.Run("Watch", s.testWatch)
	if s.Place != nil { // a store that outlasts its program
		t.Run("Crash", s.testCrash)
	}
	t.Run("Stress", s.testStress)
	t.Run("Close", s.testClose)
	t.Run("Machine", s.testMachine)
}

// suite is the tests of one backend.
type suite struct {
	Harness
}

// bed is a fresh store and a source of rows for it.
type bed struct {
	store *storage.Store
	rows  *source
}

func (s suite) bed(t testing.TB) *bed {
	store := s.Open(t)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return &bed{store: store, rows: newSource()}
}

// change runs fn in a writing transaction of the backend and commits it.
func (b *bed) change(t testing.TB, fn func(ctx context.Context, tx storage.BackendTx)) {
	t.Helper()
	ctx := t.Context()
	tx, err := b.store.Backend().Begin(ctx, true)
	require.NoError(t, err)
	defer func() { require.NoError(t, tx.Rollback(context.WithoutCancel(ctx))) }()
	fn(ctx, tx)
	require.NoError(t, tx.Commit(ctx))
}

// attempt returns the error of fn, run in a transaction that is rolled back.
func (b *bed) attempt(t testing.TB, fn func(ctx context.Context, tx storage.BackendTx) error) error {
	t.Helper()
	ctx := t.Context()
	tx, err := b.store.Backend().Begin(ctx, true)
	require.NoError(t, err)
	ids := maps.Clone(b.rows.ids)
	defer func() {
		require.NoError(t, tx.Rollback(context.WithoutCancel(ctx)))
		b.rows.ids = ids
	}()
	return fn(ctx, tx)
}

// add commits n random rows of a kind and returns them.
func (b *bed) add(t testing.TB, k *storage.Kind, n int) []any {
	t.Helper()
	var list []any
	b.change(t, func(ctx context.Context, tx storage.BackendTx) {
		for range n {
			list = append(list, b.rows.insert(t, ctx, tx, k))
		}
	})
	return list
}

// list returns the rows that q accepts, after the last commit.
func (b *bed) list(t testing.TB, k *storage.Kind, q storage.Query) []any {
	t.Helper()
	ctx := t.Context()
	tx, err := b.store.Backend().Begin(ctx, false)
	require.NoError(t, err)
	defer func() { require.NoError(t, tx.Rollback(context.WithoutCancel(ctx))) }()
	return list(t, ctx, tx, k, q)
}

// view begins a reading transaction that ends with the test.
func (b *bed) view(t testing.TB) (context.Context, storage.BackendTx) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	tx, err := b.store.Backend().Begin(ctx, false)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, tx.Rollback(ctx)) })
	return ctx, tx
}

// list returns copies of the rows that q accepts.
func list(t testing.TB, ctx context.Context, tx storage.BackendTx, k *storage.Kind, q storage.Query) []any {
	t.Helper()
	var rows []any
	require.NoError(t, tx.Select(ctx, k, q, func(row any) bool {
		rows = append(rows, clone(row))
		return true
	}))
	n, err := tx.Count(ctx, k, q)
	require.NoError(t, err)
	if q.Limit == 0 && q.Offset == 0 {
		require.Len(t, rows, n, "Count and Select of %s disagree", k.Table)
	}
	return rows
}

// each runs a subtest for every kind that ok accepts. They share a store, for to
// open one may take longer than a test, but no rows.
func (s suite) each(t *testing.T, ok func(*storage.Kind) bool, fn func(t *testing.T, b *bed, k *storage.Kind)) {
	b := s.bed(t)
	for _, k := range storage.Kinds() {
		if ok(k) {
			b.rows.forget()
			t.Run(k.Table, func(t *testing.T) { fn(t, b, k) })
		}
	}
}

func all(*storage.Kind) bool         { return true }
func versioned(k *storage.Kind) bool { return k.Versioned }
func serial(k *storage.Kind) bool    { return k.Serial }

// kind finds a kind by its table.
func kind(t testing.TB, table string) *storage.Kind {
	t.Helper()
	for _, k := range storage.Kinds() {
		if k.Table == table {
			return k
		}
	}
	require.Fail(t, "no kind", table)
	return nil
}

// clone copies a row given by pointer.
func clone(row any) any {
	c := reflect.New(reflect.TypeOf(row).Elem())
	c.Elem().Set(reflect.ValueOf(row).Elem())
	return c.Interface()
}
