package policy_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/policy"
)

func readGCConfig(content string) (*policy.GCConfig, policy.Issues) {
	return policy.ReadGCConfig(fstest.MapFS{"koji-gc.conf": {Data: []byte(content)}}, "koji-gc.conf")
}

func TestGCConfig(t *testing.T) {
	c, issues := readGCConfig(`[main]
key_aliases =
    30c9ecf8 release
    4F2A6FD2 beta
name = f40
[prune]
other = x
policy =
    # comment
    sig %(other)s release :: keep
    tag 100%% :: untag
`)
	require.Empty(t, issues)
	require.True(t, c.Defined)
	require.Equal(t, map[string]string{"30C9ECF8": "release", "4F2A6FD2": "beta"}, c.Aliases)
	require.Equal(t, "\nsig x release :: keep\ntag 100% :: untag", c.Text.Body)
	p, issues := policy.NewPruner(c, policy.Strict, nil)
	require.Empty(t, issues)
	require.NotNil(t, p)

	c, issues = readGCConfig("[main]\n")
	require.Empty(t, issues)
	require.False(t, c.Defined)
}

func TestGCConfigProblems(t *testing.T) {
	for name, c := range map[string]struct{ content, at, message string }{
		"lone percent":     {"[prune]\npolicy =\n  tag 5% :: keep\n", "koji-gc.conf:3:8", "a lone % is an error in this file"},
		"unknown option":   {"[prune]\npolicy =\n  tag %(no)s :: keep\n", "koji-gc.conf:3:7", `no option "no" to refer to`},
		"loop":             {"[prune]\npolicy = %(policy)s\n", "koji-gc.conf:2:10", "the references are nested too deep"},
		"growth":           {"[prune]\n" + growing(), "koji-gc.conf:22:90", "the values are longer than 16 MiB"},
		"alias":            {"[main]\nkey_aliases = a b c\n", "koji-gc.conf:2:15", "want a key id and an alias"},
		"file not there":   {"", "koji-gc.conf", "cannot read the file: open koji-gc.conf: file does not exist"},
		"not a duration":   {"[prune]\npolicy = age > 3 moons :: keep\n", "koji-gc.conf:2:16", `test age: unknown unit of time "moons"`},
		"not an action":    {"[prune]\npolicy = tag x :: remove\n", "koji-gc.conf:2:19", `"remove" is not keep, untag or skip`},
		"no generic tests": {"[prune]\npolicy = all :: keep\n", "koji-gc.conf:2:10", "there is no test all"},
	} {
		t.Run(name, func(t *testing.T) {
			config, issues := readGCConfig(c.content)
			if c.content == "" {
				config, issues = policy.ReadGCConfig(fstest.MapFS{}, "koji-gc.conf")
			}
			if issues.Err() == nil {
				_, issues = policy.NewPruner(config, policy.Compatible, nil)
			}
			require.Error(t, issues.Err())
			require.Equal(t, c.at, issues[0].Range.String())
			require.Equal(t, c.message, issues[0].Message)
		})
	}
}

// growing is a section whose options refer to each other so that the last would
// become very long.
func growing() string {
	var b strings.Builder
	b.WriteString("x = " + strings.Repeat("y", 1<<20) + "\n")
	for range 19 {
		b.WriteString("# filler\n")
	}
	b.WriteString("policy = " + strings.Repeat("%(x)s", 20) + "\n")
	return b.String()
}

func FuzzGCConfig(f *testing.F) {
	f.Add("[prune]\na = %(b)s\nb = %%\npolicy = tag %(a)s :: keep")
	f.Add("[prune]\npolicy = age > 1.5 weeks 2days :: untag\n[main]\nkey_aliases = a b")
	f.Fuzz(func(t *testing.T, content string) {
		c, issues := readGCConfig(content)
		if issues.Err() == nil {
			policy.NewPruner(c, policy.Compatible, nil)
		}
	})
}
