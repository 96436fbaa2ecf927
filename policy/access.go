package policy

import (
	"context"
	"fmt"
	"slices"

	"github.com/kojikit/kojikit/koji"
)

// CheckOptions say how an access decision is made. The zero value is what Koji's
// hooks use.
type CheckOptions struct {
	// Default is the action where no rule matches, allow or deny; empty means deny.
	Default string
	// Force lets users with the permission admin do what the policy denies.
	Force bool
}

// Verdict is an access decision.
type Verdict struct {
	Policy  string
	Allowed bool
	// Reason is that of the rule, or one of the fixed texts for what is no rule's
	// doing: "missing policy", "not covered by policy", "error in policy" and, of
	// Koji's spelling, "overriden by force".
	Reason string
	// Decision is the outcome of the evaluation; zero if the policy is not defined.
	Decision Decision
	// Forced reports that the policy denies and an administrator insisted.
	Forced bool
}

// The reasons that are not in a rule.
const (
	reasonMissing = "missing policy"
	reasonNoMatch = "not covered by policy"
	reasonFaulty  = "error in policy"
	reasonForced  = "overriden by force"
)

// Check decides whether a policy allows something. The error is that of the
// evaluation; a denial is none.
func (s *Set) Check(ctx context.Context, name string, data Data, lookups Lookups, o CheckOptions) (Verdict, error) {
	if lookups != nil {
		lookups = NewScope(lookups)
	}
	u := s.current.Load()
	v := Verdict{Policy: name}
	action := "allow"
	if u.programs[name] == nil {
		v.Reason = reasonMissing
		if s.options.DenyMissing {
			action = "deny"
		}
	} else {
		d, err := s.eval(ctx, u, name, data, lookups)
		if err != nil {
			return Verdict{}, err
		}
		v.Decision = d
		action, v.Reason = d.Keyword(), d.Reason()
		if !d.Matched {
			action, v.Reason = "deny", reasonNoMatch
			if o.Default != "" {
				action = o.Default
			}
		}
	}
	switch action {
	case "allow":
		v.Allowed = true
		return v, nil
	case "deny":
	default:
		v.Reason = reasonFaulty
		s.options.Logger.ErrorContext(ctx, "invalid action in access policy", "policy", name, "rule", v.Decision.Report())
	}
	if !o.Force {
		return v, nil
	}
	admin, err := u.isAdmin(ctx, data, lookups)
	if err != nil {
		return Verdict{}, err
	}
	if admin {
		v.Allowed, v.Forced, v.Reason = true, true, reasonForced
		s.options.Logger.WarnContext(ctx, "policy overridden by force", "policy", name, "rule", v.Decision.Report())
	}
	return v, nil
}

// isAdmin reports whether the user of a policy is an administrator.
func (u *unit) isAdmin(ctx context.Context, data Data, lookups Lookups) (bool, error) {
	e := u.start(ctx, data, lookups)
	defer e.stop()
	access, err := e.Access()
	if err != nil {
		return false, err
	}
	return slices.Contains(access.Permissions, "admin"), nil
}

// Assert returns nil if a policy allows something, a [Denial] if it does not, and
// the error of the evaluation if it cannot be told.
func (s *Set) Assert(ctx context.Context, name string, data Data, lookups Lookups, o CheckOptions) error {
	v, err := s.Check(ctx, name, data, lookups, o)
	if err != nil || v.Allowed {
		return err
	}
	return &Denial{Verdict: v, Verbose: s.options.Verbose}
}

// Denial is the refusal of an access policy. Its kind is [koji.ErrDenied], its fault
// code 1004.
type Denial struct {
	Verdict
	Verbose bool // the text quotes the rule
}

// Error returns the text that Koji's clients see.
func (d *Denial) Error() string {
	s := fmt.Sprintf("policy violation (%s)", d.Policy)
	if d.Reason != "" {
		s += ": " + d.Reason
	}
	if d.Verbose {
		s += fmt.Sprintf(" [rule: %s]", d.Decision.Report())
	}
	return s
}

// Range returns where the rule that denied stands, if it was one.
func (d *Denial) Range() Range {
	if d.Decision.Rule == nil {
		return Range{}
	}
	return d.Decision.Rule.Range()
}

// Unwrap returns the error of package koji that tells kind and fault code.
func (d *Denial) Unwrap() error {
	return &koji.Error{Kind: koji.ErrDenied, Code: koji.FaultActionNotAllowed, Msg: d.Error()}
}
