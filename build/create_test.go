package build_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/build"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

func nvr(release string) koji.NVR { return koji.NVR{Name: "foo", Version: "1", Release: release} }

func TestCreate(t *testing.T) {
	ctx := context.Background()
	s := newTestSite(t)
	v := nvr("1")
	v.Epoch = "3"
	id, err := s.Create(ctx, s.user, v, build.CreateOptions{Source: "git+https://example.org/foo#1", Extra: `{"a":1}`})
	require.NoError(t, err)
	require.Equal(t, []storage.Build{{
		ID: id, Package: 1, Version: "1", Release: "1", Epoch: storage.Null(3), CreateEvent: 1,
		StartTime: storage.Null(start), CompletionTime: storage.Null(start), State: koji.BuildComplete, Owner: s.user,
		Source: storage.Null("git+https://example.org/foo#1"), Extra: storage.Null(`{"a":1}`),
	}}, s.rows(t).Builds)

	for _, epoch := range []string{"", "3", "5"} {
		v.Epoch = epoch
		_, err = s.Create(ctx, s.user, v, build.CreateOptions{})
		require.ErrorIs(t, err, koji.ErrExists)
		require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err))
		require.ErrorContains(t, err, "id=1, state=COMPLETE")
	}
	_, err = s.Create(ctx, s.user, nvr("1"), build.CreateOptions{Strict: true})
	require.ErrorContains(t, err, "existing build found")
}

func TestCreateRefusesWhatIsNoName(t *testing.T) {
	ctx := context.Background()
	s := newTestSite(t)
	before := s.rows(t)
	long := strings.Repeat("x", 257)
	for _, c := range []struct{ name, version, release, epoch string }{
		{"", "1", "1", ""}, {"f~o", "1", "1", ""}, {long, "1", "1", ""}, {"../x", "1", "1", ""}, {"a//b", "1", "1", ""},
		{"foo", "", "1", ""}, {"foo", "1-0", "1", ""}, {"foo", "..", "1", ""}, {"foo", "a/b", "1", ""}, {"foo", "1\x00", "1", ""},
		{"foo", "1", "", ""}, {"foo", "1", "../../y", ""}, {"foo", "1", ".", ""}, {"foo", "1", "1\n", ""}, {"foo", "1", "1-1", ""},
		{"foo", "1", "1,draft_7", ""}, {"foo", "1", "1", "x"}, {"foo", "1", "1", "-1"}, {"foo", "1", "1", "2147483648"},
	} {
		_, err := s.Create(ctx, s.user, koji.NVR{Name: c.name, Version: c.version, Release: c.release, Epoch: c.epoch}, build.CreateOptions{})
		require.Error(t, err, "%q", c)
		require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err))
	}
	_, err := s.Create(ctx, s.user, nvr("1"), build.CreateOptions{Extra: "{"})
	require.ErrorIs(t, err, koji.ErrInvalid)
	_, err = s.Create(ctx, s.user, nvr("1,x"), build.CreateOptions{Draft: true})
	require.ErrorIs(t, err, koji.ErrInvalid)
	_, err = s.Create(ctx, s.user, nvr("1"), build.CreateOptions{Owner: 99})
	require.ErrorIs(t, err, koji.ErrNotFound)
	require.Equal(t, before, s.rows(t))

	rule, err := koji.NewNameRule(`^[a-z]+$`, 5)
	require.NoError(t, err)
	strict := build.New(s.store, s.tree, build.Options{Names: &rule})
	_, err = strict.Create(ctx, s.user, koji.NVR{Name: "foobar", Version: "1", Release: "1"}, build.CreateOptions{})
	require.ErrorIs(t, err, koji.ErrInvalid)
	_, err = strict.Create(ctx, s.user, nvr("1"), build.CreateOptions{})
	require.NoError(t, err)
}

func TestDraft(t *testing.T) {
	ctx := context.Background()
	s := newTestSite(t)
	for i := range 2 {
		id, err := s.Create(ctx, s.user, nvr("9"), build.CreateOptions{Draft: true})
		require.NoError(t, err)
		b := s.rows(t).Builds[i]
		require.Equal(t, id, b.ID)
		require.True(t, b.Draft)
		require.Equal(t, fmt.Sprintf("9,draft_%d", id), b.Release)
	}
	id, err := s.Create(ctx, s.user, nvr("9"), build.CreateOptions{})
	require.NoError(t, err, "the drafts do not hold the release")
	for _, state := range []koji.BuildState{koji.BuildComplete, koji.BuildFailed, koji.BuildCanceled, koji.BuildDeleted, koji.BuildBuilding} {
		s.setState(t, id, state)
		_, err = s.Create(ctx, s.user, nvr("9"), build.CreateOptions{Draft: true})
		require.ErrorIs(t, err, koji.ErrExists, "%s", state)
		require.ErrorContains(t, err, "target build")
	}

	// A task that is restarted gets its draft back.
	opts := build.CreateOptions{Draft: true, Building: true, Task: 100}
	first, err := s.Create(ctx, s.user, nvr("10"), opts)
	require.NoError(t, err)
	again, err := s.Create(ctx, s.user, nvr("10"), opts)
	require.NoError(t, err)
	require.Equal(t, first, again)
	opts.Task = 101
	other, err := s.Create(ctx, s.user, nvr("10"), opts)
	require.NoError(t, err)
	require.NotEqual(t, first, other)
}

func TestRestartedTaskGetsItsBuildBack(t *testing.T) {
	ctx := context.Background()
	s := newTestSite(t)
	opts := build.CreateOptions{Building: true, Task: 100}
	id, err := s.Create(ctx, s.user, nvr("1"), opts)
	require.NoError(t, err)
	require.Equal(t, koji.BuildBuilding, s.rows(t).Builds[0].State)
	require.False(t, s.rows(t).Builds[0].CompletionTime.Valid)
	rows := s.rows(t)
	again, err := s.Create(ctx, s.user, nvr("1"), opts)
	require.NoError(t, err)
	require.Equal(t, id, again)
	require.Equal(t, rows, s.rows(t))

	opts.Task = 101
	_, err = s.Create(ctx, s.user, nvr("1"), opts)
	require.ErrorIs(t, err, koji.ErrExists)
	require.ErrorContains(t, err, "task 100")
	_, err = s.Create(ctx, s.user, nvr("1"), build.CreateOptions{})
	require.ErrorContains(t, err, "task 100")

	_, err = s.Create(ctx, s.user, nvr("2"), build.CreateOptions{Building: true})
	require.NoError(t, err)
	_, err = s.Create(ctx, s.user, nvr("2"), opts)
	require.ErrorContains(t, err, "reserved")
	require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err))
}

func TestFailedBuildIsUsedAgain(t *testing.T) {
	ctx := context.Background()
	for _, state := range []koji.BuildState{koji.BuildFailed, koji.BuildCanceled} {
		s := newTestSite(t)
		id, err := s.Create(ctx, s.user, nvr("1"), build.CreateOptions{Source: "old", Building: true, Task: 7})
		require.NoError(t, err)
		s.setState(t, id, state)
		var second storage.User
		s.update(t, func(tx *storage.Tx) error {
			if err := tx.BuildTypes().Insert(ctx, &storage.BuildType{Build: id, BType: 1}); err != nil {
				return err
			}
			if err := tx.Volumes().Insert(ctx, &storage.Volume{Name: "archive"}); err != nil {
				return err
			}
			second = storage.User{Name: "second"}
			return tx.Users().Insert(ctx, &second)
		})
		require.NoError(t, s.tree.WriteFile("packages/foo/1/1/data/logs/x86_64/build.log", []byte("failed")))
		require.NoError(t, s.tree.Symlink("../../../../packages/foo/1/2", "vol/archive/packages/foo/1/1"))

		again, err := s.Create(ctx, second.ID, nvr("1"), build.CreateOptions{Building: true, Task: 8})
		require.NoError(t, err)
		require.Equal(t, id, again)
		rows := s.rows(t)
		require.Equal(t, []storage.Build{{
			ID: id, Package: 1, Version: "1", Release: "1", CreateEvent: 2, StartTime: storage.Null(start),
			State: koji.BuildBuilding, Task: storage.Null(koji.TaskID(8)), Owner: second.ID,
		}}, rows.Builds)
		require.Empty(t, rows.BuildTypes)
		require.Empty(t, s.names(t), "what was left in its place is gone")
	}
}

func TestBuildWithAPastIsNotUsedAgain(t *testing.T) {
	ctx := context.Background()
	s := newTestSite(t)
	id, err := s.Create(ctx, s.user, nvr("1"), build.CreateOptions{})
	require.NoError(t, err)
	s.update(t, func(tx *storage.Tx) error {
		tx.Actor = s.user
		if err := tx.Tags().Insert(ctx, &storage.Tag{Name: "f40"}); err != nil {
			return err
		}
		return tx.TagListings().Insert(ctx, &storage.TagListing{Build: id, Tag: 1})
	})
	s.update(t, func(tx *storage.Tx) error {
		tx.Actor = s.user
		_, err := tx.TagListings().Revoke(ctx, storage.TagListingFilter{Build: storage.Is(id)})
		return err
	})
	s.setState(t, id, koji.BuildFailed)
	_, err = s.Create(ctx, s.user, nvr("1"), build.CreateOptions{})
	require.ErrorIs(t, err, koji.ErrExists)
	require.ErrorContains(t, err, "tag history")

	s = newTestSite(t)
	id = s.mustImport(t, data("rpms/counter-2.4-1.d1.src.rpm")).Builds[0].ID
	s.setState(t, id, koji.BuildCanceled)
	_, err = s.Create(ctx, s.user, koji.NVR{Name: "counter", Version: "2.4", Release: "1.d1"}, build.CreateOptions{})
	require.ErrorIs(t, err, koji.ErrExists)
	require.ErrorContains(t, err, "has rpms")
	require.NotEmpty(t, s.names(t))
}

func TestComplete(t *testing.T) {
	ctx := context.Background()
	s := newTestSite(t)
	id, err := s.Create(ctx, s.user, nvr("1"), build.CreateOptions{Building: true, Task: 1})
	require.NoError(t, err)
	require.NoError(t, s.Complete(ctx, id))
	b := s.rows(t).Builds[0]
	require.Equal(t, koji.BuildComplete, b.State)
	require.Equal(t, storage.Null(start), b.CompletionTime)
	require.ErrorIs(t, s.Complete(ctx, id), koji.ErrState)
	require.ErrorIs(t, s.Complete(ctx, 99), koji.ErrNotFound)
}

// Case 6 of the description of Koji's behaviour.
func TestNextRelease(t *testing.T) {
	ctx := context.Background()
	type built struct {
		release string
		state   koji.BuildState
		draft   bool
	}
	complete := func(releases ...string) []built {
		var list []built
		for _, r := range releases {
			list = append(list, built{release: r, state: koji.BuildComplete})
		}
		return list
	}
	for _, c := range []struct {
		builds []built
		want   string
	}{
		{nil, "1"},
		{complete("1"), "2"},
		{complete("007"), "8"},
		{complete("3.el9"), "4.el9"},
		{complete("1.2"), "2.2"},
		{complete("20211105.nightly.7"), "20211105.nightly.8"},
		{complete("9", "2"), "3"}, // the highest id counts
		{[]built{{"3", koji.BuildComplete, false}, {"5", koji.BuildFailed, false}, {"6", koji.BuildCanceled, false}}, "4"},
		{[]built{{"3", koji.BuildComplete, false}, {"8", koji.BuildComplete, true}}, "4"},
		{[]built{{"3", koji.BuildDeleted, false}}, "4"},
		{[]built{{"3", koji.BuildBuilding, false}}, "4"},
	} {
		s := newTestSite(t)
		for _, b := range c.builds {
			id, err := s.Create(ctx, s.user, nvr(b.release), build.CreateOptions{Draft: b.draft})
			require.NoError(t, err)
			s.setState(t, id, b.state)
		}
		_, err := s.Create(ctx, s.user, koji.NVR{Name: "foo", Version: "2", Release: "50"}, build.CreateOptions{})
		require.NoError(t, err)
		got, err := s.NextRelease(ctx, "foo", "1", 1)
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%v", c.builds)
	}
	s := newTestSite(t)
	_, err := s.Create(ctx, s.user, nvr("1.2.fc23"), build.CreateOptions{})
	require.NoError(t, err)
	_, err = s.NextRelease(ctx, "foo", "1", 1)
	require.Equal(t, koji.FaultBuild, koji.FaultCodeOf(err))
	got, err := s.NextRelease(ctx, "nosuch", "1", 3)
	require.NoError(t, err)
	require.Equal(t, "3", got)
}

// A build without files has no directory; the first import makes it.
func TestImportIntoACreatedBuild(t *testing.T) {
	ctx := context.Background()
	s := newTestSite(t)
	_, err := s.Create(ctx, s.user, koji.NVR{Name: "counter", Version: "2.4", Release: "1.d1"}, build.CreateOptions{})
	require.NoError(t, err)
	require.Empty(t, s.content(t))
	result := s.mustImport(t, data("rpms/counter-2.4-1.d1.x86_64.rpm"))
	require.False(t, result.Builds[0].Created)
	require.Contains(t, s.names(t), "packages/counter/2.4/1.d1/x86_64/counter-2.4-1.d1.x86_64.rpm")
}
