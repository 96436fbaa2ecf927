package rpmmd_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/repo/rpmmd"
)

// many returns packages whose metadata does not stay in memory.
func many() []*rpmmd.Package {
	packages := somePackages(3000)
	for _, p := range packages {
		p.Description = strings.Repeat(p.Checksum.Value, 20)
	}
	return packages
}

func TestLargeFilesWaitInTheTemporaryDirectory(t *testing.T) {
	want, _ := written(t, rpmmd.Options{Compression: rpmmd.Uncompressed}, many()...)
	temp := t.TempDir()
	w := rpmmd.NewWriter(rpmmd.Options{Compression: rpmmd.Uncompressed, TempDir: temp, Zchunk: true})
	for _, p := range many() {
		require.NoError(t, w.Add(p))
	}
	m := &memory{}
	var waiting int
	_, err := w.Write(t.Context(), sinkFunc(func(file *rpmmd.Output) error {
		entries, err := os.ReadDir(temp)
		require.NoError(t, err)
		waiting = max(waiting, len(entries))
		return m.Put(t.Context(), file)
	}))
	require.NoError(t, err)
	require.NotZero(t, waiting)
	require.Equal(t, want.open(t, "primary"), m.open(t, "primary"))
	require.Equal(t, want.open(t, "primary"), m.open(t, "primary_zck"))
	entries, err := os.ReadDir(temp)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestNoTemporaryFilesStay(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	repo := t.TempDir()
	w := rpmmd.NewWriter(rpmmd.Options{Compression: rpmmd.Uncompressed})
	for _, p := range many() {
		require.NoError(t, w.Add(p))
	}
	// Those of a directory are next to what they become.
	_, err := w.WriteDir(t.Context(), repo)
	require.NoError(t, err)
	failure := errors.New("no")
	_, err = w.Write(t.Context(), sinkFunc(func(*rpmmd.Output) error { return failure }))
	require.ErrorIs(t, err, failure)
	for dir, want := range map[string]int{temp: 0, repo: 1} {
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, entries, want)
	}
}

func TestNoRoomForLargeFilesIsAnError(t *testing.T) {
	for _, o := range []rpmmd.Options{
		{Compression: rpmmd.Uncompressed},
		{Databases: func(string) (rpmmd.Databases, error) { panic("there is no directory") }},
	} {
		o.TempDir = filepath.Join(t.TempDir(), "missing")
		w := rpmmd.NewWriter(o)
		for _, p := range many() {
			require.NoError(t, w.Add(p))
		}
		_, err := w.Write(t.Context(), sinkFunc(func(*rpmmd.Output) error { panic("nothing should be put") }))
		require.ErrorIs(t, err, os.ErrNotExist)
	}
}
