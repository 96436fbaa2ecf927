package policy

import "slices"

// Hook describes a place of Koji that evaluates a policy: which data it passes and
// which actions it understands. Lint, strict mode and documentation follow it.
type Hook struct {
	Policy string // name of the policy
	Doc    string // when it is evaluated
	Keys   []Key
	// User says whose identity tests of users see.
	User Identity
	// Actions is the language of the policy's actions.
	Actions Grammar
	// Default is the text that stands in for a policy that is not defined; empty
	// if there is none.
	Default string
}

// Key describes one key of a hook's data.
type Key struct {
	Name     string
	Kinds    []Kind // those that it may have; not null
	Optional bool   // may be absent
	Nullable bool   // may be null
	Doc      string
	// Values are all that the key may hold, if these are few.
	Values []string
	// NullIf tells when exactly the key is null, if another key says so.
	NullIf *KeyIs
}

// KeyIs is the condition that a key has one of some values.
type KeyIs struct {
	Key    string
	Values []string
}

// Identity says who the user of a policy is.
type Identity uint8

// The identities.
const (
	SessionIdentity   Identity = iota // whoever called the hub
	TaskOwnerIdentity                 // the owner of the task, as user_id
	CallerIdentity                    // whoever called the hub, as user_id
)

// key returns the description of a key, or nil.
func (h *Hook) key(name string) *Key {
	i := slices.IndexFunc(h.Keys, func(k Key) bool { return k.Name == name })
	if i < 0 {
		return nil
	}
	return &h.Keys[i]
}

// The default rules of Koji's hooks. Their reasons are part of the interface: users
// see them.
const (
	defaultAllow       = "all :: allow\n"
	defaultPackageList = "has_perm admin :: allow\nhas_perm tag :: allow\nall :: deny Only admin/tag can do this via default policy\n"
	defaultAdmin       = "has_perm admin :: allow\nall :: deny Only admin can do this via default policy\n"
	defaultChannel     = "has req_channel :: req\nis_child_task :: parent\nall :: use default\n"
	defaultVM          = "has_perm admin win-admin :: allow\nall :: deny Only admin/win-admin can do this via default policy\n"
	defaultPromotion   = "has_perm draft-promoter :: allow\nis_build_owner :: allow\n" +
		"all :: deny Only draft-promoter and build owner can do this via default policy\n"
	defaultPriority = "all :: stay\n"
	defaultVolume   = "all :: DEFAULT\n"
)

// HubHooks returns the places where a Koji hub and its builders evaluate policies.
func HubHooks() []*Hook {
	return slices.Concat(tagHooks(), buildHooks(), taskHooks(), otherHooks())
}

// Kinds that keys have.
var (
	textKind = []Kind{KindText}
	intKind  = []Kind{KindInt}
	boolKind = []Kind{KindBool}
	listKind = []Kind{KindList}
	idOrName = []Kind{KindInt, KindText}
)

func tagHooks() []*Hook {
	return []*Hook{
		{
			Policy: "tag", Actions: AccessActions,
			Doc: "When a build is tagged, untagged or moved: at the request, and for tagBuild again in the task, where the owner of the task is the user.",
			Keys: []Key{
				{Name: "tag", Kinds: idOrName, Nullable: true, Doc: "the destination tag", NullIf: &KeyIs{"operation", []string{"untag"}}},
				{Name: "fromtag", Kinds: idOrName, Nullable: true, Doc: "the tag that the build leaves", NullIf: &KeyIs{"operation", []string{"tag"}}},
				{Name: "build", Kinds: []Kind{KindInt, KindText, KindMap}, Doc: "the build"},
				{Name: "operation", Kinds: textKind, Values: []string{"tag", "move", "untag"}, Doc: "what is done"},
				{Name: "user_id", Kinds: intKind, Optional: true, Doc: "the owner of the task, when it is run"},
			},
		},
		{
			Policy: "package_list", Actions: AccessActions, Default: defaultPackageList,
			Doc: "When the package list of a tag is changed.",
			Keys: []Key{
				{Name: "tag", Kinds: intKind, Doc: "the tag"},
				{Name: "action", Kinds: textKind, Values: []string{"add", "update", "block", "remove", "unblock"}, Doc: "what is done"},
				{Name: "package", Kinds: idOrName, Doc: "the package; a name that does not exist yet when it is added"},
				{Name: "force", Kinds: boolKind, Doc: "whether the caller insists"},
			},
		},
		{
			Policy: "draft_promotion", Actions: AccessActions, Default: defaultPromotion, User: CallerIdentity,
			Doc: "When a draft build is promoted.",
			Keys: []Key{
				{Name: "build", Kinds: intKind, Doc: "the draft"},
				{Name: "target_release", Kinds: textKind, Doc: "the release that it gets"},
				{Name: "user_id", Kinds: intKind, Doc: "the caller"},
			},
		},
		{
			Policy: "sidetag", Actions: AccessActions,
			Doc: "When a sidetag is made (plugin sidetag_hub).",
			Keys: []Key{
				{Name: "tag", Kinds: intKind, Doc: "the base tag"},
				{Name: "number_of_tags", Kinds: intKind, Doc: "how many sidetags the caller has"},
			},
		},
		{
			Policy: "dist_repo", Actions: AccessActions,
			Doc:  "When a dist repo is requested by somebody without the permission dist-repo or admin.",
			Keys: []Key{{Name: "tag", Kinds: idOrName, Doc: "the tag, as the caller named it"}},
		},
	}
}

// buildStartKeys are those of the policies at the start of a build task.
func buildStartKeys() []Key {
	return []Key{
		{Name: "user_id", Kinds: intKind, Doc: "the owner of the task"},
		{Name: "source", Kinds: textKind, Nullable: true, Doc: "what is built"},
		{Name: "task_id", Kinds: intKind, Doc: "the task"},
		{Name: "build_tag", Kinds: intKind, Doc: "the tag that buildroots are made from"},
		{Name: "skip_tag", Kinds: boolKind, Doc: "whether the build will not be tagged"},
		{Name: "scratch", Kinds: boolKind, Nullable: true, Optional: true, Doc: "whether it is a scratch build"},
		{Name: "draft", Kinds: boolKind, Nullable: true, Optional: true, Doc: "whether it is a draft build"},
		{Name: "from_scm", Kinds: boolKind, Optional: true, Doc: "whether the source is an SCM address"},
		{Name: "repo_id", Kinds: intKind, Nullable: true, Optional: true, Doc: "the repo asked for"},
		{Name: "target", Kinds: idOrName, Optional: true, Doc: "the target; absent if a tag was given"},
		{Name: "tag", Kinds: intKind, Optional: true, Doc: "the destination tag; absent with skip_tag"},
	}
}

func buildHooks() []*Hook {
	return []*Hook{
		{
			Policy: "build_rpm", Actions: AccessActions, Default: defaultAllow, User: TaskOwnerIdentity, Keys: buildStartKeys(),
			Doc: "On the builder, when a build or image task starts.",
		},
		{
			Policy: "build_from_srpm", Actions: AccessActions, Default: defaultAdmin, User: TaskOwnerIdentity, Keys: buildStartKeys(),
			Doc: "On the builder, before build_rpm, if the source is no SCM address and the build no scratch build. Deprecated.",
		},
		{
			Policy: "build_from_repo_id", Actions: AccessActions, Default: defaultAdmin, User: TaskOwnerIdentity, Keys: buildStartKeys(),
			Doc: "On the builder, before build_rpm, if a repo was asked for. Deprecated.",
		},
		{
			Policy: "build_from_scm", Actions: SCMActions, Default: defaultAdmin, User: TaskOwnerIdentity,
			Doc: "On the builder, at every SCM checkout, with allowed_scms_use_policy.",
			Keys: append(scmKeys(),
				Key{Name: "channel", Kinds: textKind, Doc: "the channel of the task"},
				Key{Name: "scratch", Kinds: boolKind, Nullable: true, Optional: true, Doc: "whether it is a scratch build"},
			),
		},
		{
			Policy: "scm", Actions: AccessActions, User: TaskOwnerIdentity,
			Doc: "On the builder, behind an SCM checkout (plugin scmpolicy).",
			Keys: append(scmKeys(),
				Key{Name: "build_tag", Kinds: idOrName, Doc: "the tag that buildroots are made from"},
				Key{Name: "method", Kinds: textKind, Doc: "the method of the task"},
				Key{Name: "scratch", Kinds: boolKind, Nullable: true, Doc: "whether it is a scratch build"},
				Key{Name: "branches", Kinds: listKind, Doc: "the branches that hold the commit"},
			),
		},
		{
			Policy: "cg_import", Actions: AccessActions, Default: defaultAllow,
			Doc: "When a content generator imports a build, before files move.",
			Keys: append(versionKeys(),
				Key{Name: "btypes", Kinds: listKind, Doc: "the types of the build"},
				Key{Name: "source", Kinds: textKind, Nullable: true, Doc: "the source"},
				Key{Name: "draft", Kinds: boolKind, Nullable: true, Doc: "whether it is a draft build"},
				Key{Name: "metadata_only", Kinds: boolKind, Doc: "whether there are no files"},
				Key{Name: "cg_list", Kinds: listKind, Doc: "the ids of the content generators"},
			),
		},
	}
}

func scmKeys() []Key {
	return []Key{
		{Name: "user_id", Kinds: intKind, Doc: "the owner of the task"},
		{Name: "scm_url", Kinds: textKind, Doc: "the address"},
		{Name: "scm_scheme", Kinds: textKind, Doc: "the scheme with ://"},
		{Name: "scm_user", Kinds: textKind, Nullable: true, Doc: "the user, maybe with a password"},
		{Name: "scm_host", Kinds: textKind, Doc: "the host"},
		{Name: "scm_repository", Kinds: textKind, Doc: "the path of the repository"},
		{Name: "scm_module", Kinds: textKind, Doc: "the directory in the repository"},
		{Name: "scm_revision", Kinds: textKind, Doc: "the revision"},
		{Name: "scm_type", Kinds: textKind, Values: []string{"GIT", "GIT+SSH", "SVN", "SVN+SSH", "CVS", "CVS+SSH"}, Doc: "the system"},
	}
}

func versionKeys() []Key {
	return []Key{
		{Name: "package", Kinds: textKind, Doc: "the name of the build"},
		{Name: "version", Kinds: textKind, Doc: "its version"},
		{Name: "release", Kinds: textKind, Doc: "its release"},
	}
}

// derivedTaskKeys are those that [TaskData] makes of a task's arguments.
func derivedTaskKeys() []Key {
	return []Key{
		{Name: "source", Kinds: textKind, Optional: true, Doc: "the source argument of the task"},
		{Name: "target", Kinds: textKind, Optional: true, Nullable: true, Doc: "the name of its target; null if unknown"},
		{Name: "tag", Kinds: textKind, Optional: true, Doc: "the name of its tag"},
		{Name: "build_tag", Kinds: textKind, Optional: true, Doc: "the name of its build tag"},
		{Name: "scratch", Kinds: boolKind, Optional: true, Nullable: true, Doc: "its option scratch"},
	}
}

func taskHooks() []*Hook {
	keys := append([]Key{
		{Name: "method", Kinds: textKind, Doc: "the method of the task"},
		{Name: "arch", Kinds: textKind, Doc: "its architecture"},
		{Name: "parent", Kinds: intKind, Nullable: true, Doc: "its parent task"},
		{Name: "label", Kinds: textKind, Nullable: true, Doc: "its label"},
		{Name: "owner", Kinds: intKind, Doc: "its owner"},
		{Name: "user_id", Kinds: intKind, Doc: "its owner"},
		{Name: "req_channel", Kinds: idOrName, Optional: true, Doc: "the channel asked for"},
	}, derivedTaskKeys()...)
	return []*Hook{
		{
			Policy: "channel", Actions: ChannelActions, Default: defaultChannel, User: TaskOwnerIdentity, Keys: keys,
			Doc: "When a task is made: which channel it goes to.",
		},
		{
			Policy: "priority", Actions: PriorityActions, Default: defaultPriority, User: TaskOwnerIdentity, Keys: keys,
			Doc: "When a task is made, behind channel and on the same data: its priority.",
		},
	}
}

func otherHooks() []*Hook {
	volumeKeys := append(derivedTaskKeys(),
		Key{Name: "build", Kinds: []Kind{KindMap}, Optional: true, Doc: "the build, unless an rpm build completes or a content generator imports"},
		Key{Name: "package", Kinds: textKind, Optional: true, Doc: "the name of the build, unless a volume is applied to a build that exists"},
		Key{Name: "version", Kinds: textKind, Optional: true, Doc: "its version, where build is absent"},
		Key{Name: "release", Kinds: textKind, Optional: true, Doc: "its release, where build is absent"},
		Key{Name: "buildroots", Kinds: listKind, Optional: true, Doc: "the buildroots of an rpm build"},
		Key{Name: "cg_list", Kinds: listKind, Optional: true, Doc: "the content generators of an import"},
		Key{Name: "import", Kinds: boolKind, Optional: true, Doc: "true where a build is new"},
		Key{Name: "import_type", Kinds: textKind, Optional: true, Values: []string{"rpm", "maven", "win", "image", "cg"}, Doc: "what completes"},
	)
	return []*Hook{
		{
			Policy: "volume", Actions: VolumeActions, Default: defaultVolume, Keys: volumeKeys,
			Doc: "When a build completes, is imported or promoted, or a volume is applied to it: where its files live.",
		},
		{
			Policy: "vm", Actions: AccessActions, Default: defaultVM,
			Doc: "When a Windows build is requested.",
			Keys: []Key{
				{Name: "vm_name", Kinds: textKind, Doc: "the virtual machine"},
				{Name: "tag", Kinds: intKind, Doc: "the destination tag"},
			},
		},
	}
}
