// Package pgtest gives tests PostgreSQL databases of their own.
//
//	func TestSomething(t *testing.T) {
//		dsn := pgtest.Database(t)
//		...
//	}
//
// The server is the one that the environment variable KOJIKIT_TEST_POSTGRES
// names, by a connection string of a user who may create databases. If it is not
// set, the first test starts a private one from the programs of the host: on a
// socket in a temporary directory, without network, and without care for crashes.
// It is stopped by [Main]. Without those programs the test is skipped (package
// hosttool). There can be replicas of it.
package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kojikit/kojikit/internal/hosttool"
)

// ServerEnv is the environment variable with the connection string of a server.
const ServerEnv = "KOJIKIT_TEST_POSTGRES"

// Main runs the tests of a package that uses databases, and stops the server
// afterwards:
//
//	func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
func Main(m *testing.M) int {
	defer stop()
	return m.Run()
}

// Database creates an empty database and returns its connection string. It is
// dropped when the test is over. Options are those of CREATE DATABASE; without
// them text is ordered by its bytes.
func Database(tb testing.TB, options ...string) string {
	tb.Helper()
	return create(tb, "TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' "+strings.Join(options, " "))
}

// Copy creates a copy of a database that nobody is connected to and returns its
// connection string. It takes less time than to make the tables anew, and is
// dropped when the test is over.
func Copy(tb testing.TB, dsn string) string {
	tb.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		tb.Fatal(err)
	}
	return create(tb, "TEMPLATE "+config.Database)
}

// create creates a database and drops it when the test is over.
func create(tb testing.TB, options string) string {
	tb.Helper()
	server := Server(tb)
	name := fmt.Sprintf("kojikit_%d_%d", os.Getpid(), databases.Add(1))
	Exec(tb, server, fmt.Sprintf("CREATE DATABASE %s %s", name, options))
	tb.Cleanup(func() { Exec(tb, server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	u, err := url.Parse(server)
	if err != nil || u.Scheme == "" {
		return server + " dbname=" + name // the last one counts
	}
	u.Path = "/" + name
	return u.String()
}

var databases atomic.Int64

// Exec runs statements on the database of a connection string.
func Exec(tb testing.TB, dsn string, statements ...string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			tb.Fatalf("%v, in: %s", err, s)
		}
	}
}

// private is the server of this process.
var private struct {
	sync.Mutex
	cluster *cluster
}

// Server returns the connection string of the server's own database.
func Server(tb testing.TB) string {
	tb.Helper()
	if dsn := os.Getenv(ServerEnv); dsn != "" {
		return dsn
	}
	initdb, postgres := hosttool.Need(tb, "initdb"), hosttool.Need(tb, "postgres")
	private.Lock()
	defer private.Unlock()
	if private.cluster == nil {
		c, err := startNew(postgres, initdb)
		if err != nil {
			tb.Fatalf("private PostgreSQL: %v", err)
		}
		private.cluster = c
	}
	return private.cluster.dsn()
}

// Replica returns the connection string of a database on a replica of its server
// (a hot standby), which is stopped when the test is over. What is committed after
// the call takes a moment to arrive there. Without a private server the test is
// skipped.
func Replica(tb testing.TB, dsn string) string {
	tb.Helper()
	if os.Getenv(ServerEnv) != "" {
		tb.Skipf("%s is not a private server, of which there could be a replica", ServerEnv)
	}
	server := Server(tb)
	backup, postgres := hosttool.Need(tb, "pg_basebackup"), hosttool.Need(tb, "postgres")
	c, err := start(postgres, backup, "-d", server, "--checkpoint=fast", "--no-sync", "--write-recovery-conf", "--wal-method=stream")
	if err != nil {
		tb.Fatalf("replica of the private PostgreSQL: %v", err)
	}
	tb.Cleanup(c.stop)
	return fmt.Sprintf("%s host=%s", dsn, c.dir) // the last one counts
}

func stop() {
	private.Lock()
	defer private.Unlock()
	if private.cluster != nil {
		private.cluster.stop()
		private.cluster = nil
	}
}
