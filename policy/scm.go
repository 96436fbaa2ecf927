package policy

import (
	"context"
	"strings"

	"github.com/kojikit/kojikit/koji"
)

// SCMCheckout is the data of the policy build_from_scm, and with the fields at its
// end of the policy scm.
type SCMCheckout struct {
	URL        string
	Scheme     string  // with ://
	User       *string // nil is null; may hold a password
	Host       string
	Repository string // path
	Module     string // directory in the repository
	Revision   string
	Type       string // GIT, GIT+SSH, SVN, SVN+SSH, CVS or CVS+SSH
	UserID     koji.UserID
	Scratch    *bool  // nil is null
	Channel    string // name; of build_from_scm, absent if empty

	// Of the policy scm, absent if BuildTag is zero.
	BuildTag Ref
	Method   string
	Branches []string // that hold the commit
}

// Get implements [Data].
func (c *SCMCheckout) Get(key string) (Value, bool) {
	checkedOut := c.BuildTag != (Ref{})
	switch key {
	case "scm_url":
		return String(c.URL), true
	case "scm_scheme":
		return String(c.Scheme), true
	case "scm_user":
		return textOrNull(c.User), true
	case "scm_host":
		return String(c.Host), true
	case "scm_repository":
		return String(c.Repository), true
	case "scm_module":
		return String(c.Module), true
	case "scm_revision":
		return String(c.Revision), true
	case "scm_type":
		return String(c.Type), true
	case "user_id":
		return Int(c.UserID), true
	case "scratch":
		return boolOrNull(c.Scratch), true
	case "channel":
		return String(c.Channel), c.Channel != ""
	case "build_tag":
		return c.BuildTag.Value(), checkedOut
	case "method":
		return String(c.Method), checkedOut
	case "branches":
		return Strings(c.Branches...), checkedOut
	}
	return Value{}, false
}

// SourceRule is how the source of an SCM checkout is made.
type SourceRule struct {
	// UseCommon tells to check out the directory common as well. It overrides the
	// builder's configuration.
	UseCommon bool
	// Command makes the source; nil keeps the configured one, an empty command is
	// none at all.
	Command  []string
	Decision Decision
}

// Source decides by the policy build_from_scm whether something may be checked out
// and how. A denial is an error of the kind [koji.ErrDenied] with fault 1005.
func (s *Set) Source(ctx context.Context, c *SCMCheckout, lookups Lookups) (SourceRule, error) {
	d, err := s.Eval(ctx, "build_from_scm", c, lookups)
	if err != nil {
		return SourceRule{}, err
	}
	rest := strings.FieldsFunc(d.Reason(), isSpace)
	switch d.Keyword() {
	case "yes", "true", "allow", "allowed":
	default:
		reason := strings.Join(rest, " ")
		if reason == "" {
			reason = "None"
		}
		return SourceRule{Decision: d}, koji.Errorf(koji.ErrDenied, koji.FaultBuild,
			"SCM: %s:%s is not allowed, reason: %s", c.Host, c.Repository, reason)
	}
	rule := SourceRule{Decision: d}
	if len(rest) > 0 && strings.EqualFold(rest[0], "use_common") {
		rule.UseCommon = true
		rest = rest[1:]
	}
	switch {
	case len(rest) == 0:
	case rest[0] == "none":
		rule.Command = []string{}
	default:
		rule.Command = rest
	}
	return rule, nil
}
