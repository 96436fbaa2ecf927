package sqlstore

import (
	"context"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// Revoke ends the active versions that q accepts. Those that the event made were
// never visible to anyone and are deleted.
func (t *tx) Revoke(ctx context.Context, k *storage.Kind, q storage.Query, event koji.EventID, by koji.UserID) (int, error) {
	tab, err := t.ready(ctx, k)
	if err != nil {
		return 0, err
	}
	t.changed = true
	q.At, q.All = koji.Now, false
	d := t.conn.NewDelete().TableExpr(tab.name).Where(`"create_event" = ?`, int64(event))
	tab.where(q, func(query string, args ...any) { d.Where(query, args...) })
	deleted, err := d.Exec(ctx)
	if err != nil {
		return 0, t.fail(ctx, err, "delete from", tab)
	}
	u := t.conn.NewUpdate().TableExpr(tab.name).
		Set(`"revoke_event" = ?`, int64(event)).Set(`"revoker_id" = ?`, int64(by)).Set(active + " = NULL")
	tab.where(q, func(query string, args ...any) { u.Where(query, args...) })
	ended, err := u.Exec(ctx)
	if err != nil {
		return 0, t.fail(ctx, err, "update of", tab)
	}
	m, err := deleted.RowsAffected()
	if err != nil {
		return 0, err
	}
	n, err := ended.RowsAffected()
	return int(m + n), err
}
