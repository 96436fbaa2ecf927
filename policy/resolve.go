package policy

import (
	"context"

	"github.com/kojikit/kojikit/koji"
)

// What the data of a hook refer to, found for the tests. Each is looked up once in
// an evaluation.

// ask answers one question with the look-ups.
func ask[T any](e *Env, question func(context.Context, Lookups) (T, error)) (T, error) {
	var none T
	l, err := e.Lookups()
	if err != nil {
		return none, err
	}
	v, err := question(e.ctx, l)
	if err != nil {
		return none, lookupFailure(err)
	}
	return v, nil
}

// refOf reads a reference: an id, a name, or a map with one of the two.
func refOf(key string, v Value) (Ref, error) {
	switch v.kind {
	case KindInt:
		return Ref{ID: int64(v.num)}, nil
	case KindText:
		return Ref{Name: v.text}, nil
	case KindMap:
		m := v.more.(map[string]Value)
		if id, ok := m["id"].Int(); ok {
			return Ref{ID: id}, nil
		}
		if name, ok := m["name"].Text(); ok {
			return Ref{Name: name}, nil
		}
	}
	return Ref{}, failure(BadReference, key, "data %s: invalid name or id value: %s", key, v)
}

// isEmptyName reports whether a reference is by the empty name, which nothing has.
func isEmptyName(v Value, ref Ref) bool { return ref == (Ref{}) && v.kind != KindInt }

// name finds a row of a table of names; nil if there is none.
func (e *Env) name(table Table, ref Ref) (*Name, error) {
	names, err := ask(e, func(ctx context.Context, l Lookups) ([]*Name, error) {
		return l.Names(ctx, table, []Ref{ref})
	})
	if err != nil {
		return nil, err
	}
	return names[0], nil
}

// nameOf is name for a reference in the data.
func (e *Env) nameOf(table Table, key string, v Value) (*Name, error) {
	ref, err := refOf(key, v)
	if err != nil || isEmptyName(v, ref) {
		return nil, err
	}
	return e.name(table, ref)
}

// Build returns the build that the data are about. It fails if the data hold none,
// or one that does not exist.
func (e *Env) Build() (*Build, error) {
	return e.found.build.once(func() (*Build, error) {
		v, present, err := e.Get("build")
		if err != nil {
			return nil, err
		}
		if !present {
			return nil, failure(MissingData, "build", "policy data must contain a build")
		}
		ref, err := buildRefOf(v)
		if err != nil {
			return nil, err
		}
		build, err := ask(e, func(ctx context.Context, l Lookups) (*Build, error) { return l.Build(ctx, ref) })
		if err == nil && build == nil {
			err = failure(NotFound, "build", "No such build: %s", ref)
		}
		return build, err
	})
}

// buildRefOf reads a reference to a build: an id, an NVR, or a map with name,
// version and release.
func buildRefOf(v Value) (BuildRef, error) {
	switch v.kind {
	case KindInt:
		if v.num != 0 {
			return BuildRef{ID: koji.BuildID(v.num)}, nil
		}
	case KindText:
		nvr, err := koji.ParseNVR(v.text)
		if err != nil {
			return BuildRef{}, failure(NotFound, "build", "No such build: %s", err)
		}
		return BuildRef{Name: nvr.Name, Version: nvr.Version, Release: nvr.Release}, nil
	case KindMap:
		m := v.more.(map[string]Value)
		name, isName := m["name"].Text()
		version, isVersion := m["version"].Text()
		release, isRelease := m["release"].Text()
		if isName && isVersion && isRelease {
			return BuildRef{Name: name, Version: version, Release: release}, nil
		}
		return BuildRef{}, failure(NotFound, "build", "did not provide name, version and release of the build: %s", v)
	default:
		return BuildRef{}, badType("build", v, "the id or the NVR of a build")
	}
	return BuildRef{}, failure(NotFound, "build", "No such build: %s", v)
}

// Package returns the package that the data are about. Its id is zero if it does
// not exist yet.
func (e *Env) Package() (*Name, error) {
	return e.found.pkg.once(func() (*Name, error) {
		v, present, err := e.Get("package")
		if err != nil {
			return nil, err
		}
		if !present {
			return e.packageOfBuild()
		}
		if v.kind != KindInt && v.kind != KindText {
			return nil, failure(BadReference, "package", "data package: invalid name or id value: %s", v)
		}
		name, err := e.nameOf(TablePackage, "package", v)
		if err == nil && name == nil {
			if v.kind == KindInt {
				return nil, failure(NotFound, "package", "No such package: %s", v)
			}
			name = &Name{Name: v.text}
		}
		return name, err
	})
}

func (e *Env) packageOfBuild() (*Name, error) {
	if _, ok, err := e.Get("build"); err != nil || !ok {
		if err == nil {
			err = failure(MissingData, "package", "policy requires package data")
		}
		return nil, err
	}
	build, err := e.Build()
	if err != nil {
		return nil, err
	}
	return &build.Package, nil
}

// UserID returns the id of the user whom the policy is about: user_id of the data,
// else the session's user. Zero means nobody.
func (e *Env) UserID() (koji.UserID, error) {
	return e.found.userID.once(func() (koji.UserID, error) {
		if v, present, err := e.Get("user_id"); err != nil {
			return 0, err
		} else if id, ok := v.Int(); present && ok {
			return koji.UserID(id), nil // a question less if nobody wants the name
		}
		user, err := e.User()
		if err != nil || user == nil {
			return 0, err
		}
		return user.ID, nil
	})
}

// User returns the user whom the policy is about; nil for nobody and for a user
// that does not exist.
func (e *Env) User() (*User, error) {
	return e.found.user.once(func() (*User, error) {
		v, present, err := e.Get("user_id")
		if err != nil {
			return nil, err
		}
		if !present || v.IsNull() {
			user, err := ask(e, func(ctx context.Context, l Lookups) (*User, error) { return l.SessionUser(ctx) })
			if err == nil && user == nil && present {
				err = failure(MissingData, "user_id", "No user provided")
			}
			return user, err
		}
		ref, err := userRefOf(v)
		if err != nil || isEmptyName(v, ref) {
			return nil, err
		}
		return ask(e, func(ctx context.Context, l Lookups) (*User, error) { return l.User(ctx, ref) })
	})
}

func userRefOf(v Value) (Ref, error) {
	if m, ok := v.Map(); ok {
		if _, hasID := m["id"].Int(); !hasID && m["name"].kind != KindText {
			if principal, ok := m["krb_principal"].Text(); ok {
				return Ref{Name: principal}, nil
			}
		}
	}
	return refOf("user_id", v)
}

// Access returns the permissions and groups of the user whom the policy is about;
// none for nobody.
func (e *Env) Access() (*Access, error) {
	return e.found.access.once(func() (*Access, error) {
		id, err := e.UserID()
		if err != nil || id == 0 {
			return &Access{}, err
		}
		access, err := ask(e, func(ctx context.Context, l Lookups) (*Access, error) { return l.Access(ctx, id) })
		if access == nil {
			access = &Access{}
		}
		return access, err
	})
}

// tagKeys are the keys of the data that name one tag.
var tagKeys = [...]string{"tag", "fromtag"}

// Tag returns the active tag that a key of the data, tag or fromtag, names; nil if
// the key is absent or null, or the tag does not exist.
func (e *Env) Tag(key string) (*Tag, error) {
	for i, name := range tagKeys {
		if key == name {
			return e.tag(i)
		}
	}
	return e.findTag(key)
}

// tag returns the tag of one of tagKeys. It looks up both, if both will be needed.
func (e *Env) tag(i int) (*Tag, error) {
	return e.found.tags[i].once(func() (*Tag, error) {
		ref, ok, err := e.tagRef(tagKeys[i])
		if err != nil || !ok {
			return nil, err
		}
		refs := []TagRef{{Ref: ref}}
		for k, other := range tagKeys {
			if k == i || !e.unit.tagKeys[k] {
				continue
			}
			if ref, ok, err := e.tagRef(other); err == nil && ok {
				refs = append(refs, TagRef{Ref: ref})
			}
		}
		return e.firstTag(refs)
	})
}

func (e *Env) findTag(key string) (*Tag, error) {
	ref, ok, err := e.tagRef(key)
	if err != nil || !ok {
		return nil, err
	}
	return e.firstTag([]TagRef{{Ref: ref}})
}

// tagRef reads the reference under a key of the data. It is not ok if the key is
// absent or null or can name nothing.
func (e *Env) tagRef(key string) (ref Ref, ok bool, err error) {
	v, present, err := e.Get(key)
	if err != nil || !present || v.IsNull() {
		return Ref{}, false, err
	}
	ref, err = refOf(key, v)
	return ref, err == nil && !isEmptyName(v, ref), err
}

// firstTag asks for several tags and returns the first.
func (e *Env) firstTag(refs []TagRef) (*Tag, error) {
	tags, err := ask(e, func(ctx context.Context, l Lookups) ([]*Tag, error) { return l.Tags(ctx, refs) })
	if err != nil {
		return nil, err
	}
	return tags[0], nil
}
