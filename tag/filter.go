package tag

import (
	"time"

	"github.com/kojikit/kojikit/internal/pyregex"
	"github.com/kojikit/kojikit/koji"
)

// filters holds the patterns of one question's links, each compiled when it is
// first needed: as in Koji, a bad one does harm only where it is applied.
type filters struct {
	timeout  time.Duration
	compiled map[string]*pyregex.Regexp
}

func newFilters(timeout time.Duration) *filters {
	return &filters{timeout: timeout, compiled: make(map[string]*pyregex.Regexp)}
}

// match tells whether name matches all patterns.
func (f *filters) match(patterns []string, name string) (bool, error) {
	i, err := f.mismatch(patterns, name)
	return i < 0, err
}

// mismatch returns the index of the first pattern that name does not match, or
// -1.
func (f *filters) mismatch(patterns []string, name string) (int, error) {
	for i, p := range patterns {
		re, err := f.compile(p)
		if err != nil {
			return 0, err
		}
		ok, err := re.Match(name)
		if err != nil {
			return 0, koji.Errorf(koji.ErrLimit, koji.FaultGeneric, "package filter %q on %q: %w", p, name, err)
		}
		if !ok {
			return i, nil
		}
	}
	return -1, nil
}

func (f *filters) compile(pattern string) (*pyregex.Regexp, error) {
	if re := f.compiled[pattern]; re != nil {
		return re, nil
	}
	re, err := pyregex.Compile(pattern, f.timeout)
	if err != nil {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "package filter %q: %w", pattern, err)
	}
	f.compiled[pattern] = re
	return re, nil
}
