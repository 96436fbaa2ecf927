package policy

import (
	"context"

	"github.com/kojikit/kojikit/koji"
)

// Where builds come from: buildroots, content generators and build tags.

// list returns the items under a key of the data that must be a list.
func (e *Env) list(key string) (items []Value, present bool, err error) {
	v, present, err := e.Get(key)
	if err != nil || !present {
		return nil, false, err
	}
	items, ok := v.List()
	if !ok {
		return nil, false, badType(key, v, "a list")
	}
	return items, true, nil
}

// origin returns the buildroots of the data, else of the build, else none.
func (e *Env) origin() (*BuildOrigin, error) {
	return e.found.origin.once(func() (*BuildOrigin, error) {
		items, present, err := e.list("buildroots")
		if err != nil {
			return nil, err
		}
		if present {
			return e.givenBuildroots(items)
		}
		if _, present, err = e.Get("build"); err != nil || !present {
			return &BuildOrigin{}, err
		}
		build, err := e.Build()
		if err != nil {
			return nil, err
		}
		origin, err := ask(e, func(ctx context.Context, l Lookups) (*BuildOrigin, error) {
			return l.BuildBuildroots(ctx, build.ID)
		})
		if origin == nil {
			origin = &BuildOrigin{}
		}
		return origin, err
	})
}

// givenBuildroots looks up the buildroots of a list, in which null stands for a
// component without one.
func (e *Env) givenBuildroots(items []Value) (*BuildOrigin, error) {
	origin := &BuildOrigin{}
	var ids []koji.BuildrootID
	seen := make(map[koji.BuildrootID]bool)
	for _, v := range items {
		n, ok := v.Int()
		id := koji.BuildrootID(n)
		switch {
		case v.IsNull():
			origin.Imported = true
		case !ok:
			return nil, badType("buildroots", v, "ids of buildroots")
		case !seen[id]:
			seen[id] = true
			ids = append(ids, id)
		}
	}
	if ids == nil {
		return origin, nil
	}
	roots, err := ask(e, func(ctx context.Context, l Lookups) ([]*Buildroot, error) { return l.Buildroots(ctx, ids) })
	if err != nil {
		return nil, err
	}
	for i, root := range roots {
		if root == nil {
			return nil, failure(NotFound, "buildroots", "No such buildroot: %d", ids[i])
		}
		origin.Buildroots = append(origin.Buildroots, *root)
	}
	return origin, nil
}

// contentGenerators returns the names of the content generators that the data or
// the buildroots tell of, and whether something comes from none.
func (e *Env) contentGenerators() (names []string, none bool, err error) {
	items, present, err := e.list("cg_list")
	if err != nil {
		return nil, false, err
	}
	if present {
		names, err = e.givenGenerators(items)
		return names, false, err
	}
	origin, err := e.origin()
	if err != nil {
		return nil, false, err
	}
	for _, root := range origin.Buildroots {
		if root.ContentGenerator == "" {
			none = true
		} else {
			names = append(names, root.ContentGenerator)
		}
	}
	return names, none || origin.Imported, nil
}

func (e *Env) givenGenerators(items []Value) ([]string, error) {
	if len(items) == 0 {
		return nil, nil
	}
	refs := make([]Ref, len(items))
	for i, v := range items {
		var err error
		if refs[i], err = refOf("cg_list", v); err != nil {
			return nil, err
		}
	}
	found, err := ask(e, func(ctx context.Context, l Lookups) ([]*Name, error) {
		return l.Names(ctx, TableContentGenerator, refs)
	})
	if err != nil {
		return nil, err
	}
	names := make([]string, len(found))
	for i, name := range found {
		if name == nil {
			return nil, failure(NotFound, "cg_list", "No such content generator: %s", items[i])
		}
		names[i] = name.Name
	}
	return names, nil
}

// buildTags returns the build tags that the data tell of, from the first of four
// sources that tells of any.
func (e *Env) buildTags() ([]Tag, error) {
	return e.found.buildTags.once(func() ([]Tag, error) {
		if v, present, err := e.Get("build_tag"); err != nil {
			return nil, err
		} else if present {
			return e.strictTags("build_tag", []Value{v})
		}
		if v, _, err := e.Get("build_tags"); err != nil {
			return nil, err
		} else if v.Truthy() {
			items, _, err := e.list("build_tags")
			if err != nil {
				return nil, err
			}
			return e.strictTags("build_tags", items)
		}
		if tags, err := e.targetTags(); tags != nil || err != nil {
			return tags, err
		}
		origin, err := e.origin()
		if err != nil {
			return nil, err
		}
		var tags []Tag
		for _, root := range origin.Buildroots {
			if root.Tag != nil {
				tags = append(tags, *root.Tag)
			}
		}
		return tags, nil
	})
}

// strictTags looks up tags that must exist, though they may have been deleted.
func (e *Env) strictTags(key string, items []Value) ([]Tag, error) {
	if len(items) == 0 {
		return nil, nil
	}
	refs := make([]TagRef, len(items))
	for i, v := range items {
		ref, err := refOf(key, v)
		if err != nil {
			return nil, err
		}
		refs[i] = TagRef{Ref: ref, Deleted: true}
	}
	found, err := ask(e, func(ctx context.Context, l Lookups) ([]*Tag, error) { return l.Tags(ctx, refs) })
	if err != nil {
		return nil, err
	}
	tags := make([]Tag, len(found))
	for i, tag := range found {
		if tag == nil {
			return nil, failure(NotFound, key, "No such tag: %s", items[i])
		}
		tags[i] = *tag
	}
	return tags, nil
}

// targetTags returns the build tag of the target of the data; nil if there is none.
func (e *Env) targetTags() ([]Tag, error) {
	v, _, err := e.Get("target")
	if err != nil || !v.Truthy() {
		return nil, err
	}
	ref, err := refOf("target", v)
	if err != nil {
		return nil, err
	}
	target, err := ask(e, func(ctx context.Context, l Lookups) (*Target, error) { return l.Target(ctx, ref) })
	if err != nil || target == nil {
		return nil, err
	}
	return e.strictTags("target", []Value{Int(target.BuildTag)})
}
