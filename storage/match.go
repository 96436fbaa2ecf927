package storage

import "reflect"

// Op is how a [Cond] compares a column with values.
type Op uint8

// Comparisons. A null column satisfies only OpNull.
const (
	OpAny     Op = iota // every row; never reaches a backend
	OpIn                // equal to one of the values; no values match nothing
	OpNull              // null
	OpNotNull           // not null
	OpLess              // below the value
	OpAtMost            // not above the value
	OpGreater           // above the value
	OpAtLeast           // not below the value
)

// Match is a condition on one column, the type of every filter field. The zero
// Match accepts every row.
type Match[T any] struct {
	op     Op
	values []T
}

// Is accepts rows whose column equals one of values. Without values it accepts
// none, so that a list computed to be empty never means "everything".
func Is[T any](values ...T) Match[T] { return Match[T]{OpIn, values} }

// IsNull accepts rows whose column is null.
func IsNull[T any]() Match[T] { return Match[T]{op: OpNull} }

// NotNull accepts rows whose column is not null.
func NotNull[T any]() Match[T] { return Match[T]{op: OpNotNull} }

// Below accepts rows whose column is less than v.
func Below[T any](v T) Match[T] { return Match[T]{OpLess, []T{v}} }

// AtMost accepts rows whose column is less than or equal to v.
func AtMost[T any](v T) Match[T] { return Match[T]{OpAtMost, []T{v}} }

// Above accepts rows whose column is greater than v.
func Above[T any](v T) Match[T] { return Match[T]{OpGreater, []T{v}} }

// AtLeast accepts rows whose column is greater than or equal to v.
func AtLeast[T any](v T) Match[T] { return Match[T]{OpAtLeast, []T{v}} }

// cond boxes the condition for a backend.
func (m Match[T]) cond() (Op, []any) {
	values := make([]any, len(m.values))
	for i, v := range m.values {
		values[i] = v
	}
	return m.op, values
}

// elem returns the type that the column must have.
func (Match[T]) elem() reflect.Type { return reflect.TypeFor[T]() }

// matcher is a Match of any type.
type matcher interface {
	cond() (Op, []any)
	elem() reflect.Type
}
