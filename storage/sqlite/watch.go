package sqlite

import (
	"context"
	"net/url"
	"time"

	"github.com/uptrace/bun"
)

// watch calls wake when somebody else than a connection of its own, which it
// asks again and again, has committed.
func watch(ctx context.Context, path string, every time.Duration, wake func()) error {
	pool, err := connect(path, url.Values{"mode": {"rw"}, "_pragma": {"busy_timeout(10000)", "query_only(1)"}}, 1)
	if err != nil {
		return err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	last, err := version(ctx, conn)
	if err != nil {
		_ = pool.Close()
		return err
	}
	go func() {
		defer pool.Close()
		defer conn.Close()
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			// After an error nobody knows, so there may have been a commit.
			if v, err := version(ctx, conn); err != nil || v != last {
				last = v
				wake()
			}
		}
	}()
	return nil
}

// version returns a number that is another one after a commit by others.
func version(ctx context.Context, conn bun.Conn) (n int64, err error) {
	err = conn.QueryRowContext(ctx, "PRAGMA data_version").Scan(&n)
	return n, err
}
