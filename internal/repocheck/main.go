// Command repocheck compares the repository metadata that rpmmd makes of a
// directory of RPMs with what the installed createrepo_c makes of it, package by
// package and byte by byte:
//
//	go run ./internal/repocheck /srv/repo
//
// Both write into temporary places; nothing is written into the directory. What
// cannot be equal is left out of the comparison: the compressed bytes, their
// checksums and sizes.
//
// It prints the differences and exits with 1 if there are any, and with 2 if it
// cannot compare.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout)
	stop()
	os.Exit(code)
}

// run is the program; it returns the exit code.
func run(ctx context.Context, args []string, out io.Writer) int {
	flags := flag.NewFlagSet("repocheck", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.Usage = func() {
		report(out, "usage: repocheck [flags] DIR")
		flags.PrintDefaults()
	}
	var c check
	flags.StringVar(&c.tool, "createrepo", "createrepo_c", "`program` to compare with")
	flags.StringVar(&c.checksum, "checksum", "sha256", "checksum `type` of packages and records")
	flags.StringVar(&c.group, "group", "", "comps `file` to include")
	flags.StringVar(&c.revision, "revision", "1700000000", "revision and timestamp of all records, a `number`")
	flags.StringVar(&c.compression, "compress", "gz", "`type` of compression: gz or xz")
	flags.BoolVar(&c.zchunk, "zck", false, "compare zchunk files as well, and where they are cut")
	flags.IntVar(&c.changelogs, "changelog-limit", 10, "`number` of changelog entries; -1 for all, 0 for none")
	most := flags.Int("max", 20, "`number` of differences to print")
	verbose := flags.Bool("v", false, "also print the warnings of both sides")
	if flags.Parse(args) != nil {
		return 2
	}
	if flags.NArg() != 1 {
		flags.Usage()
		return 2
	}
	tool, err := exec.LookPath(c.tool)
	if err != nil {
		report(out, "repocheck: %v", err)
		return 2
	}
	c.tool = tool
	found, err := c.compare(ctx, flags.Arg(0))
	if err != nil {
		report(out, "repocheck: %v", err)
		return 2
	}
	if *verbose {
		for _, w := range found.warnings {
			report(out, "warning: %s", w)
		}
	}
	for i, d := range found.differences {
		if i == *most {
			report(out, "...")
			break
		}
		report(out, "%s", d)
	}
	report(out, "%d packages, %d fragments compared, %d differences", found.packages, found.fragments, len(found.differences))
	if len(found.differences) > 0 {
		return 1
	}
	return 0
}

// report prints a line. There is nobody to tell if that fails.
func report(out io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(out, format+"\n", args...)
}
