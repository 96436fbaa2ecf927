package koji_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
)

func TestDefaultNameRules(t *testing.T) {
	tests := []struct {
		name           string
		internal, user bool
	}{
		{"f40-build", true, true},
		{"A-Z_0.9", true, true},
		{"a/b", true, true},
		{"a+b", true, false},
		{"user@EXAMPLE.ORG", false, true},
		{strings.Repeat("x", 256), true, true},
		{strings.Repeat("x", 257), false, false},
		{"", false, false},
		{"a b", false, false},
		{"é", false, false},
		{"a;b", false, false},
		{"a\n", false, false}, // the reference accepts this one
		{"a\nb", false, false},
		{"a\x00", false, false},
	}
	for _, tt := range tests {
		requireCheck(t, koji.CheckName("tag", tt.name), tt.internal)
		requireCheck(t, koji.CheckUserName("user", tt.name), tt.user)
	}
	require.EqualError(t, koji.CheckName("tag", "a b"), `tag name "a b" does not match ^[A-Za-z0-9/_.+-]+$`)
}

func TestConfiguredNameRules(t *testing.T) {
	rule, err := koji.NewNameRule(`[a-z]+|é+`, 3)
	require.NoError(t, err)
	require.NoError(t, rule.Check("tag", "abc"))
	require.NoError(t, rule.Check("tag", "éé"), "the length counts characters")
	require.NoError(t, rule.Check("tag", "a1"), "a pattern without an end leaves it open")
	require.Error(t, rule.Check("tag", "1a"), "a pattern is held against the start of the name")
	require.Error(t, rule.Check("tag", "ééé é"))
	require.Error(t, rule.Check("tag", "abcd"))

	anything, err := koji.NewNameRule("", 0)
	require.NoError(t, err)
	require.NoError(t, anything.Check("tag", strings.Repeat("\n", 10_000)))
	require.NoError(t, koji.NameRule{}.Check("tag", ""))

	_, err = koji.NewNameRule("(", 0)
	requireFault(t, err, koji.ErrInvalid, koji.FaultConfiguration)
}

func TestMessageAboutALongNameIsShort(t *testing.T) {
	err := koji.CheckName("package", strings.Repeat("x", 1_000_000))
	require.Error(t, err)
	require.Less(t, len(err.Error()), 200)
}
