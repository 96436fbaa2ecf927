package tag_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

func TestWhyABuildIsNotThere(t *testing.T) {
	w := newWorld(t)
	w.link("t", "mid", 0)
	w.link("mid", "hidden", 0, intransitive)
	w.link("t", "near", 1, maxDepth(0))
	w.link("near", "deep", 0)
	w.link("t", "filtered", 2, filter("^x"))
	for _, name := range []string{"t", "hidden", "deep", "filtered", "mid"} {
		w.pkg(name, "only."+name)
		w.tagged(name, "only."+name+"-1")
	}
	w.pkg("t", "foo", "blocked")
	w.tagged("mid", "foo-1", "unlisted-1", "blocked-1", "gone-1")
	w.tagged("t", "foo-2")
	past := w.last()
	w.update(func(tx *storage.Tx, e *tag.Editor) error {
		require.NoError(t, e.BlockPackage(w.ctx, w.tags["t"], "blocked", false))
		b, err := tx.Builds().Get(w.ctx, storage.BuildFilter{ID: storage.Is(w.build["gone-1-1"])})
		require.NoError(t, err)
		b.State = koji.BuildDeleted
		return tx.Builds().Update(w.ctx, &b)
	})
	inherit := tag.BuildOptions{Inherit: true}
	latest := tag.BuildOptions{Inherit: true, Latest: 1}
	for _, tt := range []struct {
		build   string
		opts    tag.BuildOptions
		verdict tag.Verdict
		text    string
	}{
		{"only.t-1", inherit, tag.Listed, "is in t"},
		{"only.hidden-1", inherit, tag.NotTagged, "hidden is not reached: the link from mid to hidden is intransitive"},
		{"only.deep-1", inherit, tag.NotTagged, "deep is not reached: the link from t to near is limited to 0 levels more"},
		{"only.filtered-1", inherit, tag.PackageFiltered, `filtered by "^x" on the link to filtered`},
		{"unlisted-1", inherit, tag.PackageNotListed, "package unlisted is not listed"},
		{"blocked-1", inherit, tag.PackageBlocked, "package blocked is blocked"},
		{"blocked-1", tag.BuildOptions{Inherit: true, At: past}, tag.Listed, "is in t"},
		{"gone-1", inherit, tag.WrongState, "its state is DELETED"},
		{"foo-1", latest, tag.BehindOtherBuilds, "hidden by foo-2-1 of t"},
		{"foo-1", tag.BuildOptions{}, tag.NotInherited, "inherited builds were not asked for"},
		{"foo-1", tag.BuildOptions{Inherit: true, Drafts: tag.DraftsOnly}, tag.NotAskedFor, "not one of the builds that were asked for"},
		{"foo-2", tag.BuildOptions{At: past - 1}, tag.NotTagged, "foo-2-1 is not in t: not tagged there, nor anywhere else"},
	} {
		x, err := w.resolver(tag.Options{}).ExplainBuild(w.ctx, w.tags["t"], w.build[nvr(tt.build).String()], tt.opts)
		require.NoError(t, err)
		require.Equal(t, tt.verdict, x.Verdict, tt.build)
		require.Contains(t, x.String(), tt.text)
	}
	_, err := w.resolver(tag.Options{}).ExplainBuild(w.ctx, w.tags["t"], 4711, inherit)
	require.ErrorIs(t, err, koji.ErrNotFound)
}
