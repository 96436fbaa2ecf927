// Package golden runs golden test vectors: questions about Koji's behaviour with
// the answers of the reference implementation.
//
// An area (nvr, tags, policy, ...) is a directory of JSON Lines files, plain or
// compressed with gzip, one case a line. A package keeps the cases of its area in
// testdata/golden/AREA. If the environment variable KOJIKIT_GOLDEN names a
// directory with one subdirectory for each area, the cases in its AREA are run
// too. After all cases of an area one line is printed:
//
//	golden AREA: N cases, M failed
//
// A test supplies one function for each call that its area asks:
//
//	func TestGolden(t *testing.T) {
//		golden.Run(t, "nvr", func(t testing.TB, c *golden.Case) golden.Calls {
//			return golden.Calls{
//				"canonArch": func(q *golden.Query) (any, error) {
//					var args struct{ Arch string }
//					q.Args(&args)
//					return koji.CanonArch(args.Arch), nil
//				},
//			}
//		})
//	}
//
// The answer is compared with the expected one as JSON, so it may be any value
// that encoding/json can write. A call that has no function fails the case.
package golden

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"testing"
)

// Calls holds the functions that answer queries, by the name of the call. An
// error that a function returns is its answer too: the call was refused.
type Calls map[string]func(q *Query) (any, error)

// Run runs all cases of an area, each as a subtest, and prints the area's line.
//
// For each case it calls setup, which prepares the state that the case's input
// describes and returns the functions that answer questions about it, and then
// these functions for the queries in their order. A case that says
// input.sequential changes the state with every query; the rest of it is not run
// after a query that failed.
//
// A mismatch that deviations declare is logged and does not fail its case.
func Run(t *testing.T, area string, setup func(t testing.TB, c *Case) Calls, deviations ...Deviation) {
	t.Helper()
	list := newDeviationList(deviations)
	complete := Each(t, area, func(t *testing.T, l Line) {
		c, err := parseCase(t, l)
		if err != nil {
			t.Fatalf("%s:%d: %v", l.File, l.Number, err)
		}
		c.run(setup(t, c), list)
	})
	if complete {
		for _, d := range list.unused() {
			t.Errorf("golden %s: stale deviation, no query shows it: %s", area, d)
		}
	}
}

// Each calls fn for every line of an area's files, in a subtest named after the
// line's name member, and prints the area's line. It is for vectors of a shape
// that [Run] does not know. It reports whether no line was left out, as the flag
// -run may demand.
func Each(t *testing.T, area string, fn func(t *testing.T, l Line)) (complete bool) {
	t.Helper()
	files, err := areaFiles(os.Getenv(envRoot), area)
	if err != nil {
		t.Fatalf("golden %s: %v", area, err)
	}
	if files.note != "" {
		t.Logf("golden %s: %s", area, files.note)
	}
	var lines, ran, failed int
	for _, file := range files.paths {
		for l, err := range readLines(file) {
			if err != nil {
				t.Errorf("golden %s: %v", area, err)
				failed++
				break
			}
			lines++
			passed := t.Run(l.Name, func(t *testing.T) {
				defer func() {
					if !t.Skipped() {
						ran++
					}
				}()
				fn(t, l)
			})
			if !passed {
				failed++
			}
		}
	}
	fmt.Printf("golden %s: %d cases, %d failed\n", area, ran, failed)
	return ran == lines
}

// Case is one line of a golden file: a state and questions about it.
type Case struct {
	Name       string
	File       string // path of the file
	Number     int    // of the line in it, from 1
	Sequential bool   // each query is a step that changes the state
	Queries    []*Query

	input json.RawMessage
	t     testing.TB
}

func parseCase(t testing.TB, l Line) (*Case, error) {
	var raw struct {
		Name    string            `json:"name"`
		Input   json.RawMessage   `json:"input"`
		Queries []json.RawMessage `json:"queries"`
	}
	if err := json.Unmarshal(l.Text, &raw); err != nil {
		return nil, err
	}
	if raw.Name == "" || len(raw.Queries) == 0 {
		return nil, fmt.Errorf("a case needs a name and queries")
	}
	var input struct {
		Sequential bool `json:"sequential"`
	}
	if len(raw.Input) > 0 {
		if err := json.Unmarshal(raw.Input, &input); err != nil {
			return nil, fmt.Errorf("input: %w", err)
		}
	}
	c := &Case{Name: raw.Name, File: l.File, Number: l.Number, Sequential: input.Sequential, input: raw.Input, t: t}
	for i, text := range raw.Queries {
		q, err := parseQuery(t, text)
		if err != nil {
			return nil, fmt.Errorf("query %d: %w", i, err)
		}
		c.Queries = append(c.Queries, q)
	}
	return c, nil
}

// Input decodes the case's input into v, as [json.Unmarshal] does, and ends the
// test of the case if it does not fit. Numbers in values of type any become
// [json.Number].
func (c *Case) Input(v any) {
	c.t.Helper()
	if err := decode(c.input, v, false); err != nil {
		c.t.Fatalf("input: %v", err)
	}
}

// maxReported bounds the problems told of one case, for a single mistake often
// fails every query.
const maxReported = 10

func (c *Case) run(calls Calls, deviations *deviationList) {
	c.t.Helper()
	problems := 0
	for i, q := range c.Queries {
		problem := c.ask(i, calls, deviations)
		if problem == "" {
			continue
		}
		if problems++; problems <= maxReported {
			c.t.Errorf("%s query %d %s(%s): %s", c.Name, i, q.Call, clip(string(q.args)), problem)
		}
		if c.Sequential {
			c.t.Logf("%s: the steps after query %d were not run", c.Name, i)
			return
		}
	}
	if problems > maxReported {
		c.t.Errorf("%s: %d more queries failed", c.Name, problems-maxReported)
	}
}

// ask asks one query and returns what is wrong with the answer, or "".
func (c *Case) ask(i int, calls Calls, deviations *deviationList) (problem string) {
	q := c.Queries[i]
	call, ok := calls[q.Call]
	if !ok {
		return "no function answers this call"
	}
	defer func() {
		if r := recover(); r != nil {
			problem = fmt.Sprintf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	got, err := call(q)
	return deviations.judge(c, i, q.compare(got, err), err)
}

// clip shortens a text for a message.
func clip(s string) string {
	const most = 1500
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + fmt.Sprintf("... (%d bytes)", len(s))
}
