package policy

import "slices"

// HubTests returns the tests of a Koji hub without plugins: those of
// [GenericTests] and those that look things up. See the package comment for a
// table.
func HubTests() *Registry {
	return builtin(genericTests(), taskTests(), packageTests(), tagTests(), buildTests(), originTests(), userTests())
}

// taskTests look at the data alone, like the generic ones.
func taskTests() []Definition {
	return []Definition{
		{Name: "operation", Key: "operation", Doc: "The operation (tag, move, untag) matches one of the patterns."},
		{Name: "method", Key: "method", Doc: "The method of the task matches one of the patterns."},
		{Name: "vm_name", Key: "vm_name", Doc: "The name of the virtual machine matches one of the patterns."},
		truthyTest("is_child_task", "parent", "The task has a parent."),
		truthyTest("skip_tag", "skip_tag", "The build will not be tagged."),
		{
			Name: "policy", Doc: "Another policy, evaluated on the same data, says yes, true or allow and no more.",
			Args: []Arg{{Kind: ArgPolicy, Name: "policy"}}, Fails: true, build: buildPolicy,
		},
	}
}

// maxPolicyDepth is how many policies may refer to the next. Each is one more
// frame of the stack.
const maxPolicyDepth = 200

func buildPolicy(c *Call) (compiled, error) {
	if len(c.Args) == 0 {
		return compiled{check: func(*Env) (bool, error) {
			return false, failure(BadArgument, "", "the name of the policy is missing")
		}}, nil
	}
	name, node := c.Args[0], c.node
	text := trimSpace(node.raw)
	return compiled{check: func(e *Env) (bool, error) {
		p := e.unit.programs[name]
		if p == nil {
			return false, failure(UnknownPolicy, "", "no such policy: %s", name)
		}
		if slices.Contains(e.running, node) {
			return false, failure(PolicyLoop, "", "encountered policy loop at %s", text)
		}
		if len(e.running) == maxPolicyDepth {
			return false, failure(PolicyLoop, "", "the policies refer to each other through more than %d steps", maxPolicyDepth)
		}
		e.running = append(e.running, node)
		mark := len(e.frames)
		rule, err := e.rules(&p.top, mark)
		e.frames = e.frames[:mark]
		e.running = e.running[:len(e.running)-1]
		if err != nil || rule == nil {
			return false, err
		}
		if e.note != nil {
			e.compares(String(rule.action))
		}
		return rule.reason == "" && (rule.keyword == "yes" || rule.keyword == "true" || rule.keyword == "allow"), nil
	}}, nil
}

func packageTests() []Definition {
	reads := Reads{Keys: []string{"package", "build"}, Absent: Failed, Null: Failed}
	return []Definition{
		{
			Name: "package", Doc: "The name of the package matches one of the patterns.",
			Reads: reads, Asks: AsksNames | AsksBuild, Derives: "_package", Fails: true,
			Text: func(e *Env) (Value, error) {
				p, err := e.Package()
				if err != nil {
					return Value{}, err
				}
				name := String(p.Name)
				e.Derive("_package", name)
				return name, nil
			},
		},
		{
			Name: "is_new_package", Doc: "The package does not exist yet.",
			Reads: reads, Asks: AsksNames | AsksBuild, Fails: true,
			Compile: withoutArgs(func(e *Env) (bool, error) {
				p, err := e.Package()
				if err != nil {
					return false, err
				}
				e.compares(String(p.Name))
				return p.ID == 0, nil
			}),
		},
		{
			Name: "version", Doc: "The version of the build matches one of the patterns.",
			Reads: Reads{Keys: []string{"version", "build"}, Absent: Failed, Null: False},
			Asks:  AsksBuild, Derives: "_version", Fails: true,
			Text: func(e *Env) (Value, error) {
				return e.buildPart("version", func(b *Build) string { return b.Version })
			},
		},
		{
			Name: "release", Doc: "The release of the build matches one of the patterns.",
			Reads: Reads{Keys: []string{"release", "build"}, Absent: Failed, Null: False},
			Asks:  AsksBuild, Derives: "_release", Fails: true,
			Text: func(e *Env) (Value, error) {
				return e.buildPart("release", func(b *Build) string { return b.Release })
			},
		},
	}
}

// withoutArgs compiles a test that takes no arguments.
func withoutArgs(check Check) func(*Call) (Check, error) {
	return func(*Call) (Check, error) { return check, nil }
}

// buildPart returns a part of the build's version: that under the key of the data,
// else that of the build.
func (e *Env) buildPart(key string, part func(*Build) string) (Value, error) {
	v, present, err := e.Get(key)
	if err != nil {
		return Value{}, err
	}
	if !present {
		if _, ok, err := e.Get("build"); err != nil {
			return Value{}, err
		} else if !ok {
			return Value{}, failure(MissingData, key, "policy requires %s data", key)
		}
		build, err := e.Build()
		if err != nil {
			return Value{}, err
		}
		v = String(part(build))
	}
	e.Derive("_"+key, v)
	return v, nil
}

func tagTests() []Definition {
	return []Definition{
		{
			Name: "tag", Doc: "The name of the tag, which must be active, matches one of the patterns.",
			Reads: Reads{Keys: []string{"tag"}, Absent: False, Null: False}, Asks: AsksTags, Derives: "_tagname",
			Text: func(e *Env) (Value, error) { return e.tagName(0) },
		},
		{
			Name: "fromtag", Doc: "The name of the tag that the build leaves, which must be active, matches one of the patterns.",
			Reads: Reads{Keys: []string{"fromtag"}, Absent: False, Null: False}, Asks: AsksTags, Derives: "_tagname",
			Text: func(e *Env) (Value, error) { return e.tagName(1) },
		},
		{
			Name: "hastag", Doc: "The name of a tag that the build is in matches one of the patterns.",
			Reads: Reads{Keys: []string{"build"}, Absent: False, Null: False},
			Asks:  AsksBuild | AsksBuildTags, Fails: true, Texts: tagsOfBuild,
		},
		{
			Name: "buildtag", Doc: "The name of a build tag matches one of the patterns.",
			Reads: buildTagReads(), Fails: true,
			Asks: AsksTags | AsksTarget | AsksBuild | AsksBuildBuildroots | AsksBuildroots,
			Texts: func(e *Env) ([]string, error) {
				tags, err := e.buildTags()
				names := make([]string, len(tags))
				for i, tag := range tags {
					names[i] = tag.Name
				}
				return names, err
			},
		},
		{
			Name: "buildtag_inherits_from", Doc: "The name of a tag that a build tag inherits from matches one of the patterns.",
			Reads: buildTagReads(), Fails: true,
			Asks:  AsksTags | AsksAncestors | AsksTarget | AsksBuild | AsksBuildBuildroots | AsksBuildroots,
			Texts: ancestorsOfBuildTags,
		},
	}
}

func buildTagReads() Reads {
	return Reads{Keys: []string{"build_tag", "build_tags", "target", "buildroots", "build"}, Absent: False, Null: Failed}
}

// tagName returns the name of the tag under one of tagKeys.
func (e *Env) tagName(i int) (Value, error) {
	tag, err := e.tag(i)
	if err != nil || tag == nil {
		return Value{}, err
	}
	name := String(tag.Name)
	e.Derive("_tagname", name)
	return name, nil
}

// userTests are about the user in the data, else of the session.
func userTests() []Definition {
	reads := Reads{Keys: []string{"user_id"}}
	return []Definition{
		{
			Name: "user", Doc: "The name of the user matches one of the patterns.",
			Reads: reads, Asks: AsksUser, Derives: "_username",
			Text: func(e *Env) (Value, error) {
				user, err := e.User()
				if err != nil || user == nil {
					return Value{}, err
				}
				name := String(user.Name)
				e.Derive("_username", name)
				return name, nil
			},
		},
		{
			Name: "user_in_group", Doc: "The name of a group that the user is a direct member of matches one of the patterns.",
			Reads: reads, Asks: AsksUser | AsksAccess,
			Texts: func(e *Env) ([]string, error) {
				access, err := e.Access()
				if err != nil {
					return nil, err
				}
				names := make([]string, len(access.Groups))
				for i, group := range access.Groups {
					names[i] = group.Name
				}
				return names, nil
			},
		},
		{
			Name: "has_perm", Doc: "A permission that the user holds, also through a group, matches one of the patterns.",
			Reads: reads, Asks: AsksUser | AsksAccess,
			Texts: func(e *Env) ([]string, error) {
				access, err := e.Access()
				if err != nil {
					return nil, err
				}
				return access.Permissions, nil
			},
		},
		{
			Name: "is_build_owner", Doc: "The user owns the build, or is a direct member of the group that does.",
			Reads: Reads{Keys: []string{"build"}, Absent: Failed, Null: Failed},
			Asks:  AsksUser | AsksAccess | AsksBuild, Fails: true,
			Compile: withoutArgs(isBuildOwner),
		},
	}
}

func isBuildOwner(e *Env) (bool, error) {
	build, err := e.Build()
	if err != nil {
		return false, err
	}
	user, err := e.UserID()
	if err != nil || user == 0 {
		return false, err
	}
	e.compares(Int(build.Owner))
	if user == build.Owner || !build.OwnerIsGroup {
		return user == build.Owner, nil
	}
	access, err := e.Access()
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(access.Groups, func(g User) bool { return g.ID == build.Owner }), nil
}
