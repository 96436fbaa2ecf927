package policy

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/kojikit/kojikit/koji"
)

// Record is one evaluation, as [Options].OnDecision sees it: enough to log it, and
// as JSON to evaluate it again without a database (see [Set.Replay]).
type Record struct {
	Time   time.Time `json:"time"`
	Policy string    `json:"policy"`
	// Data are the values of all keys that the policy or its hook knows.
	Data Values `json:"data"`
	// Facts are what was looked up. Those of a scope that several evaluations share
	// hold what the earlier ones asked, too.
	Facts *Facts `json:"facts,omitempty"`

	Matched bool   `json:"matched"`
	Action  string `json:"action,omitempty"`
	Report  string `json:"report,omitempty"` // see [Decision.Report]
	Range   Range  `json:"range"`            // of the rule that decided
	// Error is the message of an evaluation that failed.
	Error    string        `json:"error,omitempty"`
	Lookups  int           `json:"lookups"`
	Duration time.Duration `json:"duration"`
}

// record evaluates a program and tells Options.OnDecision.
func (s *Set) record(ctx context.Context, p *Program, data Data, lookups Lookups) (Decision, error) {
	if lookups != nil {
		lookups = NewScope(lookups)
	}
	start := s.options.Now()
	d, err := p.Eval(ctx, data, lookups)
	r := &Record{
		Time: start, Policy: p.name, Data: s.snapshot(ctx, p, data), Matched: d.Matched, Action: d.Action,
		Lookups: d.Lookups, Duration: s.options.Now().Sub(start),
	}
	if scope, ok := lookups.(*Scope); ok {
		r.Facts = scope.Facts()
	}
	if err != nil {
		r.Error = err.Error()
	} else {
		r.Report = d.Report()
	}
	if d.Rule != nil {
		r.Range = d.Rule.Range()
	}
	s.options.OnDecision(ctx, r)
	return d, err
}

// snapshot returns the data as far as their keys are known, without lazy values that
// nobody asked for.
func (s *Set) snapshot(ctx context.Context, p *Program, data Data) Values {
	out := make(Values)
	if data == nil {
		return out
	}
	keys, _ := p.Needs()
	if p.hook != nil {
		for _, k := range p.hook.Keys {
			keys = append(keys, k.Name)
		}
	}
	for _, key := range keys {
		v, ok := data.Get(key)
		if !ok || !v.computed() {
			continue
		}
		v, err := v.force(ctx)
		if err == nil {
			out[key] = s.options.Redact(key, v)
		}
	}
	return out
}

// LogDecisions returns an [Options].OnDecision that logs every evaluation at a level,
// failed ones as errors.
func LogDecisions(logger *slog.Logger, level slog.Level) func(context.Context, *Record) {
	return func(ctx context.Context, r *Record) {
		attrs := []slog.Attr{
			slog.String("policy", r.Policy), slog.Any("data", r.Data),
			slog.Int("lookups", r.Lookups), slog.Duration("duration", r.Duration),
		}
		if r.Error != "" {
			logger.LogAttrs(ctx, slog.LevelError, "policy failed", append(attrs, slog.String("error", r.Error))...)
			return
		}
		if r.Matched {
			attrs = append(attrs, slog.String("action", r.Action))
		}
		attrs = append(attrs, slog.String("rule", r.Report), slog.String("at", r.Range.String()))
		logger.LogAttrs(ctx, level, "policy decided", attrs...)
	}
}

// Replayed is the outcome of a [Record] that was evaluated again.
type Replayed struct {
	Record   *Record
	Decision Decision
	// Err is the error of the evaluation. It is of kind [koji.ErrNotFound] with the
	// text "not recorded" if the rules now ask what they did not ask then.
	Err error
}

// Changed reports whether the outcome differs from the recorded one: in whether a
// rule matched, in its action, or in whether the evaluation failed.
func (r *Replayed) Changed() bool {
	if (r.Err != nil) != (r.Record.Error != "") {
		return true
	}
	return r.Err == nil && (r.Decision.Matched != r.Record.Matched || r.Decision.Action != r.Record.Action)
}

// Unknown reports whether the evaluation asked for something that is not recorded.
func (r *Replayed) Unknown() bool {
	var e *EvalError
	return errors.As(r.Err, &e) && e.Kind == LookupFailed && errors.Is(r.Err, koji.ErrNotFound)
}

// Replay evaluates a recorded case with the rules of this set.
func (s *Set) Replay(ctx context.Context, r *Record) Replayed {
	var lookups Lookups
	if r.Facts != nil {
		lookups = r.Facts.Scope()
	}
	out := Replayed{Record: r}
	if p := s.Program(r.Policy); p == nil {
		out.Err = errNoPolicy(r.Policy)
	} else {
		out.Decision, out.Err = p.Eval(ctx, r.Data, lookups)
	}
	return out
}
