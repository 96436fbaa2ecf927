package storage

import (
	"context"
	"errors"
	"time"

	"github.com/kojikit/kojikit/koji"
)

// Change says that something was committed.
type Change struct {
	// Event is the last event there is, or koji.Now if there is none. If it is
	// that of the Change before, no versioned record has changed, unless a stock
	// hub has committed an event late.
	Event koji.EventID
}

// Watch returns a channel that tells of commits, by whatever program: after each
// that comes after Watch has returned there is a Change to receive. Several may
// be told as one, so that nobody who is slow falls behind, and one may come
// without need. How soon depends on the backend and on who commits; see there.
//
// The channel is closed when ctx ends or the store is closed. While the database
// cannot be reached nothing comes; afterwards there is a Change in any case.
func (s *Store) Watch(ctx context.Context) (<-chan Change, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.closed:
		return nil, koji.Errorf(koji.ErrState, koji.FaultServerOffline, "store is closed")
	default:
	}
	ctx, cancel := context.WithCancel(ctx)
	pending := make(chan struct{}, 1)
	wake := func() {
		select {
		case pending <- struct{}{}:
		default: // the one that is pending will do for both
		}
	}
	if err := s.backend.Watch(ctx, wake); err != nil {
		cancel()
		return nil, err
	}
	changes := make(chan Change)
	go func() {
		defer cancel()
		defer close(changes)
		for {
			select {
			case <-ctx.Done():
				return
			case <-s.closed:
				return
			case <-pending:
			}
			change, ok := s.change(ctx)
			if !ok {
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-s.closed:
				return
			case changes <- change:
			}
		}
	}()
	return changes, nil
}

// watchPause is the time between attempts to reach a database that is away.
const watchPause = time.Second

// change finds out what there is to tell. It is not ok when the store is closed
// or ctx has ended.
func (s *Store) change(ctx context.Context) (c Change, ok bool) {
	newest := Page{Order: []Order{{Column: "id", Desc: true}}, Limit: 1}
	for {
		err := s.View(ctx, func(tx *Tx) error {
			list, err := tx.Events().List(ctx, EventFilter{}, newest)
			if len(list) > 0 {
				c.Event = list[0].ID
			}
			return err
		})
		if err == nil {
			return c, true
		}
		if ctx.Err() != nil || errors.Is(err, koji.ErrState) {
			return c, false
		}
		select {
		case <-ctx.Done():
		case <-s.closed:
		case <-time.After(watchPause):
		}
	}
}
