package policy

import "context"

// Record is what is known of one decision.
type Record struct{}

func (s *Set) record(ctx context.Context, p *Program, data Data, lookups Lookups) (Decision, error) {
	return p.Eval(ctx, data, lookups)
}

// RedactPasswords x.
func RedactPasswords(key string, v Value) Value { return v }

func (c *compiler) checkActions() Issues { return nil }
