// Command quickstart does the main job of kojikit on an embedded store: it
// imports rpm files into builds, creates a small tag tree, shows what the tags
// resolve to and why, and writes a dist repository in which every rpm carries
// the signature that is wanted most.
//
// Without arguments it uses the rpms in its own testdata and a new temporary
// directory:
//
//	go run ./examples/quickstart
//
// With -rpms it does the same for rpms of your own:
//
//	go run ./examples/quickstart -rpms ~/rpms -keys a15b79cc,18b8e74c -out /srv/koji -arch x86_64
//
// Everything below -out is a Koji topdir: builds under packages, repositories
// under repos-dist.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unicode"

	"github.com/kojikit/kojikit/build"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/files"
	"github.com/kojikit/kojikit/storage/memory"
	"github.com/kojikit/kojikit/tag"
)

func main() {
	// A reader of the output that goes away, as head does, ends the program like
	// an interrupt, so that nothing is left half-written then either.
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE}
	if !signal.Ignored(syscall.SIGHUP) {
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	defer stop()
	// Who does not want to wait for the cleaning up interrupts a second time.
	context.AfterFunc(ctx, func() { signal.Reset(os.Interrupt, syscall.SIGTERM) })
	cfg, err := parseFlags(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil {
		err = run(ctx, cfg, os.Stdout)
	}
	if errors.Is(err, context.Canceled) {
		err = fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", oneLine(err))
		os.Exit(1)
	}
}

// oneLine keeps an error that has several causes on one line, and what files are
// called from doing things to the terminal.
func oneLine(err error) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, strings.ReplaceAll(err.Error(), "\n", "; "))
}

// config is what the command line says.
type config struct {
	rpms     string   // directory of rpm files; empty for those of testdata
	keys     []string // wanted keys, best first
	out      string   // topdir; empty for a new temporary one
	arches   []string // of the repositories; empty for those of the rpms
	comps    string   // comps.xml to pass on; empty for none
	unsigned repo.Unsigned
}

func parseFlags(args []string, usage io.Writer) (config, error) {
	var cfg config
	set := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	set.SetOutput(usage)
	set.StringVar(&cfg.rpms, "rpms", "", "`directory` of rpm files to import, with all below it (default: a small distribution of its own)")
	set.StringVar(&cfg.out, "out", "", "`directory` to become the topdir (default: a new temporary one)")
	set.StringVar(&cfg.comps, "comps", "", "comps `file` to pass on")
	keys := set.String("keys", "", "wanted signature `keys`, best first, 8 hex digits each, separated by commas; without any, signatures do not matter")
	arches := set.String("arch", "", "`architectures` to make repositories for, separated by commas (default: those of the rpms)")
	allow := set.Bool("allow-missing", false, "take rpms that none of the keys has signed")
	skip := set.Bool("skip-missing", false, "leave out rpms that none of the keys has signed")
	if err := set.Parse(args); err != nil {
		return cfg, err
	}
	cfg.keys, cfg.arches = split(strings.ToLower(*keys)), split(*arches)
	switch {
	case set.NArg() > 0:
		return cfg, fmt.Errorf("unexpected argument %q", set.Arg(0))
	case *allow && *skip:
		return cfg, errors.New("-allow-missing and -skip-missing exclude each other")
	case *allow, cfg.rpms != "" && len(cfg.keys) == 0:
		cfg.unsigned = repo.AllowUnsigned
	case *skip:
		cfg.unsigned = repo.SkipUnsigned
	}
	for _, k := range cfg.keys {
		if len(k) != 8 || strings.Trim(k, "0123456789abcdef") != "" {
			return cfg, fmt.Errorf("key %q is not of 8 hex digits", k)
		}
	}
	return cfg, koji.CheckArches(cfg.arches)
}

// split returns the different items of a list, in their order.
func split(list string) []string {
	var items []string
	for item := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		if !slices.Contains(items, item) {
			items = append(items, item)
		}
	}
	return items
}

// app is one run: the parts of kojikit that it is made of, and where it reports.
type app struct {
	*report
	cfg     config
	in      *input
	store   *storage.Store
	tree    *files.Tree
	tracker *build.Tracker
	tags    *tag.Resolver
	user    koji.UserID
}

func run(ctx context.Context, cfg config, out io.Writer) (err error) {
	in, err := openInput(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	undo, err := makeTopdir(&cfg.out)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, undo())
		}
	}()

	tree, err := files.Open(cfg.out, files.Options{})
	if err != nil {
		return err
	}
	defer tree.Close()
	store := memory.Open(memory.Options{})
	defer store.Close()
	a := &app{
		report: newReport(out), cfg: in.complete(cfg), in: in,
		store: store, tree: tree,
		tracker: build.New(store, tree, build.Options{}),
		tags:    tag.NewResolver(tag.NewSource(store), tag.Options{}),
	}
	if err := a.addUser(ctx, "releng"); err != nil {
		return err
	}
	imported, err := a.importRPMs(ctx)
	if err != nil {
		return err
	}
	releases, err := a.releases(ctx, imported)
	if err != nil {
		return err
	}
	tags, err := a.createTags(ctx, releases)
	if err != nil {
		return err
	}
	if err := a.showTags(ctx, tags); err != nil {
		return err
	}
	dist, err := a.makeRepo(ctx, tags)
	if err != nil {
		return err
	}
	return a.showClient(ctx, dist)
}

// makeTopdir makes the topdir, or takes a directory that is there and empty, and
// returns what takes everything back.
func makeTopdir(dir *string) (undo func() error, err error) {
	if *dir == "" {
		*dir, err = os.MkdirTemp("", "kojikit-quickstart-")
		return func() error { return os.RemoveAll(*dir) }, err
	}
	entries, err := os.ReadDir(*dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if err := os.Mkdir(*dir, 0o755); err != nil {
			return nil, err
		}
		undo = func() error { return os.RemoveAll(*dir) }
	case err != nil:
		return nil, err
	case len(entries) > 0:
		return nil, fmt.Errorf("%s is not empty; this program keeps no records between runs, so it needs a new topdir", *dir)
	default:
		undo = func() error { return empty(*dir) }
	}
	// Only one process can make this directory. Another that finds the topdir empty
	// at the same time must not take back what this one does.
	if err := os.Mkdir(filepath.Join(*dir, "packages"), 0o777); err != nil {
		if !errors.Is(err, os.ErrExist) {
			err = errors.Join(err, undo())
		}
		return nil, err
	}
	return undo, nil
}

// empty removes everything in a directory.
func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}

func (a *app) addUser(ctx context.Context, name string) error {
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		user := storage.User{Name: name}
		if err := tx.Users().Insert(ctx, &user); err != nil {
			return err
		}
		a.user = user.ID
		return nil
	})
}
