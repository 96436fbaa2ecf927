package tag

import (
	"context"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// DefaultGate is the [Gate] of a hub without policies of its own: package lists
// are changed by admins and holders of the permission tag, builds are tagged by
// everybody. Permissions are those in the tables of the store. The zero value is
// ready to use.
type DefaultGate struct {
	// DenyMissing refuses what no policy decides on, as a hub does whose option
	// MissingPolicyOk is off: all tagging of builds.
	DenyMissing bool
}

var _ Gate = DefaultGate{}

// Holds tells whether a user holds a permission, directly or through a group.
func (DefaultGate) Holds(ctx context.Context, tx *storage.Tx, user koji.UserID, permission string) (bool, error) {
	known, err := tx.Permissions().List(ctx, storage.PermissionFilter{Name: storage.Is(permission)})
	if err != nil || len(known) == 0 {
		return false, err
	}
	groups, err := tx.UserGroups().List(ctx, koji.Now, storage.UserGroupFilter{User: storage.Is(user)})
	if err != nil {
		return false, err
	}
	holders := append(column(groups, func(g *storage.UserGroup) koji.UserID { return g.Group }), user)
	n, err := tx.UserPermissions().Count(ctx, koji.Now, storage.UserPermissionFilter{
		User: storage.Is(holders...), Permission: storage.Is(known[0].ID),
	})
	return n > 0, err
}

// Decide applies Koji's default policies.
func (g DefaultGate) Decide(ctx context.Context, tx *storage.Tx, changes ...Change) error {
	type question struct {
		user   koji.UserID
		policy Policy
		force  bool
	}
	allowed := make(map[question]bool)
	for i := range changes {
		c := &changes[i]
		q := question{c.User, c.Policy, c.Force}
		if allowed[q] {
			continue
		}
		if err := g.decide(ctx, tx, c); err != nil {
			return err
		}
		allowed[q] = true
	}
	return nil
}

func (g DefaultGate) decide(ctx context.Context, tx *storage.Tx, c *Change) error {
	permissions, reason := []string{adminPermission, tagPermission}, "Only admin/tag can do this via default policy"
	if c.Policy != PackageListPolicy {
		if !g.DenyMissing {
			return nil
		}
		permissions, reason = nil, "missing policy"
		if c.Force {
			permissions = []string{adminPermission}
		}
	}
	for _, p := range permissions {
		if ok, err := g.Holds(ctx, tx, c.User, p); ok || err != nil {
			return err
		}
	}
	return koji.Errorf(koji.ErrDenied, koji.FaultActionNotAllowed, "policy violation (%s): %s", c.Policy, reason)
}
