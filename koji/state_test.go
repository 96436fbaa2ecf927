package koji_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
)

// The names and their numbers are stored and sent; section 1.1 of the
// specification of builds lists them.
func TestEnumerations(t *testing.T) {
	names := func(from func(i int) fmt.Stringer) string {
		var list []string
		for i := 0; ; i++ {
			name := from(i).String()
			if name == fmt.Sprint(i) {
				return strings.Join(list, " ")
			}
			list = append(list, name)
		}
	}
	for want, from := range map[string]func(i int) fmt.Stringer{
		"BUILDING COMPLETE DELETED FAILED CANCELED":   func(i int) fmt.Stringer { return koji.BuildState(i) },
		"FREE OPEN CLOSED CANCELED ASSIGNED FAILED":   func(i int) fmt.Stringer { return koji.TaskState(i) },
		"INIT READY EXPIRED DELETED PROBLEM":          func(i int) fmt.Stringer { return koji.RepoState(i) },
		"INIT WAITING BUILDING EXPIRED":               func(i int) fmt.Stringer { return koji.BuildrootState(i) },
		"STANDARD EXTERNAL":                           func(i int) fmt.Stringer { return koji.BuildrootType(i) },
		"md5 sha1 sha256":                             func(i int) fmt.Stringer { return koji.ChecksumType(i) },
		"VOLUME_CHANGE IMPORT MANUAL DRAFT_PROMOTION": func(i int) fmt.Stringer { return koji.TagUpdateType(i) },
		"NORMAL HOST GROUP":                           func(i int) fmt.Stringer { return koji.UserType(i) },
		"NORMAL BLOCKED":                              func(i int) fmt.Stringer { return koji.UserStatus(i) },
		"REQUIRE PROVIDE OBSOLETE CONFLICT SUGGEST ENHANCE SUPPLEMENT RECOMMEND": func(i int) fmt.Stringer { return koji.DepType(i) },
	} {
		require.Equal(t, want, names(from))
	}
	require.Equal(t, "-1", koji.BuildState(-1).String())
	require.Equal(t, "COMPLETE", koji.BuildComplete.String())
	require.Equal(t, "ASSIGNED", koji.TaskAssigned.String())
	require.Equal(t, "PROBLEM", koji.RepoProblem.String())
	require.Equal(t, "EXPIRED", koji.BuildrootExpired.String())
	require.Equal(t, "EXTERNAL", koji.BuildrootExternal.String())
	require.Equal(t, "sha256", koji.ChecksumSHA256.String())
	require.Equal(t, "DRAFT_PROMOTION", koji.TagUpdateDraftPromotion.String())
	require.Equal(t, "GROUP", koji.UserGroup.String())
	require.Equal(t, "BLOCKED", koji.UserBlocked.String())
	require.Equal(t, "RECOMMEND", koji.DepRecommend.String())
}
