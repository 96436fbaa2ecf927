package gate

import (
	"context"
	"slices"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// Gate decides about changes of tags by a set of policies. It implements
// [tag.Gate] and is safe for concurrent use.
type Gate struct{ set *policy.Set }

// New returns a gate that asks a set of policies. What the set's options say of
// missing policies, of the texts of denials and of the log of decisions holds.
func New(set *policy.Set) *Gate { return &Gate{set} }

// Holds tells whether a user holds a permission, directly or through a group. The
// permission admin does not imply others.
func (g *Gate) Holds(ctx context.Context, tx *storage.Tx, user koji.UserID, permission string) (bool, error) {
	if user == 0 {
		return false, nil
	}
	access, err := Within(tx, user).Access(ctx, user)
	if err != nil {
		return false, err
	}
	return slices.Contains(access.Permissions, permission), nil
}

// Decide applies the policies that changes are subject to. The user of each change
// is the one who is logged in. A refusal is a [policy.Denial]; so that an
// administrator can insist, the change has Force.
func (g *Gate) Decide(ctx context.Context, tx *storage.Tx, changes ...tag.Change) error {
	scopes := make(map[koji.UserID]*policy.Scope)
	for _, c := range changes {
		scope, ok := scopes[c.User]
		if !ok {
			l := Within(tx, c.User)
			for _, c := range changes {
				l.Expect(c.Build)
			}
			scope = policy.NewScope(l)
			scopes[c.User] = scope
		}
		data, err := dataOf(c)
		if err != nil {
			return err
		}
		if err := g.set.Assert(ctx, string(c.Policy), data, scope, policy.CheckOptions{Force: c.Force}); err != nil {
			return err
		}
	}
	return nil
}

// dataOf returns a change as the data of its policy.
func dataOf(c tag.Change) (policy.Data, error) {
	switch c.Policy {
	case tag.TagPolicy:
		return &policy.TagOperation{
			Operation: c.Action, Tag: policy.ByID(c.Tag), FromTag: policy.ByID(c.From), Build: c.Build,
		}, nil
	case tag.PackageListPolicy:
		return &policy.PackageListChange{
			Tag: c.Tag, Action: c.Action, Package: policy.ByName(c.Package), Force: c.Force,
		}, nil
	}
	return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "no change of tags is subject to policy %q", c.Policy)
}
