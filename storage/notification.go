package storage

import (
	"database/sql"
	"time"

	"github.com/kojikit/kojikit/koji"
)

// Notification says that a user wants mail about builds: of a package, in a
// tag, of everything.
type Notification struct {
	ID          int64                    `db:"id"`
	User        koji.UserID              `db:"user_id"`
	Package     sql.Null[koji.PackageID] `db:"package_id"` // null for all
	Tag         sql.Null[koji.TagID]     `db:"tag_id"`     // null for all
	SuccessOnly bool                     `db:"success_only"`
	Email       string                   `db:"email"`
}

// NotificationFilter selects wishes for mail.
type NotificationFilter struct {
	ID      Match[int64]          `db:"id"`
	User    Match[koji.UserID]    `db:"user_id"`
	Package Match[koji.PackageID] `db:"package_id"`
	Tag     Match[koji.TagID]     `db:"tag_id"`
}

var notifications = define[Notification, NotificationFilter](Kind{
	Table: "build_notifications", Key: []string{"id"}, Serial: true,
	Index: [][]string{{"user_id"}},
	Refs:  []Ref{{"user_id", "users"}, {"package_id", "package"}, {"tag_id", "tag"}},
})

// Notifications is the table of wishes for mail.
func (tx *Tx) Notifications() Table[Notification, NotificationFilter] {
	return Table[Notification, NotificationFilter]{tx, notifications}
}

// NotificationBlock says that a user wants no mail about some builds.
type NotificationBlock struct {
	ID      int64                    `db:"id"`
	User    koji.UserID              `db:"user_id"`
	Package sql.Null[koji.PackageID] `db:"package_id"` // null for all
	Tag     sql.Null[koji.TagID]     `db:"tag_id"`     // null for all
}

// NotificationBlockFilter selects refusals of mail.
type NotificationBlockFilter struct {
	ID      Match[int64]          `db:"id"`
	User    Match[koji.UserID]    `db:"user_id"`
	Package Match[koji.PackageID] `db:"package_id"`
	Tag     Match[koji.TagID]     `db:"tag_id"`
}

var notificationBlocks = define[NotificationBlock, NotificationBlockFilter](Kind{
	Table: "build_notifications_block", Key: []string{"id"}, Serial: true,
	Index: [][]string{{"user_id"}},
	Refs:  []Ref{{"user_id", "users"}, {"package_id", "package"}, {"tag_id", "tag"}},
})

// NotificationBlocks is the table of refusals of mail.
func (tx *Tx) NotificationBlocks() Table[NotificationBlock, NotificationBlockFilter] {
	return Table[NotificationBlock, NotificationBlockFilter]{tx, notificationBlocks}
}

// QueuedMessage is a message that waits to be sent to a message bus.
type QueuedMessage struct {
	ID      int64     `db:"id"`
	Created time.Time `db:"created_ts"`
	Address string    `db:"address"`
	Props   string    `db:"props"` // JSON text
	Body    string    `db:"body"`  // JSON text
}

// check refuses what the schema forbids.
func (r *QueuedMessage) check() error {
	if err := checkJSON("proton_queue.props", Null(r.Props)); err != nil {
		return err
	}
	return checkJSON("proton_queue.body", Null(r.Body))
}

// QueuedMessageFilter selects messages.
type QueuedMessageFilter struct {
	ID Match[int64] `db:"id"`
}

var queuedMessages = define[QueuedMessage, QueuedMessageFilter](Kind{
	Table: "proton_queue", Key: []string{"id"}, Serial: true,
})

// QueuedMessages is the table of messages for a message bus.
func (tx *Tx) QueuedMessages() Table[QueuedMessage, QueuedMessageFilter] {
	return Table[QueuedMessage, QueuedMessageFilter]{tx, queuedMessages}
}
