package policy

import (
	"cmp"
	"context"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/kojikit/kojikit/koji"
)

// GCTests returns the tests of koji-gc, the program that untags and deletes old
// builds. It has only these: tag, package, volume, sig, hastag, order and age. The
// aliases name signing keys by their ids, in upper case.
func GCTests(aliases map[string]string) *Registry { return builtin(gcTests(aliases)) }

func gcTests(aliases map[string]string) []Definition {
	comparison := []Arg{{Kind: ArgOperator, Name: "operator"}, {Kind: ArgNumber, Name: "number"}}
	return []Definition{
		{Name: "tag", Key: "tagname", Doc: "The name of the tag matches one of the patterns."},
		{Name: "package", Key: "pkgname", Doc: "The name of the package matches one of the patterns."},
		{Name: "volume", Key: "volname", Doc: "The name of the build's volume matches one of the patterns."},
		{
			Name: "sig", Doc: "A key that signed the build matches one of the patterns, by its id or its alias.",
			Reads: Reads{Keys: []string{"keys"}}, Texts: func(e *Env) ([]string, error) { return e.signingKeys(aliases) },
		},
		{
			Name: "hastag", Doc: "The name of a tag that the build is in matches one of the patterns.",
			Reads: Reads{Keys: []string{"tags"}}, Texts: func(e *Env) ([]string, error) { return e.textList("tags") },
		},
		{
			Name: "order", Doc: "How many newer builds of the package are in the tag, those skipped not counted.",
			Args: comparison, build: buildOrder,
		},
		{
			Name: "age", Doc: "How long ago the build was tagged.",
			Args:  []Arg{{Kind: ArgOperator, Name: "operator"}, {Kind: ArgDuration, Name: "duration"}},
			build: buildAge,
		},
	}
}

// textList returns the texts of a list.
func (e *Env) textList(key string) ([]string, error) {
	items, _, err := e.list(key)
	if err != nil {
		return nil, err
	}
	texts := make([]string, 0, len(items))
	for _, v := range items {
		if text, ok := v.Text(); ok {
			texts = append(texts, text)
		}
	}
	return texts, nil
}

func (e *Env) signingKeys(aliases map[string]string) ([]string, error) {
	keys, err := e.textList("keys")
	if err != nil {
		return nil, err
	}
	for _, id := range slices.Clone(keys) {
		if alias, ok := aliases[strings.ToUpper(id)]; ok {
			keys = append(keys, alias)
		}
	}
	return keys, nil
}

func buildOrder(c *Call) (compiled, error) {
	key := c.unit.key("order")
	op, n, err := c.comparison(0, true)
	return compiled{
		reads: &Reads{Keys: []string{"order"}, Absent: False, Null: Failed},
		check: func(e *Env) (bool, error) { return e.compare(key, "order", op, &n) },
	}, err
}

func buildAge(c *Call) (compiled, error) {
	if len(c.Args) < 2 {
		return compiled{}, c.refuseWith(wholeTest, "write age < 1 week", "an operator and a duration are needed")
	}
	op, ok := parseOperator(c.Args[0])
	if !ok {
		return compiled{}, c.Refuse(0, "%s is not one of < > <= >= = !=", quote(c.Args[0]))
	}
	d, bare, problem := parseDuration(c.Tail(1))
	if problem != "" {
		return compiled{}, c.Refuse(1, "%s", problem)
	}
	if bare {
		c.report(CodeBareNumber, len(c.Args)-1, "a number without a unit counts nothing: the duration is "+d.String(), "write a unit of time behind it")
	}
	ts, now := c.unit.key("ts"), c.unit.key("now")
	return compiled{
		reads: &Reads{Keys: []string{"ts"}, Absent: Failed, Null: Failed},
		check: func(e *Env) (bool, error) {
			age, err := e.age(ts, now)
			if err != nil {
				return false, err
			}
			e.compares(Float(age))
			return op.holds(cmp.Compare(age, d.Seconds()), true), nil
		},
	}, nil
}

// age returns the seconds between two times of the data.
func (e *Env) age(ts, now keyIndex) (float64, error) {
	var times [2]float64
	for i, key := range []keyIndex{ts, now} {
		v, _, err := e.value(key)
		if err != nil {
			return 0, err
		}
		switch v.kind {
		case KindInt:
			times[i] = float64(int64(v.num))
		case KindFloat:
			times[i] = v.float()
		default:
			return 0, badType(e.unit.keyNames[key], v, "a time in seconds")
		}
	}
	return times[1] - times[0], nil
}

// PruneHook returns the place where koji-gc evaluates its policy, which is called
// prune here.
func PruneHook() *Hook {
	return &Hook{
		Policy: "prune", Actions: PruneActions, Doc: "By koji-gc, for each build in each tag.",
		Keys: []Key{
			{Name: "tagname", Kinds: textKind, Doc: "the tag"},
			{Name: "pkgname", Kinds: textKind, Doc: "the package"},
			{Name: "order", Kinds: intKind, Doc: "how many newer builds are kept or untagged"},
			{Name: "ts", Kinds: []Kind{KindInt, KindFloat}, Doc: "when the build was tagged, in seconds since 1970"},
			{Name: "now", Kinds: []Kind{KindInt, KindFloat}, Doc: "the present in seconds since 1970"},
			{Name: "nvr", Kinds: textKind, Doc: "the build"},
			{Name: "keys", Kinds: listKind, Doc: "the ids of the keys that signed it"},
			{Name: "volname", Kinds: textKind, Nullable: true, Doc: "its volume"},
			{Name: "tags", Kinds: listKind, Doc: "the tags that it is in"},
		},
	}
}

// GCConfig is what the configuration of koji-gc says about pruning.
type GCConfig struct {
	// Text is the option policy of section [prune]; Defined is false if there is
	// none, and then koji-gc does not prune.
	Text    Text
	Defined bool
	// Aliases name keys by their ids, in upper case.
	Aliases map[string]string
}

// ReadGCConfig reads the configuration of koji-gc. Unlike that of the hub it replaces
// %(NAME)s and %% in options, and a lone % is an error.
func ReadGCConfig(fsys fs.FS, name string) (*GCConfig, Issues) {
	content, err := fs.ReadFile(fsys, name)
	if err != nil {
		return &GCConfig{}, Issues{Compatible.issue(CodeINI, "", Range{File: name}, nil, "cannot read the file: "+err.Error(), "")}
	}
	file, issues := readINI(name, string(content))
	c := &GCConfig{Aliases: make(map[string]string)}
	get := func(section, option string) *iniOption {
		s, defaults := file[section], file[defaultSection]
		if s == nil || s.byName[option] == nil {
			return nil
		}
		in := interpolator{section: s, defaults: defaults}
		issues = append(issues, in.option(s.byName[option])...)
		return s.byName[option]
	}
	if o := get("prune", "policy"); o != nil {
		c.Text, c.Defined = o.text("prune"), true
	}
	if o := get("main", "key_aliases"); o != nil {
		for _, line := range o.lines {
			if f := strings.FieldsFunc(line.text, isSpace); len(f) == 2 {
				c.Aliases[strings.ToUpper(f[0])] = f[1]
			} else if len(f) > 0 {
				issues = append(issues, Compatible.issue(CodeINI, "", line.at(0, len(line.text)), &line, "want a key id and an alias", ""))
			}
		}
	}
	return c, issues
}

// Pruner decides which builds koji-gc removes from tags.
type Pruner struct {
	set *Set
	now func() time.Time
}

// NewPruner compiles the policy of koji-gc. Its actions must be keep, untag or skip;
// anything else is fatal. A nil now means [time.Now].
func NewPruner(c *GCConfig, mode Mode, now func() time.Time) (*Pruner, Issues) {
	text := c.Text
	text.Name = "prune"
	set, issues := New([]Text{text}, Options{
		Tests: GCTests(c.Aliases), Mode: mode, NoDefaults: true, Hooks: []*Hook{PruneHook()},
	})
	if set == nil {
		return nil, issues
	}
	for r := range set.Program("prune").Rules() {
		fields := strings.FieldsFunc(r.action, isSpace)
		if r.Terminal() && (len(fields) == 0 || !slices.Contains([]string{"keep", "untag", "skip"}, fields[0])) {
			i := mode.issue(CodeInvalidAction, "prune", r.node.actionAt(), r.node.source, quote(r.action)+" is not keep, untag or skip", "")
			i.Fatal, i.Severity = true, Error
			issues = append(issues, i)
		}
	}
	if issues.Err() != nil {
		return nil, issues
	}
	if now == nil {
		now = time.Now
	}
	return &Pruner{set: set, now: now}, issues
}

// TaggedBuild is a build in a tag.
type TaggedBuild struct {
	Build koji.NVR
	// Group is what builds are counted by: the package, or for maven builds of a
	// tag with maven-include-all the name and version. Empty means the package.
	Group  string
	Tagged time.Time
	// Keys, Volume and Tags are asked for only if a rule needs them; nil has none.
	Keys   func(context.Context) ([]string, error)
	Volume func(context.Context) (string, error)
	Tags   func(context.Context) ([]string, error)
}

// Pruning is what becomes of a [TaggedBuild].
type Pruning struct {
	Build    TaggedBuild
	Untag    bool
	Decision Decision
}

// Tag decides about all builds of one tag. The answers are sorted by group, and in a
// group the newest comes first.
func (p *Pruner) Tag(ctx context.Context, tag string, builds []TaggedBuild) ([]Pruning, error) {
	now := p.now()
	sorted := slices.Clone(builds)
	for i := range sorted {
		if sorted[i].Group == "" {
			sorted[i].Group = sorted[i].Build.Name
		}
	}
	slices.SortStableFunc(sorted, func(a, b TaggedBuild) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), b.Tagged.Compare(a.Tagged))
	})
	var out []Pruning
	order := 0
	for i, b := range sorted {
		if i == 0 || b.Group != sorted[i-1].Group {
			order = 0
		}
		d, err := p.set.Eval(ctx, "prune", b.data(tag, order, now), nil)
		if err != nil {
			return nil, err
		}
		if d.Action != "skip" {
			order++
		}
		out = append(out, Pruning{Build: b, Untag: d.Action == "untag", Decision: d})
	}
	return out, nil
}

// data returns the data of the policy.
func (b *TaggedBuild) data(tag string, order int, now time.Time) Values {
	data := Values{
		"tagname": String(tag), "pkgname": String(b.Build.Name), "nvr": String(b.Build.String()), "order": Int(order),
		"ts": Float(seconds(b.Tagged)), "now": Float(seconds(now)), "keys": List(), "volname": Null(), "tags": List(),
	}
	if b.Keys != nil {
		data["keys"] = lazyStrings(b.Keys)
	}
	if b.Tags != nil {
		data["tags"] = lazyStrings(b.Tags)
	}
	if b.Volume != nil {
		data["volname"] = Lazy(func(ctx context.Context) (Value, error) {
			name, err := b.Volume(ctx)
			return String(name), err
		})
	}
	return data
}

func lazyStrings(fn func(context.Context) ([]string, error)) Value {
	return Lazy(func(ctx context.Context) (Value, error) {
		list, err := fn(ctx)
		return Strings(list...), err
	})
}

func seconds(t time.Time) float64 { return float64(t.UnixNano()) / float64(time.Second) }
