package memory

import (
	"context"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// Changes returns the first and the last event between two others at which a
// version that q accepts was made or ended.
func (t *tx) Changes(ctx context.Context, k *storage.Kind, q storage.Query, after, before koji.EventID) (first, last koji.EventID, err error) {
	tab, err := t.table(ctx, k)
	if err != nil {
		return koji.Now, koji.Now, err
	}
	see := func(event koji.EventID) {
		if event <= after || before != koji.Now && event >= before {
			return
		}
		if first == koji.Now || event < first {
			first = event
		}
		last = max(last, event)
	}
	a, err := tab.access(q)
	if err != nil {
		return koji.Now, koji.Now, err
	}
	err = tab.scan(ctx, a, func(r row) bool {
		v := tab.version(r)
		see(v.CreateEvent)
		if v.RevokeEvent.Valid {
			see(v.RevokeEvent.V)
		}
		return true
	})
	return first, last, err
}
