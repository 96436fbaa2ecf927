//go:build unix

package build_test

import (
	"context"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/build"
	"github.com/kojikit/kojikit/koji"
)

// To open a pipe would mean to wait until somebody writes to it.
func TestImportRefusesAPipe(t *testing.T) {
	s := newTestSite(t)
	pipe := filepath.Join(t.TempDir(), "pipe-1-1.noarch.rpm")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	_, err := s.Import(context.Background(), s.user, []string{pipe}, build.ImportOptions{})
	require.ErrorIs(t, err, koji.ErrInvalid)
	require.ErrorContains(t, err, "regular")
}
