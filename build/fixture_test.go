package build_test

import (
	"context"
	"crypto/md5"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/build"
	"github.com/kojikit/kojikit/internal/corpus"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/files"
	"github.com/kojikit/kojikit/storage/memory"
)

// The keys that the testdata is signed with.
const (
	key1 = "5532c199"
	key2 = "72fae7fe"
)

// site is a store and a tree with a tracker over them.
type site struct {
	*build.Tracker
	store *storage.Store
	tree  *files.Tree
	user  koji.UserID
}

var start = time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)

// newSite returns an empty site. The options are of the tree; wrap may put
// something around the backend of the store.
func newSite(t testing.TB, opts files.Options, wrap ...func(storage.Backend) storage.Backend) *site {
	t.Helper()
	backend := memory.Backend(memory.Options{Clock: func() time.Time { return start }})
	for _, w := range wrap {
		backend = w(backend)
	}
	s := &site{store: storage.New(backend)}
	tree, err := files.Open(t.TempDir(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, tree.Close()) })
	s.tree = tree
	s.Tracker = build.New(s.store, tree, build.Options{})
	s.update(t, func(tx *storage.Tx) error {
		u := storage.User{Name: "importer"}
		if err := tx.Users().Insert(context.Background(), &u); err != nil {
			return err
		}
		s.user = u.ID
		for _, id := range []koji.TaskID{1, 7, 8, 100, 101} { // those that tests speak of
			task := storage.Task{ID: id, Channel: 1, Owner: u.ID, Arch: "noarch", CreateTime: start}
			if err := tx.Tasks().Insert(context.Background(), &task); err != nil {
				return err
			}
		}
		return nil
	})
	return s
}

func (s *site) update(t testing.TB, fn func(tx *storage.Tx) error) {
	t.Helper()
	require.NoError(t, s.store.Update(context.Background(), fn))
}

// mustImport imports files, which must succeed.
func (s *site) mustImport(t testing.TB, rpms ...string) *build.Import {
	t.Helper()
	result, err := s.Import(context.Background(), s.user, rpms, build.ImportOptions{Copy: true})
	require.NoError(t, err)
	require.NoError(t, result.Unfinished)
	return result
}

// tables is what the store holds of builds.
type tables struct {
	Packages   []storage.Package
	Builds     []storage.Build
	BuildTypes []storage.BuildType
	RPMs       []storage.RPM
	Signatures []storage.RPMSignature
	Checksums  []storage.RPMChecksum
	TagUpdates []storage.TagUpdate
	Events     []storage.Event
}

func (s *site) rows(t testing.TB) tables {
	t.Helper()
	ctx := context.Background()
	var all tables
	require.NoError(t, s.store.View(ctx, func(tx *storage.Tx) (err error) {
		if all.Packages, err = tx.Packages().List(ctx, storage.PackageFilter{}); err != nil {
			return err
		}
		if all.Builds, err = tx.Builds().List(ctx, storage.BuildFilter{}); err != nil {
			return err
		}
		if all.BuildTypes, err = tx.BuildTypes().List(ctx, storage.BuildTypeFilter{}); err != nil {
			return err
		}
		if all.RPMs, err = tx.RPMs().List(ctx, storage.RPMFilter{}); err != nil {
			return err
		}
		if all.Signatures, err = tx.RPMSignatures().List(ctx, storage.RPMSignatureFilter{}); err != nil {
			return err
		}
		if all.Checksums, err = tx.RPMChecksums().List(ctx, storage.RPMChecksumFilter{}); err != nil {
			return err
		}
		if all.TagUpdates, err = tx.TagUpdates().List(ctx, storage.TagUpdateFilter{}); err != nil {
			return err
		}
		all.Events, err = tx.Events().List(ctx, storage.EventFilter{})
		return err
	}))
	return all
}

// content returns the files below the root by path: directories end in a slash,
// links are given by their text, and the staging area is left out.
func (s *site) content(t testing.TB) map[string]string {
	t.Helper()
	all := make(map[string]string)
	err := filepath.WalkDir(s.tree.Dir(), func(path string, e fs.DirEntry, err error) error {
		require.NoError(t, err)
		rel, err := filepath.Rel(s.tree.Dir(), path)
		require.NoError(t, err)
		switch {
		case rel == ".":
		case e.Name() == ".staging":
			return filepath.SkipDir
		case e.IsDir():
			all[rel+"/"] = ""
		case e.Type()&fs.ModeSymlink != 0:
			all[rel], err = os.Readlink(path)
			require.NoError(t, err)
		default:
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			all[rel] = string(data)
		}
		return nil
	})
	require.NoError(t, err)
	return all
}

// listing is content with a digest in place of each file's content.
func (s *site) listing(t testing.TB) map[string]string {
	all := s.content(t)
	for name, data := range all {
		if strings.ContainsRune(data, 0) {
			all[name] = fmt.Sprintf("%d bytes, %x", len(data), md5.Sum([]byte(data)))
		}
	}
	return all
}

// names returns the paths of all files, without directories.
func (s *site) names(t testing.TB) []string {
	t.Helper()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(s.content(t))), func(s string) bool { return strings.HasSuffix(s, "/") })
}

// leftovers returns what is in the staging area.
func (s *site) leftovers(t testing.TB) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(s.tree.Dir(), ".staging"))
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// data returns the path of a file of the testdata.
func data(name string) string { return filepath.Join("testdata", name) }

// glob returns the files of the testdata that match.
func glob(t testing.TB, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(data(pattern))
	require.NoError(t, err)
	require.NotEmpty(t, list)
	return list
}

func read(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(data)
}

// rpm writes a made-up rpm and returns its path.
func rpm(t testing.TB, dir string, r corpus.RPM) string {
	t.Helper()
	if r.Arch == "" {
		r.Arch = "noarch"
	}
	if !r.Source && r.SourceRPM == "" {
		r.SourceRPM = r.Name + "-" + r.Version + "-" + r.Release + ".src.rpm"
	}
	name, err := r.WriteTo(dir)
	require.NoError(t, err)
	return name
}

// writeString returns what writes a string, for [files.Stage.WriteJournal].
func writeString(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}
