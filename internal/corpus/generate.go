package corpus

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// Options say what [Write] makes. The zero value makes 1000 packages.
type Options struct {
	Packages int    // number of RPM files; 1000 if zero
	Seed     uint64 // same seed, same files
	Sources  bool   // also write the source packages; they count
	Payload  int    // mean size in bytes of the random content carried as payload; none if zero
}

// newest is when the youngest package of a corpus was built.
var newest = time.Date(2024, 4, 23, 12, 0, 0, 0, time.UTC)

// Write writes a repository of RPM files below dir, in Packages/<first letter>/
// as distributions lay them out.
func Write(dir string, o Options) error {
	if o.Packages == 0 {
		o.Packages = 1000
	}
	for letter := 'a'; letter <= 'z'; letter++ {
		if err := os.MkdirAll(filepath.Join(dir, "Packages", string(letter)), 0o755); err != nil {
			return err
		}
	}
	ctx, fail := context.WithCancelCause(context.Background())
	defer fail(nil)
	var workers sync.WaitGroup
	jobs := make(chan *RPM)
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for r := range jobs {
				if _, err := r.WriteTo(filepath.Join(dir, "Packages", r.Name[:1])); err != nil {
					fail(err)
				}
			}
		})
	}
	for r := range Generate(o) {
		if ctx.Err() != nil {
			break
		}
		jobs <- r
	}
	close(jobs)
	workers.Wait()
	return context.Cause(ctx)
}

// Generate yields the packages that [Write] writes, in the order of their
// making. The consumer may keep and change them.
func Generate(o Options) func(yield func(*RPM) bool) {
	return func(yield func(*RPM) bool) {
		names := nameMaker{rng: rand.New(rand.NewPCG(o.Seed, 0)), taken: map[string]bool{}}
		var sonames []string
		for n, index := 0, uint64(1); n < o.Packages; index++ {
			s := source{
				rng:     rand.New(rand.NewPCG(o.Seed, index)),
				name:    names.next(),
				sonames: sonames,
				payload: o.Payload,
			}
			for _, r := range s.packages(o.Sources) {
				if n == o.Packages {
					return
				}
				if !yield(r) {
					return
				}
				n++
			}
			sonames = append(sonames, s.soname)
		}
	}
}

// nameMaker invents source package names, each once.
type nameMaker struct {
	rng   *rand.Rand
	taken map[string]bool
}

var (
	prefixes  = []string{"", "", "", "", "python-", "perl-", "rust-", "golang-", "lib", "ghc-", "R-", "texlive-"}
	syllables = strings.Fields("ba co de fi gra hu ja ki lo me nu or pa qui ro sta tu ver wi xe yo za net gtk lib db py sh tex el en is qt ix um gen con tra")
)

func (m *nameMaker) next() string {
	for {
		var b strings.Builder
		b.WriteString(strings.ToLower(pick(m.rng, prefixes)))
		for range 1 + draw(m.rng, nameParts) {
			b.WriteString(pick(m.rng, syllables))
		}
		if m.rng.IntN(12) == 0 {
			fmt.Fprintf(&b, "%d", m.rng.IntN(30))
		}
		name := b.String()
		if !m.taken[name] {
			m.taken[name] = true
			return name
		}
	}
}

// A distribution is given by its quantiles: a tenth of the draws lies between
// each two neighbours, and the last tenth has a tail as long as the last step
// says. Integers alone decide, so that every machine draws the same.
type distribution [11]int

var (
	nameParts    = distribution{0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 8}
	subpackages  = distribution{0, 0, 0, 0, 0, 1, 1, 2, 3, 5, 60}
	mainFiles    = distribution{1, 2, 4, 5, 6, 8, 12, 18, 32, 75, 3000}
	develFiles   = distribution{2, 3, 4, 6, 8, 11, 16, 25, 45, 100, 3000}
	docFiles     = distribution{1, 2, 4, 6, 10, 16, 28, 50, 95, 220, 6000}
	requireCount = distribution{0, 1, 1, 2, 3, 4, 5, 7, 10, 16, 200}
	provideCount = distribution{0, 0, 0, 0, 0, 0, 1, 1, 2, 5, 300}
	weakCount    = distribution{0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 12}
	changeCount  = distribution{1, 3, 5, 6, 8, 9, 11, 14, 20, 35, 400}
	changeLines  = distribution{1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 25}
	sentences    = distribution{1, 1, 1, 2, 2, 3, 3, 4, 5, 7, 40}
	payloadShare = distribution{1, 2, 4, 8, 12, 20, 35, 60, 110, 220, 2500} // per cent of about the mean
)

// draw returns a number of the distribution. Within the last tenth, small ones
// are by far the likelier.
func draw(rng *rand.Rand, d distribution) int {
	i := rng.IntN(10)
	low, high := d[i], d[i+1]
	if i == 9 {
		for range 6 {
			if high = low + max(1, (high-low)/3); rng.IntN(3) > 0 {
				break
			}
			high = min(d[10], low+(high-low)*3)
			low += (high - low) / 3
		}
	}
	return low + rng.IntN(max(1, high-low+1))
}

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }
