package storagetest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// crashEnv makes the test program the one that is killed: how it writes, and the
// place of its store.
const crashEnv = "KOJIKIT_STORAGETEST_CRASH"

// crashSteps is how many transactions the program that is killed has committed,
// at least.
const crashSteps = 10

// testCrash kills a program that writes and looks at what it leaves behind.
func (s suite) testCrash(t *testing.T) {
	if how, place, ok := strings.Cut(os.Getenv(crashEnv), " "); ok {
		s.writeOn(t, how, place)
	}
	for how, title := range map[string]string{
		"halt": "in the middle of a transaction",
		"run":  "at any moment",
		"lock": "while it holds a lock",
	} {
		t.Run(title, func(t *testing.T) { s.testKilled(t, how) })
	}
}

func (s suite) testKilled(t *testing.T, how string) {
	place := s.Place(t)
	told := kill(t, how, place)

	store, ctx := s.openAt(t, place), t.Context()
	b := &bed{store: store, rows: newSource()}
	names := b.committed(t)
	require.GreaterOrEqual(t, len(names), told, "what was committed is there")
	if how != "run" {
		require.Len(t, names, told, "what was not is not")
	}
	require.NoError(t, store.View(ctx, func(tx *storage.Tx) error {
		for i, name := range names {
			require.Equal(t, fmt.Sprint("step ", i), name)
		}
		tags, err := tx.Tags().Count(ctx, storage.TagFilter{})
		require.NoError(t, err)
		require.Equal(t, len(names), tags, "a transaction is there as a whole")
		extras, err := tx.TagExtras().List(ctx, koji.Now, storage.TagExtraFilter{}, storage.Page{Order: []storage.Order{{Column: "create_event"}}})
		require.NoError(t, err)
		require.Len(t, extras, len(names))
		events, err := tx.Events().List(ctx, storage.EventFilter{})
		require.NoError(t, err)
		require.Len(t, events, len(names))
		for i, e := range extras {
			require.Equal(t, events[i].ID, e.CreateEvent)
		}
		return nil
	}))

	require.NoError(t, store.Retry(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(ctx, "crash"); err != nil {
			return err
		}
		return crashStep(ctx, tx, len(names))
	}), "things go on")
	require.Len(t, b.committed(t), len(names)+1)
}

// kill runs the test program again, as one that writes, kills it when it has
// told enough and returns the number of transactions that it has told.
func kill(t *testing.T, how, place string) (told int) {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	name, _, _ := strings.Cut(t.Name(), "/Crash/")
	cmd := exec.Command(program, "-test.run", "^"+strings.ReplaceAll(name, "/", "$/^")+"$/^Crash$")
	cmd.Env = append(os.Environ(), crashEnv+"="+how+" "+place)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer func() { _ = cmd.Wait() }() // it was killed
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		switch text := lines.Text(); {
		case text == "halted":
			require.NoError(t, cmd.Process.Kill())
			return told
		case text == "committed":
			if told++; told == 3*crashSteps {
				require.NoError(t, cmd.Process.Kill())
			}
		case text != "":
			t.Log(text)
		}
	}
	require.GreaterOrEqual(t, told, crashSteps, "the program ended by itself")
	return told
}

// writeOn commits transactions and tells of each, until it is killed.
func (s suite) writeOn(t *testing.T, how, place string) {
	store, ctx := s.openAt(t, place), context.Background()
	for i := 0; ; i++ {
		require.NoError(t, store.Update(ctx, func(tx *storage.Tx) error {
			if how == "lock" {
				require.NoError(t, tx.Lock(ctx, "crash"))
			}
			if err := crashStep(ctx, tx, i); err != nil || how == "run" || i < crashSteps {
				return err
			}
			for j := range 5000 { // more than a database holds back
				p := storage.Package{Name: fmt.Sprintf("%0200d", j)}
				require.NoError(t, tx.Packages().Insert(ctx, &p))
			}
			tell("halted")
			select {}
		}))
		tell("committed")
	}
}

// tell writes a line of its own for the program that waits to kill this one.
func tell(text string) { _, _ = fmt.Fprintf(os.Stdout, "\n%s\n", text) }

// crashStep changes several tables.
func crashStep(ctx context.Context, tx *storage.Tx, i int) error {
	tx.Actor = 1
	tag := storage.Tag{Name: fmt.Sprint("step ", i)}
	if i == 0 {
		if err := tx.Users().Insert(ctx, &storage.User{ID: 1, Name: "someone"}); err != nil {
			return err
		}
	}
	if err := put(ctx, tx, tag.Name); err != nil {
		return err
	}
	if err := tx.Tags().Insert(ctx, &tag); err != nil {
		return err
	}
	return tx.TagExtras().Insert(ctx, &storage.TagExtra{Tag: tag.ID, Key: "step"})
}
