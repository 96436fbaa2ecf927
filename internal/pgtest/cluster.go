package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
)

// startTimeout bounds the wait for a new server.
const startTimeout = time.Minute

// cluster is a running private server.
type cluster struct {
	dir    string // holds everything: data, socket, log
	server *exec.Cmd
	exited chan struct{} // closed when it has ended
}

// start makes a data directory by a program that takes its path as the last
// argument, and runs a server on it.
func start(postgres, program string, args ...string) (*cluster, error) {
	// Not below the test's own directory: the path of a socket is limited to
	// about a hundred bytes.
	dir, err := os.MkdirTemp("/tmp", "pgtest")
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: dir, exited: make(chan struct{})}
	if err := c.run(postgres, program, args); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		return nil, errors.Join(fmt.Errorf("%w\n%s", err, log), os.RemoveAll(dir))
	}
	return c, nil
}

func (c *cluster) run(postgres, program string, args []string) error {
	if err := giveAway(c.dir); err != nil {
		return err
	}
	data := filepath.Join(c.dir, "data")
	out, err := c.command(program, append(args, "-D", data)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", program, err, bytes.TrimSpace(out))
	}
	log, err := os.Create(filepath.Join(c.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	c.server = c.command(postgres, "-D", data, "-k", c.dir, "-c", "listen_addresses=", "-c", "fsync=off",
		"-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=200",
		"-c", "max_pred_locks_per_transaction=256", "-c", "log_min_messages=fatal", "-c", "log_min_error_statement=panic")
	c.server.Stdout, c.server.Stderr = log, log
	if err := c.server.Start(); err != nil {
		return err
	}
	go func() {
		_ = c.server.Wait() // the state of the process tells as much
		close(c.exited)
	}()
	return c.wait()
}

// command runs a program as somebody whom PostgreSQL accepts, who dies with the
// tests.
func (c *cluster) command(path string, args ...string) *exec.Cmd {
	cmd := exec.Command(path, args...)
	cmd.Dir = c.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = attributes()
	return cmd
}

// wait waits until the server answers.
func (c *cluster) wait() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, c.dsn())
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-c.exited:
			return fmt.Errorf("server ended: %s", c.server.ProcessState)
		case <-ctx.Done():
			c.stop()
			return fmt.Errorf("server does not answer: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (c *cluster) dsn() string { return fmt.Sprintf("host=%s user=postgres dbname=postgres", c.dir) }

// stop ends the server at once and removes its directory.
func (c *cluster) stop() {
	_ = c.server.Process.Signal(os.Interrupt) // a fast shutdown
	select {
	case <-c.exited:
	case <-time.After(startTimeout):
		_ = c.server.Process.Kill()
	}
	_ = os.RemoveAll(c.dir)
}
