//go:build race

package policy_test

// raceEnabled tells that the race detector watches, which makes pools forget.
const raceEnabled = true
