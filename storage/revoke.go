package storage

import (
	"context"

	"github.com/kojikit/kojikit/koji"
)

// Revoker is a [BackendTx] that can end many versions at once. With others they are
// ended one by one.
type Revoker interface {
	BackendTx
	// Revoke ends the active versions that q accepts, at an event and by a user, and
	// returns their number. Those that the event made are deleted.
	Revoke(ctx context.Context, k *Kind, q Query, event koji.EventID, by koji.UserID) (int, error)
}

// revoke ends versions at once. It is not done if the backend cannot.
func (g *guard) revoke(ctx context.Context, k *Kind, q Query, event koji.EventID, by koji.UserID) (n int, done bool, err error) {
	b, ok := g.BackendTx.(Revoker)
	if !ok {
		return 0, false, nil
	}
	if err := g.writable(k); err != nil {
		return 0, true, err
	}
	if q, err = g.query(k, q); err != nil {
		return 0, true, err
	}
	n, err = b.Revoke(ctx, k, q, event, by)
	return n, true, g.failed(err)
}
