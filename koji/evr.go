package koji

import (
	"cmp"
	"strings"
)

// EVR is an epoch, version and release, the part of a package's name by which RPM
// tells older from newer.
type EVR struct {
	Epoch   string // decimal; empty for none, which equals 0
	Version string
	Release string
}

// EVR returns the parts of v that can be compared.
func (v NVR) EVR() EVR { return EVR{Epoch: v.Epoch, Version: v.Version, Release: v.Release} }

// String returns EPOCH:VERSION-RELEASE, without the epoch if there is none.
func (e EVR) String() string {
	s := e.Version + "-" + e.Release
	if e.Epoch != "" {
		s = e.Epoch + ":" + s
	}
	return s
}

// CompareEVR returns -1 if a is older than b, 0 if RPM takes them for equal, and 1
// if a is newer. Epochs decide before versions, versions before releases. It fits
// [slices.SortFunc] and allocates nothing.
func CompareEVR(a, b EVR) int {
	return cmp.Or(
		CompareVersion(cmp.Or(a.Epoch, "0"), cmp.Or(b.Epoch, "0")),
		CompareVersion(a.Version, b.Version),
		CompareVersion(a.Release, b.Release),
	)
}

// CompareVersion returns -1 if the version a is older than b, 0 if they are equal
// to RPM, and 1 if a is newer. It is RPM's algorithm, with the tilde (sorts before
// everything, even the end) and the caret (sorts after the end, but before any
// further text):
//
//	1.0~rc1 < 1.0 < 1.0^git1 < 1.0.1
//
// Runs of digits are numbers of any size, runs of ASCII letters are compared
// bytewise, a number is newer than letters, and all other bytes only separate.
// The result is a total order of the versions that are not equal.
func CompareVersion(a, b string) int {
	if a == b {
		return 0
	}
	for a != "" || b != "" {
		a, b = trimSeparators(a), trimSeparators(b)
		switch {
		case has(a, '~') || has(b, '~'):
			if !has(a, '~') {
				return 1
			}
			if !has(b, '~') {
				return -1
			}
			a, b = a[1:], b[1:]
			continue
		case has(a, '^') || has(b, '^'):
			switch {
			case a == "":
				return -1
			case b == "":
				return 1
			case a[0] != '^':
				return 1
			case b[0] != '^':
				return -1
			}
			a, b = a[1:], b[1:]
			continue
		case a == "" || b == "":
			return cmp.Compare(len(a), len(b))
		}

		var runA, runB string
		numeric := isDigit(a[0])
		if numeric {
			runA, a = cutRun(a, isDigit)
			runB, b = cutRun(b, isDigit)
		} else {
			runA, a = cutRun(a, isLetter)
			runB, b = cutRun(b, isLetter)
		}
		if runB == "" { // a number against letters
			if numeric {
				return 1
			}
			return -1
		}
		if numeric {
			runA, runB = strings.TrimLeft(runA, "0"), strings.TrimLeft(runB, "0")
			if c := cmp.Compare(len(runA), len(runB)); c != 0 {
				return c
			}
		}
		if c := strings.Compare(runA, runB); c != 0 {
			return c
		}
	}
	return 0
}

func has(s string, first byte) bool { return s != "" && s[0] == first }

// trimSeparators drops what has no meaning in a version from its front.
func trimSeparators(s string) string {
	for i := range len(s) {
		if c := s[i]; isDigit(c) || isLetter(c) || c == '~' || c == '^' {
			return s[i:]
		}
	}
	return ""
}

// cutRun splits s after the longest run of bytes of one class at its front.
func cutRun(s string, class func(byte) bool) (run, rest string) {
	i := 0
	for i < len(s) && class(s[i]) {
		i++
	}
	return s[:i], s[i:]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
