package koji

import "strconv"

// Names by number. They are what Koji's API prints and accepts.
var (
	buildStates     = []string{"BUILDING", "COMPLETE", "DELETED", "FAILED", "CANCELED"}
	taskStates      = []string{"FREE", "OPEN", "CLOSED", "CANCELED", "ASSIGNED", "FAILED"}
	repoStates      = []string{"INIT", "READY", "EXPIRED", "DELETED", "PROBLEM"}
	buildrootStates = []string{"INIT", "WAITING", "BUILDING", "EXPIRED"}
	buildrootTypes  = []string{"STANDARD", "EXTERNAL"}
	checksumTypes   = []string{"md5", "sha1", "sha256"}
	tagUpdateTypes  = []string{"VOLUME_CHANGE", "IMPORT", "MANUAL", "DRAFT_PROMOTION"}
	userTypes       = []string{"NORMAL", "HOST", "GROUP"}
	userStatuses    = []string{"NORMAL", "BLOCKED"}
	depTypes        = []string{"REQUIRE", "PROVIDE", "OBSOLETE", "CONFLICT", "SUGGEST", "ENHANCE", "SUPPLEMENT", "RECOMMEND"}
)

func enumName(n int, names []string) string {
	if n < 0 || n >= len(names) {
		return strconv.Itoa(n)
	}
	return names[n]
}
