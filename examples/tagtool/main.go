// Command tagtool shows what is in the tags of a Koji system, and why: from a Koji
// database as it is, from a store in an SQLite file, or from a sample of its own.
//
//	tagtool [flags] COMMAND [arguments]
//
//	tagtool -store "host=db dbname=koji user=koji" tree f44-build
//	tagtool -store tags.db -at 2026-01-31 latest f44-updates
//	tagtool explain dist-rocky8-updates-build bash
//
// It never changes a store. Without arguments it lists the commands; answers are
// tables for people, or JSON for programs with -json. It exits with 1 if there is
// no answer, and with 2 if it was called wrongly.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// The exit codes.
const (
	exitOK = iota
	exitFailed
	exitUsage
)

// options are the command's flags.
type options struct {
	store string
	event int64
	at    string
	json  bool
}

// tool answers commands from one store.
type tool struct {
	store    *storage.Store
	resolver *tag.Resolver
	at       koji.EventID // that is asked about
	args     []string     // of the command
}

// command is something to ask.
type command struct {
	name string
	args string // as the usage shows them
	help string
	run  func(ctx context.Context, t *tool) (*table, error)
	// count is how many arguments there must be, and may be.
	min, max int
	now      bool // it knows of the present only
}

func commands() []command {
	return slices.Concat(settingsCommands(), treeCommands(), contentCommands(), explainCommands(),
		diffCommands(), historyCommands())
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	f := flag.NewFlagSet("tagtool", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.store, "store", "sample", "where to read: a PostgreSQL connection `string` or URL, the path of an SQLite file, or sample")
	f.Int64Var(&o.event, "event", 0, "ask about the state at this `event` instead of now")
	f.StringVar(&o.at, "at", "", "ask about the state at this `time`: 2026-01-31, \"2026-01-31 12:00:00\" in UTC, or RFC 3339")
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.Usage = func() { usage(f) }
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return exitOK
		}
		return exitUsage
	}
	c, err := choose(f.Args())
	if err == nil && o.event != 0 && o.at != "" {
		err = errors.New("give -event or -at, not both")
	}
	if err == nil && o.event < 0 {
		err = fmt.Errorf("there is no event %d", o.event)
	}
	if err == nil && c.now && (o.event != 0 || o.at != "") {
		err = fmt.Errorf("%s tells of the present only, not of -event or -at", c.name)
	}
	if err != nil {
		fmt.Fprintf(stderr, "tagtool: %v\n", err)
		if f.NArg() == 0 {
			f.Usage()
		}
		return exitUsage
	}
	if err := answer(ctx, c, f.Args()[1:], &o, stdout); err != nil {
		fmt.Fprintf(stderr, "tagtool: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// choose returns the command that the arguments ask for.
func choose(args []string) (command, error) {
	if len(args) == 0 {
		return command{}, errors.New("no command")
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		for _, arg := range args[1:] {
			if strings.HasPrefix(arg, "-") {
				return c, fmt.Errorf("%s stands behind the command: flags come before it", arg)
			}
		}
		if n := len(args) - 1; n < c.min || n > c.max {
			return c, fmt.Errorf("wrong number of arguments: want %s %s", c.name, c.args)
		}
		return c, nil
	}
	return command{}, fmt.Errorf("there is no command %q", args[0])
}

func usage(f *flag.FlagSet) {
	out := f.Output()
	fmt.Fprint(out, "usage: tagtool [flags] command [arguments]\n\ncommands:\n")
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, c := range commands() {
		fmt.Fprintf(w, "  %s\t%s\n", strings.TrimSpace(c.name+" "+c.args), c.help)
	}
	w.Flush()
	fmt.Fprint(out, "\nflags:\n")
	f.PrintDefaults()
}

// answer opens the store, runs a command and prints what it found.
func answer(ctx context.Context, c command, args []string, o *options, stdout io.Writer) error {
	store, err := open(ctx, o.store)
	if err != nil {
		return err
	}
	defer store.Close()
	t := &tool{store: store, resolver: tag.NewResolver(tag.NewSource(store), tag.Options{}), args: args, at: koji.EventID(o.event)}
	if o.at != "" {
		t.at, err = t.eventAt(ctx, o.at)
	} else {
		err = t.happened(ctx, t.at)
	}
	if err != nil {
		return err
	}
	found, err := c.run(ctx, t)
	if err != nil {
		return err
	}
	if o.json {
		return found.writeJSON(stdout)
	}
	return found.writeText(stdout)
}

// happened refuses an event that is still to come: what will be at it is not known.
func (t *tool) happened(ctx context.Context, event koji.EventID) error {
	if event == koji.Now {
		return nil
	}
	return t.store.View(ctx, func(tx *storage.Tx) error {
		later, err := tx.Events().List(ctx, storage.EventFilter{ID: storage.AtLeast(event)}, storage.Page{Limit: 1})
		if err == nil && len(later) == 0 {
			err = fmt.Errorf("there is no event %d yet", event)
		}
		return err
	})
}

// eventAt returns the last event before a time.
func (t *tool) eventAt(ctx context.Context, text string) (koji.EventID, error) {
	when, err := parseTime(text)
	if err != nil {
		return koji.Now, err
	}
	var found []storage.Event
	err = t.store.View(ctx, func(tx *storage.Tx) error {
		found, err = tx.Events().List(ctx, storage.EventFilter{Time: storage.AtMost(when)},
			storage.Page{Order: []storage.Order{{Column: "id", Desc: true}}, Limit: 1})
		return err
	})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("nothing had happened by %s", when.Format(time.RFC3339))
	}
	if err != nil {
		return koji.Now, err
	}
	return found[0].ID, nil
}

func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateTime, "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, time.UTC); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("cannot read the time %q: want 2026-01-31, \"2026-01-31 12:00\" or RFC 3339", text)
}

// tag returns the tag named by an argument, which must exist at the event.
func (t *tool) tag(ctx context.Context, name string) (tag.Info, error) {
	info, err := t.resolver.Lookup(ctx, name, t.at)
	if err == nil && !info.Exists {
		err = koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "tag %q does not exist%s", name, t.then())
	}
	return info, err
}

// then says when, if that is not now.
func (t *tool) then() string {
	if t.at == koji.Now {
		return ""
	}
	return fmt.Sprintf(" at event %d", t.at)
}
