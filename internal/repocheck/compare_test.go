package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/corpus"
	"github.com/kojikit/kojikit/internal/hosttool"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

// newCheck returns what main does without flags.
func newCheck(t *testing.T) check {
	return check{tool: hosttool.Need(t, "createrepo_c"), checksum: "sha256", revision: "1700000000", changelogs: 10, compression: "gz"}
}

func requireSame(t *testing.T, c check, dir string, packages int) {
	t.Helper()
	r, err := c.compare(t.Context(), dir)
	require.NoError(t, err)
	require.Empty(t, strings.Join(r.differences, "\n"))
	require.Equal(t, packages, r.packages)
	require.Equal(t, 3*packages, r.fragments)
}

func TestAgreesOnAnEmptyDirectory(t *testing.T) {
	requireSame(t, newCheck(t), t.TempDir(), 0)
}

func TestAgreesOnACorpus(t *testing.T) {
	c, dir := newCheck(t), t.TempDir()
	require.NoError(t, corpus.Write(dir, corpus.Options{Packages: 600, Seed: 11, Sources: true}))
	requireSame(t, c, dir, 600)
}

func TestAgreesOnWhatRpmbuildBuilds(t *testing.T) {
	c, dir := newCheck(t), t.TempDir()
	buildOdd(t, dir)
	requireSame(t, c, dir, 12)
}

func TestAgreesOnStrangePackages(t *testing.T) {
	c, dir := newCheck(t), t.TempDir()
	sound := writeStrange(t, dir)
	requireSame(t, c, dir, sound)
}

func TestAgreesWithOtherOptions(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, corpus.Write(dir, corpus.Options{Packages: 60, Seed: 12, Sources: true}))
	group := filepath.Join(t.TempDir(), "comps.xml")
	require.NoError(t, os.WriteFile(group, []byte("<comps></comps>\n"), 0o644))
	for name, change := range map[string]func(*check){
		"no changelogs":  func(c *check) { c.changelogs = 0 },
		"all changelogs": func(c *check) { c.changelogs = -1 },
		"one changelog":  func(c *check) { c.changelogs = 1 },
		"sha":            func(c *check) { c.checksum = "sha" },
		"sha1":           func(c *check) { c.checksum = "sha1" },
		"md5":            func(c *check) { c.checksum = "md5" },
		"sha224":         func(c *check) { c.checksum = "sha224" },
		"sha384":         func(c *check) { c.checksum = "sha384" },
		"sha512":         func(c *check) { c.checksum = "sha512" },
		"comps":          func(c *check) { c.group = group },
		"xz":             func(c *check) { c.compression, c.group = "xz", group },
		"zchunk":         func(c *check) { c.zchunk = true },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCheck(t)
			change(&c)
			requireSame(t, c, dir, 60)
		})
	}
}

func TestNothingIsWrittenIntoTheDirectory(t *testing.T) {
	c, dir := newCheck(t), t.TempDir()
	requireSame(t, c, dir, 0)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestCannotCompareIsAnError(t *testing.T) {
	c := newCheck(t)
	_, err := c.compare(t.Context(), filepath.Join(t.TempDir(), "missing"))
	require.ErrorIs(t, err, os.ErrNotExist)
	c.checksum = "none"
	_, err = c.compare(t.Context(), t.TempDir())
	require.ErrorContains(t, err, "exit status")
	c.tool = filepath.Join(t.TempDir(), "missing")
	_, err = c.compare(t.Context(), t.TempDir())
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestExitCodes(t *testing.T) {
	tool := hosttool.Need(t, "createrepo_c")
	dir := t.TempDir()
	require.NoError(t, corpus.Write(dir, corpus.Options{Packages: 30, Seed: 12}))
	// One that knows better how many changelog entries there should be.
	other := filepath.Join(t.TempDir(), "createrepo")
	require.NoError(t, os.WriteFile(other, []byte("#!/bin/sh\nexec "+tool+" --changelog-limit=1 \"$@\" --changelog-limit=1\n"), 0o755))
	for name, test := range map[string]struct {
		args []string
		code int
		want string
	}{
		"same":         {[]string{"-v", dir}, 0, "30 packages, 90 fragments compared, 0 differences"},
		"different":    {[]string{"-createrepo", other, "-max", "1", dir}, 1, "...\n30 packages"},
		"no tool":      {[]string{"-createrepo", "no-such-tool", dir}, 2, "no-such-tool"},
		"no directory": {[]string{filepath.Join(dir, "missing")}, 2, "no such file"},
		"no arguments": {nil, 2, "usage: repocheck"},
		"wrong flag":   {[]string{"-nonsense"}, 2, "usage: repocheck"},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			require.Equal(t, test.code, run(t.Context(), test.args, &out), out.String())
			require.Contains(t, out.String(), test.want)
		})
	}
}

func TestEveryDifferenceIsReported(t *testing.T) {
	const start, end = "<x packages=\"2\">\n", "</x>"
	pkg := func(id, text string) string {
		return "<package pkgid=\"" + id + "\">\n  " + text + "\n</package>\n"
	}
	a, b, c := pkg("a", "1"), pkg("b", "2"), pkg("c", "3")
	for name, test := range map[string]struct {
		ours, theirs string
		want         []string
	}{
		"equal":     {start + a + b + end, start + a + b + end, nil},
		"empty":     {start + end, start + end, nil},
		"start":     {"<y>\n" + a + end, start + a + end, []string{"x: start: line 1"}},
		"end":       {start + a + end, start + a + end + "\n", []string{"x: end: line 1"}},
		"content":   {start + a + end, start + pkg("a", "9") + end, []string{"x: a: line 2"}},
		"only ours": {start + a + b + end, start + a + end, []string{"x: b: only ours"}},
		"missing":   {start + a + end, start + a + b + end, []string{"x: b: only theirs"}},
		"order":     {start + a + b + c + end, start + b + a + c + end, []string{"x: order: package 1 is a, theirs is b"}},
		"twice":     {start + a + a + end, start + a + end, []string{"x: a: only ours"}},
	} {
		t.Run(name, func(t *testing.T) {
			ours, err := split(test.ours)
			require.NoError(t, err)
			theirs, err := split(test.theirs)
			require.NoError(t, err)
			r := &comparison{}
			r.compareDocuments("x", ours, theirs)
			require.Len(t, r.differences, len(test.want))
			for i, want := range test.want {
				require.Contains(t, r.differences[i], want)
			}
		})
	}
}

func TestRepomdIsComparedWithoutCompressedBytes(t *testing.T) {
	index := func(checksum, href string, size, openSize int64) *rpmmd.Repomd {
		return &rpmmd.Repomd{Revision: "1", Records: []rpmmd.Record{{
			Type: "primary", Location: rpmmd.Location{Href: "repodata/" + href},
			Checksum: rpmmd.Checksum{Type: "md5", Value: checksum}, OpenChecksum: rpmmd.Checksum{Type: "md5", Value: "o"},
			Size: size, OpenSize: openSize,
		}}}
	}
	r := &comparison{}
	r.compareRepomd(index("1234", "1234-primary.xml.gz", 1, 5), index("5678", "5678-primary.xml.gz", 2, 5))
	require.Empty(t, r.differences)
	r.compareRepomd(index("1234", "1234-primary.xml.gz", 1, 5), index("5678", "5678-primary.xml.gz", 2, 6))
	require.Len(t, r.differences, 1)
	r.compareRepomd(index("1234", "1234-primary.xml.gz", 1, 5), index("5678", "primary.xml.gz", 2, 5))
	require.Len(t, r.differences, 2)
}
