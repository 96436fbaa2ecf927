package storagetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// StressEnv is the environment variable that says how long the stress test takes,
// such as "1m". Without it the test takes two seconds.
const StressEnv = "KOJIKIT_STRESS"

// Those who take part in the stress test.
const (
	stressWriters = 8
	stressReaders = 4
)

// stress is a store that many use at once, and what they did.
type stress struct {
	stores    []*storage.Store // over one place
	tag       koji.TagID
	end       time.Time
	commits   [stressWriters]int // of each writer
	rollbacks atomic.Int64
	conflicts atomic.Int64
	views     atomic.Int64
}

// testStress has writers change a tag, each a key of its own, and readers look at
// it, for a while. Nothing may be lost, and no event may come late.
func (s suite) testStress(t *testing.T) {
	period := 2 * time.Second
	if text := os.Getenv(StressEnv); text != "" {
		var err error
		period, err = time.ParseDuration(text)
		require.NoError(t, err)
	}
	var x stress
	if s.Place == nil {
		x.stores = []*storage.Store{s.bed(t).store}
	} else { // as two programs would
		place := s.Place(t)
		x.stores = []*storage.Store{s.openAt(t, place), s.openAt(t, place)}
	}
	ctx := t.Context()
	require.NoError(t, x.stores[0].Update(ctx, func(tx *storage.Tx) error {
		tag := storage.Tag{Name: "f42"}
		if err := tx.Users().Insert(ctx, &storage.User{ID: 1, Name: "someone"}); err != nil {
			return err
		}
		err := tx.Tags().Insert(ctx, &tag)
		x.tag = tag.ID
		return err
	}))
	watching, cancel := context.WithCancel(ctx)
	defer cancel()
	changes, err := x.stores[0].Watch(watching)
	require.NoError(t, err)

	x.end = time.Now().Add(period)
	require.NoError(t, inParallel(stressWriters+stressReaders, func(i int) error {
		if i < stressWriters {
			return x.write(ctx, i)
		}
		return x.read(ctx, i)
	}))
	last := x.check(t)
	for c := range changes {
		if c.Event >= last {
			break
		}
	}
	total := 0
	for _, n := range x.commits {
		total += n
	}
	t.Logf("%s: %d commits, %d rollbacks, %d conflicts, %d views, last event %d", period, total, x.rollbacks.Load(), x.conflicts.Load(), x.views.Load(), last)
}

func (x *stress) store(i int) *storage.Store { return x.stores[i%len(x.stores)] }

// write counts up the value of a key, and rolls every seventh attempt back.
func (x *stress) write(ctx context.Context, writer int) error {
	abandoned := errors.New("abandoned")
	key := strconv.Itoa(writer)
	for i := 0; time.Now().Before(x.end); i++ {
		next := strconv.Itoa(x.commits[writer] + 1)
		err := x.store(writer).Update(ctx, func(tx *storage.Tx) error {
			tx.Actor = 1
			if _, err := tx.TagExtras().Revoke(ctx, storage.TagExtraFilter{Tag: storage.Is(x.tag), Key: storage.Is(key)}); err != nil {
				return err
			}
			err := tx.TagExtras().Insert(ctx, &storage.TagExtra{Tag: x.tag, Key: key, Value: storage.Null(next)})
			if err != nil {
				return err
			}
			if err := put(ctx, tx, key+" "+next); err != nil {
				return err
			}
			if i%7 == 3 {
				return abandoned
			}
			return nil
		})
		switch {
		case errors.Is(err, abandoned):
			x.rollbacks.Add(1)
		case errors.Is(err, koji.ErrConflict):
			x.conflicts.Add(1)
		case err != nil:
			return err
		default:
			x.commits[writer]++
		}
	}
	return nil
}

// window is how many events a reader looks back.
const window = 50

// read notes what there was at the last event, the events before, and looks
// whether what was noted the last time still holds.
func (x *stress) read(ctx context.Context, reader int) error {
	var noted koji.EventID
	var was string
	for time.Now().Before(x.end) {
		x.views.Add(1)
		err := x.store(reader).View(ctx, func(tx *storage.Tx) error {
			last, err := lastEvent(ctx, tx)
			if err != nil {
				return err
			}
			if last < noted {
				return fmt.Errorf("the last event was %d and is %d", noted, last)
			}
			if noted != koji.Now {
				is, err := x.content(ctx, tx, noted)
				if err != nil || is != was {
					return errors.Join(err, fmt.Errorf("at event %d there was %s and is %s", noted, was, is))
				}
			}
			noted = last
			was, err = x.content(ctx, tx, last)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// content describes the tag at an event and the events up to it.
func (x *stress) content(ctx context.Context, tx *storage.Tx, at koji.EventID) (string, error) {
	text := ""
	if at != koji.Now {
		list, err := tx.TagExtras().List(ctx, at, storage.TagExtraFilter{Tag: storage.Is(x.tag)})
		if err != nil {
			return "", err
		}
		for _, e := range list {
			text += fmt.Sprintln(e.Key, e.Value.V, e.CreateEvent)
		}
	}
	newest := storage.Page{Order: []storage.Order{{Column: "id", Desc: true}}, Limit: window}
	events, err := tx.Events().List(ctx, storage.EventFilter{ID: storage.AtMost(at)}, newest)
	return fmt.Sprint(text, events), err
}

// check looks for everything that was committed, and returns the last event.
func (x *stress) check(t *testing.T) (last koji.EventID) {
	t.Helper()
	ctx := t.Context()
	total := 0
	require.NoError(t, x.stores[0].View(ctx, func(tx *storage.Tx) (err error) {
		for writer, n := range x.commits {
			require.Positive(t, n, "nobody starves")
			total += n
			history, err := tx.TagExtras().History(ctx, storage.TagExtraFilter{Key: storage.Is(strconv.Itoa(writer))})
			require.NoError(t, err)
			require.Len(t, history, n)
			for i, e := range history {
				require.Equal(t, strconv.Itoa(i+1), e.Value.V)
				if i == n-1 {
					require.True(t, e.Active())
				} else {
					require.Equal(t, history[i+1].CreateEvent, e.RevokeEvent.V)
				}
			}
		}
		packages, err := tx.Packages().Count(ctx, storage.PackageFilter{})
		require.NoError(t, err)
		require.Equal(t, total, packages)
		events, err := tx.Events().Count(ctx, storage.EventFilter{})
		require.NoError(t, err)
		require.Equal(t, total, events)
		last, err = lastEvent(ctx, tx)
		return err
	}))
	return last
}
