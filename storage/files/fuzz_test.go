package files_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/storage/files"
)

// Whatever name is given, nothing outside of the tree changes or is read.
func FuzzNames(f *testing.F) {
	for _, name := range []string{
		"a/b", "", ".", "..", "../outside/secret", "/etc/passwd", "a/../../x", "link/secret", "up/outside/secret", "link",
		"a\x00b", "a//b", "./a", "dir/../../outside", ".staging/1/files/../../../../outside/secret",
	} {
		f.Add(name, name)
		f.Add(name, "other")
	}
	f.Fuzz(func(t *testing.T, name, other string) {
		ctx := context.Background()
		base := t.TempDir()
		outside := filepath.Join(base, "outside")
		require.NoError(t, os.Mkdir(outside, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600))
		dir := filepath.Join(base, "tree")
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "dir"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "dir", "f"), []byte("inside"), 0o600))
		require.NoError(t, os.Symlink(outside, filepath.Join(dir, "link")))
		require.NoError(t, os.Symlink("..", filepath.Join(dir, "up")))
		tree, err := files.Open(dir, files.Options{})
		require.NoError(t, err)
		defer tree.Close()
		before := listing(t, outside)

		if data, err := tree.ReadFile(name); err == nil {
			require.NotEqual(t, "secret", string(data))
		}
		// Their errors do not matter, only what they do.
		_ = tree.Link(ctx, name, other)
		_ = tree.Symlink(other, name)
		_ = tree.WriteFile(name, []byte("x"))
		_ = tree.Link(ctx, "dir/f", name)
		_, _ = tree.ReadDir(name)
		_, _ = tree.Readlink(other)
		if s, err := tree.Stage(name); err == nil {
			if s.WriteFile(other, []byte("x")) == nil {
				_ = s.Publish(other)
				_, _ = s.Settle(other, false)
			}
			_ = s.Discard()
		}
		_ = tree.MkdirAll(other)
		_ = tree.Prune(other)
		_ = tree.Remove(name)
		_ = tree.RemoveAll(ctx, other)
		require.Equal(t, before, listing(t, outside))
		siblings, err := os.ReadDir(base)
		require.NoError(t, err)
		require.Len(t, siblings, 2)
	})
}
