package tag_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

// manyBuilds is a world with more builds in a tag than are read at a time, some of
// them in its parent too.
func manyBuilds(t *testing.T) (*world, koji.TagID) {
	w := newWorld(t)
	w.tag("base")
	updates := w.tag("updates")
	w.link("updates", "base", 0)
	w.pkg("base", "bash", "zsh")
	var ids []koji.BuildID
	for i := range 1500 {
		name := fmt.Sprintf("%s-%d-1", []string{"bash", "zsh"}[i%2], i)
		ids = append(ids, w.newBuild(name))
		if i%100 == 0 {
			w.rpm(name, "noarch")
			w.rpm(name, "x86_64")
		}
	}
	w.update(func(_ *storage.Tx, e *tag.Editor) error {
		if err := e.MassTag(w.ctx, w.tag("base"), ids[:900]); err != nil {
			return err
		}
		return e.MassTag(w.ctx, updates, ids[400:])
	})
	return w, updates
}

func TestEachYieldsWhatListsHold(t *testing.T) {
	w, updates := manyBuilds(t)
	source := tag.NewSource(w.store)
	for name, r := range map[string]*tag.Resolver{
		"plain":  tag.NewResolver(source, tag.Options{}),
		"cached": tag.NewResolver(tag.NewCache(source, tag.CacheOptions{}), tag.Options{}),
	} {
		for _, opts := range []tag.BuildOptions{{Inherit: true}, {}, {Inherit: true, Latest: 1}, {Inherit: true, Latest: 700, Package: "zsh"}} {
			rpms, builds, err := r.RPMs(w.ctx, updates, tag.RPMOptions{BuildOptions: opts, Arches: []string{"noarch"}})
			require.NoError(t, err)
			each := r.EachBuild(w.ctx, updates, opts)
			eachRPM := r.EachRPM(w.ctx, updates, tag.RPMOptions{BuildOptions: opts, Arches: []string{"noarch"}})
			for range 2 { // an iterator can be used again
				var gotBuilds []tag.Build
				for b, err := range each {
					require.NoError(t, err)
					gotBuilds = append(gotBuilds, b)
				}
				require.Equal(t, nvrs(builds), nvrs(gotBuilds), "%s %+v", name, opts)
				gotRPMs := []tag.RPM{}
				for p, err := range eachRPM {
					require.NoError(t, err)
					gotRPMs = append(gotRPMs, p)
				}
				require.ElementsMatch(t, rpms, gotRPMs, "%s %+v", name, opts)
				require.Equal(t, rpmIDs(rpms), rpmIDs(gotRPMs), "%s %+v", name, opts)
			}
		}
	}
}

func rpmIDs(list []tag.RPM) []koji.RPMID {
	ids := []koji.RPMID{}
	for i := range list {
		ids = append(ids, list[i].ID)
	}
	return ids
}

func TestEachEndsWhereItsLoopDoes(t *testing.T) {
	w, updates := manyBuilds(t)
	r := w.resolver(tag.Options{})
	n := 0
	for _, err := range r.EachBuild(w.ctx, updates, tag.BuildOptions{Inherit: true}) {
		require.NoError(t, err)
		if n++; n == 3 {
			break
		}
	}
	require.Equal(t, 3, n)
	// The view is closed: the store can be written to and closed.
	w.update(func(_ *storage.Tx, e *tag.Editor) error { return e.Delete(w.ctx, updates) })
	var errs []error
	for _, err := range r.EachRPM(w.ctx, updates, tag.RPMOptions{}) {
		errs = append(errs, err)
	}
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], koji.ErrNotFound)
}
