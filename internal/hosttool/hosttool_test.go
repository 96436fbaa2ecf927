package hosttool

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// recorder stands in for a test and notes how it ended.
type recorder struct {
	testing.TB
	skipped, failed string
}

func (r *recorder) Helper() {}

func (r *recorder) Skip(args ...any) {
	r.skipped = fmt.Sprint(args...)
	runtime.Goexit()
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.failed = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// need calls Need in a goroutine of its own, which a skip or failure ends.
func need(t *testing.T, name string) (path string, r *recorder) {
	t.Helper()
	r = &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		path = Need(r, name)
	}()
	<-done
	return path, r
}

// tool writes a file called name into dir.
func tool(t *testing.T, dir, name string, mode os.FileMode) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o755))
	path := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"), mode))
	return path
}

func TestNeedReturnsTheFirstOnPath(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	t.Setenv("PATH", first+string(os.PathListSeparator)+second)
	tool(t, first, "kojikit-tool", 0o644) // not executable: passed over
	want := tool(t, second, "kojikit-tool", 0o755)

	path, r := need(t, "kojikit-tool")
	require.Equal(t, want, path)
	require.Empty(t, r.skipped)
	require.Empty(t, r.failed)
}

func TestNeedReturnsAnAbsolutePath(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("PATH", "bin")
	want := tool(t, filepath.Join(dir, "bin"), "kojikit-tool", 0o755)

	path, _ := need(t, "kojikit-tool")
	require.Equal(t, want, path)
}

func TestNeedWithoutTheTool(t *testing.T) {
	saved := debianPackage
	t.Cleanup(func() { debianPackage = saved })
	debianPackage = map[string]string{"kojikit-packaged": "kojikit-tools"}

	for _, tt := range []struct {
		name, tool, require string
		skipped, failed     string
	}{
		{name: "skips naming the tool", tool: "kojikit-tool",
			skipped: "kojikit-tool not found"},
		{name: "skips naming the package", tool: "kojikit-packaged",
			skipped: "kojikit-packaged not found (Debian package kojikit-tools)"},
		{name: "skips when others are required", tool: "kojikit-tool", require: "kojikit kojikit-tools,rpm",
			skipped: "kojikit-tool not found"},
		{name: "fails when listed with spaces", tool: "kojikit-tool", require: "rpm kojikit-tool dnf",
			failed: "kojikit-tool not found, and KOJIKIT_REQUIRE requires it"},
		{name: "fails when listed with commas", tool: "kojikit-packaged", require: "rpm,kojikit-packaged, dnf",
			failed: "kojikit-packaged not found (Debian package kojikit-tools), and KOJIKIT_REQUIRE requires it"},
		{name: "fails when all are required", tool: "kojikit-tool", require: "all",
			failed: "kojikit-tool not found, and KOJIKIT_REQUIRE requires it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(RequireEnv, tt.require)
			path, r := need(t, tt.tool)
			require.Empty(t, path)
			require.Equal(t, tt.skipped, r.skipped)
			require.Equal(t, tt.failed, r.failed)
		})
	}
}

func TestPostgresDirsNewestFirst(t *testing.T) {
	root := t.TempDir()
	for _, v := range []string{"15", "9.6", "17", "contrib", "10"} {
		require.NoError(t, os.Mkdir(filepath.Join(root, v), 0o755))
	}
	var want []string
	for _, v := range []string{"17", "15", "10", "9.6", "contrib"} {
		want = append(want, filepath.Join(root, v, "bin"))
	}
	require.Equal(t, want, postgresDirs(root))
	require.Empty(t, postgresDirs(filepath.Join(root, "absent")))
}
