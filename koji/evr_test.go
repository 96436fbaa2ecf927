package koji_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kojikit/kojikit/internal/hosttool"
	"github.com/kojikit/kojikit/koji"
)

// The relations that the specification lists, each observed with rpm.
const versionRelations = `
2.0.1 < 2.0.1a
5.5p1 < 5.5p10
10xyz < 10.1xyz
xyz.4 < 8
2_0 = 2.0
1. = 1
1 = 1..
1. = 1..
01 = 1
1.0010 > 1.9
1.05 = 1.5
1.0~rc1 < 1.0
1.0~rc1~git123 < 1.0~rc1
~~ < ~
1.0^ > 1.0
1.0^git1 > 1.0
1.0^git1 < 1.01
1.0^20160101 < 1.0.1
1.0^20160101^git1 < 1.0^20160102
1.0~rc1^git1 > 1.0~rc1
1.0^git1~pre < 1.0^git1
1b.fc17 < 1.fc17
1.a < 1.1
1^a < 1.a
1~1 < 1^1
1a > 1A
1é = 1
`

func TestCompareVersionHoldsEveryRelationOfTheSpecification(t *testing.T) {
	signs := map[string]int{"<": -1, "=": 0, ">": 1}
	relations := 0
	for line := range strings.Lines(strings.TrimSpace(versionRelations)) {
		f := strings.Fields(line)
		want := signs[f[1]]
		require.Equal(t, want, koji.CompareVersion(f[0], f[2]), line)
		require.Equal(t, -want, koji.CompareVersion(f[2], f[0]), "the other way: "+line)
		relations++
	}
	require.Equal(t, 27, relations)
}

func TestEmptyVersionIsOlderThanAllButTildes(t *testing.T) {
	for version, want := range map[string]int{"": 0, "0": -1, "a": -1, "^": -1, "~": 1, "..": 0, "~1": 1, ".~": 1} {
		require.Equal(t, want, koji.CompareVersion("", version), version)
		require.Equal(t, -want, koji.CompareVersion(version, ""), version)
	}
}

func TestNumbersOfAnySizeAreCompared(t *testing.T) {
	big := strings.Repeat("9", 400)
	require.Equal(t, -1, koji.CompareVersion(big, "1"+strings.Repeat("0", 400)))
	require.Equal(t, 0, koji.CompareVersion(strings.Repeat("0", 400)+"7", "7"))
}

func TestCompareEVR(t *testing.T) {
	tests := []struct {
		a, b koji.EVR
		want int
	}{
		{koji.EVR{}, koji.EVR{}, 0},
		{koji.EVR{Epoch: "0", Version: "1", Release: "1"}, koji.EVR{Version: "1", Release: "1"}, 0},
		{koji.EVR{Epoch: "01", Version: "1"}, koji.EVR{Epoch: "1", Version: "1"}, 0},
		{koji.EVR{Epoch: "10", Version: "1"}, koji.EVR{Epoch: "9", Version: "2"}, 1},
		{koji.EVR{Version: "2", Release: "1"}, koji.EVR{Version: "1", Release: "2"}, 1},
		{koji.EVR{Version: "1", Release: "1.fc40"}, koji.EVR{Version: "1", Release: "1.fc39"}, 1},
		{koji.EVR{Version: "1", Release: ""}, koji.EVR{Version: "1", Release: "0"}, -1},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, koji.CompareEVR(tt.a, tt.b), "%s and %s", tt.a, tt.b)
		require.Equal(t, -tt.want, koji.CompareEVR(tt.b, tt.a), "%s and %s", tt.b, tt.a)
	}
}

func TestEVRString(t *testing.T) {
	v, err := koji.ParseNVR("2:foo-1.0-3")
	require.NoError(t, err)
	require.Equal(t, "2:1.0-3", v.EVR().String())
	require.Equal(t, "1.0-3", koji.EVR{Version: "1.0", Release: "3"}.String())
}

// genVersion draws texts in which the parts that matter to the order are frequent.
var genVersion = rapid.Custom(func(t *rapid.T) string {
	part := rapid.SampledFrom([]string{"0", "1", "01", "10", "9", "a", "b", "Z", "rc", "~", "^", ".", "_", "-", "é", "~~", "^^"})
	return strings.Join(rapid.SliceOfN(part, 0, 6).Draw(t, "parts"), "")
})

func TestCompareVersionIsAntisymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genVersion.Draw(t, "a"), genVersion.Draw(t, "b")
		require.Equal(t, -koji.CompareVersion(b, a), koji.CompareVersion(a, b))
		require.Zero(t, koji.CompareVersion(a, a))
	})
}

func TestCompareVersionIsTransitive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SliceOfN(genVersion, 3, 3).Draw(t, "versions")
		slices.SortFunc(v, koji.CompareVersion)
		for i := range v {
			for j := i + 1; j < len(v); j++ {
				require.LessOrEqual(t, koji.CompareVersion(v[i], v[j]), 0, "%q and %q in %q", v[i], v[j], v)
			}
		}
		if koji.CompareVersion(v[0], v[1]) < 0 || koji.CompareVersion(v[1], v[2]) < 0 {
			require.Negative(t, koji.CompareVersion(v[0], v[2]), "%q", v)
		}
	})
}

func TestCompareAllocatesNothing(t *testing.T) {
	a := koji.EVR{Epoch: "1", Version: "1.0~rc1^20240101git", Release: "10.fc40"}
	b := koji.EVR{Epoch: "01", Version: "1.0~rc1^20240101git", Release: "9.fc40"}
	require.Zero(t, testing.AllocsPerRun(100, func() { koji.CompareEVR(a, b) }))
}

// Pairs of random versions and of random EVRs are compared by rpm, all in one
// process.
func TestComparisonsAgreeWithRPM(t *testing.T) {
	rpm := hosttool.Need(t, "rpm")
	random := rand.New(rand.NewPCG(1, 2))
	parts := []string{
		"0", "1", "01", "10", "9", "2024", "00", "a", "b", "Z", "rc", "git", "~", "^", ".", "_", "+", "~~", "^^", "..", "fc40", "é",
	}
	version := func() string {
		s := parts[random.IntN(len(parts))]
		for range random.IntN(6) {
			s += parts[random.IntN(len(parts))]
		}
		return s
	}
	near := func(s string) string { // the same but for one part more
		i := random.IntN(len(s) + 1)
		return s[:i] + parts[random.IntN(len(parts))] + s[i:]
	}
	evr := func() koji.EVR {
		return koji.EVR{Epoch: []string{"", "0", "1", "01", "12"}[random.IntN(5)], Version: version(), Release: version()}
	}
	type pair struct {
		a, b string
		ours int
	}
	var pairs []pair
	for i := range 3000 {
		a, b := version(), version()
		if i%2 == 0 {
			b = near(a)
		}
		pairs = append(pairs, pair{a, b, koji.CompareVersion(a, b)})

		x, y := evr(), evr()
		switch i % 3 {
		case 0:
			y = koji.EVR{Epoch: x.Epoch, Version: x.Version, Release: near(x.Release)}
		case 1:
			y.Version = near(x.Version)
		}
		pairs = append(pairs, pair{x.String(), y.String(), koji.CompareEVR(x, y)})
	}

	var script bytes.Buffer
	script.WriteString("local pairs = {\n")
	for _, p := range pairs {
		fmt.Fprintf(&script, "{%s, %s},\n", luaString(p.a), luaString(p.b))
	}
	script.WriteString("}\nfor _, p in ipairs(pairs) do print(rpm.vercmp(p[1], p[2]), '\\n') end\n")
	file := filepath.Join(t.TempDir(), "compare.lua")
	require.NoError(t, os.WriteFile(file, script.Bytes(), 0o600))
	out, err := exec.Command(rpm, "--eval", `%{lua: dofile("`+file+`")}`).Output()
	require.NoError(t, err)

	answers := strings.Fields(string(out))
	require.Len(t, answers, len(pairs))
	counts := map[int]int{}
	for i, p := range pairs {
		require.Equal(t, answers[i], strconv.Itoa(p.ours), "%q and %q", p.a, p.b)
		counts[p.ours]++
	}
	require.Len(t, counts, 3, "the pairs must show all three answers: %v", counts)
}

func luaString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		fmt.Fprintf(&b, "\\%03d", s[i])
	}
	b.WriteByte('"')
	return b.String()
}
