package policy_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/hosttool"
	"github.com/kojikit/kojikit/policy"
)

func readConfig(files map[string]string, names ...string) (*policy.Config, policy.Issues) {
	fsys := make(fstest.MapFS)
	for name, content := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return policy.ReadConfig(fsys, names...)
}

// bodies returns the texts of a configuration by name.
func bodies(c *policy.Config) map[string]string {
	out := make(map[string]string)
	for _, text := range c.Texts {
		out[text.Name] = text.Body
	}
	return out
}

func TestReadConfig(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  map[string]string
	}{
		"names are lower-cased": {
			map[string]string{"a": "[policy]\nTag = all :: allow\n"},
			map[string]string{"tag": "all :: allow"},
		},
		"colon delimits": {
			map[string]string{"a": "[policy]\ntag: all :: allow\n"},
			map[string]string{"tag": "all :: allow"},
		},
		"lines are stripped": {
			map[string]string{"a": "[policy]\ntag =\n    all :: {\n  none :: x\n\t}\n\nvm = x\n"},
			map[string]string{"tag": "\nall :: {\nnone :: x\n}", "vm": "x"},
		},
		"comments go, semicolons in a line stay": {
			map[string]string{"a": "[policy]\ntag =\n  # one\n  ; two\n  all :: deny a; b\n# three\n  all :: x\n"},
			map[string]string{"tag": "\nall :: deny a; b\nall :: x"},
		},
		"later file replaces the policy": {
			map[string]string{"a": "[policy]\ntag = all :: a\n  all :: b\nvm = v\n", "b": "[policy]\ntag = all :: c\n"},
			map[string]string{"tag": "all :: c", "vm": "v"},
		},
		"DEFAULT counts": {
			map[string]string{"a": "[DEFAULT]\nx = 1\ntag = 2\n[policy]\ntag = 3\n"},
			map[string]string{"x": "1", "tag": "3"},
		},
		"other sections do not": {
			map[string]string{"a": "[hub]\nx = 1\n[policy]\ny = 2\n"},
			map[string]string{"y": "2"},
		},
		"empty is defined": {
			map[string]string{"a": "[policy]\ntag =\n"},
			map[string]string{"tag": ""},
		},
		"other line ends": {
			map[string]string{"a": "[policy]\r\ntag =\r\n all :: x\r all :: y\r\n"},
			map[string]string{"tag": "\nall :: x\nall :: y"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			config, issues := readConfig(c.files, "a", "b")
			if c.files["b"] == "" {
				config, issues = readConfig(c.files, "a")
			}
			require.Empty(t, issues)
			require.Equal(t, c.want, bodies(config))
		})
	}
}

func TestConfigProblemsHavePlaces(t *testing.T) {
	for name, c := range map[string]struct {
		content, at, suggestion string
		code                    policy.Code
	}{
		"brace in column 0": {
			"[policy]\ntag =\n  all :: {\n    all :: x\n}\n", "hub.conf:5:1",
			"indent it: a line of a policy stands deeper than the policy's name", policy.CodeINI,
		},
		"rule in column 0": {
			"[policy]\ntag =\n  all :: x\nall :: deny\n", "hub.conf:4:6",
			"the rule stood at the start of its line, where it begins an option of the file: indent it", policy.CodeBadLine,
		},
		"option twice":   {"[policy]\ntag = 1 :: x\ntag = 2\n", "hub.conf:3:1", "keep one: a second definition does not add to the first", policy.CodeINI},
		"section twice":  {"[policy]\n[hub]\n[policy]\n", "hub.conf:3:1", "put its options under the first", policy.CodeINI},
		"no section":     {"tag = all :: x\n", "hub.conf:1:1", "begin the section with [policy]", policy.CodeINI},
		"no name":        {"[policy]\n= x\n", "hub.conf:2:1", "", policy.CodeINI},
		"in the text":    {"[policy]\n\ntag =\n    all :: x\n    foo\n", "hub.conf:5:5", "write TESTS :: ACTION", policy.CodeBadLine},
		"same line":      {"[policy]\ntag = foo\n", "hub.conf:2:7", "write TESTS :: ACTION", policy.CodeBadLine},
		"not UTF-8":      {"[policy]\ntag = \xe9\n", "hub.conf:2:1", "save the file as UTF-8", policy.CodeEncoding},
		"wrong boolean":  {"[hub]\nMissingPolicyOk = maybe\n", "hub.conf:2:1", "write true or false", policy.CodeINI},
		"file not there": {"", "hub.conf", "", policy.CodeINI},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"hub.conf": c.content}
			if c.content == "" {
				files = nil
			}
			config, issues := readConfig(files, "hub.conf")
			_, found := policy.New(config.Texts, policy.Options{NoDefaults: true})
			issues = append(issues, found...)
			i := find(issues, c.code)
			require.NotNil(t, i, "%v", issues)
			require.True(t, i.Fatal)
			require.Equal(t, c.at, i.Range.String())
			require.Equal(t, c.suggestion, i.Suggestion)
		})
	}
}

func TestHubOptions(t *testing.T) {
	c, issues := readConfig(map[string]string{"hub.conf": "[hub]\nMissingPolicyOk = off\nVerbosePolicy: YES\n"}, "hub.conf")
	require.Empty(t, issues)
	require.Equal(t, policy.Config{MissingPolicyOk: false, VerbosePolicy: true}, *c)
	require.Equal(t, policy.Options{DenyMissing: true, Verbose: true}, c.Options())
	c, issues = readConfig(nil)
	require.Empty(t, issues)
	require.Equal(t, policy.Config{MissingPolicyOk: true}, *c)
}

func TestHubFiles(t *testing.T) {
	fsys := fstest.MapFS{
		"hub.conf": {}, "hub.conf.d/b.conf": {}, "hub.conf.d/a.conf": {}, "hub.conf.d/readme": {},
	}
	names, err := policy.HubFiles(fsys, "hub.conf", "hub.conf.d")
	require.NoError(t, err)
	require.Equal(t, []string{"hub.conf.d/a.conf", "hub.conf.d/b.conf", "hub.conf"}, names)
	names, err = policy.HubFiles(fsys, "other.conf", "nowhere")
	require.NoError(t, err)
	require.Empty(t, names)
}

// The documents of the comparison with Python, good and bad.
var iniDocuments = []string{
	"[policy]\ntag = a\n",
	"[policy]\nTaG: a = b\n",
	"[policy]\ntag = a\n b\n  c\n\n d\n",
	"[policy]\n tag = a\n  b\n tog = c\n",
	"[policy]\n  tag = a\n b = c\n",
	"[policy]\ntag = a\n# x\n b\n; y\n c ; d # e\n",
	"[policy]\ntag =\n\n\n a\n\n\nvm=\n",
	"[policy]\ntag = a\n[hub]\n x = 1\n[policy2]\n",
	"[policy]\ntag = a\nfoo\n",
	"[policy]\ntag = a\n}\n",
	"[policy]\ntag = a\nall :: b\n",
	"[policy]\ntag = a\nall = b\ntag = c\n",
	"[policy]\n[policy]\n",
	"tag = a\n",
	"# only\n",
	"",
	"[policy]\n= a\n",
	"[policy]\n: a\n",
	"[policy] tail\ntag = a\n",
	"[policy\ntag = a\n",
	"[]\ntag = a\n",
	"[a]b]\ntag = a\n",
	"[DEFAULT]\nx = 1\n[DEFAULT]\ny = 2\n[policy]\nz = 3\n",
	"[policy]\ntag = a\r\n b\r c\n",
	"[policy]\ntag\x0b = a\x0b\n \x1c b\x1c\n",
	"[policy]\ntag = a\n\u00a0b\n\u3000c\n",
	"[policy]\nÄÖ = a\n",
	"[policy]\na b c = d\n",
	"[policy]\ntag = a\n [x] = b\n",
	"[policy]\n [x]\ntag = b\n",
}

const pythonReader = `
import configparser, io, json, sys
out = []
for text in json.load(sys.stdin):
    p = configparser.RawConfigParser()
    try:
        p.read_file(io.StringIO(text.replace('\r\n', '\n').replace('\r', '\n')))
        out.append(dict(p.items('policy')) if p.has_section('policy') else {})
    except configparser.Error:
        out.append(None)
json.dump(out, sys.stdout)
`

func TestConfigIsReadAsPythonDoes(t *testing.T) {
	python := hosttool.Need(t, "python3")
	input, err := json.Marshal(iniDocuments)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), python, "-c", pythonReader)
	cmd.Stdin = strings.NewReader(string(input))
	output, err := cmd.Output()
	require.NoError(t, err)
	var want []map[string]string
	require.NoError(t, json.Unmarshal(output, &want))
	for i, document := range iniDocuments {
		config, issues := readConfig(map[string]string{"f": document}, "f")
		if want[i] == nil {
			require.Error(t, issues.Err(), "%q", document)
			continue
		}
		require.NoError(t, issues.Err(), "%q", document)
		require.Equal(t, want[i], bodies(config), "%q", document)
	}
}
