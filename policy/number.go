package policy

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
)

// number is the number that a comparison compares with.
type number struct {
	text    string
	isFloat bool
	float   float64
	integer int64    // if it fits
	large   *big.Int // else
}

// maxDigits bounds the numbers that are read. Python has the same bound.
const maxDigits = 4300

// parseNumber reads a number as Python's int and float do: digits of any script,
// single underscores between digits, white space around.
func parseNumber(s string) (number, bool) {
	n := number{text: s}
	ascii, ok := asciiNumber(s)
	if !ok || len(ascii) > maxDigits {
		return n, false
	}
	digits, ok := removeUnderscores(ascii)
	if !ok {
		return n, false
	}
	if isInteger(digits) {
		if i, err := strconv.ParseInt(digits, 10, 64); err == nil {
			n.integer = i
			return n, true
		}
		n.large, ok = new(big.Int).SetString(digits, 10)
		return n, ok
	}
	n.isFloat = true
	if !isDecimalFloat(digits) {
		return n, false
	}
	if strings.EqualFold(trimSign(digits), "nan") {
		digits = "nan" // strconv knows it without a sign only
	}
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil && !math.IsInf(f, 0) { // too large is infinite, as in Python
		return n, false
	}
	n.float = f
	return n, true
}

// asciiNumber strips a number and replaces decimal digits of other scripts.
func asciiNumber(s string) (string, bool) {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < 127:
			b.WriteRune(r)
		case isSpace(r):
			b.WriteByte(' ')
		default:
			digit, ok := decimalDigit(r)
			if !ok {
				return "", false
			}
			b.WriteByte('0' + digit)
		}
	}
	// Unlike the splitting into words, this knows only the white space of C.
	return strings.Trim(b.String(), " \t\n\v\f\r"), true
}

// decimalDigit returns the value of a decimal digit of any script. Each script's
// digits are a run of ten code points.
func decimalDigit(r rune) (byte, bool) {
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return byte((r - rune(t.Lo)) % 10), true
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return byte((r - rune(t.Lo)) % 10), true
		}
	}
	return 0, false
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// removeUnderscores removes underscores that stand between two digits.
func removeUnderscores(s string) (string, bool) {
	if !strings.Contains(s, "_") {
		return s, true
	}
	for i := range len(s) {
		if s[i] == '_' && (i == 0 || i == len(s)-1 || !isDigit(s[i-1]) || !isDigit(s[i+1])) {
			return "", false
		}
	}
	return strings.ReplaceAll(s, "_", ""), true
}

func trimSign(s string) string {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		return s[1:]
	}
	return s
}

func isInteger(s string) bool {
	s = trimSign(s)
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// isDecimalFloat excludes what strconv reads and Python does not: hexadecimal.
func isDecimalFloat(s string) bool { return !strings.ContainsAny(s, "xXpP") }

// compare returns the order of a value and the number. ok is false if the value is
// no number, ordered is false if one of the two is not a number.
func (n *number) compare(v *Value) (order int, ordered, ok bool) {
	switch v.kind {
	case KindBool, KindInt:
		i := int64(v.num)
		switch {
		case n.isFloat:
			return compareIntFloat(i, n.float)
		case n.large != nil:
			return -n.large.Sign(), true, true
		}
		return compareInts(i, n.integer), true, true
	case KindFloat:
		f := v.float()
		switch {
		case n.isFloat:
			return compareFloats(f, n.float)
		case n.large != nil:
			if math.IsNaN(f) {
				return 0, false, true
			}
			return new(big.Float).SetFloat64(f).Cmp(new(big.Float).SetInt(n.large)), true, true
		}
		order, ordered, ok = compareIntFloat(n.integer, f)
		return -order, ordered, ok
	}
	return 0, false, false
}

func compareInts(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func compareFloats(a, b float64) (order int, ordered, ok bool) {
	switch {
	case a < b:
		return -1, true, true
	case a > b:
		return 1, true, true
	}
	return 0, a == b, true
}

// compareIntFloat compares by value: a float64 does not hold every integer.
func compareIntFloat(i int64, f float64) (order int, ordered, ok bool) {
	const exact = 1 << 53
	if math.IsNaN(f) || math.IsInf(f, 0) || -exact <= i && i <= exact {
		return compareFloats(float64(i), f)
	}
	return new(big.Float).SetInt64(i).Cmp(new(big.Float).SetFloat64(f)), true, true
}

// operator is one of the six of the test compare.
type operator uint8

const (
	opLess operator = iota
	opGreater
	opLessEqual
	opGreaterEqual
	opEqual
	opNotEqual
)

var operatorNames = [...]string{"<", ">", "<=", ">=", "=", "!="}

func parseOperator(s string) (operator, bool) {
	for i, name := range operatorNames {
		if s == name {
			return operator(i), true
		}
	}
	return 0, false
}

// holds reports whether the operator is true of an order.
func (o operator) holds(order int, ordered bool) bool {
	if !ordered {
		return o == opNotEqual
	}
	switch o {
	case opLess:
		return order < 0
	case opGreater:
		return order > 0
	case opLessEqual:
		return order <= 0
	case opGreaterEqual:
		return order >= 0
	case opEqual:
		return order == 0
	}
	return order != 0
}
