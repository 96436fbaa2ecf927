package build_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/build"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/files"
)

var errInjected = errors.New("injected")

// faults fails one step of those that it is asked about, or from that on all.
type faults struct {
	mu    sync.Mutex
	armed bool
	step  int    // to fail; 0 for none
	crash bool   // fail all further steps too
	n     int    // steps so far
	at    string // what the step was
}

func (f *faults) arm(step int, crash bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.armed, f.step, f.crash, f.n, f.at = true, step, crash, 0, ""
}

// disarm ends the failing and returns the step that failed, if any.
func (f *faults) disarm() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.armed = false
	return f.at
}

func (f *faults) fail(op, name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.armed {
		return nil
	}
	f.n++
	if f.n == f.step {
		f.at = op + " " + name
	}
	if f.n == f.step || f.crash && f.n > f.step {
		return fmt.Errorf("%s %s: %w", op, name, errInjected)
	}
	return nil
}

// faultyBackend fails as its faults say.
type faultyBackend struct {
	storage.Backend
	*faults
	// lose makes a commit that fails take place all the same: only the news of
	// it is lost.
	lose bool
}

type faultyTx struct {
	storage.BackendTx
	b *faultyBackend
}

func (b *faultyBackend) Begin(ctx context.Context, write bool) (storage.BackendTx, error) {
	if err := b.fail("begin", ""); err != nil {
		return nil, err
	}
	tx, err := b.Backend.Begin(ctx, write)
	return &faultyTx{tx, b}, err
}

func (tx *faultyTx) Select(ctx context.Context, k *storage.Kind, q storage.Query, yield func(any) bool) error {
	if err := tx.b.fail("select", k.Table); err != nil {
		return err
	}
	return tx.BackendTx.Select(ctx, k, q, yield)
}

func (tx *faultyTx) Insert(ctx context.Context, k *storage.Kind, rows ...any) error {
	if err := tx.b.fail("insert", k.Table); err != nil {
		return err
	}
	return tx.BackendTx.Insert(ctx, k, rows...)
}

func (tx *faultyTx) Delete(ctx context.Context, k *storage.Kind, q storage.Query) (int, error) {
	if err := tx.b.fail("delete", k.Table); err != nil {
		return 0, err
	}
	return tx.BackendTx.Delete(ctx, k, q)
}

func (tx *faultyTx) NextEvent(ctx context.Context) (koji.EventID, error) {
	if err := tx.b.fail("event", ""); err != nil {
		return 0, err
	}
	return tx.BackendTx.NextEvent(ctx)
}

func (tx *faultyTx) Commit(ctx context.Context) error {
	if err := tx.b.fail("commit", ""); err != nil {
		if tx.b.lose {
			return errors.Join(err, tx.BackendTx.Commit(ctx))
		}
		return err
	}
	return tx.BackendTx.Commit(ctx)
}

// faultySite is a site with some content, into which a mixed set can be imported.
type faultySite struct {
	*site
	tree, store *faults
	backend     *faultyBackend
	set         []string
	opts        build.ImportOptions
}

func newFaultySite(t *testing.T, uploaded bool) *faultySite {
	f := &faultySite{tree: new(faults), store: new(faults)}
	inMemory(t)
	f.site = newSite(t, files.Options{Before: f.tree.fail}, func(b storage.Backend) storage.Backend {
		f.backend = &faultyBackend{Backend: b, faults: f.store}
		return f.backend
	})
	f.mustImport(t, data("rpms/counter-2.4-1.d1.src.rpm"), data("rpms/sorter-3.1-1.d1.src.rpm"))
	f.opts = build.ImportOptions{Copy: !uploaded, Uploaded: uploaded}
	f.set = []string{
		data("rpms/counter-2.4-1.d1.x86_64.rpm"),       // new in an old build
		data("rpms-key2/sorter-3.1-1.d1.src.rpm"),      // a signature of an old rpm
		data("unsigned/sorter-3.1-1.d1.x86_64.rpm"),    // a new rpm with
		data("rpms/sorter-3.1-1.d1.x86_64.rpm"),        // another signature
		data("rpms/fonts-plain-20231201-1.d1.src.rpm"), // a new build
		data("rpms/fonts-plain-20231201-1.d1.noarch.rpm"),
	}
	if uploaded {
		for i, file := range f.set {
			f.set[i] = fmt.Sprintf("work/cli-import/%d/%s", i, filepath.Base(file))
			require.NoError(t, f.site.tree.WriteFile(f.set[i], []byte(read(t, file))))
		}
	}
	return f
}

// inMemory lets the test's files be in memory where the system has a place for
// that: the tests below write thousands of times and need no disk.
func inMemory(t testing.TB) {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		t.Setenv("TMPDIR", "/dev/shm")
	}
}

// reopen gives the site a new tree and tracker, as a restart of the process would.
func (f *faultySite) reopen(t *testing.T) {
	tree, err := files.Open(f.site.tree.Dir(), files.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, tree.Close()) })
	f.site.tree = tree
	f.site.Tracker = build.New(f.site.store, tree, build.Options{})
}

// whole is what a site looks like after the import of a faultySite.
func whole(t *testing.T, uploaded bool) (tables, map[string]string) {
	f := newFaultySite(t, uploaded)
	result, err := f.Import(context.Background(), f.user, f.set, f.opts)
	require.NoError(t, err)
	require.NoError(t, result.Unfinished)
	return f.rows(t), f.listing(t)
}

// Whatever fails, in the tree or in the store, the import took place as a whole or
// not at all, and nothing needs to be cleaned up.
func TestFailureAtAnyStepLeavesAllOrNothing(t *testing.T) {
	for _, uploaded := range []bool{false, true} {
		allRows, allContent := whole(t, uploaded)
		for _, part := range []string{"tree", "store"} {
			t.Run(fmt.Sprintf("%s uploaded=%v", part, uploaded), func(t *testing.T) {
				for step := 1; ; step++ {
					f := newFaultySite(t, uploaded)
					rows, content := f.rows(t), f.listing(t)
					faulty := f.tree
					if part == "store" {
						faulty = f.store
					}
					faulty.arm(step, false)
					result, err := f.Import(context.Background(), f.user, f.set, f.opts)
					at := faulty.disarm()
					if at == "" {
						require.NoError(t, err)
						require.Greater(t, step, 40, "steps that were tried")
						return
					}
					if err != nil {
						require.ErrorIs(t, err, errInjected, at)
						require.Equal(t, rows, f.rows(t), at)
						require.Equal(t, content, f.listing(t), at)
						require.Empty(t, f.leftovers(t), at)
					} else {
						// It took place, and at most the aftermath failed.
						if result.Unfinished != nil {
							recovery, err := f.Recover(context.Background())
							require.NoError(t, err, at)
							require.Empty(t, recovery.Removed)
						}
						require.Equal(t, allRows, f.rows(t), at)
						require.Equal(t, allContent, f.listing(t), at)
						require.Empty(t, f.leftovers(t), at)
					}
				}
			})
		}
	}
}

// A process that dies at any step leaves something that Recover settles.
func TestCrashAtAnyStepIsRecovered(t *testing.T) {
	for _, uploaded := range []bool{false, true} {
		allRows, allContent := whole(t, uploaded)
		t.Run(fmt.Sprintf("uploaded=%v", uploaded), func(t *testing.T) {
			var recovered []string
			for step := 1; ; step++ {
				f := newFaultySite(t, uploaded)
				rows, content := f.rows(t), f.listing(t)
				f.tree.arm(step, true)
				_, err := f.Import(context.Background(), f.user, f.set, f.opts)
				at := f.tree.disarm()
				if at == "" {
					break
				}
				f.reopen(t)
				recovery, rerr := f.Recover(context.Background())
				require.NoError(t, rerr, at)
				require.Empty(t, f.leftovers(t), at)
				if err != nil {
					require.Equal(t, rows, f.rows(t), at)
					require.Equal(t, content, f.listing(t), at)
				} else {
					require.Equal(t, allRows, f.rows(t), at)
					all := f.listing(t)
					// A link that was not renamed yet, hidden and of no harm.
					maps.DeleteFunc(all, func(name, _ string) bool { return strings.Contains(name, ".rpm.tmp") })
					require.Equal(t, allContent, all, at)
				}
				recovered = append(recovered, recovery.Removed...)
				again, err := f.Recover(context.Background())
				require.NoError(t, err)
				require.Equal(t, new(build.Recovery), again)
			}
			require.NotEmpty(t, recovered, "some crashes left files to remove")
		})
	}
}

// When a commit fails, only the store can tell what became of it.
func TestCommitWithUnknownOutcome(t *testing.T) {
	ctx := context.Background()
	commits := func(f *faultySite, step int, crash bool) (*build.Import, error) {
		f.store.arm(step, crash)
		result, err := f.Import(ctx, f.user, f.set, f.opts)
		require.Contains(t, f.store.disarm(), "commit")
		return result, err
	}
	// Find the step at which the import commits.
	step := 0
	for at := ""; at != "commit "; step++ {
		f := newFaultySite(t, false)
		f.store.arm(step+1, false)
		_, _ = f.Import(ctx, f.user, f.set, f.opts)
		at = f.store.disarm()
		require.NotEmpty(t, at)
	}
	allRows, allContent := whole(t, false)

	t.Run("it took place", func(t *testing.T) {
		f := newFaultySite(t, false)
		f.backend.lose = true
		result, err := commits(f, step, false)
		require.NoError(t, err)
		require.NoError(t, result.Unfinished)
		require.Equal(t, allRows, f.rows(t))
		require.Equal(t, allContent, f.listing(t))
		require.Empty(t, f.leftovers(t))
	})
	t.Run("it took place and the store is out of reach", func(t *testing.T) {
		f := newFaultySite(t, false)
		f.backend.lose = true
		_, err := commits(f, step, true)
		require.ErrorIs(t, err, errInjected)
		require.Equal(t, allContent, f.listing(t), "nothing was taken back in the dark")
		recovery, err := f.Recover(ctx)
		require.NoError(t, err)
		require.Equal(t, &build.Recovery{Stages: 1}, recovery)
		require.Equal(t, allRows, f.rows(t))
		require.Equal(t, allContent, f.listing(t))
	})
	t.Run("it did not and the store is out of reach", func(t *testing.T) {
		f := newFaultySite(t, false)
		rows, content := f.rows(t), f.listing(t)
		_, err := commits(f, step, true)
		require.ErrorIs(t, err, errInjected)
		recovery, err := f.Recover(ctx)
		require.NoError(t, err)
		require.NotEmpty(t, recovery.Removed)
		require.Equal(t, rows, f.rows(t))
		require.Equal(t, content, f.listing(t))
		_, err = f.Import(ctx, f.user, f.set, f.opts)
		require.NoError(t, err, "and it can be repeated")
	})
}

// A crash between commit and publishing cannot happen to a single directory, but
// the renames may be lost with the power.
func TestRecoverPublishesWhatTheStoreHas(t *testing.T) {
	ctx := context.Background()
	_, allContent := whole(t, false)
	f := newFaultySite(t, false)
	content := f.listing(t)
	// Stop before the commit, with everything published.
	f.backend.lose = true
	for step := 1; ; step++ {
		f.store.arm(step, true)
		_, err := f.Import(ctx, f.user, f.set, f.opts)
		at := f.store.disarm()
		require.Error(t, err)
		if strings.HasPrefix(at, "commit") {
			break
		}
		recoverAll(t, f)
	}
	// Undo the publishing behind the tracker's back: move things back.
	stages, err := f.site.tree.Leftovers(".")
	require.NoError(t, err)
	require.Len(t, stages, 1)
	var want []string
	for name := range f.content(t) {
		if _, old := content[name]; !old && !strings.HasSuffix(name, "/") {
			want = append(want, name)
			data, err := f.site.tree.ReadFile(name)
			require.NoError(t, err)
			rel := ".staging/" + stages[0].ID() + "/files/" + name
			require.NoError(t, f.site.tree.WriteFile(rel, data))
			require.NoError(t, f.site.tree.Remove(name))
			require.NoError(t, f.site.tree.Prune(filepath.Dir(name)))
		}
	}
	require.Equal(t, content, f.listing(t))
	require.NoError(t, stages[0].Close())

	recovery, err := f.Recover(ctx)
	require.NoError(t, err)
	require.Len(t, recovery.Published, len(want))
	require.Equal(t, allContent, f.listing(t))
}

func recoverAll(t *testing.T, f *faultySite) {
	_, err := f.Recover(context.Background())
	require.NoError(t, err)
}

// Recover does not touch what an import is working on, or what others published.
func TestRecoverLeavesOthersAlone(t *testing.T) {
	ctx := context.Background()
	s := newTestSite(t)
	var during *build.Recovery
	_, err := s.Import(ctx, s.user, glob(t, "rpms/*.rpm"), build.ImportOptions{Copy: true, Progress: func(build.Progress) {
		other := build.New(s.store, s.tree, build.Options{})
		var err error
		during, err = other.Recover(ctx)
		require.NoError(t, err)
	}})
	require.NoError(t, err)
	require.Equal(t, new(build.Recovery), during)

	// A leftover that names files which another import brought since.
	content := s.content(t)
	stage, err := s.tree.Stage(".")
	require.NoError(t, err)
	name := "packages/counter/2.4/1.d1/src/counter-2.4-1.d1.src.rpm"
	require.NoError(t, stage.WriteFile(name, []byte("of the one that died")))
	require.NoError(t, stage.WriteJournal(writeString(
		`{"build":{"Name":"counter","Version":"2.4","Release":"1.d1"},`+
			`"rpm":{"Name":"counter","Version":"2.4","Release":"1.d1","Arch":"src"},`+
			`"payloadhash":"00","sigkey":"5532c199","sighash":"00","primary":true}`)))
	require.NoError(t, stage.Close())
	recovery, err := s.Recover(ctx)
	require.NoError(t, err)
	require.Equal(t, &build.Recovery{Stages: 1}, recovery)
	require.Equal(t, content, s.content(t))
}

// Two imports of one build at the same time both succeed when they bring
// different rpms, and one of them fails when they do not.
func TestConcurrentImports(t *testing.T) {
	ctx := context.Background()
	for range 20 {
		s := newTestSite(t)
		sets := [][]string{
			{data("rpms/libecho-2.0-1.d1.x86_64.rpm"), data("rpms/sorter-3.1-1.d1.src.rpm")},
			{data("rpms/libecho-2.0-1.d1.i686.rpm"), data("unsigned/sorter-3.1-1.d1.x86_64.rpm")},
			{data("rpms/libecho-devel-2.0-1.d1.i686.rpm"), data("rpms/sorter-3.1-1.d1.x86_64.rpm")},
			{data("rpms/libecho-devel-2.0-1.d1.x86_64.rpm"), data("rpms-key2/sorter-3.1-1.d1.x86_64.rpm")},
			{data("rpms/libecho-devel-2.0-1.d1.x86_64.rpm"), data("rpms/counter-2.4-1.d1.src.rpm")},
		}
		errs := make([]error, len(sets))
		var wg sync.WaitGroup
		for i, set := range sets {
			wg.Go(func() {
				_, errs[i] = s.Import(ctx, s.user, set, build.ImportOptions{Copy: true, CreateBuilds: true})
			})
		}
		wg.Wait()
		require.NoError(t, errs[0])
		require.NoError(t, errs[1])
		require.NoError(t, errs[2])
		require.NotEqual(t, errs[3] == nil, errs[4] == nil)
		failed := errs[3]
		if failed == nil {
			failed = errs[4]
		}
		require.ErrorIs(t, failed, koji.ErrExists)
		require.Empty(t, s.leftovers(t))

		rows := s.rows(t)
		require.Len(t, rpmFiles(s.content(t)), len(rows.RPMs))
		for _, sig := range rows.Signatures {
			_, err := s.WriteSigned(ctx, sig.RPM, sig.SigKey, false)
			require.NoError(t, err)
		}
	}
}

// rpmFiles returns the primary files.
func rpmFiles(content map[string]string) []string {
	var list []string
	for name := range maps.Keys(content) {
		if strings.HasSuffix(name, ".rpm") && !strings.Contains(name, "/data/") {
			list = append(list, name)
		}
	}
	return list
}
