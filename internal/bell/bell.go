// Package bell tells those who wait for commits of one program that there was
// one.
//
//	var bell bell.Bell
//	bell.Hear(ctx, wake)
//	...
//	bell.Ring() // calls wake
package bell

import (
	"context"
	"sync"
)

// Bell is a list of those who want to be woken. The zero Bell is ready for use. It
// is safe for concurrent use.
type Bell struct {
	mu    sync.Mutex
	wakes map[*func()]struct{}
}

// Hear has wake called at each Ring until ctx ends. It must not block.
func (b *Bell) Hear(ctx context.Context, wake func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.wakes == nil {
		b.wakes = make(map[*func()]struct{})
	}
	b.wakes[&wake] = struct{}{}
	context.AfterFunc(ctx, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.wakes, &wake)
	})
}

// Ring wakes all.
func (b *Bell) Ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for wake := range b.wakes {
		(*wake)()
	}
}
