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
	if err != nil || access == nil {
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
			scope = policy.NewScope(Within(tx, c.User))
			if err := g.prefetch(ctx, scope, changes); err != nil {
				return err
			}
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

// prefetch looks up what the policies of several changes may ask.
func (g *Gate) prefetch(ctx context.Context, scope *policy.Scope, changes []tag.Change) error {
	if len(changes) < 2 {
		return nil // the evaluation does so itself
	}
	q := policy.Questions{Session: true}
	asks := make(map[tag.Policy]policy.LookupSet)
	tags := make(map[policy.TagRef]bool)
	for _, c := range changes {
		if _, ok := asks[c.Policy]; !ok {
			asks[c.Policy] = 0
			if p := g.set.Program(string(c.Policy)); p != nil {
				_, asks[c.Policy] = p.Needs()
			}
			q.Asks |= asks[c.Policy]
		}
		for _, t := range []koji.TagID{c.Tag, c.From} {
			if ref := (policy.TagRef{Ref: policy.ByID(t)}); t != 0 && asks[c.Policy]&policy.AsksTags != 0 && !tags[ref] {
				tags[ref] = true
				q.Tags = append(q.Tags, ref)
			}
		}
		if c.Build != 0 && asks[c.Policy]&policy.AsksBuild != 0 {
			q.Builds = append(q.Builds, policy.BuildRef{ID: c.Build})
		}
		if c.Package != "" && asks[c.Policy]&policy.AsksNames != 0 {
			q.Names = append(q.Names, policy.NameQuestion{Table: policy.TablePackage, Ref: policy.ByName(c.Package)})
		}
	}
	if q.Asks == 0 {
		return nil
	}
	return scope.Prefetch(ctx, q)
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
