package build

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// parallel calls, for each i below n, a function made by newWorker: as many at a
// time as there are processors, each with a function of its own. It stops at the
// first failure and returns the one with the lowest i, or that of the context.
func parallel(ctx context.Context, n int, newWorker func() func(i int) error) error {
	var (
		next   atomic.Int64
		failed atomic.Bool
		mu     sync.Mutex
		first  = n
		cause  error
		wg     sync.WaitGroup
	)
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			do := newWorker()
			for !failed.Load() && ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := do(i); err != nil {
					failed.Store(true)
					mu.Lock()
					if i < first {
						first, cause = i, err
					}
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	return cause
}

// progress counts and reports.
type progress struct {
	report func(Progress)

	mu   sync.Mutex
	now  Progress
	last int64 // bytes at the last report
}

// reportEvery is the number of bytes between two reports while a file is read.
const reportEvery = 8 << 20

func (p *progress) bytes(n int) { p.add(0, int64(n)) }

func (p *progress) file() { p.add(1, 0) }

func (p *progress) add(files int, bytes int64) {
	if p.report == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now.Files += files
	p.now.Bytes += bytes
	if files > 0 || p.now.Bytes-p.last >= reportEvery {
		p.last = p.now.Bytes
		p.report(p.now)
	}
}
