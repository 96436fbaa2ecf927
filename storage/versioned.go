package storage

import (
	"context"
	"database/sql"
	"iter"

	"github.com/kojikit/kojikit/koji"
)

// Version is the part of a versioned record that says when it was valid and who
// made and ended it. The store fills it in.
type Version struct {
	CreateEvent koji.EventID           `db:"create_event"`
	RevokeEvent sql.Null[koji.EventID] `db:"revoke_event"` // null while active
	Creator     koji.UserID            `db:"creator_id"`
	Revoker     sql.Null[koji.UserID]  `db:"revoker_id"`
}

// Active tells whether the record has not been revoked.
func (v *Version) Active() bool { return !v.RevokeEvent.Valid }

// VisibleAt tells whether the record was valid at an event: created by it or
// before, and revoked, if at all, after it. At koji.Now that means active.
func (v *Version) VisibleAt(event koji.EventID) bool {
	if event == koji.Now {
		return v.Active()
	}
	return v.CreateEvent <= event && (!v.RevokeEvent.Valid || event < v.RevokeEvent.V)
}

func (v *Version) version() *Version { return v }

// check refuses what the schema forbids.
func (v *Version) check() error {
	if v.RevokeEvent.Valid != v.Revoker.Valid {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "version has a revoke event or a revoker, but not both")
	}
	return nil
}

// versioned is a record that embeds Version.
type versioned interface{ version() *Version }

// VersionOf returns the version of a record of a versioned kind, given by
// pointer, for backends. It panics for any other value.
func VersionOf(row any) *Version { return row.(versioned).version() }

// Versioned is a table of records that are revoked and replaced, never changed,
// and that can be read as they were at any event.
type Versioned[R, F any] struct {
	tx   *Tx
	kind *Kind
}

// Get returns the one record that f accepts at an event. None is
// koji.ErrNotFound.
func (t Versioned[R, F]) Get(ctx context.Context, at koji.EventID, f F) (R, error) {
	return get[R](ctx, t.tx, t.kind, query(t.kind, f, at), f)
}

// List returns the records that f accepts at an event, ordered by key or as
// page says. At most one page may be given.
func (t Versioned[R, F]) List(ctx context.Context, at koji.EventID, f F, page ...Page) ([]R, error) {
	return collect(each[R](ctx, t.tx, t.kind, query(t.kind, f, at, page...)))
}

// Each iterates over what List returns, without holding all of it. In the loop
// a write to this table is refused with koji.ErrState; all else may be done.
func (t Versioned[R, F]) Each(ctx context.Context, at koji.EventID, f F, page ...Page) iter.Seq2[R, error] {
	return each[R](ctx, t.tx, t.kind, query(t.kind, f, at, page...))
}

// Count returns the number of records that f accepts at an event.
func (t Versioned[R, F]) Count(ctx context.Context, at koji.EventID, f F) (int, error) {
	return t.tx.b.Count(ctx, t.kind, query(t.kind, f, at))
}

// History returns every version that f accepts, active or revoked, ordered by
// key, then creation, or as page says.
func (t Versioned[R, F]) History(ctx context.Context, f F, page ...Page) ([]R, error) {
	q := query(t.kind, f, koji.Now, page...)
	q.All = true
	return collect(each[R](ctx, t.tx, t.kind, q))
}

// Insert adds a record at the transaction's event, created by its actor. An
// active record with the same key is koji.ErrExists.
func (t Versioned[R, F]) Insert(ctx context.Context, r *R) error {
	if t.tx.Actor == 0 {
		return t.noActor()
	}
	event, err := t.tx.Event(ctx)
	if err != nil {
		return err
	}
	*VersionOf(r) = Version{CreateEvent: event, Creator: t.tx.Actor}
	return t.tx.b.Insert(ctx, t.kind, r)
}

// InsertAll adds records as Insert does, in their order. It takes a fraction of
// the time that as many calls of that take.
func (t Versioned[R, F]) InsertAll(ctx context.Context, list []R) error {
	if t.tx.Actor == 0 {
		return t.noActor()
	}
	if len(list) == 0 {
		return nil
	}
	event, err := t.tx.Event(ctx)
	if err != nil {
		return err
	}
	for i := range list {
		*VersionOf(&list[i]) = Version{CreateEvent: event, Creator: t.tx.Actor}
	}
	return insertAll(ctx, t.tx, t.kind, list)
}

// Restore adds a record with the version it carries, for importing history. The
// events and users it names must exist; of a key, no two versions may begin at
// one event.
func (t Versioned[R, F]) Restore(ctx context.Context, r *R) error {
	return t.tx.b.Insert(ctx, t.kind, r)
}

// RestoreAll adds records as Restore does, in their order. It takes a fraction of
// the time that as many calls of that take.
func (t Versioned[R, F]) RestoreAll(ctx context.Context, list []R) error {
	return insertAll(ctx, t.tx, t.kind, list)
}

// Revoke ends the active records that f accepts, at the transaction's event, by
// its actor, and returns their number. A record created by the same event was
// never visible to anyone and is removed instead, so that its key can be used
// again within the event. A filter that accepts everything is refused with
// koji.ErrInvalid.
func (t Versioned[R, F]) Revoke(ctx context.Context, f F) (int, error) {
	if t.tx.Actor == 0 {
		return 0, t.noActor()
	}
	q := query(t.kind, f, koji.Now)
	if len(q.Where) == 0 {
		return 0, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "revoke from %s without a condition", t.kind.Table)
	}
	// Koji allocates the event even when nothing is left to revoke. It comes first
	// because a transaction that begins with it need not fear others that have one.
	event, err := t.tx.Event(ctx)
	if err != nil {
		return 0, err
	}
	if n, done, err := t.tx.b.revoke(ctx, t.kind, q, event, t.tx.Actor); done {
		return n, err
	}
	rows, err := t.List(ctx, koji.Now, f)
	if err != nil {
		return 0, err
	}
	for i := range rows {
		v := VersionOf(&rows[i])
		if v.CreateEvent == event {
			err = t.remove(ctx, &rows[i])
		} else {
			v.RevokeEvent, v.Revoker = Null(event), Null(t.tx.Actor)
			err = t.tx.b.Update(ctx, t.kind, &rows[i])
		}
		if err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

// remove deletes the active row with the key of r.
func (t Versioned[R, F]) remove(ctx context.Context, r *R) error {
	q := Query{At: koji.Now}
	for _, name := range t.kind.Key {
		q.Where = append(q.Where, Cond{name, OpIn, []any{t.kind.value(r, name)}})
	}
	_, err := t.tx.b.Delete(ctx, t.kind, q)
	return err
}

func (t Versioned[R, F]) noActor() error {
	return koji.Errorf(koji.ErrDenied, koji.FaultActionNotAllowed, "change of %s without an acting user (Tx.Actor)", t.kind.Table)
}
