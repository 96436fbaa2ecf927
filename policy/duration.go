package policy

import (
	"strings"
	"time"
)

// parseDuration reads a duration as koji-gc does: numbers, each with a unit of time
// behind it or attached to it, summed up. bare reports that some number has no unit
// and counts nothing. A problem is told in words.
func parseDuration(text string) (d time.Duration, bare bool, problem string) {
	var seconds float64
	fields := strings.FieldsFunc(text, isSpace)
	for i := 0; i < len(fields); i++ {
		if n, ok := durationNumber(fields[i]); ok {
			if i+1 == len(fields) {
				bare = true
				break
			}
			size, ok := timeUnit(strings.ToLower(fields[i+1]))
			if !ok {
				return 0, false, "unknown unit of time " + quote(fields[i+1])
			}
			seconds += n * size
			i++
			continue
		}
		number := strings.TrimRight(fields[i], "abcdefghijklmnopqrstuvwxyz")
		n, isNumber := durationNumber(number)
		size, isUnit := timeUnit(fields[i][len(number):])
		if !isNumber || !isUnit {
			return 0, false, quote(fields[i]) + " is no duration"
		}
		seconds += n * size
	}
	const longest = float64(1<<63 - 1)
	ns := seconds * float64(time.Second)
	if ns != ns || ns >= longest || ns <= -longest {
		return 0, false, quote(text) + " is too long a duration"
	}
	return time.Duration(ns), bare, ""
}

func durationNumber(s string) (float64, bool) {
	n, ok := parseNumber(s)
	switch {
	case !ok || n.large != nil:
		return 0, false
	case n.isFloat:
		return n.float, true
	}
	return float64(n.integer), true
}

// timeUnit returns the seconds of a unit of time.
func timeUnit(name string) (seconds float64, ok bool) {
	switch name {
	case "second", "seconds", "sec", "secs", "s":
		return 1, true
	case "minute", "minutes", "min", "mins":
		return 60, true
	case "hour", "hours", "hr", "hrs":
		return 3600, true
	case "day", "days":
		return 24 * 3600, true
	case "week", "weeks", "wk", "wks":
		return 7 * 24 * 3600, true
	}
	return 0, false
}
