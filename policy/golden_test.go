package policy_test

import (
	"testing"

	"github.com/kojikit/kojikit/internal/golden"
	"github.com/kojikit/kojikit/internal/policygolden"
	"github.com/kojikit/kojikit/policy"
)

func TestGolden(t *testing.T) {
	golden.Run(t, "policy", func(t testing.TB, c *golden.Case) golden.Calls {
		var input struct {
			Text *string
		}
		c.Input(&input)
		if input.Text != nil {
			return ruleCalls(t, *input.Text)
		}
		return hubCalls(t, c)
	})
}

// ruleCalls answers about a text of generic tests.
func ruleCalls(t testing.TB, text string) golden.Calls {
	set, issues := policy.New([]policy.Text{policy.NewText("main", text)}, policy.Options{
		Tests: policy.GenericTests(), NoDefaults: true,
	})
	return golden.Calls{
		"parse": func(q *golden.Query) (any, error) {
			q.Args(&struct{}{})
			return true, issues.Err()
		},
		"all_actions": func(q *golden.Query) (any, error) {
			q.Args(&struct{}{})
			actions, err := set.Program("main").Actions()
			if actions == nil {
				actions = []string{}
			}
			return actions, err
		},
		"apply": func(q *golden.Query) (any, error) {
			var args struct{ Data policy.Values }
			q.Args(&args)
			d, err := set.Eval(t.Context(), "main", args.Data, nil)
			return policygolden.NewApplied(d), err
		},
	}
}
