package pgtest

import (
	"context"
	"os/exec"

	"github.com/jackc/pgx/v5"
)

// Start starts a private server, for programs that are no tests, and returns the
// connection string of its database. stop ends the server and removes all that
// it has stored.
func Start() (dsn string, stop func(), err error) {
	initdb, err := exec.LookPath("initdb")
	if err != nil {
		return "", nil, err
	}
	postgres, err := exec.LookPath("postgres")
	if err != nil {
		return "", nil, err
	}
	c, err := startNew(postgres, initdb)
	if err != nil {
		return "", nil, err
	}
	return c.dsn(), c.stop, nil
}

// Analyze has a server count what is in a database, which the plans of its
// queries depend on.
func Analyze(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, "VACUUM ANALYZE")
	return err
}

// startNew starts a server that has nothing stored yet.
func startNew(postgres, initdb string) (*cluster, error) {
	return start(postgres, initdb, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-sync", "--no-locale")
}
