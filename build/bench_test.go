package build_test

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/build"
	"github.com/kojikit/kojikit/internal/corpus"
	"github.com/kojikit/kojikit/storage/files"
)

// repository returns the files of a made-up repository.
func repository(tb testing.TB, n, payload int) (list []string, size int64) {
	tb.Helper()
	dir := tb.TempDir()
	require.NoError(tb, corpus.Write(dir, corpus.Options{Packages: n, Seed: 1, Sources: true, Payload: payload}))
	require.NoError(tb, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".rpm") {
			return err
		}
		info, err := e.Info()
		if err == nil {
			list, size = append(list, path), size+info.Size()
		}
		return err
	}))
	return list, size
}

// The import of small rpms, files synced to the disk included, into a new store:
// linked from the same file system, and copied.
func BenchmarkImport(b *testing.B) {
	for _, n := range []int{1000, 4000} {
		list, size := repository(b, n, 0)
		for _, how := range []string{"link", "copy"} {
			b.Run(fmt.Sprintf("%d/%s", n, how), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(size)
				for b.Loop() {
					b.StopTimer()
					s := newSite(b, files.Options{})
					b.StartTimer()
					_, err := s.Import(context.Background(), s.user, list, build.ImportOptions{CreateBuilds: true, Copy: how == "copy"})
					require.NoError(b, err)
				}
				b.ReportMetric(float64(b.N*len(list))/b.Elapsed().Seconds(), "rpms/s")
			})
		}
	}
}

func BenchmarkAddSignature(b *testing.B) {
	s, id := unsignedSite(b, files.Options{})
	header := signatureOf(b, data("rpms/"+sorter))
	b.ReportAllocs()
	for b.Loop() {
		_, err := s.AddSignature(context.Background(), id, header)
		require.NoError(b, err)
		b.StopTimer()
		require.NoError(b, s.DeleteSignature(context.Background(), id, key1))
		b.StartTimer()
	}
}

func BenchmarkWriteSigned(b *testing.B) {
	s, id := unsignedSite(b, files.Options{})
	_, err := s.AddSignature(context.Background(), id, signatureOf(b, data("rpms/"+sorter)))
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		_, err := s.WriteSigned(context.Background(), id, key1, true)
		require.NoError(b, err)
	}
}
