package tag_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kojikit/kojikit/internal/golden"
)

// later lists the calls that this package does not answer yet. They are counted,
// and shown as not run.
var later = map[string]string{
	"queryHistory": "history",
}

var errLater = errors.New("not in this package yet")

func TestGolden(t *testing.T) {
	run, notRun := make(map[string]int), make(map[string]int)
	golden.Run(t, "tags", func(t testing.TB, c *golden.Case) golden.Calls {
		h := newHub(t, c)
		calls := make(golden.Calls)
		for name, call := range h.calls() {
			calls[name] = func(q *golden.Query) (any, error) {
				run[name]++
				return call(q)
			}
		}
		for name := range later {
			calls[name] = func(*golden.Query) (any, error) {
				notRun[name]++
				return nil, errLater
			}
		}
		return calls
	}, golden.Deviation{
		Reason: "not in this package yet",
		When: func(_ *golden.Case, q *golden.Query) bool {
			return later[q.Call] != ""
		},
	}, golden.Deviation{
		Reason: "Koji asks the database for an ambiguous column here",
		When: func(_ *golden.Case, q *golden.Query) bool {
			var args map[string]any
			q.Args(&args)
			return q.Call == "listTaggedArchives" && args["package"] != nil && args["event"] != nil
		},
	})
	fmt.Printf("golden tags: %d queries run: %s\n", sum(run), counts(run))
	fmt.Printf("golden tags: %d queries not run: %s\n", sum(notRun), counts(notRun))
}

func sum(m map[string]int) int {
	n := 0
	for _, v := range m {
		n += v
	}
	return n
}

func counts(m map[string]int) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%s %d", k, m[k]))
	}
	return strings.Join(parts, ", ")
}
