package gate

import (
	"context"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/storage"
)

// SessionUser implements [policy.Lookups].
func (l *Lookups) SessionUser(ctx context.Context) (*policy.User, error) {
	if l.session == 0 {
		return nil, nil
	}
	return l.User(ctx, policy.ByID(l.session))
}

// User implements [policy.Lookups].
func (l *Lookups) User(ctx context.Context, ref policy.Ref) (*policy.User, error) {
	facts, err := l.Prefetch(ctx, policy.Questions{Asks: policy.AsksUser, Users: []policy.Ref{ref}})
	if err != nil {
		return nil, err
	}
	if len(facts.Users) > 0 {
		return facts.Users[0].Answer, nil
	}
	return read(ctx, l, func(tx *storage.Tx) (*policy.User, error) { return userOfPrincipal(ctx, tx, ref.Name) })
}

func userOfPrincipal(ctx context.Context, tx *storage.Tx, principal string) (*policy.User, error) {
	p, err := first(tx.KrbPrincipals().List(ctx, storage.KrbPrincipalFilter{Principal: storage.Is(principal)}))
	if err != nil || p == nil {
		return nil, err
	}
	user, err := tx.Users().Get(ctx, storage.UserFilter{ID: storage.Is(p.User)})
	return &policy.User{ID: user.ID, Name: user.Name}, err
}

// Access implements [policy.Lookups].
func (l *Lookups) Access(ctx context.Context, user koji.UserID) (*policy.Access, error) {
	facts, err := l.Prefetch(ctx, policy.Questions{Asks: policy.AsksAccess, Users: []policy.Ref{policy.ByID(user)}})
	if err != nil || len(facts.Access) == 0 {
		return nil, err
	}
	return facts.Access[0].Answer, nil
}
