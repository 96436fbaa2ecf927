package rpmmd_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/corpus"
	"github.com/kojikit/kojikit/internal/hosttool"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

func TestLibsolvAndXmllintAcceptEveryDocument(t *testing.T) {
	convert, dump, lint := hosttool.Need(t, "rpmmd2solv"), hosttool.Need(t, "dumpsolv"), hosttool.Need(t, "xmllint")
	dir := writeCorpus(t, corpus.Options{Packages: 200, Seed: 9, Sources: true})
	result, err := rpmmd.NewWriter(rpmmd.Options{FilelistsExt: true, Compression: rpmmd.XZ}).IndexDir(t.Context(), dir, rpmmd.ReadOptions{FileDigests: true})
	require.NoError(t, err)
	run := func(input []byte, name string, args ...string) []byte {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Stdin = bytes.NewReader(input)
		out, err := cmd.Output()
		require.NoError(t, err)
		return out
	}
	repo := opened(t, dir)
	for _, record := range result.Repomd.Records {
		content, err := repo.OpenRecord(record)
		require.NoError(t, err)
		var xml bytes.Buffer
		_, err = xml.ReadFrom(content)
		require.NoError(t, err)
		run(xml.Bytes(), lint, "--noout", "-")
		if record.Type != rpmmd.TypePrimary {
			continue
		}
		file := filepath.Join(t.TempDir(), "primary.solv")
		require.NoError(t, os.WriteFile(file, run(xml.Bytes(), convert), 0o644))
		require.Equal(t, 200, strings.Count(string(run(nil, dump, file)), "solvable:name:"))
	}
	run(nil, lint, "--noout", filepath.Join(dir, "repodata", "repomd.xml"))
}
