// Package hosttool finds the programs of the host that a test compares with or
// drives: rpm, createrepo_c, dnf, a PostgreSQL server. A test whose tool is
// missing skips, naming the tool and the Debian package that has it, so that
// the tests of this module pass on a machine with nothing but Go:
//
//	func TestHeaderAgreesWithRPM(t *testing.T) {
//		rpm := hosttool.Need(t, "rpm")
//		out, err := exec.Command(rpm, "-qp", "--qf", "%{NAME}", file).Output()
//		...
//	}
//
// Where every tool ought to be there, in continuous integration, skipping would
// hide that nothing was compared. There the environment variable
// KOJIKIT_REQUIRE lists the tools whose absence fails the test, separated by
// spaces or commas; the word "all" stands for every tool.
package hosttool

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// RequireEnv is the name of the environment variable that lists the tools whose
// absence is a failure.
const RequireEnv = "KOJIKIT_REQUIRE"

// Need returns the absolute path of the program called name. It looks in the
// directories of PATH, then in the system's sbin directories, then where Debian
// keeps the PostgreSQL server's programs, the newest version first.
//
// If the program is not there, Need skips the test, or fails it if
// KOJIKIT_REQUIRE lists the program.
func Need(tb testing.TB, name string) string {
	tb.Helper()
	if path, ok := find(name); ok {
		return path
	}
	missing := name + " not found"
	if pkg, ok := debianPackage[name]; ok {
		missing += " (Debian package " + pkg + ")"
	}
	if required(name) {
		tb.Fatalf("%s, and %s requires it", missing, RequireEnv)
	}
	tb.Skip(missing)
	return ""
}

// find returns the absolute path of an executable file called name.
func find(name string) (string, bool) {
	dirs := filepath.SplitList(os.Getenv("PATH"))
	dirs = append(dirs, "/usr/local/sbin", "/usr/sbin", "/sbin")
	dirs = append(dirs, postgresDirs("/usr/lib/postgresql")...)
	for _, dir := range dirs {
		path, err := filepath.Abs(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		// Given a path, LookPath only tells whether it can be executed.
		if _, err := exec.LookPath(path); err == nil {
			return path, true
		}
	}
	return "", false
}

// postgresDirs returns the program directories of the PostgreSQL versions below
// root, the newest first.
func postgresDirs(root string) []string {
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil
	}
	version := func(e os.DirEntry) float64 {
		v, err := strconv.ParseFloat(e.Name(), 64) // 15, and 9.6 in former days
		if err != nil {
			return 0
		}
		return v
	}
	slices.SortStableFunc(entries, func(a, b os.DirEntry) int {
		switch va, vb := version(a), version(b); {
		case va > vb:
			return -1
		case va < vb:
			return 1
		}
		return 0
	})
	dirs := make([]string, len(entries))
	for i, e := range entries {
		dirs[i] = filepath.Join(root, e.Name(), "bin")
	}
	return dirs
}

// required reports whether the environment says that name must be there.
func required(name string) bool {
	list := strings.FieldsFunc(os.Getenv(RequireEnv), func(r rune) bool {
		return r == ' ' || r == ','
	})
	return slices.Contains(list, name) || slices.Contains(list, "all")
}

// debianPackage names the Debian package of each tool the tests ask for.
var debianPackage = map[string]string{
	"applydeltarpm":   "deltarpm",
	"createrepo_c":    "createrepo-c",
	"dnf":             "dnf",
	"dumpsolv":        "libsolv-tools",
	"git":             "git",
	"gpg":             "gpg",
	"gpgv":            "gpgv",
	"initdb":          "postgresql",
	"makedeltarpm":    "deltarpm",
	"mergerepo_c":     "createrepo-c",
	"modifyrepo_c":    "createrepo-c",
	"pg_ctl":          "postgresql",
	"postgres":        "postgresql",
	"psql":            "postgresql-client",
	"python3":         "python3",
	"rpm":             "rpm",
	"rpm2cpio":        "rpm2cpio",
	"rpmbuild":        "rpm",
	"rpmkeys":         "rpm",
	"rpmsign":         "rpm",
	"sqliterepo_c":    "createrepo-c",
	"testsolv":        "libsolv-tools",
	"unzck":           "zchunk",
	"repo2solv":       "libsolv-tools",
	"rpmmd2solv":      "libsolv-tools",
	"xz":              "xz-utils",
	"xmllint":         "libxml2-utils",
	"zck":             "zchunk",
	"zck_read_header": "zchunk",
	"zstd":            "zstd",
}
