package koji_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
)

var (
	top  = koji.PathInfo{Topdir: "/mnt/koji"}
	bash = koji.NVR{Name: "bash", Version: "5.2", Release: "1.fc40", Epoch: "7"}
	rpm  = koji.NVRA{NVR: bash, Arch: "x86_64", Location: "mirror"}
)

// pathOf makes a table of paths readable.
func pathOf(t *testing.T) func(path string, err error) string {
	return func(path string, err error) string {
		t.Helper()
		require.NoError(t, err)
		return path
	}
}

func TestLayoutOfATopdir(t *testing.T) {
	must := pathOf(t)
	for want, got := range map[string]string{
		"/mnt/koji":                must(top.Volume(koji.DefaultVolume)),
		"/mnt/koji/vol/v1":         must(top.Volume("v1")),
		"/mnt/koji/vol/v1/toplink": must(top.TopLink("v1")),

		"/mnt/koji/packages/bash/5.2/1.fc40":                       must(top.Build(bash, koji.DefaultVolume)),
		"/mnt/koji/vol/v1/packages/bash/5.2/1.fc40":                must(top.Build(bash, "v1")),
		"/mnt/koji/packages/bash/5.2/1.fc40/data/logs":             must(top.BuildLogs(bash, koji.DefaultVolume)),
		"/mnt/koji/packages/bash/5.2/1.fc40/metadata.json":         must(top.Metadata(bash, koji.DefaultVolume)),
		"/mnt/koji/packages/bash/5.2/1.fc40/maven":                 must(top.TypeDir(bash, koji.DefaultVolume, "maven")),
		"/mnt/koji/packages/bash/5.2/1.fc40/win":                   must(top.TypeDir(bash, koji.DefaultVolume, "win")),
		"/mnt/koji/packages/bash/5.2/1.fc40/images":                must(top.TypeDir(bash, koji.DefaultVolume, "image")),
		"/mnt/koji/vol/v1/packages/bash/5.2/1.fc40/files/operator": must(top.TypeDir(bash, "v1", "operator")),

		"x86_64/bash-5.2-1.fc40.x86_64.rpm":                            must(top.RPM(rpm)),
		"data/signed/15ac4e7d/x86_64/bash-5.2-1.fc40.x86_64.rpm":       must(top.Signed(rpm, "15ac4e7d")),
		"data/sigcache/15ac4e7d/x86_64/bash-5.2-1.fc40.x86_64.rpm.sig": must(top.SigHeader(rpm, "15ac4e7d")),
		"data/sigcache//x86_64/bash-5.2-1.fc40.x86_64.rpm.sig":         must(top.SigHeader(rpm, "")),

		"/mnt/koji/repos/f40-build/123":                must(top.Repo("f40-build", 123)),
		"/mnt/koji/repos/f40-build/latest":             must(top.LatestRepo("f40-build")),
		"/mnt/koji/repos/f40-build/cache":              must(top.RepoCache("f40-build")),
		"/mnt/koji/repos-dist/f40/124":                 must(top.DistRepo("f40", 124, koji.DefaultVolume)),
		"/mnt/koji/vol/v1/repos-dist/f40/124":          must(top.DistRepo("f40", 124, "v1")),
		"/mnt/koji/repos-dist/f40/latest":              must(top.LatestDistRepo("f40")),
		"/mnt/koji/scratch":                            top.Scratch(),
		"/mnt/koji/scratch/host/a.example.org/task_31": must(top.ScratchTask("host/a.example.org", 31)),
		"/mnt/koji/work":                               must(top.Work(koji.DefaultVolume)),
		"/mnt/koji/vol/v1/work/tasks/5/20005":          must(top.Task(20005, "v1")),
		"tasks/0/10000":                                top.TaskRel(10000),
		"/mnt/koji/work/cg_import_logs":                top.CGImportLogs(),
		"/mnt/koji/work/cli-build/1.x/a b":             must(top.Upload(koji.DefaultVolume, "cli-build/1.x", "a b")),
	} {
		require.Equal(t, want, got)
	}

	artifact := koji.MavenInfo{GroupID: "org.apache.maven", ArtifactID: "maven-core", Version: "3.9-1"}
	require.Equal(t, "org/apache/maven/maven-core/3.9-1", must(top.MavenRepo(artifact)))
	require.Equal(t, "org/apache/maven/maven-core/3.9-1/maven-core.jar", must(top.MavenFile(artifact, "maven-core.jar")))
	require.Equal(t, "bin/x.exe", must(top.WinFile("bin", "x.exe")))
	require.Equal(t, "x.exe", must(top.WinFile("", "x.exe")))
}

func TestPathsThatWouldLeaveTheirRootAreRefused(t *testing.T) {
	bad := []string{"..", "../x", "x/../../y", "/etc", "x/..", "./x", "x//y", "x/", "a\x00b", "a\nb", "\xff"}
	for _, s := range bad {
		for name, call := range map[string]func() (string, error){
			"Volume":       func() (string, error) { return top.Volume(s) },
			"TopLink":      func() (string, error) { return top.TopLink(s) },
			"Build name":   func() (string, error) { return top.Build(koji.NVR{Name: s, Version: "1", Release: "1"}, "v") },
			"version":      func() (string, error) { return top.Build(koji.NVR{Name: "a", Version: s, Release: "1"}, "v") },
			"release":      func() (string, error) { return top.Build(koji.NVR{Name: "a", Version: "1", Release: s}, "v") },
			"Build volume": func() (string, error) { return top.Build(bash, s) },
			"BuildLink":    func() (string, error) { return top.BuildLink(bash, s) },
			"BuildLogs":    func() (string, error) { return top.BuildLogs(bash, s) },
			"Metadata":     func() (string, error) { return top.Metadata(bash, s) },
			"TypeDir":      func() (string, error) { return top.TypeDir(bash, koji.DefaultVolume, s) },
			"RPM name": func() (string, error) {
				return top.RPM(koji.NVRA{NVR: koji.NVR{Name: s, Version: "1", Release: "1"}, Arch: "src"})
			},
			"RPM arch":  func() (string, error) { return top.RPM(koji.NVRA{NVR: bash, Arch: s}) },
			"Signed":    func() (string, error) { return top.Signed(rpm, s) },
			"SigHeader": func() (string, error) { return top.SigHeader(rpm, s) },
			"Maven artifact": func() (string, error) {
				return top.MavenRepo(koji.MavenInfo{GroupID: "g", ArtifactID: s, Version: "1"})
			},
			"Maven version": func() (string, error) {
				return top.MavenRepo(koji.MavenInfo{GroupID: "g", ArtifactID: "a", Version: s})
			},
			"MavenFile": func() (string, error) {
				return top.MavenFile(koji.MavenInfo{GroupID: "g", ArtifactID: "a", Version: "1"}, s)
			},
			"WinFile":           func() (string, error) { return top.WinFile("", s) },
			"WinFile directory": func() (string, error) { return top.WinFile(s, "x.exe") },
			"Repo":              func() (string, error) { return top.Repo(s, 1) },
			"LatestRepo":        func() (string, error) { return top.LatestRepo(s) },
			"RepoCache":         func() (string, error) { return top.RepoCache(s) },
			"DistRepo tag":      func() (string, error) { return top.DistRepo(s, 1, koji.DefaultVolume) },
			"DistRepo volume":   func() (string, error) { return top.DistRepo("f40", 1, s) },
			"LatestDistRepo":    func() (string, error) { return top.LatestDistRepo(s) },
			"ScratchTask":       func() (string, error) { return top.ScratchTask(s, 1) },
			"Work":              func() (string, error) { return top.Work(s) },
			"Task":              func() (string, error) { return top.Task(1, s) },
			"Upload volume":     func() (string, error) { return top.Upload(s, "dir", "file") },
		} {
			path, err := call()
			require.Empty(t, path, "%s with %q", name, s)
			requireFault(t, err, koji.ErrUnsafePath, koji.FaultGeneric)
		}
	}
	// Dots of a group id become slashes, so only what is left can do harm.
	for _, group := range []string{"/etc", "a\x00b"} {
		_, err := top.MavenRepo(koji.MavenInfo{GroupID: group, ArtifactID: "a", Version: "1"})
		requireFault(t, err, koji.ErrUnsafePath, koji.FaultGeneric)
	}
}

func TestLinkOfABuildLeadsToItsVolume(t *testing.T) {
	p := koji.PathInfo{Topdir: t.TempDir()}
	must := pathOf(t)
	for _, name := range []string{"bash", "with/slash"} {
		nvr := koji.NVR{Name: name, Version: "1", Release: "2"}
		target := must(p.Build(nvr, "v1"))
		require.NoError(t, os.MkdirAll(target, 0o755))
		link := must(p.Build(nvr, koji.DefaultVolume))
		require.NoError(t, os.MkdirAll(filepath.Dir(link), 0o755))
		require.NoError(t, os.Symlink(must(p.BuildLink(nvr, "v1")), link))

		want, err := filepath.EvalSymlinks(target)
		require.NoError(t, err)
		got, err := filepath.EvalSymlinks(link)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	require.Equal(t, "../../../vol/v1/packages/bash/5.2/1.fc40", must(top.BuildLink(bash, "v1")))

	for _, volume := range []string{koji.DefaultVolume, ""} {
		_, err := p.BuildLink(bash, volume)
		requireFault(t, err, koji.ErrInvalid, koji.FaultGeneric)
		_, err = p.TopLink(volume)
		requireFault(t, err, koji.ErrInvalid, koji.FaultGeneric)
	}
}

func TestUploadDirectories(t *testing.T) {
	tests := []struct {
		reldir, name, want string // want empty: refused
	}{
		{"a/b", "f.rpm", "/mnt/koji/work/a/b/f.rpm"},
		{"", "f", "/mnt/koji/work/./f"},
		{"a/../b", "f", "/mnt/koji/work/b/f"},
		{"a", "", "/mnt/koji/work/a/."},
		{"tasks/5/5", "build.log", "/mnt/koji/work/tasks/5/5/build.log"},
		{"a", ".x", ""},
		{"a", ".", ""},
		{"a", "..", ""},
		{"a", "b/c", ""},
		{"a", "/etc", ""},
		{"../d", "f", ""},
		{"a/../..", "f", ""},
		{"..a", "f", ""},
		{"/a", "f", ""},
		{"//a", "f", ""},
		{"a\x00", "f", ""},
		{"a", "f\x00", ""},
	}
	for _, tt := range tests {
		got, err := top.Upload(koji.DefaultVolume, tt.reldir, tt.name)
		if tt.want == "" {
			requireFault(t, err, koji.ErrUnsafePath, koji.FaultGeneric)
		} else {
			require.NoError(t, err)
		}
		require.Equal(t, tt.want, got, "%q in %q", tt.name, tt.reldir)
	}
}

func TestUploadTask(t *testing.T) {
	tests := []struct {
		reldir string
		id     koji.TaskID
		ok     bool
		fails  bool
	}{
		{"tasks/5/20005", 20005, true, false},
		{"tasks/5/20005/sub/dir", 20005, true, false},
		{"x/../tasks//5/20005/", 20005, true, false},
		{"tasks/anything/7", 7, true, false},
		{"cli-build/1.x", 0, false, false},
		{"", 0, false, false},
		{"tasksx/1/2", 0, false, false},
		{"tasks", 0, false, true},
		{"tasks/5", 0, false, true},
		{"tasks/5/x", 0, false, true},
		{"tasks/5/5/../..", 0, false, true},
	}
	for _, tt := range tests {
		id, ok, err := koji.UploadTask(tt.reldir)
		if tt.fails {
			requireFault(t, err, koji.ErrInvalid, koji.FaultGeneric)
		} else {
			require.NoError(t, err, tt.reldir)
		}
		require.Equal(t, tt.id, id, tt.reldir)
		require.Equal(t, tt.ok, ok, tt.reldir)
	}
}

func TestJoinPath(t *testing.T) {
	got, err := koji.JoinPath("/mnt/koji/work", "a/./b", "", "c")
	require.NoError(t, err)
	require.Equal(t, "/mnt/koji/work/a/b/./c", got)

	got, err = koji.JoinPath("/mnt/koji/work")
	require.NoError(t, err)
	require.Equal(t, "/mnt/koji/work", got)

	for _, segment := range []string{"..", "../x", "a/../..", "/", "/a", "//a", "a\x00b"} {
		_, err := koji.JoinPath("/mnt", "fine", segment)
		requireFault(t, err, koji.ErrUnsafePath, koji.FaultGeneric)
		require.True(t, strings.HasPrefix(err.Error(), "unsafe path"), err)
	}
}
