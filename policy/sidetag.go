package policy

import "slices"

// SidetagTests returns the tests of the hub plugin sidetag_hub, to be added to
// those of [HubTests]:
//
//	tests, err := policy.HubTests().With(policy.SidetagTests()...)
//
// A sidetag is a tag with a true extra setting sidetag of its own; its owner is the
// user of the setting sidetag_user_id. Koji judges whether the user is an
// administrator on the session, so that a tagBuild task of an administrator is
// refused when the builder completes it; here it is judged on the user of the
// policy.
func SidetagTests() []Definition {
	return []Definition{
		{
			Name: "is_sidetag", Doc: "The tag is a sidetag.",
			Reads: Reads{Keys: []string{"tag"}, Absent: Failed, Null: Failed}, Asks: AsksTags, Fails: true,
			Compile: withoutArgs(isSidetag),
		},
		{
			Name: "is_sidetag_owner",
			Doc:  "The tag (or fromtag, or both) is a sidetag and belongs to the user, or the user is an administrator.",
			Args: []Arg{{Kind: ArgWord, Name: "which", Words: []string{"tag", "fromtag", "both"}, Optional: true}},
			Asks: AsksTags | AsksUser | AsksAccess, Fails: true, build: buildIsSidetagOwner,
		},
	}
}

// sidetag returns the tag under a key of the data, nil if it does not exist. Null
// is an error.
func (e *Env) sidetag(key string) (*Tag, error) {
	if v, present, err := e.Get(key); err != nil {
		return nil, err
	} else if !present || v.IsNull() {
		return nil, failure(BadReference, key, "data %s: invalid name or id value: %s", key, v)
	}
	return e.Tag(key)
}

func isSidetag(e *Env) (bool, error) {
	if _, present, err := e.Get("tag"); err != nil || !present {
		if err == nil {
			err = failure(MissingData, "tag", "policy data must contain a tag")
		}
		return false, err
	}
	tag, err := e.sidetag("tag")
	if err == nil && tag == nil {
		v, _, _ := e.Get("tag")
		err = failure(NotFound, "tag", "No such tag: %s", v)
	}
	if err != nil {
		return false, err
	}
	e.compares(String(tag.Name))
	return tag.Sidetag, nil
}

func buildIsSidetagOwner(c *Call) (compiled, error) {
	keys := []string{"tag"}
	problem := ""
	switch {
	case len(c.Args) > 1:
		problem = "is_sidetag_owner takes one argument"
	case len(c.Args) == 0 || c.Args[0] == "tag":
	case c.Args[0] == "fromtag":
		keys = []string{"fromtag"}
	case c.Args[0] == "both":
		keys = []string{"tag", "fromtag"}
	default:
		problem = "is_sidetag_owner does not take " + quote(c.Args[0])
	}
	if problem != "" {
		c.report(CodeWrongArgument, len(c.Args)-1, problem+" and fails when it is run", "write tag, fromtag or both")
		return compiled{check: func(*Env) (bool, error) { return false, failure(BadArgument, "", "%s", problem) }}, nil
	}
	return compiled{
		reads: &Reads{Keys: keys, Absent: False, Null: Failed},
		check: func(e *Env) (bool, error) { return isSidetagOwner(e, keys) },
	}, nil
}

func isSidetagOwner(e *Env, keys []string) (bool, error) {
	for _, key := range keys {
		if _, present, err := e.Get(key); err != nil || !present {
			return false, err
		}
	}
	tags := make([]*Tag, len(keys))
	for i, key := range keys {
		tag, err := e.sidetag(key)
		if err != nil {
			return false, err
		}
		tags[i] = tag
	}
	if slices.ContainsFunc(tags, func(t *Tag) bool { return t == nil || !t.Sidetag }) {
		return false, nil
	}
	user, err := e.UserID()
	if err != nil || user == 0 {
		return false, err
	}
	if !slices.ContainsFunc(tags, func(t *Tag) bool { return t.SidetagOwner != user }) {
		return true, nil
	}
	access, err := e.Access()
	if err != nil {
		return false, err
	}
	return slices.Contains(access.Permissions, "admin"), nil
}
