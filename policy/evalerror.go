package policy

import (
	"context"
	"errors"
	"fmt"

	"github.com/kojikit/kojikit/koji"
)

// ErrorKind says why an evaluation failed.
type ErrorKind uint8

// The kinds of failure.
const (
	MissingData   ErrorKind = iota // the data lack a key that the test cannot do without
	BadType                        // a value of a type that the test cannot use
	BadReference                   // a value that cannot name an object
	NotFound                       // the data name an object that does not exist
	BadArgument                    // the test lacks an argument, or has one too many
	UnknownTest                    // the test does not exist, see Options.DeferUnknownTests
	UnknownPolicy                  // the test policy names a policy that is not defined
	PolicyLoop                     // the test policy came back to itself
	LookupFailed                   // the answer to a question could not be had
	Cancelled                      // the context was cancelled
)

// String returns the kind in words.
func (k ErrorKind) String() string {
	return [...]string{
		"missing data", "bad type", "bad reference", "not found", "bad argument",
		"unknown test", "unknown policy", "policy loop", "lookup failed", "cancelled",
	}[k]
}

// MarshalText returns the kind in words.
func (k ErrorKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// EvalError is the failure of a test, which ends the evaluation of its policy
// without a decision. It carries a kind and fault code of package koji: fault 1019
// for a value that cannot name an object, the code of the cause for a look-up that
// failed with one, else 1000.
type EvalError struct {
	Kind   ErrorKind
	Policy string // the policy whose rule it was; the inner one of a test policy
	Rule   *Rule
	Test   string // the test as written, without white space around it
	Range  Range  // of the test
	Key    string // the key of the data that is wrong; may be empty

	fault *koji.Error
}

// Error returns the problem with the policy, place and test.
func (e *EvalError) Error() string {
	where := "policy " + e.Policy
	if pos := e.Range.String(); pos != "" {
		where += ", " + pos
	}
	return fmt.Sprintf("%s (%s, test %s)", e.fault.Msg, where, quote(e.Test))
}

// Problem returns the message without the place.
func (e *EvalError) Problem() string { return e.fault.Msg }

// Unwrap returns the error of package koji that tells kind and fault code.
func (e *EvalError) Unwrap() error { return e.fault }

// failure makes an error of a test. The evaluation adds the place.
func failure(kind ErrorKind, key, format string, args ...any) error {
	e := &EvalError{Kind: kind, Key: key}
	e.fault = &koji.Error{Kind: koji.ErrInvalid, Code: koji.FaultGeneric, Msg: fmt.Sprintf(format, args...)}
	switch kind {
	case BadReference:
		e.fault.Code = koji.FaultParameter
	case NotFound:
		e.fault.Kind = koji.ErrNotFound
	}
	return e
}

// lookupFailure wraps an error of a look-up or of a lazy value.
func lookupFailure(cause error) error {
	var inner *EvalError
	if errors.As(cause, &inner) {
		return cause
	}
	e := &EvalError{Kind: LookupFailed, fault: &koji.Error{Kind: koji.ErrState, Code: koji.FaultGeneric, Cause: cause}}
	if errors.Is(cause, context.Canceled) || errors.Is(cause, context.DeadlineExceeded) {
		e.Kind = Cancelled
	}
	var known *koji.Error
	if errors.As(cause, &known) {
		e.fault.Kind, e.fault.Code = known.Kind, known.Code
	}
	e.fault.Msg = cause.Error()
	return e
}

// badType is the error of a value that the test cannot use.
func badType(key string, v Value, want string) error {
	if key == "" {
		return failure(BadType, "", "want %s, not %s %s", want, v.kind, v)
	}
	return failure(BadType, key, "data %s: want %s, not %s %s", key, want, v.kind, v)
}
