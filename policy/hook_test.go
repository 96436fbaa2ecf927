package policy_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
)

func place(t testing.TB, texts map[string]string, task *policy.TaskCreation) (policy.Placement, error) {
	t.Helper()
	return newSet(t, policy.Options{}, texts).Place(t.Context(), task, world().As("alice"))
}

func TestChannels(t *testing.T) { // cases 66, 67, 68, 70
	child := &policy.ParentTask{ID: 7, Channel: 2, Priority: 20}
	createrepo := policy.ByName("createrepo")
	const failed = "failed"
	for _, c := range []struct {
		number int
		text   string // "" means the default
		task   policy.TaskCreation
		want   string
	}{
		{66, "", policy.TaskCreation{}, "default"},
		{66, "", policy.TaskCreation{Channel: createrepo}, "createrepo"},
		{66, "", policy.TaskCreation{Parent: child}, "createrepo"},
		{66, "all :: use createrepo", policy.TaskCreation{Channel: policy.ByName("nosuch")}, failed},
		{66, "all :: use createrepo", policy.TaskCreation{Channel: policy.ByName("off")}, failed},
		{67, "all :: use nosuch", policy.TaskCreation{}, failed},
		{67, "all :: use 2", policy.TaskCreation{}, failed},
		{67, "all :: use", policy.TaskCreation{}, failed},
		{67, "all ::", policy.TaskCreation{}, failed},
		{67, "all :: parent", policy.TaskCreation{}, failed},
		{67, "all :: req", policy.TaskCreation{}, failed},
		{67, "all :: USE default", policy.TaskCreation{}, failed},
		{67, "none :: use createrepo", policy.TaskCreation{}, "default"},
		{68, "all :: use createrepo extra words", policy.TaskCreation{}, "createrepo"},
		{68, "all :: use off", policy.TaskCreation{}, failed},
		{70, "package foo :: use default", policy.TaskCreation{}, failed},
	} {
		t.Run(fmt.Sprintf("case %d/%s", c.number, c.text), func(t *testing.T) {
			texts := map[string]string{"channel": c.text}
			if c.text == "" {
				texts = nil
			}
			c.task.Method, c.task.Owner = "build", 101
			p, err := place(t, texts, &c.task)
			if c.want == failed {
				require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err))
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, p.Channel.Name)
		})
	}
}

func TestPriorities(t *testing.T) { // case 69
	ten := 10
	for _, c := range []struct {
		text string
		task policy.TaskCreation
		want any
	}{
		{"all :: set 3", policy.TaskCreation{}, 3},
		{"all :: adjust +5", policy.TaskCreation{}, 25},
		{"all :: adjust -50", policy.TaskCreation{}, -30},
		{"all :: adjust 5", policy.TaskCreation{Priority: &ten}, 15},
		{"all :: adjust", policy.TaskCreation{}, nil},
		{"all :: set x", policy.TaskCreation{}, nil},
		{"all :: set 3.5", policy.TaskCreation{}, nil},
		{"all :: SET 3", policy.TaskCreation{}, nil},
		{"all ::", policy.TaskCreation{}, nil},
		{"none :: set 3", policy.TaskCreation{}, 20},
		{"all :: stay", policy.TaskCreation{Parent: &policy.ParentTask{ID: 7, Channel: 1, Priority: 20}}, 19},
	} {
		c.task.Method = "sleep"
		p, err := place(t, map[string]string{"priority": c.text, "channel": "all :: use default"}, &c.task)
		if c.want == nil {
			require.EqualError(t, err, "invalid priority policy")
			require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err))
			continue
		}
		require.NoError(t, err)
		require.Equal(t, c.want, p.Priority, c.text)
	}
}

func TestTaskData(t *testing.T) { // case 71
	opts := func(key string, v policy.Value) policy.Value { return policy.Map(map[string]policy.Value{key: v}) }
	args := func(v ...policy.Value) []policy.Value { return v }
	for _, c := range []struct {
		method string
		args   []policy.Value
		want   policy.Values
	}{
		{"build", args(str("git://x"), str("f40"), opts("scratch", policy.Bool(true))),
			policy.Values{"source": str("git://x"), "target": str("f40"), "scratch": policy.Bool(true)}},
		{"build", args(str("git://x"), str("nosuch")), policy.Values{"source": str("git://x"), "target": null()}},
		{"build", args(str("git://x")), policy.Values{}},
		{"build", args(str("git://x"), opts("__starstar", policy.Bool(true))), policy.Values{}},
		{"build", args(policy.Map(map[string]policy.Value{"__starstar": policy.Bool(true), "src": str("a"), "target": num(301)})),
			policy.Values{"source": str("a"), "target": str("f40")}},
		{"build", args(policy.Map(map[string]policy.Value{"__method__": str("build"), "src": str("a")})), policy.Values{"source": str("a")}},
		{"buildArch", args(str("p"), num(202), str("x86_64"), policy.Bool(true)), policy.Values{}},
		{"buildSRPMFromSCM", args(str("git://x"), num(202)), policy.Values{"source": str("git://x"), "build_tag": str("f40-build")}},
		{"tagBuild", args(num(203), num(501)), policy.Values{"tag": str("f40-candidate")}},
		{"tagBuild", args(num(999), num(501)), policy.Values{}},
		{"winbuild", args(str("vm"), str("git://x"), str("f40"), opts("a", num(1))), policy.Values{"target": str("f40")}},
		{"newRepo", args(str("f40")), policy.Values{"tag": str("f40")}},
		{"chainbuild", args(policy.List(), str("f40")), policy.Values{"target": str("f40")}},
		{"runroot", args(str("f40"), str("x86_64"), str("ls")), policy.Values{}},
		{"createrepo", args(num(1), str("x"), null()), policy.Values{}},
		{"restart", args(num(1)), policy.Values{}},
		{"createImage", args(str("n"), str("1"), str("1"), str("a"), opts("name", str("f40")), num(202), num(1), str("t")),
			policy.Values{"target": str("f40"), "build_tag": str("f40-build")}},
		{"indirectionimage", args(policy.Map(map[string]policy.Value{"target": str("f40")})), policy.Values{"target": str("f40")}},
		{"nosuch", args(num(1)), policy.Values{}},
	} {
		got, err := policy.TaskData(t.Context(), c.method, c.args, world().As(""))
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%s %v", c.method, c.args)
	}
	_, err := policy.TaskData(t.Context(), "build", args(num(1), str("f40")), world().As(""))
	require.Equal(t, koji.FaultParameter, koji.FaultCodeOf(err))

	_, err = place(t, map[string]string{"channel": "target * :: use createrepo"}, &policy.TaskCreation{Method: "build", Args: args(str("git://x"), str("nosuch"))})
	require.NoError(t, err)
}

func TestVolumes(t *testing.T) { // case 72
	for _, c := range []struct {
		text    string
		options policy.VolumeOptions
		want    string // "" means nil, an E the error
	}{
		{"all :: default", policy.VolumeOptions{Default: "DEFAULT"}, "DEFAULT"},
		{"all :: default", policy.VolumeOptions{Strict: true}, "E"},
		{"all :: vol1", policy.VolumeOptions{}, "vol1"},
		{"package x :: vol1", policy.VolumeOptions{Default: "DEFAULT"}, "DEFAULT"},
		{"package x :: vol1", policy.VolumeOptions{}, ""},
		{"package x :: vol1", policy.VolumeOptions{Strict: true}, "E"},
		{"all :: DEFAULT x", policy.VolumeOptions{}, ""},
		{"all ::", policy.VolumeOptions{}, ""},
		{"none :: vol1", policy.VolumeOptions{Strict: true}, "E"},
		{"none :: vol1", policy.VolumeOptions{}, ""},
	} {
		volume, err := newSet(t, policy.Options{}, map[string]string{"volume": c.text}).Volume(t.Context(), nil, world().As(""), c.options)
		if c.want == "E" {
			require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err), c.text)
			continue
		}
		require.NoError(t, err)
		if c.want == "" {
			require.Nil(t, volume, c.text)
			continue
		}
		require.Equal(t, c.want, volume.Name)
	}
}

func TestVolumeData(t *testing.T) {
	set := newSet(t, policy.Options{}, map[string]string{"volume": "buildtag f40-build && match import_type rpm && bool import :: vol1\n" +
		"cg_match_any osbs && match import_type cg && has source :: vol1\nhas build && user alice :: vol1"})
	bash := &policy.Build{ID: 501, Package: policy.Name{Name: "bash"}, Version: "5.2", Release: "1.fc40"}
	for _, data := range []*policy.BuildPlacement{
		{Package: "a", Version: "1", Release: "1", Buildroots: []koji.BuildrootID{401, 0}, ImportType: "rpm"},
		{Package: "a", Version: "1", Release: "1", ContentGenerators: []koji.CGID{1}, ImportType: "cg"},
		{Build: bash, UserID: 101},
	} {
		volume, err := set.Volume(t.Context(), data, world().As("builder"), policy.VolumeOptions{Strict: true})
		require.NoError(t, err)
		require.Equal(t, "vol1", volume.Name)
	}
	volume, err := set.Volume(t.Context(), &policy.BuildPlacement{Build: bash}, world().As("builder"), policy.VolumeOptions{})
	require.NoError(t, err)
	require.Nil(t, volume, "without a user of its own the policy sees the session")
}

func TestSourceRules(t *testing.T) { // case 73
	for _, c := range []struct {
		action  string
		common  bool
		command []string
		denied  string
	}{
		{"allow", false, nil, ""},
		{"allow use_common make srpm", true, []string{"make", "srpm"}, ""},
		{"Allowed none", false, []string{}, ""},
		{"yes USE_COMMON", true, nil, ""},
		{"deny why not", false, nil, "SCM: example.com:/rpms/bash is not allowed, reason: why not"},
		{"", false, nil, "SCM: example.com:/rpms/bash is not allowed, reason: None"},
	} {
		text := "all :: " + c.action
		if c.action == "" {
			text = "none :: allow"
		}
		rule, err := newSet(t, policy.Options{}, map[string]string{"build_from_scm": text}).Source(t.Context(),
			&policy.SCMCheckout{Host: "example.com", Repository: "/rpms/bash", Type: "GIT"}, nil)
		if c.denied != "" {
			require.EqualError(t, err, c.denied)
			require.Equal(t, koji.FaultBuild, koji.FaultCodeOf(err))
			continue
		}
		require.NoError(t, err)
		require.Equal(t, c.common, rule.UseCommon)
		require.Equal(t, c.command, rule.Command)
	}
}

func TestPackageListActions(t *testing.T) { // case 74
	for want, call := range map[string]struct{ update, block bool }{
		"add": {false, false}, "block": {false, true}, "update": {true, false},
	} {
		require.Equal(t, want, policy.PackageListAction(call.update, call.block))
	}
	require.Equal(t, "update", policy.PackageListAction(true, true))
	set := newSet(t, policy.Options{}, map[string]string{"package_list": "match action add && is_new_package && bool force && tag f40 :: allow\nall :: deny"})
	require.NoError(t, set.Assert(t.Context(), "package_list",
		&policy.PackageListChange{Tag: 201, Action: "add", Package: policy.ByName("brand-new"), Force: true}, world().As(""), policy.CheckOptions{}))
}

func TestTagBuildInTheTaskSeesItsOwner(t *testing.T) { // case 75
	set := newSet(t, policy.Options{}, map[string]string{"tag": "user alice && operation tag && tag f40 :: allow\nall :: deny Not You"})
	request := &policy.TagOperation{Operation: "tag", Tag: policy.ByID(koji.TagID(201)), Build: 501}
	require.NoError(t, set.Assert(t.Context(), "tag", request, world().As("alice"), policy.CheckOptions{}))
	task := &policy.TagOperation{Operation: "tag", Tag: policy.ByID(koji.TagID(201)), FromTag: policy.ByName("f40-candidate"), Build: 501, UserID: 101}
	require.NoError(t, set.Assert(t.Context(), "tag", task, world().As("builder"), policy.CheckOptions{}))
	require.Error(t, set.Assert(t.Context(), "tag", request, world().As("builder"), policy.CheckOptions{}))
	from, ok := task.Get("fromtag")
	require.True(t, ok)
	require.Equal(t, str("f40-candidate"), from)
}

func TestBuildStart(t *testing.T) {
	yes := true
	texts := map[string]string{
		"build_rpm": "all :: deny rpm", "build_from_srpm": "all :: deny srpm", "build_from_repo_id": "all :: deny repo",
	}
	for _, c := range []struct {
		start policy.BuildStart
		want  string // the reason of the first denial
	}{
		{policy.BuildStart{Method: "build"}, "srpm"},
		{policy.BuildStart{Method: "build", FromSCM: true}, "rpm"},
		{policy.BuildStart{Method: "build", FromSCM: true, RepoID: 3}, "repo"},
		{policy.BuildStart{Method: "build", Scratch: &yes}, "rpm"},
		{policy.BuildStart{Method: "image", RepoID: 3}, "rpm"},
		{policy.BuildStart{Method: "winbuild", RepoID: 3}, "repo"},
		{policy.BuildStart{Method: "winbuild"}, ""},
	} {
		err := newSet(t, policy.Options{}, texts).AssertBuildStart(t.Context(), &c.start, nil)
		if c.want == "" {
			require.NoError(t, err)
			continue
		}
		var denial *policy.Denial
		require.ErrorAs(t, err, &denial)
		require.Equal(t, c.want, denial.Reason)
	}
}

// Every key that a hook's struct passes is in its schema, and the other way round.
func TestHookDataFollowTheSchema(t *testing.T) {
	yes, text := true, "x"
	full := map[string]policy.Data{
		"tag":             &policy.TagOperation{Operation: "move", Tag: policy.ByName("a"), FromTag: policy.ByName("b"), Build: 1, UserID: 1},
		"package_list":    &policy.PackageListChange{Tag: 1, Action: "add", Package: policy.ByName("p")},
		"draft_promotion": &policy.DraftPromotion{Build: 1, UserID: 1},
		"sidetag":         &policy.SidetagCreation{Tag: 1},
		"dist_repo":       &policy.DistRepoRequest{Tag: policy.ByName("a")},
		"vm":              &policy.WinBuildRequest{VMName: "v", Tag: 1},
		"cg_import":       &policy.CGImport{Source: &text, Draft: &yes},
		"build_rpm":       &policy.BuildStart{Method: "build", RepoID: 1, Target: policy.ByName("t"), Tag: 1, Source: &text, Scratch: &yes, Draft: &yes},
		"build_from_scm":  &policy.SCMCheckout{Channel: "c", Scratch: &yes, User: &text},
		"scm":             &policy.SCMCheckout{BuildTag: policy.ByName("t"), Scratch: &yes, User: &text},
	}
	all := make(map[string]bool)
	for _, h := range policy.HubHooks() {
		for _, k := range h.Keys {
			all[k.Name] = true
		}
	}
	for _, h := range policy.HubHooks() {
		data := full[h.Policy]
		if data == nil {
			continue
		}
		inSchema := make(map[string]policy.Key)
		for _, k := range h.Keys {
			inSchema[k.Name] = k
		}
		for name := range all {
			v, present := data.Get(name)
			key, known := inSchema[name]
			require.Equal(t, known, present, "%s %s", h.Policy, name)
			if present && (h.Policy != "scm" && h.Policy != "build_from_scm" || key.Values == nil) {
				require.Contains(t, key.Kinds, v.Kind(), "%s %s", h.Policy, name)
			}
		}
	}
}

func gcSet(t *testing.T, text string, mode policy.Mode) (*policy.Pruner, policy.Issues) {
	t.Helper()
	now := time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC)
	return policy.NewPruner(&policy.GCConfig{Text: policy.NewText("prune", text), Aliases: map[string]string{"ABCD": "release"}},
		mode, func() time.Time { return now })
}

func TestGCDialect(t *testing.T) { // case 76
	_, issues := gcSet(t, "all :: keep", policy.Compatible)
	require.NotNil(t, find(issues, policy.CodeUnknownTest))
	_, issues = gcSet(t, "order > 2.5 :: untag", policy.Compatible)
	require.NotNil(t, find(issues, policy.CodeBadArgument))
	_, issues = gcSet(t, "age < 3 fortnights :: untag", policy.Compatible)
	require.NotNil(t, find(issues, policy.CodeBadArgument))
	_, issues = gcSet(t, "tag x :: remove", policy.Compatible)
	require.NotNil(t, find(issues, policy.CodeInvalidAction))
	_, issues = gcSet(t, "age < 1 :: untag", policy.Strict)
	require.Error(t, issues.Err())
	_, issues = gcSet(t, "tag x :: untag now", policy.Compatible)
	require.NoError(t, issues.Err())
	require.Empty(t, prune(t, "tag * :: untag now"), "it is accepted and does nothing")

	p, issues := gcSet(t, "age < 1 :: untag", policy.Compatible)
	require.NotNil(t, p)
	require.Equal(t, policy.Warning, find(issues, policy.CodeBareNumber).Severity)
}

// prune returns the builds that are untagged of five of bash, tagged each a day
// after the other up to an hour ago.
func prune(t *testing.T, text string) []string {
	t.Helper()
	p, issues := gcSet(t, text, policy.Compatible)
	require.NoError(t, issues.Err())
	last := time.Date(2026, 1, 9, 23, 0, 0, 0, time.UTC)
	var builds []policy.TaggedBuild
	for i := range 5 {
		nvr, err := koji.ParseNVR(fmt.Sprintf("bash-1-%d", i))
		require.NoError(t, err)
		builds = append(builds, policy.TaggedBuild{Build: nvr, Tagged: last.AddDate(0, 0, i-4)})
	}
	outcome, err := p.Tag(t.Context(), "f40", builds)
	require.NoError(t, err)
	var untagged []string
	for _, o := range outcome {
		if o.Untag {
			untagged = append(untagged, o.Build.Build.Release)
		}
	}
	return untagged
}

func TestPrune(t *testing.T) {
	for text, want := range map[string][]string{
		"age < 1 day :: untag":                               {"4"},
		"age < 1 :: untag":                                   nil,
		"age >= 1 :: untag":                                  {"4", "3", "2", "1", "0"},
		"age > 3 days 30 mins :: untag":                      {"1", "0"},
		"age > 0.5 week 12hrs :: untag":                      {"0"},
		"order > 2 :: untag":                                 {"1", "0"},
		"age < 1 day :: skip\norder > 2 :: untag":            {"0"},
		"package x* :: untag\ntag f4* && order = 0 :: untag": {"4"},
		"": nil,
	} {
		require.Equal(t, want, prune(t, text), text)
	}
}

func TestPruneAsksOnlyWhatRulesNeed(t *testing.T) {
	p, issues := gcSet(t, "sig release :: keep\nvolume v* && hastag f4* :: untag", policy.Compatible)
	require.NoError(t, issues.Err())
	nvr, err := koji.ParseNVR("bash-1-1")
	require.NoError(t, err)
	asked := 0
	build := policy.TaggedBuild{Build: nvr, Keys: lazily(&asked, "abcd")}
	out, err := p.Tag(t.Context(), "f40", []policy.TaggedBuild{build})
	require.NoError(t, err)
	require.Equal(t, "keep", out[0].Decision.Action)
	require.Equal(t, 1, asked)
}

func lazily(asked *int, list ...string) func(context.Context) ([]string, error) {
	return func(context.Context) ([]string, error) {
		*asked++
		return list, nil
	}
}
