package koji_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
)

// someArches are architectures of every family, and names that nobody knows.
var someArches = []string{
	"x86_64", "amd64", "ia32e", "i386", "i486", "i586", "i686", "athlon", "geode", "ppc", "ppc64", "ppc64p7", "ppc64pseries",
	"ppc64iseries", "ppc64le", "s390", "s390x", "sparc", "sparcv8", "sparcv9", "sparcv9v", "sparc64", "sparc64v", "alpha",
	"alphaev4", "alphaev7", "alphapca56", "armv5tel", "armv7l", "armv6hl", "armv7hnl", "aarch64", "riscv64", "loongarch64",
	"ia64", "sh3", "sh4", "sh4a", "src", "nosrc", "nonsense",
}

func TestEveryArchitectureEndsInNoarch(t *testing.T) {
	for _, a := range someArches {
		list := koji.ArchList(a)
		require.Equal(t, a, list[0])
		require.Equal(t, "noarch", list[len(list)-1])
		sorted := slices.Sorted(slices.Values(list))
		require.Equal(t, sorted, slices.Compact(slices.Clone(sorted)), "%s: no architecture twice", a)
		require.NotZero(t, koji.ArchDistance(a, "noarch"), a)
		require.Contains(t, koji.SameLibArches(a), a)
	}
	require.Equal(t, []string{"noarch", "noarch"}, koji.ArchList("noarch"))
}

func TestArchDistanceCountsGenerations(t *testing.T) {
	tests := []struct {
		machine, pkg string
		want         int
	}{
		{"x86_64", "x86_64", 1},
		{"x86_64", "athlon", 2},
		{"x86_64", "i686", 3},
		{"x86_64", "noarch", 7},
		{"i686", "x86_64", 0},
		{"x86_64", "aarch64", 0},
		{"aarch64", "noarch", 2},
		{"noarch", "noarch", 1},
		{"noarch", "x86_64", 0},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, koji.ArchDistance(tt.machine, tt.pkg), "%s on %s", tt.pkg, tt.machine)
	}
}

func TestBestArchFromListTakesTheNearest(t *testing.T) {
	tests := []struct {
		candidates []string
		arch, want string
	}{
		{[]string{"noarch", "i386", "i686"}, "x86_64", "i686"},
		{[]string{"noarch", "i686", "x86_64"}, "x86_64", "x86_64"},
		{[]string{"noarch", "aarch64"}, "x86_64", "noarch"},
		{[]string{"aarch64"}, "x86_64", ""},
		{[]string{"sparc64", "sparcv9"}, "sparc64", "sparcv9"},
		{[]string{"sparc64", "noarch"}, "sparc64", "sparc64"},
		{nil, "x86_64", ""},
	}
	for _, tt := range tests {
		best, ok := koji.BestArchFromList(tt.candidates, tt.arch)
		require.Equal(t, tt.want, best, "%v for %s", tt.candidates, tt.arch)
		require.Equal(t, tt.want != "", ok)
	}
}

func TestCoinstallationNeedsAMultilibMachine(t *testing.T) {
	for _, pair := range [][2]string{{"x86_64", "i686"}, {"ia32e", "i586"}, {"ppc64", "ppc"}, {"s390x", "s390"}, {"sparc64v", "sparcv9"}} {
		require.True(t, koji.CanCoinstall(pair[0], pair[1]), "%v", pair)
		require.True(t, koji.CanCoinstall(pair[1], pair[0]), "%v", pair)
	}
	for _, pair := range [][2]string{{"x86_64", "x86_64"}, {"x86_64", "amd64"}, {"i686", "i386"}, {"x86_64", "noarch"}, {"x86_64", "ppc"}, {"aarch64", "armv7hl"}} {
		require.False(t, koji.CanCoinstall(pair[0], pair[1]), "%v", pair)
		require.False(t, koji.CanCoinstall(pair[1], pair[0]), "%v", pair)
	}
}

// Section 11.4 of the specification of repositories.
func TestRepoArches(t *testing.T) {
	for arch, want := range map[string][]string{
		"i386":        {"athlon", "i686", "i586", "i486", "i386", "noarch"},
		"x86_64":      {"amd64", "ia32e", "x86_64", "noarch"},
		"ia64":        {"ia64", "noarch"},
		"ppc":         {"ppc", "noarch"},
		"ppc64":       {"ppc64p7", "ppc64pseries", "ppc64iseries", "ppc64", "noarch"},
		"ppc64le":     {"ppc64le", "noarch"},
		"s390":        {"s390", "noarch"},
		"s390x":       {"s390x", "noarch"},
		"sparc":       {"sparcv9v", "sparcv9", "sparcv8", "sparc", "noarch"},
		"sparc64":     {"sparc64v", "sparc64", "noarch"},
		"alpha":       {"alphaev6", "alphaev56", "alphaev5", "alpha", "noarch"},
		"arm":         {"arm", "armv4l", "armv4tl", "armv5tel", "armv5tejl", "armv6l", "armv7l", "noarch"},
		"armhfp":      {"armv7hl", "armv7hnl", "noarch"},
		"aarch64":     {"aarch64", "noarch"},
		"riscv64":     {"riscv64", "noarch"},
		"sw_64":       {"sw_64", "noarch"},
		"loongarch64": {"loongarch64", "noarch"},
		"src":         {"src"},
		"unheard_of":  {"unheard_of", "noarch"},
	} {
		require.Equal(t, want, koji.RepoArches(arch))
	}
}

func TestRepoArchesMayBeChangedByTheCaller(t *testing.T) {
	koji.RepoArches("x86_64")[0] = "changed"
	require.Equal(t, "amd64", koji.RepoArches("x86_64")[0])
}

func TestParseArches(t *testing.T) {
	tests := []struct {
		text    string
		lenient []string // nil: refused
		strict  []string
	}{
		{"", []string{}, []string{}},
		{" \t\n", []string{}, []string{}},
		{"x86_64 i686", []string{"x86_64", "i686"}, []string{"x86_64", "i686"}},
		{" x86_64\u2003i686\n", []string{"x86_64", "i686"}, []string{"x86_64", "i686"}},
		{"x86_64 x86_64", []string{"x86_64", "x86_64"}, []string{"x86_64", "x86_64"}},
		{"x86_64,,i686,", []string{"x86_64", "i686"}, nil},
		{",", []string{}, nil},
		{"A1_-", []string{"A1_-"}, []string{"A1_-"}},
		{"x86_64;i686", nil, nil},
		{"a/b", nil, nil},
		{"é", nil, nil},
		{"a\x00", nil, nil},
		{"\xff", nil, nil},
		{"aŁ", nil, nil}, // its code point ends in the byte of an A
	}
	for _, tt := range tests {
		for strict, want := range map[bool][]string{false: tt.lenient, true: tt.strict} {
			got, err := koji.ParseArches(tt.text, koji.ArchesOptions{Strict: strict})
			if want == nil {
				requireFault(t, err, koji.ErrInvalid, koji.FaultGeneric)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, want, got, "%q, strict %v", tt.text, strict)
		}
	}
}

func TestCheckArchesLooksAtEachName(t *testing.T) {
	require.NoError(t, koji.CheckArches(nil))
	require.NoError(t, koji.CheckArches([]string{"x86_64", "", "noarch\n"}))
	for _, bad := range []string{"x86_64 i686", "a,b", "a\n\n", "\na", "a.b"} {
		err := koji.CheckArches([]string{"x86_64", bad})
		requireFault(t, err, koji.ErrInvalid, koji.FaultGeneric)
	}
}
