package rpmmd_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/corpus"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/koji/rpmfile"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

func writeCorpus(tb testing.TB, o corpus.Options) string {
	tb.Helper()
	dir := tb.TempDir()
	require.NoError(tb, corpus.Write(dir, o))
	return dir
}

func TestIndexingDoesNotDependOnWorkersOrOrder_14(t *testing.T) {
	dir := writeCorpus(t, corpus.Options{Packages: 300, Seed: 4, Sources: true})
	items, err := rpmmd.Walk(t.Context(), dir)
	require.NoError(t, err)
	require.Len(t, items, 300)
	var want *memory
	for n := range 4 {
		m := &memory{}
		result, err := rpmmd.NewWriter(rpmmd.Options{Workers: n, Revision: "1"}).Index(t.Context(), m, items, rpmmd.ReadOptions{})
		require.NoError(t, err)
		require.Equal(t, 300, result.Packages)
		if want == nil {
			want = m
		}
		require.Equal(t, want.fs, m.fs)
		slices.Reverse(items)
	}

	// Reading each file on its own and adding it gives the same again.
	w := rpmmd.NewWriter(rpmmd.Options{Revision: "1"})
	for _, item := range items {
		p, err := rpmmd.FromFile(item.Path, rpmmd.ReadOptions{})
		require.NoError(t, err)
		p.Location = item.Location
		require.NoError(t, w.Add(p))
	}
	m := &memory{}
	_, err = w.Write(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, want.fs, m.fs)
}

func TestFilesThatCannotBeIndexedAreLeftOut_8(t *testing.T) {
	dir := t.TempDir()
	var sound []byte
	for _, r := range []corpus.RPM{
		{Name: "sound"}, {Name: "bell", Summary: "\x07"}, {Name: "skips", Provides: []corpus.Dep{dep("x", "a:1", corpus.Equal)}},
		{Name: "misfit", Files: []corpus.File{{Path: "/a"}}, Edit: func(_, m *corpus.Header) { m.Drop(1118) }},
	} {
		r = complete(r)
		_, err := r.WriteTo(dir)
		require.NoError(t, err)
		if sound == nil {
			sound = r.Bytes()
		}
	}
	for name, content := range map[string][]byte{
		"empty.rpm": nil, "text.rpm": []byte("text"), "cut.rpm": sound[:len(sound)/2], "twin.rpm": sound,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o644))
	}
	items, err := rpmmd.Walk(t.Context(), dir)
	require.NoError(t, err)
	items = append(items, rpmmd.Item{Path: filepath.Join(dir, "gone.rpm"), Location: rpmmd.Location{Href: "gone.rpm"}})

	var warnings []rpmmd.Warning
	options := rpmmd.Options{Warn: func(w rpmmd.Warning) { warnings = append(warnings, w) }}
	m := &memory{}
	result, err := rpmmd.NewWriter(options).Index(t.Context(), m, items, rpmmd.ReadOptions{})
	require.NoError(t, err)
	require.Equal(t, 3, result.Packages)
	require.Equal(t, 6, result.LeftOut)
	for _, typ := range []string{"primary", "filelists", "other"} {
		require.Contains(t, m.open(t, typ), `packages="3"`)
	}
	var got []string
	for _, w := range warnings {
		got = append(got, w.Href+": "+w.Kind.String())
		require.Equal(t, w.Kind == rpmmd.Unreadable || w.Kind == rpmmd.ForbiddenCharacter, w.LeftOut())
		require.Contains(t, w.Error(), w.Href)
	}
	require.Equal(t, []string{
		"bell-1-1.x86_64.rpm: forbidden character",
		"cut.rpm: unreadable",
		"empty.rpm: unreadable",
		"gone.rpm: unreadable",
		"misfit-1-1.x86_64.rpm: unreadable",
		"skips-1-1.x86_64.rpm: bad dependency",
		"text.rpm: unreadable",
		"twin.rpm: duplicate pkgid",
		"twin.rpm: duplicate NEVRA",
	}, got)
	require.ErrorIs(t, warnings[0], koji.ErrInvalid)
	require.ErrorIs(t, warnings[1], koji.ErrInvalid)
	require.ErrorIs(t, warnings[3], fs.ErrNotExist)
	require.ErrorIs(t, warnings[6], rpmfile.ErrNotRPM)

	options.Strict = true
	_, err = rpmmd.NewWriter(options).Index(t.Context(), &memory{}, items, rpmmd.ReadOptions{})
	require.ErrorIs(t, err, koji.ErrInvalid)
	require.ErrorContains(t, err, "bell")
}

func TestWalkFindsWhatUpstreamFinds(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a/x.rpm", "a/.hidden/y.rpm", ".z.rpm", "d.rpm/in.rpm", "up.RPM", "b/x.rpm.part", "b/rpm"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o644))
	}
	for name, target := range map[string]string{
		"b/file.rpm": "../a/x.rpm", "b/dir": "../a", "b/dangling.rpm": "nowhere", "b/up": "..", "b/self": ".", "b/loop.rpm": "loop.rpm",
	} {
		require.NoError(t, os.Symlink(target, filepath.Join(dir, name)))
	}
	items, err := rpmmd.Walk(t.Context(), dir)
	require.NoError(t, err)
	var hrefs []string
	for _, item := range items {
		require.Equal(t, filepath.Join(dir, item.Location.Href), item.Path)
		hrefs = append(hrefs, item.Location.Href)
	}
	require.ElementsMatch(t, []string{".z.rpm", "a/.hidden/y.rpm", "a/x.rpm", "b/dir/.hidden/y.rpm", "b/dir/x.rpm", "b/file.rpm", "d.rpm/in.rpm"}, hrefs)

	_, err = rpmmd.Walk(t.Context(), filepath.Join(dir, "missing"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = rpmmd.Walk(ctx, dir)
	require.ErrorIs(t, err, context.Canceled)
}

func TestIndexDirMakesARepository(t *testing.T) {
	dir := writeCorpus(t, corpus.Options{Packages: 30, Seed: 2})
	var done []int
	w := rpmmd.NewWriter(rpmmd.Options{Profile: rpmmd.CompatEL7, Progress: func(n, total int) {
		require.Equal(t, 30, total)
		done = append(done, n)
	}})
	require.NoError(t, w.AddFile("group", "comps.xml", strings.NewReader("<comps/>")))
	result, err := w.IndexDir(t.Context(), dir, rpmmd.ReadOptions{Checksum: rpmmd.SHA1, ChangelogLimit: rpmmd.NoChangelogs})
	require.NoError(t, err)
	require.Len(t, result.Repomd.Records, 5)
	require.Len(t, done, 30)
	require.True(t, slices.IsSorted(done))

	repo, err := rpmmd.Open(os.DirFS(dir), rpmmd.Limits{})
	require.NoError(t, err)
	packages, err := collect(repo.Packages(t.Context()))
	require.NoError(t, err)
	require.Len(t, packages, 30)
	for _, p := range packages {
		require.Equal(t, rpmmd.SHA1, p.Checksum.Type)
		require.Empty(t, p.Changelogs)
		_, err := os.Stat(filepath.Join(dir, p.Location.Href))
		require.NoError(t, err)
	}

	// The second time it finds the same and writes the same.
	before := tree(t, dir)
	_, err = w.IndexDir(t.Context(), dir, rpmmd.ReadOptions{Checksum: rpmmd.SHA1, ChangelogLimit: rpmmd.NoChangelogs})
	require.NoError(t, err)
	require.Equal(t, before, tree(t, dir))
	_, err = w.IndexDir(t.Context(), filepath.Join(dir, "missing"), rpmmd.ReadOptions{})
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = w.IndexDir(t.Context(), dir, rpmmd.ReadOptions{Checksum: "crc"})
	require.ErrorIs(t, err, koji.ErrInvalid)
}

func TestCancelledIndexingStopsAndLeavesNothing(t *testing.T) {
	dir := writeCorpus(t, corpus.Options{Packages: 400, Seed: 2})
	before := tree(t, dir)
	goroutines := runtime.NumGoroutine()
	for _, at := range []int{1, 70, 399, 400} {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w := rpmmd.NewWriter(rpmmd.Options{Progress: func(done, _ int) {
				if done == at {
					cancel()
				}
			}})
			_, err := w.IndexDir(ctx, dir, rpmmd.ReadOptions{})
			require.ErrorIs(t, err, context.Canceled)
			require.Equal(t, before, tree(t, dir))
		})
	}
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > goroutines && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), goroutines)
}
