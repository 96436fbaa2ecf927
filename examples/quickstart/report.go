package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// report prints what happens, for people.
type report struct {
	out  io.Writer
	last time.Time // of the last line of progress
}

func newReport(out io.Writer) *report { return &report{out: out, last: time.Now()} }

func (r *report) printf(format string, args ...any) { fmt.Fprintf(r.out, format, args...) }

// section prints a heading.
func (r *report) section(format string, args ...any) {
	title := fmt.Sprintf(format, args...)
	r.printf("\n%s\n%s\n", title, strings.Repeat("-", len([]rune(title))))
}

// table prints rows under headings, in columns.
func (r *report) table(headings []string, rows [][]string) {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{headings}, rows...) {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	w.Flush()
	for line := range strings.Lines(text.String()) {
		r.printf("%s\n", strings.TrimRight(line, " \n"))
	}
}

// progress prints a line now and then, so that quick steps print none.
func (r *report) progress(step string, done, total int, of string) {
	if now := time.Now(); now.Sub(r.last) >= time.Second {
		r.last = now
		r.printf("  %s: %d of %d %s\n", step, done, total, of)
	}
}

// count renders a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
