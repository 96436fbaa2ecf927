package policytest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/policy/policytest"
)

// BenchmarkCompare compares a long list of tags with the same one the other way
// round.
func BenchmarkCompare(b *testing.B) {
	for _, n := range []int{50, 500} {
		var forth, back []string
		for i := range n {
			forth = append(forth, fmt.Sprintf("tag f%d-updates-candidate :: allow", i))
			back = append(back, fmt.Sprintf("tag f%d-updates-candidate :: allow", n-1-i))
		}
		before := newSet(b, map[string]string{"tag": strings.Join(forth, "\n") + "\nall :: deny No"})
		after := newSet(b, map[string]string{"tag": strings.Join(back, "\n") + "\nall :: deny No"})
		b.Run(fmt.Sprintf("%d rules", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c, err := policytest.Compare(b.Context(), before, after, "tag")
				require.NoError(b, err)
				require.True(b, c.Equivalent())
			}
		})
	}
}

func BenchmarkObserve(b *testing.B) {
	set := newSet(b, map[string]string{"tag": tagText})
	coverage := policytest.NewCoverage(set)
	data := policy.Values{"operation": policy.String("tag"), "tag": policy.Null()}
	b.ReportAllocs()
	for b.Loop() {
		_, err := set.Program("tag").Trace(b.Context(), data, nil, coverage.Observe)
		require.NoError(b, err)
	}
}
