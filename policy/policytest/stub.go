package policytest

import (
	"testing"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
)

// Untouched returns lookups that fail the test when they are asked anything. A
// policy that is evaluated with them is proved to need no look-up.
func Untouched(tb testing.TB) policy.Lookups {
	return policy.NoLookups{Asked: func(question string) error {
		tb.Helper()
		tb.Errorf("the policy needs a look-up: %s", question)
		return koji.Errorf(koji.ErrState, koji.FaultGeneric, "no look-up is expected: %s", question)
	}}
}
