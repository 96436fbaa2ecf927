package tag

import (
	"context"
	"sync"

	"github.com/kojikit/kojikit/koji"
)

// packageList is entries of one tag's own package list.
type packageList struct {
	entries []Package
	memo    *packageMemo // of a list that is kept
}

// packageMemo is what was found out about a list that is kept.
type packageMemo struct {
	mu     sync.Mutex
	byName map[string]int
	fits   map[string][]bool // by pattern
}

// keep prepares a list for many questions.
func (l *packageList) keep() {
	l.memo = &packageMemo{byName: make(map[string]int, len(l.entries)), fits: make(map[string][]bool)}
	for i := range l.entries {
		l.memo.byName[l.entries[i].Name] = i
	}
}

// named returns the entry of the package of a name, if there is one.
func (l packageList) named(name string) []Package {
	if l.memo == nil {
		return l.entries // no others were asked for
	}
	if i, ok := l.memo.byName[name]; ok {
		return l.entries[i : i+1 : i+1]
	}
	return nil
}

// pick adds to found the entries of packages that are not in it, if they match all
// patterns.
func (l *packageList) pick(ctx context.Context, found map[string]Package, names []string, f filters, patterns []string) error {
	if l.memo == nil {
		l.keep()
	}
	for _, name := range names {
		i, listed := l.memo.byName[name]
		if !listed {
			continue
		}
		if _, taken := found[name]; taken {
			continue
		}
		fits, err := l.fits(ctx, f, patterns, i)
		if err != nil {
			return err
		}
		if fits {
			found[name] = l.entries[i]
		}
	}
	return nil
}

// fits tells whether an entry matches all patterns.
func (l packageList) fits(ctx context.Context, f filters, patterns []string, i int) (bool, error) {
	if l.memo == nil {
		return f.match(ctx, patterns, l.entries[i].Name)
	}
	for _, p := range patterns {
		fits, err := l.memo.match(ctx, f, p, l.entries)
		if err != nil || !fits[i] {
			return false, err
		}
	}
	return true, nil
}

// match returns which entries match a pattern.
func (m *packageMemo) match(ctx context.Context, f filters, pattern string, entries []Package) ([]bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	fits, known := m.fits[pattern]
	if known {
		return fits, nil
	}
	fits = make([]bool, len(entries))
	for i := range entries {
		var err error
		if fits[i], err = f.match(ctx, []string{pattern}, entries[i].Name); err != nil {
			return nil, err
		}
	}
	m.fits[pattern] = fits
	return fits, nil
}

// entries reads the package lists of some tags.
func entries(ctx context.Context, src Reader, tags []koji.TagID, opts PackageOptions) (map[koji.TagID]packageList, error) {
	lists := make(map[koji.TagID]packageList, len(tags))
	if c, ok := src.(*cacheReader); ok && !opts.WithoutOwners {
		contents, err := c.contents(ctx, opts.At, tags)
		if err != nil {
			return nil, err
		}
		for id, t := range contents {
			lists[id] = t.list
			if opts.Package != "" {
				lists[id] = packageList{entries: t.list.named(opts.Package)}
			}
			if opts.Prefix != "" || opts.Owner != 0 {
				lists[id] = lists[id].filtered(opts)
			}
		}
		return lists, nil
	}
	q := opts.query()
	q.Tags = tags
	rows, err := src.Packages(ctx, opts.At, q)
	if err != nil {
		return nil, err
	}
	byTag := make(map[koji.TagID][]Package, len(tags))
	for _, p := range rows {
		if hasPrefix(p.Name, opts.Prefix) {
			byTag[p.Tag] = append(byTag[p.Tag], p)
		}
	}
	for id, list := range byTag {
		lists[id] = packageList{entries: list}
	}
	return lists, nil
}

// filtered returns the entries that options ask for by prefix and owner.
func (l packageList) filtered(opts PackageOptions) packageList {
	var kept packageList
	for i := range l.entries {
		if p := &l.entries[i]; hasPrefix(p.Name, opts.Prefix) && (opts.Owner == 0 || p.Owner == opts.Owner) {
			kept.entries = append(kept.entries, *p)
		}
	}
	return kept
}
