package rpmmd_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/corpus"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

// The expected locations are those that createrepo_c 0.17.3 gives with
// --location-prefix, --cut-dirs and --baseurl.
func TestLayout(t *testing.T) {
	for _, test := range []struct {
		layout rpmmd.Layout
		want   []string
	}{
		{rpmmd.Layout{}, []string{"a/w.rpm", "a/b/x.rpm", "y.rpm"}},
		{rpmmd.Layout{Prefix: "pre"}, []string{"pre/a/w.rpm", "pre/a/b/x.rpm", "pre/y.rpm"}},
		{rpmmd.Layout{Prefix: "/pre//"}, []string{"/pre/a/w.rpm", "/pre/a/b/x.rpm", "/pre/y.rpm"}},
		{rpmmd.Layout{CutDirs: 1}, []string{"w.rpm", "b/x.rpm", "y.rpm"}},
		{rpmmd.Layout{CutDirs: 5, Prefix: "./p///"}, []string{"./p/w.rpm", "./p/x.rpm", "./p/y.rpm"}},
		{rpmmd.Layout{Base: "http://x/y"}, []string{"a/w.rpm", "a/b/x.rpm", "y.rpm"}},
	} {
		for i, path := range []string{"a/w.rpm", "a/b/x.rpm", "y.rpm"} {
			require.Equal(t, rpmmd.Location{Href: test.want[i], Base: test.layout.Base}, test.layout.Location(path))
		}
	}
	dir := writeCorpus(t, corpus.Options{Packages: 3, Seed: 1})
	w := rpmmd.NewWriter(rpmmd.Options{Layout: rpmmd.Layout{Base: "/srv", Prefix: "p", CutDirs: 9}})
	_, err := w.IndexDir(t.Context(), dir, rpmmd.ReadOptions{})
	require.NoError(t, err)
	for p, err := range opened(t, dir).Packages(t.Context()) {
		require.NoError(t, err)
		require.Equal(t, "file:///srv", p.Location.Base)
		require.Equal(t, filepath.Join("p", filepath.Base(p.Location.Href)), p.Location.Href)
	}
}
