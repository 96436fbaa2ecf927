package storage

import (
	"database/sql"
	"time"

	"github.com/kojikit/kojikit/koji"
)

// BuildReservation is the claim of a content generator to a build that it will
// import.
type BuildReservation struct {
	Build   koji.BuildID     `db:"build_id"`
	Token   sql.Null[string] `db:"token"`
	Created time.Time        `db:"created"`
}

// BuildReservationFilter selects reservations.
type BuildReservationFilter struct {
	Build   Match[koji.BuildID] `db:"build_id"`
	Token   Match[string]       `db:"token"`
	Created Match[time.Time]    `db:"created"`
}

var buildReservations = define[BuildReservation, BuildReservationFilter](Kind{
	Table: "build_reservations", Key: []string{"build_id"},
	Index: [][]string{{"created"}},
	Refs:  []Ref{{"build_id", "build"}},
})

// BuildReservations is the table of reservations of builds.
func (tx *Tx) BuildReservations() Table[BuildReservation, BuildReservationFilter] {
	return Table[BuildReservation, BuildReservationFilter]{tx, buildReservations}
}

// EventLabel is a name of an event.
type EventLabel struct {
	Event koji.EventID `db:"event_id"`
	Label string       `db:"label"`
}

// EventLabelFilter selects names of events.
type EventLabelFilter struct {
	Event Match[koji.EventID] `db:"event_id"`
	Label Match[string]       `db:"label"`
}

var eventLabels = define[EventLabel, EventLabelFilter](Kind{
	Table: "event_labels", Key: []string{"label"},
	Index: [][]string{{"event_id"}},
	Refs:  []Ref{{"event_id", "events"}},
})

// EventLabels is the table of names of events.
func (tx *Tx) EventLabels() Table[EventLabel, EventLabelFilter] {
	return Table[EventLabel, EventLabelFilter]{tx, eventLabels}
}

// Lock is a name that a transaction can lock.
type Lock struct {
	Name string `db:"name"`
}

// LockFilter selects names of locks.
type LockFilter struct {
	Name Match[string] `db:"name"`
}

var locks = define[Lock, LockFilter](Kind{
	Table: "locks", Key: []string{"name"},
})

// Locks is the table of names of locks.
func (tx *Tx) Locks() Table[Lock, LockFilter] {
	return Table[Lock, LockFilter]{tx, locks}
}
