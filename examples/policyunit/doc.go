// Package policyunit shows unit tests of a hub's policies as a release engineer would
// keep them beside the hub's configuration: copy policy_test.go, hub.conf being your
// own, and run
//
//	go test ./...
//
// The test holds the configuration to what is meant by it: that it loads and lints
// cleanly, that the policies decide as the tables say, that every rule is reached by
// some case, and that a rewritten policy means the same as the old one.
package policyunit
