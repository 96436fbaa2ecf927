package build_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/build"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

func TestImportToTheVolumeOfTheBuild(t *testing.T) {
	ctx := context.Background()
	s := newTestSite(t)
	id, err := s.Create(ctx, s.user, koji.NVR{Name: "counter", Version: "2.4", Release: "1.d1"}, build.CreateOptions{})
	require.NoError(t, err)
	s.update(t, func(tx *storage.Tx) error {
		v := storage.Volume{Name: "archive"}
		if err := tx.Volumes().Insert(ctx, &v); err != nil {
			return err
		}
		b, err := tx.Builds().Get(ctx, storage.BuildFilter{ID: storage.Is(id)})
		if err != nil {
			return err
		}
		b.Volume = v.ID
		return tx.Builds().Update(ctx, &b)
	})
	require.NoError(t, s.tree.MkdirAll("vol/archive"))
	s.mustImport(t, append(glob(t, "rpms/counter-*"), data("rpms/libecho-2.0-1.d1.src.rpm"))...)
	names := s.names(t)
	require.Contains(t, names, "vol/archive/packages/counter/2.4/1.d1/x86_64/counter-2.4-1.d1.x86_64.rpm")
	require.Contains(t, names, "packages/libecho/2.0/1.d1/src/libecho-2.0-1.d1.src.rpm")
	require.NotContains(t, names, "packages/counter/2.4/1.d1/x86_64/counter-2.4-1.d1.x86_64.rpm")
}

func TestUploadsBecomeLinks(t *testing.T) {
	ctx := context.Background()
	s := newTestSite(t)
	var uploads []string
	for _, file := range glob(t, "rpms/counter-*") {
		name := "work/cli-import/1700000000.abc/" + filepath.Base(file)
		require.NoError(t, s.tree.WriteFile(name, []byte(read(t, file))))
		uploads = append(uploads, name)
	}
	result, err := s.Import(ctx, s.user, uploads, build.ImportOptions{Uploaded: true})
	require.NoError(t, err)
	require.NoError(t, result.Unfinished)
	content := s.content(t)
	require.Equal(t, "../../../packages/counter/2.4/1.d1/src/counter-2.4-1.d1.src.rpm", content[uploads[0]])
	through, err := s.tree.ReadFile(uploads[0])
	require.NoError(t, err)
	require.Equal(t, read(t, data("rpms/counter-2.4-1.d1.src.rpm")), string(through))

	_, err = s.Import(ctx, s.user, uploads, build.ImportOptions{Uploaded: true})
	require.ErrorIs(t, err, koji.ErrInvalid, "a link is no upload")
	_, err = s.Import(ctx, s.user, []string{"work/../../x-1-1.src.rpm"}, build.ImportOptions{Uploaded: true})
	require.ErrorIs(t, err, koji.ErrUnsafePath)
}

func TestImportLinksOrCopies(t *testing.T) {
	ctx := context.Background()
	const stored = "packages/counter/2.4/1.d1/src/counter-2.4-1.d1.src.rpm"
	for _, c := range []struct {
		copy, linked bool
		mode         os.FileMode
	}{
		{false, true, 0o644}, {true, false, 0o644}, {false, false, 0o600},
	} {
		s := newTestSite(t)
		// Beside the tree, so that links are possible.
		file := filepath.Join(t.TempDir(), "counter-2.4-1.d1.src.rpm")
		require.NoError(t, os.WriteFile(file, []byte(read(t, data("rpms/counter-2.4-1.d1.src.rpm"))), c.mode))
		_, err := s.Import(ctx, s.user, []string{file}, build.ImportOptions{Copy: c.copy})
		require.NoError(t, err)
		a, err := os.Stat(file)
		require.NoError(t, err)
		b, err := s.tree.Stat(stored)
		require.NoError(t, err)
		require.Equal(t, c.linked, os.SameFile(a, b))
		require.Equal(t, os.FileMode(0o444), b.Mode()&0o444, "readable by all")
	}
}

func TestImportThroughASymbolicLink(t *testing.T) {
	s := newTestSite(t)
	target, err := filepath.Abs(data("rpms/counter-2.4-1.d1.src.rpm"))
	require.NoError(t, err)
	link := filepath.Join(t.TempDir(), filepath.Base(target))
	require.NoError(t, os.Symlink(target, link))
	_, err = s.Import(context.Background(), s.user, []string{link}, build.ImportOptions{})
	require.NoError(t, err)
	require.Equal(t, read(t, target), s.content(t)["packages/counter/2.4/1.d1/src/counter-2.4-1.d1.src.rpm"], "the file, not the link")
}

func TestImportReportsProgress(t *testing.T) {
	s := newTestSite(t)
	list := glob(t, "rpms/*.rpm")
	var total int64
	for _, file := range list {
		total += int64(len(read(t, file)))
	}
	var reports []build.Progress
	_, err := s.Import(context.Background(), s.user, list, build.ImportOptions{
		Copy: true, Progress: func(p build.Progress) { reports = append(reports, p) },
	})
	require.NoError(t, err)
	require.Equal(t, build.Progress{Files: len(list), TotalFiles: len(list), Bytes: total, TotalBytes: total}, reports[len(reports)-1])
	require.True(t, slices.IsSortedFunc(reports, func(a, b build.Progress) int { return int(a.Bytes - b.Bytes) }))
}

func TestCanceledImportLeavesNothing(t *testing.T) {
	inMemory(t)
	s := newTestSite(t)
	before := s.rows(t)
	list := glob(t, "rpms/*.rpm")
	for stop := range len(list) {
		ctx, cancel := context.WithCancel(context.Background())
		_, err := s.Import(ctx, s.user, list, build.ImportOptions{Copy: true, Progress: func(p build.Progress) {
			if p.Files >= stop {
				cancel()
			}
		}})
		cancel()
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, before, s.rows(t))
		require.Empty(t, s.content(t))
		require.Empty(t, s.leftovers(t))
	}
	s.mustImport(t, list...)
}

func TestImportNeedsAUser(t *testing.T) {
	s := newTestSite(t)
	_, err := s.Import(context.Background(), 99, glob(t, "rpms/*.rpm"), build.ImportOptions{})
	require.ErrorIs(t, err, koji.ErrNotFound)
	require.ErrorContains(t, err, "user 99")
}

func TestImportOfNothing(t *testing.T) {
	s := newTestSite(t)
	before := s.rows(t)
	result := s.mustImport(t)
	require.Empty(t, result.Builds)
	require.Equal(t, before, s.rows(t))
	require.Empty(t, s.content(t))
}
