package policy_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/policy"
)

func TestFormatConfig(t *testing.T) {
	const before = "# The hub.\r\n[hub]\nDBName=koji\n\n[policy]\ntag =\n  operation   move::{\n# kept\n  ; inner\n is_build_owner::allow # why\n      # last\n  }\n" +
		"\n\n   all::deny   No\nvm:all::allow\nvolume=   \n  all :: DEFAULT\n\n[other]\nx  =  1\n    y"
	const after = "# The hub.\r\n[hub]\nDBName=koji\n\n[policy]\ntag =\n    operation move :: {\n# kept\n        ; inner\n        is_build_owner :: allow  # why\n        # last\n    }\n" +
		"\n\n    all :: deny   No\nvm: all :: allow\nvolume=\n    all :: DEFAULT\n\n[other]\nx  =  1\n    y"
	got, issues := policy.FormatConfig("hub.conf", before)
	require.NoError(t, issues.Err())
	require.Equal(t, after, got)
	again, _ := policy.FormatConfig("hub.conf", got)
	require.Equal(t, got, again)
	requireSameConfig(t, before, after)
}

func TestFormatConfigLeavesWhatIsBroken(t *testing.T) {
	for _, content := range []string{"", "[hub]\n", "[policy]\ntag = foo\nvm =   all::allow\n", "x = 1\n", "[policy]\ntag =\n  all::allow\ntag =\n  none::x\n"} {
		got, _ := policy.FormatConfig("hub.conf", content)
		require.Equal(t, content, got)
	}
}

// requireSameConfig compares what two files mean.
func requireSameConfig(t testing.TB, before, after string) {
	t.Helper()
	read := func(content string) map[string]string {
		config, issues := policy.ReadConfig(fstest.MapFS{"f": {Data: []byte(content)}}, "f")
		require.NoError(t, issues.Err())
		out := make(map[string]string)
		for _, text := range config.Texts {
			tree, issues := policy.Parse(text, policy.Compatible)
			require.NoError(t, issues.Err())
			out[text.Name] = tree.Format()
		}
		return out
	}
	require.Equal(t, read(before), read(after))
}

func FuzzFormatConfig(f *testing.F) {
	for _, s := range iniDocuments {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, content string) {
		formatted, issues := policy.FormatConfig("f", content)
		if issues.Err() != nil || formatted == content {
			return
		}
		requireSameConfig(t, content, formatted)
		if again, _ := policy.FormatConfig("f", formatted); again != formatted {
			t.Fatalf("%q is formatted to %q, then to %q", content, formatted, again)
		}
	})
}
