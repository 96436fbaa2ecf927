//go:build unix

package rpmmd_test

import (
	"bytes"
	"io"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/corpus"
	"github.com/kojikit/kojikit/repo/rpmmd"
	"github.com/kojikit/kojikit/repo/rpmmd/sqlitedb"
)

// benchCorpus writes the RPM files that benchmarks work on. The environment
// scales it: KOJIKIT_BENCH_RPMS is the number of files (1000), and
// KOJIKIT_BENCH_PAYLOAD the mean size of their payload in bytes (next to none).
func benchCorpus(b *testing.B) (dir string, items []rpmmd.Item, size int64) {
	b.Helper()
	number := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
			return n
		}
		return otherwise
	}
	dir = writeCorpus(b, corpus.Options{
		Packages: number("KOJIKIT_BENCH_RPMS", 1000), Seed: 1, Sources: true, Payload: number("KOJIKIT_BENCH_PAYLOAD", 0),
	})
	items, err := rpmmd.Walk(b.Context(), dir)
	require.NoError(b, err)
	for _, item := range items {
		info, err := os.Stat(item.Path)
		require.NoError(b, err)
		size += info.Size()
	}
	return dir, items, size
}

// cost is what something took.
type cost struct{ wall, cpu time.Duration }

func (c *cost) add(d cost) { c.wall += d.wall; c.cpu += d.cpu }

// measure runs f and returns what it took, in this process and its children.
func measure(f func()) cost {
	used := func() (total time.Duration) {
		for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
			var r syscall.Rusage
			if syscall.Getrusage(who, &r) == nil {
				total += time.Duration(r.Utime.Nano() + r.Stime.Nano())
			}
		}
		return total
	}
	start, before := time.Now(), used()
	f()
	return cost{time.Since(start), used() - before}
}

// BenchmarkIndex makes repodata of RPM files that are in the page cache, from
// reading them to files on disk. Where createrepo_c is installed and can do the
// same it does so in turn, with as many workers, and x-createrepo tells how many
// times as long it takes; x-cpu does for processor time.
func BenchmarkIndex(b *testing.B) {
	dir, items, size := benchCorpus(b)
	createrepo, _ := exec.LookPath("createrepo_c")
	for _, v := range []struct {
		name    string
		options rpmmd.Options
		args    []string // of a createrepo_c that does the same
	}{
		{"gzip", rpmmd.Options{Profile: rpmmd.CompatEL7}, []string{"--general-compress-type=gz", "--no-database"}},
		{"gzip+zchunk", rpmmd.Options{Profile: rpmmd.CompatEL7, Zchunk: true}, []string{"--general-compress-type=gz", "--no-database", "--zck"}},
		{"gzip+sqlite", rpmmd.Options{Profile: rpmmd.CompatEL7, Databases: sqlitedb.New}, []string{"--general-compress-type=gz", "--database"}},
		{"xz", rpmmd.Options{Compression: rpmmd.XZ}, []string{"--general-compress-type=xz", "--no-database"}},
		{"zstd", rpmmd.Options{}, nil},
		{"zstd+zchunk", rpmmd.Options{Profile: rpmmd.ZchunkProfile}, nil},
		{"uncompressed", rpmmd.Options{Compression: rpmmd.Uncompressed}, nil},
	} {
		b.Run(v.name, func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			var ours, theirs cost
			var written, upstream int64
			for b.Loop() {
				b.StopTimer()
				out, other := b.TempDir(), b.TempDir()
				b.StartTimer()
				ours.add(measure(func() {
					err := rpmmd.ReplaceDir(out, func(sink rpmmd.Sink) error {
						_, err := rpmmd.NewWriter(v.options).Index(b.Context(), sink, items, rpmmd.ReadOptions{})
						return err
					})
					require.NoError(b, err)
				}))
				b.StopTimer()
				written = sizeBelow(b, out)
				if createrepo != "" && v.args != nil {
					cmd := exec.Command(createrepo, append([]string{"--quiet",
						"--workers", strconv.Itoa(runtime.GOMAXPROCS(0)), "--outputdir", other, dir}, v.args...)...)
					theirs.add(measure(func() { require.NoError(b, cmd.Run()) }))
					upstream = sizeBelow(b, other)
				}
				b.StartTimer()
			}
			n := float64(b.N)
			b.ReportMetric(float64(len(items))*n/ours.wall.Seconds(), "rpms/s")
			b.ReportMetric(ours.cpu.Seconds()*1e6/n/float64(len(items)), "cpu-µs/rpm")
			b.ReportMetric(float64(written), "written-B")
			if theirs.wall > 0 {
				b.ReportMetric(theirs.wall.Seconds()/ours.wall.Seconds(), "x-createrepo")
				b.ReportMetric(theirs.cpu.Seconds()/ours.cpu.Seconds(), "x-cpu")
				b.ReportMetric(float64(written)/float64(upstream), "x-size")
			}
		})
	}
}

func sizeBelow(b *testing.B, dir string) (size int64) {
	b.Helper()
	files, err := filepath.Glob(filepath.Join(dir, rpmmd.Dirname, "*"))
	require.NoError(b, err)
	for _, name := range files {
		info, err := os.Stat(name)
		require.NoError(b, err)
		size += info.Size()
	}
	return size
}

// BenchmarkFromFile reads one RPM after the other, in one goroutine.
func BenchmarkFromFile(b *testing.B) {
	_, items, size := benchCorpus(b)
	b.SetBytes(size / int64(len(items)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		_, err := rpmmd.FromFile(items[i%len(items)].Path, rpmmd.ReadOptions{})
		require.NoError(b, err)
	}
}

// benchDocuments returns the three documents of a corpus, uncompressed.
func benchDocuments(b *testing.B) (packages []*rpmmd.Package, docs map[string][]byte) {
	b.Helper()
	_, items, _ := benchCorpus(b)
	m := &memory{}
	_, err := rpmmd.NewWriter(rpmmd.Options{Compression: rpmmd.Uncompressed, SimpleNames: true}).Index(b.Context(), m, items, rpmmd.ReadOptions{})
	require.NoError(b, err)
	repo, err := rpmmd.Open(m.fs, rpmmd.Limits{})
	require.NoError(b, err)
	packages, err = collect(repo.Packages(b.Context()))
	require.NoError(b, err)
	docs = map[string][]byte{}
	for _, typ := range []string{"primary", "filelists", "other"} {
		docs[typ] = m.fs["repodata/"+typ+".xml"].Data
	}
	return packages, docs
}

// BenchmarkRender renders the packages of a repository.
func BenchmarkRender(b *testing.B) {
	packages, docs := benchDocuments(b)
	for typ, render := range map[string]func(*rpmmd.Package, []byte) []byte{
		"primary": (*rpmmd.Package).AppendPrimary, "filelists": (*rpmmd.Package).AppendFilelists, "other": (*rpmmd.Package).AppendOther,
	} {
		b.Run(typ, func(b *testing.B) {
			b.SetBytes(int64(len(docs[typ])))
			b.ReportAllocs()
			var buf []byte
			for b.Loop() {
				buf = buf[:0]
				for _, p := range packages {
					buf = render(p, buf)
				}
			}
		})
	}
}

// BenchmarkRead reads the documents of a repository.
func BenchmarkRead(b *testing.B) {
	_, docs := benchDocuments(b)
	for typ, read := range map[string]func(io.Reader, rpmmd.Limits) iter.Seq2[*rpmmd.Package, error]{
		"primary": rpmmd.ReadPrimary, "filelists": rpmmd.ReadFilelists, "other": rpmmd.ReadOther,
	} {
		b.Run(typ, func(b *testing.B) {
			b.SetBytes(int64(len(docs[typ])))
			b.ReportAllocs()
			for b.Loop() {
				for _, err := range read(bytes.NewReader(docs[typ]), rpmmd.Limits{}) {
					require.NoError(b, err)
				}
			}
		})
	}
}
