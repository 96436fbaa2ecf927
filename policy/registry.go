package policy

import (
	"slices"

	"github.com/kojikit/kojikit/koji"
)

// Registry is a set of tests by name. It is immutable: [Registry.With] makes a
// larger one.
type Registry struct {
	byName map[string][]*Definition // the first that fits a policy is taken
}

// NewRegistry returns the registry of some definitions, see [Registry.With].
func NewRegistry(defs ...Definition) (*Registry, error) {
	return new(Registry).With(defs...)
}

// With returns a registry with more definitions. A later definition comes before
// an earlier one of the same name, but must say that it overrides it, unless the
// two are for different policies. An error ([koji.ErrExists], [koji.ErrInvalid])
// names the definition that cannot be added.
func (r *Registry) With(defs ...Definition) (*Registry, error) {
	out := &Registry{byName: make(map[string][]*Definition, len(r.byName)+len(defs))}
	for name, list := range r.byName {
		out.byName[name] = list
	}
	for i := range defs {
		d := defs[i]
		if err := d.check(); err != nil {
			return nil, err
		}
		d.complete()
		for _, old := range out.byName[d.Name] {
			if !d.Override && old.overlaps(&d) {
				return nil, koji.Errorf(koji.ErrExists, koji.FaultGeneric,
					"test %s is defined already; set Override to replace it", d.Name)
			}
		}
		out.byName[d.Name] = append([]*Definition{&d}, out.byName[d.Name]...)
	}
	return out, nil
}

// check reports what is wrong with a definition.
func (d *Definition) check() error {
	if w := words(d.Name); len(w) != 1 || w[0].to-w[0].from != len(d.Name) {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "%q cannot be the name of a test", d.Name)
	}
	ways := 0
	for _, given := range []bool{d.Key != "", d.Text != nil, d.Texts != nil, d.Compile != nil, d.build != nil} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric,
			"test %s: want exactly one of Key, Text, Texts and Compile", d.Name)
	}
	return nil
}

// complete fills in what follows from the way the test is run.
func (d *Definition) complete() {
	if d.Key != "" && d.Reads.Keys == nil {
		d.Reads = Reads{Keys: []string{d.Key}, Absent: False, Null: False}
	}
	if d.Args == nil && (d.Key != "" || d.Text != nil || d.Texts != nil) {
		d.Args = patternArgs()
	}
}

// overlaps reports whether both definitions may be meant in one policy.
func (d *Definition) overlaps(other *Definition) bool {
	if len(d.Policies) == 0 || len(other.Policies) == 0 {
		return true
	}
	return slices.ContainsFunc(d.Policies, func(p string) bool { return slices.Contains(other.Policies, p) })
}

// Find returns the definition that a name has in a policy, or nil.
func (r *Registry) Find(name, policy string) *Definition {
	for _, d := range r.byName[name] {
		if len(d.Policies) == 0 || slices.Contains(d.Policies, policy) {
			return d
		}
	}
	return nil
}

// Names returns the names of the tests that exist in a policy, sorted.
func (r *Registry) Names(policy string) []string {
	var names []string
	for _, name := range sortedKeys(r.byName) {
		if r.Find(name, policy) != nil {
			names = append(names, name)
		}
	}
	return names
}

// builtin makes a registry of definitions of this package.
func builtin(defs ...[]Definition) *Registry {
	r := &Registry{byName: make(map[string][]*Definition)}
	for _, list := range defs {
		for i := range list {
			d := &list[i]
			d.complete()
			r.byName[d.Name] = []*Definition{d}
		}
	}
	return r
}
