package comps_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/hosttool"
	"github.com/kojikit/kojikit/repo/comps"
	"github.com/kojikit/kojikit/repo/rpmmd"
	"github.com/kojikit/kojikit/tag"
)

func value[T any](v T) sql.Null[T] { return sql.Null[T]{V: v, Valid: true} }

func requires(names ...string) (list []tag.GroupRequirement) {
	for _, name := range names {
		list = append(list, tag.GroupRequirement{Name: name, Type: value("mandatory")})
	}
	return list
}

func contains(names ...string) (list []tag.GroupPackage) {
	for _, name := range names {
		list = append(list, tag.GroupPackage{Package: name, Type: "mandatory"})
	}
	return list
}

func TestTagGroupsAsComps(t *testing.T) {
	groups := []tag.Group{
		{
			ID: 1, Name: "build", DisplayName: "Build & more", Description: value("a < b"), IsDefault: value(true), UserVisible: value(true),
			BiarchOnly: value(true), LangOnly: value("de"),
			Packages: []tag.GroupPackage{
				{Package: "make", Type: "mandatory"}, {Package: "bash", Type: "default", BaseArchOnly: value(true)},
				{Package: "gone", Blocked: true}, {Package: "cond", Type: "conditional", Requires: value("make")},
			},
			Requirements: []tag.GroupRequirement{{Name: "base", Type: value("optional")}, {Name: "meta", IsMetaPackage: true}, {Name: "never", Blocked: true}},
		},
		{ID: 2, Name: "base", DisplayName: "base"},
		{ID: 3, Name: "a-blocked", Blocked: true},
	}
	c := comps.FromGroups(groups, comps.Options{})
	const want = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE comps PUBLIC "-//Red Hat, Inc.//DTD Comps info//EN" "comps.dtd">

<comps>
  <group>
    <id>base</id>
    <name>base</name>
    <description></description>
    <default>false</default>
    <uservisible>false</uservisible>
    <packagelist>
    </packagelist>
  </group>
  <group>
    <id>build</id>
    <name>Build &amp; more</name>
    <description>a &lt; b</description>
    <default>true</default>
    <uservisible>true</uservisible>
    <biarchonly>true</biarchonly>
    <langonly>de</langonly>
    <grouplist>
      <groupreq type="optional">base</groupreq>
      <metapkg>meta</metapkg>
    </grouplist>
    <packagelist>
      <packagereq type="default" basearchonly="true">bash</packagereq>
      <packagereq type="conditional" requires="make">cond</packagereq>
      <packagereq type="mandatory">make</packagereq>
    </packagelist>
  </group>
</comps>
`
	require.Equal(t, want, string(c.Append(nil)))
}

func TestRequiredGroupsAreExpanded(t *testing.T) {
	for name, test := range map[string]struct {
		groups []tag.Group
		want   []comps.Expansion
	}{
		"listed packages are skipped": { // spec 04, case 25
			[]tag.Group{{Packages: contains("bash"), Requirements: requires("base")}, {Name: "base", Packages: contains("gcc", "bash")}},
			[]comps.Expansion{{ID: "base", Packages: []comps.Package{{Name: "gcc", Type: "mandatory"}}}},
		},
		"breadth first": {
			[]tag.Group{
				{Requirements: requires("one", "two")},
				{Name: "one", Requirements: requires("three")}, {Name: "two", Requirements: requires("four")},
				{Name: "three", Packages: contains("b", "a")}, {Name: "four"},
			},
			[]comps.Expansion{{ID: "one"}, {ID: "two"}, {ID: "three", Packages: []comps.Package{{Name: "a", Type: "mandatory"}, {Name: "b", Type: "mandatory"}}}, {ID: "four"}},
		},
		"each group once": {
			[]tag.Group{{Requirements: requires("one", "two", "one")}, {Name: "one", Requirements: requires("two", "root")}, {Name: "two", Requirements: requires("one")}},
			[]comps.Expansion{{ID: "one"}, {ID: "two"}},
		},
		"shared packages come twice": {
			[]tag.Group{{Requirements: requires("one", "two")}, {Name: "one", Packages: contains("a")}, {Name: "two", Packages: contains("a")}},
			[]comps.Expansion{{ID: "one", Packages: []comps.Package{{Name: "a", Type: "mandatory"}}}, {ID: "two", Packages: []comps.Package{{Name: "a", Type: "mandatory"}}}},
		},
		"missing and blocked groups": {
			[]tag.Group{{Requirements: requires("none", "blocked")}, {Name: "blocked", Blocked: true, Packages: contains("a")}},
			[]comps.Expansion{{ID: "none", Missing: true}, {ID: "blocked", Missing: true}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.groups[0].Name = "root"
			c := comps.FromGroups(test.groups, comps.Options{Expand: true})
			for _, g := range c.Groups {
				require.Empty(t, g.Groups)
				if g.ID == "root" {
					require.Equal(t, test.want, g.Expansions)
				}
			}
		})
	}
}

func TestExpansionsAreWrittenAsPackages(t *testing.T) {
	c := comps.FromGroups([]tag.Group{
		{Name: "build", Packages: contains("bash"), Requirements: requires("base", "a--b-")}, {Name: "base", Packages: contains("gcc", "bash")},
	}, comps.Options{Expand: true})
	doc := string(c.Append(nil))
	require.Contains(t, doc, `    <packagelist>
      <packagereq type="mandatory">bash</packagereq>
      <!-- from group base -->
      <packagereq type="mandatory">gcc</packagereq>
      <!-- no group a- -b- -->
    </packagelist>
`)
	wellFormed(t, []byte(doc))
	back, err := comps.Read(strings.NewReader(doc), comps.Limits{})
	require.NoError(t, err)
	require.Len(t, back.Groups[1].Packages, 2)
}

// dnf asks dnf about the groups of a repository, with nothing of the host's
// configuration and all its files below a directory of the test.
func dnf(t *testing.T, repo string, args ...string) string {
	t.Helper()
	home := t.TempDir()
	config := filepath.Join(home, "dnf.conf")
	require.NoError(t, os.WriteFile(config, []byte("[main]\ngpgcheck=0\n"), 0o600))
	cmd := exec.Command(hosttool.Need(t, "dnf"), append([]string{
		"--quiet", "--config=" + config, "--repofrompath=test,file://" + repo, "--repo=test", "--releasever=1", "--forcearch=x86_64", "--setopt=reposdir=" + home, "--setopt=cachedir=" + home + "/cache",
		"--setopt=system_cachedir=" + home + "/cache",
		"--setopt=persistdir=" + home + "/state", "--setopt=logdir=" + home + "/log", "--setopt=module_platform_id=platform:test",
	}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+home, "LC_ALL=C.UTF-8")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	return string(out)
}

func TestDnfShowsTheGroups(t *testing.T) {
	hosttool.Need(t, "dnf")
	c := comps.FromGroups([]tag.Group{
		{
			Name: "build", DisplayName: "Build <&> more", UserVisible: value(true), Description: value("Ünïcode \"text\""),
			Packages: contains("bash", "c&d"), Requirements: requires("base", "none"),
		},
		{Name: "base", DisplayName: "base", UserVisible: value(true), Packages: contains("gcc", "bash")},
	}, comps.Options{Expand: true})
	c.Environments = full.Environments
	c.Environments[0].Arch = ""
	for name, o := range map[string]rpmmd.Options{"zstd": {}, "gzip": {Profile: rpmmd.CompatEL7}} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			w := rpmmd.NewWriter(o)
			require.NoError(t, w.AddFile(rpmmd.TypeGroup, "comps.xml", bytes.NewReader(c.Append(nil))))
			_, err := w.WriteDir(t.Context(), dir)
			require.NoError(t, err)
			list := dnf(t, dir, "group", "list", "--ids")
			require.Contains(t, list, "Build <&> more (build)")
			require.Contains(t, list, "base (base)")
			info := dnf(t, dir, "group", "info", "build")
			require.Contains(t, info, "Ünïcode \"text\"")
			for _, name := range []string{"bash", "c&d", "gcc"} {
				require.Contains(t, info, "   "+name+"\n")
			}
		})
	}
}

func ExampleFromGroups() {
	c := comps.FromGroups([]tag.Group{{
		Name: "build", DisplayName: "Buildroot",
		Packages: []tag.GroupPackage{{Package: "bash", Type: "mandatory"}},
	}}, comps.Options{Expand: true})
	fmt.Println(c.Groups[0].ID, c.Groups[0].Name, c.Groups[0].Packages[0].Name)
	// Output: build Buildroot bash
}

func ExampleGroups() {
	doc := strings.NewReader("<comps><group><id>core</id><name>Core</name></group></comps>")
	for g, err := range comps.Groups(doc, comps.Limits{}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(g.ID, g.Name)
	}
	// Output: core Core
}

// benchComps returns as many groups as a large distribution has.
func benchComps() *comps.Comps {
	c := &comps.Comps{}
	for i := range 200 {
		g := comps.Group{ID: fmt.Sprint("group-", i), Name: comps.Text{Value: "Some group"}}
		for lang := range 80 {
			g.Name.Translations = append(g.Name.Translations, comps.Translation{Lang: fmt.Sprint("l", lang), Value: "Übersetzung"})
		}
		for p := range 60 {
			g.Packages = append(g.Packages, comps.Package{Name: fmt.Sprint("package-", p), Type: "default"})
		}
		c.Groups = append(c.Groups, g)
	}
	return c
}

func BenchmarkRead(b *testing.B) {
	doc := benchComps().Append(nil)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		_, err := comps.Read(bytes.NewReader(doc), comps.Limits{})
		require.NoError(b, err)
	}
}

func BenchmarkAppend(b *testing.B) {
	c := benchComps()
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = c.Append(dst[:0])
	}
	b.SetBytes(int64(len(dst)))
}
