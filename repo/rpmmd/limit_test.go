package rpmmd_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/corpus"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

// Files that share one long directory name take little room in the header and
// would take gigabytes in filelists.xml.
func TestPathsOfAPackageAreBounded(t *testing.T) {
	r := corpus.RPM{Name: "bomb", Version: "1", Release: "1", Arch: "noarch"}
	dir := "/" + strings.Repeat("d", 60_000) + "/"
	for i := range 5_000 {
		r.Files = append(r.Files, corpus.File{Path: dir + fmt.Sprint(i)})
	}
	path := filepath.Join(t.TempDir(), r.FileName())
	require.NoError(t, r.WriteFile(path))
	_, err := rpmmd.FromFile(path, rpmmd.ReadOptions{})
	require.ErrorIs(t, err, koji.ErrLimit)
	require.ErrorContains(t, err, "bomb")
}
