// Package policy reads, evaluates, explains and checks the policies of a Koji hub:
// the rule texts of section [policy] of hub.conf that decide who may tag what, which
// channel a task goes to, or which volume a build lives on.
//
//	config, issues := policy.ReadConfig(os.DirFS("/etc/koji-hub"), "hub.conf")
//	set, found := policy.New(config.Texts, config.Options())
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
// The package knows no database: what tests look up comes through [Lookups], each
// question once (see [Scope]); package build/gate has those that read a store. A
// [Set] is compiled, safe for any number of goroutines, and its texts can be replaced
// while it serves ([Set.Replace]): a bad text leaves the old one in place.
//
// # The language
//
// A policy is a list of rules, one a line; the first that matches decides:
//
//	# Comments begin with # and end with the line.
//	operation untag && fromtag *-released :: deny Released builds stay
//	tag *-candidate :: {
//	    is_build_owner :: allow
//	    user_in_group provenpackager :: allow
//	}
//	has_perm admin !! deny Ask release engineering
//	all :: allow
//
// A rule is TESTS :: ACTION. Its tests, with && between, must all be true; with !!
// in place of :: not all of them. The action is the rest of the line, or { to open a
// block of rules, which } on a line of its own closes. If no rule of a block matches,
// evaluation goes on behind the block. A test is its name and arguments with spaces
// between. There is no quoting, no "or" and no parentheses.
//
// Patterns are shell globs on the whole text, with regard to case: * is any text, ?
// one character, [a-z] and [!a-z] one of a set. Several patterns mean any of them.
//
// The line is cut at the last ::, or without any at the last !!. So an action cannot
// contain ::, and a :: in the reason of a rule with !! makes it a positive one. These
// and other surprises are reported, and refused in mode [Strict].
//
// # Tests of every policy
//
//	all, true             always
//	none, false           never
//	has KEY               the data have the key, whatever its value
//	bool KEY              its value is neither null, false, zero nor empty
//	match KEY GLOB...     its text matches
//	match_any KEY GLOB... some item of the list matches
//	match_all KEY GLOB... all items of the list, which is not empty, match
//	compare KEY OP NUMBER the number compares; OP is one of < > <= >= = !=
//	target GLOB...        match target
//	operation GLOB...     match operation
//	method GLOB...        match method
//	vm_name GLOB...       match vm_name
//	is_child_task         bool parent
//	skip_tag              bool skip_tag
//	policy NAME           that policy says yes, true or allow, and no more
//
// Tests that look something up; in parentheses what they read of the data, the first
// that is there:
//
//	tag GLOB...                     name of the tag (tag), false if there is none
//	fromtag GLOB...                 the same of the tag that a build leaves (fromtag)
//	hastag GLOB...                  a tag that the build is in (build)
//	buildtag GLOB...                a build tag (build_tag, build_tags, target, buildroots, build)
//	buildtag_inherits_from GLOB...  a tag that a build tag inherits from (the same)
//	package GLOB...                 name of the package (package, build); fails without
//	is_new_package                  the package does not exist yet (the same)
//	version GLOB...                 (version, build); fails without
//	release GLOB...                 (release, build); fails without
//	volume GLOB...                  name of the volume (volume, build)
//	buildtype GLOB...               a type of the build (btypes, build)
//	source GLOB...                  (source, build, or the task of the build)
//	imported                        some component has no buildroot (build); fails without
//	is_draft                        (draft, build)
//	is_build_owner                  the user, or a group of the user, owns the build; fails without
//	cg_match_any GLOB...            a content generator (cg_list, buildroots, build)
//	cg_match_all GLOB...            all content generators, and nothing without one
//	user GLOB...                    name of the user (user_id, the session)
//	user_in_group GLOB...           a group of the user
//	has_perm GLOB...                a permission of the user, also through a group
//
// The plugin sidetag_hub has two more, see [SidetagTests]: is_sidetag, and
// is_sidetag_owner [tag|fromtag|both]. koji-gc has a dialect of its own with the
// tests tag, package, volume, sig, hastag, order and age, see [Pruner]. Sites add
// tests with [Registry.With]; there is no global registry.
//
// A test that fails, because a key is missing that it cannot do without or because a
// look-up fails, ends the evaluation with an [EvalError]: it is neither true nor
// false.
//
// # Hooks
//
// A hub evaluates these policies, with the data and actions that [HubHooks] tells:
//
//	tag, package_list, draft_promotion, sidetag, dist_repo, vm, cg_import,
//	build_rpm, build_from_srpm, build_from_repo_id, scm
//	                 allow [REASON] or deny [REASON]: [Set.Check], [Set.Assert]
//	build_from_scm   allow [use_common] [COMMAND], or deny [REASON]: [Set.Source]
//	channel          use NAME, req or parent: [Set.Place]
//	priority         stay, set N or adjust N: [Set.Place]
//	volume           the name of a volume: [Set.Volume]
//
// Each has its data as a struct, such as [TagOperation], so that no key can be
// misspelt. Most have rules that stand in if no text is given. The keys, as rules
// and case files name them:
//
//	tag              operation (tag, move or untag), tag, fromtag, build; user_id in a task
//	package_list     action (add, update, block, remove or unblock), tag, package, force
//	draft_promotion  build, target_release, user_id
//	sidetag          tag, number_of_tags
//	dist_repo        tag
//	vm               vm_name, tag
//	cg_import        package, version, release, btypes, source, draft, metadata_only, cg_list
//	build_rpm, build_from_srpm, build_from_repo_id
//	                 user_id, source, task_id, build_tag, skip_tag, scratch, draft, from_scm,
//	                 repo_id, target, tag
//	build_from_scm   user_id, scm_url, scm_scheme, scm_user, scm_host, scm_repository, scm_module,
//	                 scm_revision, scm_type, channel, scratch
//	scm              the same but channel; build_tag, method, branches
//	channel, priority
//	                 method, arch, parent, label, owner, user_id, req_channel; of the task's
//	                 arguments source, target, tag, build_tag, scratch
//	volume           build, or package, version, release; buildroots, cg_list, import,
//	                 import_type, and what the task's arguments say
//
// A key may be absent or null, which is not the same; [HubHooks] says which may be.
//
// # Finding out
//
// [Lint] tells what is wrong with texts and what is hardly meant by them, each with a
// place, a code and often a suggestion:
//
//	issues = append(issues, policy.Lint(config.Texts, config.Options())...)
//	issues.WriteText(os.Stdout)
//	ok := issues.Count(policy.Warning) == 0
//
// [Set.Explain] tells every step of an evaluation, [Set.WhyNot] why rules did not
// decide. [Tree.Format] gives a text a canonical layout, [FormatConfig] the policies
// of a hub.conf. [Options].OnDecision logs
// decisions ([LogDecisions]) or keeps them to be replayed on another text
// ([Set.Replay]). Unit tests of policies and their coverage are the matter of package
// policytest; the command examples/policycheck does all of it for a hub.conf in
// continuous integration.
package policy
