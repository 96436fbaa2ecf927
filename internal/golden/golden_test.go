package golden

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
)

// TestDemo runs an area like that of any package. The tests below run it once more
// in a process of its own with other files.
func TestDemo(t *testing.T) {
	deviations := []Deviation{
		{Case: "demo/deviations", Query: 0, Reason: "the reference counts one too many"},
		{When: func(_ *Case, q *Query) bool { return q.Call == "fail" }, Code: koji.FaultTag, Reason: "a bad tag is refused"},
	}
	if reason := os.Getenv("DEMO_UNUSED_DEVIATION"); reason != "" {
		deviations = append(deviations, Deviation{Case: "demo/none", Reason: reason})
	}
	Run(t, "demo", demoCalls, deviations...)
}

func demoCalls(_ testing.TB, c *Case) Calls {
	var input struct{ Base int64 }
	c.Input(&input)
	var rows [][]int
	return Calls{
		"add": func(q *Query) (any, error) {
			args := struct{ N json.Number }{"0"}
			q.Args(&args)
			n, ok := new(big.Int).SetString(args.N.String(), 10)
			if !ok {
				return nil, fmt.Errorf("%s is no integer", args.N)
			}
			return n.Add(n, big.NewInt(input.Base)), nil
		},
		"fail": func(q *Query) (any, error) {
			var args struct{ Code koji.FaultCode }
			q.Args(&args)
			return nil, koji.Errorf(koji.ErrInvalid, args.Code, "refused")
		},
		"step": func(q *Query) (any, error) {
			rows = append(rows, []int{len(rows) + 1})
			if q.Has("rows") {
				q.Check("rows", rows)
			}
			return len(rows), nil
		},
		"echo": func(q *Query) (any, error) {
			var args struct{ Value any }
			q.Args(&args)
			return args.Value, nil
		},
		"panic": func(*Query) (any, error) { panic("at the disco") },
	}
}

// runDemo runs TestDemo with a directory of further files.
func runDemo(t *testing.T, root string, env ...string) (out string, passed bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestDemo$", "-test.v")
	cmd.Env = append(os.Environ(), envRoot+"="+root)
	cmd.Env = append(cmd.Env, env...)
	text, err := cmd.CombinedOutput()
	if err != nil {
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit, "%s", text)
	}
	return string(text), err == nil
}

func TestRunPrintsOneLineForAnArea(t *testing.T) {
	out, passed := runDemo(t, "")
	require.True(t, passed, out)
	require.Equal(t, 1, strings.Count(out, "\ngolden demo: "), out)
	require.Contains(t, out, "\ngolden demo: 3 cases, 0 failed\n")
}

func TestRunTakesTheFilesOfTheEnvironmentAsWell(t *testing.T) {
	root := t.TempDir()
	writeCases(t, filepath.Join(root, "demo", "more.jsonl.gz"),
		`{"name": "more/right", "input": {}, "queries": [{"call": "echo", "args": {"value": "x"}, "want": "x"}]}`,
		`{"name": "more/wrong", "input": {}, "queries": [{"call": "echo", "args": {"value": "x"}, "want": "y"}]}`,
		`{"name": "more/long", "input": {}, "queries": [{"call": "echo", "args": {"value": "`+strings.Repeat("x", 1<<17)+`"}, "want": "`+strings.Repeat("x", 1<<17)+`"}]}`)
	writeCases(t, filepath.Join(root, "demo", "README.md"), "not a case")
	out, passed := runDemo(t, root)
	require.False(t, passed, out)
	require.Contains(t, out, "\ngolden demo: 6 cases, 1 failed\n")
	require.Contains(t, out, `more/wrong query 0 echo({"value": "x"}): want "y", got "x"`)
}

func TestRunDoesNotPassWithoutFiles(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "demo"), 0o755))
	out, passed := runDemo(t, root)
	require.False(t, passed, out)
	require.Contains(t, out, "holds no .jsonl or .jsonl.gz file")

	writeCases(t, filepath.Join(root, "demo", "empty.jsonl"), "")
	out, passed = runDemo(t, root)
	require.False(t, passed, out)
	require.Contains(t, out, "empty.jsonl holds no case")

	out, passed = runDemo(t, filepath.Join(root, "missing"))
	require.False(t, passed, out)
	require.Contains(t, out, "missing: no such file or directory")

	out, passed = runDemo(t, filepath.Join(root, "demo", "empty.jsonl"))
	require.False(t, passed, out)
	require.Contains(t, out, "is not a directory")
}

func TestRunSaysThatTheEnvironmentLacksTheArea(t *testing.T) {
	out, passed := runDemo(t, t.TempDir())
	require.True(t, passed, out)
	require.Contains(t, out, "has no directory demo: only the cases of the package are run")
	require.Contains(t, out, "\ngolden demo: 3 cases, 0 failed\n")
}

func TestRunFailsOnBrokenFiles(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":             `{"name": "x"`,
		"no map":              `[1]`,
		"no queries":          `{"name": "x", "input": {}}`,
		"no name":             `{"queries": [{"call": "echo", "args": {}, "want": 1}]}`,
		"no call":             `{"name": "x", "queries": [{"args": {}, "want": 1}]}`,
		"no answer":           `{"name": "x", "queries": [{"call": "echo", "args": {}}]}`,
		"two answers":         `{"name": "x", "queries": [{"call": "echo", "args": {}, "want": 1, "error": {"code": 1}}]}`,
		"a strange unordered": `{"name": "x", "queries": [{"call": "echo", "args": {}, "want": 1, "unordered": 5}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			writeCases(t, filepath.Join(root, "demo", "broken.jsonl"), text)
			out, passed := runDemo(t, root)
			require.False(t, passed, out)
			require.Contains(t, out, "broken.jsonl:1")
			require.Contains(t, out, "\ngolden demo: 4 cases, 1 failed\n")
		})
	}
	t.Run("truncated gzip", func(t *testing.T) {
		root := t.TempDir()
		file := filepath.Join(root, "demo", "cut.jsonl.gz")
		writeCases(t, file, `{"name": "x", "queries": [{"call": "echo", "args": {"value": 1}, "want": 1}]}`)
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, text[:len(text)-8], 0o600))
		out, passed := runDemo(t, root)
		require.False(t, passed, out)
		require.Contains(t, out, "cut.jsonl.gz:1: unexpected EOF")
	})
}

func TestRunReportsDeviationsThatNoQueryShows(t *testing.T) {
	out, passed := runDemo(t, "", "DEMO_UNUSED_DEVIATION=long gone")
	require.False(t, passed, out)
	require.Contains(t, out, "stale deviation, no query shows it: demo/none query 0: long gone")
}

func writeCases(t *testing.T, file string, lines ...string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	var text bytes.Buffer
	if strings.HasSuffix(file, ".gz") {
		z := gzip.NewWriter(&text)
		_, err := z.Write([]byte(strings.Join(lines, "\n")))
		require.NoError(t, err)
		require.NoError(t, z.Close())
	} else {
		text.WriteString(strings.Join(lines, "\n"))
	}
	require.NoError(t, os.WriteFile(file, text.Bytes(), 0o600))
}

// recorder is a test whose failures are looked at.
type recorder struct {
	testing.TB
	errors, logs []string
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}
func (r *recorder) Logf(format string, args ...any) {
	r.logs = append(r.logs, fmt.Sprintf(format, args...))
}
func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

// runCase runs one case and returns the test that it had.
func runCase(t *testing.T, text string) *recorder {
	t.Helper()
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := parseCase(r, Line{Text: json.RawMessage(text)})
		if err != nil {
			r.Fatalf("%v", err)
		}
		c.run(demoCalls(r, c), newDeviationList(nil))
	}()
	<-done
	return r
}

func echoCase(query string) string {
	return `{"name": "c", "input": {}, "queries": [` + query + `]}`
}

func TestAnswersAreComparedWithTheReference(t *testing.T) {
	const echo = `{"call": "echo", "args": {"value": %s}, %s}`
	tests := []struct {
		name, value, rest string
		problem           string // empty: the answer is right
	}{
		{"equal", `{"a": [1, null, "x"]}`, `"want": {"a": [1, null, "x"]}`, ""},
		{"null is an answer", `null`, `"want": null`, ""},
		{"null is not nothing", `0`, `"want": null`, "want null, got 0"},
		{"false is not zero", `false`, `"want": 0`, "want 0, got false"},
		{"numbers by value", `[1, 1.0, 1e2, -0, 0.5]`, `"want": [1.0, 1, 100, 0, 5e-1]`, ""},
		{"large integers exactly", `123456789012345678901234567890`, `"want": 123456789012345678901234567891`, "got 123456789012345678901234567890"},
		{"a missing member", `{}`, `"want": {"a": 1}`, "at .a: missing, want 1"},
		{"a member too many", `{"a": null}`, `"want": {}`, "at .a: not wanted, got null"},
		{"the place of a difference", `[{"a": [1, 2]}]`, `"want": [{"a": [1, 3]}]`, "at [0].a[1]: want 3, got 2"},
		{"a short list", `[1]`, `"want": [1, 2]`, "want 2 items, got 1"},
		{"a list for a scalar", `[1]`, `"want": 1`, "want 1, got [1]"},
		{"a scalar for a list", `1`, `"want": [1]`, "want [1], got 1"},
		{"order matters", `[1, 2]`, `"want": [2, 1]`, "at [0]"},
		{"unordered", `[{"b": 1, "a": 2}, {"a": 1}]`, `"want": [{"a": 1}, {"a": 2, "b": 1}], "unordered": true`, ""},
		{"unordered is a multiset", `[1, 1, 2]`, `"want": [1, 2, 2], "unordered": true`, "at [1]"},
		{"unordered members", `{"x": [1, 2], "y": [2, 1], "n": 5}`, `"want": {"x": [2, 1], "y": [1, 2], "n": 5}, "unordered": true`, ""},
		{"one unordered member", `{"x": [1, 2], "y": [2, 1]}`, `"want": {"x": [2, 1], "y": [1, 2]}, "unordered": "x"`, "at .y[0]"},
		{"lists in lists keep their order", `[[2, 1]]`, `"want": [[1, 2]], "unordered": true`, "want 1, got 2"},
		{"fields", `[{"id": 1, "name": "a", "more": 0}]`, `"want": [[1, "a"]], "fields": ["id", "name"]`, ""},
		{"a field that is missing", `[{"id": 1}]`, `"want": [[1, "a"]], "fields": ["id", "name"]`, `[0] has no "name"`},
		{"fields of no list", `5`, `"want": [[1]], "fields": ["id"]`, "want a list of maps, got 5"},
		{"fields of no maps", `[5]`, `"want": [[1]], "fields": ["id"]`, "want a map, got 5"},
		{"all fields", `[{"id": 1}]`, `"want": [{"id": 1}], "fields": ["*"]`, ""},
		{"fields of builds", `{"rpms": [{"id": 2, "arch": "src"}], "builds": [{"build_id": 1, "tag_id": 3, "x": 0}]}`,
			`"want": {"rpms": [[2]], "builds": [[1, 3]]}, "fields": ["id"], "build_fields": ["build_id", "tag_id"]`, ""},
		{"a single field of builds", `{"rpms": [{"id": 2, "sigkey": null}], "builds": [{"build_id": 1}]}`,
			`"want": {"rpms": [{"id": 2, "sigkey": null}], "builds": [1]}, "fields": ["*"], "build_fields": ["build_id"]`, ""},
		{"any of several", `"b"`, `"want_any": ["a", "b"]`, ""},
		{"none of several", `"c"`, `"want_any": ["a", "b"]`, `want "b", got "c"` + "\n(or any other of 2 answers)"},
		{"an answer for an error", `1`, `"error": {"class": "TagError", "code": 1003, "message": "no"}`, `want error TagError (code 1003, "no"), got 1`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := runCase(t, echoCase(fmt.Sprintf(echo, tt.value, tt.rest)))
			if tt.problem == "" {
				require.Empty(t, r.errors)
				return
			}
			require.Len(t, r.errors, 1)
			require.Contains(t, r.errors[0], tt.problem)
		})
	}
}

func TestRefusalsAreComparedByCode(t *testing.T) {
	const fail = `{"call": "fail", "args": {"code": %d}, %s}`
	for _, tt := range []struct {
		code    int
		rest    string
		problem string
	}{
		{1000, `"error": {"class": "GenericError", "code": 1000, "message": "other words"}`, ""},
		{1003, `"error": {"class": "GenericError", "code": 1000}`, "want error GenericError (code 1000"},
		{1003, `"error": {"class": "KeyError", "code": 1}`, ""},
		{1003, `"want": 5`, "want 5, got error refused (code 1003)"},
		{1003, `"want_any": [5, 6]`, "want 5 or 6, got error refused (code 1003)"},
	} {
		r := runCase(t, echoCase(fmt.Sprintf(fail, tt.code, tt.rest)))
		if tt.problem == "" {
			require.Empty(t, r.errors)
			continue
		}
		require.Len(t, r.errors, 1)
		require.Contains(t, r.errors[0], tt.problem)
	}
}

func TestMistakesOfTheTestFailItsCase(t *testing.T) {
	for name, tt := range map[string]struct{ query, problem string }{
		"unknown call":             {`{"call": "nosuch", "args": {}, "error": {"code": 1}}`, "no function answers this call"},
		"panic":                    {`{"call": "panic", "args": {}, "error": {"code": 1}}`, "panic: at the disco"},
		"unknown argument":         {`{"call": "echo", "args": {"value": 1, "strict": true}, "error": {"code": 1}}`, `unknown field "strict"`},
		"argument of a wrong type": {`{"call": "fail", "args": {"code": "x"}, "error": {"code": 1}}`, "arguments: json: cannot unmarshal"},
		"a member that differs":    {`{"call": "step", "args": {}, "want": 1, "rows": [[2]]}`, "rows: at [0][0]: want 2, got 1"},
	} {
		t.Run(name, func(t *testing.T) {
			r := runCase(t, echoCase(tt.query))
			require.Len(t, r.errors, 1)
			require.Contains(t, r.errors[0], tt.problem)
		})
	}
}

func TestMembersOfAQuery(t *testing.T) {
	q, err := parseQuery(t, json.RawMessage(`{"call": "c", "args": {}, "want": 1, "user": 7, "changed": [1, 2]}`))
	require.NoError(t, err)
	require.True(t, q.Has("user"))
	require.False(t, q.Has("host"))
	var user int
	q.Member("user", &user)
	require.Equal(t, 7, user)

	q.Check("changed", []int{1, 2})
	require.Empty(t, q.compare(1, nil))
	q.Check("nosuch", 0)
	require.Contains(t, q.compare(1, nil), `no member "nosuch"`)
}

func TestSequentialCaseEndsAtItsFirstFailure(t *testing.T) {
	const steps = `{"name": "c", "input": {"sequential": %v}, "queries": [
		{"call": "step", "args": {}, "want": 7}, {"call": "step", "args": {}, "want": 7}]}`
	r := runCase(t, fmt.Sprintf(steps, true))
	require.Len(t, r.errors, 1)
	require.Equal(t, []string{"c: the steps after query 0 were not run"}, r.logs)
	r = runCase(t, fmt.Sprintf(steps, false))
	require.Len(t, r.errors, 2)
}

func TestReportOfManyFailuresIsShort(t *testing.T) {
	query := `{"call": "echo", "args": {"value": "` + strings.Repeat("x", 100_000) + `"}, "want": 1},`
	r := runCase(t, echoCase(strings.TrimSuffix(strings.Repeat(query, 50), ",")))
	require.Len(t, r.errors, maxReported+1)
	require.Equal(t, "c: 40 more queries failed", r.errors[maxReported])
	require.Less(t, len(r.errors[0]), 10_000)
}

func TestDeviations(t *testing.T) {
	const differs, refused, matches = `{"call": "echo", "args": {"value": 1}, "want": 2}`, `{"call": "fail", "args": {"code": 1003}, "want": 2}`, `{"call": "echo", "args": {"value": 1}, "want": 1}`
	always := func(*Case, *Query) bool { return true }
	for name, tt := range map[string]struct {
		query   string
		d       Deviation
		problem string
		unused  bool
	}{
		"one query":                    {differs, Deviation{Case: "c", Query: 0}, "", false},
		"another query":                {differs, Deviation{Case: "c", Query: 1}, "want 2, got 1", true},
		"another case":                 {differs, Deviation{Case: "d", Query: 0}, "want 2, got 1", true},
		"one that matches again":       {matches, Deviation{Case: "c", Query: 0}, "stale deviation, the answer matches", false},
		"the right refusal":            {refused, Deviation{Case: "c", Query: 0, Code: koji.FaultTag}, "", false},
		"the wrong refusal":            {refused, Deviation{Case: "c", Query: 0, Code: koji.FaultBuild}, "must be refused with code 1005", false},
		"an answer for the refusal":    {differs, Deviation{Case: "c", Query: 0, Code: koji.FaultTag}, "must be refused with code 1003", false},
		"a condition":                  {differs, Deviation{When: always}, "", false},
		"a condition that is not met":  {differs, Deviation{When: func(_ *Case, q *Query) bool { return q.Call != "echo" }}, "want 2, got 1", true},
		"a condition without mismatch": {matches, Deviation{When: always}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			tt.d.Reason = "for reasons"
			list := newDeviationList([]Deviation{tt.d})
			r := &recorder{TB: t}
			c, err := parseCase(r, Line{Text: json.RawMessage(echoCase(tt.query))})
			require.NoError(t, err)
			c.run(demoCalls(r, c), list)
			if tt.problem == "" {
				require.Empty(t, r.errors)
			} else {
				require.Len(t, r.errors, 1)
				require.Contains(t, r.errors[0], tt.problem)
			}
			require.Equal(t, tt.unused, len(list.unused()) == 1)
		})
	}
}

func TestDiff(t *testing.T) {
	require.Empty(t, Diff(json.RawMessage(`{"a": 1}`), map[string]int{"a": 1}))
	require.Contains(t, Diff(json.RawMessage(`{"a": 1}`), map[string]int{"a": 2}), "at .a: want 1, got 2")
	require.Contains(t, Diff(json.RawMessage(`{`), 1), "not JSON")
	require.Contains(t, Diff(json.RawMessage(`1`), func() {}), "cannot be written")
}
