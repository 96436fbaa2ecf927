package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/hosttool"
)

// buildOdd builds the RPMs of testdata/odd.spec below a directory: binary and
// source packages, a nosrc one, and one whose changelog is in Latin-1.
func buildOdd(t *testing.T, dir string) {
	rpmbuild := hosttool.Need(t, "rpmbuild")
	spec, err := os.ReadFile("testdata/odd.spec")
	require.NoError(t, err)
	variants := map[string]string{
		"odd":    string(spec),
		"nosrc":  strings.NewReplacer("Name:           odd", "Name: oddnosrc", "odd.txt\n", "odd.txt\nNoSource: 0\n").Replace(string(spec)),
		"latin1": latin1(strings.Replace(string(spec), "Name:           odd", "Name: oddlatin", 1)),
	}
	for name, text := range variants {
		top := t.TempDir()
		require.NoError(t, os.MkdirAll(filepath.Join(top, "SOURCES"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(top, "SOURCES", "odd.txt"), []byte("x"), 0o644))
		file := filepath.Join(top, name+".spec")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
		cmd := exec.Command(rpmbuild, "-ba", "--quiet", "--nodeps",
			"--define", "_topdir "+top,
			"--define", "_rpmdir "+dir,
			"--define", "_srcrpmdir "+filepath.Join(dir, "src"),
			"--define", "_invalid_encoding_terminates_build 0",
			"--define", "_unpackaged_files_terminate_build 0",
			"--define", "source_date_epoch_from_changelog 0",
			file)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s: %s", name, out)
	}
}

// latin1 converts text to ISO 8859-1, with a question mark for what is not in it.
func latin1(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r > 0xff {
			r = '?'
		}
		b.WriteByte(byte(r))
	}
	return b.String()
}
