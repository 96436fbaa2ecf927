// Package policy reads, evaluates, explains and checks the policies of a Koji hub:
// the rule texts of section [policy] of hub.conf that decide who may tag what, which
// channel a task goes to, or which volume a build lives on.
//
//	config, issues := policy.ReadConfig(os.DirFS("/etc/koji-hub"), "hub.conf")
//	set, found := policy.New(config.Texts, policy.Options{Verbose: config.VerbosePolicy})
//	if set == nil {
//		return append(issues, found...).Err() // all problems, with file, line and column
//	}
//	data := &policy.TagOperation{Operation: "tag", Tag: policy.ByID(tag), Build: build}
//	err := set.Assert(ctx, "tag", data, lookups, policy.CheckOptions{Force: force})
//	var denial *policy.Denial
//	if errors.As(err, &denial) {
//		return denial // fault 1004, "policy violation (tag): ..."
//	}
//
// It knows no database: what tests look up comes through [Lookups].
package policy
