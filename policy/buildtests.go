package policy

import "context"

func buildTests() []Definition {
	return []Definition{
		{
			Name: "volume", Doc: "The name of the volume, else of the build's volume, matches one of the patterns.",
			Reads: Reads{Keys: []string{"volume", "build"}, Absent: False, Null: Failed},
			Asks:  AsksNames | AsksBuild, Derives: "_volume", Fails: true, Text: volumeText,
		},
		{
			Name: "buildtype", Doc: "A type of the build (rpm, maven, win, image, ...) matches one of the patterns.",
			Reads: Reads{Keys: []string{"btypes", "build"}, Absent: False, Null: Failed},
			Asks:  AsksBuild | AsksBuildTypes, Fails: true, Texts: typesOfBuild,
		},
		{
			Name: "imported", Doc: "Some rpm or archive of the build has no buildroot.",
			Reads: Reads{Keys: []string{"build"}, Absent: Failed, Null: Failed},
			Asks:  AsksBuild | AsksBuildBuildroots, Fails: true, Compile: withoutArgs(isImported),
		},
		{
			Name: "is_draft", Doc: "The build is a draft.",
			Reads: Reads{Keys: []string{"draft", "build"}, Absent: False, Null: False},
			Asks:  AsksBuild, Fails: true, Compile: withoutArgs(isDraft),
		},
		{
			Name: "source", Doc: "The source of the build matches one of the patterns.",
			Reads: Reads{Keys: []string{"source", "build"}, Absent: False, Null: False},
			Asks:  AsksBuild | AsksTask, Derives: "_source", Fails: true, Text: sourceText,
		},
	}
}

func volumeText(e *Env) (Value, error) {
	v, present, err := e.Get("volume")
	if err != nil {
		return Value{}, err
	}
	if present {
		name, err := e.nameOf(TableVolume, "volume", v)
		if err != nil || name == nil {
			return Value{}, err
		}
		v = String(name.Name)
	} else {
		if _, ok, err := e.Get("build"); err != nil || !ok {
			return Value{}, err
		}
		build, err := e.Build()
		if err != nil {
			return Value{}, err
		}
		v = String(build.Volume)
	}
	e.Derive("_volume", v)
	return v, nil
}

func typesOfBuild(e *Env) ([]string, error) {
	items, present, err := e.list("btypes")
	if err != nil {
		return nil, err
	}
	if present {
		var names []string
		for _, v := range items {
			name, ok := v.Text()
			switch {
			case ok:
				names = append(names, name)
			case !v.IsNull():
				return nil, badType("btypes", v, "names of build types")
			}
		}
		return names, nil
	}
	if _, ok, err := e.Get("build"); err != nil || !ok {
		return nil, err
	}
	build, err := e.Build()
	if err != nil {
		return nil, err
	}
	return ask(e, func(ctx context.Context, l Lookups) ([]string, error) { return l.BuildTypes(ctx, build.ID) })
}

// tagsOfBuild returns the tags that the build is in. Koji takes a null build for
// all tags of the system; here it has none.
func tagsOfBuild(e *Env) ([]string, error) {
	v, present, err := e.Get("build")
	if err != nil || !present || v.IsNull() {
		return nil, err
	}
	build, err := e.Build()
	if err != nil {
		return nil, err
	}
	return ask(e, func(ctx context.Context, l Lookups) ([]string, error) { return l.BuildTags(ctx, build.ID) })
}

func ancestorsOfBuildTags(e *Env) ([]string, error) {
	tags, err := e.buildTags()
	if err != nil || len(tags) == 0 {
		return nil, err
	}
	found, err := ask(e, func(ctx context.Context, l Lookups) ([][]string, error) { return l.Ancestors(ctx, tags) })
	if err != nil {
		return nil, err
	}
	var names []string
	for _, list := range found {
		names = append(names, list...)
	}
	return names, nil
}

func isImported(e *Env) (bool, error) {
	v, _, err := e.Get("build")
	if err != nil {
		return false, err
	}
	if !v.Truthy() {
		return false, failure(MissingData, "build", "policy data must contain a build")
	}
	build, err := e.Build()
	if err != nil {
		return false, err
	}
	origin, err := ask(e, func(ctx context.Context, l Lookups) (*BuildOrigin, error) {
		return l.BuildBuildroots(ctx, build.ID)
	})
	return origin != nil && origin.Imported, err
}

func isDraft(e *Env) (bool, error) {
	v, present, err := e.Get("draft")
	if err != nil || present {
		return v.Truthy(), err
	}
	if _, ok, err := e.Get("build"); err != nil || !ok {
		return false, err
	}
	build, err := e.Build()
	if err != nil {
		return false, err
	}
	return build.Draft, nil
}

// originTests are about the content generators that made the build.
func originTests() []Definition {
	reads := Reads{Keys: []string{"cg_list", "buildroots", "build"}, Absent: False, Null: Failed}
	const asks = AsksNames | AsksBuild | AsksBuildBuildroots | AsksBuildroots
	return []Definition{
		{
			Name: "cg_match_any", Doc: "The name of a content generator of the build matches one of the patterns.",
			Reads: reads, Asks: asks, Fails: true,
			Texts: func(e *Env) ([]string, error) {
				names, _, err := e.contentGenerators()
				return names, err
			},
		},
		{
			Name: "cg_match_all", Doc: "All of the build comes from content generators whose names match one of the patterns.",
			Reads: reads, Asks: asks, Fails: true, Args: patternArgs(), Compile: compileCGMatchAll,
		},
	}
}

func compileCGMatchAll(c *Call) (Check, error) {
	p := newPatterns(c.Args)
	return func(e *Env) (bool, error) {
		names, none, err := e.contentGenerators()
		if err != nil {
			return false, err
		}
		e.compares(Strings(names...))
		if none || len(names) == 0 {
			return false, nil
		}
		for _, name := range names {
			if !p.match(name) {
				return false, nil
			}
		}
		return true, nil
	}, nil
}

// sourceText returns the source of the data, else that which the build recorded,
// else that of the build's task.
func sourceText(e *Env) (Value, error) {
	v, present, err := e.Get("source")
	if err != nil {
		return Value{}, err
	}
	if !present {
		if _, ok, err := e.Get("build"); err != nil || !ok {
			return Value{}, err
		}
		if v, err = e.sourceOfBuild(); err != nil || v.IsNull() {
			return Value{}, err
		}
	}
	e.Derive("_source", v)
	return v, nil
}

func (e *Env) sourceOfBuild() (Value, error) {
	build, err := e.Build()
	if err != nil {
		return Value{}, err
	}
	if build.Source != nil {
		return String(*build.Source), nil
	}
	if build.Task == 0 {
		return Value{}, nil
	}
	task, err := ask(e, func(ctx context.Context, l Lookups) (*Task, error) { return l.Task(ctx, build.Task) })
	if err != nil || task == nil {
		return Value{}, err
	}
	params, err := TaskParams(task.Method, task.Args)
	if err != nil {
		return Value{}, err
	}
	return taskSource(task.Method, params), nil
}

// taskSource returns what a build task was asked to build, null if that is not
// known.
func taskSource(method string, params Values) Value {
	keys := []string{"src", "url"}
	switch method {
	case "winbuild":
		keys = []string{"source_url"}
	case "indirectionimage":
		return Value{}
	case "wrapperRPM":
		keys = []string{"spec_url"}
	}
	for _, key := range keys {
		if v, ok := params[key]; ok {
			return v
		}
	}
	return Value{}
}
