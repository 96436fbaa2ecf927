package koji

import (
	"slices"
	"strings"
	"unicode"
)

// arch is what is known of an architecture.
type arch struct {
	parent   string    // the next architecture whose packages run here too; "" means noarch
	base     string    // the architecture of the distribution that is installed here; "" for the same
	multilib *Multilib // for 64-bit architectures with a 32-bit sibling
}

// Multilib is the way in which one machine serves two architectures.
type Multilib struct {
	Compat string // best architecture of the other width
	Best   string // best architecture of the machine's own programs
	Biarch string // architecture of programs built for both
}

// arches is the family tree. An architecture that is missing has no relative but
// noarch.
var arches = map[string]arch{
	"athlon": {parent: "i686", base: "i386"},
	"geode":  {parent: "i686", base: "i386"},
	"i686":   {parent: "i586", base: "i386"},
	"i586":   {parent: "i486", base: "i386"},
	"i486":   {parent: "i386", base: "i386"},

	"x86_64": {parent: "athlon", multilib: &Multilib{Compat: "athlon", Best: "x86_64", Biarch: "athlon"}},
	"amd64":  {parent: "x86_64", base: "x86_64"},
	"ia32e":  {parent: "x86_64", base: "x86_64"},

	"ppc64":        {parent: "ppc", multilib: &Multilib{Compat: "ppc", Best: "ppc64", Biarch: "ppc64"}},
	"ppc64p7":      {parent: "ppc64", base: "ppc64"},
	"ppc64pseries": {parent: "ppc64", base: "ppc64"},
	"ppc64iseries": {parent: "ppc64", base: "ppc64"},

	"s390x": {parent: "s390", multilib: &Multilib{Compat: "s390", Best: "s390x", Biarch: "s390"}},

	"sparcv8":  {parent: "sparc", base: "sparc"},
	"sparcv9":  {parent: "sparcv8", base: "sparc"},
	"sparcv9v": {parent: "sparcv9", base: "sparc"},
	"sparc64": {parent: "sparcv9", base: "sparc",
		multilib: &Multilib{Compat: "sparcv9", Best: "sparcv9", Biarch: "sparc64"}},
	"sparc64v": {parent: "sparcv9v", base: "sparc",
		multilib: &Multilib{Compat: "sparcv9v", Best: "sparcv9v", Biarch: "sparc64v"}},

	"alphaev4":   {parent: "alpha", base: "alpha"},
	"alphaev45":  {parent: "alphaev4", base: "alpha"},
	"alphaev5":   {parent: "alphaev45", base: "alpha"},
	"alphaev56":  {parent: "alphaev5", base: "alpha"},
	"alphapca56": {parent: "alphaev56", base: "alpha"},
	"alphaev6":   {parent: "alphapca56", base: "alpha"},
	"alphaev67":  {parent: "alphaev6", base: "alpha"},
	"alphaev68":  {parent: "alphaev67", base: "alpha"},
	"alphaev7":   {parent: "alphaev68", base: "alpha"},

	"armv5tel":  {base: "arm"},
	"armv5tejl": {parent: "armv5tel", base: "arm"},
	"armv6l":    {parent: "armv5tejl", base: "arm"},
	"armv7l":    {parent: "armv6l", base: "arm"},
	"armv6hl":   {base: "armhfp"},
	"armv7hl":   {parent: "armv6hl", base: "armhfp"},
	"armv7hnl":  {parent: "armv7hl", base: "armhfp"},

	"sh4a": {parent: "sh4", base: "sh4"},
}

const noarch = "noarch"

// parentArch returns the next architecture in the tree; noarch has no parent.
func parentArch(a string) (parent string, ok bool) {
	if a == noarch {
		return "", false
	}
	if known := arches[a]; known.parent != "" {
		return known.parent, true
	}
	return noarch, true
}

// ArchList returns the architectures whose packages run on a, best first: a, its
// ancestors and noarch. For noarch itself it returns noarch twice, as Koji does.
func ArchList(a string) []string {
	list := []string{a}
	if a == "sparc64v" {
		// It is a newer sparc64, although its ancestors are of the 32-bit line.
		list = append(list, "sparc64")
	}
	for p, ok := parentArch(a); ok; p, ok = parentArch(p) {
		list = append(list, p)
	}
	if a == noarch {
		list = append(list, noarch)
	}
	return list
}

// MultilibOf returns how a serves two architectures; ok is false if it does not.
// Descendants in the first generation inherit that.
func MultilibOf(a string) (m Multilib, ok bool) {
	known := arches[a]
	if known.multilib == nil {
		known = arches[known.parent]
	}
	if known.multilib == nil {
		return Multilib{}, false
	}
	return *known.multilib, true
}

// BaseArch returns the architecture of the distribution that is installed on a:
// i386 for athlon, x86_64 for amd64, sparc for sparc64v.
func BaseArch(a string) string {
	if known := arches[a]; known.base != "" {
		return known.base
	}
	return a
}

// BestArch returns the architecture of the programs that are installed on a. That
// is a, except where 64-bit machines run 32-bit programs.
func BestArch(a string) string {
	if known := arches[a]; known.multilib != nil {
		return known.multilib.Best
	}
	return a
}

// BestArchFromList returns the member of candidates that suits a best; ok is false
// if none runs there.
func BestArchFromList(candidates []string, a string) (best string, ok bool) {
	own := ArchList(BestArch(a))
	for _, c := range slices.Concat(own[:len(own)-1], ArchList(a)) {
		if slices.Contains(candidates, c) {
			return c, true
		}
	}
	return "", false
}

// SameLibArches returns, sorted, the architectures that share a's library
// directory: on multilib machines the best one and those derived from it.
func SameLibArches(a string) []string {
	best := a
	if m, ok := MultilibOf(a); ok {
		best = m.Best
	}
	list := []string{best}
	isBest := false
	for name, known := range arches {
		isBest = isBest || known.multilib != nil && known.multilib.Best == best
		if known.parent == best {
			list = append(list, name)
		}
	}
	if !isBest {
		return []string{a}
	}
	slices.Sort(list)
	return list
}

// ArchDistance returns how far the architecture of a package is from that of a
// machine: 1 for the same, one more for each generation between them, and 0 if the
// package does not run there.
func ArchDistance(machine, pkg string) int {
	distance := 1
	for a, ok := machine, true; ok; a, ok = parentArch(a) {
		if a == pkg {
			return distance
		}
		distance++
	}
	return 0
}

// CanCoinstall reports whether packages of two architectures can be installed side
// by side on a multilib machine.
func CanCoinstall(a, b string) bool {
	if a == noarch || b == noarch {
		return false
	}
	_, wideA := MultilibOf(a)
	_, wideB := MultilibOf(b)
	switch {
	case wideA && !wideB:
		return slices.Contains(ArchList(a), b)
	case wideB && !wideA:
		return slices.Contains(ArchList(b), a)
	}
	return false
}

// CanonArch returns the name under which Koji keeps the repository of an
// architecture: i386 for i686, armhfp for armv7hl. Names that it does not know are
// their own.
func CanonArch(a string) string {
	switch {
	case a == "athlon" || isX86(a):
		return "i386"
	case a == "ia32e":
		return "x86_64"
	case a == "ppc64le":
		return a
	case strings.HasPrefix(a, "ppc64"):
		return "ppc64"
	case strings.HasPrefix(a, "sparc64"):
		return "sparc64"
	case strings.HasPrefix(a, "sparc"):
		return "sparc"
	case strings.HasPrefix(a, "alpha"):
		return "alpha"
	case strings.HasPrefix(a, "arm"):
		if strings.Contains(a[len("arm"):], "h") {
			return "armhfp"
		}
		return "arm"
	}
	return a
}

// isX86 matches i?86, where the question mark stands for any character.
func isX86(a string) bool {
	rest, ok := strings.CutPrefix(a, "i")
	if !ok {
		return false
	}
	middle, ok := strings.CutSuffix(rest, "86")
	return ok && len([]rune(middle)) == 1
}

// repoArches tells which packages belong in the repository of an architecture.
// Where it says nothing that is the architecture itself and noarch.
var repoArches = map[string][]string{
	"i386":    {"athlon", "i686", "i586", "i486", "i386", noarch},
	"x86_64":  {"amd64", "ia32e", "x86_64", noarch},
	"ppc64":   {"ppc64p7", "ppc64pseries", "ppc64iseries", "ppc64", noarch},
	"sparc":   {"sparcv9v", "sparcv9", "sparcv8", "sparc", noarch},
	"sparc64": {"sparc64v", "sparc64", noarch},
	"alpha":   {"alphaev6", "alphaev56", "alphaev5", "alpha", noarch},
	"arm":     {"arm", "armv4l", "armv4tl", "armv5tel", "armv5tejl", "armv6l", "armv7l", noarch},
	"armhfp":  {"armv7hl", "armv7hnl", noarch},
	"src":     {"src"},
}

// RepoArches returns the architectures of the packages in a dist repository of the
// architecture a, in the order in which Koji asks for them. Koji refuses to make a
// repository of an architecture that it does not know; here it holds that
// architecture and noarch.
func RepoArches(a string) []string {
	if list, ok := repoArches[a]; ok {
		return slices.Clone(list)
	}
	return []string{a, noarch}
}

// ArchesOptions changes how [ParseArches] reads a list.
type ArchesOptions struct {
	// Strict allows only blanks between architectures; otherwise a comma is as
	// good as a blank.
	Strict bool
}

// ParseArches splits a list of architectures. Blanks are those of Unicode.
func ParseArches(text string, opts ArchesOptions) ([]string, error) {
	list := strings.FieldsFunc(text, func(r rune) bool {
		return isBlank(r) || r == ',' && !opts.Strict
	})
	if err := CheckArches(list); err != nil {
		return nil, err
	}
	return list, nil
}

// CheckArches reports whether all names in a list can be those of architectures:
// ASCII letters, digits, underscores and hyphens. It does not care whether they
// are known. Koji's rule also allows an empty name and one newline at the end, and
// so does CheckArches.
func CheckArches(list []string) error {
	for _, a := range list {
		for _, r := range strings.TrimSuffix(a, "\n") {
			if r >= 0x80 || !isDigit(byte(r)) && !isLetter(byte(r)) && r != '_' && r != '-' {
				return Errorf(ErrInvalid, FaultGeneric, "architecture %q: %q is not allowed", a, r)
			}
		}
	}
	return nil
}

// isBlank tells the characters that separate words in Koji, which are those of
// Unicode and the four ASCII separators.
func isBlank(r rune) bool { return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f }
