// Package ordered applies a function to many items with several goroutines and
// hands out the results in the order of the items.
package ordered

import (
	"context"
	"iter"
	"sync"
)

// ahead is how many items per worker may be under way or done before their turn
// comes. It bounds memory when one item takes much longer than the rest.
const ahead = 4

// Map yields f(item) for each item, in their order, while up to workers calls of
// f run at the same time. NewWorker is called once for each goroutine that does
// work, to make its f, which may keep things between calls. When the context ends
// or the loop is left, the iteration stops as soon as the calls under way have
// returned; the caller has to look at the context.
func Map[T, R any](ctx context.Context, items []T, workers int, newWorker func() func(T) R) iter.Seq[R] {
	type job struct {
		item   T
		result R
		done   chan struct{}
	}
	return func(yield func(R) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()

		// Both channels get the same jobs. The queue is filled first and has
		// the same room, so sending to todo never blocks.
		todo := make(chan *job, ahead*workers)
		queue := make(chan *job, ahead*workers)
		running.Go(func() {
			defer close(todo)
			defer close(queue)
			for _, item := range items {
				j := &job{item: item, done: make(chan struct{})}
				select {
				case queue <- j:
					todo <- j
				case <-ctx.Done():
					return
				}
			}
		})
		for range workers {
			running.Go(func() {
				f := newWorker()
				for j := range todo {
					if ctx.Err() == nil {
						j.result = f(j.item)
					}
					close(j.done)
				}
			})
		}
		for j := range queue {
			<-j.done
			if ctx.Err() != nil || !yield(j.result) {
				return
			}
		}
	}
}
