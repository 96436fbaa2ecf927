package build_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/build"
	"github.com/kojikit/kojikit/internal/corpus"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage/files"
)

// Whatever a file holds, it is imported under the name that it gives itself, or
// nothing happens.
func FuzzImport(f *testing.F) {
	for _, name := range []string{"rpms/counter-2.4-1.d1.src.rpm", "rpms/sorter-3.1-1.d1.x86_64.rpm", "rpms/fonts-plain-20231201-1.d1.noarch.rpm"} {
		f.Add(filepath.Base(name), []byte(read(f, data(name))))
	}
	f.Add("x-1-1.src.rpm", []byte{})
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		if name != filepath.Base(name) || strings.ContainsRune(name, 0) || len(name) > 200 {
			return // not the name of a file
		}
		inMemory(t)
		s := newTestSite(t)
		file := filepath.Join(t.TempDir(), name)
		if os.WriteFile(file, content, 0o600) != nil {
			return // not the name of a file
		}
		before := s.rows(t)
		result, err := s.Import(context.Background(), s.user, []string{file}, build.ImportOptions{CreateBuilds: true})
		require.Empty(t, s.leftovers(t))
		if err != nil {
			require.Equal(t, before, s.rows(t))
			require.Empty(t, s.content(t))
			return
		}
		require.Len(t, result.RPMs, 1)
		require.Equal(t, name, result.RPMs[0].NVRA().Filename())
		require.Len(t, s.names(t), 2)
		for _, stored := range s.names(t) {
			require.True(t, strings.HasPrefix(stored, "packages/"), stored)
		}
	})
}

// Whatever an rpm calls itself, its files go where the layout says, inside of the
// tree, and what the store says of it can be found there.
func FuzzImportNames(f *testing.F) {
	f.Add("foo", "1", "1", "noarch", "foo-1-1.src.rpm", false)
	f.Add("foo", "1", "1", "x86_64", "", true)
	f.Add("..", "..", "..", "..", "../..-..-...src.rpm", false)
	f.Add("a/b", "1", "1", "src", "a/b-1-1.src.rpm", false)
	f.Add("foo", "1", "1,draft_1", "noarch", "foo-1-1,draft_1.src.rpm", false)
	f.Add("foo", "1", "1", "data", "foo-1-1.nosrc.rpm", false)
	f.Fuzz(func(t *testing.T, name, version, release, arch, sourceRPM string, source bool) {
		inMemory(t)
		r := corpus.RPM{Name: name, Version: version, Release: release, Arch: arch, SourceRPM: sourceRPM, Source: source}
		if r.FileName() != filepath.Base(r.FileName()) || r.Arch == "" || r.SourceRPM == "" && !source {
			return // not the name of a file
		}
		file, err := r.WriteTo(t.TempDir())
		if err != nil {
			return // not the name of a file
		}
		s := newTestSite(t)
		before := s.rows(t)
		result, err := s.Import(context.Background(), s.user, []string{file}, build.ImportOptions{CreateBuilds: true})
		require.Empty(t, s.leftovers(t))
		if err != nil {
			require.Equal(t, before, s.rows(t))
			require.Empty(t, s.content(t))
			return
		}
		dir, err := koji.PathInfo{Topdir: s.tree.Dir()}.Build(result.Builds[0].NVR, koji.DefaultVolume)
		require.NoError(t, err)
		rel, err := koji.PathInfo{}.RPM(result.RPMs[0].NVRA())
		require.NoError(t, err)
		require.Equal(t, read(t, file), read(t, filepath.Join(dir, rel)))
		require.Len(t, s.names(t), 2)
	})
}

// A signature header is stored if it is one, and otherwise nothing happens.
func FuzzAddSignature(f *testing.F) {
	f.Add(signatureOf(f, data("rpms/"+sorter)))
	f.Add(signatureOf(f, data("rpms-key2/"+sorter)))
	f.Add(signatureOf(f, data("rpms/counter-2.4-1.d1.src.rpm")))
	f.Fuzz(func(t *testing.T, header []byte) {
		inMemory(t)
		s, id := unsignedSite(t, files.Options{})
		rows, content := s.rows(t), s.listing(t)
		sig, err := s.AddSignature(context.Background(), id, header)
		if err != nil {
			require.Equal(t, rows, s.rows(t))
			require.Equal(t, content, s.listing(t))
			return
		}
		_, err = s.WriteSigned(context.Background(), id, sig.SigKey, false)
		require.NoError(t, err)
	})
}

// A journal is read or refused; it never reaches outside of the tree, nor what it
// has nothing to do with.
func FuzzRecover(f *testing.F) {
	f.Add(`{"build":{"Name":"counter","Version":"2.4","Release":"1.d1"},"rpm":{"Name":"counter","Version":"2.4","Release":"1.d1","Arch":"src"},"primary":true}`)
	f.Add(`{"build":{"Name":"..","Version":"..","Release":"x"},"rpm":{"Name":"a","Version":"1","Release":"1","Arch":"src"},"upload":"../x"}`)
	f.Add(`{"build":{"Name":"a","Version":"1","Release":"1"},"rpm":{"Name":"a","Version":"1","Release":"1","Arch":".."},"sigkey":"../.."}`)
	f.Add(`{`)
	f.Fuzz(func(t *testing.T, journal string) {
		inMemory(t)
		s := newTestSite(t)
		s.mustImport(t, data("rpms/counter-2.4-1.d1.src.rpm"))
		content := s.listing(t)
		stage, err := s.tree.Stage(".")
		require.NoError(t, err)
		require.NoError(t, stage.WriteFile("packages/staged/1/1/f", nil))
		require.NoError(t, stage.WriteJournal(writeString(journal)))
		require.NoError(t, stage.Close())
		_, err = s.Recover(context.Background())
		require.Equal(t, content, s.listing(t))
		require.Equal(t, err == nil, len(s.leftovers(t)) == 0)
	})
}
