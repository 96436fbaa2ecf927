package koji_test

import (
	"path"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
)

func FuzzParseNVR(f *testing.F) {
	for _, s := range []string{"bash-5.2-1.fc40", "1:a:b-1-2", "-1-2", "a--b", "a-1-1,draft_5", ":-a-b", "é-\xff-\x00", "---"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := koji.ParseNVR(s)
		if err != nil {
			requireFault(t, err, koji.ErrInvalid, koji.FaultGeneric)
			require.Zero(t, v)
			return
		}
		require.NotEmpty(t, v.Version)
		require.NotEmpty(t, v.Release)
		require.NoError(t, v.Check(), "a parsed NVR has no hyphen in version and release")
		require.NotContains(t, v.Epoch, ":")
		// Nothing is lost, except that a colon alone is no epoch.
		if v.Epoch != "" || !strings.Contains(v.Name, ":") && !strings.HasPrefix(s, ":") {
			require.Equal(t, s, v.Label())
			again, err := koji.ParseNVR(v.Label())
			require.NoError(t, err)
			require.Equal(t, v, again)
		} else {
			require.Equal(t, s, ":"+v.String())
		}
	})
}

func FuzzParseNVRA(f *testing.F) {
	for _, s := range []string{
		"bash-5.2-1.fc40.x86_64.rpm", "3:a-1-1.src@repo", "a-1-1.src.rpm.rpm", "a-1-1..x", "@a-b-c.src", "a-1-1.x@", "/p/a-1-1.src.rpm",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := koji.ParseNVRA(s)
		if err != nil {
			requireFault(t, err, koji.ErrInvalid, koji.FaultGeneric)
			require.Zero(t, a)
			return
		}
		require.NoError(t, a.Check())
		require.NotEmpty(t, a.Arch)
		// What the parts say is what was written, in any of the spellings.
		label := a.Label()
		if strings.HasPrefix(s, ":") {
			label = ":" + a.NVR.String()
		}
		file, _, _ := strings.Cut(s, "@")
		require.Contains(t, []string{label + "." + a.Arch, label + "." + a.Arch + ".rpm"}, file)
		require.True(t, strings.HasSuffix(s, a.Location))

		again, err := koji.ParseNVRA(a.Filename())
		if err == nil && !strings.Contains(a.Name, ":") {
			require.Equal(t, a.Arch, again.Arch)
			require.Equal(t, a.NVR.String(), again.NVR.String())
		}
	})
}

func FuzzCompareVersion(f *testing.F) {
	for _, v := range [][3]string{{"1.0~rc1", "1.0", "1.0^git1"}, {"10xyz", "10.1xyz", "xyz.4"}, {"~~", "^", "é"}, {"007", "7", "7a"}} {
		f.Add(v[0], v[1], v[2])
	}
	f.Fuzz(func(t *testing.T, a, b, c string) {
		ab, bc, ac := koji.CompareVersion(a, b), koji.CompareVersion(b, c), koji.CompareVersion(a, c)
		require.Equal(t, -ab, koji.CompareVersion(b, a), "%q %q", a, b)
		require.Zero(t, koji.CompareVersion(a, a))
		if ab <= 0 && bc <= 0 {
			require.LessOrEqual(t, ac, 0, "%q %q %q", a, b, c)
			if ab < 0 || bc < 0 {
				require.Negative(t, ac, "%q %q %q", a, b, c)
			}
		}
		require.Zero(t, koji.CompareVersion(a, a+"."), "separators at the end mean nothing")
		require.Equal(t, 1, koji.CompareVersion(a, a+"~"))
		require.Equal(t, -1, koji.CompareVersion(a, a+"^"))
	})
}

func FuzzJoinPath(f *testing.F) {
	for _, s := range [][2]string{{"a/b", "c"}, {"..", ""}, {"a/../..", "x"}, {"/etc", "passwd"}, {"./..a", "\x00"}, {"tasks/5/5", ".x"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		inside(t, "/srv/k")(koji.JoinPath("/srv/k", a, b))
		inside(t, "/srv/k/work")(koji.PathInfo{Topdir: "/srv/k"}.Upload(koji.DefaultVolume, a, b))
		if id, ok, err := koji.UploadTask(a); ok {
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(path.Clean(a), "tasks/"), "task %d of %q", id, a)
		}
	})
}

// FuzzPathInfo puts hostile text wherever a method takes text.
func FuzzPathInfo(f *testing.F) {
	for _, s := range [][4]string{
		{"bash", "5.2", "1.fc40", "x86_64"}, {"..", "..", "..", ".."}, {"a/b", "1", "../..", "/"}, {"/etc", "a..b", "", "\x00"}, {"a//b", ".", "\xff", "é"},
	} {
		f.Add(s[0], s[1], s[2], s[3])
	}
	p := koji.PathInfo{Topdir: "/srv/k"}
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		nvr := koji.NVR{Name: a, Version: b, Release: c}
		rpm := koji.NVRA{NVR: nvr, Arch: d}
		artifact := koji.MavenInfo{GroupID: a, ArtifactID: b, Version: c}

		inside(t, "/srv/k")(p.Volume(a))
		inside(t, "/srv/k/vol")(p.TopLink(a))
		packages := inside(t, "/srv/k/packages")
		packages(p.Build(nvr, koji.DefaultVolume))
		packages(p.BuildLogs(nvr, koji.DefaultVolume))
		packages(p.Metadata(nvr, koji.DefaultVolume))
		packages(p.TypeDir(nvr, koji.DefaultVolume, d))
		inside(t, "/srv/k")(p.Build(nvr, d))
		inside(t, "/srv/k/repos")(p.Repo(a, 1))
		inside(t, "/srv/k/repos")(p.LatestRepo(a))
		inside(t, "/srv/k/repos")(p.RepoCache(a))
		inside(t, "/srv/k/repos-dist")(p.DistRepo(a, 1, koji.DefaultVolume))
		inside(t, "/srv/k/repos-dist")(p.LatestDistRepo(a))
		inside(t, "/srv/k")(p.DistRepo(a, 1, b))
		inside(t, "/srv/k/scratch")(p.ScratchTask(a, 1))
		inside(t, "/srv/k")(p.Work(a))
		inside(t, "/srv/k")(p.Task(1, a))
		inside(t, "/srv/k")(p.Upload(a, b, c))

		below(t, "")(p.RPM(rpm))
		below(t, "data/signed")(p.Signed(rpm, a))
		below(t, "data/sigcache")(p.SigHeader(rpm, a))
		below(t, "")(p.MavenRepo(artifact))
		below(t, "")(p.MavenFile(artifact, d))
		below(t, "")(p.WinFile(a, b))

		if link, err := p.BuildLink(nvr, d); err == nil {
			build, err := p.Build(nvr, koji.DefaultVolume)
			require.NoError(t, err)
			target, err := p.Build(nvr, d)
			require.NoError(t, err)
			require.Equal(t, target, path.Join(path.Dir(build), link))
		}
	})
}

// inside checks that a path, if there is one, lies in root and is clean.
func inside(t *testing.T, root string) func(p string, err error) {
	return func(p string, err error) {
		t.Helper()
		if err != nil {
			require.Empty(t, p)
			require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err), err)
			return
		}
		require.True(t, p == root || strings.HasPrefix(p, root+"/"), p)
		require.True(t, path.Clean(p) == root || strings.HasPrefix(path.Clean(p), root+"/"), p)
		require.NotContains(t, p, "\x00")
	}
}

// below checks that a relative path, if there is one, stays below where it starts.
func below(t *testing.T, dir string) func(p string, err error) {
	return func(p string, err error) {
		t.Helper()
		if err != nil {
			require.Empty(t, p)
			return
		}
		require.True(t, strings.HasPrefix(p, dir), p)
		clean := path.Join("/below", p)
		require.True(t, strings.HasPrefix(clean, "/below/"), p)
		require.True(t, filepath.IsLocal(strings.TrimLeft(p, "/")), p)
		require.NotContains(t, p, "\x00")
	}
}

func FuzzGlob(f *testing.F) {
	for _, s := range [][2]string{
		{"*-build", "f40-build"}, {"[!]a-]*", "x"}, {"[z-a]", "m"}, {"*a*a*a*b", "aaaa"}, {"[[", "[["}, {"?\xff", "é\xff"}, {"[!", "[!"},
	} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, pattern, s string) {
		g := koji.CompileGlob(pattern)
		require.Equal(t, g.Match(s), koji.MatchGlob(pattern, s))
		require.Equal(t, pattern, g.String())
		if g.Match(s) {
			require.True(t, koji.MatchGlob("*"+pattern, "x"+s))
			require.True(t, koji.MatchGlob(pattern+"*", s+"x"))
		}
		if utf8.ValidString(s) {
			// Quoted, a text matches itself and nothing longer.
			quoted := strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]").Replace(s)
			require.True(t, koji.MatchGlob(quoted, s), "%q", quoted)
			require.False(t, koji.MatchGlob(quoted, s+"x"), "%q", quoted)
		}
	})
}

func FuzzParsePOM(f *testing.F) {
	for _, s := range []string{
		"<project><groupId>g</groupId><artifactId>a</artifactId><version>1</version></project>",
		"<project><parent><groupId>g</groupId><version>&x;</version></parent><artifactId>a<b/>c</artifactId></project>",
		"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><project><groupId>\xe9</groupId><artifactId>a</artifactId><version>1</version></project>",
		"<!DOCTYPE x [<!ENTITY a \"b\">]><project/>", "<a><b></a></b>", "<project><![CDATA[", "&;&&amp;",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := koji.ParsePOM(strings.NewReader(s))
		if err != nil {
			require.Zero(t, m)
			require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err), err)
			return
		}
		for _, part := range []string{m.GroupID, m.ArtifactID, m.Version} {
			require.NotEmpty(t, part)
			require.Equal(t, strings.TrimSpace(part), part)
			require.True(t, utf8.ValidString(part))
		}
		require.NotContains(t, m.NVR().Version, "-")
	})
}

func FuzzArches(f *testing.F) {
	for _, s := range [][2]string{{"x86_64 i686", "x86_64"}, {"a,b;c", "sparc64v"}, {"\u2003x\x1cy", "i\xff86"}, {"noarch\n", "armé"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, text, arch string) {
		for _, strict := range []bool{false, true} {
			list, err := koji.ParseArches(text, koji.ArchesOptions{Strict: strict})
			if err != nil {
				requireFault(t, err, koji.ErrInvalid, koji.FaultGeneric)
				continue
			}
			again, err := koji.ParseArches(strings.Join(list, " "), koji.ArchesOptions{Strict: true})
			require.NoError(t, err)
			require.Equal(t, list, again)
		}
		list := koji.ArchList(arch)
		require.Equal(t, arch, list[0])
		require.Equal(t, "noarch", list[len(list)-1])
		require.Equal(t, 1, koji.ArchDistance(arch, arch))
		require.Contains(t, koji.SameLibArches(arch), arch)
		best, ok := koji.BestArchFromList([]string{arch}, arch)
		require.True(t, ok)
		require.Equal(t, arch, best)
		require.False(t, koji.CanCoinstall(arch, arch))
		require.NotEmpty(t, koji.RepoArches(koji.CanonArch(arch)))
		require.Equal(t, koji.BaseArch(arch), koji.BaseArch(koji.BaseArch(arch)))
	})
}
