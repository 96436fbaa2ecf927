package tag

import (
	"context"

	"github.com/kojikit/kojikit/koji"
)

// The permissions that changes of tags need. The holder of adminPermission passes
// for a holder of any other.
const (
	adminPermission  = "admin"
	tagPermission    = "tag"
	targetPermission = "target"
)

// Access says whether a user may change what a tag holds.
type Access struct {
	Granted  bool
	Override bool   // the user may change it by force all the same
	Reason   string // why it is not granted
}

// Access returns whether a user may change what a tag holds by its lock and by the
// permission that it demands. An admin who lacks that very permission may not,
// except by force. Without a Gate everybody may.
func (e *Editor) Access(ctx context.Context, tag koji.TagID, user koji.UserID) (Access, error) {
	info, err := e.active(ctx, tag)
	if err != nil {
		return Access{}, err
	}
	return e.access(ctx, &info, user)
}

func (e *Editor) access(ctx context.Context, info *Info, user koji.UserID) (Access, error) {
	if e.opts.Gate == nil {
		return Access{Granted: true, Override: true}, nil
	}
	override, err := e.holds(ctx, user, adminPermission)
	if err != nil {
		return Access{}, err
	}
	if info.Locked {
		return Access{Override: override, Reason: "tag is locked"}, nil
	}
	if info.Permission.Valid {
		ok, err := e.holds(ctx, user, info.PermissionName)
		if err != nil || !ok {
			return Access{Override: override, Reason: "tag requires " + info.PermissionName + " permission"}, err
		}
	}
	return Access{Granted: true, Override: override}, nil
}

// assertAccess refuses the actor what access does not grant.
func (e *Editor) assertAccess(ctx context.Context, info *Info, force bool) error {
	a, err := e.access(ctx, info, e.tx.Actor)
	if err != nil || a.Granted || a.Override && force {
		return err
	}
	return koji.Errorf(koji.ErrDenied, koji.FaultActionNotAllowed, "%s: %s", info.Name, a.Reason)
}

// Require refuses an actor who neither holds a permission nor is an admin. The
// methods of an Editor do this by themselves; it is for callers who have to look
// something up first.
func (e *Editor) Require(ctx context.Context, permission string) error {
	if e.opts.Gate == nil {
		return nil
	}
	if err := e.login(); err != nil {
		return err
	}
	for _, p := range []string{permission, adminPermission} {
		if ok, err := e.holds(ctx, e.tx.Actor, p); ok || err != nil {
			return err
		}
	}
	return koji.Errorf(koji.ErrDenied, koji.FaultActionNotAllowed, "%s permission required", permission)
}

// login refuses changes that nobody makes.
func (e *Editor) login() error {
	if e.opts.Gate != nil && e.tx.Actor == 0 {
		return koji.Errorf(koji.ErrDenied, koji.FaultActionNotAllowed, "not logged in")
	}
	return nil
}

// holds asks the Gate, for the actor once for each permission.
func (e *Editor) holds(ctx context.Context, user koji.UserID, permission string) (bool, error) {
	if user != e.tx.Actor {
		return e.opts.Gate.Holds(ctx, e.tx, user, permission)
	}
	if e.held == nil || e.actor != user {
		e.held, e.actor = make(map[string]bool), user
	}
	ok, asked := e.held[permission]
	if asked {
		return ok, nil
	}
	ok, err := e.opts.Gate.Holds(ctx, e.tx, user, permission)
	if err == nil {
		e.held[permission] = ok
	}
	return ok, err
}

// decide applies the policies that changes by the actor are subject to.
func (e *Editor) decide(ctx context.Context, changes ...Change) error {
	if e.opts.Gate == nil || len(changes) == 0 {
		return nil
	}
	for i := range changes {
		changes[i].User = e.tx.Actor
	}
	return e.opts.Gate.Decide(ctx, e.tx, changes...)
}
