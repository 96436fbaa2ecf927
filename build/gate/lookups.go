package gate

import (
	"cmp"
	"context"
	"slices"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// Lookups answers what policies look up from a store, in a number of queries that
// does not depend on how much is asked at once. It implements [policy.Lookups] and
// [policy.Prefetcher].
type Lookups struct {
	view    func(context.Context, func(*storage.Tx) error) error
	session koji.UserID
}

// Within returns lookups that read a transaction and see its changes. Like the
// transaction they belong to one goroutine. session is the user who is logged in,
// zero for nobody.
func Within(tx *storage.Tx, session koji.UserID) *Lookups {
	return &Lookups{session: session, view: func(_ context.Context, fn func(*storage.Tx) error) error { return fn(tx) }}
}

// Over returns lookups that read a store, each time in a view of its own. They are
// safe for concurrent use. Questions that have to see one state are asked through
// [Within], in one view.
func Over(store *storage.Store, session koji.UserID) *Lookups {
	return &Lookups{session: session, view: store.View}
}

// read returns what fn reads in a view.
func read[T any](ctx context.Context, l *Lookups, fn func(tx *storage.Tx) (T, error)) (T, error) {
	var out T
	err := l.view(ctx, func(tx *storage.Tx) error {
		var err error
		out, err = fn(tx)
		return err
	})
	return out, err
}

// first returns the first of some rows, or nil.
func first[R any](rows []R, err error) (*R, error) {
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

// index turns rows into a map.
func index[R any, K comparable, V any](rows []R, pair func(*R) (K, V)) map[K]V {
	m := make(map[K]V, len(rows))
	for i := range rows {
		k, v := pair(&rows[i])
		m[k] = v
	}
	return m
}

// ids returns one value of each row, in ascending order, each once.
func ids[R any, T cmp.Ordered](rows []R, value func(*R) T) []T {
	list := make([]T, len(rows))
	for i := range rows {
		list[i] = value(&rows[i])
	}
	slices.Sort(list)
	return slices.Compact(list)
}
