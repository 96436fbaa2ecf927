package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/corpus"
)

func dep(name, evr string, flags uint32) corpus.Dep {
	return corpus.Dep{Name: name, EVR: evr, Flags: flags}
}

func change(time int64, author, text string) corpus.Change {
	return corpus.Change{Time: time, Author: author, Text: text}
}

// strange are packages that no tool would make but that rpm reads. Each shows
// some corner of the rules that metadata is made by.
func strange() []corpus.RPM {
	const (
		eq      = corpus.Equal
		missing = corpus.MissingOK
		pre     = corpus.ScriptPre
		post    = corpus.ScriptPost
	)
	all := []corpus.RPM{
		{
			Name: "requires",
			Requires: []corpus.Dep{
				dep("foo", "", missing), dep("foo", "", 0), dep("bar", "", 0), dep("bar", "", missing),
				dep("libc.so.6(GLIBC_9)", "", missing), dep("libc.so.6(GLIBC_2)", "", 0), dep("foo", "", 0),
				dep("x", "1", eq), dep("x", "2", eq), dep("x", "1", eq),
				dep("y", "1", eq), dep("y", "1", eq|pre), dep("y", "1", eq|post),
				dep("z", "a:1", eq), dep("own", "1", eq), dep("own", "1", eq|corpus.Strong), dep("own", "0:1", eq),
				dep("any", "", corpus.Less|corpus.Greater),
				dep("/etc/own", "", 0), dep("/usr/share/own", "", 0), dep("/etc/other", "", 0), dep("/etc/dir", "", 0), dep("/etc/ghost", "", pre),
				dep("config(requires)", "1-1", eq|1<<28), dep("foo", "", corpus.ScriptPreUn), dep("rpmlib(X)", "1", eq),
			},
			Provides:   []corpus.Dep{dep("own", "1", eq), dep("any", "", 0), dep("config(requires)", "1-1", eq|1<<28)},
			Recommends: []corpus.Dep{dep("rec", "", 0)}, Suggests: []corpus.Dep{dep("sug", "", 0)},
			Enhances: []corpus.Dep{dep("en", "", 0)}, Supplements: []corpus.Dep{dep("su", "", 0)},
			OldSuggests: []corpus.Dep{dep("os1", "1", eq), dep("os2", "1", eq|corpus.Strong)},
			OldEnhances: []corpus.Dep{dep("oe1", "1", eq), dep("oe2", "1", eq|corpus.Strong)},
			Files: []corpus.File{
				{Path: "/etc/own"}, {Path: "/usr/share/own"}, {Path: "/etc/dir", Mode: corpus.Dir},
				{Path: "/etc/ghost", Flags: corpus.Ghost}, {Path: "/etc/ghostdir", Flags: corpus.Ghost, Mode: corpus.Dir},
			},
		},
		{Name: "repeated", Requires: []corpus.Dep{
			dep("foo", "1", eq), dep("foo", "a:1", eq), dep("foo", "1", eq), dep("bar", "", missing), dep("bar", "", missing),
			dep("bar", "1", 0), dep("bar", "2", 0), dep("bar", "2", 0), dep("q", "1", eq), dep("q", "1", eq|missing), dep("q", "1", eq),
		}},
		{Name: "badlibc", Requires: []corpus.Dep{dep("libc.so.6(1)", "1", eq), dep("libc.so.6(2)", "a:1", eq), dep("foo", "", 0)}},
		{Name: "prelibc", Requires: []corpus.Dep{dep("libc.so.6(1)", "1", eq|pre), dep("libc.so.6(1)", "1", eq), dep("foo", "", 0)}},
		{
			Name:     "providedlibc",
			Requires: []corpus.Dep{dep("libc.so.6(1)", "", 0), dep("libc.so.6(2)", "", 0), dep("foo", "", 0)},
			Provides: []corpus.Dep{dep("libc.so.6(2)", "", 0)},
		},
		{Name: "evr", Conflicts: []corpus.Dep{dep("", "", 0)}, Obsoletes: []corpus.Dep{dep("x", "a:", eq)}, Provides: []corpus.Dep{
			dep("a1", ":1", eq), dep("a2", "-3", eq), dep("a3", "1:", eq), dep("a4", "1:-3", eq), dep("a5", "1-", eq), dep("a6", "", eq),
			dep("a7", "1-2-3", eq), dep("a8", "a:1", eq), dep("a9", "-1:3", eq), dep("b1", "+1:3", eq), dep("b2", " 1:3", eq), dep("b3", "1 :3", eq),
			dep("b4", "007:3", eq), dep("b5", "99999999999999999999999:3", eq), dep("b6", "0x1:3", eq), dep("b7", "4294967296:3", eq),
			dep("b8", "1", 0), dep("b9", "1:2:3-4", eq), dep("c1", "1-2:3", eq), dep("c2", "2", 14), dep("c3", "1", 6),
			dep("c4", "1", corpus.Greater|corpus.Strong), dep("", "1", eq), dep("d1", "1", 1), dep("d2", "1", 9), dep("d3", " :1", eq), dep("d4", "+:1", eq),
			dep("e1", "1", corpus.Less|eq), dep("e2", "1", corpus.Less), dep("e3", "1", corpus.Greater|eq),
		}},
		{
			Name: "text", Summary: "tab\there", Description: " a & b > c\r\n<d> \"e\" 'f'\n", Packager: "del\x7f c1 \u0085", License: "  blanks  ", Group: "\n",
			Files: []corpus.File{
				{Path: "/etc/á"}, {Path: "/etc/b\"<>&'\t\n\r"}, {Path: "/etc/\xe1\x85"}, {Path: "/etc/á/\xe1"}, {Path: "/etc/\xe1/á"}, {Path: "/usr/\U0001f600"},
			},
			Provides:  []corpus.Dep{dep("p\"<>&'\t\n\rá\U0001f600", "á", eq)},
			Changelog: []corpus.Change{change(100, "  Author  \t ", "text \n\n"), change(100, "Tomáš \"q\"  ", ""), change(99, "", "y")},
		},
		{
			Name: "latin", Summary: "\xe0\xe1\x85", Description: "\x80x", Vendor: "\xc3\xa1\xe1",
			Changelog: []corpus.Change{change(100, "\xe1 ", "\xe9\xa0")}, Requires: []corpus.Dep{dep("\xe1", "\xe9", eq)},
		},
		{Name: "control1", Summary: "\x07"},
		{Name: "control2", Provides: []corpus.Dep{dep("\x07", "", 0)}},
		{Name: "control3", Requires: []corpus.Dep{dep("rpmlib(\x07", "", 0)}},
		{Name: "control4", Changelog: []corpus.Change{change(1, "\x07", "")}},
		{Name: "control5", Requires: []corpus.Dep{dep("a", "\x07:1", eq)}},
		{Name: "control6", Requires: []corpus.Dep{dep("a", "\x07", 0)}},
		{Name: "control7", BuildHost: "\x01"},
		{Name: "control8", Files: []corpus.File{{Path: "/usr/a\x1b"}}},
		{Name: "files", Files: []corpus.File{
			{Path: "noslash"}, {Path: "/usr/lib/sendmail"}, {Path: "/usr/lib64/sendmail"}, {Path: "/usr/bin", Mode: corpus.Dir}, {Path: "/bin/x/y"},
			{Path: "/usr/share/xbin/f"}, {Path: "/usr/share/xbin/sub", Mode: corpus.Dir}, {Path: "/etc", Mode: corpus.Dir}, {Path: "/etc/", Mode: corpus.Dir},
			{Path: "/opt/etc/x"}, {Path: "/link/bin/x", Mode: corpus.Symlink}, {Path: "/"}, {Path: "bin/x"}, {Path: "/usr/lib/sendmail/x"},
		}},
		{Name: "times", Changelog: []corpus.Change{
			change(1001, "n0", ""), change(1000, "n1", "a"), change(1000, "n2", "b"), change(1000, "n3", "c"), change(1001, "n4", "d"), change(1001, "n5", "d"),
			change(995, "n6", ""), change(995, "n7", "d"), change(995, "n8", "d"), change(995, "n9", "d"), change(995, "n10", "d"), change(995, "n11", "d"),
		}},
		{Name: "shifted", Changelog: []corpus.Change{change(5, "n1", "a"), change(3, "n2", "b"), change(3, "n3", "c"), change(3, "n4", ""), change(3, "n5", ""), change(3, "n6", "")}},
		{Name: "late", Changelog: []corpus.Change{change(4294967295, "n1", "a"), change(4000000000, "n2", "b")}},
		{Name: "large", Edit: func(_, m *corpus.Header) { m.Drop(1006); m.Int64(5009, 1<<40) }},
		{Name: "longarchive", Edit: func(s, _ *corpus.Header) { s.Drop(1007); s.Int64(271, 1<<41) }},
		{Name: "nosizes", Edit: func(s, m *corpus.Header) { s.Drop(1007); m.Drop(1009) }},
		{Name: "zerosize", Edit: func(_, m *corpus.Header) { m.Int64(5009, 0); m.Int32(1009, 5) }},
		{Name: "oldnames", Edit: func(_, m *corpus.Header) {
			m.Strings(1027, []string{"/etc/a", "/usr/b/c", "x"})
			m.Int16(1030, corpus.Regular, corpus.Dir, corpus.Regular)
			m.Int32(1037, 0, 0, corpus.Ghost)
		}},
		{Name: "reserved", Edit: func(s, _ *corpus.Header) { s.Bin(1008, make([]byte, 4128)) }},
		{Name: "absent", Description: "(none)", Summary: "(none)", Edit: func(_, m *corpus.Header) { m.Drop(1005); m.Drop(1016); m.Int32(1003, 0xffffffff) }},
		{Name: "source", Source: true, Files: []corpus.File{{Path: "source.spec"}, {Path: "patch"}}, Requires: []corpus.Dep{dep("make", "", 0)}},
	}
	for i := 1; i <= 9; i++ { // every padding of the signature header
		all = append(all, corpus.RPM{Name: fmt.Sprintf("padding%d", i), Edit: func(s, _ *corpus.Header) { s.Bin(1008, make([]byte, i)) }})
	}
	for i, names := range [][]string{
		{"libc.so.6", "libc.so.6(GLIBC_2.4)"}, {"libc.so.6(GLIBC_2.4)", "libc.so.6"},
		{"libc.so.6(GLIBC_2.4", "libc.so.6(GLIBC_2.3)"}, {"libc.so.6(GLIBC_2.3)", "libc.so.6(GLIBC_2.4"},
		{"libc.so.6()", "libc.so.6(GLIBC_PRIVATE)"}, {"libc.so.6(GLIBC_PRIVATE)", "libc.so.6()"},
		{"libc.so.6(GLIBC_PRIVATE)", "libc.so.6(GLIBC_2.3)"}, {"libc.so.6(GLIBC_2.3)", "libc.so.6(GLIBC_PRIVATE)"},
		{"libc.so.6(GLIBC_PRIVATE)(64bit)", "libc.so.6(GLIBC_2.3)"}, {"libc.so.6(GLIBC_2.3)", "libc.so.6(GLIBC_PRIVATE)(64bit)"},
		{"libc.so.6()(64bit)", "libc.so.6(GLIBC_PRIVATE)(64bit)"}, {"libc.so.6(GLIBC_PRIVATE)(64bit)", "libc.so.6()(64bit)"},
		{"libc.so.6(A)", "libc.so.6(B)"}, {"libc.so.6(A)(64bit)", "libc.so.6(B)(64bit)"}, {"libc.so.6(2)", "libc.so.6(02)"},
		{"libc.so.6(A2.3)", "libc.so.6(A2.10~rc)"}, {"libc.so.6(A1)", "libc.so.6.1(A2)", "libc.so.6x"}, {"libc.so.6(1(2))", "libc.so.6(1(3))"},
		{"libc.so.6)(2)", "libc.so.6(1)"}, {"libc.so.6(", "libc.so.6)"}, {"libc.so.6)", "libc.so.6("}, {"libc.so.6(", "libc.so.6(x"},
		{"libc.so.6", "libc.so.6(x"}, {"libc.so.6(x", "libc.so.6"}, {"libc.so.6(x)", "libc.so.6"},
		{"libc.so.6(GLIBC_2.34)", "libc.so.6()(64bit)", "libc.so.6(GLIBC_PRIVATE)(64bit)"},
	} {
		r := corpus.RPM{Name: fmt.Sprintf("libc%02d", i)}
		for _, name := range names {
			r.Requires = append(r.Requires, dep(name, "", 0))
		}
		r.Requires = append(r.Requires, dep("last", "", 0))
		all = append(all, r)
	}
	return all
}

// writeStrange writes the strange packages, more files of the content of one of
// them, and files that are not RPMs at all. It returns how many can be in a
// repository.
func writeStrange(t *testing.T, dir string) (sound int) {
	t.Helper()
	unsound := regexp.MustCompile("^control[124678]$")
	for _, sub := range []string{"a/.hidden", "b", "dir.rpm"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, sub), 0o755))
	}
	for i, r := range strange() {
		r.Version, r.Release, r.Arch = "1", "1", "x86_64"
		r.BuildTime = time.Unix(1700000000+int64(i), 0)
		if !r.Source {
			r.SourceRPM = "source-1-1.src.rpm"
		}
		sub := []string{"a", "a/.hidden", "b", "dir.rpm", "."}[i%5]
		_, err := r.WriteTo(filepath.Join(dir, sub))
		require.NoError(t, err)
		if !unsound.MatchString(r.Name) {
			sound++
			if sub == "dir.rpm" {
				sound++ // there is a link to this directory
			}
		}
	}
	first, err := filepath.Glob(filepath.Join(dir, "a", "*.rpm"))
	require.NoError(t, err)
	content, err := os.ReadFile(first[0])
	require.NoError(t, err)
	for name, content := range map[string][]byte{
		"a/copy.rpm": content, "b/copy.rpm": content, "b/.dot.rpm": content,
		"cut.rpm": content[:len(content)/3], "empty.rpm": nil, "text.rpm": []byte("not an rpm"),
		"b/UPPER.RPM": content, "b/x.rpm.part": content,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o644))
	}
	require.NoError(t, os.Symlink("../a/copy.rpm", filepath.Join(dir, "b", "link.rpm")))
	require.NoError(t, os.Symlink("nowhere", filepath.Join(dir, "b", "dangling.rpm")))
	require.NoError(t, os.Symlink("../dir.rpm", filepath.Join(dir, "b", "dirlink")))
	return sound + len([]string{"a/copy.rpm", "b/copy.rpm", "b/.dot.rpm", "b/link.rpm"})
}
