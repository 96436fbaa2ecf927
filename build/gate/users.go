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
	return read(ctx, l, func(tx *storage.Tx) (*policy.User, error) {
		filter := storage.UserFilter{ID: storage.Is(koji.UserID(ref.ID))}
		if ref.Name != "" {
			filter = storage.UserFilter{Name: storage.Is(ref.Name)}
		}
		user, err := first(tx.Users().List(ctx, filter))
		if err == nil && user == nil && ref.Name != "" {
			user, err = userOfPrincipal(ctx, tx, ref.Name)
		}
		if err != nil || user == nil {
			return nil, err
		}
		return &policy.User{ID: user.ID, Name: user.Name}, nil
	})
}

func userOfPrincipal(ctx context.Context, tx *storage.Tx, principal string) (*storage.User, error) {
	p, err := first(tx.KrbPrincipals().List(ctx, storage.KrbPrincipalFilter{Principal: storage.Is(principal)}))
	if err != nil || p == nil {
		return nil, err
	}
	return first(tx.Users().List(ctx, storage.UserFilter{ID: storage.Is(p.User)}))
}

// Access implements [policy.Lookups].
func (l *Lookups) Access(ctx context.Context, user koji.UserID) (*policy.Access, error) {
	return read(ctx, l, func(tx *storage.Tx) (*policy.Access, error) {
		memberships, err := tx.UserGroups().List(ctx, koji.Now, storage.UserGroupFilter{User: storage.Is(user)})
		if err != nil {
			return nil, err
		}
		groups := ids(memberships, func(m *storage.UserGroup) koji.UserID { return m.Group })
		access := &policy.Access{}
		if access.Groups, err = groupNames(ctx, tx, groups); err != nil {
			return nil, err
		}
		held, err := tx.UserPermissions().List(ctx, koji.Now, storage.UserPermissionFilter{User: storage.Is(append(groups, user)...)})
		if err != nil || len(held) == 0 {
			return access, err
		}
		rows, err := tx.Permissions().List(ctx, storage.PermissionFilter{
			ID: storage.Is(ids(held, func(p *storage.UserPermission) koji.PermissionID { return p.Permission })...),
		})
		for _, p := range rows {
			access.Permissions = append(access.Permissions, p.Name)
		}
		return access, err
	})
}

func groupNames(ctx context.Context, tx *storage.Tx, groups []koji.UserID) ([]policy.User, error) {
	if len(groups) == 0 {
		return nil, nil
	}
	rows, err := tx.Users().List(ctx, storage.UserFilter{ID: storage.Is(groups...)})
	var users []policy.User
	for _, u := range rows {
		users = append(users, policy.User{ID: u.ID, Name: u.Name})
	}
	return users, err
}
