package merge_test

import (
	"context"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/corpus"
	"github.com/kojikit/kojikit/repo/merge"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

// benchSource publishes a repository of a corpus, whose RPM files it does not keep.
func benchSource(b *testing.B, dir string, o corpus.Options) merge.Source {
	b.Helper()
	rpms := b.TempDir()
	require.NoError(b, corpus.Write(rpms, o))
	items, err := rpmmd.Walk(b.Context(), rpms)
	require.NoError(b, err)
	require.NoError(b, os.MkdirAll(dir, 0o755))
	require.NoError(b, rpmmd.ReplaceDir(dir, func(sink rpmmd.Sink) error {
		_, err := rpmmd.NewWriter(rpmmd.Options{Profile: rpmmd.CompatEL7}).Index(b.Context(), sink, items, rpmmd.ReadOptions{})
		return err
	}))
	require.NoError(b, os.RemoveAll(rpms))
	return open(b, dir)
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

// peak tells the greatest size of the heap while it runs.
func peak(ctx context.Context) (stop func() float64) {
	ctx, cancel := context.WithCancel(ctx)
	greatest := make(chan uint64)
	go func() {
		var most uint64
		m := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				metrics.Read(m) // does not stop the world, as ReadMemStats does
				most = max(most, m[0].Value.Uint64()+m[1].Value.Uint64())
			case <-ctx.Done():
				greatest <- most
				return
			}
		}
	}()
	return func() float64 {
		cancel()
		return float64(<-greatest) / (1 << 20)
	}
}

// BenchmarkWrite merges a local repository with an external one that is five times
// as large and has half of its packages. The environment scales it:
// KOJIKIT_BENCH_RPMS is the number of packages of the local one (400). Where
// mergerepo_c is installed it does the same in turn, with gzip for both, and
// x-mergerepo tells how many times as long it takes; x-cpu does for processor time.
func BenchmarkWrite(b *testing.B) {
	n := 400
	if given, err := strconv.Atoi(os.Getenv("KOJIKIT_BENCH_RPMS")); err == nil {
		n = given
	}
	dir := b.TempDir()
	sources := []merge.Source{
		benchSource(b, filepath.Join(dir, "local"), corpus.Options{Packages: n, Seed: 1}),
		benchSource(b, filepath.Join(dir, "external"), corpus.Options{Packages: 5 * n, Seed: 1}),
	}
	mergerepo, _ := exec.LookPath("mergerepo_c")
	o := merge.Options{Arches: []string{"x86_64"}, Writer: rpmmd.Options{Profile: rpmmd.CompatEL7}}
	var ours, theirs cost
	var memory float64
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		out, other := b.TempDir(), b.TempDir()
		runtime.GC()
		stop := peak(b.Context())
		b.StartTimer()
		ours.add(measure(func() {
			require.NoError(b, rpmmd.ReplaceDir(out, func(sink rpmmd.Sink) error {
				_, err := merge.Write(b.Context(), sink, sources, o)
				return err
			}))
		}))
		b.StopTimer()
		memory = max(memory, stop())
		if mergerepo != "" {
			cmd := exec.Command(mergerepo, "--koji", "--no-database", "--archlist=x86_64", "--compress-type=gz",
				"--repo="+sources[0].URL, "--repo="+sources[1].URL, "--outputdir="+other)
			theirs.add(measure(func() { require.NoError(b, cmd.Run()) }))
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(6*n*b.N)/ours.wall.Seconds(), "packages/s")
	b.ReportMetric(memory, "peak-MiB")
	if theirs.wall > 0 {
		b.ReportMetric(theirs.wall.Seconds()/ours.wall.Seconds(), "x-mergerepo")
		b.ReportMetric(theirs.cpu.Seconds()/ours.cpu.Seconds(), "x-cpu")
	}
}

// BenchmarkSummaries reads what the choice depends on.
func BenchmarkSummaries(b *testing.B) {
	source := benchSource(b, filepath.Join(b.TempDir(), "r"), corpus.Options{Packages: 1000, Seed: 1})
	b.ReportAllocs()
	for b.Loop() {
		drain(b, source.Repository.Summaries(b.Context()))
	}
}

func drain(b *testing.B, packages iter.Seq2[*rpmmd.Package, error]) {
	for _, err := range packages {
		require.NoError(b, err)
	}
}
