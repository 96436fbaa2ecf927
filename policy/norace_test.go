//go:build !race

package policy_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// The race detector makes pools forget, so this is tested without it.
func TestEvaluationDoesNotAllocate(t *testing.T) {
	p := compile(t, freeRules(30))
	data := benchData()
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if _, err := p.Eval(context.Background(), data, nil); err != nil {
			t.Error(err)
		}
	}))
}
