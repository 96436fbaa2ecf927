package merge

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kojikit/kojikit/koji"
)

func TestCanonicalVersionsAreEqualWhereRPMSaysSo(t *testing.T) {
	version := rapid.StringOf(rapid.SampledFrom([]rune("0012aAb.-_+~^é")))
	rapid.Check(t, func(t *rapid.T) {
		a, b := version.Draw(t, "a"), version.Draw(t, "b")
		equal := koji.CompareVersion(a, b) == 0
		require.Equal(t, equal, canonicalEVR("", a, "1") == canonicalEVR("0", b, "1"), "%q %q", a, b)
	})
	for _, pair := range [][2]string{{"1.0", "1.00"}, {"1.0", "1-0."}, {"1a", "1.a"}, {"~", "~"}, {"", "."}} {
		require.Equal(t, canonicalEVR("0", pair[0], "1"), canonicalEVR("", pair[1], "01"))
	}
}
