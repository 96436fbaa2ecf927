package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func policycheck(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(t.Context(), args, &out, &err)
	return code, out.String(), err.String()
}

func TestGoodConfiguration(t *testing.T) {
	page := filepath.Join(t.TempDir(), "coverage.html")
	code, out, stderr := policycheck(t, "-config", "testdata/hub.conf", "-cases", "testdata/cases.yaml", "-min-coverage", "95", "-coverage-html", page)
	require.Empty(t, stderr)
	require.Equal(t, exitOK, code, out)
	require.Contains(t, out, "15 cases, 0 failed; ")
	require.Contains(t, out, "errors: 0, ")
	html, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Contains(t, string(html), "Policy coverage")
}

func TestBadConfiguration(t *testing.T) {
	code, out, _ := policycheck(t, "-config", "testdata/bad.conf")
	require.Equal(t, exitProblems, code)
	for _, want := range []string{
		"testdata/bad.conf:3:5: error: policy tag: there is no test has_prem [unknown-test]; did you mean has_perm?\n" +
			"    has_prem admin :: allow\n    ^^^^^^^^\n",
		`testdata/bad.conf:4:9: warning: policy tag: "\"f40\"": quotes are literal characters [suspicious-pattern]`,
		`testdata/bad.conf:9:25: error: policy vm: "alow" is no action here [invalid-action]; did you mean allow?`,
		"testdata/bad.conf:5:21: warning: policy tag: # begins a comment: \"#12\" is not part of the action [comment-in-action]; write the number without #",
		"testdata/bad.conf:6:6: error: policy all: the line holds neither :: nor !!",
		"testdata/bad.conf:8:12: error: policy vm: the block is not closed [nesting]",
	} {
		require.Contains(t, out, want)
	}
}

func TestLowCoverageFails(t *testing.T) {
	code, out, _ := policycheck(t, "-config", "testdata/hub.conf", "-cases", "testdata/cases.yaml", "-min-coverage", "100")
	require.Equal(t, exitProblems, code)
	require.Contains(t, out, "not covered: testdata/hub.conf:")
}

func TestFailingCaseIsExplained(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cases.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"cases": [{"name": "builds are quick", "policy": "channel", "data": {"method": "build"}, "want": {"action": "use fast"}}]}`), 0o600))
	code, out, _ := policycheck(t, "-config", "testdata/hub.conf", "-cases", file)
	require.Equal(t, exitProblems, code)
	require.Contains(t, out, `case "builds are quick" failed`)
	require.Contains(t, out, `want action "use fast", got "use default" of the rule at testdata/hub.conf:26:5`)
	require.Contains(t, out, `method newRepo: false (looked at "build")`)
}

func TestRewriteLaysOutPolicies(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hub.conf")
	require.NoError(t, os.WriteFile(file, []byte("[policy]\nvm =\n  # Everybody.\n  all::allow\n"), 0o640))
	code, out, stderr := policycheck(t, "-config", file, "-rewrite")
	require.Equal(t, exitOK, code, out+stderr)
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "[policy]\nvm =\n    # Everybody.\n    all :: allow\n", string(content))
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o640), info.Mode())
	code, _, stderr = policycheck(t, "-config", file+".none", "-rewrite")
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "no such file")
}

func TestFormats(t *testing.T) {
	code, out, _ := policycheck(t, "-config", "testdata/bad.conf", "-format", "json")
	require.Equal(t, exitProblems, code)
	var report struct {
		OK     bool
		Issues []struct{ Code string }
	}
	require.NoError(t, json.Unmarshal([]byte(out), &report))
	require.False(t, report.OK)
	require.Equal(t, "unknown-test", report.Issues[0].Code)

	code, out, _ = policycheck(t, "-config", "testdata/hub.conf", "-cases", "testdata/cases.yaml", "-min-coverage", "100", "-format", "sarif")
	require.Equal(t, exitProblems, code)
	var sarif struct {
		Runs []struct {
			Results []struct{ RuleID, Level string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(out), &sarif))
	require.NotEmpty(t, sarif.Runs[0].Results)
	last := sarif.Runs[0].Results[len(sarif.Runs[0].Results)-1]
	require.Equal(t, "not-covered", last.RuleID)
	require.Equal(t, "error", last.Level)
}

func TestConfigurationDirectory(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "10.conf"), []byte("[policy]\nvm = all :: sure\n"), 0o600))
	code, out, _ := policycheck(t, "-config-dir", dir, "-config", "testdata/hub.conf")
	require.Equal(t, exitProblems, code)
	require.Contains(t, out, filepath.Join(dir, "10.conf")+":2:13: error: policy vm: \"sure\" is no action here")
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{}, {"-format", "xml", "-config", "x"}, {"-config", "testdata/hub.conf", "extra"}, {"-nosuch"},
		{"-config", "testdata/hub.conf", "-cases", "testdata/none.yaml"},
	} {
		code, _, stderr := policycheck(t, args...)
		require.Equal(t, exitUsage, code, "%v", args)
		require.NotEmpty(t, stderr)
	}
	code, _, _ := policycheck(t, "-config", "testdata/none.conf")
	require.Equal(t, exitProblems, code)
	code, _, _ = policycheck(t, "-h")
	require.Equal(t, exitOK, code)
}
