// Command policycheck checks the policies of a Koji hub before they are deployed: it
// reads the hub's configuration as the hub does, reports everything that is wrong or
// hardly meant, asks the policies the cases of a file, and measures how much of the
// rules the cases reach. It is made for continuous integration of a hub's
// configuration.
//
//	policycheck -config hub.conf -cases cases.yaml -min-coverage 90 -format text
//
// It exits with 0 if all is well, with 1 if a problem of severity error was found, a
// case failed or the coverage is too low, and with 2 if it was called wrongly.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
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
	exitProblems
	exitUsage
)

// options are the command's flags.
type options struct {
	configs     list
	configDir   string
	cases       list
	minCoverage float64
	format      string
	strict      bool
	sidetags    bool
	plugins     bool
	html        string
	rewrite     bool
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string { return fmt.Sprint(*l) }

func (l *list) Set(s string) error {
	*l = append(*l, s)
	return nil
}

func parse(args []string, stderr io.Writer) (*options, error) {
	var o options
	f := flag.NewFlagSet("policycheck", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Var(&o.configs, "config", "configuration `file` of the hub; if given again, a later file overrides an earlier one")
	f.StringVar(&o.configDir, "config-dir", "", "`directory` of *.conf files, which are read first")
	f.Var(&o.cases, "cases", "`file` of cases in YAML or JSON; may be given again")
	f.Float64Var(&o.minCoverage, "min-coverage", 0, "least `percentage` of the rules that the cases must cover")
	f.StringVar(&o.format, "format", "text", "text, json or sarif")
	f.BoolVar(&o.strict, "strict", false, "refuse texts that mean something else than they seem to")
	f.BoolVar(&o.sidetags, "sidetags", true, "know the tests of the plugin sidetag_hub")
	f.BoolVar(&o.plugins, "plugins", false, "accept tests that are not known: plugins may define them")
	f.StringVar(&o.html, "coverage-html", "", "`file` to write the coverage to, as a page")
	f.BoolVar(&o.rewrite, "rewrite", false, "give the policies in the configuration files a canonical layout first; comments stay")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if o.configs == nil && o.configDir == "" {
		return nil, errors.New("give the hub's configuration with -config")
	}
	if o.format != "text" && o.format != "json" && o.format != "sarif" {
		return nil, fmt.Errorf("there is no format %q: want text, json or sarif", o.format)
	}
	return &o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	if err != nil {
		fmt.Fprintln(stderr, "policycheck:", err)
		return exitUsage
	}
	r, err := check(ctx, o)
	if err == nil {
		err = r.write(stdout, o.format)
	}
	if err == nil && o.html != "" {
		err = r.writeHTML(o.html)
	}
	if err != nil {
		fmt.Fprintln(stderr, "policycheck:", err)
		return exitUsage
	}
	if !r.OK {
		return exitProblems
	}
	return exitOK
}
