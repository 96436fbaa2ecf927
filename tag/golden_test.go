package tag_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kojikit/kojikit/internal/golden"
)

// TestGolden asks the golden questions: all that this package has over memory,
// one in eight over the others; see choose for when all are over all.
func TestGolden(t *testing.T) {
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			open := b.opener(t)
			run := make(map[string]int)
			golden.Run(t, "tags", func(t testing.TB, c *golden.Case) golden.Calls {
				b.choose(t, c.Number)
				calls := newHub(t, c, open(t).Store).calls()
				for name, call := range calls {
					calls[name] = func(q *golden.Query) (any, error) {
						run[name]++
						return call(q)
					}
				}
				return calls
			}, deviations...)
			fmt.Printf("golden tags over %s: %d queries run: %s\n", b.name, sum(run), counts(run))
		})
	}
}

// deviations are the queries that are answered otherwise than by Koji.
var deviations = []golden.Deviation{{
	Reason: "Koji asks the database for an ambiguous column here",
	When: func(_ *golden.Case, q *golden.Query) bool {
		var args map[string]any
		q.Args(&args)
		return q.Call == "listTaggedArchives" && args["package"] != nil && args["event"] != nil
	},
}, {
	Reason: "Koji finds targets by their destination tag alone, required groups by the required one alone",
	When: func(_ *golden.Case, q *golden.Query) bool {
		var args historyArgs
		if q.Call != "queryHistory" {
			return false
		}
		q.Args(&args)
		return args.Tag != nil && slices.Contains(args.Tables, "build_target_config") ||
			args.Group != nil && slices.Contains(args.Tables, "group_req_listing")
	},
}}

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
