package koji_test

import (
	"strconv"

	"github.com/kojikit/kojikit/internal/golden"
	"github.com/kojikit/kojikit/koji"
)

// pathArgs holds the arguments of all path functions.
type pathArgs struct {
	Topdir string
	Build  struct {
		Name, Version, Release string
		VolumeName             *string `json:"volume_name"`
	}
	BType     string
	RPMInfo   koji.NVRA
	Sigkey    string
	MavenInfo mavenArg
	WinInfo   struct {
		RelPath, Filename string
	}
	RepoID koji.RepoID `json:"repo_id"`
	Tag    string
	TagStr string      `json:"tag_str"`
	TaskID koji.TaskID `json:"task_id"`
	Volume *string
}

func (a pathArgs) nvr() koji.NVR {
	return koji.NVR{Name: a.Build.Name, Version: a.Build.Version, Release: a.Build.Release}
}

// volume names a volume; the reference's null is the default one.
func volume(name *string) string {
	if name == nil {
		return koji.DefaultVolume
	}
	return *name
}

// pathQuery makes a call of a method of PathInfo.
func pathQuery(f func(p koji.PathInfo, a pathArgs) (string, error)) func(q *golden.Query) (any, error) {
	return func(q *golden.Query) (any, error) {
		var a pathArgs
		q.Args(&a)
		return f(koji.PathInfo{Topdir: a.Topdir}, a)
	}
}

// typeDir makes a call of a method that asks for the directory of a build type.
func typeDir(btype string) func(q *golden.Query) (any, error) {
	return pathQuery(func(p koji.PathInfo, a pathArgs) (string, error) {
		return p.TypeDir(a.nvr(), volume(a.Build.VolumeName), btype)
	})
}

var pathCalls = golden.Calls{
	"PathInfo.volumedir": pathQuery(func(p koji.PathInfo, a pathArgs) (string, error) {
		return p.Volume(volume(a.Volume))
	}),
	"PathInfo.build": pathQuery(func(p koji.PathInfo, a pathArgs) (string, error) {
		return p.Build(a.nvr(), volume(a.Build.VolumeName))
	}),
	"PathInfo.build_logs": pathQuery(func(p koji.PathInfo, a pathArgs) (string, error) {
		return p.BuildLogs(a.nvr(), volume(a.Build.VolumeName))
	}),
	"PathInfo.typedir": pathQuery(func(p koji.PathInfo, a pathArgs) (string, error) {
		return p.TypeDir(a.nvr(), volume(a.Build.VolumeName), a.BType)
	}),
	"PathInfo.mavenbuild": typeDir("maven"),
	"PathInfo.winbuild":   typeDir("win"),
	"PathInfo.imagebuild": typeDir("image"),
	"PathInfo.rpm": pathQuery(func(p koji.PathInfo, a pathArgs) (string, error) {
		return p.RPM(a.RPMInfo)
	}),
	"PathInfo.signed": pathQuery(func(p koji.PathInfo, a pathArgs) (string, error) {
		return p.Signed(a.RPMInfo, a.Sigkey)
	}),
	"PathInfo.sighdr": pathQuery(func(p koji.PathInfo, a pathArgs) (string, error) {
		return p.SigHeader(a.RPMInfo, a.Sigkey)
	}),
	"PathInfo.mavenrepo": pathQuery(func(p koji.PathInfo, a pathArgs) (string, error) {
		return p.MavenRepo(a.MavenInfo.info())
	}),
	"PathInfo.mavenfile": pathQuery(func(p koji.PathInfo, a pathArgs) (string, error) {
		return p.MavenFile(a.MavenInfo.info(), *a.MavenInfo.Filename)
	}),
	"PathInfo.winfile": pathQuery(func(p koji.PathInfo, a pathArgs) (string, error) {
		return p.WinFile(a.WinInfo.RelPath, a.WinInfo.Filename)
	}),
	"PathInfo.repo": pathQuery(func(p koji.PathInfo, a pathArgs) (string, error) {
		return p.Repo(a.TagStr, a.RepoID)
	}),
	"PathInfo.repocache": pathQuery(func(p koji.PathInfo, a pathArgs) (string, error) {
		return p.RepoCache(a.TagStr)
	}),
	"PathInfo.distrepo": pathQuery(func(p koji.PathInfo, a pathArgs) (string, error) {
		return p.DistRepo(a.Tag, a.RepoID, volume(a.Volume))
	}),
	"PathInfo.scratch": pathQuery(func(p koji.PathInfo, _ pathArgs) (string, error) {
		return p.Scratch(), nil
	}),
	"PathInfo.work": pathQuery(func(p koji.PathInfo, a pathArgs) (string, error) {
		return p.Work(volume(a.Volume))
	}),
	"PathInfo.task": pathQuery(func(p koji.PathInfo, a pathArgs) (string, error) {
		return p.Task(a.TaskID, volume(a.Volume))
	}),
	"PathInfo.taskrelpath": pathQuery(func(p koji.PathInfo, a pathArgs) (string, error) {
		return p.TaskRel(a.TaskID), nil
	}),
	"joinpath": func(q *golden.Query) (any, error) {
		var a struct {
			Path  string
			Paths []string
		}
		q.Args(&a)
		return koji.JoinPath(a.Path, a.Paths...)
	},
	"get_upload_path": func(q *golden.Query) (any, error) {
		a := struct {
			Reldir, Name string
			Volume       any
		}{Volume: koji.DefaultVolume}
		q.Args(&a)
		name, err := knownVolume(a.Volume)
		if err != nil {
			return nil, err
		}
		return koji.PathInfo{Topdir: "/mnt/koji"}.Upload(name, a.Reldir, a.Name)
	},
}

// knownVolume looks a volume up among those that the vectors take for granted.
// The reference puts an id into the path as it is given.
func knownVolume(v any) (string, error) {
	switch v := v.(type) {
	case string:
		if v == koji.DefaultVolume || v == "vol1" {
			return v, nil
		}
	case interface{ Int64() (int64, error) }:
		if n, err := v.Int64(); err == nil && (n == 0 || n == 1) {
			return strconv.FormatInt(n, 10), nil
		}
	}
	return "", koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such volume: %v", v)
}
