package repo_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/koji/rpmfile"
	"github.com/kojikit/kojikit/repo"
	"github.com/kojikit/kojikit/repo/rpmmd"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/files"
	"github.com/kojikit/kojikit/storage/memory"
)

// Keys of the rpms in the quickstart's testdata, which these tests share.
const (
	key1 = "5532c199"
	key2 = "72fae7fe"
)

// world is a topdir with the rpms of the quickstart, laid out by hand, and a
// store with one tag.
type world struct {
	store *storage.Store
	tree  *files.Tree
	top   string
	user  koji.UserID
	tag   koji.TagID
	rpms  []repo.Candidate
}

// Candidates makes the world a [repo.PackageSource].
func (w *world) Candidates(_ context.Context, q repo.Query) ([]repo.Candidate, error) {
	return slices.DeleteFunc(slices.Clone(w.rpms), func(c repo.Candidate) bool { return !slices.Contains(q.Arches, c.NVRA.Arch) }), nil
}

// newWorld makes a world with the rpms whose file names begin with prefix.
func newWorld(t testing.TB, opts files.Options, prefix string) *world {
	t.Helper()
	w := &world{store: memory.Open(memory.Options{}), top: t.TempDir()}
	var err error
	w.tree, err = files.Open(w.top, opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, errors.Join(w.tree.Close(), w.store.Close())) })
	require.NoError(t, w.store.Update(t.Context(), func(tx *storage.Tx) error {
		user := storage.User{Name: "releng"}
		tag := storage.Tag{Name: "compose"}
		if err := errors.Join(tx.Users().Insert(t.Context(), &user), tx.Tags().Insert(t.Context(), &tag)); err != nil {
			return err
		}
		w.user, w.tag, tx.Actor = user.ID, tag.ID, user.ID
		return tx.TagConfigs().Insert(t.Context(), &storage.TagConfig{Tag: tag.ID, Arches: storage.Null("i386 x86_64")})
	}))
	for _, dir := range []string{"rpms", "rpms-key2"} {
		root := filepath.Join("..", "examples", "quickstart", "testdata", dir)
		require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".rpm") && strings.HasPrefix(d.Name(), prefix) {
				w.add(t, path)
			}
			return err
		}))
	}
	require.NotEmpty(t, w.rpms)
	return w
}

// add lays out one rpm file: the first copy of an rpm is its primary file, every
// signed one goes to the place of signed copies.
func (w *world) add(t testing.TB, path string) {
	t.Helper()
	f, err := rpmfile.ReadFile(path)
	require.NoError(t, err)
	key, err := f.Signature.Key()
	require.NoError(t, err)
	i := slices.IndexFunc(w.rpms, func(c repo.Candidate) bool { return c.NVRA.String() == f.NVRA().String() })
	layout := koji.PathInfo{Topdir: w.top}
	if i < 0 {
		build := f.NVRA().NVR
		if src := f.SourceRPM(); src != "" {
			a, err := koji.ParseNVRA(src)
			require.NoError(t, err)
			build = a.NVR
		}
		i = len(w.rpms)
		w.rpms = append(w.rpms, repo.Candidate{
			ID: koji.RPMID(i + 1), NVRA: f.NVRA(), Build: build, Volume: koji.DefaultVolume,
			PayloadHash: hexOf(f.Signature.MD5()),
		})
		rel, err := layout.RPM(f.NVRA())
		require.NoError(t, err)
		w.copy(t, path, build, rel)
	}
	c := &w.rpms[i]
	c.SigKeys = append(c.SigKeys, key)
	if key != "" {
		rel, err := layout.Signed(c.NVRA, key)
		require.NoError(t, err)
		w.copy(t, path, c.Build, rel)
	}
}

func (w *world) copy(t testing.TB, from string, build koji.NVR, rel string) {
	t.Helper()
	dir, err := koji.PathInfo{Topdir: w.top}.Build(build, koji.DefaultVolume)
	require.NoError(t, err)
	content, err := os.ReadFile(from)
	require.NoError(t, err)
	to := filepath.Join(dir, rel)
	require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
	require.NoError(t, os.WriteFile(to, content, 0o644))
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for _, c := range b {
		s.WriteByte(digits[c>>4])
		s.WriteByte(digits[c&15])
	}
	return s.String()
}

func (w *world) generator() *repo.Generator { return repo.NewGenerator(w.store, w.tree, w) }

// visible lists everything below a directory of the topdir, hidden things too.
func (w *world) visible(t testing.TB, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(filepath.Join(w.top, dir), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(w.top, path)
			list = append(list, rel)
		}
		return err
	})
	if !errors.Is(err, fs.ErrNotExist) {
		require.NoError(t, err)
	}
	return list
}

func (w *world) repoStates(t testing.TB) []koji.RepoState {
	t.Helper()
	var states []koji.RepoState
	require.NoError(t, w.store.View(t.Context(), func(tx *storage.Tx) error {
		repos, err := tx.Repos().List(t.Context(), storage.RepoFilter{})
		for _, r := range repos {
			states = append(states, r.State)
		}
		return err
	}))
	return states
}

func read(t testing.TB, dir string) (names []string, group bool) {
	t.Helper()
	r, err := rpmmd.Open(os.DirFS(dir), rpmmd.Limits{})
	require.NoError(t, err)
	for p, err := range r.Packages(t.Context()) {
		require.NoError(t, err)
		names = append(names, p.NEVRA())
		require.FileExists(t, filepath.Join(dir, p.Location.Href))
	}
	_, group = r.Repomd.Record(rpmmd.TypeGroup)
	return names, group
}

func TestDistWritesEveryArchWithTheFirstWantedKey(t *testing.T) {
	w := newWorld(t, files.Options{}, "")
	comps := []byte("<comps></comps>\n")
	var seen []repo.Progress
	dist, err := w.generator().Dist(t.Context(), w.user, repo.DistOptions{
		Tag: w.tag, Arches: []string{"x86_64", "i686", "x86_64"}, Comps: comps,
		Selection: repo.Selection{Keys: []string{strings.ToUpper(key2), key1}, Unsigned: repo.SkipUnsigned},
		Progress:  func(p repo.Progress) { seen = append(seen, p) },
	})
	require.NoError(t, err)
	require.Equal(t, "./repos-dist/compose/1", dist.Path)
	require.Equal(t, koji.RepoReady, dist.Repo.State)
	require.Len(t, dist.Arches, 2, "i686 is i386, and an arch named twice is made once")
	target, err := os.Readlink(filepath.Join(w.top, dist.Latest))
	require.NoError(t, err)
	require.Equal(t, "1", target)

	for _, a := range dist.Arches {
		dir := filepath.Join(w.top, dist.Path, a.Arch)
		names, group := read(t, dir)
		require.True(t, group)
		require.Len(t, names, len(a.Packages))
		require.NotEmpty(t, a.Unsigned)
		for _, s := range a.Packages {
			require.True(t, s.Signed)
			f, err := rpmfile.ReadFile(filepath.Join(dir, "Packages", strings.ToLower(s.NVRA.Name[:1]), s.NVRA.Filename()))
			require.NoError(t, err)
			key, err := f.Signature.Key()
			require.NoError(t, err)
			require.Equal(t, s.Key, key)
			if slices.Contains(s.SigKeys, key2) {
				require.Equal(t, key2, key, "the first wanted key wins")
			}
		}
		require.Contains(t, seen, repo.Progress{Arch: a.Arch, Step: repo.MetadataStep, Done: len(a.Packages), Total: len(a.Packages)})
	}
	stored, err := os.ReadFile(filepath.Join(w.top, dist.Path, "groups", "comps.xml"))
	require.NoError(t, err)
	require.Equal(t, comps, stored)
}

func TestDistTakesTheArchesOfTheTag(t *testing.T) {
	w := newWorld(t, files.Options{}, "")
	dist, err := w.generator().Dist(t.Context(), w.user, repo.DistOptions{Tag: w.tag, Selection: repo.Selection{Unsigned: repo.AllowUnsigned}})
	require.NoError(t, err)
	require.Equal(t, "i386", dist.Arches[0].Arch)
	require.Equal(t, "x86_64", dist.Arches[1].Arch)
}

func TestDistOfNothingIsAnEmptyRepository(t *testing.T) {
	w := newWorld(t, files.Options{}, "")
	dist, err := w.generator().Dist(t.Context(), w.user, repo.DistOptions{Tag: w.tag, Arches: []string{"s390x"}, Selection: repo.Selection{Keys: []string{"00000000"}, Unsigned: repo.SkipUnsigned}})
	require.NoError(t, err)
	names, _ := read(t, filepath.Join(w.top, dist.Path, "s390x"))
	require.Empty(t, names)
	require.FileExists(t, filepath.Join(w.top, dist.Path, "s390x", "repodata", "EMPTY_REPO"))
}

func TestDistSplitsDebuginfo(t *testing.T) {
	w := newWorld(t, files.Options{}, "")
	dist, err := w.generator().Dist(t.Context(), w.user, repo.DistOptions{Tag: w.tag, Arches: []string{"x86_64"}, Selection: repo.Selection{Unsigned: repo.AllowUnsigned, SplitDebuginfo: true}})
	require.NoError(t, err)
	dir := filepath.Join(w.top, dist.Path, "x86_64")
	main, _ := read(t, dir)
	debug, _ := read(t, filepath.Join(dir, "debug"))
	require.NotEmpty(t, debug)
	for _, name := range debug {
		require.Contains(t, name, "-debuginfo-")
	}
	require.Len(t, dist.Arches[0].Packages, len(main)+len(debug))
}

func TestDistIsTheSameBytesEveryTime(t *testing.T) {
	w := newWorld(t, files.Options{}, "")
	opts := repo.DistOptions{Tag: w.tag, Arches: []string{"x86_64"}, Selection: repo.Selection{Unsigned: repo.AllowUnsigned}}
	var repomds [][]byte
	for range 2 {
		dist, err := w.generator().Dist(t.Context(), w.user, opts)
		require.NoError(t, err)
		b, err := os.ReadFile(filepath.Join(w.top, dist.Path, "x86_64", "repodata", "repomd.xml"))
		require.NoError(t, err)
		repomds = append(repomds, b)
	}
	require.True(t, bytes.Equal(repomds[0], repomds[1]))
	target, err := os.Readlink(filepath.Join(w.top, "repos-dist", "compose", "latest"))
	require.NoError(t, err)
	require.Equal(t, "2", target)
}

func TestDistRefusesAndLeavesNothing(t *testing.T) {
	selection := repo.Selection{Keys: []string{key1, key2}, Unsigned: repo.SkipUnsigned}
	for name, test := range map[string]struct {
		prepare func(*testing.T, *world)
		change  func(*repo.DistOptions)
		kind    error
	}{
		"an unsigned rpm": {nil, func(o *repo.DistOptions) { o.Selection.Unsigned = repo.RefuseUnsigned }, koji.ErrUnsigned},
		"a missing file": {func(t *testing.T, w *world) {
			require.NoError(t, os.RemoveAll(filepath.Join(w.top, "packages", "greet")))
		}, nil, koji.ErrNotFound},
		"another rpm in the place of one": {func(_ *testing.T, w *world) {
			for i := range w.rpms {
				w.rpms[i].PayloadHash = strings.Repeat("0", 32)
			}
		}, nil, koji.ErrMismatch},
		"no such tag":          {nil, func(o *repo.DistOptions) { o.Tag = 99 }, koji.ErrNotFound},
		"no such event":        {nil, func(o *repo.DistOptions) { o.At = 99 }, koji.ErrNotFound},
		"a bad architecture":   {nil, func(o *repo.DistOptions) { o.Arches = []string{"../x"} }, koji.ErrInvalid},
		"a volume elsewhere":   {nil, func(o *repo.DistOptions) { o.Volume = "../../x" }, koji.ErrUnsafePath},
		"comps that are a gap": {nil, func(o *repo.DistOptions) { o.Metadata.Checksum = "nosuch" }, koji.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, files.Options{}, "")
			if test.prepare != nil {
				test.prepare(t, w)
			}
			opts := repo.DistOptions{Tag: w.tag, Arches: []string{"x86_64"}, Selection: selection}
			if test.change != nil {
				test.change(&opts)
			}
			_, err := w.generator().Dist(t.Context(), w.user, opts)
			require.ErrorIs(t, err, test.kind)
			require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err))
			require.Empty(t, w.visible(t, "repos-dist"))
			require.Empty(t, w.visible(t, ".staging"))
			require.NotContains(t, w.repoStates(t), koji.RepoInit)
		})
	}
}

func TestDistLeavesNothingAtWhateverStepItFails(t *testing.T) {
	boom := errors.New("injected")
	for step := 1; ; step++ {
		left, armed, failed := step, false, ""
		var mu sync.Mutex // staged files are synced side by side
		w := newWorld(t, files.Options{Before: func(op, name string) error {
			mu.Lock()
			defer mu.Unlock()
			if !armed {
				return nil
			}
			if left--; left == 0 {
				failed = op
				return boom
			}
			return nil
		}}, "config-defaults-5-2")
		armed = true
		dist, err := w.generator().Dist(t.Context(), w.user, repo.DistOptions{Tag: w.tag, Arches: []string{"x86_64"}, Selection: repo.Selection{Unsigned: repo.AllowUnsigned}})
		armed = false
		if left > 0 {
			require.NoError(t, err)
			require.Greater(t, step, 10)
			return
		}
		if err == nil {
			// A copy takes the place of a link, and cleaning up can wait.
			require.True(t, failed == "link" || errors.Is(dist.Unfinished, boom), failed)
			continue
		}
		require.ErrorIs(t, err, boom, failed)
		require.Empty(t, w.visible(t, "repos-dist"), "step %d, %s", step, failed)
		require.Equal(t, []koji.RepoState{koji.RepoDeleted}, w.repoStates(t))
	}
}

func TestDistStopsWhenCancelled(t *testing.T) {
	w := newWorld(t, files.Options{}, "")
	ctx, cancel := context.WithCancel(t.Context())
	_, err := w.generator().Dist(ctx, w.user, repo.DistOptions{
		Tag: w.tag, Arches: []string{"x86_64"}, Selection: repo.Selection{Unsigned: repo.AllowUnsigned},
		Progress: func(p repo.Progress) {
			if p.Step == repo.MetadataStep {
				cancel()
			}
		},
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, w.visible(t, "repos-dist"))
	require.Equal(t, []koji.RepoState{koji.RepoDeleted}, w.repoStates(t))
}
