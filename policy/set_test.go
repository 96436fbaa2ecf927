package policy_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
)

// Case 78: a bad text leaves the old ones serving.
func TestReplaceKeepsTheOldTextsOfABadFile(t *testing.T) {
	config, issues := readConfig(map[string]string{"hub.conf": "[policy]\ntag = all :: old\n"}, "hub.conf")
	require.Empty(t, issues)
	set, issues := policy.New(config.Texts, policy.Options{})
	require.NoError(t, issues.Err())
	action := func() string {
		d, err := set.Eval(t.Context(), "tag", nil, nil)
		require.NoError(t, err)
		return d.Action
	}
	require.Equal(t, "old", action())

	config, _ = readConfig(map[string]string{"hub.conf": "[policy]\ntag = all :: new\nvm =\n  foo\n"}, "hub.conf")
	issues = set.Replace(config.Texts)
	require.ErrorContains(t, issues.Err(), `hub.conf:4:3: error: policy vm: the line holds neither :: nor !!: "foo"`)
	require.ErrorIs(t, issues.Err(), koji.ErrInvalid)
	require.Equal(t, "old", action())

	require.NoError(t, set.Replace([]policy.Text{policy.NewText("tag", "all :: new")}).Err())
	require.Equal(t, "new", action())
}

func TestDefaultsStandInForPoliciesWithoutText(t *testing.T) {
	set, issues := policy.New(nil, policy.Options{})
	require.Empty(t, issues)
	require.Equal(t, []string{
		"build_from_repo_id", "build_from_scm", "build_from_srpm", "build_rpm", "cg_import", "channel",
		"draft_promotion", "package_list", "priority", "vm", "volume",
	}, set.Names())
	set, issues = policy.New([]policy.Text{policy.NewText("vm", "")}, policy.Options{NoDefaults: true})
	require.Empty(t, issues)
	require.Equal(t, []string{"vm"}, set.Names())
	_, err := set.Eval(t.Context(), "volume", nil, nil)
	require.ErrorIs(t, err, koji.ErrNotFound)
	require.EqualError(t, err, "no such policy: volume")
}

func TestReplaceWhileEvaluating(t *testing.T) {
	set, issues := policy.New([]policy.Text{policy.NewText("main", "all :: 0")}, policy.Options{})
	require.Empty(t, issues)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				d, err := set.Eval(t.Context(), "main", nil, nil)
				if err != nil || d.Report() != "all :: "+d.Action {
					t.Errorf("%v %v", d, err)
				}
			}
		})
	}
	for range 50 {
		set.Replace([]policy.Text{policy.NewText("main", "all :: 1")})
		set.Replace([]policy.Text{policy.NewText("main", "all ::")})
	}
	wg.Wait()
}
