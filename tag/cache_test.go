package tag_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/memory"
	"github.com/kojikit/kojikit/tag"
)

// restless is a store with tags that somebody keeps editing.
type restless struct {
	ctx   context.Context
	store *storage.Store
	rnd   *rand.Rand
	last  koji.EventID
}

const (
	restlessTags     = 6
	restlessPackages = 5
	restlessBuilds   = 20
)

func newRestless(t testing.TB, seed uint64) *restless {
	w := &restless{ctx: t.Context(), store: memory.Open(memory.Options{}), rnd: rand.New(rand.NewPCG(seed, 1))}
	ctx := w.ctx
	require.NoError(t, w.store.Update(ctx, func(tx *storage.Tx) error {
		require.NoError(t, tx.Users().Insert(ctx, &storage.User{Name: "releng"}))
		require.NoError(t, tx.Users().Insert(ctx, &storage.User{Name: "packager"}))
		tx.Actor = 1
		for i := range restlessPackages {
			require.NoError(t, tx.Packages().Insert(ctx, &storage.Package{Name: fmt.Sprintf("package-%d", i)}))
		}
		require.NoError(t, tx.Volumes().Insert(ctx, &storage.Volume{ID: 1, Name: "other"}))
		event, err := tx.Event(ctx)
		require.NoError(t, err)
		for i := range restlessBuilds {
			b := storage.Build{
				Package: koji.PackageID(i%restlessPackages + 1), Version: "1", Release: fmt.Sprint(i), State: koji.BuildComplete,
				Owner: 1, CreateEvent: event, CompletionTime: storage.Null(time.Unix(0, 0)),
			}
			require.NoError(t, tx.Builds().Insert(ctx, &b))
			require.NoError(t, tx.RPMs().Insert(ctx, &storage.RPM{
				Build: storage.Null(b.ID), Name: "rpm", Version: "1", Release: fmt.Sprint(i), Arch: "noarch", Draft: storage.Null(false),
			}))
		}
		e := tag.NewEditor(tx, tag.Options{})
		for i := range restlessTags {
			_, err := e.Create(ctx, fmt.Sprintf("tag-%d", i), tag.Config{})
			require.NoError(t, err)
		}
		return nil
	}))
	w.step(t)
	return w
}

// step changes something, or fails to, at an event of its own.
func (w *restless) step(t testing.TB) {
	ctx, tagID := w.ctx, koji.TagID(w.rnd.IntN(restlessTags)+1)
	other := koji.TagID(w.rnd.IntN(restlessTags) + 1)
	pkg := koji.PackageID(w.rnd.IntN(restlessPackages) + 1)
	build := koji.BuildID(w.rnd.IntN(restlessBuilds) + 1)
	_ = w.store.Update(ctx, func(tx *storage.Tx) error { // what cannot be done is not done
		tx.Actor = 1
		e := tag.NewEditor(tx, tag.Options{})
		switch w.rnd.IntN(10) {
		case 0:
			link := storage.Inheritance{Tag: tagID, Parent: other, Priority: w.rnd.IntN(3)}
			if w.rnd.IntN(2) == 0 {
				link.PkgFilter = storage.Null("package-[0-2]")
			}
			return tx.Inheritances().Insert(ctx, &link)
		case 1:
			_, err := tx.Inheritances().Revoke(ctx, storage.InheritanceFilter{Tag: storage.Is(tagID), Parent: storage.Is(other)})
			return err
		case 2, 3:
			if err := tx.TagPackages().Insert(ctx, &storage.TagPackage{Package: pkg, Tag: tagID, Blocked: w.rnd.IntN(4) == 0}); err != nil {
				return err
			}
			return tx.TagOwners().Insert(ctx, &storage.TagOwner{Package: pkg, Tag: tagID, Owner: koji.UserID(w.rnd.IntN(2) + 1)})
		case 4:
			if _, err := tx.TagOwners().Revoke(ctx, storage.TagOwnerFilter{Tag: storage.Is(tagID), Package: storage.Is(pkg)}); err != nil {
				return err
			}
			_, err := tx.TagPackages().Revoke(ctx, storage.TagPackageFilter{Tag: storage.Is(tagID), Package: storage.Is(pkg)})
			return err
		case 5:
			return e.Untag(ctx, tagID, build, false)
		case 6: // a build moves to another volume
			b, err := tx.Builds().Get(ctx, storage.BuildFilter{ID: storage.Is(build)})
			if err != nil {
				return err
			}
			b.Volume = 1 - b.Volume
			if err := tx.Builds().Update(ctx, &b); err != nil {
				return err
			}
			event, err := tx.Event(ctx)
			if err != nil {
				return err
			}
			taggings, err := tx.TagListings().List(ctx, koji.Now, storage.TagListingFilter{Build: storage.Is(build)})
			for _, l := range taggings {
				u := storage.TagUpdate{Tag: l.Tag, Event: event, Updater: 1, Type: koji.TagUpdateVolumeChange}
				if err := tx.TagUpdates().Insert(ctx, &u); err != nil {
					return err
				}
			}
			return err
		default:
			return e.Tag(ctx, tagID, build, true)
		}
	})
	require.NoError(t, w.store.View(ctx, func(tx *storage.Tx) error {
		rows, err := tx.Events().List(ctx, storage.EventFilter{}, storage.Page{Order: []storage.Order{{Column: "id", Desc: true}}, Limit: 1})
		w.last = rows[0].ID
		return err
	}))
}

// answers is what a resolver says about a tag.
func answers(ctx context.Context, r *tag.Resolver, id koji.TagID, at koji.EventID) (any, error) {
	steps, err := r.Inheritance(ctx, id, at)
	if err != nil {
		return nil, err
	}
	info, err := r.Tag(ctx, id, at)
	list := []any{steps, info, fmt.Sprint(err)}
	for _, opts := range []tag.PackageOptions{
		{At: at}, {At: at, Inherit: true}, {At: at, Inherit: true, Owner: 2}, {At: at, Inherit: true, WithoutOwners: true},
		{At: at, Inherit: true, Package: "package-1"}, {At: at, Inherit: true, Prefix: "PACKAGE", Duplicates: true}, {At: at, WithoutBlocked: true, Inherit: true},
	} {
		packages, err := r.Packages(ctx, id, opts)
		if err != nil {
			return nil, err
		}
		list = append(list, packages)
	}
	for _, opts := range []tag.BuildOptions{
		{At: at}, {At: at, Inherit: true}, {At: at, Inherit: true, Latest: 1}, {At: at, Inherit: true, Latest: 2, Package: "package-1"},
		{At: at, Inherit: true, Owner: "releng", Latest: 1}, {At: at, Package: "package-3"}, {At: at, Inherit: true, Package: "none"},
	} {
		opts.AllowMissing = true
		rpms, builds, err := r.RPMs(ctx, id, tag.RPMOptions{BuildOptions: opts, Arches: []string{"noarch"}})
		if err != nil {
			return nil, err
		}
		list = append(list, rpms, builds)
	}
	for build := koji.BuildID(1); build < 4; build++ {
		x, err := r.ExplainBuild(ctx, id, build, tag.BuildOptions{At: at, Inherit: true, Latest: 1})
		list = append(list, x.String(), fmt.Sprint(err))
	}
	for _, inherit := range []bool{false, true} {
		last, err := r.LastChange(ctx, id, tag.ChangeOptions{Event: at, Inherit: inherit})
		list = append(list, last, fmt.Sprint(err))
	}
	return list, nil
}

func TestCacheAnswersAsItsSource(t *testing.T) {
	for seed := range uint64(3) {
		w := newRestless(t, seed)
		source := tag.NewSource(w.store)
		plain := tag.NewResolver(source, tag.Options{})
		cached := map[string]*tag.Resolver{
			"roomy": tag.NewResolver(tag.NewCache(source, tag.CacheOptions{FactAge: time.Hour}), tag.Options{}),
			"small": tag.NewResolver(tag.NewCache(source, tag.CacheOptions{FactAge: time.Hour, Bytes: 20_000}), tag.Options{}),
			"lazy":  tag.NewResolver(tag.NewCache(source, tag.CacheOptions{FactAge: time.Hour}), tag.Options{}),
		}
		for round := range 40 {
			w.step(t)
			for id := koji.TagID(1); id <= restlessTags; id++ {
				// The past is as it was, but for facts that are not versioned.
				for _, at := range []koji.EventID{koji.Now, w.last, w.last + 5} {
					want, err := answers(w.ctx, plain, id, at)
					require.NoError(t, err)
					for name, r := range cached {
						if name == "lazy" && round%7 != 0 {
							continue
						}
						got, err := answers(w.ctx, r, id, at)
						require.NoError(t, err)
						require.Equal(t, want, got, "seed %d, round %d, tag %d at %d, cache %s", seed, round, id, at, name)
					}
				}
			}
		}
		for range 40 {
			id, at := koji.TagID(w.rnd.IntN(restlessTags)+1), koji.EventID(w.rnd.IntN(int(w.last))+1)
			want, err := plain.Builds(w.ctx, id, tag.BuildOptions{At: at, Inherit: true, Latest: 1, AllowMissing: true})
			require.NoError(t, err)
			for name, r := range cached {
				got, err := r.Builds(w.ctx, id, tag.BuildOptions{At: at, Inherit: true, Latest: 1, AllowMissing: true})
				require.NoError(t, err)
				require.Equal(t, nvrs(want), nvrs(got), "seed %d, tag %d at %d, cache %s", seed, id, at, name)
			}
		}
	}
}

// nvrs names builds, with their tags.
func nvrs(builds []tag.Build) []string {
	var list []string
	for i := range builds {
		list = append(list, builds[i].TagName+" "+builds[i].NVR().String())
	}
	return list
}

func TestCacheAnswersWhileTagsAreEdited(t *testing.T) {
	w := newRestless(t, 9)
	source := tag.NewSource(w.store)
	plain := tag.NewResolver(source, tag.Options{})
	cached := tag.NewResolver(tag.NewCache(source, tag.CacheOptions{Bytes: 100_000}), tag.Options{})
	opts := tag.BuildOptions{Inherit: true, Latest: 1}
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for n := range 3 {
		readers.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(n), 2))
			for {
				select {
				case <-stop:
					return
				default:
				}
				id := koji.TagID(rnd.IntN(restlessTags) + 1)
				if _, err := cached.Builds(w.ctx, id, opts); err != nil {
					t.Error(err)
					return
				}
				if _, err := cached.Packages(w.ctx, id, tag.PackageOptions{Inherit: true}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 150 {
		w.step(t)
		id := koji.TagID(w.rnd.IntN(restlessTags) + 1)
		want, err := plain.Inheritance(w.ctx, id, koji.Now)
		require.NoError(t, err)
		got, err := cached.Inheritance(w.ctx, id, koji.Now)
		require.NoError(t, err)
		require.Equal(t, want, got)
		wanted, err := plain.Builds(w.ctx, id, opts)
		require.NoError(t, err)
		found, err := cached.Builds(w.ctx, id, opts)
		require.NoError(t, err)
		require.Equal(t, nvrs(wanted), nvrs(found))
	}
	close(stop)
	readers.Wait()
}

// counted counts the questions that the Readers of a source are asked for content.
type counted struct {
	tag.Source
	mu      sync.Mutex
	tags    []koji.TagID
	changes int
}

func (c *counted) View(ctx context.Context, fn func(tag.Reader) error) error {
	return c.Source.View(ctx, func(r tag.Reader) error { return fn(&countedReader{r.(tag.CacheReader), c}) })
}

type countedReader struct {
	tag.CacheReader
	c *counted
}

func (r *countedReader) LastChange(ctx context.Context, q tag.ChangeQuery) (koji.EventID, error) {
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	r.c.changes++
	return r.changeReader().LastChange(ctx, q)
}

func (r *countedReader) FirstChange(ctx context.Context, q tag.ChangeQuery) (koji.EventID, error) {
	return r.changeReader().FirstChange(ctx, q)
}

func (r *countedReader) Lives(ctx context.Context, tags []koji.TagID) ([]tag.Life, error) {
	return r.changeReader().Lives(ctx, tags)
}

func (r *countedReader) changeReader() tag.ChangeReader { return r.CacheReader.(tag.ChangeReader) }

func TestCacheLooksForTheLastChangeOnceAnEvent(t *testing.T) {
	w := newWorld(t)
	w.tag("base")
	updates := w.tag("updates")
	w.link("updates", "base", 0)
	w.pkg("base", "bash")
	w.newBuild("bash-1-1")
	source := &counted{Source: tag.NewSource(w.store)}
	r := tag.NewResolver(tag.NewCache(source, tag.CacheOptions{}), tag.Options{})
	ask := func() koji.EventID {
		t.Helper()
		last, err := r.LastChange(w.ctx, updates, tag.ChangeOptions{Inherit: true})
		require.NoError(t, err)
		return last
	}
	before := ask()
	require.Equal(t, before, ask())
	require.Equal(t, 1, source.changes)
	w.tagged("base", "bash-1-1")
	require.Greater(t, ask(), before)
	require.Equal(t, 2, source.changes)
}

func (r *countedReader) TaggedBuilds(ctx context.Context, at koji.EventID, q tag.TaggedBuildQuery) ([]tag.TaggedBuild, error) {
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	r.c.tags = append(r.c.tags, q.Tags...)
	return r.CacheReader.TaggedBuilds(ctx, at, q)
}

func TestCacheReadsAgainWhatHasChangedOnly(t *testing.T) {
	w := newWorld(t)
	w.tag("base")
	w.tag("updates")
	w.link("updates", "base", 0)
	w.pkg("base", "bash")
	w.newBuild("bash-1-1")
	second := w.newBuild("bash-2-1")
	w.tagged("base", "bash-1-1", "bash-2-1")
	source := &counted{Source: tag.NewSource(w.store)}
	now := time.Unix(0, 0)
	r := tag.NewResolver(tag.NewCache(source, tag.CacheOptions{Clock: func() time.Time { return now }}), tag.Options{})
	ask := func() []tag.Build {
		t.Helper()
		builds, err := r.Builds(w.ctx, w.tags["updates"], tag.BuildOptions{Inherit: true, Latest: 1})
		require.NoError(t, err)
		return builds
	}
	require.Len(t, ask(), 1)
	require.ElementsMatch(t, []koji.TagID{w.tags["updates"], w.tags["base"]}, source.tags)
	source.tags = nil
	ask()
	require.Empty(t, source.tags, "nothing has changed")
	w.update(func(_ *storage.Tx, e *tag.Editor) error { return e.Tag(w.ctx, w.tags["updates"], second, false) })
	require.Equal(t, "updates", ask()[0].TagName)
	require.Equal(t, []koji.TagID{w.tags["updates"]}, source.tags, "the one tag that has changed")
	source.tags = nil
	now = now.Add(time.Hour)
	ask()
	require.Len(t, source.tags, 2, "what changes without an event is read anew in time")
}
