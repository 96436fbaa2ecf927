package koji

import (
	"errors"
	"fmt"
)

// FaultCode is the number an XML-RPC client sees in a fault. The values are
// Koji's.
type FaultCode int

// Fault codes of Koji 1.35.
const (
	FaultOther              FaultCode = 1 // any failure that is not one of Koji's own
	FaultGeneric            FaultCode = 1000
	FaultLock               FaultCode = 1001
	FaultAuth               FaultCode = 1002
	FaultTag                FaultCode = 1003
	FaultActionNotAllowed   FaultCode = 1004
	FaultBuild              FaultCode = 1005
	FaultAuthLock           FaultCode = 1006
	FaultAuthExpired        FaultCode = 1007
	FaultSequence           FaultCode = 1008
	FaultRetry              FaultCode = 1009
	FaultPreBuild           FaultCode = 1010
	FaultPostBuild          FaultCode = 1011
	FaultBuildroot          FaultCode = 1012
	FaultFunctionDeprecated FaultCode = 1013
	FaultServerOffline      FaultCode = 1014
	FaultLiveCD             FaultCode = 1015
	FaultPlugin             FaultCode = 1016
	FaultCallback           FaultCode = 1017
	FaultAppliance          FaultCode = 1018
	FaultParameter          FaultCode = 1019
	FaultImport             FaultCode = 1020
	FaultConfiguration      FaultCode = 1021
	FaultLiveMedia          FaultCode = 1022
	FaultGSSAPIAuth         FaultCode = 1023
	FaultNameValidation     FaultCode = 1024
)

// Kinds of failure, to be tested with [errors.Is]. A kind says what went wrong
// in a way a program can act on; the fault code beside it is only what the wire
// shows, and one kind may travel under several codes.
var (
	ErrNotFound   = errors.New("not found")     // no such object
	ErrExists     = errors.New("exists")        // the object, or one with its name, is there already
	ErrInvalid    = errors.New("invalid")       // the input can never be right
	ErrDenied     = errors.New("denied")        // permission, policy or ownership forbids it
	ErrLocked     = errors.New("locked")        // somebody else holds it
	ErrState      = errors.New("wrong state")   // right object, wrong moment
	ErrMismatch   = errors.New("mismatch")      // two things that must agree do not
	ErrUnsigned   = errors.New("unsigned")      // a signature that is required is missing
	ErrUnsafePath = errors.New("unsafe path")   // a path that would leave its root
	ErrReadOnly   = errors.New("read only")     // a write where only reads are allowed
	ErrConflict   = errors.New("conflict")      // a concurrent change; the same call may succeed when repeated
	ErrLimit      = errors.New("limit reached") // input larger than a stated bound

	// ErrUnavailable says that something needed, such as the database, cannot be
	// reached, or was lost on the way.
	ErrUnavailable = errors.New("unavailable")
	// ErrUnsupported says that what was asked cannot do this at all, as
	// [errors.ErrUnsupported] does.
	ErrUnsupported = errors.ErrUnsupported
)

// Error is a failure with its kind, its fault code and a message that names the
// object and the input. Use [errors.Is] with the kinds of this package and
// [errors.As] to reach the code.
type Error struct {
	Kind  error     // one of the Err values of this package
	Code  FaultCode // what an XML-RPC client sees
	Msg   string    // for people; complete, with the text of the cause
	Cause error     // what led to it, or nil
}

// Error returns the message.
func (e *Error) Error() string { return e.Msg }

// Unwrap returns the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

// Errorf makes an [Error]. The message is formatted as by [fmt.Errorf]; an
// operand of the verb %w becomes the cause.
func Errorf(kind error, code FaultCode, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Code: code, Msg: err.Error(), Cause: errors.Unwrap(err)}
}

// FaultCodeOf returns the fault code that err travels under: that of the
// outermost [Error] in its chain, or [FaultOther] if there is none.
func FaultCodeOf(err error) FaultCode {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return FaultOther
}
