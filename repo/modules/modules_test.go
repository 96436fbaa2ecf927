package modules_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/hosttool"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo/modules"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

func readAll(stream string, l modules.Limits) (list []*modules.Document, err error) {
	for d, err := range modules.Read(strings.NewReader(stream), l) {
		if err != nil {
			return list, err
		}
		list = append(list, d)
	}
	return list, nil
}

func readTestdata(tb testing.TB) string {
	tb.Helper()
	stream, err := os.ReadFile("testdata/modules.yaml")
	require.NoError(tb, err)
	return string(stream)
}

func names(list []*modules.Document) (names []string) {
	for _, d := range list {
		names = append(names, d.Name())
	}
	return names
}

func TestDocumentsArePassedThrough(t *testing.T) {
	stream := readTestdata(t)
	list, err := readAll(stream, modules.Limits{})
	require.NoError(t, err)
	require.Equal(t, []string{
		"modulemd nodejs:18:20240101:deadbeef:x86_64", "modulemd nodejs:20:20240102:cafe:x86_64", "modulemd-defaults nodejs",
	}, names(list))
	for _, d := range list {
		require.NoError(t, d.Check())
	}
	require.Equal(t, stream, string(modules.Append(nil, list)))
	for d, err := range modules.Read(strings.NewReader(stream), modules.Limits{}) {
		require.NoError(t, err)
		require.Equal(t, "18", d.Stream)
		break
	}
}

func TestStreamsAreCutAtMarkers(t *testing.T) {
	const doc = "document: x\n"
	for name, test := range map[string]struct {
		stream string
		want   int
	}{
		"nothing":             {"", 0},
		"comments":            {"# a\n\n...\n", 0},
		"no markers":          {doc, 1},
		"no last line end":    {"---\ndocument: x", 1},
		"no end markers":      {"---\n" + doc + "---\n" + doc, 2},
		"directive":           {"%YAML 1.2\n---\n" + doc, 1},
		"text after a marker": {"--- {document: x}\n--- {document: x}\n...\n# end\n", 2},
		"marker within text":  {"document: |\n  ---\n  ...\n", 1},
		"longer dashes":       {"document: |\n x\n----: y\n", 1},
		"carriage returns":    {"---\r\ndocument: x\r\n...\r\n", 1},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := readAll(test.stream, modules.Limits{})
			require.NoError(t, err)
			require.Len(t, list, test.want)
			again, err := readAll(string(modules.Append(nil, list)), modules.Limits{})
			require.NoError(t, err)
			require.Equal(t, names(list), names(again))
		})
	}
}

func TestHostileStreamsAreRefused(t *testing.T) {
	bomb := "document: modulemd\nversion: 2\ndata:\n  a: &a [x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += fmt.Sprintf("  %c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	for name, test := range map[string]struct {
		stream string
		kind   error
		text   string
	}{
		"alias bomb":       {bomb, koji.ErrInvalid, "aliases"},
		"alias of itself":  {"a: &a [*a]\n", koji.ErrInvalid, ""},
		"not YAML":         {"a: [\n", koji.ErrInvalid, ""},
		"not a mapping":    {"---\n- a\n", koji.ErrInvalid, "not a mapping"},
		"empty document":   {"---\n---\n", koji.ErrInvalid, "not a mapping"},
		"not UTF-8":        {"a: \xff\n", koji.ErrInvalid, "UTF-8"},
		"tag directive":    {"%TAG ! tag:x,2000:\n---\na: b\n", koji.ErrInvalid, "directive"},
		"no number":        {"document: modulemd\nversion: two\n", koji.ErrInvalid, "version"},
		"version of words": {"document: modulemd\nversion: 2\ndata: {version: new}\n", koji.ErrInvalid, "version"},
		"long document":    {strings.Repeat("a: b\n", 1000), koji.ErrLimit, "line 1"},
		"long line":        {"---\n" + strings.Repeat("a", 10_000), koji.ErrLimit, ""},
		"deep":             {"a: " + strings.Repeat("[", 3000), koji.ErrInvalid, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readAll(test.stream, modules.Limits{Document: 4000})
			require.ErrorIs(t, err, test.kind)
			require.ErrorContains(t, err, test.text)
		})
	}
}

func TestMerge(t *testing.T) {
	doc := func(kind, data string) string {
		return "---\ndocument: " + kind + "\nversion: 1\ndata: {" + data + "}\n"
	}
	first := doc("modulemd", "name: b, stream: s, version: 2, context: c, arch: x, summary: first") +
		doc("modulemd-defaults", "module: b, modified: 202001010000, stream: one") +
		doc("modulemd-defaults", "module: a, modified: '2020-01-01T00:00', stream: one") +
		doc("modulemd-obsoletes", "module: b, stream: s, modified: '2020-01-01T00:00Z'") +
		doc("unknown", "x: y")
	second := doc("modulemd", "name: b, stream: s, version: 2, context: c, arch: x, summary: second") +
		doc("modulemd", "name: b, stream: s, version: 10, context: c, arch: x") +
		doc("modulemd-defaults", "module: b, modified: 202001010000, stream: two") +
		doc("modulemd-defaults", "module: a, modified: '2020-01-02T00:00', stream: two") +
		doc("modulemd-obsoletes", "module: b, stream: t") +
		doc("modulemd-translations", "module: b, stream: s, modified: 1") +
		doc("unknown", "x: y")
	merged, err := modules.Merge(modules.Read(strings.NewReader(first), modules.Limits{}), modules.Read(strings.NewReader(second), modules.Limits{}))
	require.NoError(t, err)
	require.Equal(t, []string{
		"unknown ", "modulemd-defaults a", "modulemd-defaults b", "modulemd b:s:2:c:x", "modulemd b:s:10:c:x",
		"modulemd-translations b:s", "modulemd-obsoletes b:s", "modulemd-obsoletes b:t",
	}, names(merged))
	require.Contains(t, string(merged[1].Text), "stream: two")
	require.Contains(t, string(merged[2].Text), "stream: one")
	require.Contains(t, string(merged[3].Text), "summary: first")

	_, err = modules.Merge(modules.Read(strings.NewReader("- a"), modules.Limits{}))
	require.ErrorIs(t, err, koji.ErrInvalid)
}

func TestCheckNamesWhatIsMissing(t *testing.T) {
	for data, missing := range map[string]string{
		"{}":                 "document",
		"document: x":        "",
		"document: modulemd": "version",
		"{document: modulemd-defaults, version: 1}":                                                          "name of the module",
		"{document: modulemd-packager, version: 3}":                                                          "",
		"{document: modulemd, version: 2, data: {name: a}}":                                                  "stream",
		"{document: modulemd, version: 2, data: {name: a, stream: b}}":                                       "version of the stream",
		"{document: modulemd, version: 2, data: {name: a, stream: b, version: 1}}":                           "context",
		"{document: modulemd, version: 2, data: {name: a, stream: b, version: 1, context: c}}":               "arch",
		"{document: modulemd, version: 2, data: {name: a, stream: b, version: 1, context: c, arch: noarch}}": "",
	} {
		list, err := readAll(data, modules.Limits{})
		require.NoError(t, err)
		err = list[0].Check()
		if missing == "" {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, koji.ErrInvalid)
			require.ErrorContains(t, err, "has no "+missing)
		}
	}
}

func TestFileNames(t *testing.T) {
	for name, want := range map[string]bool{
		"a/modules.yaml": true, "0123-modules.yaml.gz": true, "x.modulemd.yaml": true, "x.modulemd-defaults.yaml.zst": true, "x.yaml": false, "modules.yaml/x": false,
	} {
		require.Equal(t, want, modules.IsFileName(name), name)
	}
}

func TestDnfListsTheModules(t *testing.T) {
	dnf := hosttool.Need(t, "dnf")
	list, err := modules.Merge(modules.Read(strings.NewReader(readTestdata(t)), modules.Limits{}))
	require.NoError(t, err)
	dir, home := t.TempDir(), t.TempDir()
	w := rpmmd.NewWriter(rpmmd.Options{})
	require.NoError(t, w.AddFile(modules.RecordType, "modules.yaml", bytes.NewReader(modules.Append(nil, list))))
	_, err = w.WriteDir(t.Context(), dir)
	require.NoError(t, err)
	config := filepath.Join(home, "dnf.conf")
	require.NoError(t, os.WriteFile(config, []byte("[main]\ngpgcheck=0\n"), 0o600))
	cmd := exec.Command(dnf, "--quiet", "--config="+config, "--repofrompath=test,file://"+dir, "--repo=test",
		"--releasever=1", "--forcearch=x86_64", "--setopt=reposdir="+home, "--setopt=cachedir="+home+"/cache", "--setopt=system_cachedir="+home+"/cache",
		"--setopt=persistdir="+home+"/state", "--setopt=logdir="+home+"/log", "--setopt=module_platform_id=platform:test", "module", "list")
	cmd.Env = append(os.Environ(), "HOME="+home, "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "nodejs 18 [d]")
	require.Contains(t, string(out), "nodejs 20 ")
}

func FuzzRead(f *testing.F) {
	f.Add(readTestdata(f))
	for _, s := range []string{"", "---\n", "a: &a [*a]\n", "--- {document: x}\n...\n", "%YAML 1.2\n---\na: b\n", "a: |\n  ---\n", "\r\n---\ta\r", "? a\n", "!!binary x: y\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, stream string) {
		list, err := readAll(stream, modules.Limits{Document: 1 << 16})
		if err != nil {
			return
		}
		written := modules.Append(nil, list)
		again, err := readAll(string(written), modules.Limits{})
		require.NoError(t, err, "%q", written)
		require.Equal(t, names(list), names(again))
		require.Equal(t, string(written), string(modules.Append(nil, again)))
	})
}

func ExampleRead() {
	stream := strings.NewReader("document: modulemd-defaults\nversion: 1\ndata:\n  module: perl\n  stream: '5.30'\n")
	for d, err := range modules.Read(stream, modules.Limits{}) {
		fmt.Println(d.Name(), err)
	}
	// Output: modulemd-defaults perl <nil>
}

func BenchmarkMerge(b *testing.B) {
	var stream bytes.Buffer
	for i := range 300 {
		stream.WriteString(strings.ReplaceAll(readTestdata(b), "nodejs", fmt.Sprint("module", i)))
	}
	b.SetBytes(int64(stream.Len()))
	b.ReportAllocs()
	for b.Loop() {
		_, err := modules.Merge(modules.Read(bytes.NewReader(stream.Bytes()), modules.Limits{}))
		require.NoError(b, err)
	}
}
