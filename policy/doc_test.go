package policy_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/policy"
)

// The package comment names every test, hook, key and grammar there is.
func TestPackageCommentIsComplete(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	words := make(map[string]bool)
	for _, w := range strings.FieldsFunc(string(text), func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
		words[w] = true
	}
	tests, err := policy.HubTests().With(policy.SidetagTests()...)
	require.NoError(t, err)
	for _, name := range append(tests.Names("any"), policy.GCTests(nil).Names("prune")...) {
		require.True(t, words[name], name)
		require.NotEmpty(t, tests.Find("tag", "any").Doc)
	}
	for _, h := range policy.HubHooks() {
		require.True(t, words[h.Policy], h.Policy)
		require.NotEmpty(t, h.Doc)
		for _, k := range h.Keys {
			require.NotEmpty(t, k.Doc, "%s %s", h.Policy, k.Name)
			require.True(t, words[k.Name], "%s %s", h.Policy, k.Name)
		}
	}
}
