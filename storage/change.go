package storage

import (
	"context"
	"iter"

	"github.com/kojikit/kojikit/koji"
)

// VersionFilter selects versions by when and by whom they were made and ended.
type VersionFilter struct {
	Created Match[koji.EventID]
	Revoked Match[koji.EventID] // IsNull for active ones
	Creator Match[koji.UserID]
	Revoker Match[koji.UserID]
}

// conds returns the conditions of the filter.
func (f *VersionFilter) conds() []Cond {
	var list []Cond
	for _, c := range []struct {
		column string
		match  matcher
	}{
		{"create_event", f.Created}, {"revoke_event", f.Revoked}, {"creator_id", f.Creator}, {"revoker_id", f.Revoker},
	} {
		if op, values := c.match.cond(); op != OpAny {
			list = append(list, Cond{c.column, op, values})
		}
	}
	return list
}

// Versions iterates over the versions that both filters accept, active or
// revoked, in the order of [Versioned.History], which holds all of them at once.
func (t Versioned[R, F]) Versions(ctx context.Context, f F, v VersionFilter, page ...Page) iter.Seq2[R, error] {
	return each[R](ctx, t.tx, t.kind, t.versions(f, v, page...))
}

func (t Versioned[R, F]) versions(f F, v VersionFilter, page ...Page) Query {
	q := query(t.kind, f, koji.Now, page...)
	q.Where = append(q.Where, v.conds()...)
	q.All = true
	return q
}

// FirstChange returns the first event after the given one at which a version
// that f accepts was made or ended; koji.Now if there is none.
func (t Versioned[R, F]) FirstChange(ctx context.Context, f F, after koji.EventID) (koji.EventID, error) {
	first, _, err := t.tx.b.Changes(ctx, t.kind, t.versions(f, VersionFilter{}), after, koji.Now)
	return first, err
}

// LastChange returns the last event before the given one at which a version that
// f accepts was made or ended; koji.Now if there is none. Before koji.Now is the
// last of all.
func (t Versioned[R, F]) LastChange(ctx context.Context, f F, before koji.EventID) (koji.EventID, error) {
	_, last, err := t.tx.b.Changes(ctx, t.kind, t.versions(f, VersionFilter{}), koji.Now, before)
	return last, err
}
