package policy

import (
	"context"
	"slices"
	"strings"

	"github.com/kojikit/kojikit/koji"
)

// taskSignatures are the parameters of each task method, in the order of positional
// arguments. A ? marks one with a default; *NAME takes the surplus positional
// arguments, **NAME the surplus named ones. Of several the first that fits counts.
var taskSignatures = map[string][]string{
	"build":             {"src target opts?"},
	"chainbuild":        {"srcs target opts?"},
	"maven":             {"url target opts?"},
	"buildMaven":        {"url build_tag opts?"},
	"chainmaven":        {"builds target opts?"},
	"wrapperRPM":        {"spec_url build_target build task opts?"},
	"buildArch":         {"pkg root arch keep_srpm opts?"},
	"buildSRPMFromSCM":  {"url build_tag opts?"},
	"rebuildSRPM":       {"srpm build_tag opts?"},
	"tagBuild":          {"tag_id build_id force? fromtag? ignore_success?"},
	"buildNotification": {"recipients build target weburl"},
	"tagNotification":   {"recipients is_successful tag_info from_info build_info user_info ignore_success? failure_msg?"},
	"newRepo":           {"tag event? src? debuginfo? separate_src?", "tag event? src? debuginfo? separate_src? opts?"},
	"createrepo":        {"repo_id arch oldrepo"},
	"distRepo":          {"tag repo_id keys task_opts"},
	"createdistrepo":    {"tag repo_id arch keys opts"},
	"waitrepo":          {"tag newer_than? nvrs? min_event?"},
	"dependantTask":     {"wait_list task_list"},
	"restart":           {"host"},
	"restartVerify":     {"task_id host"},
	"restartHosts":      {"options?"},
	"shutdown":          {""},
	"sleep":             {"n"},
	"fork":              {"n? m?"},
	"waittest":          {"count seconds?"},
	"subtask":           {"n?"},
	"default":           {"*args **opts"},
	"someMethod":        {"*args"},
	"livecd":            {"name version arch target ksfile opts?"},
	"appliance":         {"name version arch target ksfile opts?"},
	"livemedia":         {"name version arches target ksfile opts?"},
	"createLiveCD":      {"name version release arch target_info build_tag repo_info ksfile opts?"},
	"createAppliance":   {"name version release arch target_info build_tag repo_info ksfile opts?"},
	"createLiveMedia":   {"name version release arch target_info build_tag repo_info ksfile opts?"},
	"image":             {"name version arches target inst_tree opts?"},
	"createImage":       {"name version release arch target_info build_tag repo_info inst_tree opts?"},
	"indirectionimage":  {"opts"},
	"winbuild":          {"name source_url target opts"},
	"vmExec":            {"name task_info opts"},
	"saveFailedTree":    {"buildrootID full?"},
	"runroot":           {"root arch command keep? packages? mounts? repo_id? skip_setarch? weight? upload_logs? new_chroot?"},
}

// TaskParams names the arguments of a task as its method's signature does.
// Parameters that were not given and have a default are null. Arguments that
// consist of one map with the key __method__ are named already. An error
// ([koji.ErrInvalid]; fault 1019 if the arguments do not fit, 1000 if the method is
// not known) tells what is wrong.
func TaskParams(method string, args []Value) (Values, error) {
	if len(args) == 1 {
		if m, ok := args[0].Map(); ok {
			if _, named := m["__method__"]; named {
				return without(m, "__method__"), nil
			}
		}
	}
	signatures, ok := taskSignatures[method]
	if !ok {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "unknown task method %s", quote(method))
	}
	var named Values
	if n := len(args); n > 0 {
		if m, ok := args[n-1].Map(); ok {
			if _, star := m["__starstar"]; star {
				named = without(m, "__starstar")
				args = args[:n-1]
			}
		}
	}
	var first string
	for _, text := range signatures {
		params, problem := parseSignature(text).bind(args, named)
		if problem == "" {
			return params, nil
		}
		if first == "" {
			first = problem
		}
	}
	return nil, koji.Errorf(koji.ErrInvalid, koji.FaultParameter, "Invalid signature for %s: %s", method, first)
}

func without(m map[string]Value, key string) Values {
	out := make(Values, len(m))
	for k, v := range m {
		if k != key {
			out[k] = v
		}
	}
	return out
}

// signature is the parameters of a method.
type signature struct {
	names    []string
	required int    // how many of them have no default; these come first
	args     string // takes surplus positional arguments
	options  string // takes surplus named arguments
}

func parseSignature(text string) signature {
	var s signature
	for _, name := range strings.Fields(text) {
		if option, ok := strings.CutPrefix(name, "**"); ok {
			s.options = option
		} else if args, ok := strings.CutPrefix(name, "*"); ok {
			s.args = args
		} else if name, ok := strings.CutSuffix(name, "?"); ok {
			s.names = append(s.names, name)
		} else {
			s.names = append(s.names, name)
			s.required = len(s.names)
		}
	}
	return s
}

// bind fits arguments to the signature, or tells the problem.
func (s signature) bind(args []Value, named Values) (params Values, problem string) {
	if len(args) > len(s.names) && s.args == "" {
		return nil, "too many arguments"
	}
	params = make(Values, len(s.names))
	for i, name := range s.names {
		v, byName := named[name]
		switch {
		case i >= len(args) && !byName && i < s.required:
			return nil, "missing required argument " + quote(name)
		case i >= len(args):
			params[name] = v
		case byName:
			return nil, "argument given twice: " + quote(name)
		default:
			params[name] = args[i]
		}
	}
	if s.args != "" {
		params[s.args] = List(args[min(len(args), len(s.names)):]...)
	}
	surplus := make(map[string]Value)
	for name, v := range named {
		if slices.Contains(s.names, name) {
			continue
		}
		if s.options == "" {
			return nil, "unknown argument: " + quote(name)
		}
		surplus[name] = v
	}
	if s.options != "" {
		params[s.options] = Map(surplus)
	}
	return params, ""
}

// TaskData returns the data that a task's arguments add to those of the channel,
// priority and volume policies: source, target, tag, build_tag and scratch, as far
// as there are such arguments. Names of targets and tags are looked up. Arguments
// that do not fit their method, and methods that are not known, add nothing.
//
// A source that is no text is an error (fault 1019), as is a failed look-up.
func TaskData(ctx context.Context, method string, args []Value, lookups Lookups) (Values, error) {
	params, err := TaskParams(method, args)
	if err != nil {
		return Values{}, nil //nolint:nilerr // Koji logs this and goes on
	}
	if method == "indirectionimage" {
		options, _ := params["opts"].Map()
		params = options
	}
	data := make(Values)
	if v, ok := params.first("src", "spec_url", "url"); ok && method != "newRepo" {
		if v.kind != KindText {
			return nil, koji.Errorf(koji.ErrInvalid, koji.FaultParameter, "task %s: the source is no text: %s", method, v)
		}
		data["source"] = v
	}
	if v, ok := params.first("target", "build_target", "target_info"); ok {
		if m, ok := v.Map(); ok {
			v = m["name"]
		}
		if data["target"], err = nameValue(ctx, lookups, TableTarget, v); err != nil {
			return nil, err
		}
	}
	for key, names := range map[string][]string{"tag": {"tag", "tag_id", "tag_info"}, "build_tag": {"build_tag"}} {
		if v, ok := params.first(names...); ok {
			name, err := nameValue(ctx, lookups, TableTag, v)
			if err != nil {
				return nil, err
			}
			if !name.IsNull() {
				data[key] = name
			}
		}
	}
	if options, ok := params["opts"].Map(); ok {
		if v, ok := options["scratch"]; ok {
			data["scratch"] = v
		}
	}
	return data, nil
}

// first returns the value of the first key that is present.
func (m Values) first(keys ...string) (Value, bool) {
	for _, key := range keys {
		if v, ok := m[key]; ok {
			return v, true
		}
	}
	return Value{}, false
}

// nameValue looks up the name that a reference stands for; null if it stands for
// nothing.
func nameValue(ctx context.Context, lookups Lookups, table Table, v Value) (Value, error) {
	ref, err := refOf("", v)
	if err != nil || isEmptyName(v, ref) {
		return Value{}, nil //nolint:nilerr // Koji takes it for unknown
	}
	if lookups == nil {
		return Value{}, failure(LookupFailed, "", "there is nothing to look into for %s %s", table, ref)
	}
	names, err := lookups.Names(ctx, table, []Ref{ref})
	if err != nil || len(names) != 1 || names[0] == nil {
		return Value{}, err
	}
	return String(names[0].Name), nil
}
