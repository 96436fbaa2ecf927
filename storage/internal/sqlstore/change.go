package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"math"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// Changes returns the first and the last event between two others at which a
// version that q accepts was made or ended.
func (t *tx) Changes(ctx context.Context, k *storage.Kind, q storage.Query, after, before koji.EventID) (first, last koji.EventID, err error) {
	tab, err := t.ready(ctx, k)
	if err != nil {
		return koji.Now, koji.Now, err
	}
	if before == koji.Now {
		before = math.MaxInt32 // events are 32 bits wide
	}
	s := t.conn.NewSelect().TableExpr(tab.name)
	for _, column := range []string{`"create_event"`, `"revoke_event"`} {
		for _, extreme := range []string{"min", "max"} {
			s.ColumnExpr(fmt.Sprintf("%s(%s) FILTER (WHERE %[2]s > ? AND %[2]s < ?)", extreme, column), int64(after), int64(before))
		}
	}
	tab.where(q, func(query string, args ...any) { s.Where(query, args...) })
	var created, ended struct{ first, last sql.Null[koji.EventID] }
	if err := s.Scan(ctx, &created.first, &created.last, &ended.first, &ended.last); err != nil {
		return koji.Now, koji.Now, t.fail(ctx, err, "read", tab)
	}
	first = created.first.V
	if ended.first.Valid && (first == koji.Now || ended.first.V < first) {
		first = ended.first.V
	}
	return first, max(created.last.V, ended.last.V), nil
}
