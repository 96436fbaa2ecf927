package rpmmd

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReplaceWhereDirectoriesCannotBeExchanged(t *testing.T) {
	for name, exchange := range map[string]func(a, b string) error{
		"here":            exchange,
		"not supported":   func(string, string) error { return errors.ErrUnsupported },
		"nothing to swap": func(string, string) error { panic("not called") },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			fresh, old, aside := filepath.Join(dir, "fresh"), filepath.Join(dir, "old"), filepath.Join(dir, "aside")
			require.NoError(t, os.Mkdir(fresh, 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(fresh, "new"), nil, 0o644))
			if name != "nothing to swap" {
				require.NoError(t, os.Mkdir(old, 0o755))
			}
			require.NoError(t, replace(fresh, old, aside, exchange))
			require.FileExists(t, filepath.Join(old, "new"))
		})
	}
	// What cannot be put in place puts the old one back.
	dir := t.TempDir()
	old := filepath.Join(dir, "old")
	require.NoError(t, os.Mkdir(old, 0o755))
	err := replace(filepath.Join(dir, "missing"), old, filepath.Join(dir, "aside"), exchange)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.DirExists(t, old)
}
