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
	"os"
	"os/exec"
	"os/signal"
)

func main() {
	os.Exit(run())
}

func run() int {
	var c check
	flag.StringVar(&c.tool, "createrepo", "createrepo_c", "program to compare with")
	flag.StringVar(&c.checksum, "checksum", "sha256", "checksum `type` of packages and records")
	flag.StringVar(&c.group, "group", "", "comps `file` to include")
	flag.StringVar(&c.revision, "revision", "1700000000", "revision, and timestamp of all records")
	flag.IntVar(&c.changelogs, "changelog-limit", 10, "number of changelog entries; -1 for all, 0 for none")
	most := flag.Int("max", 20, "number of differences to print")
	verbose := flag.Bool("v", false, "also print the warnings of both sides")
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		return 2
	}
	var err error
	if c.tool, err = exec.LookPath(c.tool); err != nil {
		fmt.Println("repocheck:", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	report, err := c.compare(ctx, flag.Arg(0))
	if err != nil {
		fmt.Println("repocheck:", err)
		return 2
	}
	if *verbose {
		for _, w := range report.warnings {
			fmt.Println("warning:", w)
		}
	}
	for i, d := range report.differences {
		if i == *most {
			fmt.Println("...")
			break
		}
		fmt.Println(d)
	}
	fmt.Printf("%d packages, %d fragments compared, %d differences\n", report.packages, report.fragments, len(report.differences))
	if len(report.differences) > 0 {
		return 1
	}
	return 0
}
