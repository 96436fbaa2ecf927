package tag

import (
	"context"
	"time"

	"github.com/kojikit/kojikit/internal/pyregex"
	"github.com/kojikit/kojikit/koji"
)

// filters holds the patterns of a walk, each compiled once.
type filters map[string]*pyregex.Regexp

// newFilters compiles the patterns of all steps. As in Koji, a single one that
// does not compile spoils every answer that is inherited along it, whether or not
// anything is there for it to match.
func newFilters(steps []Step, timeout time.Duration) (filters, error) {
	f := make(filters)
	for i := range steps {
		p := steps[i].PkgFilter.V
		if p == "" || f[p] != nil {
			continue
		}
		re, err := pyregex.Compile(p, timeout)
		if err != nil {
			return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "package filter of the link from tag %d to tag %d: %w",
				steps[i].Child, steps[i].Parent, err)
		}
		f[p] = re
	}
	return f, nil
}

// match tells whether a package name matches all patterns.
func (f filters) match(ctx context.Context, patterns []string, name string) (bool, error) {
	i, err := f.mismatch(ctx, patterns, name)
	return i < 0 && err == nil, err
}

// mismatch returns the index of the first pattern that a package name does not
// match, or -1.
func (f filters) mismatch(ctx context.Context, patterns []string, name string) (int, error) {
	// Backtracking may take its time for each of many names.
	if err := ctx.Err(); err != nil && len(patterns) > 0 {
		return 0, err
	}
	for i, p := range patterns {
		ok, err := f[p].Match(name)
		if err != nil {
			return i, koji.Errorf(koji.ErrLimit, koji.FaultGeneric, "package filter: %w", err)
		}
		if !ok {
			return i, nil
		}
	}
	return -1, nil
}
