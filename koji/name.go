package koji

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Koji's default rules for names. A hub may be configured with others; see
// [NewNameRule].
const (
	MaxNameLength   = 256                   // characters
	NamePattern     = `^[A-Za-z0-9/_.+-]+$` // packages, tags, targets, volumes, channels, ...
	UserNamePattern = `^[A-Za-z0-9/_.@-]+$` // users, hosts and their Kerberos principals
)

// NameRule decides which names may be given to new objects. It is immutable and
// safe for concurrent use; the zero value allows every name.
type NameRule struct {
	maxLength int
	pattern   *regexp.Regexp
}

// NewNameRule makes a rule from a regular expression in the syntax of package
// [regexp], which a name must match from its start, and a length in characters. An
// empty pattern and a length of 0 do not restrict anything.
//
// Unlike in Koji, a dollar sign does not match before a newline at the end.
func NewNameRule(pattern string, maxLength int) (NameRule, error) {
	r := NameRule{maxLength: maxLength}
	if pattern == "" {
		return r, nil
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return NameRule{}, Errorf(ErrInvalid, FaultConfiguration, "name pattern %q: %w", pattern, err)
	}
	r.pattern = re
	return r, nil
}

// Check reports why a name is refused, or nil. what says whose name it is, for the
// message: "tag", "package", "user".
func (r NameRule) Check(what, name string) error {
	if r.maxLength > 0 && len(name) > r.maxLength && utf8.RuneCountInString(name) > r.maxLength {
		return Errorf(ErrInvalid, FaultGeneric, "%s name %.40q... is longer than %d characters", what, name, r.maxLength)
	}
	if r.pattern == nil {
		return nil
	}
	if at := r.pattern.FindStringIndex(name); at == nil || at[0] != 0 {
		return Errorf(ErrInvalid, FaultGeneric, "%s name %q does not match %s", what, name, r.pattern)
	}
	return nil
}

var (
	defaultNames     = NameRule{MaxNameLength, regexp.MustCompile(NamePattern)}
	defaultUserNames = NameRule{MaxNameLength, regexp.MustCompile(UserNamePattern)}
)

// CheckName is [NameRule.Check] by the default rule for all names except those of
// users and hosts.
func CheckName(what, name string) error { return defaultNames.Check(what, name) }

// CheckUserName is [NameRule.Check] by the default rule for the names and Kerberos
// principals of users and hosts.
func CheckUserName(what, name string) error { return defaultUserNames.Check(what, name) }

// IsDebuginfo reports whether the name of an rpm is that of a debuginfo or
// debugsource package.
func IsDebuginfo(name string) bool {
	return strings.HasSuffix(name, "-debuginfo") || strings.HasSuffix(name, "-debugsource") ||
		strings.Contains(name, "-debuginfo-")
}
