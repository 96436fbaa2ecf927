package koji_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
)

func TestIncrementRelease(t *testing.T) {
	tests := []struct {
		release string
		incr    int
		want    string // empty: refused
	}{
		{"1", 1, "2"},
		{"007", 1, "8"},
		{"9", 3, "12"},
		{"99999999999999999999", 1, "100000000000000000000"},
		{"3.el9", 1, "4.el9"},
		{"1.2", 1, "2.2"},
		{"1.", 1, "2."},
		{"1.2.3", 1, "1.2.4"},
		{"20211105.nightly.7", 1, "20211105.nightly.8"},
		{"a.b.5", 1, "a.b.6"},
		{"..7", 1, "..8"},
		{"3", -4, "-1"},
		{"3.el9", 0, "3.el9"},
		{"foo", 1, ""},
		{"1.2.fc23", 1, ""},
		{".1", 1, ""},
		{"1.2.3.4", 1, ""},
		{"1~rc1", 1, ""},
		{"", 1, ""},
		{".", 1, ""},
		{"-1", 1, ""},
		{"+1", 1, ""},
		{"1_000", 1, ""},
		{" 1", 1, ""},
		{"1e3", 1, ""},
		{"1,draft_5", 1, ""},
		{"²", 1, ""},
		{"٣", 1, ""},
		{"1.fc40.٣", 1, ""},
		{strings.Repeat("1", 4301), 1, ""},
	}
	for _, tt := range tests {
		got, err := koji.IncrementRelease(tt.release, tt.incr)
		if tt.want == "" {
			requireFault(t, err, koji.ErrInvalid, koji.FaultBuild)
			require.Empty(t, got)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, tt.want, got)
	}
}

func TestNextReleaseFollowsTheNewestBuildThatCounts(t *testing.T) {
	build := func(id koji.BuildID, release string, state koji.BuildState) koji.BuildRelease {
		return koji.BuildRelease{ID: id, Release: release, State: state}
	}
	draft := func(id koji.BuildID, release string) koji.BuildRelease {
		return koji.BuildRelease{ID: id, Release: release, State: koji.BuildComplete, Draft: true}
	}
	tests := []struct {
		name   string
		builds []koji.BuildRelease
		want   string
	}{
		{"none", nil, "1"},
		{"one", []koji.BuildRelease{build(1, "1", koji.BuildComplete)}, "2"},
		{"the highest id wins, not the highest release",
			[]koji.BuildRelease{build(3, "2.fc40", koji.BuildComplete), build(1, "9.fc40", koji.BuildComplete)}, "3.fc40"},
		{"failed ones may be used again",
			[]koji.BuildRelease{build(1, "3", koji.BuildComplete), build(2, "5", koji.BuildFailed)}, "4"},
		{"canceled ones too", []koji.BuildRelease{build(1, "3", koji.BuildCanceled)}, "1"},
		{"deleted ones count", []koji.BuildRelease{build(1, "3", koji.BuildDeleted)}, "4"},
		{"those in progress count", []koji.BuildRelease{build(1, "3", koji.BuildBuilding)}, "4"},
		{"drafts do not", []koji.BuildRelease{build(1, "3", koji.BuildComplete), draft(2, "7,draft_2")}, "4"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := koji.NextRelease(tt.builds, 1)
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}

	got, err := koji.NextRelease(nil, 5)
	require.NoError(t, err)
	require.Equal(t, "5", got)

	_, err = koji.NextRelease([]koji.BuildRelease{build(1, "1.2.fc23", koji.BuildComplete)}, 1)
	requireFault(t, err, koji.ErrInvalid, koji.FaultBuild)
	require.ErrorContains(t, err, `"1.2.fc23"`)
}

func TestDraftReleases(t *testing.T) {
	require.Equal(t, "1.fc40,draft_28", koji.DraftRelease("1.fc40", 28))

	tests := []struct {
		release string
		target  string
		ok      bool
		id      koji.BuildID // 0: not the release of a draft
	}{
		{"1,draft_28", "1", true, 28},
		{"1,draft_1,draft_2", "1", true, 2},
		{",draft_1", "", true, 1},
		{"1,draft_", "1", true, 0},
		{"1,draft_x", "1", true, 0},
		{"1,draft_05", "1", true, 0},
		{"1,draft_-5", "1", true, 0},
		{"1,draft_0", "1", true, 0},
		{"1,draft_99999999999999999999", "1", true, 0},
		{"1", "", false, 0},
		{"1draft_1", "", false, 0},
		{"1,Draft_1", "", false, 0},
		{"1, draft_1", "", false, 0},
		{"1,x,draft_1", "", false, 1},
		{"", "", false, 0},
	}
	for _, tt := range tests {
		target, err := koji.TargetRelease(tt.release)
		if tt.ok {
			require.NoError(t, err, tt.release)
		} else {
			requireFault(t, err, koji.ErrInvalid, koji.FaultGeneric)
		}
		require.Equal(t, tt.target, target, tt.release)

		id, ok := koji.DraftID(tt.release)
		require.Equal(t, tt.id, id, tt.release)
		require.Equal(t, tt.id != 0, ok, tt.release)
	}
}
