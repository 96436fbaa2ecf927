package storage

import (
	"database/sql"
	"time"

	"github.com/kojikit/kojikit/koji"
)

// Session is a login of a user.
type Session struct {
	ID         int64               `db:"id"`
	User       koji.UserID         `db:"user_id"`
	Expired    bool                `db:"expired"`
	Master     sql.Null[int64]     `db:"master"` // the session that this one is a part of
	Key        sql.Null[string]    `db:"key"`
	AuthType   sql.Null[int]       `db:"authtype"`
	HostIP     sql.Null[string]    `db:"hostip"`
	CallNumber sql.Null[int]       `db:"callnum"`
	StartTime  time.Time           `db:"start_time"`
	UpdateTime time.Time           `db:"update_time"`
	Exclusive  sql.Null[bool]      `db:"exclusive"` // true or null
	Closed     bool                `db:"closed"`
	RenewTime  sql.Null[time.Time] `db:"renew_time"`
}

// check refuses what the schema forbids.
func (r *Session) check() error {
	switch {
	case !r.Exclusive.Valid:
		return nil
	case !r.Exclusive.V:
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "session %d is not exclusive, for which the value is null", r.ID)
	case r.Closed || r.Master.Valid:
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "session %d is exclusive, yet closed or part of another", r.ID)
	}
	return nil
}

// SessionFilter selects sessions.
type SessionFilter struct {
	ID         Match[int64]       `db:"id"`
	User       Match[koji.UserID] `db:"user_id"`
	Master     Match[int64]       `db:"master"`
	Expired    Match[bool]        `db:"expired"`
	Closed     Match[bool]        `db:"closed"`
	Exclusive  Match[bool]        `db:"exclusive"`
	UpdateTime Match[time.Time]   `db:"update_time"`
}

var sessions = define[Session, SessionFilter](Kind{
	Table: "sessions", Key: []string{"id"}, Serial: true,
	Unique: []Unique{{Columns: []string{"user_id", "exclusive"}}},
	Index:  [][]string{{"master"}, {"expired"}, {"user_id"}},
	Refs:   []Ref{{"user_id", "users"}, {"master", "sessions"}},
})

// Sessions is the table of sessions.
func (tx *Tx) Sessions() Table[Session, SessionFilter] {
	return Table[Session, SessionFilter]{tx, sessions}
}
