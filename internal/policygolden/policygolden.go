// Package policygolden answers the golden queries about the policies of a hub,
// whatever its data are read from.
package policygolden

import (
	"slices"
	"testing"

	"github.com/kojikit/kojikit/internal/golden"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
)

// Task is a task of a case, with its request decoded.
type Task struct {
	ID      koji.TaskID
	Method  string
	Request []policy.Value
	Owner   koji.UserID
}

// Calls answers about a hub whose data the lookups of a session give; the user of
// the session is nil for an anonymous one.
func Calls(t testing.TB, tasks []Task, as func(user *int64) policy.Lookups) golden.Calls {
	return golden.Calls{
		"load_policies": func(q *golden.Query) (any, error) {
			var args struct{ Policies map[string]string }
			q.Args(&args)
			_, issues := policy.New(Texts(args.Policies), policy.Options{})
			return true, issues.Err()
		},
		"run_test": func(q *golden.Query) (any, error) {
			var args struct {
				Test string
				Data policy.Values
				User *int64
			}
			q.Args(&args)
			d, err := newHub(t, map[string]string{"main": args.Test + " :: yes"}).Eval(t.Context(), "main", args.Data, as(args.User))
			return d.Matched, err
		},
		"eval_policy": func(q *golden.Query) (any, error) {
			var args struct {
				Policies map[string]string
				Name     string
				Data     policy.Values
				User     *int64
			}
			q.Args(&args)
			d, err := newHub(t, args.Policies).Eval(t.Context(), args.Name, args.Data, as(args.User))
			return NewApplied(d), err
		},
		"check_policy": func(q *golden.Query) (any, error) {
			var args struct {
				Policies      map[string]string
				Name          string
				Data          policy.Values
				User          *int64
				Strict, Force bool
				Default       string
			}
			q.Args(&args)
			set := newHub(t, args.Policies)
			options := policy.CheckOptions{Default: args.Default, Force: args.Force}
			v, err := set.Check(t.Context(), args.Name, args.Data, as(args.User), options)
			if err != nil {
				return nil, err
			}
			if args.Strict {
				err = set.Assert(t.Context(), args.Name, args.Data, as(args.User), options)
			}
			return []any{v.Allowed, v.Reason}, err
		},
		"check_volume_policy": func(q *golden.Query) (any, error) {
			var args struct {
				Policies map[string]string
				Data     policy.Values
				User     *int64
				Strict   bool
				Default  string
			}
			q.Args(&args)
			return newHub(t, args.Policies).Volume(t.Context(), args.Data, as(args.User),
				policy.VolumeOptions{Strict: args.Strict, Default: args.Default})
		},
		"policy_data_from_task": func(q *golden.Query) (any, error) {
			var args struct {
				TaskID koji.TaskID `json:"task_id"`
			}
			q.Args(&args)
			i := slices.IndexFunc(tasks, func(task Task) bool { return task.ID == args.TaskID })
			return policy.TaskData(t.Context(), tasks[i].Method, tasks[i].Request, as(nil))
		},
	}
}

func newHub(t testing.TB, policies map[string]string) *policy.Set {
	set, issues := policy.New(Texts(policies), policy.Options{})
	if set == nil {
		t.Fatal(issues.Err())
	}
	return set
}

// Texts returns rule texts by the names of their policies.
func Texts(policies map[string]string) []policy.Text {
	var texts []policy.Text
	for name, body := range policies {
		texts = append(texts, policy.NewText(name, body))
	}
	return texts
}

// Applied is how the vectors show a decision.
type Applied struct {
	Action   *string `json:"action"`
	LastRule string  `json:"last_rule"`
}

// NewApplied returns what the vectors show of a decision.
func NewApplied(d policy.Decision) Applied {
	a := Applied{LastRule: d.Report()}
	if d.Matched {
		a.Action = &d.Action
	}
	return a
}
