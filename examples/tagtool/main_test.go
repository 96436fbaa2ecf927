package main

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/pgtest"
	"github.com/kojikit/kojikit/storage/postgres"
	"github.com/kojikit/kojikit/storage/sqlite"
)

// call runs the tool and returns what it printed.
func call(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs)
	return code, out.String(), errs.String()
}

func ok(t *testing.T, args ...string) string {
	t.Helper()
	code, out, errs := call(t, args...)
	require.Equal(t, exitOK, code, errs)
	require.Empty(t, errs)
	return out
}

func TestTreeShowsTheOrderOfInheritance(t *testing.T) {
	require.Equal(t, `dist-rocky8-updates-build
├─ el8  (0)
├─ dist-rocky8-updates  (10)
│  └─ dist-rocky8  (0)
└─ dist-rocky8-build  (20)
   └─ build-modules  (20)
`, ok(t, "tree", "dist-rocky8-updates-build"))
}

func TestLatestTakesTheNearestTag(t *testing.T) {
	out := ok(t, "latest", "dist-rocky8-updates-build")
	require.Contains(t, out, "kernel-4.18.0-348.el8  dist-rocky8-updates")
	require.Contains(t, out, "bash-4.4.20-2.el8      dist-rocky8 ")
	require.NotContains(t, out, "nodejs", "it is blocked")
	require.Contains(t, out, "4 builds\n")
}

// The sample's kernel 353 was in for a while.
func TestPastStates(t *testing.T) {
	var rows []struct{ Build string }
	for _, when := range [][]string{{"-event", "19"}, {"-at", "2026-01-02T16:30:00Z"}} {
		out := ok(t, append(when, "-json", "latest", "dist-rocky8-updates", "kernel")...)
		require.NoError(t, json.Unmarshal([]byte(out), &rows))
		require.Len(t, rows, 1)
		require.Equal(t, "kernel-4.18.0-353.el8", rows[0].Build, "%v", when)
	}
}

func TestExplain(t *testing.T) {
	out := ok(t, "explain", "dist-rocky8-updates-build", "kernel-4.18.0-305.el8")
	require.Contains(t, out, "is not in dist-rocky8-updates-build: 1 build of kernel comes before it")
	require.Contains(t, out, "hidden by kernel-4.18.0-348.el8 of dist-rocky8-updates")

	out = ok(t, "explain", "dist-rocky8-updates-build", "nodejs")
	require.Contains(t, out, "package nodejs is blocked in dist-rocky8-updates-build")

	out = ok(t, "explain", "el8", "kernel")
	require.Contains(t, out, "not listed")

	var rows []map[string]any
	require.NoError(t, json.Unmarshal([]byte(ok(t, "-json", "explain", "dist-rocky8-updates-build", "nodejs")), &rows))
	require.Len(t, rows, 1)
	require.Equal(t, "package blocked", rows[0]["verdict"])
	require.Equal(t, false, rows[0]["listed"])
}

func TestEveryCommandAnswersInBothForms(t *testing.T) {
	args := map[string][]string{
		"tags": {}, "targets": {}, "explain": {"dist-rocky8-updates-build", "kernel"},
		"diff": {"dist-rocky8", "dist-rocky8-updates"},
	}
	for _, c := range commands() {
		t.Run(c.name, func(t *testing.T) {
			with, special := args[c.name]
			if !special {
				with = []string{"dist-rocky8-updates-build"}
			}
			require.NotEmpty(t, ok(t, append([]string{c.name}, with...)...))
			var rows []map[string]any
			require.NoError(t, json.Unmarshal([]byte(ok(t, append([]string{"-json", c.name}, with...)...)), &rows))
		})
	}
}

func TestSettings(t *testing.T) {
	require.Contains(t, ok(t, "config", "dist-rocky8-updates-build"), `extra mock.package_manager  "dnf"           dist-rocky8-build`)
	require.Contains(t, ok(t, "groups", "dist-rocky8-updates-build"), "rocky-macros")
	require.Contains(t, ok(t, "targets", "dist-rocky8-updates-build"), "dist-rocky8-updates")
	require.Contains(t, ok(t, "tags", "*-build"), "2 tags\n")
}

func TestDiff(t *testing.T) {
	out := ok(t, "diff", "dist-rocky8-updates@19", "dist-rocky8-updates")
	require.Equal(t, "builds\n  * kernel-4.18.0-353.el8 of dist-rocky8-updates -> kernel-4.18.0-348.el8 of dist-rocky8-updates\n", out)
	require.Equal(t, "no difference\n", ok(t, "diff", "el8", "el8"))

	var rows []map[string]any
	require.NoError(t, json.Unmarshal([]byte(ok(t, "-json", "diff", "dist-rocky8", "dist-rocky8-updates")), &rows))
	require.Contains(t, rows, map[string]any{
		"of": "build", "name": "openssl",
		"before": "openssl-1.1.1g-15.el8 of dist-rocky8", "after": "openssl-1.1.1k-5.el8 of dist-rocky8-updates",
	})
}

// What differs must not look the same.
func TestDiffForProgramsShowsWhatDiffers(t *testing.T) {
	var rows []struct{ Of, Name, Before, After string }
	out := ok(t, "-json", "diff", "dist-rocky8-updates", "dist-rocky8-updates-build")
	require.NoError(t, json.Unmarshal([]byte(out), &rows))
	require.NotEmpty(t, rows)
	for _, r := range rows {
		require.NotEqual(t, r.Before, r.After, "%s %s", r.Of, r.Name)
	}
}

func TestHistoryTellsEveryChangeInOrder(t *testing.T) {
	out := ok(t, "history", "dist-rocky8-updates", "kernel")
	require.Regexp(t, `(?s)added +tag_listing +kernel-4\.18\.0-348\.el8.*added +tag_listing +kernel-4\.18\.0-353\.el8.*removed +tag_listing +kernel-4\.18\.0-353\.el8`, out)
	require.NotContains(t, ok(t, "-event", "19", "history", "dist-rocky8-updates"), "removed")
	require.Contains(t, ok(t, "history", "el8"), "parent el8, tag dist-rocky8-build, priority 0")
}

func TestStores(t *testing.T) {
	ctx := context.Background()
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "tags = mine.db")
		store, err := sqlite.Open(ctx, path, sqlite.Options{Clock: sampleClock()})
		require.NoError(t, err)
		require.NoError(t, fillSample(ctx, store))
		require.NoError(t, store.Close())
		require.Equal(t, ok(t, "latest", "dist-rocky8-compose"), ok(t, "-store", path, "latest", "dist-rocky8-compose"))
	})
	t.Run("postgres", func(t *testing.T) {
		dsn := pgtest.Database(t)
		store, err := postgres.Open(ctx, dsn, postgres.Options{})
		require.NoError(t, err)
		require.NoError(t, fillSample(ctx, store))
		require.NoError(t, store.Close())
		out := ok(t, "-store", dsn, "latest", "dist-rocky8-compose")
		require.Contains(t, out, "kernel-4.18.0-348.el8")
		require.Contains(t, out, "3 builds\n")
	})
}

func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	cases := map[string]struct {
		code int
		args []string
		want string
	}{
		"no command":          {exitUsage, nil, "no command"},
		"unknown command":     {exitUsage, []string{"frobnicate"}, `no command "frobnicate"`},
		"too few arguments":   {exitUsage, []string{"tree"}, "want tree TAG"},
		"too many arguments":  {exitUsage, []string{"tree", "a", "b"}, "want tree TAG"},
		"unknown flag":        {exitUsage, []string{"-frobnicate"}, "not defined"},
		"event and time":      {exitUsage, []string{"-event", "1", "-at", "2026-01-01", "tags"}, "not both"},
		"negative event":      {exitUsage, []string{"-event", "-1", "tags"}, "no event -1"},
		"flag behind":         {exitUsage, []string{"latest", "el8", "-json"}, "flags come before"},
		"past list of tags":   {exitUsage, []string{"-event", "1", "tags"}, "present only"},
		"event to come":       {exitFailed, []string{"-event", "9999", "tree", "el8"}, "no event 9999 yet"},
		"diff to come":        {exitFailed, []string{"diff", "el8@9999", "el8"}, "no event 9999 yet"},
		"unknown package":     {exitFailed, []string{"explain", "el8", "frobnicate"}, `no package or build "frobnicate"`},
		"unknown tag":         {exitFailed, []string{"tree", "x"}, `no such tag: "x"`},
		"tag of the future":   {exitFailed, []string{"-event", "2", "tree", "dist-rocky8-compose"}, "does not exist at event 2"},
		"unreadable time":     {exitFailed, []string{"-at", "yesterday", "tree", "el8"}, `cannot read the time "yesterday"`},
		"before all events":   {exitFailed, []string{"-at", "1999-12-31", "tree", "el8"}, "nothing had happened"},
		"no store there":      {exitFailed, []string{"-store", filepath.Join(dir, "none.db"), "tags"}, "no such file"},
		"directory as store":  {exitFailed, []string{"-store", dir, "tags"}, "is not a file"},
		"no server there":     {exitFailed, []string{"-store", "host=" + dir + " dbname=koji", "tags"}, "tagtool: "},
		"event of a diff":     {exitFailed, []string{"diff", "el8@x", "el8"}, `no event "x"`},
		"name with a newline": {exitFailed, []string{"tree", "el8\n"}, "no such tag"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			code, out, errs := call(t, c.args...)
			require.Equal(t, c.code, code, errs)
			require.Empty(t, out)
			require.Contains(t, errs, c.want)
			require.True(t, strings.HasPrefix(errs, "tagtool: ") || strings.HasPrefix(errs, "flag "), errs)
		})
	}
}

func TestTerminalsSeeNoControlCharacters(t *testing.T) {
	require.Equal(t, "a?[31mb", printable("a\x1b[31mb"))
	require.Equal(t, "a b", cell([]string{"a", "b"}))
}
