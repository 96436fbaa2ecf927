package koji

import (
	"math/big"
	"strconv"
	"strings"
)

const draftMark = ",draft_"

// DraftRelease returns the release of a draft build: the release that it is going
// to have once promoted, and the mark ",draft_" with the build's id.
func DraftRelease(target string, id BuildID) string {
	return target + draftMark + strconv.FormatInt(int64(id), 10)
}

// TargetRelease returns the release that a draft build is going to have: what
// precedes the first comma, which the mark "draft_" must follow.
func TargetRelease(draft string) (string, error) {
	target, mark, ok := strings.Cut(draft, ",")
	if !ok || !strings.HasPrefix(mark, draftMark[1:]) {
		return "", Errorf(ErrInvalid, FaultGeneric, "release %q is not that of a draft", draft)
	}
	return target, nil
}

// DraftID returns the id in the mark at the end of a draft build's release; ok is
// false if there is no such mark.
func DraftID(release string) (id BuildID, ok bool) {
	i := strings.LastIndex(release, draftMark)
	if i < 0 {
		return 0, false
	}
	digits := release[i+len(draftMark):]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != digits || n <= 0 {
		return 0, false
	}
	return BuildID(n), true
}

// BuildRelease is what [NextRelease] has to know of a build.
type BuildRelease struct {
	ID      BuildID
	Release string
	Draft   bool
	State   BuildState
}

// NextRelease returns the release for a new build of a name and version, given all
// builds of that name and version in any order. It increments the release of the
// build with the highest id that is no draft and is building, complete or deleted;
// releases of failed and canceled builds are free to be used again. Without such a
// build the release is the increment itself, normally 1.
func NextRelease(builds []BuildRelease, incr int) (string, error) {
	var last *BuildRelease
	for i := range builds {
		b := &builds[i]
		counts := b.State == BuildBuilding || b.State == BuildComplete || b.State == BuildDeleted
		if counts && !b.Draft && (last == nil || b.ID > last.ID) {
			last = b
		}
	}
	if last == nil {
		return strconv.Itoa(incr), nil
	}
	return IncrementRelease(last.Release, incr)
}

// IncrementRelease adds incr to the number in a release. That is the whole release
// (7 becomes 8), the first of two dotted parts (3.el9 becomes 4.el9) or the last
// of three (20211105.nightly.7 becomes 20211105.nightly.8); leading zeros are
// lost. Numbers consist of ASCII digits. A release of any other form fails with
// code [FaultBuild].
func IncrementRelease(release string, incr int) (string, error) {
	parts := strings.SplitN(release, ".", 4)
	number := 0
	if len(parts) == 3 {
		number = 2
	}
	sum, ok := addDecimal(parts[number], incr)
	if len(parts) > 3 || !ok {
		return "", Errorf(ErrInvalid, FaultBuild, "cannot increment release %q", release)
	}
	parts[number] = sum
	return strings.Join(parts, "."), nil
}

// maxDigits is the longest number that Koji's interpreter reads; it also keeps
// the arithmetic on a hostile release short.
const maxDigits = 4300

func addDecimal(digits string, incr int) (string, bool) {
	if digits == "" || len(digits) > maxDigits || strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	n, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		return "", false
	}
	return n.Add(n, big.NewInt(int64(incr))).String(), true
}
