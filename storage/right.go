package storage

import (
	"github.com/kojikit/kojikit/koji"
)

// KrbPrincipal is a Kerberos name of a user.
type KrbPrincipal struct {
	User      koji.UserID `db:"user_id"`
	Principal string      `db:"krb_principal"`
}

// KrbPrincipalFilter selects Kerberos names.
type KrbPrincipalFilter struct {
	User      Match[koji.UserID] `db:"user_id"`
	Principal Match[string]      `db:"krb_principal"`
}

var krbPrincipals = define[KrbPrincipal, KrbPrincipalFilter](Kind{
	Table: "user_krb_principals", Key: []string{"user_id", "krb_principal"},
	Unique: []Unique{{Columns: []string{"krb_principal"}}},
	Refs:   []Ref{{"user_id", "users"}},
})

// KrbPrincipals is the table of Kerberos names of users.
func (tx *Tx) KrbPrincipals() Table[KrbPrincipal, KrbPrincipalFilter] {
	return Table[KrbPrincipal, KrbPrincipalFilter]{tx, krbPrincipals}
}

// UserGroup says that a user belongs to a group of users.
type UserGroup struct {
	User  koji.UserID `db:"user_id"`
	Group koji.UserID `db:"group_id"`
	Version
}

// UserGroupFilter selects memberships.
type UserGroupFilter struct {
	User  Match[koji.UserID] `db:"user_id"`
	Group Match[koji.UserID] `db:"group_id"`
}

var userGroups = define[UserGroup, UserGroupFilter](Kind{
	Table: "user_groups", Key: []string{"user_id", "group_id"},
	Index: [][]string{{"group_id"}},
	Refs:  []Ref{{"user_id", "users"}, {"group_id", "users"}},
})

// UserGroups is the table of members of groups of users.
func (tx *Tx) UserGroups() Versioned[UserGroup, UserGroupFilter] {
	return Versioned[UserGroup, UserGroupFilter]{tx, userGroups}
}

// UserPermission says that a user, or a group of users, holds a permission.
type UserPermission struct {
	User       koji.UserID       `db:"user_id"`
	Permission koji.PermissionID `db:"perm_id"`
	Version
}

// UserPermissionFilter selects permissions of users.
type UserPermissionFilter struct {
	User       Match[koji.UserID]       `db:"user_id"`
	Permission Match[koji.PermissionID] `db:"perm_id"`
}

var userPermissions = define[UserPermission, UserPermissionFilter](Kind{
	Table: "user_perms", Key: []string{"user_id", "perm_id"},
	Index: [][]string{{"perm_id"}},
	Refs:  []Ref{{"user_id", "users"}, {"perm_id", "permissions"}},
})

// UserPermissions is the table of permissions of users.
func (tx *Tx) UserPermissions() Versioned[UserPermission, UserPermissionFilter] {
	return Versioned[UserPermission, UserPermissionFilter]{tx, userPermissions}
}

// ContentGenerator is a system outside that may import what it has built.
type ContentGenerator struct {
	ID   koji.CGID `db:"id"`
	Name string    `db:"name"`
}

// ContentGeneratorFilter selects content generators.
type ContentGeneratorFilter struct {
	ID   Match[koji.CGID] `db:"id"`
	Name Match[string]    `db:"name"`
}

var contentGenerators = define[ContentGenerator, ContentGeneratorFilter](Kind{
	Table: "content_generator", Key: []string{"id"}, Serial: true,
	Unique: []Unique{{Columns: []string{"name"}}},
})

// ContentGenerators is the table of content generators.
func (tx *Tx) ContentGenerators() Table[ContentGenerator, ContentGeneratorFilter] {
	return Table[ContentGenerator, ContentGeneratorFilter]{tx, contentGenerators}
}

// CGUser says that a user may import for a content generator.
type CGUser struct {
	CG   koji.CGID   `db:"cg_id"`
	User koji.UserID `db:"user_id"`
	Version
}

// CGUserFilter selects users of content generators.
type CGUserFilter struct {
	CG   Match[koji.CGID]   `db:"cg_id"`
	User Match[koji.UserID] `db:"user_id"`
}

var cgUsers = define[CGUser, CGUserFilter](Kind{
	Table: "cg_users", Key: []string{"cg_id", "user_id"},
	Refs: []Ref{{"cg_id", "content_generator"}, {"user_id", "users"}},
})

// CGUsers is the table of users of content generators.
func (tx *Tx) CGUsers() Versioned[CGUser, CGUserFilter] {
	return Versioned[CGUser, CGUserFilter]{tx, cgUsers}
}
