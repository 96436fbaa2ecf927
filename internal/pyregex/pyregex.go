// Package pyregex matches regular expressions as Python's re.match does: the
// dialect in which Koji stores package filters. Only whether there is a match
// matters; captures are not reported.
//
// A pattern is parsed by Python 3.11's rules for str patterns and rendered for
// one of two engines. What a regular language can express runs on Go's regexp,
// in time linear to the input, when the text is ASCII without line breaks, as
// names of packages are. All else, lookaround and backreferences above all,
// runs on a backtracking engine whose time is bounded.
//
//	re, err := pyregex.Compile(`^(?!kernel$)`, time.Second)
//	ok, err := re.Match("kernel-tools") // true: nothing is implied about the end
package pyregex

import (
	"fmt"
	"regexp"
	"time"

	"github.com/dlclark/regexp2"

	"github.com/kojikit/kojikit/koji"
)

// Regexp is a compiled pattern. It is safe for concurrent use.
type Regexp struct {
	expr   string
	linear *regexp.Regexp // nil if the pattern is beyond it; for plain text only
	full   *regexp2.Regexp
}

// Compile parses a pattern. One that Python 3.11 refuses is koji.ErrInvalid; so
// is one of more than 64 KiB, one nested more than 200 deep, and \N{...}, which
// needs the names of characters. The timeout bounds one match, as far as it
// needs backtracking, to a tenth of a second; 0 means no bound.
func Compile(expr string, timeout time.Duration) (*Regexp, error) {
	root, err := parse(expr)
	if err != nil {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "regular expression %q: %w", expr, err)
	}
	re := &Regexp{expr: expr}
	if root.regular() && root.size() <= maxExpanded {
		// What is still too large for Go's regexp is left to the other engine.
		re.linear, _ = regexp.Compile(`\A` + root.linear())
	}
	re.full, err = regexp2.Compile(`\A`+root.full(), regexp2.None)
	if err != nil {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "regular expression %q: %w", expr, err)
	}
	if timeout > 0 {
		re.full.MatchTimeout = timeout
	}
	return re, nil
}

// String returns the pattern as it was given.
func (re *Regexp) String() string { return re.expr }

// Match tells whether the pattern matches at the beginning of s. Running out of
// time is koji.ErrLimit.
func (re *Regexp) Match(s string) (bool, error) {
	if re.linear != nil && plain(s) {
		return re.linear.MatchString(s), nil
	}
	ok, err := re.full.MatchString(s)
	if err != nil {
		return false, koji.Errorf(koji.ErrLimit, koji.FaultGeneric, "regular expression %q on %q: %w", re.expr, abridge(s), err)
	}
	return ok, nil
}

// plain tells whether s is ASCII without line breaks and not empty, where the
// two engines and Python mean the same by classes, case, ends and \B.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 || s[i] == '\n' {
			return false
		}
	}
	return s != ""
}

// abridge keeps a hostile text from filling a message.
func abridge(s string) string {
	if len(s) > 100 {
		return fmt.Sprintf("%.100s...", s)
	}
	return s
}
