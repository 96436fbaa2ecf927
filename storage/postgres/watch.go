package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
)

// watcher waits for commits on a connection of its own.
type watcher struct {
	config *pgx.ConnConfig
	every  time.Duration
	wake   func()

	conn *pgx.Conn
	last string // the state that was seen last
}

// watch calls wake when others have committed: those who use this package send a
// notification; for the sake of all others, and on a replica, where nobody can
// listen, it looks again and again at which transactions are over.
func watch(ctx context.Context, config *pgx.ConnConfig, every time.Duration, wake func()) error {
	config = config.Copy()
	// A wait that is over leaves the connection as it is.
	config.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.DeadlineContextWatcherHandler{Conn: conn.Conn()}
	}
	w := &watcher{config: config, every: every, wake: wake}
	if err := w.connect(ctx); err != nil {
		return err
	}
	go w.run(ctx)
	return nil
}

func (w *watcher) connect(ctx context.Context) (err error) {
	if w.conn, err = pgx.ConnectConfig(ctx, w.config); err != nil {
		return err
	}
	var replica bool
	if err = w.conn.QueryRow(ctx, "SELECT pg_is_in_recovery()").Scan(&replica); err == nil && !replica {
		_, err = w.conn.Exec(ctx, "LISTEN "+channel)
	}
	if err == nil {
		w.last, err = w.state(ctx)
	}
	if err != nil {
		w.close()
	}
	return err
}

// state returns a text that is another one after any transaction has ended that
// wrote something. The highest event would not do: a stock hub commits events out
// of order, and changes without any.
func (w *watcher) state(ctx context.Context) (text string, err error) {
	err = w.conn.QueryRow(ctx, "SELECT txid_current_snapshot()::text").Scan(&text)
	return text, err
}

func (w *watcher) close() {
	if w.conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = w.conn.Close(ctx)
		w.conn = nil
	}
}

func (w *watcher) run(ctx context.Context) {
	defer w.close()
	for ctx.Err() == nil {
		if w.conn == nil {
			if err := w.connect(ctx); err != nil {
				select {
				case <-ctx.Done():
				case <-time.After(w.every):
				}
				continue
			}
			w.wake() // for what happened meanwhile
		}
		if err := w.wait(ctx); err != nil {
			w.close()
		}
	}
}

// wait waits for a notification, or looks after a while.
func (w *watcher) wait(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, w.every)
	defer cancel()
	_, err := w.conn.WaitForNotification(limited)
	switch {
	case err == nil:
		w.wake()
		return nil
	case !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil || w.conn.IsClosed():
		return err
	}
	state, err := w.state(ctx)
	if err == nil && state != w.last {
		w.last = state
		w.wake()
	}
	return err
}
