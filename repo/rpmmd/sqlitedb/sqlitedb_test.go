package sqlitedb_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/corpus"
	"github.com/kojikit/kojikit/internal/hosttool"
	"github.com/kojikit/kojikit/repo/rpmmd"
	"github.com/kojikit/kojikit/repo/rpmmd/sqlitedb"
)

var types = []string{"primary", "filelists", "other"}

// unpacked opens the databases of a repository, uncompressed.
func unpacked(tb testing.TB, repo string) map[string]*sql.DB {
	tb.Helper()
	m := index(tb, repo)
	all := map[string]*sql.DB{}
	for _, typ := range types {
		record, ok := m.Record(typ + "_db")
		require.True(tb, ok, typ)
		packed, err := os.ReadFile(filepath.Join(repo, record.Location.Href))
		require.NoError(tb, err)
		z, err := gzip.NewReader(bytes.NewReader(packed))
		require.NoError(tb, err)
		content, err := io.ReadAll(z)
		require.NoError(tb, err)
		path := filepath.Join(tb.TempDir(), typ)
		require.NoError(tb, os.WriteFile(path, content, 0o644))
		db, err := sql.Open("sqlite", path)
		require.NoError(tb, err)
		tb.Cleanup(func() { require.NoError(tb, db.Close()) })
		all[typ] = db
	}
	return all
}

func index(tb testing.TB, repo string) *rpmmd.Repomd {
	tb.Helper()
	r, err := rpmmd.Open(os.DirFS(repo), rpmmd.Limits{})
	require.NoError(tb, err)
	return r.Repomd
}

// query returns the rows as text, each value as SQL writes it.
func query(tb testing.TB, db *sql.DB, statement string) (lines []string) {
	tb.Helper()
	rows, err := db.Query(statement)
	require.NoError(tb, err)
	defer func() { require.NoError(tb, rows.Close()) }()
	columns, err := rows.Columns()
	require.NoError(tb, err)
	values := make([]any, len(columns))
	pointers := make([]any, len(columns))
	for i := range values {
		pointers[i] = &values[i]
	}
	for rows.Next() {
		require.NoError(tb, rows.Scan(pointers...))
		var b strings.Builder
		for i, v := range values {
			if blob, ok := v.([]byte); ok {
				v = string(blob)
			}
			fmt.Fprintf(&b, "%s=%#v ", columns[i], v)
		}
		lines = append(lines, b.String())
	}
	require.NoError(tb, rows.Err())
	return lines
}

// schema returns what a database consists of, by name, without its layout.
func schema(tb testing.TB, db *sql.DB) []string {
	lines := query(tb, db, "SELECT name, sql FROM sqlite_master ORDER BY name")
	for i, line := range lines {
		line = strings.ToLower(strings.NewReplacer(`\n`, "", " ", "").Replace(line))
		lines[i] = line
	}
	return lines
}

// generate makes the same repository twice: ours and createrepo_c's.
func generate(t *testing.T, dir string, args ...string) (ours, theirs string) {
	t.Helper()
	tool := hosttool.Need(t, "createrepo_c")
	ours, theirs = t.TempDir(), t.TempDir()
	cmd := exec.Command(tool, append([]string{"--quiet", "--database", "--general-compress-type=gz", "--revision=1700000000",
		"--set-timestamp-to-revision", "--outputdir=" + theirs, dir}, args...)...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	items, err := rpmmd.Walk(t.Context(), dir)
	require.NoError(t, err)
	layout := rpmmd.Layout{}
	for _, arg := range args {
		if base, ok := strings.CutPrefix(arg, "--baseurl="); ok {
			layout.Base = base
		}
	}
	for i := range items {
		items[i].Location = layout.Location(items[i].Location.Href)
	}
	write(t, ours, items)
	return ours, theirs
}

func write(tb testing.TB, repo string, items []rpmmd.Item) {
	tb.Helper()
	require.NoError(tb, rpmmd.ReplaceDir(repo, func(sink rpmmd.Sink) error {
		w := rpmmd.NewWriter(rpmmd.Options{Profile: rpmmd.CompatEL7, Revision: "1700000000", Databases: sqlitedb.New})
		_, err := w.Index(tb.Context(), sink, items, rpmmd.ReadOptions{LegacyPre: true})
		return err
	}))
}

// requireSame compares all tables, but not the checksum of compressed bytes.
func requireSame(t *testing.T, ours, theirs string) {
	t.Helper()
	a, b := unpacked(t, ours), unpacked(t, theirs)
	var rows int
	for _, typ := range types {
		require.Equal(t, schema(t, b[typ]), schema(t, a[typ]))
		for _, table := range query(t, b[typ], "SELECT name FROM sqlite_master WHERE type = 'table' AND name != 'db_info' ORDER BY name") {
			_, name, _ := strings.Cut(strings.Trim(table, "\" "), "\"")
			statement := "SELECT * FROM " + name
			got, want := query(t, a[typ], statement), query(t, b[typ], statement)
			if name == "filelist" { // whose order within a package is that of a hash table
				slices.Sort(got)
				slices.Sort(want)
			}
			for i := range min(len(got), len(want)) {
				require.Equal(t, want[i], got[i], "%s.%s: row %d", typ, name, i+1)
			}
			require.Len(t, got, len(want), "%s.%s", typ, name)
			rows += len(got)
		}
	}
	t.Logf("%d rows", rows)
}

func TestDatabasesAreThoseOfCreaterepo_24(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, corpus.Write(dir, corpus.Options{Packages: 300, Seed: 3, Sources: true}))
	ours, theirs := generate(t, dir)
	requireSame(t, ours, theirs)

	a := unpacked(t, ours)
	m := index(t, ours)
	for _, typ := range types {
		record, _ := m.Record(typ)
		packed, _ := m.Record(typ + "_db")
		require.Equal(t, []string{fmt.Sprintf("dbversion=10 checksum=%q ", record.Checksum.Value)}, query(t, a[typ], "SELECT * FROM db_info"))
		require.Equal(t, 10, packed.DatabaseVersion)
		require.NotEmpty(t, packed.OpenChecksum.Value)
		require.True(t, strings.HasSuffix(packed.Location.Href, "-"+typ+".sqlite.gz"))
	}
	// Scripts delete packages, and expect the rest to follow.
	for typ, table := range map[string]string{"primary": "requires", "filelists": "filelist", "other": "changelog"} {
		require.NotEmpty(t, query(t, a[typ], "SELECT 1 FROM "+table))
		_, err := a[typ].Exec("DELETE FROM packages")
		require.NoError(t, err)
		require.Empty(t, query(t, a[typ], "SELECT 1 FROM "+table))
	}
}

// TestCornersOfDatabasesAreThoseOfCreaterepo leaves out directories whose names
// are Latin-1: upstream converts them and then cuts them to the length they had.
func TestCornersOfDatabasesAreThoseOfCreaterepo(t *testing.T) {
	dir := t.TempDir()
	for i, r := range []corpus.RPM{
		{Name: "root", Files: []corpus.File{{Path: "/"}, {Path: "/top"}, {Path: "/a/b"}, {Path: "/a", Mode: 0o040755}, {Path: "/a/c"}, {Path: "/z/"}, {Path: "/a/b/c"}}},
		{Name: "odd", Files: []corpus.File{{Path: "/etc/g", Flags: 64}, {Path: "/etc/d", Mode: 0o040755}, {Path: "/usr/bin/été"}, {Path: "/usr/share/it's \"q\""}}},
		{Name: "latin", Summary: "\xe9t\xe9", Description: "\xe9 \x85", Files: []corpus.File{{Path: "/usr/share/\xe9"}}, Vendor: "\xe9"},
		{Name: "empty"},
		{Name: "deps", Requires: []corpus.Dep{{Name: "a", Flags: corpus.Equal, EVR: "1:2-3"}, {Name: "b", Flags: corpus.Equal, EVR: "2"}, {Name: "c"}, {Name: "d", Flags: 64}}},
		{Name: "epoch", URL: "http://x/?a=1&b=2", Changelog: []corpus.Change{{Time: 1, Author: "a <b>", Text: "- x & y"}}},
	} {
		r.Version, r.Release, r.Arch, r.SourceRPM, r.BuildTime = "1", "1", "noarch", r.Name+"-1-1.src.rpm", time.Unix(1700000000+int64(i), 0)
		_, err := r.WriteTo(dir)
		require.NoError(t, err)
	}
	ours, theirs := generate(t, dir)
	requireSame(t, ours, theirs)
	ours, theirs = generate(t, dir, "--baseurl=http://example.org/x")
	requireSame(t, ours, theirs)
	ours, theirs = generate(t, t.TempDir())
	requireSame(t, ours, theirs)
}

func TestTheSamePackagesGiveTheSameBytes(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, corpus.Write(dir, corpus.Options{Packages: 60, Seed: 4}))
	items, err := rpmmd.Walk(t.Context(), dir)
	require.NoError(t, err)
	var records [2][]rpmmd.Record
	for i := range records {
		repo := t.TempDir()
		write(t, repo, items)
		records[i] = index(t, repo).Records
		entries, err := os.ReadDir(repo)
		require.NoError(t, err)
		require.Len(t, entries, 1, "no temporary files")
	}
	require.Len(t, records[0], 6)
	require.Equal(t, records[0], records[1])
}

func TestFailuresArePassedOn(t *testing.T) {
	_, err := sqlitedb.New(filepath.Join(t.TempDir(), "missing"))
	require.Error(t, err)

	d, err := sqlitedb.New(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, d.Add(&rpmmd.Package{}))
	require.NoError(t, d.Close())
	require.NoError(t, d.Close())
}

// discard is a sink that keeps nothing.
type discard struct{}

func (discard) Put(_ context.Context, file *rpmmd.Output) error {
	_, err := file.WriteTo(io.Discard)
	return err
}

func Example() {
	w := rpmmd.NewWriter(rpmmd.Options{Profile: rpmmd.CompatEL7, Databases: sqlitedb.New})
	if err := w.Add(&rpmmd.Package{Name: "hello", Epoch: "0", Version: "2.12", Release: "1", Arch: "noarch"}); err != nil {
		panic(err)
	}
	result, err := w.Write(context.Background(), discard{})
	if err != nil {
		panic(err)
	}
	for _, record := range result.Repomd.Records {
		fmt.Println(record.Type, record.DatabaseVersion)
	}
	// Output:
	// primary 0
	// filelists 0
	// other 0
	// primary_db 10
	// filelists_db 10
	// other_db 10
}

func BenchmarkDatabases(b *testing.B) {
	dir := b.TempDir()
	require.NoError(b, corpus.Write(dir, corpus.Options{Packages: 1000, Seed: 1}))
	items, err := rpmmd.Walk(b.Context(), dir)
	require.NoError(b, err)
	var packages []*rpmmd.Package
	for _, item := range items {
		p, err := rpmmd.FromFile(item.Path, rpmmd.ReadOptions{})
		require.NoError(b, err)
		packages = append(packages, p)
	}
	b.ReportAllocs()
	for b.Loop() {
		d, err := sqlitedb.New(b.TempDir())
		require.NoError(b, err)
		for _, p := range packages {
			require.NoError(b, d.Add(p))
		}
		_, err = d.Finish([3]string{})
		require.NoError(b, err)
		require.NoError(b, d.Close())
	}
	b.ReportMetric(float64(len(packages)*b.N)/b.Elapsed().Seconds(), "rpms/s")
}
