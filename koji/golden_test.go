package koji_test

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/kojikit/kojikit/internal/golden"
	"github.com/kojikit/kojikit/koji"
)

func TestGolden(t *testing.T) {
	golden.Run(t, "nvr", func(t testing.TB, c *golden.Case) golden.Calls {
		calls := golden.Calls{}
		for _, part := range []golden.Calls{nvrCalls, labelCalls, archCalls, globCalls, pathCalls, nameCalls} {
			maps.Copy(calls, part)
		}
		calls["getNextRelease"] = func(q *golden.Query) (any, error) {
			builds, wireIncr := nextReleaseArgs(c, q)
			incr, err := pythonInt(wireIncr)
			if err != nil {
				return nil, err
			}
			return koji.NextRelease(builds, incr)
		}
		return calls
	},
		golden.Deviation{
			When: func(_ *golden.Case, q *golden.Query) bool {
				if !strings.HasPrefix(q.Call, "verify_name_") {
					return false
				}
				var a nameArgs
				q.Args(&a)
				name, ok := a.name().(string)
				return ok && strings.HasSuffix(name, "\n")
			},
			Code:   koji.FaultGeneric,
			Reason: "a name with a newline at its end is refused; the reference's dollar sign matches before it",
		},
		golden.Deviation{
			When: func(c *golden.Case, q *golden.Query) bool {
				if q.Call != "getNextRelease" {
					return false
				}
				builds, _ := nextReleaseArgs(c, q)
				return slices.ContainsFunc(builds, func(b koji.BuildRelease) bool {
					return strings.ContainsFunc(b.Release, func(r rune) bool { return r >= 0x80 && unicode.IsDigit(r) })
				})
			},
			Code:   koji.FaultBuild,
			Reason: "only ASCII digits make a number in a release",
		},
	)
}

// pythonNone is how the reference prints a value that is not there.
func pythonNone(s *string) string {
	if s == nil {
		return "None"
	}
	return *s
}

// refuse is the answer to arguments that the types of the Go functions rule out.
func refuse(code koji.FaultCode) error {
	return koji.Errorf(koji.ErrInvalid, code, "wrong type")
}

// nvraArg is an NVR or NVRA as text or as a map.
type nvraArg struct {
	text  *string
	value koji.NVRA
}

func (a *nvraArg) UnmarshalJSON(text []byte) error {
	if text[0] == '"' {
		return json.Unmarshal(text, &a.text)
	}
	return json.Unmarshal(text, &a.value)
}

var nvrCalls = golden.Calls{
	"parse_NVR": func(q *golden.Query) (any, error) {
		var a struct{ NVR string }
		q.Args(&a)
		v, err := koji.ParseNVR(a.NVR)
		return nvrMap(v), err
	},
	"parse_NVRA": func(q *golden.Query) (any, error) {
		var a struct{ NVRA string }
		q.Args(&a)
		v, err := koji.ParseNVRA(a.NVRA)
		m := nvrMap(v.NVR)
		m["arch"], m["src"] = v.Arch, v.IsSource()
		if v.Location != "" {
			m["location"] = v.Location
		}
		return m, err
	},
	"check_NVR": func(q *golden.Query) (any, error) {
		var a struct {
			NVR    nvraArg
			Strict bool
		}
		q.Args(&a)
		v, err := a.NVR.value.NVR, error(nil)
		if a.NVR.text != nil {
			v, err = koji.ParseNVR(*a.NVR.text)
		}
		return checked(cmp.Or(err, v.Check()), a.Strict)
	},
	"check_NVRA": func(q *golden.Query) (any, error) {
		var a struct {
			NVRA   nvraArg
			Strict bool
		}
		q.Args(&a)
		v, err := a.NVRA.value, error(nil)
		if a.NVRA.text != nil {
			v, err = koji.ParseNVRA(*a.NVRA.text)
		}
		return checked(cmp.Or(err, v.Check()), a.Strict)
	},
	"labelCompare": func(q *golden.Query) (any, error) {
		var a struct{ A, B [3]string }
		q.Args(&a)
		return koji.CompareEVR(
			koji.EVR{Epoch: a.A[0], Version: a.A[1], Release: a.A[2]},
			koji.EVR{Epoch: a.B[0], Version: a.B[1], Release: a.B[2]}), nil
	},
	"is_debuginfo": func(q *golden.Query) (any, error) {
		var a struct{ Name string }
		q.Args(&a)
		return koji.IsDebuginfo(a.Name), nil
	},
}

func nvrMap(v koji.NVR) map[string]any {
	return map[string]any{"name": v.Name, "version": v.Version, "release": v.Release, "epoch": v.Epoch}
}

func checked(err error, strict bool) (any, error) {
	if strict && err != nil {
		return nil, err
	}
	return err == nil, nil
}

type mavenArg struct {
	GroupID    string  `json:"group_id"`
	ArtifactID string  `json:"artifact_id"`
	Version    string  `json:"version"`
	Filename   *string `json:"filename"`
}

func (a mavenArg) info() koji.MavenInfo {
	return koji.MavenInfo{GroupID: a.GroupID, ArtifactID: a.ArtifactID, Version: a.Version}
}

var labelCalls = golden.Calls{
	"buildLabel": func(q *golden.Query) (any, error) {
		var a struct {
			BuildInfo struct {
				Name, Version, Release *string
				PackageName            string `json:"package_name"`
				Epoch                  *int
			}
			ShowEpoch bool
		}
		q.Args(&a)
		b := a.BuildInfo
		v := koji.NVR{
			Name:    cmp.Or(b.PackageName, pythonNone(b.Name)),
			Version: pythonNone(b.Version),
			Release: pythonNone(b.Release),
		}
		if b.Epoch != nil {
			v.Epoch = strconv.Itoa(*b.Epoch)
		}
		if a.ShowEpoch {
			return v.Label(), nil
		}
		return v.String(), nil
	},
	"mavenLabel": func(q *golden.Query) (any, error) {
		var a struct{ MavenInfo mavenArg }
		q.Args(&a)
		return a.MavenInfo.info().String(), nil
	},
	"maven_info_to_nvr": func(q *golden.Query) (any, error) {
		var a struct{ MavenInfo mavenArg }
		q.Args(&a)
		v := a.MavenInfo.info().NVR()
		return map[string]any{
			"name": v.Name, "package_name": v.Name, "version": v.Version, "release": orNull(v.Release), "epoch": orNull(v.Epoch),
		}, nil
	},
	"parse_pom": func(q *golden.Query) (any, error) {
		var a struct{ Contents string }
		q.Args(&a)
		m, err := koji.ParsePOM(strings.NewReader(a.Contents))
		return map[string]any{"groupId": m.GroupID, "artifactId": m.ArtifactID, "version": m.Version}, err
	},
	"pom_to_maven_info": func(q *golden.Query) (any, error) {
		// The reference's two forms of the same three values are one type here.
		var a struct{ POMInfo koji.MavenInfo }
		q.Args(&a)
		m := a.POMInfo
		return map[string]any{"group_id": m.GroupID, "artifact_id": m.ArtifactID, "version": m.Version}, nil
	},
	"gen_draft_release": func(q *golden.Query) (any, error) {
		var a struct {
			TargetRelease string       `json:"target_release"`
			BuildID       koji.BuildID `json:"build_id"`
		}
		q.Args(&a)
		return koji.DraftRelease(a.TargetRelease, a.BuildID), nil
	},
	"parse_target_release": func(q *golden.Query) (any, error) {
		var a struct {
			DraftRelease string `json:"draft_release"`
		}
		q.Args(&a)
		return koji.TargetRelease(a.DraftRelease)
	},
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// archQuery makes a call of a function that asks about one architecture.
func archQuery(f func(arch string) any) func(q *golden.Query) (any, error) {
	return func(q *golden.Query) (any, error) {
		var a struct{ Arch, MyArch, ThisArch string }
		q.Args(&a)
		return f(cmp.Or(a.Arch, a.MyArch, a.ThisArch)), nil
	}
}

var archCalls = golden.Calls{
	"canonArch":        archQuery(func(a string) any { return koji.CanonArch(a) }),
	"arch.getArchList": archQuery(func(a string) any { return koji.ArchList(a) }),
	"arch.isMultiLibArch": archQuery(func(a string) any {
		if _, ok := koji.MultilibOf(a); ok {
			return 1
		}
		return 0
	}),
	"arch.getMultiArchInfo": archQuery(func(a string) any {
		if m, ok := koji.MultilibOf(a); ok {
			return []string{m.Compat, m.Best, m.Biarch}
		}
		return nil
	}),
	"arch.getBestArch":               archQuery(func(a string) any { return koji.BestArch(a) }),
	"arch.getBaseArch":               archQuery(func(a string) any { return koji.BaseArch(a) }),
	"arch.legitMultiArchesInSameLib": archQuery(func(a string) any { return koji.SameLibArches(a) }),
	"arch.archDifference": func(q *golden.Query) (any, error) {
		var a struct{ MyArch, TargetArch string }
		q.Args(&a)
		return koji.ArchDistance(a.MyArch, a.TargetArch), nil
	},
	"arch.canCoinstall": func(q *golden.Query) (any, error) {
		var a struct{ Arch1, Arch2 string }
		q.Args(&a)
		return koji.CanCoinstall(a.Arch1, a.Arch2), nil
	},
	"arch.getBestArchFromList": func(q *golden.Query) (any, error) {
		var a struct {
			ArchList []string
			MyArch   string
		}
		q.Args(&a)
		best, _ := koji.BestArchFromList(a.ArchList, a.MyArch)
		return orNull(best), nil
	},
	"parse_arches": func(q *golden.Query) (any, error) {
		var a struct {
			Arches    any
			Strict    bool
			ToList    bool `json:"to_list"`
			AllowNone bool `json:"allow_none"`
		}
		q.Args(&a)
		list := []string{}
		var err error
		switch arches := a.Arches.(type) {
		case string:
			list, err = koji.ParseArches(arches, koji.ArchesOptions{Strict: a.Strict})
		case []any:
			for _, item := range arches {
				list = append(list, item.(string))
			}
			err = koji.CheckArches(list)
		case nil:
			if !a.AllowNone {
				return nil, refuse(koji.FaultOther)
			}
		}
		if err != nil {
			return nil, err
		}
		if a.ToList {
			return list, nil
		}
		return strings.Join(list, " "), nil
	},
}

var globCalls = golden.Calls{
	"fnmatch": func(q *golden.Query) (any, error) {
		var a struct{ S, Pat string }
		q.Args(&a)
		return koji.MatchGlob(a.Pat, a.S), nil
	},
	"multi_fnmatch": func(q *golden.Query) (any, error) {
		var a struct {
			S        string
			Patterns any
		}
		q.Args(&a)
		if text, ok := a.Patterns.(string); ok {
			return koji.ParseGlobs(text).Match(a.S), nil
		}
		var list []string
		for _, item := range a.Patterns.([]any) {
			list = append(list, item.(string))
		}
		return koji.CompileGlobs(list...).Match(a.S), nil
	},
}

type nameArgs struct{ Name, Krb any }

func (a nameArgs) name() any { return cmp.Or(a.Name, a.Krb) }

var nameCalls = golden.Calls{
	"verify_name_internal": func(q *golden.Query) (any, error) {
		var a nameArgs
		q.Args(&a)
		name, ok := a.name().(string)
		if !ok {
			return nil, refuse(koji.FaultGeneric)
		}
		return nil, koji.CheckName("tag", name)
	},
	"verify_name_user": func(q *golden.Query) (any, error) {
		var a nameArgs
		q.Args(&a)
		switch name := a.name().(type) {
		case nil:
			return nil, nil
		case string:
			return nil, koji.CheckUserName("user", name)
		}
		return nil, refuse(koji.FaultGeneric)
	},
}

// nextReleaseArgs returns the builds of the case that the query asks about, as a
// database would select them, and the increment as it comes over the wire.
func nextReleaseArgs(c *golden.Case, q *golden.Query) (builds []koji.BuildRelease, incr any) {
	var input struct {
		Builds []struct {
			ID                     koji.BuildID
			Name, Version, Release string
			Draft                  bool
			State                  koji.BuildState
		}
	}
	c.Input(&input)
	a := struct {
		BuildInfo struct{ Name, Version string } `json:"build_info"`
		Incr      any
	}{Incr: json.Number("1")}
	q.Args(&a)
	for _, b := range input.Builds {
		if b.Name == a.BuildInfo.Name && b.Version == a.BuildInfo.Version {
			builds = append(builds, koji.BuildRelease{ID: b.ID, Release: b.Release, Draft: b.Draft, State: b.State})
		}
	}
	return builds, a.Incr
}

// pythonInt converts an increment as it comes over the wire.
func pythonInt(v any) (int, error) {
	switch v := v.(type) {
	case json.Number:
		if f, err := v.Float64(); err == nil {
			return int(f), nil
		}
	case string:
		if n, err := strconv.Atoi(v); err == nil {
			return n, nil
		}
	}
	return 0, refuse(koji.FaultParameter)
}
