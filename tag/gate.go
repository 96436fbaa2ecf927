package tag

import (
	"context"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// Gate decides who may change what. An [Editor] that has one asks it before it
// changes anything; see [Options]. [DefaultGate] is Koji's without policy files.
//
// The user who asks is the actor of the transaction. Refusals are koji.ErrDenied with koji.FaultActionNotAllowed and say why. Any
// other error means that the question could not be answered, and nothing is
// changed. A Gate must be safe for concurrent use.
type Gate interface {
	// Holds tells whether a user holds a permission, directly or through a group.
	// An Editor asks once for each permission: what is granted in the course of
	// its work counts for the next one.
	Holds(ctx context.Context, tx *storage.Tx, user koji.UserID, permission string) (bool, error)
	// Decide applies the policies that changes are subject to, in the order of the
	// changes and before any of them is made. It returns the first refusal. Changes
	// that are given together are looked up together.
	Decide(ctx context.Context, tx *storage.Tx, changes ...Change) error
}

// Change is a change of a tag that a policy decides on.
type Change struct {
	Policy  Policy
	Action  string // tag, move or untag; add, update, block, unblock or remove for a package list
	User    koji.UserID
	Tag     koji.TagID   // 0 if the build is only taken out of From
	From    koji.TagID   // where the build is taken out of; 0 if it is not
	Build   koji.BuildID // 0 for a package list
	Package string       // name of the package that is listed or blocked; may be new
	// Force asks to pass a refusal, which only an admin may.
	Force bool
}

// Policy is the policy that decides on a [Change].
type Policy string

// The policies of tags.
const (
	TagPolicy         Policy = "tag"          // what is tagged, moved and untagged
	PackageListPolicy Policy = "package_list" // package lists
)
